// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

namespace olivine {
struct Calibration;
struct EnergyTable;
struct Workload;
}  // namespace olivine

namespace olivine::sweep {

// What results depend on in a file, as a digest: not names of files, order of entries, comments,
// sources and descriptions.

[[nodiscard]] std::string digest_of(const EnergyTable& table);
// A machine takes libraries that were fitted to itself before others: its name counts.
[[nodiscard]] std::string digest_of(const Calibration& calibration, const std::string& machine);
// Parameters and layers. Names of layers count too: they stand in reasons of failures.
[[nodiscard]] std::string digest_of(const Workload& workload);

}  // namespace olivine::sweep

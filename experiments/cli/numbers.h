// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>

namespace olivine::cli {

// Numbers for people: thousands separators, three significant digits, a unit that fits.
[[nodiscard]] std::string with_separators(uint64_t count);          // "12,345,678"
[[nodiscard]] std::string time_text(double seconds);                // "24.7 ms"
[[nodiscard]] std::string energy_text(double picojoules);           // "1.23 mJ"
[[nodiscard]] std::string byte_text(uint64_t bytes);                // "12.3 MiB"
[[nodiscard]] std::string area_text(double square_micrometres);     // "0.213 mm2"
[[nodiscard]] std::string percent_text(double part, double whole);  // "98.2 %"; "0 %" of nothing

}  // namespace olivine::cli

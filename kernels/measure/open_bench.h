// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/launch/status.h"

namespace olivine::measure {

class Bench;
struct DeviceRecord;

// The device of that index, once it is found fit to be measured (preflight.h), with what it is and
// how it is set. Refused: no CUDA in this build, no such GPU, or one that is not fit. Nothing of it
// is changed.
Status open_bench(int device, bool checks_only, std::unique_ptr<Bench>& bench,
                  DeviceRecord& device_record, std::vector<std::string>& notes);

}  // namespace olivine::measure

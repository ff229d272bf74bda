// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Machine files and energy tables. The first byte selects the reader, the rest is the file. A
// machine that loads must also survive planning: whatever leaves the mapper but a UserError is a
// finding.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/energy/energy_table.h"
#include "models/machines/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  try {
    if (data[0] % 2 == 0) {
      (void)olivine::parse_energy_table(text, "fuzz.yaml");
      return 0;
    }
    olivine::MachineConfig machine = olivine::parse_machine(text, "fuzz.yaml");
    machine.energy_table = "systolic_22nm";  // a file name would read the disk
    const auto network = olivine::plan_network(machine, olivine::parse_scheme("w8a8-int8"),
                                               olivine::single_gemm({17, 9, 33, 2}));
    (void)olivine::evaluate(network);
  } catch (const olivine::UserError&) {
  }
  return 0;
}

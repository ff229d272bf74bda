// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// GPU machine files. A machine that loads must also time a GEMM of every scheme by every kernel it
// does not refuse: whatever leaves but a UserError, and a time that is no positive number, is a
// finding.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"

namespace {

void time_all(const olivine::GemmModel& model) {
  for (const olivine::Scheme& scheme : olivine::all_schemes()) {
    for (const std::string& library : model.libraries(scheme)) {
      const olivine::GemmProblem problem{{17, 129, 65, 2}, scheme};
      const olivine::GemmTiming timing = model.best(model.menu(scheme, library), problem);
      const bool is_time = std::isfinite(timing.time_s) && timing.time_s > 0;
      if (!is_time || !std::isfinite(timing.energy.total_pj())) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    olivine::GpuMachine machine = olivine::parse_gpu(text, "fuzz.yaml");
    machine.energy_table = "gpu_4nm";  // file names would read the disk
    machine.calibration.clear();
    time_all(olivine::GemmModel{machine});
  } catch (const olivine::UserError&) {
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/bench.h"
#include "kernels/measure/open_bench.h"

namespace olivine::measure {

Status open_bench(int, bool, std::unique_ptr<Bench>&, DeviceRecord&, std::vector<std::string>&) {
  return Status::refuse(
      "this program was built without CUDA: nothing can be measured (configure with "
      "-DOLV_ENABLE_CUDA=ON where the CUDA Toolkit is installed)");
}

}  // namespace olivine::measure

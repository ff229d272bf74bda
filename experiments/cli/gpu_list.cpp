// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/gpu_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/gpu_experiment.h"
#include "models/base/error.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

Json kernel_entry(const KernelMenu& menu, const GemmKernel& kernel, const GpuMachine& machine,
                  const Scheme& scheme) {
  const bool has_tile = !kernel.on_cuda_cores;
  const std::string warps = kernel.producer_warps == 0
                                ? fmt::format("{}", kernel.math_warps)
                                : fmt::format("{}+{}", kernel.math_warps, kernel.producer_warps);
  const Occupancy cta = has_tile ? occupancy(machine, kernel, scheme) : Occupancy{};
  return {{"name", kernel.name},
          {"library", menu.library},
          {"calibrated", menu.calibrated ? "yes" : "no"},
          {"tile", has_tile ? fmt::format("{}x{}x{}", kernel.tile_m, kernel.tile_n, kernel.tile_k)
                            : "none"},
          {"stages", has_tile ? kernel.stages : 0},
          {"warps", has_tile ? warps : "none"},
          {"splits", kernel.splits},
          {"schedule", name_of<Schedule>(kScheduleNames, kernel.schedule)},
          {"instruction", has_tile ? name_of(kernel.instruction) : "CUDA cores"},
          {"shared_bytes", cta.shared_bytes},
          {"registers", cta.registers_per_thread},
          {"ctas_per_sm", cta.ctas_per_sm}};
}

void check_required(const Arguments& arguments) {
  std::vector<std::string> missing;
  for (const char* option : {"machine", "scheme"}) {
    if (!arguments.has(option)) missing.push_back(fmt::format("--{}", option));
  }
  if (!missing.empty()) throw ConfigError{fmt::format("missing: {}", fmt::join(missing, ", "))};
}

// One problem of `make` after the other.
template <class Make>
auto collected(Problems& problems, Make make) -> decltype(make()) {
  try {
    return make();
  } catch (const UserError& error) {
    for (const std::string& problem : error.problems()) problems.add(problem);
    return {};
  }
}

}  // namespace

Json kernel_list(const Arguments& arguments) {
  check_required(arguments);
  Problems problems;
  const GpuMachine machine = collected(problems, [&] { return load_gpu_option(arguments); });
  const Scheme scheme = collected(problems, [&] { return parse_scheme(*arguments.get("scheme")); });
  problems.throw_if_any();
  const GemmModel model{machine};
  std::vector<std::string> libraries = model.libraries(scheme);
  // menu() says why there is none of this name, or none at all.
  if (const auto wanted = arguments.get("library")) libraries = {*wanted};
  if (libraries.empty()) libraries = {""};
  Json list = Json::array();
  for (const std::string& library : libraries) {
    const KernelMenu& menu = model.menu(scheme, library);
    for (const GemmKernel& kernel : menu.kernels) {
      list.push_back(kernel_entry(menu, kernel, machine, scheme));
    }
  }
  return list;
}

}  // namespace olivine::cli

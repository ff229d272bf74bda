// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/gpu_experiment.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "experiments/cli/arguments.h"
#include "experiments/cli/option_reader.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

// Options of a run on an array, and why a GPU has none.
constexpr std::array kArrayOptions = {
    std::pair{"dataflow", "tensor cores have no dataflow to choose; --kernel chooses a kernel"},
    std::pair{"pipelining", "a kernel says how its stages overlap; --kernel chooses one"},
    std::pair{"dram", "device memory has one model; its keys begin with hbm."},
    std::pair{"weight-density",
              "its kernels read weights dense or 2:4, and it has no decompressor before them"},
    std::pair{"order", "CTAs are rasterized by the kernel; --kernel chooses one"},
    std::pair{"engine", "the GPU has one engine"},
    std::pair{"seed", "no values are computed with"},
    std::pair{"partition", "needs --platform"},
    std::pair{"inputs", "needs --platform"},
    std::pair{"vcd", "needs --platform"},
    std::pair{"trace", "a trace shows an array's folds and transfers, cycle by cycle"},
    std::pair{"trace-detail", "a trace shows an array's folds and transfers, cycle by cycle"}};

class GpuLoader {
 public:
  explicit GpuLoader(const Arguments& arguments)
      : arguments_(arguments), reader_(arguments, problems_) {}

  GpuExperiment load() {
    for (const auto& [option, reason] : kArrayOptions) {
      if (!arguments_.has(option)) continue;
      problems_.add(fmt::format("--{}: not with a GPU: {}", option, reason));
    }
    reader_.check_required("machine");
    load_machine_part();
    experiment_.workload = reader_.workload();
    const std::optional<Scheme> scheme = reader_.scheme();
    if (scheme) experiment_.scheme = *scheme;
    experiment_.kinds = reader_.layers();
    experiment_.library = arguments_.get("library").value_or("");
    experiment_.kernel = arguments_.get("kernel").value_or("");
    read_tile();
    if (scheme && experiment_.model != nullptr) check_combination();
    problems_.throw_if_any();
    return std::move(experiment_);
  }

  GpuMachine load_machine_alone() {
    load_machine_part();
    (void)reader_.workload();  // refuses parameters of one
    problems_.throw_if_any();
    return std::move(experiment_.machine);
  }

 private:
  // Overrides are checked against a default machine too when the machine itself cannot be read.
  void load_machine_part() {
    const std::string name = arguments_.get("machine").value_or("");
    GpuMachine& machine = experiment_.machine;
    bool is_valid = reader_.attempt([&] { machine = load_gpu(name); });
    for (const Override& entry : reader_.overrides({})) {
      machine.places.erase(entry.key);  // no longer the file's
      if (auto problem = gpu_table().set(machine, entry.key, entry.value)) {
        problems_.add(fmt::format("{}: {}", entry.option, *problem));
        is_valid = false;
      }
    }
    if (!is_valid || !reader_.attempt([&] { validate(machine); })) return;
    reader_.attempt([&] { experiment_.model = std::make_shared<const GemmModel>(machine); });
  }

  void read_tile() {
    constexpr std::array<std::string_view, 3> kNames = {"m", "n", "k"};
    const auto text = arguments_.get("tile");
    const auto stages = arguments_.get("stages");
    if (!text) {
      if (stages) problems_.add("--stages: needs --tile; a kernel of a library has its own");
      return;
    }
    if (arguments_.has("kernel")) problems_.add("--tile and --kernel exclude each other");
    CtaTile tile;
    const size_t problems_before = problems_.list().size();
    const std::vector<int64_t> extents = reader_.extents("tile", *text, kNames);
    for (size_t i = 0; i < extents.size(); ++i) {
      if (extents[i] <= kMaxTileExtent) continue;
      problems_.add(fmt::format("--tile = {}: {} = {}: must be 1..{}", *text, kNames[i], extents[i],
                                kMaxTileExtent));
    }
    if (stages) read_stages(*stages, tile);
    if (problems_.list().size() != problems_before) return;
    tile.m = extents[0];
    tile.n = extents[1];
    tile.k = extents[2];
    experiment_.tile = tile;
  }

  void read_stages(const std::string& text, CtaTile& tile) {
    const auto count = parse_int(text);
    if (count && *count >= 1 && *count <= kMaxTileExtent) {
      tile.stages = *count;
    } else {
      problems_.add(fmt::format("--stages = {}: must be 1..{}", text, kMaxTileExtent));
    }
  }

  // A workload that could not be read has been reported: only the scheme is left to check.
  void check_combination() {
    reader_.attempt([&] {
      if (experiment_.workload.layers.empty()) {
        const KernelMenu& menu = experiment_.model->menu(experiment_.scheme, experiment_.library);
        if (experiment_.tile) {
          (void)custom_menu(*experiment_.model, menu, experiment_.scheme, *experiment_.tile);
        }
      } else {
        check_gpu_network(*experiment_.model, experiment_.workload, experiment_.scheme,
                          run_options_of(experiment_));
      }
    });
  }

  const Arguments& arguments_;
  Problems problems_;
  OptionReader reader_;
  GpuExperiment experiment_;
};

}  // namespace

bool is_gpu_requested(const Arguments& arguments) {
  const auto name = arguments.get("machine");
  return name && is_gpu(*name);
}

GpuExperiment load_gpu_experiment(const Arguments& arguments) {
  return GpuLoader{arguments}.load();
}

GpuMachine load_gpu_option(const Arguments& arguments) {
  return GpuLoader{arguments}.load_machine_alone();
}

GpuRunOptions run_options_of(const GpuExperiment& experiment) {
  return {experiment.kinds, experiment.library, experiment.kernel, experiment.tile};
}

}  // namespace olivine::cli

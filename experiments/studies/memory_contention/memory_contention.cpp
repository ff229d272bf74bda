// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Where does memory contention eat the gain of 4-bit OVP over INT8? The same PEs, scratchpads and
// memory, cut into 1 to 16 arrays. README.md says what is compared and what is expected.
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/platform/platform_result.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/workloads/workload_yaml.h"
#include "sim/platform/job.h"
#include "sim/platform/partition.h"
#include "sim/platform/platform_config.h"

namespace olivine {
namespace {

// 16,384 4-bit PEs in all, as near to square as powers of two allow.
struct Cut {
  int64_t arrays, rows, cols;
};
constexpr std::array kCuts = {Cut{1, 128, 128}, Cut{2, 128, 64}, Cut{4, 64, 64}, Cut{8, 64, 32},
                              Cut{16, 32, 32}};

// Of all arrays together: four times olive_64x64, but for the memory, which is the same.
constexpr int64_t kActivationBuffer = 512 * 1024;
constexpr int64_t kWeightBuffer = 1024 * 1024;
constexpr int64_t kOutputBuffer = 512 * 1024;
constexpr int64_t kBytesPerCycle = 128;  // 64 GB/s: 4 pseudo channels of 16 GB/s
constexpr int64_t kChannels = 4;
constexpr int64_t kLatencyCycles = 100;

constexpr const char* kNarrow = "w4a4-ovp";
constexpr const char* kWide = "w8a8-int8";
// Four PEs an 8-bit product, half the bytes: more than 4x the narrow format cannot gain.
constexpr double kLargestGain = 4.0;

struct Network {
  const char* title;
  const char* name;
  ParamOverrides params;
  const char* block;  // layers that are counted: where every one can be cut into 16 parts
  bool has_attention;
  std::vector<Partition> partitions;
};

std::vector<Network> networks() {
  return {{"BERT-base, 16 x 128",
           "bert_base",
           {{"batch", "16"}},
           "encoder.",
           false,
           {Partition::Output, Partition::Data}},
          {"OPT-6.7B block, 16 x 1",
           "opt_6_7b_decode",
           {{"batch", "16"}, {"context", "1024"}},
           "decoder.0.",
           true,
           {Partition::Output}}};
}

PlatformConfig make_platform(const Cut& cut, DramModel model, Partition partition) {
  PlatformConfig platform;
  platform.name = fmt::format("arrays_{}", cut.arrays);
  platform.partition = partition;
  platform.bus.bytes_per_cycle = kBytesPerCycle;
  platform.bus.packet_bytes = 2 * kBytesPerCycle;
  PlatformMemory memory;
  memory.name = "dram";
  memory.size_bytes = int64_t{1} << 30;  // of the four pseudo channels
  memory.dram.model = model;
  memory.dram.bytes_per_cycle = kBytesPerCycle;
  memory.dram.latency_cycles = kLatencyCycles;
  memory.dram.banked.preset = DramPreset::Hbm2;
  memory.dram.banked.channels = kChannels;
  platform.memories.push_back(memory);
  MachineConfig machine = load_machine("olive_64x64");
  machine.array.rows = cut.rows;
  machine.array.cols = cut.cols;
  machine.memory.activation_buffer = kActivationBuffer / cut.arrays;
  machine.memory.weight_buffer = kWeightBuffer / cut.arrays;
  machine.memory.output_buffer = kOutputBuffer / cut.arrays;
  for (int64_t i = 0; i < cut.arrays; ++i) {
    PlatformAccelerator accelerator;
    accelerator.name = fmt::format("acc{}", i);
    accelerator.machine_name = "olive_64x64";
    accelerator.machine = machine;
    accelerator.memory = memory.name;
    platform.accelerators.push_back(accelerator);
  }
  validate(platform);
  return platform;
}

Workload load_network(const Network& network) {
  Workload workload = load_workload(network.name, network.params);
  std::erase_if(workload.layers, [&](const Layer& layer) {
    const bool is_counted = layer.kind == LayerKind::Linear ||
                            (network.has_attention && layer.kind == LayerKind::Attention);
    return !layer.name.starts_with(network.block) || !is_counted;
  });
  return workload;
}

struct Figures {
  uint64_t cycles = 0;
  uint64_t macs = 0;
  uint64_t bytes = 0;
  // Of the arrays' cycles: stalls of every cause; waiting for the slowest array.
  double stalled_pct = 0;
  double idle_pct = 0;
  double gigabytes_per_s = 0;
};

Figures simulate(const PlatformConfig& platform, const Workload& workload, const char* scheme) {
  const PlatformProgram program = partition_network(platform, parse_scheme(scheme), workload);
  const PlatformResult result = run_program(platform, program, {});
  const LayerResult& total = result.total;
  Figures figures;
  figures.cycles = result.cycles;
  figures.macs = total.macs;
  figures.bytes = std::accumulate(total.dram_bytes.begin(), total.dram_bytes.end(), uint64_t{0});
  const auto cycles = static_cast<double>(result.cycles);
  const double array_cycles = cycles * static_cast<double>(platform.accelerators.size());
  const auto stalls = std::accumulate(total.stalls.begin(), total.stalls.end(), uint64_t{0});
  figures.stalled_pct = 100.0 * static_cast<double>(stalls) / array_cycles;
  for (const AcceleratorResult& accelerator : result.accelerators) {
    figures.idle_pct += 100.0 * static_cast<double>(accelerator.idle_cycles) / array_cycles;
  }
  figures.gigabytes_per_s = static_cast<double>(figures.bytes) / cycles * platform.clock_hz / 1e9;
  return figures;
}

class Study {
 public:
  explicit Study(std::string expected) : expected_(std::move(expected)) {}

  void expect(bool holds, const std::string& claim) {
    if (holds) return;
    ++failures_;
    fmt::print("NOT AS EXPECTED: {}\n", claim);
  }

  void run(const Network& network, Partition partition, DramModel model, const Cut& cut) {
    const Workload workload = load_network(network);
    const PlatformConfig platform = make_platform(cut, model, partition);
    const Figures wide = simulate(platform, workload, kWide);
    const Figures narrow = simulate(platform, workload, kNarrow);
    const double gain = static_cast<double>(wide.cycles) / static_cast<double>(narrow.cycles);
    const std::string row = fmt::format(
        "| {} | {} | {} | {} x {}x{} | {} | {} | {:.2f} | {:.1f} + {:.1f} | {:.1f} + {:.1f} | "
        "{:.1f} | "
        "{:.1f} |",
        network.title, name_of<Partition>(kPartitionNames, partition),
        name_of<DramModel>(kDramModelNames, model), cut.arrays, cut.rows, cut.cols, wide.cycles,
        narrow.cycles, gain, wide.stalled_pct, wide.idle_pct, narrow.stalled_pct, narrow.idle_pct,
        wide.gigabytes_per_s, narrow.gigabytes_per_s);
    fmt::print("{}\n", row);
    if (!expected_.empty()) expect(expected_.find(row + "\n") != std::string::npos, row);
    expect(wide.macs == narrow.macs, fmt::format("{}: equal MACs", row));
    expect(narrow.bytes < wide.bytes, fmt::format("{}: fewer bytes in 4 bits", row));
    expect(gain <= kLargestGain, fmt::format("{}: at most {}x", row, kLargestGain));
    if (cut.arrays == 1 && model == DramModel::Bandwidth) {
      compare_with_closed_form(platform, workload, kWide, wide.cycles);
      compare_with_closed_form(platform, workload, kNarrow, narrow.cycles);
    }
  }

  [[nodiscard]] int failures() const { return failures_; }

 private:
  // One array on a bus that adds nothing is the machine alone.
  void compare_with_closed_form(const PlatformConfig& platform, const Workload& workload,
                                const char* scheme, uint64_t cycles) {
    MachineConfig machine = platform.accelerators.front().machine;
    machine.dram = platform.memories.front().dram;
    const uint64_t closed =
        evaluate(plan_network(machine, parse_scheme(scheme), workload)).total.cycles;
    expect(cycles == closed, fmt::format("{}: {} cycles, closed form {}", scheme, cycles, closed));
  }

  std::string expected_;  // rows of expected.md; "" to print only
  int failures_ = 0;
};

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw ConfigError{fmt::format("{}: cannot be read", path)};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// `is_quick`: the first network on a bandwidth memory, in one and four parts.
int study(bool is_quick, const std::string& expected) {
  fmt::print(
      "Simulated.\n\n"
      "| network | partition | memory | arrays | cycles {} | {} | speed-up | stalled + idle % | {} "
      "| "
      "GB/s | {} |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
      kWide, kNarrow, kNarrow, kNarrow);
  Study study{expected.empty() ? "" : read_file(expected)};
  for (const Network& network : networks()) {
    for (const Partition partition : network.partitions) {
      for (const DramModel model : {DramModel::Bandwidth, DramModel::Banked}) {
        for (const Cut& cut : kCuts) {
          const bool is_in_short =
              model == DramModel::Bandwidth && (cut.arrays == 1 || cut.arrays == 4);
          if (is_quick && !is_in_short) continue;
          study.run(network, partition, model, cut);
        }
      }
    }
    if (is_quick) break;
  }
  return study.failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace olivine

// memory_contention [--quick] [expected.md to compare with]
int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  try {
    if (!olivine::has_systemc()) {
      fmt::print("SKIPPED (no SystemC)\n");
      return kSkipped;
    }
    bool is_quick = false;
    std::string expected;
    for (int i = 1; i < argc; ++i) {
      if (std::string_view{argv[i]} == "--quick") {
        is_quick = true;
      } else {
        expected = argv[i];
      }
    }
    return olivine::study(is_quick, expected);
  } catch (const std::runtime_error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/platform_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/machines/dram_device.h"

namespace olivine {
namespace {

constexpr int64_t kMaxRtlExtent = 64;  // rows and columns

using Places = std::map<std::string, std::string>;

class RuleChecker {
 public:
  RuleChecker(const PlatformConfig& platform, const BrokenEntries& broken, Problems& problems)
      : platform_(platform), broken_(broken), problems_(problems) {}

  void check() {
    check_bus();
    check_counts();
    check_memory_names();
    for (size_t i = 0; i < platform_.memories.size(); ++i) {
      if (!broken_.memories.contains(i)) check_memory(i);
    }
    check_accelerator_names();
    for (size_t i = 0; i < platform_.accelerators.size(); ++i) {
      if (broken_.has_memory_list) check_route(platform_.accelerators[i]);
      if (!broken_.accelerators.contains(i)) check_accelerator(platform_.accelerators[i]);
    }
  }

 private:
  // At the line of `key`, else at the entry, else at the platform.
  void add(const Places& places, std::string_view key, const std::string& entry_place,
           const std::string& what, const std::string& message) {
    const auto place = places.find(std::string{key});
    const std::string& where = place != places.end()  ? place->second
                               : !entry_place.empty() ? entry_place
                                                      : what;
    std::string problem = fmt::format("{}: {}", where, message);
    if (reported_.insert(problem).second) problems_.add(std::move(problem));
  }
  void add(std::string_view key, const std::string& message) {
    add(platform_.places, key, platform_.file, fmt::format("platform {}", platform_.name), message);
  }
  void add(const PlatformMemory& memory, std::string_view key, const std::string& message) {
    add(memory.places, key, memory.place, fmt::format("memory {}", memory.name), message);
  }
  void add(const PlatformAccelerator& accelerator, std::string_view key,
           const std::string& message) {
    add(accelerator.places, key, accelerator.place, fmt::format("accelerator {}", accelerator.name),
        message);
  }

  void check_bus() {
    const BusConfig& bus = platform_.bus;
    if (bus.packet_bytes % bus.bytes_per_cycle != 0) {
      add("bus.packet", fmt::format("bus.packet = {}: must be a multiple of "
                                    "bus.bytes_per_cycle = {}",
                                    format_bytes(bus.packet_bytes), bus.bytes_per_cycle));
    }
  }

  void check_counts() {
    const auto check = [&](std::string_view list, size_t count, size_t limit) {
      if (count >= 1 && count <= limit) return;
      add(list, fmt::format("{}: {}: must be 1..{}", list,
                            count == 0 ? "none" : fmt::format("{} of them", count), limit));
    };
    if (broken_.has_memory_list) check("memories", platform_.memories.size(), kMaxMemories);
    if (broken_.has_accelerator_list) {
      check("accelerators", platform_.accelerators.size(), kMaxAccelerators);
    }
  }

  void check_memory_names() {
    std::map<std::string, const PlatformMemory*> names;
    for (const PlatformMemory& memory : platform_.memories) {
      if (memory.name.empty() || names.emplace(memory.name, &memory).second) continue;
      add(memory, "name", taken(memory.name, "memory", names[memory.name]->place));
    }
  }

  void check_accelerator_names() {
    std::map<std::string, const PlatformAccelerator*> names;
    for (const PlatformAccelerator& accelerator : platform_.accelerators) {
      if (accelerator.name.empty() || names.emplace(accelerator.name, &accelerator).second) {
        continue;
      }
      add(accelerator, "name",
          taken(accelerator.name, "accelerator", names[accelerator.name]->place));
    }
  }

  static std::string taken(const std::string& name, std::string_view kind,
                           const std::string& place) {
    return fmt::format("name = {}: another {} has this name{}", name, kind,
                       place.empty() ? "" : fmt::format(" ({})", place));
  }

  void check_memory(size_t index) {
    const PlatformMemory& memory = platform_.memories[index];
    if (memory.dram.model == DramModel::Ideal) {
      add(memory, "dram.model",
          "dram.model = ideal: must be bandwidth|banked: accelerators of a platform wait for its "
          "memory");
    }
    if (memory.base % kMemoryAlignmentBytes != 0) {
      add(memory, "base",
          fmt::format("base = {:#x}: must be a multiple of {}", memory.base,
                      kMemoryAlignmentBytes));
    }
    if (memory.size_bytes < 1 || memory.size_bytes % kMemoryAlignmentBytes != 0) {
      add(memory, "size",
          fmt::format("size = {}: must be a multiple of {}", format_bytes(memory.size_bytes),
                      kMemoryAlignmentBytes));
    }
    check_capacity(memory);
    if (memory.size_bytes > kAddressEnd - memory.base) {
      add(memory, "size",
          fmt::format("size = {}: must be at most {} from base = {:#x}: addresses are below {:#x}",
                      format_bytes(memory.size_bytes), format_bytes(kAddressEnd - memory.base),
                      memory.base, kAddressEnd));
      return;
    }
    for (size_t other = 0; other < index; ++other) {
      if (!broken_.memories.contains(other)) check_overlap(memory, platform_.memories[other]);
    }
  }

  void check_capacity(const PlatformMemory& memory) {
    if (memory.dram.model != DramModel::Banked) return;
    const BankedConfig& banked = memory.dram.banked;
    const int64_t capacity = dram_capacity_bytes(banked);
    if (memory.size_bytes <= capacity) return;
    const auto counted = [](int64_t count, std::string_view what) {
      return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
    };
    add(memory, "size",
        fmt::format("size = {}: must be at most {}, the capacity of dram.preset = {} with {} of {}",
                    format_bytes(memory.size_bytes), format_bytes(capacity),
                    name_of<DramPreset>(kDramPresetNames, banked.preset),
                    counted(banked.channels, "channel"), counted(banked.ranks, "rank")));
  }

  void check_overlap(const PlatformMemory& memory, const PlatformMemory& other) {
    if (other.size_bytes > kAddressEnd - other.base) return;  // reported, and has no end
    const int64_t end = memory.base + memory.size_bytes;
    const int64_t other_end = other.base + other.size_bytes;
    if (memory.base >= other_end || other.base >= end) return;
    add(memory, "base",
        fmt::format("memory {} ({:#x}..{:#x}) overlaps memory {} ({:#x}..{:#x}{})", memory.name,
                    memory.base, end - 1, other.name, other.base, other_end - 1,
                    other.place.empty() ? "" : ", " + other.place));
  }

  void check_accelerator(const PlatformAccelerator& accelerator) {
    const MachineConfig& machine = accelerator.machine;
    if (machine.clock_hz != platform_.clock_hz) {
      add(accelerator, "machine",
          fmt::format("machine {}: clock = {}: must be the platform's, {}", machine.name,
                      format_frequency(machine.clock_hz), format_frequency(platform_.clock_hz)));
    }
    if (!accelerator.rtl.empty() && accelerator.model != AcceleratorModel::Rtl) {
      add(accelerator, "rtl",
          fmt::format("rtl = {}: is used by model rtl only, not {}", accelerator.rtl,
                      name_of<AcceleratorModel>(kAcceleratorModelNames, accelerator.model)));
    }
    std::error_code code;
    if (accelerator.model == AcceleratorModel::Rtl && !accelerator.rtl.empty() &&
        !std::filesystem::is_directory(accelerator.rtl, code)) {
      add(accelerator, "rtl", fmt::format("rtl = {}: no such folder", accelerator.rtl));
    }
    const bool is_rtl =
        accelerator.model == AcceleratorModel::Stream || accelerator.model == AcceleratorModel::Rtl;
    if (is_rtl) check_rtl(accelerator);
  }

  void check_route(const PlatformAccelerator& accelerator) {
    std::vector<std::string> names;
    for (const PlatformMemory& memory : platform_.memories) {
      if (!memory.name.empty()) names.push_back(memory.name);
    }
    if (names.empty()) return;  // reported
    if (accelerator.memory.empty()) {
      add(accelerator, "memory",
          fmt::format("memory: is missing: must be {}", fmt::join(names, "|")));
    } else if (std::find(names.begin(), names.end(), accelerator.memory) == names.end()) {
      add(accelerator, "memory",
          fmt::format("memory = {}: must be {}{}", accelerator.memory, fmt::join(names, "|"),
                      suggestion(accelerator.memory, names)));
    }
  }

  // What rtl/accelerator has parameters for, and its stream model with it.
  void check_rtl(const PlatformAccelerator& accelerator) {
    const ArrayConfig& array = accelerator.machine.array;
    const auto refuse = [&](std::string_view key, const std::string& message) {
      add(accelerator, key,
          fmt::format("model {}: {}",
                      name_of<AcceleratorModel>(kAcceleratorModelNames, accelerator.model),
                      message));
    };
    for (const auto& [key, extent] :
         {std::pair{"array.rows", array.rows}, std::pair{"array.cols", array.cols}}) {
      if (extent <= kMaxRtlExtent) continue;
      refuse("machine", fmt::format("machine {}: {} = {}: must be 1..{}", accelerator.machine.name,
                                    key, extent, kMaxRtlExtent));
    }
    if (array.arithmetic != Arithmetic::Integer) {
      refuse("machine", fmt::format("machine {}: array.arithmetic = float: must be integer",
                                    accelerator.machine.name));
    }
    if (array.pe_operand_bits != 4) {
      refuse("machine", fmt::format("machine {}: array.pe_operand_bits = {}: must be 4",
                                    accelerator.machine.name, array.pe_operand_bits));
    }
    if (2 * accelerator.buffer_depth <= array.rows) {
      refuse("buffer_depth", fmt::format("buffer_depth = {}: must be at least {}: both halves "
                                         "hold more than array.rows = {} words",
                                         accelerator.buffer_depth, array.rows / 2 + 1, array.rows));
    }
    const bool is_os = array.dataflow == Dataflow::OutputStationary;
    if (is_os && accelerator.output_depth < array.rows) {
      refuse("output_depth", fmt::format("output_depth = {}: must be at least array.rows = {} "
                                         "in dataflow os",
                                         accelerator.output_depth, array.rows));
    }
  }

  const PlatformConfig& platform_;
  const BrokenEntries& broken_;
  Problems& problems_;
  std::set<std::string> reported_;  // the accelerators of one entry have the same problems
};

}  // namespace

void check_platform_rules(const PlatformConfig& platform, const BrokenEntries& broken,
                          Problems& problems) {
  RuleChecker{platform, broken, problems}.check();
}

}  // namespace olivine

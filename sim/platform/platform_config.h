// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/enum_names.h"
#include "models/machines/machine.h"

namespace olivine {

// RoundRobin: the initiator after the one served last. Priority: the smallest number, round robin
// among equals. Qos: by bandwidth share, the initiator that is furthest behind its share.
enum class Arbitration : uint8_t { RoundRobin, Priority, Qos };
inline constexpr std::array kArbitrationNames = {
    EnumName<Arbitration>{Arbitration::RoundRobin, "round_robin"},
    EnumName<Arbitration>{Arbitration::Priority, "priority"},
    EnumName<Arbitration>{Arbitration::Qos, "qos"}};

// Event: tiles as events by the closed form of a fold; no values. Cycle: every register of the
// array stepped, with values. Stream: rtl/accelerator's streams and scratchpads in C++, with
// values. Rtl: rtl/accelerator itself, compiled by Verilator; cycles as Stream.
enum class AcceleratorModel : uint8_t { Event, Cycle, Stream, Rtl };
inline constexpr std::array kAcceleratorModelNames = {
    EnumName<AcceleratorModel>{AcceleratorModel::Event, "event"},
    EnumName<AcceleratorModel>{AcceleratorModel::Cycle, "cycle"},
    EnumName<AcceleratorModel>{AcceleratorModel::Stream, "stream"},
    EnumName<AcceleratorModel>{AcceleratorModel::Rtl, "rtl"}};

// How a network is spread over the accelerators. Data: every layer by rows of activations.
// Output: every layer by output features. Layer: consecutive layers to each, inputs pipelined.
enum class Partition : uint8_t { Data, Output, Layer };
inline constexpr std::array kPartitionNames = {EnumName<Partition>{Partition::Data, "data"},
                                               EnumName<Partition>{Partition::Output, "output"},
                                               EnumName<Partition>{Partition::Layer, "layer"}};

struct HostConfig {
  int64_t submit_cycles = 0;  // from the end of what a layer waits for to its start
};

struct BusConfig {
  int64_t bytes_per_cycle = 128;  // of the data path to one memory
  int64_t latency_cycles = 0;     // request to memory, and again response to initiator
  int64_t packet_bytes = 256;     // a multiple of bytes_per_cycle
  Arbitration arbitration = Arbitration::RoundRobin;
};

// A range of addresses with a DRAM behind it. `place` is the file:line of the entry, `places` that
// of each of its keys; for messages, here and below.
struct PlatformMemory {
  std::string name;
  int64_t base = 0;                       // a multiple of kMemoryAlignmentBytes
  int64_t size_bytes = int64_t{8} << 30;  // the same
  DramConfig dram;                        // bandwidth or banked
  std::string place;
  std::map<std::string, std::string> places;  // key -> file:line
};

// One accelerator; an entry of the file with a count stands for several.
struct PlatformAccelerator {
  std::string name;          // "acc0"
  int64_t count = 1;         // of a file's entry; 1 in a platform
  std::string machine_name;  // a shipped name, or the path that was resolved
  std::vector<std::pair<std::string, std::string>> machine_keys;  // set in it: "array.rows", "32"
  MachineConfig machine;  // with these keys; its dram is the platform's: see mapper_dram()
  AcceleratorModel model = AcceleratorModel::Event;
  std::string memory;          // name of the memory that holds its operands
  int64_t priority = 0;        // 0 is served first
  int64_t share = 1;           // of the bandwidth, relative to the others
  int64_t outstanding = 1024;  // packets without response at most
  int64_t buffer_depth = 64;   // stream, rtl: BufferDepth of rtl/accelerator
  int64_t output_depth = 64;   // stream, rtl: OutputDepth
  std::string rtl;             // rtl: the tree; empty: the one of the build
  std::string place;
  std::map<std::string, std::string> places;
};

struct PlatformConfig {
  std::string name;
  std::string description;
  std::string source;
  double clock_hz = 500e6;  // of bus and accelerators
  Partition partition = Partition::Output;
  int64_t inputs = 1;  // inferences, one after the other; pipelined under Partition::Layer
  HostConfig host;
  BusConfig bus;
  std::vector<PlatformMemory> memories;
  std::vector<PlatformAccelerator> accelerators;
  std::string file;  // it was read from
  std::map<std::string, std::string> places;
};

inline constexpr size_t kMaxMemories = 16;
inline constexpr size_t kMaxAccelerators = 64;
// Memories begin and end at multiples of this, so that every tile can (sim/systolic/placement.h).
inline constexpr int64_t kMemoryAlignmentBytes = 64;
inline constexpr int64_t kAddressEnd = int64_t{1} << 62;  // addresses are below

// A platform file is a map of the keys of platform_table() and two lists:
//   memories:     entries of platform_memory_table(); `dram` is written as in a machine file;
//   accelerators: entries of platform_accelerator_table(), and `set`: keys of the machine that this
//                 accelerator has otherwise ({array.rows: 32}). `count: 4` with `name: acc` stands
//                 for acc0..acc3. `memory` may be left out where there is one.
// A machine, its energy table and an RTL tree that are paths are meant from the platform's file.

// The tables of platform keys (docs/config.md): scalars of the file, of an entry of `memories`, of
// an entry of `accelerators`.
[[nodiscard]] const ConfigTable<PlatformConfig>& platform_table();
[[nodiscard]] const ConfigTable<PlatformMemory>& platform_memory_table();
[[nodiscard]] const ConfigTable<PlatformAccelerator>& platform_accelerator_table();

// A shipped platform by name, or a YAML file by path (anything with a '/' or ending in ".yaml").
// Throws ConfigError with every problem of the file, each with file:line: unknown keys, overlapping
// address ranges, an initiator without a route (a memory that does not exist, or none named where
// there are several), a machine whose clock is not the platform's, a packet that is no multiple of
// the data path, equal names, no accelerator; ideal memory, sizes and bases that are not aligned;
// an array that rtl/accelerator does not have under models stream and rtl.
[[nodiscard]] PlatformConfig load_platform(const std::string& name_or_path);
[[nodiscard]] std::vector<std::string> shipped_platforms();

// The same from text; `source` names it in messages, and its folder is where paths begin.
[[nodiscard]] PlatformConfig parse_platform(std::string_view text, const std::string& source);

// Sets one key from text: one of platform_table(), memories.NAME.KEY or accelerators.NAME.KEY with
// KEY of their tables (not name, count and machine). Returns the problem, or nothing on success;
// the platform is unchanged after a problem. Rules between keys are checked by validate().
[[nodiscard]] std::optional<std::string> set_platform_key(PlatformConfig& platform,
                                                          std::string_view key,
                                                          std::string_view text);

// Cross-field rules (ranges are checked by the tables). Throws ConfigError with every problem.
void validate(const PlatformConfig& platform);

// The file that parse_platform() reads back to an equal platform.
[[nodiscard]] std::string to_yaml(const PlatformConfig& platform);

// The memory an accelerator uses. Contract: the platform is valid.
[[nodiscard]] const PlatformMemory& memory_of(const PlatformConfig& platform,
                                              const PlatformAccelerator& accelerator);

// The DRAM that an accelerator's mapper assumes: the platform's memory behind the bus, shared
// equally among the accelerators that use it, at least one byte a cycle; of model bandwidth. A
// read's latency is the memory's and the bus's, there and back.
[[nodiscard]] DramConfig mapper_dram(const PlatformConfig& platform,
                                     const PlatformAccelerator& accelerator);

}  // namespace olivine

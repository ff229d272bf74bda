// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/enum_names.h"
#include "models/base/units.h"
#include "models/numerics/format.h"

namespace olivine {

template <class Config>
class ConfigTable;

// ws: rows = k, columns = n, m streams. os: rows = m, columns = n, k streams.
// is: rows = k, columns = m, n streams.
enum class Dataflow : uint8_t { WeightStationary, OutputStationary, InputStationary };
// Serial: nothing overlaps between folds. Overlapped: preload and drain hide behind streaming.
enum class Pipelining : uint8_t { Serial, Overlapped };
// Ideal: every operand resident from the start. Bandwidth: bytes a cycle and a latency. Banked:
// channels, ranks, banks and rows of a DRAM device (models/machines/dram_device.h).
enum class DramModel : uint8_t { Ideal, Bandwidth, Banked };
// Names with their speed, as in the machine file. NOLINTNEXTLINE(readability-identifier-naming)
enum class DramPreset : uint8_t { Ddr4_2400, Lpddr4_3200, Hbm2 };
// Open: a row stays open until another one of its bank is needed. Closed: it is closed as soon as
// no request in the queue wants it.
enum class RowPolicy : uint8_t { Open, Closed };
// FrFcfs: row hits first, then the oldest. Fcfs: the oldest.
enum class DramScheduler : uint8_t { FrFcfs, Fcfs };
enum class Arithmetic : uint8_t { Integer, Float };

inline constexpr std::array kDataflowNames = {EnumName<Dataflow>{Dataflow::WeightStationary, "ws"},
                                              EnumName<Dataflow>{Dataflow::OutputStationary, "os"},
                                              EnumName<Dataflow>{Dataflow::InputStationary, "is"}};
inline constexpr std::array kPipeliningNames = {
    EnumName<Pipelining>{Pipelining::Serial, "serial"},
    EnumName<Pipelining>{Pipelining::Overlapped, "overlapped"}};
inline constexpr std::array kDramModelNames = {
    EnumName<DramModel>{DramModel::Ideal, "ideal"},
    EnumName<DramModel>{DramModel::Bandwidth, "bandwidth"},
    EnumName<DramModel>{DramModel::Banked, "banked"}};
inline constexpr std::array kDramPresetNames = {
    EnumName<DramPreset>{DramPreset::Ddr4_2400, "ddr4_2400"},
    EnumName<DramPreset>{DramPreset::Lpddr4_3200, "lpddr4_3200"},
    EnumName<DramPreset>{DramPreset::Hbm2, "hbm2"}};
inline constexpr std::array kRowPolicyNames = {EnumName<RowPolicy>{RowPolicy::Open, "open"},
                                               EnumName<RowPolicy>{RowPolicy::Closed, "closed"}};
inline constexpr std::array kDramSchedulerNames = {
    EnumName<DramScheduler>{DramScheduler::FrFcfs, "fr_fcfs"},
    EnumName<DramScheduler>{DramScheduler::Fcfs, "fcfs"}};
inline constexpr std::array kArithmeticNames = {
    EnumName<Arithmetic>{Arithmetic::Integer, "integer"},
    EnumName<Arithmetic>{Arithmetic::Float, "float"}};

// A systolic array of identical PEs, decoders on the borders only (OliVe section 4.3).
struct ArrayConfig {
  int64_t rows = 16;
  int64_t cols = 16;
  int64_t pe_operand_bits = 4;  // an operand of b bits takes ceil(b / pe_operand_bits) lanes
  Arithmetic arithmetic = Arithmetic::Integer;
  bool has_ovp_decoders = true;
  bool has_sparse_select = true;  // 4:1 activation multiplexers for 2:4 weights
  Dataflow dataflow = Dataflow::OutputStationary;
  Pipelining pipelining = Pipelining::Overlapped;
  int64_t decoder_latency_cycles = 1;
  int64_t output_latency_cycles = 1;
  std::string pe = "ovp4";  // PE entry of the energy table
};

// Scratchpads; each is double-buffered, half of it holds the tile in use.
struct MemoryConfig {
  int64_t activation_buffer = 128 * static_cast<int64_t>(kKiB);
  int64_t weight_buffer = 256 * static_cast<int64_t>(kKiB);
  int64_t output_buffer = 128 * static_cast<int64_t>(kKiB);
  std::string sram = "itrs-lop";  // SRAM cell family of the energy table
};

// What `banked` needs beyond the device's timing.
struct BankedConfig {
  DramPreset preset = DramPreset::Ddr4_2400;
  int64_t channels = 1;
  int64_t ranks = 1;         // of a channel
  int64_t queue_depth = 32;  // bursts waiting in a channel's controller
  RowPolicy row_policy = RowPolicy::Open;
  DramScheduler scheduler = DramScheduler::FrFcfs;
  bool has_refresh = true;
};

// Expands compressed weights (models/numerics/bitmap.h) between DRAM and the weight scratchpad,
// which holds them dense. The format is Endor's (arXiv 2406.11674); a circuit for it with this rate
// and these registers is ours.
struct DecompressorConfig {
  int64_t elements_per_cycle = 0;  // dense ones that come out; 0: the machine has none
  int64_t latency_cycles = 2;      // register stages, paid once a transfer
};

struct DramConfig {
  DramModel model = DramModel::Bandwidth;
  int64_t bytes_per_cycle = 128;  // bandwidth
  int64_t latency_cycles = 100;   // bandwidth
  std::string device = "hbm2";    // DRAM entry of the energy table
  BankedConfig banked;
  DecompressorConfig decompressor{};
};

struct VectorConfig {
  int64_t ops_per_cycle = 64;  // element operations of softmax, norm and activation a cycle
};

// How tilings are chosen (models/analytic/mapper.h).
struct MapperConfig {
  double slack_pct = 1.0;  // slowdown accepted for less energy
};

struct MachineConfig {
  std::string name;
  std::string description;
  std::string source;
  double clock_hz = 500e6;
  ArrayConfig array;
  MemoryConfig memory;
  DramConfig dram;
  VectorConfig vector;
  MapperConfig mapper;
  std::string energy_table = "systolic_22nm";  // shipped name, or path (from the machine's file)
  std::map<std::string, std::string> places;   // key -> file:line that set it; for messages
};

// The one table of machine keys (docs/config.md).
[[nodiscard]] const ConfigTable<MachineConfig>& machine_table();

// A shipped machine by name, or a YAML file by path (anything with a '/' or ending in ".yaml").
// Throws ConfigError with every problem of the file, and the nearest name for an unknown one.
[[nodiscard]] MachineConfig load_machine(const std::string& name_or_path);
[[nodiscard]] std::vector<std::string> shipped_machines();

// A machine from YAML text; `source` names it in messages ("machine.yaml"). A key that is absent
// keeps its default; the name has none and is required. Throws ConfigError with every problem.
[[nodiscard]] MachineConfig parse_machine(std::string_view text, const std::string& source);

// Cross-field rules (ranges are checked by the table). Throws ConfigError.
void validate(const MachineConfig& machine);

// Lanes one element of `format` takes on this array.
[[nodiscard]] int64_t lane_count(const ArrayConfig& array, Format format);

// The formats that enter an array from the left and from the top. ws and os: activations left,
// weights top; is: weights left, activations top.
struct ArrayOperands {
  Format left;
  Format top;
};
[[nodiscard]] ArrayOperands array_operands(Dataflow dataflow, const Scheme& scheme);

// Why this machine cannot run this scheme, or nothing when it can.
[[nodiscard]] std::optional<std::string> refusal(const MachineConfig& machine,
                                                 const Scheme& scheme);
// Why this machine cannot run this scheme with weights of that density, or nothing when it can.
[[nodiscard]] std::optional<std::string> density_refusal(const MachineConfig& machine,
                                                         const Scheme& scheme,
                                                         WeightDensity density);

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "sim/tensor_core/microbenchmark.h"
#include "sim/tensor_core/microbenchmark_metric.h"

namespace olivine {
namespace {

constexpr size_t kMaxFileBytes = size_t{4} << 20;
constexpr std::string_view kHeader =
    "device,source,instr,M,N,K,dtype,sparse,metric,value,unit,note";
// Their places in a line.
constexpr size_t kDevice = 0;
constexpr size_t kSource = 1;
constexpr size_t kInstr = 2;
constexpr size_t kM = 3;
constexpr size_t kN = 4;
constexpr size_t kK = 5;
constexpr size_t kType = 6;
constexpr size_t kSparse = 7;
constexpr size_t kMetric = 8;
constexpr size_t kValue = 9;
constexpr size_t kUnit = 10;
constexpr size_t kNote = 11;
constexpr size_t kColumns = 12;

struct InstrName {
  std::string_view name;
  TensorOp op;
  bool is_sparse;
  bool a_in_registers;
};
constexpr std::array kInstrNames = {InstrName{"mma.sync", TensorOp::MmaSync, false, false},
                                    InstrName{"mma.sp", TensorOp::MmaSync, true, false},
                                    InstrName{"wgmma SS", TensorOp::Wgmma, false, false},
                                    InstrName{"wgmma RS", TensorOp::Wgmma, false, true},
                                    InstrName{"wgmma.sp SS", TensorOp::Wgmma, true, false},
                                    InstrName{"wgmma.sp RS", TensorOp::Wgmma, true, true}};
constexpr std::string_view kMemory = "memory";

// Accumulators make no difference to time or traffic.
struct TypeName {
  std::string_view name;
  Format format;
};
constexpr std::array kTypeNames = {
    TypeName{"f16", Format::Fp16},      TypeName{"f16->f16", Format::Fp16},
    TypeName{"f16->f32", Format::Fp16}, TypeName{"f16->f16/f32", Format::Fp16},
    TypeName{"bf16", Format::Bf16},     TypeName{"bf16->f32", Format::Bf16},
    TypeName{"fp8", Format::Fp8},       TypeName{"int8", Format::Int8},
    TypeName{"int4", Format::Int4}};

template <class Entry, size_t count>
const Entry* find(const std::array<Entry, count>& entries, std::string_view name) {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& candidate) { return candidate.name == name; });
  return entry == entries.end() ? nullptr : &*entry;
}

template <class Entry, size_t count>
std::vector<std::string> names_of(const std::array<Entry, count>& entries) {
  std::vector<std::string> names;
  names.reserve(count);
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  return names;
}

class Reader {
 public:
  explicit Reader(const std::string& source) : source_(source) {}

  std::vector<MicrobenchmarkRow> read(std::string_view text) {
    const std::vector<std::string> lines = split(text, '\n');
    check_header(lines.front());
    for (size_t i = 1; i < lines.size(); ++i) {
      place_ = fmt::format("{}:{}", source_, i + 1);
      if (!trim(lines[i]).empty()) read_line(lines[i]);
    }
    problems_.throw_if_any();
    return std::move(rows_);
  }

 private:
  void check_header(std::string_view line);
  void read_line(std::string_view line);
  void read_instruction(MicrobenchmarkRow& row);
  void check_metric(const MicrobenchmarkRow& row);
  int read_extent(size_t column, std::string_view name);
  void check_known(std::string_view key, const std::string& name,
                   const std::vector<std::string>& names);
  void add(std::string_view key, std::string_view value, std::string_view rule) {
    problems_.add(fmt::format("{}: {} = {}: {}", place_, key, value, rule));
  }

  std::string source_;
  std::string place_;
  std::vector<std::string> cells_;
  std::vector<MicrobenchmarkRow> rows_;
  Problems problems_;
};

void Reader::check_header(std::string_view line) {
  if (trim(line) == kHeader) return;
  throw ConfigError{fmt::format("{}:1: columns must be {}", source_, kHeader)};
}

void Reader::check_known(std::string_view key, const std::string& name,
                         const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  add(key, name,
      fmt::format("must be one of {}{}", fmt::join(names, "|"), suggestion(name, names)));
}

void Reader::read_line(std::string_view line) {
  cells_.clear();
  for (const std::string& cell : split(line, ',')) cells_.emplace_back(trim(cell));
  if (cells_.size() != kColumns) {
    problems_.add(fmt::format("{}: {} cells: must be {}", place_, cells_.size(), kColumns));
    return;
  }
  MicrobenchmarkRow row;
  row.device = cells_[kDevice];
  row.source = cells_[kSource];
  row.instr = cells_[kInstr];
  row.metric = cells_[kMetric];
  row.unit = cells_[kUnit];
  row.note = cells_[kNote];
  row.place = place_;
  if (row.instr != kMemory) read_instruction(row);
  check_metric(row);
  const auto value = parse_number(cells_[kValue]);
  if (!value || *value <= 0) add("value", cells_[kValue], "must be a number above 0");
  row.value = value.value_or(0);
  rows_.push_back(std::move(row));
}

void Reader::read_instruction(MicrobenchmarkRow& row) {
  std::vector<std::string> names = names_of(kInstrNames);
  names.emplace_back(kMemory);
  check_known("instr", row.instr, names);
  check_known("dtype", cells_[kType], names_of(kTypeNames));
  const InstrName* name = find(kInstrNames, row.instr);
  const TypeName* type = find(kTypeNames, cells_[kType]);
  TensorInstruction instruction;
  instruction.m = read_extent(kM, "M");
  instruction.n = read_extent(kN, "N");
  instruction.k = read_extent(kK, "K");
  if (name == nullptr || type == nullptr) return;
  const std::string_view pattern = name->is_sparse ? "2:4" : "dense";
  if (cells_[kSparse] != pattern) {
    add("sparse", cells_[kSparse], fmt::format("must be {} for {}", pattern, row.instr));
  }
  instruction.op = name->op;
  instruction.format = type->format;
  instruction.pattern = name->is_sparse ? Pattern::TwoFour : Pattern::Dense;
  instruction.a_in_registers = name->a_in_registers;
  row.instruction = instruction;
}

void Reader::check_metric(const MicrobenchmarkRow& row) {
  check_known("metric", row.metric, microbenchmark_metrics());
  const MicrobenchmarkMetric* metric = find_microbenchmark_metric(row.metric);
  if (metric == nullptr) return;
  const auto& units = metric->units;
  if (std::find(units.begin(), units.end(), row.unit) == units.end()) {
    add("unit", row.unit, fmt::format("must be {} for {}", units.front(), row.metric));
  }
  if (metric->is_memory != (row.instr == kMemory)) {
    add("metric", row.metric,
        fmt::format("must be one of {}", metric->is_memory ? "an instruction" : "memory"));
  }
}

int Reader::read_extent(size_t column, std::string_view name) {
  constexpr int64_t kMaxExtent = 4096;
  const auto extent = parse_int(cells_[column]);
  if (extent && *extent >= 1 && *extent <= kMaxExtent) return static_cast<int>(*extent);
  add(name, cells_[column], fmt::format("must be 1..{}", kMaxExtent));
  return 0;
}

}  // namespace

std::vector<MicrobenchmarkRow> parse_microbenchmarks(std::string_view text,
                                                     const std::string& source) {
  return Reader{source}.read(text);
}

std::vector<MicrobenchmarkRow> read_microbenchmarks(const std::string& path) {
  return parse_microbenchmarks(read_text_file(path, kMaxFileBytes), path);
}

}  // namespace olivine

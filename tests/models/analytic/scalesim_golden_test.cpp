// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/analytic/traffic.h"
#include "models/base/text.h"

namespace olivine {
namespace {

// Total cycles as SCALE-Sim v2 prints them, from the same folds: it does not drain os sums
// (R cycles a fold less) and prints the index of the last cycle (one less).
Cycles scalesim_cycles(const ArrayGeometry& geometry, const GemmShape& shape) {
  const auto folds = static_cast<uint64_t>(geometry.folds(shape.m, shape.n, shape.k) * shape.batch);
  const uint64_t drain =
      geometry.is_output_stationary() ? folds * static_cast<uint64_t>(geometry.rows) : 0;
  const auto registers = static_cast<uint64_t>(geometry.pipeline_cycles);
  return array_cycles(geometry, shape) - Cycles{registers + drain + 1};
}

constexpr size_t kRows = 788;  // rows of the file: 147 convolutions and 641 GEMMs

using Row = std::map<std::string, std::string>;

int64_t number(const Row& row, const std::string& column) {
  return parse_int(row.at(column)).value();
}

std::vector<Row> read_rows(const std::filesystem::path& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = split(trim(line), ',');
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> values = split(trim(line), ',');
    if (values.size() != names.size()) continue;
    Row row;
    for (size_t i = 0; i < names.size(); ++i) row[names[i]] = values[i];
    rows.push_back(row);
  }
  return rows;
}

// Every run of SCALE-Sim v2 without memory stalls (mode CALC) that the reference data has. An
// operand is one word and fills one PE, nothing overlaps.
class ScalesimGolden : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path path = OLV_SOURCE_DIR "/../shared/data/scalesim_golden.csv";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path.filename();
    rows_ = read_rows(path);
    ASSERT_EQ(rows_.size(), kRows);
  }

  static ArrayGeometry geometry(const Row& row, int64_t pipeline_cycles) {
    MachineConfig machine;
    machine.name = "scalesim";
    machine.array.rows = number(row, "array_rows");
    machine.array.cols = number(row, "array_cols");
    machine.array.pipelining = Pipelining::Serial;
    machine.array.decoder_latency_cycles = pipeline_cycles;
    machine.array.output_latency_cycles = 0;
    machine.array.pe_operand_bits = 8;
    const std::string& dataflow = row.at("dataflow");
    machine.array.dataflow =
        std::find_if(kDataflowNames.begin(), kDataflowNames.end(), [&](const auto& entry) {
          return entry.name == dataflow;
        })->value;
    return make_geometry(machine, parse_scheme("w8a8-int8"));
  }

  static GemmShape shape(const Row& row) {
    return {number(row, "M"), number(row, "N"), number(row, "K"), 1};
  }

  static std::string describe(const Row& row) {
    return fmt::format("{} {} on {}x{} {}", row.at("suite"), row.at("layer"), row.at("array_rows"),
                       row.at("array_cols"), row.at("dataflow"));
  }

  std::vector<Row> rows_;
};

TEST_F(ScalesimGolden, CyclesOfEveryRow) {
  int64_t registers = 0;
  for (const Row& row : rows_) {
    registers = (registers + 1) % 4;  // whatever the pipeline: SCALE-Sim has none
    const ArrayGeometry array = geometry(row, registers);
    const auto printed = static_cast<uint64_t>(number(row, "total_cycles"));
    EXPECT_EQ(scalesim_cycles(array, shape(row)), Cycles{printed}) << describe(row);
    // The rule itself: no os drain, and the last cycle's index instead of the number of cycles.
    const int64_t folds = number(row, "formula_folds");
    const int64_t drain = row.at("dataflow") == "os" ? folds * array.rows : 0;
    EXPECT_EQ(array_cycles(array, shape(row)).count(),
              printed + static_cast<uint64_t>(1 + drain + registers))
        << describe(row);
  }
}

TEST_F(ScalesimGolden, FoldsOfEveryRow) {
  for (const Row& row : rows_) {
    const GemmShape gemm = shape(row);
    EXPECT_EQ(geometry(row, 0).folds(gemm.m, gemm.n, gemm.k), number(row, "formula_folds"))
        << describe(row);
  }
}

// Words read from and written to the scratchpads; operands of a byte, sums of four. SCALE-Sim adds
// rows + cols writes to every os fold after the real count (a defect of it), which is taken off.
TEST_F(ScalesimGolden, ScratchpadAccessesOfEveryRow) {
  for (const Row& row : rows_) {
    const ArrayGeometry array = geometry(row, 0);
    const GemmWork work{shape(row), parse_scheme("w8a8-int8"), {}};
    const ActionCounts counts =
        count_actions(array, work, border_passes(array, work, whole_layer(work)), {});
    const auto words = [&](const char* column) {
      return static_cast<uint64_t>(number(row, column));
    };
    EXPECT_EQ(counts.activation_buffer_read_bytes, words("sram_ifmap_reads")) << describe(row);
    EXPECT_EQ(counts.weight_buffer_read_bytes, words("sram_filter_reads")) << describe(row);
    const auto defect =
        static_cast<uint64_t>(number(row, "formula_folds") * (array.rows + array.cols));
    EXPECT_EQ(counts.output_buffer_write_bytes / 4 + (array.is_output_stationary() ? defect : 0),
              words("sram_ofmap_writes"))
        << describe(row);
  }
}

}  // namespace
}  // namespace olivine

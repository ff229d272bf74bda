// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace olivine::regress {

// Counts as Verilator writes them: one entry a point, keyed by all of its fields.
using CoverageCounts = std::map<std::string, uint64_t, std::less<>>;

// Adds the counts of a coverage.dat. Throws ConfigError that names `source` and line.
void add_coverage(std::string_view dat, const std::string& source, CoverageCounts& counts);
// The text of a coverage.dat again.
[[nodiscard]] std::string coverage_text(const CoverageCounts& counts);

enum class PointKind : uint8_t { Line, Toggle };

// What a point of any instance of a module covers: a branch or block of lines, or a bit.
struct CoveragePoint {
  std::string file;  // relative to the RTL tree
  int line = 0;
  int column = 0;
  PointKind kind = PointKind::Line;
  std::string name;  // "if", "else", "case", "block"; a bit: "sum_q[3]"

  [[nodiscard]] bool operator<(const CoveragePoint& other) const {
    return std::tie(file, line, column, kind, name) <
           std::tie(other.file, other.line, other.column, other.kind, other.name);
  }
};

struct PointCount {
  uint64_t count = 0;
  std::vector<int> lines;  // that a point of kind Line stands for
};

// Points of the files of an RTL tree, all instances and variants together. `files` are relative to
// the tree, wherever the model was built from.
using Coverage = std::map<CoveragePoint, PointCount>;
[[nodiscard]] Coverage merge_points(const CoverageCounts& counts,
                                    const std::vector<std::string>& files);

}  // namespace olivine::regress

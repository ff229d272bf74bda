// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/regress/coverage.h"
#include "experiments/regress/regression_tree.h"

namespace olivine::regress {

// Why a hole is none: what cannot happen, with the reason. `pattern` is the source line (kind
// Line) or the bit (kind Toggle), "*" stands for anything.
struct Waiver {
  std::string file;
  PointKind kind = PointKind::Line;
  std::string pattern;
  std::string reason;
  int line_number = 0;  // in the list
};

// Lines "file | line or toggle | pattern | reason"; "#" begins a comment. Throws ConfigError with
// every malformed line.
[[nodiscard]] std::vector<Waiver> parse_waivers(std::string_view text, const std::string& path);

// Whether `text` is `pattern`, in which every "*" stands for any characters.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

struct Ratio {
  uint64_t hit = 0;
  uint64_t total = 0;  // without what is waived
  uint64_t waived = 0;
  [[nodiscard]] double percent() const {
    return total == 0 ? 100.0 : 100.0 * static_cast<double>(hit) / static_cast<double>(total);
  }
};

struct FileCoverage {
  Ratio lines;
  Ratio toggles;
};

// A line that did not run or a bit that did not toggle.
struct CoverageHole {
  std::string file;
  int line = 0;
  PointKind kind = PointKind::Line;
  std::string name;    // the source line, or the bit
  std::string reason;  // of its waiver; "" for none
};

struct CoverageReport {
  std::map<std::string, FileCoverage> files;
  FileCoverage total;
  std::vector<CoverageHole> holes;  // waived ones too
  std::vector<Waiver> stale;        // match no hole
};

// A line counts as run if every branch and block that it belongs to ran.
[[nodiscard]] CoverageReport make_coverage_report(const Coverage& coverage, const RtlTree& tree,
                                                  const std::vector<Waiver>& waivers);

// "pe/pe.sv:12: never run: next_q <= top_i;", waived ones below with their reasons.
[[nodiscard]] std::string hole_text(const CoverageHole& hole);
[[nodiscard]] std::string holes_text(const CoverageReport& report);

// An lcov tracefile; bits are branches of the line that declares them. Paths begin with `folder`.
[[nodiscard]] std::string lcov_text(const Coverage& coverage, const std::string& folder);

}  // namespace olivine::regress

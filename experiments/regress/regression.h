// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/regress/bench.h"

namespace olivine::regress {

// Both ends included.
struct SeedRange {
  uint64_t first = 1;
  uint64_t last = 1;
  [[nodiscard]] uint64_t count() const { return last - first + 1; }
};

inline constexpr uint64_t kMaxSeeds = 1'000'000;

// "17" or "1..5000"; nothing on junk, an empty range or more than kMaxSeeds.
[[nodiscard]] std::optional<SeedRange> parse_seeds(std::string_view text);
[[nodiscard]] std::string to_string(SeedRange seeds);

// What the user asked for, as text where it still has to be checked.
struct Selection {
  std::vector<std::string> blocks;    // empty: every block
  std::vector<std::string> settings;  // "Rows=4"; empty: the variants of the bench
  std::optional<SeedRange> seeds;
  std::optional<int64_t> cases;
  bool is_long = false;  // more seeds, and the long variants too
};

// One block with one set of parameters.
struct Target {
  const BlockBench* bench = nullptr;
  Parameters parameters;
  SeedRange seeds;
  int64_t cases = 1;
};

// "Cols=4 Rows=4"; "" where a block has no parameters.
[[nodiscard]] std::string to_string(const Parameters& parameters);
// "systolic_array Cols=4 Rows=4".
[[nodiscard]] std::string name_of(const Target& target);

// Every block that was chosen with every variant. Throws ConfigError with every unknown block or
// parameter (nearest name given), malformed setting and value out of range.
[[nodiscard]] std::vector<Target> choose_targets(std::span<const BlockBench> benches,
                                                 const Selection& selection);

// A part of a target's seeds: what one worker process runs.
struct WorkItem {
  size_t target = 0;
  SeedRange seeds;
};

// Work items of all targets, smallest seeds first within a target. They do not depend on the
// number of jobs.
[[nodiscard]] std::vector<WorkItem> divide(std::span<const Target> targets);

}  // namespace olivine::regress

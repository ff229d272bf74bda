// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/sweep/analysis/effects.h"
#include "experiments/sweep/analysis/fronts.h"
#include "experiments/sweep/spec/spec.h"
#include "experiments/sweep/store/database.h"
#include "models/base/enum_names.h"

namespace olivine {

// What a winner has least of. Time and energy are the objectives of a study's sweep; the point of
// the least product is on their front too.
enum class Measure : uint8_t { Time, Energy, Edp };
inline constexpr std::array kMeasureNames = {EnumName<Measure>{Measure::Time, "time"},
                                             EnumName<Measure>{Measure::Energy, "energy"},
                                             EnumName<Measure>{Measure::Edp, "EDP"}};

// The sweep with one position of an axis. Contract: it has the axis and the position.
[[nodiscard]] sweep::SweepSpec with_position(sweep::SweepSpec spec, std::string_view axis,
                                             size_t position);

// A sweep for each combination of positions on these axes, the last one fastest.
[[nodiscard]] std::vector<sweep::SweepSpec> cut(const sweep::SweepSpec& spec,
                                                const std::vector<std::string>& axes);

// The text that a key has at every point. Contract: an axis of one position has the key.
[[nodiscard]] const std::string& fixed_text(const sweep::SweepSpec& spec, std::string_view key);

// A sweep with the objectives time_s and energy_pj, run in memory on all cores.
class SweepCase {
 public:
  using Values = std::vector<std::pair<std::string_view, std::string_view>>;  // by key

  // Throws ConfigError, also where a point fails: what a study sweeps can run.
  explicit SweepCase(const sweep::SweepSpec& spec);

  [[nodiscard]] uint64_t points() const { return points_; }
  // The point with the least of a measure among those with these values, or null without one; of
  // equal ones that with less energy (less time). Contract: the values are of keys in group_by,
  // for a front of time and energy has the winners of a whole group only.
  [[nodiscard]] const sweep::StoredPoint* best(Measure measure, const Values& values) const;
  [[nodiscard]] std::string text(const sweep::StoredPoint& point, std::string_view key) const;
  // s, pJ or pJ s.
  [[nodiscard]] static double value(const sweep::StoredPoint& point, Measure measure);
  // "os 64x128, 32 + 64 + 128 KiB": dataflow, rows and columns, scratchpads for activations,
  // weights and outputs.
  [[nodiscard]] std::string machine_text(const sweep::StoredPoint& point) const;
  // Share of an axis alone in the variance of an objective's logarithm, in percent.
  [[nodiscard]] double effect_pct(Measure objective, std::string_view axis) const;

 private:
  std::vector<std::string> columns_;
  sweep::FrontReport fronts_;
  sweep::EffectsReport effects_;
  uint64_t points_ = 0;
};

}  // namespace olivine

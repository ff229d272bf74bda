// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/sweep/database.h"
#include "experiments/sweep/judge.h"

namespace olivine::report {

// The points of a sweep that ran, column by column, in the order they were stored. Those that
// failed are counted by reason; those of other values of the axes are counted.
class SweepPoints {
 public:
  // Throws ConfigError where there are more points than a page can show.
  SweepPoints(const sweep::Database& database, const std::string& model);

  [[nodiscard]] size_t size() const { return reasons_.size(); }
  [[nodiscard]] uint64_t feasible() const { return feasible_; }
  // Contract: one of the points.
  [[nodiscard]] uint32_t row_of(const sweep::PointHash& hash) const { return rows_.at(hash); }
  // What keeps most points from the fronts, with how many: "fits at no tiling (12 points)".
  [[nodiscard]] std::string main_obstacle() const;

  [[nodiscard]] nlohmann::ordered_json counts_json() const;
  [[nodiscard]] nlohmann::ordered_json failures_json() const;  // by reason, most frequent first
  [[nodiscard]] nlohmann::ordered_json axes_json() const;
  [[nodiscard]] nlohmann::ordered_json parameters_json() const;  // by column of the header
  [[nodiscard]] nlohmann::ordered_json measures_json() const;    // objectives, then other metrics
  [[nodiscard]] nlohmann::ordered_json verdicts_json() const;
  [[nodiscard]] nlohmann::ordered_json groups_json() const;

 private:
  // Texts, each once, and which one every point has.
  struct Texts {
    std::vector<std::string> names;
    std::vector<uint32_t> column;
    std::map<std::string, uint32_t> positions;

    uint32_t position_of(const std::string& name);
  };
  // A parameter that no axis has.
  struct Parameter {
    size_t header_column = 0;
    std::vector<sweep::Value> values;
    std::vector<uint32_t> column;
    std::map<sweep::Value, uint32_t> positions;
  };

  void add(const sweep::StoredPoint& point, const sweep::Judge& judge);
  void add_row(const sweep::StoredPoint& point, const sweep::Judge& judge,
               const sweep::Verdict& verdict);

  const sweep::SweepHeader* header_;
  uint64_t stored_ = 0;
  uint64_t failed_ = 0;
  uint64_t feasible_ = 0;
  std::map<std::string, uint64_t> failures_;
  std::map<sweep::PointHash, uint32_t> rows_;
  std::vector<std::vector<uint32_t>> coordinates_;  // by axis
  std::vector<Parameter> parameters_;
  std::vector<std::vector<double>> metrics_;     // by metric; NaN where it does not apply
  std::vector<std::vector<double>> objectives_;  // by objective; NaN where not feasible
  std::vector<uint32_t> reasons_;                // 0: feasible; else 1 + position of the reason
  Texts obstacles_;
  Texts groups_;
};

}  // namespace olivine::report

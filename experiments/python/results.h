// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/python/column.h"
#include "experiments/sweep/spec/header.h"
#include "experiments/sweep/store/database.h"

namespace olivine::python {

// The front of the points with one value of group_by; the only group is called "".
struct RowFront {
  std::string group;
  std::vector<int64_t> rows;  // best first, objective by objective; then in row order
  std::vector<double> ideal;  // best of every objective, as people read it; none of no points
  double hypervolume = 0;     // share of the box between the best and the worst
};

// Every point of a sweep's space that a database has of one model version, a row each, in the order
// of their parameters. Columns as of `olivine sweep export`: parameters, status, failure, metrics,
// objectives that are no metric, feasible; a number that a point does not have is NaN.
struct Results {
  sweep::SweepHeader header;
  std::string model;
  Table table;
  size_t rows = 0;
  std::vector<RowFront> fronts;  // by group

  // Absent: the only one; without points an empty one. Throws ConfigError that lists the groups
  // where there is no such one.
  [[nodiscard]] const RowFront& front_of(const std::optional<std::string>& group) const;
};

// Reads them in one pass: a sweep may be storing more.
[[nodiscard]] Results read_results(const sweep::Database& database, const std::string& model);

// The model version to read: `wanted`, or this program's. Throws ConfigError that lists those there
// are where it has no point but others do.
[[nodiscard]] std::string choose_model(const sweep::Database& database,
                                       const std::optional<std::string>& wanted);

}  // namespace olivine::python

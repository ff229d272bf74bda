// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/spec/formula.h"
#include "experiments/sweep/spec/header.h"
#include "experiments/sweep/store/database.h"

namespace olivine {
class Problems;
}

namespace olivine::sweep {

// A formula of a header, over a stored point. Names are, first found: columns, metrics, quality,
// fixed parameters.
class PointFormula {
 public:
  // Adds names that the header does not have to `problems`, as "`what`: ...".
  PointFormula(Formula formula, const SweepHeader& header, const std::string& what,
               Problems& problems);

  [[nodiscard]] const std::string& text() const { return formula_.text(); }
  // Whether it is known before anything is timed: over parameters and static metrics.
  [[nodiscard]] bool is_static() const { return is_static_; }
  // A problem too where a metric has no value, or no quality is known for the point's scheme.
  [[nodiscard]] FormulaResult evaluate(const StoredPoint& point) const;

 private:
  struct Name {
    std::string name;
    std::optional<size_t> column{};
    std::optional<Metric> metric{};
    bool is_quality = false;
    Value fixed{};  // else
  };

  [[nodiscard]] FormulaResult value_of(const Name& name, const StoredPoint& point) const;
  [[nodiscard]] FormulaResult quality_of(const StoredPoint& point) const;

  Formula formula_;
  std::vector<Name> names_;  // of the formula, in its order
  bool is_static_ = true;
  std::map<std::string, double> quality_;  // by scheme, where the formula uses it
  std::optional<size_t> scheme_column_;
  std::string fixed_scheme_;
};

// The column of this name.
[[nodiscard]] std::optional<size_t> find_column(const SweepHeader& header, const std::string& name);

}  // namespace olivine::sweep

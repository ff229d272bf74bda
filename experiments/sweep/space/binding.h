// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/sweep/spec/formula.h"
#include "experiments/sweep/spec/metrics.h"

namespace olivine {
class Problems;
}

namespace olivine::sweep {

class BaseMachine;
enum class KeyType : uint8_t;
class WorkloadSource;

// Constant: the same for all points. Column: a parameter stored of every point. Machine, Workload:
// what the base of the point has.
enum class Origin : uint8_t { Constant, Column, Machine, Workload, Metric, Quality };

// Where a formula finds the value of a name.
struct Binding {
  Origin origin = Origin::Constant;
  Value constant{};             // Constant
  size_t column = 0;            // Column
  std::vector<Value> values{};  // Machine, Workload: by base
  Metric metric{};              // Metric
};

// What is known of a point while it is resolved.
struct PartialPoint {
  const std::vector<Value>* parameters = nullptr;  // by column
  size_t machine = 0;                              // bases
  size_t workload = 0;
  const Metrics* metrics = nullptr;  // null: not yet known
};

struct BoundFormula {
  Formula formula;
  std::vector<Binding> bindings;  // by name of the formula

  // Contract: no name is of Origin::Quality; where one is of Metric, the point has metrics.
  [[nodiscard]] FormulaResult evaluate(const PartialPoint& point) const;
  // Whether parameters decide it; or these and metrics that are known before anything is timed.
  [[nodiscard]] bool is_of_parameters() const;
  [[nodiscard]] bool is_static() const;
  [[nodiscard]] bool uses(Metric metric) const;
};

// A setting that is computed for every point.
struct Computed {
  std::string key;
  std::optional<KeyType> type;  // none: as the formula has it
  size_t column = 0;
  BoundFormula formula;
};

struct StaticConstraint {
  size_t index = 0;  // in the file
  BoundFormula formula;
};

// What formulas of one sweep may name.
class Names {
 public:
  struct Lookup {
    std::optional<Binding> binding;
    std::string problem;  // without a place
  };

  // All outlive it.
  Names(const std::vector<BaseMachine>& machines, const std::vector<WorkloadSource>& workloads)
      : machines_(&machines), workloads_(&workloads) {}

  void add_column(const std::string& name, size_t column);
  void add_constant(const std::string& name, Value value);
  // A setting further below in the file, until it is settled: known, but not yet.
  void add_later(const std::string& name) { later_.insert(name); }
  void settle(const std::string& name) { later_.erase(name); }
  // From now on formulas may use results; quality where the file gives any.
  void add_results(bool has_quality);

  [[nodiscard]] Lookup find(const std::string& name) const;
  // Every name of a formula; a problem of each that is not known, as "place: what: problem".
  [[nodiscard]] std::optional<BoundFormula> bind(const Formula& formula, const std::string& where,
                                                 Problems& problems) const;
  [[nodiscard]] std::vector<std::string> all() const;

 private:
  [[nodiscard]] Lookup find_metric_name(const MetricInfo& metric) const;
  [[nodiscard]] Lookup find_of_machines(const std::string& name) const;
  [[nodiscard]] Lookup find_of_workloads(const std::string& name) const;

  const std::vector<BaseMachine>* machines_;
  const std::vector<WorkloadSource>* workloads_;
  std::map<std::string, Binding> known_;
  std::set<std::string> later_;
  bool has_results_ = false;
  bool has_quality_ = false;
};

inline constexpr std::string_view kMachineName = "machine";
inline constexpr std::string_view kWorkloadName = "workload";
inline constexpr std::string_view kSchemeName = "scheme";
inline constexpr std::string_view kWorkloadPrefix = "workload.";
inline constexpr std::string_view kFreePrefix = "free.";

}  // namespace olivine::sweep

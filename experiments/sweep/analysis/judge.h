// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/spec/header.h"
#include "experiments/sweep/store/database.h"

namespace olivine::sweep {

// What a sweep's file, as the header has it, says about a stored point.
struct Verdict {
  // Its parameters are values of the axes (of a linked axis all of its keys together; 64 and 64.0
  // are the same), and the constraints over parameters and static metrics hold, as far as they can
  // be told: metrics of a point that failed have no value.
  bool is_member = false;
  // A member that ran, satisfies all constraints and has all objectives.
  bool is_feasible = false;
  // Why it is not feasible, of a member that ran: the first constraint, else objective, that is
  // missed, or cannot be computed ("objective acc: no quality is known for scheme w8a8-int8").
  std::string reason;
  std::vector<uint32_t> coordinates;  // of a member: positions on the axes
  // Of a feasible point, by objective; lower is better: Goal::Max is negated. Finite.
  std::vector<double> costs;
};

// Thread-safe.
class Judge {
 public:
  // Throws ConfigError where a formula of the header does not parse or uses an unknown name.
  explicit Judge(const SweepHeader& header);
  ~Judge();
  Judge(Judge&&) noexcept;
  Judge& operator=(Judge&&) noexcept;

  [[nodiscard]] Verdict judge(const StoredPoint& point) const;
  // The objective as people read it: a cost with its sign back.
  [[nodiscard]] double value_of_cost(size_t objective, double cost) const;
  // "bert_base, 8": the values of group_by, "" where there are none.
  [[nodiscard]] std::string group(const StoredPoint& point) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

}  // namespace olivine::sweep

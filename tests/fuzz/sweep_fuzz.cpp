// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Files of sweeps, and formulas, are written by strangers. The first byte selects the reader, the
// rest is the text. A UserError is the right answer to a bad one; whatever else leaves a reader, a
// spec outside its limits, or a formula with neither value nor problem, is a finding.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"

namespace {

using namespace olivine::sweep;

void check_limits(const SweepSpec& spec) {
  OLV_CHECK(!spec.axes.empty() && spec.axes.size() <= kMaxAxes, "{} axes", spec.axes.size());
  OLV_CHECK(!spec.objectives.empty(), "no objectives");
  for (const SpecAxis& axis : spec.axes) {
    OLV_CHECK(!axis.values.empty() && axis.values.size() <= kMaxAxisValues, "{} values of {}",
              axis.values.size(), axis.name);
    for (const auto& texts : axis.values) {
      OLV_CHECK(texts.size() == axis.keys.size(), "{} texts of {} keys", texts.size(),
                axis.keys.size());
    }
  }
}

// With names that are integers, numbers and texts in turn.
void check_formula(std::string_view text) {
  const Formula formula = Formula::parse(text);
  const std::vector<Value> kinds = {int64_t{3}, 0.5, std::string{"os"}, INT64_MIN, int64_t{0}};
  std::vector<Value> values;
  for (size_t i = 0; i < formula.names().size(); ++i) values.push_back(kinds[i % kinds.size()]);
  const FormulaResult result = formula.evaluate(values);
  OLV_CHECK(result.value.has_value() != !result.problem.empty(), "problem '{}'", result.problem);
  const auto number = result.value ? number_of(*result.value) : std::nullopt;
  OLV_CHECK(!number || std::isfinite(*number), "value {}", *number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  try {
    if (data[0] % 2 == 0) {
      check_limits(parse_spec(text, "fuzz.yaml"));
    } else {
      check_formula(text);
    }
  } catch (const olivine::UserError&) {
  }
  return 0;
}

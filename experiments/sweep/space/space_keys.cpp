// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/space_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/binding.h"
#include "experiments/sweep/space/point_hash.h"
#include "experiments/sweep/space/space_state.h"
#include "experiments/sweep/space/workload_source.h"
#include "experiments/sweep/spec/formula_number.h"
#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

constexpr std::string_view kDramModelKey = "dram.model";
constexpr std::string_view kBanked = "banked";

// A literal of formulas, or a text. Whole numbers are integers, so that 1e3 and 1000 are one value.
Value free_value(const std::string& text) {
  const bool is_negative = text.starts_with('-');
  const std::string_view digits = std::string_view{text}.substr(is_negative ? 1 : 0);
  if (digits.empty() || !is_digit(digits.front())) return text;
  const NumberLiteral literal = read_number(digits);
  if (literal.length != digits.size() || !literal.problem.empty()) return text;
  if (const auto* integer = std::get_if<int64_t>(&literal.value)) {
    return is_negative ? -*integer : *integer;
  }
  constexpr double kExactWholes = 9007199254740992.0;  // 2^53
  const double number = std::get<double>(literal.value) * (is_negative ? -1 : 1);
  const bool is_whole = std::trunc(number) == number && std::abs(number) < kExactWholes;
  return is_whole ? Value{static_cast<int64_t>(number)} : Value{number};
}

bool is_ordered(const Axis& axis) {
  if (axis.keys.size() != 1) return false;
  std::optional<double> last;
  for (const std::vector<Value>& values : axis.values) {
    const auto number = number_of(values.front());
    if (!number || (last && *number <= *last)) return false;
    last = number;
  }
  return true;
}

std::string canonical_text(const std::vector<Value>& values) {
  std::string text;
  for (const Value& value : values) append_field(text, "", to_text(value));
  return text;
}

class AxisReader {
 public:
  AxisReader(const SpecAxis& spec, const KeyReader& keys, Problems& problems)
      : spec_(spec), keys_(keys), problems_(problems) {}

  Axis read() {
    Axis axis{spec_.name, spec_.keys, {}, false};
    bool is_known = true;
    for (const std::string& key : spec_.keys) is_known = keys_.check(key, spec_.place) && is_known;
    if (!is_known) return axis;
    for (const std::vector<std::string>& texts : spec_.values) read_position(texts, axis);
    axis.is_ordered = is_ordered(axis);
    return axis;
  }

 private:
  void read_position(const std::vector<std::string>& texts, Axis& axis) {
    std::vector<Value> values;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (auto value = keys_.read(spec_.keys[i], texts[i], spec_.place)) {
        values.push_back(*std::move(value));
      }
    }
    if (values.size() != texts.size()) return;
    const std::string written = fmt::format("{}", fmt::join(texts, ", "));
    const auto [earlier, is_new] = written_.try_emplace(canonical_text(values), written);
    if (!is_new) {
      problems_.add(fmt::format("{}: axes.{}: {} and {} are the same value", spec_.place,
                                spec_.name, earlier->second, written));
    }
    axis.values.push_back(std::move(values));
  }

  const SpecAxis& spec_;
  const KeyReader& keys_;
  Problems& problems_;
  std::map<std::string, std::string> written_;  // as written, by value
};

}  // namespace

void KeyReader::fail(const std::string& place, std::string_view problem) const {
  problems_.add(fmt::format("{}: {}", place, problem));
}

bool KeyReader::check(const std::string& key, const std::string& place) const {
  const bool is_base = key == kMachineName || key == kWorkloadName || key == kSchemeName;
  if (is_base || key.starts_with(kFreePrefix)) return true;
  return key.starts_with(kWorkloadPrefix) ? check_workloads(key, place)
                                          : check_machines(key, place);
}

bool KeyReader::check_machines(const std::string& key, const std::string& place) const {
  const auto without =
      std::find_if(space_.machines.begin(), space_.machines.end(),
                   [&](const BaseMachine& machine) { return machine.find(key) == nullptr; });
  if (without == space_.machines.end()) return true;
  fail(place,
       fmt::format("{}: {}", key,
                   is_machine_key(key) ? fmt::format("machine {} ({}) has no such key",
                                                     without->name(), without->kind())
                                       : "no such parameter" + suggestion(key, known_keys())));
  return false;
}

bool KeyReader::check_workloads(const std::string& key, const std::string& place) const {
  const std::string param = key.substr(kWorkloadPrefix.size());
  bool has_it = true;
  for (const WorkloadSource& workload : space_.workloads) {
    if (workload.params().contains(param)) continue;
    fail(place, fmt::format("{}: workload {} has no such parameter{}", key, workload.name(),
                            suggestion(key, known_keys())));
    has_it = false;
  }
  return has_it;
}

std::optional<Value> KeyReader::read(const std::string& key, const std::string& text,
                                     const std::string& place) const {
  if (key == kMachineName || key == kWorkloadName) return plain_name(text);
  if (key == kSchemeName) return text;
  if (key == kEnergyTableKey || key == kCalibrationKey) return plain_name(text);
  if (key.starts_with(kFreePrefix)) return free_value(text);
  if (key.starts_with(kWorkloadPrefix)) {
    const auto value = parse_int(text);
    if (value && *value >= 1 && *value <= kMaxExtent) return *value;
    fail(place, fmt::format("{} = {}: must be an integer 1..{}", key, text, kMaxExtent));
    return std::nullopt;
  }
  // Machines that have a key have it from one table.
  KeyReading reading = space_.machines.front().read(key, text);
  if (!reading.value) {
    fail(place, reading.problem);
  } else if (key == kDramModelKey && *reading.value == Value{std::string{kBanked}}) {
    fail(place, fmt::format("{} = {}: has no closed form: must be ideal|bandwidth", key, text));
    return std::nullopt;
  }
  return std::move(reading.value);
}

std::optional<Value> KeyReader::fix(const std::string& key, const std::string& text,
                                    const std::string& place) {
  auto value = read(key, text, place);
  if (!value || key.starts_with(kFreePrefix)) return value;
  if (key.starts_with(kWorkloadPrefix)) {
    for (WorkloadSource& workload : space_.workloads) {
      workload.fix(key.substr(kWorkloadPrefix.size()), std::get<int64_t>(*value));
    }
  } else {
    for (BaseMachine& machine : space_.machines) machine.set(key, text);
  }
  return value;
}

std::optional<KeyType> KeyReader::type(const std::string& key) const {
  if (key.starts_with(kFreePrefix)) return std::nullopt;
  if (key.starts_with(kWorkloadPrefix)) return KeyType::Integer;
  return space_.machines.front().find(key)->type;
}

std::vector<std::string> KeyReader::known_keys() const {
  std::vector<std::string> known;
  for (const BaseMachine& machine : space_.machines) {
    for (const MachineKey& key : machine.keys()) known.push_back(key.name);
  }
  for (const WorkloadSource& workload : space_.workloads) {
    for (const auto& [param, value] : workload.params()) {
      known.push_back(std::string{kWorkloadPrefix} + param);
    }
  }
  for (const std::string_view name : {kMachineName, kWorkloadName, kSchemeName}) {
    known.emplace_back(name);
  }
  return known;
}

void read_axis_values(const SweepSpec& spec, SpaceState& space, Problems& problems) {
  const KeyReader keys{space, problems};
  for (const SpecAxis& axis : spec.axes) {
    space.header.axes.push_back(AxisReader{axis, keys, problems}.read());
    const std::vector<std::string>& added = axis.keys;
    space.header.columns.insert(space.header.columns.end(), added.begin(), added.end());
  }
}

}  // namespace olivine::sweep

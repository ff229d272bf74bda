// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/point_builder.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/binding.h"
#include "experiments/sweep/space/evaluate.h"
#include "experiments/sweep/space/point_hash.h"
#include "experiments/sweep/space/shared_cache.h"
#include "experiments/sweep/space/space.h"
#include "experiments/sweep/space/space_state.h"
#include "experiments/sweep/space/workload_source.h"
#include "experiments/sweep/spec/one_line.h"
#include "models/base/error.h"
#include "models/energy/energy_model.h"
#include "sim/tensor_core/calibration.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::sweep {
namespace {

// A machine's text of forty keys, and what follows it.
constexpr size_t kTextBytes = 2048;

// A computed value as the key has its values, so that it is the same point as with the value
// written out. What no value of the key can be stays as it is: setting it says what is wrong.
Value canonical(Value value, std::optional<KeyType> type) {
  if (!type) return value;
  const auto number = number_of(value);
  const bool is_whole = number && std::trunc(*number) == *number;
  switch (*type) {
    case KeyType::Integer: {
      constexpr double kLimit = 9007199254740992.0;  // 2^53
      const bool is_exact = is_whole && std::abs(*number) <= kLimit;
      return is_exact ? Value{static_cast<int64_t>(*number)} : value;
    }
    case KeyType::Number:
      return number ? Value{*number + 0.0} : value;
    case KeyType::Boolean: {
      const bool is_condition = number && (*number == 0 || *number == 1);
      return is_condition ? Value{std::string{*number == 1 ? "true" : "false"}} : value;
    }
    case KeyType::Text:
      return to_text(value);
  }
  OLV_CHECK(false, "type {}", static_cast<int>(*type));
}

// One point on its way from positions on axes to what runs.
class PointBuilder {
 public:
  PointBuilder(const SpaceState& space, std::vector<uint32_t> positions);

  // The point, or nothing where a constraint excludes it; `excluded_by` then gets which one.
  [[nodiscard]] std::optional<DesignPoint> build(size_t* excluded_by);

 private:
  void fill_parameters();
  void compute(const Computed& setting);
  [[nodiscard]] std::optional<size_t> broken(const std::vector<StaticConstraint>& constraints,
                                             const Metrics* metrics) const;
  [[nodiscard]] std::shared_ptr<const PreparedWorkload> prepare_workload() const;
  [[nodiscard]] std::string machine_text() const;
  [[nodiscard]] std::string point_text(std::string machine, const std::string& workload) const;
  [[nodiscard]] AnyMachine make_machine();
  [[nodiscard]] std::shared_ptr<PointInputs> make_inputs(const PreparedWorkload& workload,
                                                         const std::string& machine_text);
  // Throw what is wrong with the machine.
  [[nodiscard]] ArrayInputs array_inputs(MachineConfig machine) const;
  [[nodiscard]] GpuInputs gpu_inputs(GpuMachine machine, const std::string& machine_text) const;
  void fail(std::string problem);  // the first one is kept

  [[nodiscard]] const MachineBase& base() const { return space_.machine_bases[machine_]; }
  [[nodiscard]] PartialPoint partial(const Metrics* metrics) const {
    return {&point_.parameters, machine_, workload_, metrics};
  }

  const SpaceState& space_;
  std::vector<uint32_t> positions_;
  size_t machine_;
  size_t workload_;
  DesignPoint point_;
};

PointBuilder::PointBuilder(const SpaceState& space, std::vector<uint32_t> positions)
    : space_(space),
      positions_(std::move(positions)),
      machine_(space.machine.at(positions_)),
      workload_(space.workload.at(positions_)) {}

std::optional<DesignPoint> PointBuilder::build(size_t* excluded_by) {
  fill_parameters();
  auto broken_by = broken(space_.parameter_constraints, nullptr);
  if (!broken_by) {
    const std::shared_ptr<const PreparedWorkload> workload = prepare_workload();
    std::string machine = machine_text();
    std::shared_ptr<PointInputs> inputs = make_inputs(*workload, machine);
    if (inputs != nullptr && !space_.metric_constraints.empty()) {
      const Metrics metrics = static_metrics(*inputs);
      broken_by = broken(space_.metric_constraints, &metrics);
    }
    point_.hash = hash_of(point_text(std::move(machine), workload->digest));
    point_.inputs = std::move(inputs);
  }
  if (!broken_by) return std::move(point_);
  if (excluded_by != nullptr) *excluded_by = *broken_by;
  return std::nullopt;
}

void PointBuilder::fail(std::string problem) {
  if (point_.problem.empty()) point_.problem = std::move(problem);
}

void PointBuilder::fill_parameters() {
  std::vector<Value>& parameters = point_.parameters;
  parameters.reserve(space_.header.columns.size());
  for (size_t axis = 0; axis < space_.header.axes.size(); ++axis) {
    const std::vector<Value>& values = space_.header.axes[axis].values[positions_[axis]];
    parameters.insert(parameters.end(), values.begin(), values.end());
  }
  for (const Computed& setting : space_.computed) compute(setting);
  for (const Binding& column : space_.further_columns) {
    const size_t base = column.origin == Origin::Machine ? machine_ : workload_;
    parameters.push_back(column.values[base]);
  }
}

void PointBuilder::compute(const Computed& setting) {
  FormulaResult result = setting.formula.evaluate(partial(nullptr));
  if (!result.value) {
    fail(fmt::format("{} = {}: {}", setting.key, setting.formula.formula.text(), result.problem));
  }
  point_.parameters.push_back(canonical(result.value.value_or(Value{std::string{}}), setting.type));
}

// A constraint without a value (a division by zero, say) excludes nothing: the judge tells why the
// point is not feasible.
std::optional<size_t> PointBuilder::broken(const std::vector<StaticConstraint>& constraints,
                                           const Metrics* metrics) const {
  for (const auto& [index, formula] : constraints) {
    const FormulaResult result = formula.evaluate(partial(metrics));
    if (result.value && !truth_of(*result.value).value_or(true)) return index;
  }
  return std::nullopt;
}

std::shared_ptr<const PreparedWorkload> PointBuilder::prepare_workload() const {
  ParamOverrides values;
  for (const auto& [param, column] : space_.workload_slots) {
    values[param] = to_text(point_.parameters[column]);
  }
  return space_.workloads[workload_].prepare(values);
}

std::string PointBuilder::machine_text() const {
  std::string text;
  text.reserve(kTextBytes);
  text += base().pieces.front();
  for (size_t i = 0; i < base().slots.size(); ++i) {
    const auto& [key, column] = base().slots[i];
    append_field(text, key, to_text(point_.parameters[column]));
    text += base().pieces[i + 1];
  }
  append_field(text, kEnergyTableKey, base().tables[space_.energy.at(positions_)].digest);
  if (!base().calibrations.empty()) {
    append_field(text, kCalibrationKey,
                 base().calibrations[space_.calibration.at(positions_)].digest);
  }
  return text;
}

std::string PointBuilder::point_text(std::string machine, const std::string& workload) const {
  std::string text = std::move(machine);
  append_field(text, kWorkloadName, workload);
  append_field(text, kSchemeName, space_.schemes[space_.scheme.at(positions_)].name);
  for (const auto& [name, column, value] : space_.free) {
    append_field(text, name, to_text(column ? point_.parameters[*column] : value));
  }
  return text;
}

AnyMachine PointBuilder::make_machine() {
  AnyMachine machine = space_.machines[machine_].config();
  for (const auto& [key, column] : base().slots) {
    if (auto problem = set_key(machine, key, to_text(point_.parameters[column]))) {
      fail(*std::move(problem));
    }
  }
  return machine;
}

std::shared_ptr<PointInputs> PointBuilder::make_inputs(const PreparedWorkload& workload,
                                                       const std::string& machine_text) {
  AnyMachine machine = make_machine();
  if (!workload.problem.empty()) fail(workload.problem);
  if (!point_.problem.empty()) return nullptr;
  auto inputs = std::make_shared<PointInputs>();
  inputs->scheme = space_.schemes[space_.scheme.at(positions_)];
  inputs->workload = workload.workload;
  try {
    std::visit([](const auto& config) { validate(config); }, machine);
    if (auto* array = std::get_if<MachineConfig>(&machine)) {
      inputs->machine = array_inputs(std::move(*array));
    } else {
      inputs->machine = gpu_inputs(std::get<GpuMachine>(std::move(machine)), machine_text);
    }
  } catch (const UserError& error) {
    fail(one_line(error));
    return nullptr;
  }
  return inputs;
}

ArrayInputs PointBuilder::array_inputs(MachineConfig machine) const {
  if (machine.dram.model == DramModel::Banked) {
    throw ConfigError{"dram.model = banked: has no closed form: must be ideal|bandwidth"};
  }
  ArrayInputs inputs{std::move(machine), base().tables[space_.energy.at(positions_)].table,
                     nullptr};
  if (space_.needs_area) {
    inputs.energy = std::make_shared<const EnergyModel>(inputs.machine, *inputs.table);
  }
  return inputs;
}

GpuInputs PointBuilder::gpu_inputs(GpuMachine machine, const std::string& machine_text) const {
  const CalibrationFile& file = base().calibrations[space_.calibration.at(positions_)];
  machine.energy_table = base().tables[space_.energy.at(positions_)].path;
  machine.calibration = file.path;
  return {[machine = std::move(machine), calibration = file.calibration,
           key = machine_text + space_.machines[machine_].name(), models = space_.gemm_models] {
    return models->get(key,
                       [&] { return std::make_shared<const GemmModel>(machine, *calibration); });
  }};
}

}  // namespace

std::optional<DesignPoint> build_point(const SpaceState& space, std::vector<uint32_t> positions,
                                       size_t* excluded_by) {
  return PointBuilder{space, std::move(positions)}.build(excluded_by);
}

}  // namespace olivine::sweep

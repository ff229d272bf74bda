// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Which array shape, dataflow, scheme and buffer split wins at a fixed area? README.md says what is
// compared and what is expected.
#include <fmt/format.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/studies/expected_rows.h"
#include "experiments/studies/study_run.h"
#include "experiments/studies/sweep_case.h"
#include "experiments/sweep/spec/spec.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/base/units.h"
#include "models/machines/machine.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

using sweep::StoredPoint;
using sweep::SweepSpec;

constexpr std::array<std::string_view, 6> kDesigns = {"int8",    "int8_4x4bit", "ovp8",
                                                      "ovp4_a8", "ovp4",        "int4"};
// Plain 4-bit integers lose accuracy that the other schemes keep: shown, but no winner.
constexpr std::string_view kNoContestant = "int4";
constexpr std::string_view kFocus = "ovp4";
constexpr std::array<std::string_view, 3> kDataflows = {"ws", "os", "is"};
constexpr std::array<std::string_view, 6> kEffectAxes = {
    "design", "array.cols", "array.dataflow", "activation", "weight", "output"};

// The machine whose area is the budget, as it is published, on its own scheme; and the vector work
// that no point has.
struct Baseline {
  double time_s = 0;
  double energy_pj = 0;
  double vector_s = 0;

  [[nodiscard]] double value(Measure measure) const {
    if (measure == Measure::Edp) return time_s * energy_pj;
    return measure == Measure::Time ? time_s : energy_pj;
  }
};

Baseline run_baseline(const SweepSpec& spec) {
  MachineConfig machine = load_machine("olive_64x64");
  machine.energy_table = fixed_text(spec, "energy.table");
  const Workload workload =
      load_workload(fixed_text(spec, "workload"), {{"batch", fixed_text(spec, "workload.batch")}});
  const auto run = [&](const std::set<LayerKind>& kinds) {
    const PlanOptions options{.mapper = {}, .kinds = kinds};
    return evaluate(plan_network(machine, parse_scheme("w4a4-ovp"), workload, options)).total;
  };
  const auto seconds = [&](uint64_t cycles) {
    return to_seconds(Cycles{cycles}, machine.clock_hz);
  };
  const LayerResult array = run(spec.kinds);
  return {.time_s = seconds(array.cycles),
          .energy_pj = array.energy.total_pj(),
          .vector_s = seconds(run({LayerKind::Vector}).cycles)};
}

class CaseTables {
 public:
  explicit CaseTables(const StudyCase& part)
      : name_(part.name), baseline_(run_baseline(part.spec)), case_(part.spec) {}

  void add_to(StudyTables& tables) const {
    tables.add("baseline", name_ + baseline_cells());
    for (const auto& [measure, measure_name] : kMeasureNames) {
      const std::string head = fmt::format("{} {} |", name_, measure_name);
      tables.add("winners", head + winner_cells(measure));
      tables.add("dataflows", head + dataflow_cells(measure));
      if (measure != Measure::Edp) {
        tables.add("effects", head + effect_cells(case_, measure, kEffectAxes));
      }
    }
  }

 private:
  [[nodiscard]] const StoredPoint& best(Measure measure, const SweepCase::Values& values) const {
    const StoredPoint* point = case_.best(measure, values);
    OLV_CHECK(point != nullptr, "{} has no {}", name_, values.front().second);
    return *point;
  }
  [[nodiscard]] double least(Measure measure, std::string_view design) const {
    return SweepCase::value(best(measure, {{"free.design", design}}), measure);
  }

  [[nodiscard]] std::string baseline_cells() const {
    const double gain = (least(Measure::Time, "int8") + baseline_.vector_s) /
                        (least(Measure::Time, "ovp4") + baseline_.vector_s);
    return fmt::format(" {} | {:.4g} | {:.4g} | {:.4g} | {:.2f} |", case_.points(),
                       shown(baseline_.time_s, Measure::Time),
                       shown(baseline_.energy_pj, Measure::Energy),
                       shown(baseline_.vector_s, Measure::Time), gain);
  }

  // The winner, and how many times as much the others have.
  [[nodiscard]] std::string winner_cells(Measure measure) const {
    std::string_view winner = kDesigns.front();
    for (const std::string_view design : kDesigns) {
      const bool is_better = least(measure, design) < least(measure, winner);
      if (design != kNoContestant && is_better) winner = design;
    }
    const StoredPoint& point = best(measure, {{"free.design", winner}});
    const double value = SweepCase::value(point, measure);
    std::string cells = fmt::format(" {} | {} | {:.4g} |", winner, case_.machine_text(point),
                                    shown(value, measure));
    for (const std::string_view design : kDesigns) {
      cells += fmt::format(" {:.2f} |", least(measure, design) / value);
    }
    return cells + fmt::format(" {:.2f} |", baseline_.value(measure) / value);
  }

  // What a dataflow costs that is not the best one.
  [[nodiscard]] std::string dataflow_cells(Measure measure) const {
    std::string cells;
    for (const std::string_view dataflow : kDataflows) {
      const StoredPoint& point =
          best(measure, {{"free.design", kFocus}, {"array.dataflow", dataflow}});
      cells +=
          fmt::format(" {:.2f}: {} |", SweepCase::value(point, measure) / least(measure, kFocus),
                      case_.machine_text(point));
    }
    return cells;
  }

  std::string name_;
  Baseline baseline_;
  SweepCase case_;
};

StudyTables make_tables() {
  StudyTables tables;
  tables.declare("baseline",
                 "olive_64x64 as published, on w4a4-ovp; the vector work that is left out, and "
                 "what remains of int8 over ovp4 in time when it is added to both.",
                 {"points", "s", "J", "vector s", "int8 over ovp4"});
  std::vector<std::string> columns = {"least", "winner", "machine", "s, J, J s"};
  columns.insert(columns.end(), kDesigns.begin(), kDesigns.end());
  columns.emplace_back("olive_64x64");
  tables.declare("winners", "Winners, and how many times as much the others have at their best.",
                 columns);
  columns = {"least"};
  columns.insert(columns.end(), kDataflows.begin(), kDataflows.end());
  tables.declare("dataflows", "ovp4 at its best on each dataflow, over its best.", columns);
  columns = {"least"};
  columns.insert(columns.end(), kEffectAxes.begin(), kEffectAxes.end());
  tables.declare("effects", std::string{kEffectsTitle}, columns);
  return tables;
}

int study(const StudyOptions& options) {
  ExpectedRows rows{options.expected};
  StudyTables tables = make_tables();
  for (const StudyCase& part : study_cases(options)) CaseTables{part}.add_to(tables);
  tables.print("fixed_area", rows);
  return rows.report();
}

}  // namespace
}  // namespace olivine

int main(int argc, char** argv) {
  return olivine::run_study({argv, static_cast<size_t>(argc)}, olivine::study);
}

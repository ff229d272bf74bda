// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What do 4-bit outlier-victim pairs and 2:4 weights gain over INT8 at equal area, alone and
// together? README.md says what is compared and what is expected.
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/studies/expected_rows.h"
#include "experiments/studies/study_run.h"
#include "experiments/studies/sweep_case.h"
#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"

namespace olivine {
namespace {

using sweep::StoredPoint;
using sweep::SweepSpec;

constexpr std::array<std::string_view, 4> kDesigns = {"int8", "int8_24", "ovp4", "ovp4_24"};
constexpr std::array<std::string_view, 3> kSelections = {"free", "ratio", "rtl"};
constexpr std::array<std::string_view, 6> kEffectAxes = {
    "design", "array.cols", "array.dataflow", "activation", "weight", "output"};

bool is_sparse(std::string_view design) { return design.ends_with("_24"); }

class CaseTables {
 public:
  CaseTables(const SweepSpec& spec, std::string name) : name_(std::move(name)), case_(spec) {}

  void add_to(StudyTables& tables) const {
    for (const auto& [measure, measure_name] : kMeasureNames) {
      const std::string head = fmt::format("{} {} |", name_, measure_name);
      for (const std::string_view selection : kSelections) {
        if (best(measure, "ovp4_24", selection) == nullptr) continue;  // no such estimate here
        tables.add("gains", fmt::format("{} {} |{}", head, selection, gains(measure, selection)));
      }
      tables.add("machines", head + machines(measure));
      if (measure != Measure::Edp) {
        tables.add("effects", head + effect_cells(case_, measure, kEffectAxes));
      }
    }
  }

 private:
  [[nodiscard]] const StoredPoint* best(Measure measure, std::string_view design,
                                        std::string_view selection) const {
    return case_.best(measure, {{"free.design", design},
                                {"free.selection", is_sparse(design) ? selection : "none"}});
  }

  // INT8 dense, and how many times less the others have; what both would gain if gains multiplied.
  [[nodiscard]] std::string gains(Measure measure, std::string_view selection) const {
    std::array<double, kDesigns.size()> values{};
    for (size_t i = 0; i < kDesigns.size(); ++i) {
      const StoredPoint* point = best(measure, kDesigns[i], selection);
      OLV_CHECK(point != nullptr, "{} has no {}", name_, kDesigns[i]);
      values[i] = SweepCase::value(*point, measure);
    }
    const auto gain = [&](size_t design) { return values[0] / values[design]; };
    return fmt::format(" {:.4g} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |", shown(values[0], measure),
                       gain(1), gain(2), gain(3), gain(1) * gain(2));
  }

  [[nodiscard]] std::string machines(Measure measure) const {
    std::string cells;
    for (const std::string_view design : kDesigns) {
      const StoredPoint* point = best(measure, design, "rtl");
      OLV_CHECK(point != nullptr, "{} has no {}", name_, design);
      cells += fmt::format(" {} |", case_.machine_text(*point));
    }
    return cells;
  }

  std::string name_;
  SweepCase case_;
};

StudyTables make_tables() {
  StudyTables tables;
  tables.declare(
      "gains",
      "INT8 at its best, how many times less the others have at theirs, and what both "
      "together would have if gains multiplied.",
      {"least", "selection", "int8: s, J, J s", "int8_24", "ovp4", "ovp4_24", "int8_24 x ovp4"});
  std::vector<std::string> columns = {"least"};
  columns.insert(columns.end(), kDesigns.begin(), kDesigns.end());
  tables.declare("machines", "Where they are at their best, with the selection of our RTL.",
                 columns);
  columns = {"least"};
  columns.insert(columns.end(), kEffectAxes.begin(), kEffectAxes.end());
  tables.declare("effects", std::string{kEffectsTitle}, columns);
  return tables;
}

int study(const StudyOptions& options) {
  ExpectedRows rows{options.expected};
  StudyTables tables = make_tables();
  for (const StudyCase& part : study_cases(options)) {
    CaseTables{part.spec, part.name}.add_to(tables);
  }
  tables.print("sparse_codesign", rows);
  return rows.report();
}

}  // namespace
}  // namespace olivine

int main(int argc, char** argv) {
  return olivine::run_study({argv, static_cast<size_t>(argc)}, olivine::study);
}

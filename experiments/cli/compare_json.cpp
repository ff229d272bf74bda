// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <utility>

#include "experiments/cli/compare.h"
#include "experiments/cli/provenance.h"
#include "experiments/compare/summary.h"

namespace olivine::cli {
namespace {

using compare::Collection;
using compare::CollectionSummary;
using compare::ErrorSummary;
using compare::RegimeSummary;
using Json = nlohmann::ordered_json;

Json errors_json(const ErrorSummary& errors) {
  return {{"points", errors.count},
          {"mape", errors.mape},
          {"median", errors.median},
          {"p90", errors.p90},
          {"bias", errors.bias}};
}

Json errors_json(const std::optional<ErrorSummary>& errors) {
  return errors ? errors_json(*errors) : Json(nullptr);
}

Json point_json(const compare::Point& point) {
  const GemmShape& shape = point.measured.shape;
  const GemmTiming& timing = *point.timing;
  return {{"line", point.measured.line},
          {"m", shape.m},
          {"n", shape.n},
          {"k", shape.k},
          {"measured_s", point.measured.value},
          {"simulated_s", timing.time_s},
          {"error", point.error()},
          {"regime", name_of<compare::Regime>(compare::kRegimeNames, compare::regime_of(timing))},
          {"limiter", name_of<TimePart>(kTimePartNames, timing.limiter())},
          {"kernel", timing.kernel}};
}

Json regime_json(const compare::Comparison& comparison, const RegimeSummary& regime) {
  Json worst = Json::array();
  for (const size_t i : regime.worst) worst.push_back(point_json(comparison.points[i]));
  return {{"simulated", errors_json(regime.simulated)},
          {"roofline", errors_json(regime.roofline)},
          {"closed_form", errors_json(regime.closed_form)},
          {"noise", errors_json(regime.noise)},
          {"worst", std::move(worst)}};
}

Json roofline_json(const CollectionSummary& summary) {
  if (!summary.roofline) return nullptr;
  return {{"flops_per_s", summary.roofline->flops_per_s},
          {"bytes_per_s", summary.roofline->bytes_per_s},
          {"launch_s", summary.roofline->launch_s},
          {"fitted_points", summary.fit_points}};
}

Json closed_form_json(const CollectionSummary& summary) {
  if (!summary.closed_form) return nullptr;
  const compare::ClosedForm& form = *summary.closed_form;
  Json tiles = Json::object();
  for (size_t i = 0; i < form.tile_flops_per_s.size(); ++i) {
    const compare::ClosedFormTile& tile = compare::kClosedFormTiles[i];
    tiles[fmt::format("{}x{}", tile.m, tile.n)] = form.tile_flops_per_s[i];
  }
  return {{"sm_count", form.sm_count},
          {"sm_flops_per_s", std::move(tiles)},
          {"bytes_per_s", form.bytes_per_s},
          {"launch_s", form.launch_s},
          {"split_s", form.split_s},
          {"partial_bytes_per_s", form.partial_bytes_per_s},
          {"fitted_points", summary.fit_points}};
}

Json collection_json(const compare::Comparison& comparison, const CollectionSummary& summary) {
  const Collection& collection = comparison.collections[summary.collection];
  Json regimes = Json::object();
  for (const RegimeSummary& regime : summary.regimes) {
    const std::string name{name_of<compare::Regime>(compare::kRegimeNames, *regime.regime)};
    regimes[name] = regime_json(comparison, regime);
  }
  const auto& seed = collection.kernels.fit_seed;
  return {{"machine", collection.machine},
          {"device", collection.device},
          {"source", collection.source},
          {"measured_library", collection.library},
          {"dtype", collection.dtype},
          {"scheme", collection.scheme.name},
          {"library", collection.kernels.library},
          {"calibrated", collection.kernels.is_calibrated},
          {"split_seed", collection.split_seed},
          {"fit_seed", seed ? Json(*seed) : Json(nullptr)},
          {"roofline_constants", roofline_json(summary)},
          {"closed_form_constants", closed_form_json(summary)},
          {"noise_source",
           summary.second ? Json(comparison.collections[*summary.second].source) : Json(nullptr)},
          {"all", regime_json(comparison, summary.all)},
          {"regimes", std::move(regimes)},
          {"power", errors_json(summary.power)}};
}

}  // namespace

Json compare_json(const CompareReport& report, bool has_points) {
  const compare::Comparison& comparison = report.comparison;
  Json collections = Json::array();
  for (const CollectionSummary& summary : report.summaries) {
    collections.push_back(collection_json(comparison, summary));
    if (has_points) collections.back()["points"] = points_json(comparison, summary);
  }
  Json dropped = Json::array();
  for (const compare::Dropped& entry : comparison.dropped) {
    dropped.push_back(
        {{"reason", entry.reason}, {"rows", entry.rows}, {"first_line", entry.first_line}});
  }
  return {{"schema", "olivine.compare/1"},
          {"measured", report.file},
          {"half", name_of<compare::Half>(compare::kHalfNames, comparison.half)},
          {"config", report.machines},
          {"provenance", provenance()},
          {"collections", std::move(collections)},
          {"not_compared", std::move(dropped)},
          {"unselected_rows", comparison.unselected_rows}};
}

}  // namespace olivine::cli

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/python/sweep_run.h"

#include "experiments/python/results.h"
#include "experiments/sweep/evaluate.h"
#include "experiments/sweep/space.h"
#include "experiments/sweep/spec.h"

namespace olivine::python {
namespace {

sweep::SweepSpec spec_of(const SweepRequest& request) {
  if (request.spec_text.empty()) return sweep::load_spec(request.spec_path);
  return sweep::parse_spec(request.spec_text, "spec");
}

}  // namespace

std::optional<Results> run_sweep(const SweepRequest& request) {
  const sweep::DesignSpace space{spec_of(request)};
  sweep::RunOptions options;
  options.threads = request.threads;
  options.is_cancelled = request.is_cancelled;
  sweep::check_has_points(space, options);
  sweep::Database database = sweep::Database::open_for_run(request.database, space.header());
  std::vector<std::string> objectives;
  for (const sweep::Objective& objective : space.header().objectives) {
    objectives.push_back(objective.name);
  }
  options.on_progress = [&](const sweep::RunProgress& progress) {
    request.on_progress({progress, objectives});
  };
  if (!sweep::run_sweep(space, database, options).is_complete) return std::nullopt;
  return read_results(database, std::string{sweep::model_version()});
}

}  // namespace olivine::python

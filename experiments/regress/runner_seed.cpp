// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/runner_seed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <string>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::regress {
namespace {

// What the bench found, or how it failed.
std::optional<Failure> run_bench(const Target& target, BenchContext& context) {
  Failure failure{FailureKind::Divergence, context.seed, context.cases, {}, ""};
  try {
    failure.divergence = target.bench->run(context);
    if (!failure.divergence) return std::nullopt;
  } catch (const NoProgress& error) {
    failure.kind = FailureKind::NoProgress;
    failure.text = error.what();
  } catch (const UserError& error) {
    failure.kind = FailureKind::Error;
    failure.text = fmt::format("{}", fmt::join(error.problems(), "; "));
  }
  return failure;
}

Failure assertion_failure(const Target& target, const BenchContext& context, int64_t cycle) {
  const std::string text{trim(context.model.failure())};
  Divergence divergence;
  divergence.cycle = cycle;
  divergence.block = target.bench->block;
  divergence.signal = "assertion";
  divergence.expected = "holds";
  divergence.got = "failed";
  divergence.context = text;
  return {FailureKind::Assertion, context.seed, context.cases, std::move(divergence), text};
}

}  // namespace

SeedResult run_seed(const Target& target, uint64_t seed, int64_t cases, RtlModel& model) {
  BenchContext context{model, target.parameters, seed, cases, Rng{seed}};
  const auto start = std::chrono::steady_clock::now();
  SeedResult result;
  result.seed = seed;
  result.failure = run_bench(target, context);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  result.seconds = elapsed.count();
  result.cycles = model.cycle();
  result.checks = context.checks;
  // What comes first counts: an assertion often tells more than the outputs it spoils later.
  const auto failed_at = model.failure_cycle();
  const bool is_earlier = failed_at && (!result.failure || !result.failure->divergence ||
                                        *failed_at < result.failure->divergence->cycle);
  if (is_earlier) result.failure = assertion_failure(target, context, *failed_at);
  return result;
}

}  // namespace olivine::regress

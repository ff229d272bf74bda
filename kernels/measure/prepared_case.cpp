// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/prepared_case.h"

#include <algorithm>
#include <exception>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/measure/bench.h"
#include "kernels/measure/group_run.h"
#include "kernels/measure/kernel_checks.h"
#include "kernels/measure/plan.h"
#include "kernels/measure/record.h"
#include "kernels/measure/scheme_data.h"
#include "kernels/measure/session.h"
#include "models/numerics/format.h"

namespace olivine::measure {
namespace {

constexpr double kMemoryShare = 0.8;  // of the free memory, for cases that take turns

// C as the variant puts it out: sums as they are, or in `converted`.
std::span<const uint8_t> expected_bytes(const Variant& variant, const Expectation& expectation,
                                        std::vector<uint8_t>& converted) {
  if (variant.is_own() || variant.baseline == BaselineScheme::Int8ToInt32) {
    return {reinterpret_cast<const uint8_t*>(expectation.sums.data()),
            expectation.sums.size() * sizeof(int32_t)};
  }
  converted = expected_output(expectation, variant.baseline);
  return converted;
}

int64_t needed_bytes(const Variant& variant, const NamedShape& shape, int64_t l2_bytes) {
  const int64_t set = work_of(variant, shape).footprint_bytes();
  return rotation_of(std::max<int64_t>(set, 1), l2_bytes).bytes;
}

}  // namespace

CasePreparer::CasePreparer(const GroupContext& context, const PlannedGroup& group)
    : context_{context}, group_{group} {}

CasePreparer::~CasePreparer() = default;

void CasePreparer::begin(const std::string& what, const Variant& variant) const {
  context_.hooks.begin_step(
      what + " " + extents_text(group_.shape) + " " + std::string{variant.name},
      kGroupStepLimitSeconds);
}

CaseRecord& CasePreparer::record_of(const PreparedCase& prepared) const {
  return context_.record.cases[prepared.record];
}

const SchemeData& CasePreparer::data_of(std::string_view scheme_name) {
  const auto found = data_.find(scheme_name);
  if (found != data_.end()) return *found->second;
  const SchemeDataOptions options{context_.options.seed, context_.options.threads,
                                  !context_.plan.checks_only};
  auto data = std::make_unique<SchemeData>(
      make_scheme_data(context_.bench, group_.shape, parse_scheme(scheme_name), options));
  return *data_.emplace(scheme_name, std::move(data)).first->second;
}

std::vector<PreparedCase> CasePreparer::prepare_some(size_t& next) {
  const auto limit =
      static_cast<int64_t>(kMemoryShare * static_cast<double>(context_.bench.free_memory_bytes()));
  const int64_t l2_bytes = context_.bench.device().l2_bytes;
  int64_t needed = 0;
  std::vector<PreparedCase> cases;
  for (; next < group_.cases.size() && !context_.hooks.should_stop(); ++next) {
    const PlannedCase& planned = group_.cases[next];
    needed += needed_bytes(*planned.variant, group_.shape, l2_bytes);
    if (needed > limit && !cases.empty()) break;
    if (auto prepared = prepare(planned)) cases.push_back(std::move(*prepared));
  }
  return cases;
}

std::optional<PreparedCase> CasePreparer::prepare(const PlannedCase& planned) {
  const Variant& variant = *planned.variant;
  begin("prepare", variant);
  PreparedCase prepared;
  prepared.planned = &planned;
  prepared.record = context_.record.cases.size();
  context_.record.cases.emplace_back();
  CaseRecord& record = context_.record.cases.back();
  record.shape = group_.shape;
  record.variant = &variant;
  record.work = work_of(variant, group_.shape);
  prepared.data = &data_of(variant.scheme);
  if (!prepared.data->problem.empty()) {
    record.status = CaseStatus::Wrong;
    record.reason = prepared.data->problem;
    return std::nullopt;
  }
  return try_to_prepare(prepared) ? std::optional{std::move(prepared)} : std::nullopt;
}

// False where there is nothing to be timed. A library that throws is left out.
bool CasePreparer::try_to_prepare(PreparedCase& prepared) {
  const Variant& variant = *prepared.planned->variant;
  const CaseInputs inputs{&variant, &prepared.data->checked, &prepared.data->timed_operands(),
                          &prepared.data->expectation};
  try {
    if (Status status = context_.bench.make_runner(inputs, prepared.runner); !status) {
      record_of(prepared).reason = status.reason();
      return false;
    }
    const std::vector<Exact> exact = check_candidates(prepared);
    if (exact.empty() || context_.plan.checks_only) return false;
    choose(prepared, exact);
  } catch (const std::exception& error) {
    if (variant.is_own()) throw;
    record_of(prepared).status = CaseStatus::Refused;
    record_of(prepared).reason = error.what();
    return false;
  }
  return true;
}

std::vector<CasePreparer::Exact> CasePreparer::check_candidates(PreparedCase& prepared) {
  CaseRecord& record = record_of(prepared);
  const Variant& variant = *record.variant;
  record.checked_against = prepared.data->expectation.source;
  record.reason = "no kernel of it is to be run";
  std::vector<uint8_t> converted;
  const auto expected = expected_bytes(variant, prepared.data->expectation, converted);
  std::vector<Exact> exact;
  for (size_t i = 0; i < prepared.runner->candidates().size(); ++i) {
    const std::string& name = prepared.runner->candidates()[i].name;
    const bool is_out = context_.failed.contains(name) || !is_wanted(context_.options, name);
    if (variant.is_own() && is_out) continue;
    begin("check " + name + " on", variant);
    const GuardedOutput output =
        prepared.runner->run_guarded(i, OutputForm::Int32, GuardColumns::Aligned);
    const Status status = check_output(output.layout, output.bytes, expected);
    if (status) exact.push_back({i, record.candidates.size()});
    record.candidates.push_back({name, static_cast<bool>(status), status.reason(), {}});
  }
  if (record.candidates.empty()) return exact;
  record.status = exact.empty() ? CaseStatus::Wrong : CaseStatus::Checked;
  record.reason = exact.empty() ? record.candidates.front().reason : "";
  if (exact.empty()) return exact;
  // Variants of a scheme have one output.
  std::string& hash = hashes_[variant.scheme];
  if (hash.empty()) hash = hash_text(fnv1a(expected));
  record.output_hash = hash;
  record.kernel = prepared.runner->candidates()[exact.front().candidate].name;
  record.tile = prepared.runner->candidates()[exact.front().candidate].tile;
  return exact;
}

// The fastest.
void CasePreparer::choose(PreparedCase& prepared, const std::vector<Exact>& exact) {
  CaseRecord& record = record_of(prepared);
  const TimingOptions& timing = context_.plan.timing;
  CaseRunner& runner = *prepared.runner;
  begin("choose", *record.variant);
  prepared.rotation = runner.rotate();
  std::optional<double> best_us;
  for (const Exact& one : exact) {
    const double us = screened_us(runner, one.candidate, prepared.rotation.sets, timing);
    record.candidates[one.record].screened_us = us;
    if (best_us && us >= *best_us) continue;
    best_us = us;
    prepared.chosen = one.candidate;
  }
  for (size_t step = 0; step < runner.steps().size(); ++step) {
    const double us = step_us(runner, {prepared.chosen, step}, prepared.rotation.sets, timing);
    prepared.steps.push_back({runner.steps()[step], us});
  }
  record.kernel = runner.candidates()[prepared.chosen].name;
  record.tile = runner.candidates()[prepared.chosen].tile;
  record.launched_kernels = runner.kernel_names(prepared.chosen);
  prepared.timer.emplace(runner, prepared.chosen, *best_us, prepared.rotation.sets, timing);
}

bool CasePreparer::is_expected(const PreparedCase& prepared, std::span<const uint8_t> c) const {
  std::vector<uint8_t> converted;
  const auto expected =
      expected_bytes(*prepared.planned->variant, prepared.data->expectation, converted);
  return std::equal(c.begin(), c.end(), expected.begin(), expected.end());
}

}  // namespace olivine::measure

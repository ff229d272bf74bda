// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/run_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"

namespace olivine {
namespace {

// Where the argument for the estimates' bound holds, with room: nothing over- or underflows.
constexpr float kSmallestMax = 0x1.0p-40F;
constexpr float kLargestMax = 0x1.0p30F;
constexpr float kLargestQuotient = 0x1.0p20F;

constexpr int kFirstGuess = 100;  // percent

}  // namespace

float scale_of(float alpha, const Grid& grid) {
  const float scale = alpha / static_cast<float>(grid.max_normal);
  return scale > 0.0F ? scale : 1.0F;
}

RunSearch::RunSearch(const EncodeRules& rules, const SearchRange& range, InstructionSet set)
    : rules_(rules), set_(set) {
  OLV_CHECK(can_search(rules), "{}: not the paper's rules", name_of(rules.grid.format));
  for (int p = range.low_percent; p < range.up_percent; p += range.step_percent) {
    candidates_.push_back({p, static_cast<float>(p * 0.01), 0.0F, 1.0F, 0.0, 0.0});
    if (p <= kFirstGuess) guess_ = candidates_.size() - 1;
  }
}

bool RunSearch::can_search(const EncodeRules& rules) {
  return rules.survivor == EncodeRules::Survivor::Larger &&
         rules.pairing == EncodeRules::Pairing::WithinRows && !rules.is_negative_tie_toward_zero &&
         rules.zero_beyond == std::numeric_limits<float>::infinity() &&
         rules.grid == paper_grid(rules.grid.format);
}

void RunSearch::set_scales(float x_max) {
  for (Candidate& candidate : candidates_) {
    candidate.alpha = x_max * candidate.factor;
    candidate.scale = scale_of(candidate.alpha, rules_.grid);
  }
}

bool RunSearch::can_estimate(const ScaleRun& run, const RunExtent& extent, float x_max) const {
  return x_max >= kSmallestMax && x_max <= kLargestMax && candidates_.back().scale <= kLargestMax &&
         candidates_.size() > kEstimateScales &&
         extent.largest <= kLargestQuotient * candidates_.front().scale &&
         extent.largest * kLargestQuotient >= x_max &&
         run.values.size() <= std::numeric_limits<int32_t>::max();
}

RunSearch::RootBounds RunSearch::bounds_of(const Candidate& candidate) const {
  const double root = std::sqrt(candidate.sum) * static_cast<double>(candidate.scale);
  return {root * (1.0 - bound_.relative) - slack_, root * (1.0 + bound_.relative) + slack_};
}

void RunSearch::add_estimates(const EstimateSlice& slice, std::span<const size_t> indices) {
  for (size_t first = 0; first < indices.size(); first += kEstimateScales) {
    // The last few are filled up with the last one, whose sum counts once.
    std::array<size_t, kEstimateScales> group{};
    std::array<float, kEstimateScales> scales{};
    for (size_t c = 0; c < kEstimateScales; ++c) {
      group[c] = indices[std::min(first + c, indices.size() - 1)];
      scales[c] = candidates_[group[c]].scale;
    }
    const auto sums = estimate_errors(slice, rules_.grid, scales, set_);
    for (size_t c = 0; c < kEstimateScales && first + c < indices.size(); ++c) {
      candidates_[group[c]].sum += static_cast<double>(sums[c]);
    }
  }
}

void RunSearch::estimate_seeds(ChunkReader& reader) {
  const size_t last = candidates_.size() - kEstimateScales;
  const size_t first = std::min(guess_ == 0 ? 0 : guess_ - 1, last);
  seeds_.clear();
  others_.clear();
  for (size_t i = 0; i < candidates_.size(); ++i) {
    candidates_[i].sum = 0.0;
    (i >= first && i < first + kEstimateScales ? seeds_ : others_).push_back(i);
  }
  is_one_chunk_ = true;
  for (bool is_last = false; !is_last;) {
    is_last = reader.fill(chunk_);
    for (int64_t i = 0; i < chunk_.slice_count(); ++i) add_estimates(chunk_.slice(i), seeds_);
    is_one_chunk_ = is_one_chunk_ && is_last;
  }
}

// Drops candidates as soon as part of their error exceeds what the best seed's can be in all.
void RunSearch::estimate_others(ChunkReader& reader) {
  double best = std::numeric_limits<double>::infinity();
  for (const size_t i : seeds_) best = std::min(best, bounds_of(candidates_[i]).high);
  for (const size_t i : others_) {
    Candidate& candidate = candidates_[i];
    const double root =
        (best + slack_) / ((1.0 - bound_.relative) * static_cast<double>(candidate.scale));
    candidate.limit = root * root;
  }
  reader.restart();
  for (bool is_last = false; !is_last && !others_.empty();) {
    is_last = is_one_chunk_ || reader.fill(chunk_);
    for (int64_t slice = 0; slice < chunk_.slice_count(); ++slice) {
      add_estimates(chunk_.slice(slice), others_);
      std::erase_if(others_, [&](size_t i) { return candidates_[i].sum > candidates_[i].limit; });
    }
  }
}

void RunSearch::keep_possible_winners() {
  tried_.clear();
  std::merge(seeds_.begin(), seeds_.end(), others_.begin(), others_.end(),
             std::back_inserter(tried_));
  double best = std::numeric_limits<double>::infinity();
  for (const size_t i : tried_) best = std::min(best, bounds_of(candidates_[i]).high);
  std::erase_if(tried_, [&](size_t i) { return bounds_of(candidates_[i]).low > best; });
}

void RunSearch::rule_out(const ScaleRun& run, const RunExtent& extent) {
  bound_ = estimate_bound(run.values.size());
  slack_ = bound_.absolute * std::sqrt(extent.squares);
  // Far below the smallest quotient that any candidate rounds to the boundary.
  constexpr float kBelow = 0.999F;
  const float boundary = rules_.grid.has_outliers()
                             ? kBelow * rules_.grid.outlier_boundary() * candidates_.front().scale
                             : std::numeric_limits<float>::infinity();
  ChunkReader reader{run, boundary};
  estimate_seeds(reader);
  estimate_others(reader);
  keep_possible_winners();
}

double RunSearch::error_of(const ScaleRun& run, float scale) {
  const auto k = static_cast<size_t>(run.k);
  levels_.resize(k);
  reals_.resize(k);
  double sum = 0.0;
  for (size_t first = 0; first < run.values.size(); first += k) {
    const auto row = run.values.subspan(first, k);
    (void)find_row_levels(row, scale, rules_, set_, levels_.data());
    if (rules_.grid.has_outliers()) {
      apply_pair_rule(levels_, rules_.survivor,
                      [&](size_t i) { return std::fabs(row[i]) / scale; });
    }
    find_row_reals(levels_, scale, rules_.grid, set_, reals_.data());
    for (size_t i = 0; i < k; ++i) {  // in order: the sum's bits are part of the definition
      const double error = static_cast<double>(row[i]) - static_cast<double>(reals_[i]);
      sum += error * error;
    }
  }
  ++trial_count_;
  return sum / static_cast<double>(run.values.size());
}

RunChoice RunSearch::try_candidates(const ScaleRun& run) {
  RunChoice best{std::numeric_limits<double>::infinity(), 0.0F, 1.0F, std::nullopt};
  float last_scale = 0.0F;
  for (const size_t i : tried_) {
    const Candidate& candidate = candidates_[i];
    if (candidate.scale == last_scale) continue;  // as good as the one before, no better
    last_scale = candidate.scale;
    const double mse = error_of(run, candidate.scale);
    if (!(mse < best.mse)) continue;
    guess_ = i;
    best = {mse, candidate.alpha, candidate.scale,
            candidate.alpha == 0.0F ? std::nullopt : std::optional{candidate.percent}};
    std::swap(levels_, best_levels_);
  }
  if (best.mse == std::numeric_limits<double>::infinity()) {  // every candidate overflows
    (void)error_of(run, best.scale);
    std::swap(levels_, best_levels_);
  }
  return best;
}

RunChoice RunSearch::search(const ScaleRun& run, float x_max) {
  set_scales(x_max);
  const RunExtent extent = find_extent(run.values, set_);
  if (can_estimate(run, extent, x_max)) {
    rule_out(run, extent);
  } else {
    tried_.resize(candidates_.size());
    for (size_t i = 0; i < tried_.size(); ++i) tried_[i] = i;
  }
  return try_candidates(run);
}

}  // namespace olivine

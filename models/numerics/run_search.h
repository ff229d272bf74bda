// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/numerics/chunk_reader.h"
#include "models/numerics/row_levels.h"
#include "models/numerics/scale_search.h"

namespace olivine {

// alpha mapped to the largest normal point. Also 1 where the quotient underflows: such a row is 0
// on any grid that float32 can scale.
[[nodiscard]] float scale_of(float alpha, const Grid& grid);

// The candidate of least error; scale 1 where none has a finite one.
struct RunChoice {
  double mse = 0.0;
  float alpha = 0.0F;
  float scale = 1.0F;
  std::optional<int> percent;
};

// Finds what trying every candidate finds, to the bit, but tries only those that estimates of their
// error do not rule out (scale_estimate.h). One object a thread; its buffers serve many runs.
class RunSearch {
 public:
  // Contract: can_search(rules); the range is legal.
  RunSearch(const EncodeRules& rules, const SearchRange& range, InstructionSet set);
  // The paper's rules.
  [[nodiscard]] static bool can_search(const EncodeRules& rules);

  // Contract: there are values, all finite; no candidate's scale is infinite.
  RunChoice search(const ScaleRun& run, float x_max);
  // Levels of the choice. Contract: the run was one row.
  [[nodiscard]] std::span<const Level> best_levels() const { return best_levels_; }
  // Candidates tried in full so far: what estimates have left.
  [[nodiscard]] uint64_t trial_count() const { return trial_count_; }

 private:
  struct Candidate {
    int percent = 0;
    float factor = 0.0F;
    float alpha = 0.0F;
    float scale = 1.0F;
    double sum = 0.0;    // of estimates so far, in units of scale^2
    double limit = 0.0;  // of sum, beyond which the candidate is not the best
  };
  // Bounds of the root of a candidate's sum of squared errors.
  struct RootBounds {
    double low = 0.0;
    double high = 0.0;
  };

  void set_scales(float x_max);
  [[nodiscard]] bool can_estimate(const ScaleRun& run, const RunExtent& extent, float x_max) const;
  [[nodiscard]] RootBounds bounds_of(const Candidate& candidate) const;
  void add_estimates(const EstimateSlice& slice, std::span<const size_t> indices);
  void rule_out(const ScaleRun& run, const RunExtent& extent);
  void estimate_seeds(ChunkReader& reader);
  void estimate_others(ChunkReader& reader);
  void keep_possible_winners();
  RunChoice try_candidates(const ScaleRun& run);
  double error_of(const ScaleRun& run, float scale);

  EncodeRules rules_;
  InstructionSet set_;
  std::vector<Candidate> candidates_;
  std::vector<size_t> seeds_;   // candidates near the last run's best, estimated first
  std::vector<size_t> others_;  // still possible
  std::vector<size_t> tried_;   // ascending
  size_t guess_ = 0;
  EstimateBound bound_;
  double slack_ = 0.0;  // bound_.absolute x the root of the run's sum of squares
  Chunk chunk_;
  bool is_one_chunk_ = false;
  std::vector<float> reals_;
  std::vector<Level> levels_;
  std::vector<Level> best_levels_;
  uint64_t trial_count_ = 0;
};

}  // namespace olivine

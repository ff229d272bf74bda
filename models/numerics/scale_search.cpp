// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/scale_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/numerics/run_search.h"
#include "models/numerics/tensor_check.h"

namespace olivine {
namespace {

// Rows side by side: each sum has its order, and does not wait for the others.
constexpr size_t kTogether = 4;

template <size_t Count>
std::array<float, Count> three_sigmas(std::span<const float> values) {
  const size_t length = values.size() / Count;
  const auto count = static_cast<double>(length);
  std::array<double, Count> mean{};
  for (size_t i = 0; i < length; ++i) {
    for (size_t row = 0; row < Count; ++row) {
      mean[row] += static_cast<double>(values[row * length + i]);
    }
  }
  for (double& value : mean) value /= count;
  std::array<double, Count> squares{};
  for (size_t i = 0; i < length; ++i) {
    for (size_t row = 0; row < Count; ++row) {
      const double offset = static_cast<double>(values[row * length + i]) - mean[row];
      squares[row] += offset * offset;
    }
  }
  std::array<float, Count> result{};
  for (size_t row = 0; row < Count; ++row) {
    const double deviation = length < 2 ? 0.0 : std::sqrt(squares[row] / (count - 1.0));
    result[row] = static_cast<float>(
        std::max(std::fabs(mean[row] + 3.0 * deviation), std::fabs(mean[row] - 3.0 * deviation)));
  }
  return result;
}

// One for each `run` values.
std::vector<float> find_three_sigmas(std::span<const float> values, size_t runs, size_t run) {
  std::vector<float> result;
  while (result.size() + kTogether <= runs) {
    const auto some = three_sigmas<kTogether>(values.subspan(result.size() * run, kTogether * run));
    result.insert(result.end(), some.begin(), some.end());
  }
  while (result.size() < runs) {
    result.push_back(three_sigmas<1>(values.subspan(result.size() * run, run))[0]);
  }
  return result;
}

float largest_magnitude(std::span<const float> values) {
  float largest = 0.0F;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

// Mean squared error of each run of `run` elements (a row, or the tensor).
std::vector<double> errors(const TensorView& tensor, const Quantized& quantized, int64_t run) {
  std::vector<double> result(quantized.scales.size());
  for (size_t i = 0; i < result.size(); ++i) {
    const float scale = quantized.scales[i];
    double sum = 0.0;
    for (int64_t j = 0; j < run; ++j) {
      const int64_t index = static_cast<int64_t>(i) * run + j;
      const float real = static_cast<float>(quantized.integer(index)) * scale;
      const double error = static_cast<double>(tensor.values[static_cast<size_t>(index)]) -
                           static_cast<double>(real);
      sum += error * error;
    }
    result[i] = run == 0 ? 0.0 : sum / static_cast<double>(run);
  }
  return result;
}

// Rows quantized or packed at a time.
constexpr int64_t kBlockRows = 16;

// Whether one run after the other gives the same as the whole tensor at once, errors included.
bool can_search_runs(const TensorView& tensor, const EncodeRules& rules,
                     const std::vector<float>& x_max, const SearchRange& range) {
  check_shape(tensor);
  const bool is_run = x_max.size() == 1 || x_max.size() == static_cast<size_t>(tensor.rows);
  if (!RunSearch::can_search(rules) || !is_run || tensor.values.empty()) return false;
  check_finite(tensor);
  const auto largest_factor = static_cast<float>(range.up_percent * 0.01);
  return std::all_of(x_max.begin(), x_max.end(), [&](float value) {
    return value >= 0.0F && std::isfinite(value * largest_factor);
  });
}

void append(const RunChoice& run, ScaleChoice& choice) {
  choice.alpha.push_back(run.alpha);
  choice.scales.push_back(run.scale);
  choice.best_percent.push_back(run.percent);
  choice.mse.push_back(run.mse);
}

void append(const PackedMatrix& rows, PackedMatrix& matrix) {
  matrix.rows += rows.rows;
  matrix.codes.insert(matrix.codes.end(), rows.codes.begin(), rows.codes.end());
  matrix.scales.insert(matrix.scales.end(), rows.scales.begin(), rows.scales.end());
}

// As `encode`, without levels of the whole tensor in memory.
PackedMatrix encode_by_blocks(const TensorView& tensor, Format format,
                              const std::vector<float>& scales) {
  PackedMatrix result{format, Pattern::Dense, 0, tensor.k, {}, {}, {}};
  const bool is_shared = scales.size() == 1;
  for (int64_t first = 0; first < tensor.rows; first += kBlockRows) {
    const int64_t rows = std::min(kBlockRows, tensor.rows - first);
    const auto values = tensor.values.subspan(static_cast<size_t>(first * tensor.k),
                                              static_cast<size_t>(rows * tensor.k));
    const auto block = is_shared ? std::span{scales}
                                 : std::span{scales}.subspan(static_cast<size_t>(first),
                                                             static_cast<size_t>(rows));
    append(encode({tensor.name, values, rows, tensor.k}, format, block), result);
  }
  result.scales = scales;
  return result;
}

void check_range(const SearchRange& range) {
  if (range.low_percent > 0 && range.low_percent < range.up_percent && range.step_percent > 0) {
    return;
  }
  throw ConfigError{fmt::format("scale search {}..{} step {}: must be 0 < low < up and step > 0",
                                range.low_percent, range.up_percent, range.step_percent)};
}

}  // namespace

double ScaleChoice::mse_sum() const {
  double sum = 0.0;
  for (const double value : mse) sum += value;
  return sum;
}

std::vector<float> find_x_max(const TensorView& tensor, const Grid& grid, Granularity granularity) {
  const bool is_per_row = granularity == Granularity::PerRow;
  const auto runs = is_per_row ? static_cast<size_t>(tensor.rows) : size_t{1};
  const size_t run = runs == 0 ? 0 : tensor.values.size() / runs;
  if (run == 0) return std::vector<float>(runs, 0.0F);
  if (grid.has_outliers()) return find_three_sigmas(tensor.values, runs, run);
  std::vector<float> result(runs);
  for (size_t i = 0; i < runs; ++i) {
    result[i] = largest_magnitude(tensor.values.subspan(i * run, run));
  }
  return result;
}

ScaleChoice search_scales(const TensorView& tensor, const EncodeRules& rules,
                          Granularity granularity, const SearchRange& range) {
  return search_scales(tensor, rules, find_x_max(tensor, rules.grid, granularity), range);
}

ScaleChoice search_scales_exhaustively(const TensorView& tensor, const EncodeRules& rules,
                                       std::vector<float> x_max, const SearchRange& range) {
  check_range(range);
  const size_t runs = x_max.size();
  ScaleChoice best{rules, std::move(x_max), {}, {}, {}, {}};
  best.alpha.assign(runs, 0.0F);
  best.scales.assign(runs, 1.0F);
  best.best_percent.resize(runs);
  best.mse.assign(runs, std::numeric_limits<double>::infinity());
  const auto run = runs == 0 ? 0 : static_cast<int64_t>(tensor.values.size() / runs);
  std::vector<float> alpha(runs);
  std::vector<float> scales(runs);
  for (int p = range.low_percent; p < range.up_percent; p += range.step_percent) {
    const auto factor = static_cast<float>(p * 0.01);
    for (size_t i = 0; i < runs; ++i) {
      alpha[i] = best.x_max[i] * factor;
      scales[i] = scale_of(alpha[i], rules.grid);
    }
    const std::vector<double> mse = errors(tensor, quantize(tensor, rules, scales), run);
    for (size_t i = 0; i < runs; ++i) {
      if (!(mse[i] < best.mse[i])) continue;
      best.mse[i] = mse[i];
      best.alpha[i] = alpha[i];
      best.scales[i] = scales[i];
      best.best_percent[i] = alpha[i] == 0.0F ? std::nullopt : std::optional{p};
    }
  }
  return best;
}

ScaleChoice search_scales(const TensorView& tensor, const EncodeRules& rules,
                          std::vector<float> x_max, const SearchRange& range) {
  check_range(range);
  if (!can_search_runs(tensor, rules, x_max, range)) {
    return search_scales_exhaustively(tensor, rules, std::move(x_max), range);
  }
  const size_t runs = x_max.size();
  ScaleChoice result{rules, std::move(x_max), {}, {}, {}, {}};
  RunSearch search{rules, range, best_instruction_set()};
  const size_t run = tensor.values.size() / runs;
  for (size_t i = 0; i < runs; ++i) {
    append(search.search({tensor.values.subspan(i * run, run), tensor.k}, result.x_max[i]), result);
  }
  return result;
}

SearchedMatrix search_and_encode(const TensorView& tensor, Format format, Granularity granularity,
                                 const SearchRange& range) {
  check_range(range);
  const EncodeRules rules = rules_for(format, EncoderPolicy::Paper);
  const bool is_per_row = granularity == Granularity::PerRow;
  check_shape(tensor);
  std::vector<float> x_max = find_x_max(tensor, rules.grid, granularity);
  if (!is_per_row || !can_search_runs(tensor, rules, x_max, range)) {
    ScaleChoice choice = search_scales(tensor, rules, std::move(x_max), range);
    return {encode_by_blocks(tensor, format, choice.scales), std::move(choice)};
  }
  SearchedMatrix result{{format, Pattern::Dense, 0, tensor.k, {}, {}, {}},
                        {rules, std::move(x_max), {}, {}, {}, {}}};
  RunSearch search{rules, range, best_instruction_set()};
  const auto k = static_cast<size_t>(tensor.k);
  for (int64_t first = 0; first < tensor.rows; first += kBlockRows) {
    const int64_t rows = std::min(kBlockRows, tensor.rows - first);
    Quantized block{rules, rows, tensor.k, {}, {}};
    for (int64_t row = first; row < first + rows; ++row) {
      const auto i = static_cast<size_t>(row);
      const RunChoice choice =
          search.search({tensor.values.subspan(i * k, k), tensor.k}, result.choice.x_max[i]);
      append(choice, result.choice);
      block.scales.push_back(choice.scale);
      const auto levels = search.best_levels();
      block.levels.insert(block.levels.end(), levels.begin(), levels.end());
    }
    append(pack(block), result.packed);
  }
  return result;
}

ScaleChoice search_ovp4_type(const TensorView& tensor, EncoderPolicy policy,
                             Granularity granularity, const SearchRange& range) {
  ScaleChoice with_int4 =
      search_scales(tensor, rules_for(Format::Ovp4, policy), granularity, range);
  ScaleChoice with_flint4 =
      search_scales(tensor, rules_for(Format::Ovp4f, policy), granularity, range);
  return with_flint4.mse_sum() < with_int4.mse_sum() ? with_flint4 : with_int4;
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/weight_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/error.h"
#include "models/quantization/quantized_tensor.h"

namespace olivine {
namespace {

// About a quarter of a MiB of float32: a block and its codes stay in the second-level cache.
constexpr int64_t kBlockElems = int64_t{1} << 16;
// Pages of a mapped file are given back after so many elements, not at the end of a large tensor.
constexpr int64_t kReleaseElems = int64_t{1} << 22;
// Tables that are looked up, not multiplied: of words, of positions, of relative positions.
constexpr std::array<std::string_view, 2> kTables = {"embed", "bias"};

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, text); });
}

bool is_wanted(const StoredTensor& tensor, const WeightFilter& filter) {
  if (!info(tensor.type).is_float || tensor.shape.size() < 2) return false;
  if (tensor.element_count() == 0 || matches_any(filter.exclude, tensor.name)) return false;
  if (!filter.include.empty()) return matches_any(filter.include, tensor.name);
  return std::none_of(kTables.begin(), kTables.end(), [&](std::string_view table) {
    return tensor.name.find(table) != std::string::npos;
  });
}

// Place in the row (r, s, c) of a filter of what [c, r, s] has at `i`: channel fastest, as
// convolutions are lowered.
size_t filter_place(const StoredTensor& tensor, int64_t i) {
  const int64_t taps = tensor.shape[2] * tensor.shape[3];
  return static_cast<size_t>((i % taps) * tensor.shape[1] + i / taps);
}

void read_filters(const StoredTensor& tensor, int64_t k, int64_t first, std::span<float> out) {
  std::vector<float> filter(static_cast<size_t>(k));
  for (int64_t row = 0; row * k < static_cast<int64_t>(out.size()); ++row) {
    tensor.read_floats((first + row) * k, filter);
    const auto values = out.subspan(static_cast<size_t>(row * k), filter.size());
    for (int64_t i = 0; i < k; ++i) {
      values[filter_place(tensor, i)] = filter[static_cast<size_t>(i)];
    }
  }
}

// Columns first .. of a [k, n] tensor as rows.
void read_columns(const StoredTensor& tensor, int64_t k, int64_t first, std::span<float> out) {
  const int64_t columns = tensor.shape.back();
  const int64_t count = static_cast<int64_t>(out.size()) / k;
  std::vector<float> line(static_cast<size_t>(count));
  for (int64_t i = 0; i < k; ++i) {
    tensor.read_floats(i * columns + first, line);
    for (int64_t row = 0; row < count; ++row) {
      out[static_cast<size_t>(row * k + i)] = line[static_cast<size_t>(row)];
    }
  }
}

void check_finite(const WeightSource& source, int64_t first, std::span<const float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw ConfigError{fmt::format("{}[{}] = {}: must be finite", source.tensor,
                                  first * source.k + static_cast<int64_t>(i), values[i])};
  }
}

bool is_row_by_row(const QuantizeOptions& options) {
  return options.granularity == Granularity::PerRow && options.policy == EncoderPolicy::Paper;
}

QuantizedTensor quantize_rows(const Checkpoint& checkpoint, const WeightSource& source,
                              const WeightStorage& storage, const QuantizeOptions& options) {
  const StoredTensor& tensor = checkpoint.at(source.tensor);
  int64_t unreleased = 0;  // elements read since pages of the file were given back
  const int64_t block =
      is_row_by_row(options) ? std::max<int64_t>(1, kBlockElems / source.k) : source.rows;
  QuantizedTensor whole;
  for (int64_t first = 0; first < source.rows; first += block) {
    const int64_t count = std::min(block, source.rows - first);
    const std::vector<float> values = read_rows(tensor, source, first, count);
    check_finite(source, first, values);
    unreleased += count * source.k;
    if (unreleased >= kReleaseElems) {
      checkpoint.release(tensor);
      unreleased = 0;
    }
    QuantizedTensor part =
        quantize_weights({source.tensor, values, count, source.k}, storage, options);
    if (first == 0) {
      whole = std::move(part);
    } else {
      append_rows(whole, std::move(part));
    }
  }
  return whole;
}

bool chooses_type(const WeightStorage& storage, const QuantizeOptions& options) {
  return options.ovp4 == Ovp4Normals::Best && storage.storage == Storage{Format::Ovp4};
}

// ONNX stores the weights of a product a b as [k, n]; its reader says so.
bool is_input_major(const Checkpoint& checkpoint, const StoredTensor& tensor) {
  const auto layout = checkpoint.metadata().find("onnx.layout:" + tensor.name);
  return tensor.shape.size() == 2 && layout != checkpoint.metadata().end() &&
         layout->second == "k,n";
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

std::vector<WeightSource> find_weights(const Checkpoint& checkpoint, const WeightFilter& filter) {
  std::vector<WeightSource> result;
  for (const StoredTensor& tensor : checkpoint.tensors()) {
    if (!is_wanted(tensor, filter)) continue;
    const bool is_transposed = is_input_major(checkpoint, tensor);
    const int64_t rows = is_transposed ? tensor.shape.back() : tensor.shape.front();
    result.push_back(
        {tensor.name, tensor.name, rows, tensor.element_count() / rows, is_transposed});
  }
  return result;
}

std::vector<float> read_rows(const StoredTensor& tensor, const WeightSource& source, int64_t first,
                             int64_t count) {
  std::vector<float> values(static_cast<size_t>(count * source.k));
  const int64_t row = source.first_row + first;
  if (source.is_transposed) {
    read_columns(tensor, source.k, row, values);
  } else if (tensor.shape.size() == 4) {
    read_filters(tensor, source.k, row, values);
  } else {
    tensor.read_floats(row * source.k, values);
  }
  return values;
}

std::vector<float> in_stored_order(const StoredTensor& tensor, const WeightSource& source,
                                   std::vector<float> values) {
  if (!source.is_transposed && tensor.shape.size() != 4) return values;
  std::vector<float> stored(values.size());
  for (int64_t row = 0; row < source.rows; ++row) {
    for (int64_t i = 0; i < source.k; ++i) {
      const auto to = source.is_transposed ? i * source.rows + row : row * source.k + i;
      const auto from = source.is_transposed ? static_cast<size_t>(i) : filter_place(tensor, i);
      stored[static_cast<size_t>(to)] = values[static_cast<size_t>(row * source.k) + from];
    }
  }
  return stored;
}

QuantizedTensor quantize_source(const Checkpoint& checkpoint, const WeightSource& source,
                                const WeightStorage& storage, const QuantizeOptions& options) {
  if (!chooses_type(storage, options) || !is_row_by_row(options)) {
    return quantize_rows(checkpoint, source, storage, options);
  }
  // One type for the whole tensor, whatever single blocks would like.
  QuantizeOptions fixed = options;
  fixed.ovp4 = Ovp4Normals::Int4;
  QuantizedTensor with_int4 = quantize_rows(checkpoint, source, storage, fixed);
  fixed.ovp4 = Ovp4Normals::Flint4;
  QuantizedTensor with_flint4 = quantize_rows(checkpoint, source, storage, fixed);
  return with_flint4.choice->mse_sum() < with_int4.choice->mse_sum() ? std::move(with_flint4)
                                                                     : std::move(with_int4);
}

}  // namespace olivine

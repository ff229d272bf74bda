// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/quantized_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/numerics/bitmap.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/sparse.h"
#include "models/quantization/searched_operand.h"

namespace olivine {
namespace {

uint64_t stored_bytes(const PackedMatrix& matrix) {
  return matrix.codes.size() + matrix.metadata.size() + matrix.scales.size() * sizeof(float);
}

ScaleChoice search_artifact(const TensorView& tensor, Format format,
                            const QuantizeOptions& options) {
  const bool is_unsigned =
      !tensor.values.empty() &&
      std::all_of(tensor.values.begin(), tensor.values.end(), [](float x) { return x >= 0.0F; });
  const SearchRange range = options.range.value_or(default_range(format));
  if (is_ovp4(format) && options.ovp4 == Ovp4Normals::Best && !is_unsigned) {
    return search_ovp4_type(tensor, options.policy, options.granularity, range);
  }
  const EncodeRules rules =
      rules_for(type_without_choice(format, options.ovp4), EncoderPolicy::Artifact, is_unsigned);
  return search_scales(tensor, rules, options.granularity, range);
}

QuantizedTensor quantize_artifact(const TensorView& tensor, const WeightStorage& storage,
                                  const QuantizeOptions& options) {
  const auto* format = std::get_if<Format>(&storage.storage);
  if (format == nullptr || !info(*format).is_integer || storage.sparsity != Sparsity::Dense) {
    throw ConfigError{
        fmt::format("{}: the artifact's policy has dense integer formats only, not {}", tensor.name,
                    name_of(storage.storage))};
  }
  QuantizedTensor result;
  result.choice = search_artifact(tensor, *format, options);
  Quantized quantized = quantize(tensor, result.choice->rules, result.choice->scales);
  result.quality = measure_quantized(tensor, quantized);
  const auto bits = static_cast<uint64_t>(info(*format).bits) * tensor.values.size();
  result.byte_count = (bits + 7) / 8 + quantized.scales.size() * sizeof(float);
  result.stored = std::move(quantized);
  return result;
}

QuantizedTensor quantize_blocks(const TensorView& tensor, MxFormat format) {
  QuantizedTensor result;
  MxMatrix matrix = encode_mx(tensor, format);
  result.quality = compare_values(tensor.values, decode_mx(matrix));
  result.byte_count = matrix.byte_count();
  result.stored = std::move(matrix);
  return result;
}

QuantizedTensor measured(const TensorView& original, SearchedOperand encoded) {
  QuantizedTensor result;
  result.quality = measure_packed(original, encoded.matrix);
  result.byte_count = stored_bytes(encoded.matrix);
  result.choice = std::move(encoded.choice);
  result.stored = std::move(encoded.matrix);
  return result;
}

QuantizedTensor quantize_two_four(const TensorView& tensor, const WeightStorage& storage,
                                  Format format, const QuantizeOptions& options) {
  TwoFourTensor pruned = storage.importance.empty()
                             ? prune_two_four(tensor)
                             : prune_two_four_weighted(tensor, storage.importance);
  // The kept values of a row are a dense row: codes of one are codes of the other.
  SearchedOperand encoded = search_operand(pruned.view(tensor.name), format, options);
  encoded.matrix.pattern = Pattern::TwoFour;
  encoded.matrix.k = tensor.k;
  encoded.matrix.metadata = std::move(pruned.metadata);
  return measured(tensor, std::move(encoded));
}

// An OVP pair is stored whole, so whole pairs go: those of the smallest length.
void prune_pairs(std::span<float> values, int64_t rows, int64_t k, const WeightStorage& storage) {
  const int64_t pairs = ceil_div(k, int64_t{2});
  std::vector<float> lengths(static_cast<size_t>(rows * pairs));
  const auto weighted = [&](int64_t row, int64_t i) {
    if (i >= k) return 0.0F;
    const auto column = static_cast<size_t>(i);
    const float value = values[static_cast<size_t>(row * k) + column];
    return storage.importance.empty() ? value : value * storage.importance[column];
  };
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t pair = 0; pair < pairs; ++pair) {
      lengths[static_cast<size_t>(row * pairs + pair)] =
          std::hypot(weighted(row, 2 * pair), weighted(row, 2 * pair + 1));
    }
  }
  prune_unstructured(lengths, rows, pairs, storage.density);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < k; ++i) {
      const bool is_kept = lengths[static_cast<size_t>(row * pairs + i / 2)] > 0.0F;
      if (!is_kept) values[static_cast<size_t>(row * k + i)] = 0.0F;
    }
  }
}

void prune_for_bitmap(std::span<float> values, int64_t rows, int64_t k, Format format,
                      const WeightStorage& storage) {
  if (info(format).is_ovp) {
    prune_pairs(values, rows, k, storage);
  } else if (storage.importance.empty()) {
    prune_unstructured(values, rows, k, storage.density);
  } else {
    prune_unstructured_weighted(values, rows, k, storage.density, storage.importance);
  }
}

QuantizedTensor quantize_bitmap(const TensorView& tensor, const WeightStorage& storage,
                                Format format, const QuantizeOptions& options) {
  std::vector<float> kept(tensor.values.begin(), tensor.values.end());
  prune_for_bitmap(kept, tensor.rows, tensor.k, format, storage);
  QuantizedTensor result =
      measured(tensor, search_operand({tensor.name, kept, tensor.rows, tensor.k}, format, options));
  const auto& matrix = std::get<PackedMatrix>(result.stored);
  result.byte_count = compress_bitmap(matrix).byte_count() + matrix.scales.size() * sizeof(float);
  return result;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append_choice(ScaleChoice& to, const ScaleChoice& from) {
  append(to.x_max, from.x_max);
  append(to.alpha, from.alpha);
  append(to.scales, from.scales);
  append(to.best_percent, from.best_percent);
  append(to.mse, from.mse);
}

void append_packed(PackedMatrix& to, const PackedMatrix& from) {
  OLV_CHECK(to.format == from.format && to.pattern == from.pattern && to.k == from.k);
  // The scale of fp16 and bf16 is one for all rows.
  const bool is_shared = !info(to.format).is_integer && to.format != Format::Fp8;
  if (!is_shared) append(to.scales, from.scales);
  to.rows += from.rows;
  append(to.codes, from.codes);
  append(to.metadata, from.metadata);
}

void append_blocks(MxMatrix& to, const MxMatrix& from) {
  OLV_CHECK(to.format == from.format && to.k == from.k);
  to.rows += from.rows;
  append(to.codes, from.codes);
  append(to.scales, from.scales);
}

std::vector<float> real_values(const Quantized& quantized) {
  std::vector<float> values(quantized.levels.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto index = static_cast<int64_t>(i);
    values[i] = static_cast<float>(quantized.integer(index)) * quantized.scale(index / quantized.k);
  }
  return values;
}

std::vector<float> real_values(const MxMatrix& matrix) { return decode_mx(matrix); }

}  // namespace

std::vector<float> real_values(const PackedMatrix& matrix) {
  std::vector<float> values = dense_float(matrix, matrix.k);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const float scale = matrix.scales[matrix.scales.size() == 1 ? 0 : static_cast<size_t>(row)];
    for (int64_t i = 0; i < matrix.k; ++i) values[static_cast<size_t>(row * matrix.k + i)] *= scale;
  }
  return values;
}

std::vector<float> QuantizedTensor::decoded() const {
  return std::visit([](const auto& matrix) { return real_values(matrix); }, stored);
}

int64_t QuantizedTensor::rows() const {
  return std::visit([](const auto& matrix) { return matrix.rows; }, stored);
}

int64_t QuantizedTensor::k() const {
  return std::visit([](const auto& matrix) { return matrix.k; }, stored);
}

Storage QuantizedTensor::storage() const {
  if (const auto* matrix = std::get_if<PackedMatrix>(&stored)) return matrix->format;
  if (const auto* matrix = std::get_if<MxMatrix>(&stored)) return matrix->format;
  return std::get<Quantized>(stored).rules.grid.format;
}

QuantizedTensor quantize_weights(const TensorView& tensor, const WeightStorage& storage,
                                 const QuantizeOptions& options) {
  if (options.policy == EncoderPolicy::Artifact) return quantize_artifact(tensor, storage, options);
  if (const auto* blocks = std::get_if<MxFormat>(&storage.storage)) {
    OLV_CHECK(storage.sparsity == Sparsity::Dense, "block formats are dense");
    return quantize_blocks(tensor, *blocks);
  }
  const Format format = std::get<Format>(storage.storage);
  switch (storage.sparsity) {
    case Sparsity::Dense:
      return measured(tensor, search_operand(tensor, format, options));
    case Sparsity::TwoFour:
      return quantize_two_four(tensor, storage, format, options);
    case Sparsity::Bitmap:
      return quantize_bitmap(tensor, storage, format, options);
  }
  OLV_CHECK(false, "sparsity {}", static_cast<int>(storage.sparsity));
}

void append_rows(QuantizedTensor& tensor, QuantizedTensor&& more) {
  OLV_CHECK(tensor.stored.index() == more.stored.index());
  if (auto* matrix = std::get_if<PackedMatrix>(&tensor.stored)) {
    append_packed(*matrix, std::get<PackedMatrix>(more.stored));
  } else {
    append_blocks(std::get<MxMatrix>(tensor.stored), std::get<MxMatrix>(more.stored));
  }
  if (tensor.choice) append_choice(*tensor.choice, *more.choice);
  tensor.quality.add(more.quality);
  tensor.byte_count += more.byte_count;
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/operand_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/launch/operand_layout.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/ovp.h"

namespace olivine {
namespace {

constexpr int kNibbles = 8;  // of a metadata word

// Bytes of each row of a PackedMatrix.
int64_t packed_stride(const PackedMatrix& matrix) {
  return static_cast<int64_t>(code_bytes(matrix.format, matrix.pattern, 1, matrix.k).count());
}

std::vector<uint8_t> copy_rows(const PackedMatrix& matrix, int64_t stride) {
  std::vector<uint8_t> codes(static_cast<size_t>(matrix.rows * stride));
  const int64_t bytes = packed_stride(matrix);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    std::copy_n(matrix.codes.data() + row * bytes, bytes, codes.data() + row * stride);
  }
  return codes;
}

std::vector<uint8_t> interleave_rows(const PackedMatrix& matrix, int64_t stride) {
  std::vector<uint8_t> codes(static_cast<size_t>(matrix.rows * stride));
  const int64_t bytes = packed_stride(matrix);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t from = 0; from < bytes; ++from) {
      const int64_t block = from / kOvpBlockBytes;
      const int element = static_cast<int>(2 * (from % kOvpBlockBytes));
      const int64_t to = block * kOvpBlockBytes + interleaved_byte(element);
      codes[static_cast<size_t>(row * stride + to)] =
          matrix.codes[static_cast<size_t>(row * bytes + from)];
    }
  }
  return codes;
}

std::vector<uint32_t> order_metadata(const PackedMatrix& matrix) {
  std::vector<uint32_t> words(static_cast<size_t>(metadata_words(matrix.rows, matrix.k)),
                              kMetadataFiller);
  const auto bytes = static_cast<int64_t>(metadata_bytes(Pattern::TwoFour, 1, matrix.k).count());
  const int64_t steps = metadata_steps(matrix.k);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t group = 0; group < group_count(matrix.k); ++group) {
      const uint8_t pair = matrix.metadata[static_cast<size_t>(row * bytes + group / 2)];
      const uint32_t nibble = pair >> (4 * (group % 2)) & 15U;
      const MetadataPlace place = metadata_place(steps, row, group);
      uint32_t& word = words[static_cast<size_t>(place.word)];
      word = (word & ~(15U << place.shift)) | nibble << place.shift;
    }
  }
  return words;
}

// value = 256 * high + low, both signed.
std::vector<uint8_t> split_planes(const PackedMatrix& matrix, int64_t stride) {
  std::vector<uint8_t> codes(static_cast<size_t>(2 * matrix.rows * stride));
  const std::vector<int16_t> values = dense_int16(matrix, matrix.k);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t i = 0; i < matrix.k; ++i) {
      const int value = values[static_cast<size_t>(row * matrix.k + i)];
      const auto low = static_cast<int8_t>(value & 255);
      const auto high = static_cast<int8_t>((value - low) / 256);
      codes[static_cast<size_t>(row * stride + i)] = static_cast<uint8_t>(high);
      codes[static_cast<size_t>((matrix.rows + row) * stride + i)] = static_cast<uint8_t>(low);
    }
  }
  return codes;
}

Status refuse_problem(std::string_view operand, const PackedMatrix& matrix) {
  const auto problem = find_problem(matrix);
  return problem ? Status::refuse(fmt::format("{}: {}", operand, *problem)) : Status{};
}

Status check_activations(const PackedMatrix& activations, ActivationForm form) {
  if (activations.pattern != Pattern::Dense) {
    return Status::refuse(
        fmt::format("activations: {}: must be dense", name_of(activations.pattern)));
  }
  constexpr std::array kFormats = {std::pair{ActivationForm::Int8, Format::Int8},
                                   std::pair{ActivationForm::Ovp4, Format::Ovp4},
                                   std::pair{ActivationForm::Ovp8, Format::Ovp8},
                                   std::pair{ActivationForm::Int8Planes, Format::Ovp8}};
  const auto* const entry =
      std::find_if(kFormats.begin(), kFormats.end(),
                   [form](const auto& candidate) { return candidate.first == form; });
  if (activations.format != entry->second) {
    return Status::refuse(fmt::format("activations: {}: form {} holds {}",
                                      name_of(activations.format), name_of(form),
                                      name_of(entry->second)));
  }
  return refuse_problem("activations", activations);
}

}  // namespace

Status make_weight_image(const PackedMatrix& weights, WeightImage& image) {
  if (weights.format != Format::Int8 && weights.format != Format::Ovp4) {
    return Status::refuse(
        fmt::format("weights: {}: must be int8 or ovp4", name_of(weights.format)));
  }
  if (Status status = refuse_problem("weights", weights); !status) return status;
  const bool is_two_four = weights.pattern == Pattern::TwoFour;
  WeightImage result;
  result.form = weights.format == Format::Int8
                    ? (is_two_four ? WeightForm::Int8Sparse : WeightForm::Int8)
                    : (is_two_four ? WeightForm::Ovp4Sparse : WeightForm::Ovp4);
  result.rows = weights.rows;
  result.k = weights.k;
  result.stride = operand_stride(weight_row_bytes(result.form, weights.k));
  result.codes = is_ovp(result.form) ? interleave_rows(weights, result.stride)
                                     : copy_rows(weights, result.stride);
  if (is_two_four) result.metadata = order_metadata(weights);
  image = std::move(result);
  return {};
}

Status make_activation_image(const PackedMatrix& activations, ActivationForm form,
                             ActivationImage& image) {
  if (Status status = check_activations(activations, form); !status) return status;
  ActivationImage result;
  result.form = form;
  result.rows = activations.rows;
  result.k = activations.k;
  result.stride = operand_stride(activation_row_bytes(form, activations.k));
  switch (form) {
    case ActivationForm::Int8:
    case ActivationForm::Ovp8:
      result.codes = copy_rows(activations, result.stride);
      break;
    case ActivationForm::Ovp4:
      result.codes = interleave_rows(activations, result.stride);
      break;
    case ActivationForm::Int8Planes:
      result.plane_stride = result.rows * result.stride;
      result.codes = split_planes(activations, result.stride);
      break;
  }
  image = std::move(result);
  return {};
}

Status check_ovp4_bytes(const uint8_t* bytes, int64_t count) {
  const ByteTable& table = byte_table(Format::Ovp4);
  for (int64_t i = 0; i < count; ++i) {
    if (table[bytes[i]].is_legal) [[likely]]
      continue;
    return Status::refuse(fmt::format("byte {}: 0x{:02X} is no legal ovp4 pair", i, bytes[i]));
  }
  return {};
}

Status check_metadata_words(const uint32_t* words, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    for (int nibble = 0; nibble < kNibbles; ++nibble) {
      const uint32_t value = words[i] >> (4 * nibble) & 15U;
      if (is_legal_metadata_nibble(value)) [[likely]]
        continue;
      return Status::refuse(
          fmt::format("word {}, nibble {}: {:X} is not one of 4, 8, 9, C, D, E", i, nibble, value));
    }
  }
  return {};
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/mma_stimulus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "models/numerics/gemm.h"
#include "models/numerics/ovp.h"

namespace olivine::regress {
namespace {

bool is_8bit(Format format) { return info(format).bits == 8; }

// What the outliers of a format mean under a bias operand: E2M1 with int4 normals, one more with
// flint4, E4M3 two more. Biases are 4 bits.
Abfloat outlier_of(Format format, int bias) {
  if (is_8bit(format)) return {3, (bias + 2) % 16, 127};
  return {1, (bias + (format == Format::Ovp4f ? 1 : 0)) % 16, 7};
}

// The largest code whose exponent, that of the high slice, fits 4 bits; 0 if there is none.
int largest_outlier_code(Format format, int bias) {
  const Abfloat outlier = outlier_of(format, bias);
  const int room = 15 - outlier.bias - (is_8bit(format) ? 4 : 0);
  return std::min(outlier.max_code, (room + 1) * (1 << outlier.mantissa_bits) - 1);
}

struct CodePair {
  uint8_t even, odd;
};

// How the codes of one operand are drawn.
class CodeSource {
 public:
  CodeSource(Format format, int bias, Rng& rng)
      : format_(format), max_code_(largest_outlier_code(format, bias)), rng_(rng) {
    constexpr std::array kOutlierShares = {0.0, 0.02, 0.3, 1.0};
    outlier_share_ = kOutlierShares[static_cast<size_t>(rng.uniform(0, 3))];
    constexpr std::array kExtremeShares = {0.0, 0.0, 0.1, 1.0};
    extreme_share_ = kExtremeShares[static_cast<size_t>(rng.uniform(0, 3))];
    is_zero_ = rng.chance(0.05);
  }

  CodePair pair() {
    if (is_zero_) return {0, 0};
    if (!info(format_).is_ovp || max_code_ <= 0 || !rng_.chance(outlier_share_)) {
      return {normal(), normal()};
    }
    const uint8_t identifier = is_8bit(format_) ? kIdentifier8 : kIdentifier4;
    return rng_.chance(0.5) ? CodePair{identifier, outlier()} : CodePair{outlier(), identifier};
  }

 private:
  // The identifier is an ordinary code of int4 and int8: the smallest number.
  uint8_t normal() {
    const int sign = is_8bit(format_) ? 0x80 : 8;
    if (rng_.chance(extreme_share_)) {
      if (rng_.chance(0.5)) return static_cast<uint8_t>(sign - 1);
      return static_cast<uint8_t>(info(format_).is_ovp ? sign + 1 : sign);
    }
    const int64_t code = rng_.uniform(0, 2 * sign - 1);
    return static_cast<uint8_t>(info(format_).is_ovp && code == sign ? 0 : code);
  }
  uint8_t outlier() {
    const int64_t code = rng_.chance(extreme_share_) ? max_code_ : rng_.uniform(1, max_code_);
    const int sign = is_8bit(format_) ? 0x80 : 8;
    return static_cast<uint8_t>(code + (rng_.chance(0.5) ? sign : 0));
  }

  Format format_;
  int max_code_;
  Rng& rng_;
  double outlier_share_ = 0.0;
  double extreme_share_ = 0.0;
  bool is_zero_ = false;
};

PackedMatrix random_operand(Format format, Pattern pattern, int rows, int k, int bias, Rng& rng) {
  PackedMatrix matrix{format, pattern, rows, k, {}, {}, std::vector<float>(1, 1.0F)};
  matrix.codes.resize(code_bytes(format, pattern, rows, k).count());
  matrix.metadata.resize(metadata_bytes(pattern, rows, k).count());
  CodeSource source{format, bias, rng};
  for (size_t i = 0; i < matrix.codes.size(); ++i) {
    const CodePair pair = source.pair();
    if (is_8bit(format)) {
      matrix.codes[i] = pair.even;
      matrix.codes[++i] = pair.odd;
    } else {
      matrix.codes[i] = static_cast<uint8_t>(pair.even | pair.odd << 4);
    }
  }
  constexpr std::array<uint8_t, 6> kLegalNibbles = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};
  const auto nibble = [&] { return kLegalNibbles[static_cast<size_t>(rng.uniform(0, 5))]; };
  for (uint8_t& byte : matrix.metadata) {
    const uint8_t even = nibble();
    byte = static_cast<uint8_t>(even | nibble() << 4);
  }
  return matrix;
}

Format random_format(MmaKind kind, Rng& rng) {
  constexpr std::array kFormats4 = {Format::Int4, Format::Ovp4, Format::Ovp4f};
  constexpr std::array kFormats8 = {Format::Int8, Format::Ovp8, Format::Ovp8};
  const auto i = static_cast<size_t>(rng.uniform(0, 2));
  return element_bits(kind) == 8 ? kFormats8[i] : kFormats4[i];
}

MmaRegisters random_sums(Rng& rng) {
  constexpr std::array<uint32_t, 3> kCorners = {0, 0x7FFF'FFFF, 0x8000'0000};
  const int64_t mode = rng.uniform(0, 5);
  MmaRegisters sums{};
  for (uint32_t& sum : sums) {
    sum = mode < 3 ? kCorners[static_cast<size_t>(mode)] : static_cast<uint32_t>(rng.next());
  }
  return sums;
}

// What the unit must not look at.
void fill_unused(MmaInstruction& instruction, Rng& rng) {
  for (int thread = 0; thread < kMmaThreads; ++thread) {
    for (int reg = b_registers(instruction.kind); reg < kMmaRegisters; ++reg) {
      instruction.b[static_cast<size_t>(thread) * kMmaRegisters + static_cast<size_t>(reg)] =
          static_cast<uint32_t>(rng.next());
    }
    for (int reg = metadata_registers(instruction.kind); reg < kMmaMetadataRegisters; ++reg) {
      instruction.metadata[static_cast<size_t>(thread) * kMmaMetadataRegisters +
                           static_cast<size_t>(reg)] = static_cast<uint32_t>(rng.next());
    }
  }
}

int64_t normal_value(Format format, uint8_t code) {
  if (is_8bit(format)) return static_cast<int8_t>(code);
  if (format != Format::Ovp4f) return code >= 8 ? code - 16 : code;
  const int64_t magnitude = kFlintMagnitudes[code & 7];
  return code >= 8 ? -magnitude : magnitude;
}

int64_t element_value(Format format, int bias, uint8_t code, uint8_t neighbour) {
  const uint8_t identifier = is_8bit(format) ? kIdentifier8 : kIdentifier4;
  if (!info(format).is_ovp) return normal_value(format, code);
  if (code == identifier) return 0;
  if (neighbour != identifier) return normal_value(format, code);
  const int64_t magnitude = outlier_of(format, bias).value(code & (identifier - 1));
  return (code & identifier) != 0 ? -magnitude : magnitude;
}

// Values of stored elements, row after row.
std::vector<int64_t> stored_values(const PackedMatrix& matrix, int bias) {
  std::vector<uint8_t> codes;
  for (const uint8_t byte : matrix.codes) {
    if (is_8bit(matrix.format)) {
      codes.push_back(byte);
    } else {
      codes.push_back(byte & 15);
      codes.push_back(static_cast<uint8_t>(byte >> 4));
    }
  }
  std::vector<int64_t> values;
  for (size_t i = 0; i < codes.size(); ++i) {
    values.push_back(element_value(matrix.format, bias, codes[i], codes[i ^ 1]));
  }
  return values;
}

// Dense values, zeros where 2:4 dropped.
std::vector<int64_t> dense_values(const PackedMatrix& matrix, int bias) {
  std::vector<int64_t> stored = stored_values(matrix, bias);
  if (matrix.pattern == Pattern::Dense) return stored;
  std::vector<int64_t> dense(static_cast<size_t>(matrix.rows * matrix.k));
  for (size_t group = 0; group < dense.size() / 4; ++group) {
    const int nibble = matrix.metadata[group / 2] >> (group % 2 * 4) & 15;
    dense[group * 4 + static_cast<size_t>(nibble & 3)] = stored[group * 2];
    dense[group * 4 + static_cast<size_t>(nibble >> 2)] = stored[group * 2 + 1];
  }
  return dense;
}

MmaElement sum_place(size_t i) {
  return c_element(static_cast<int>(i) / kMmaRegisters, static_cast<int>(i) % kMmaRegisters);
}

PackedMatrix a_of(const MmaInstruction& instruction) {
  return unpack_a(instruction.kind, instruction.format_a, instruction.a, instruction.metadata);
}
PackedMatrix b_of(const MmaInstruction& instruction) {
  return unpack_b(instruction.kind, instruction.format_b, instruction.b);
}

}  // namespace

MmaInstruction random_instruction(Rng& rng) {
  MmaInstruction instruction;
  instruction.kind = static_cast<MmaKind>(rng.uniform(0, 3));
  instruction.format_a = random_format(instruction.kind, rng);
  instruction.format_b = random_format(instruction.kind, rng);
  instruction.bias = rng.chance(0.5) ? kDefaultMmaBias : static_cast<int>(rng.uniform(0, 15));
  const MmaKind kind = instruction.kind;
  const Pattern pattern = is_sparse(kind) ? Pattern::TwoFour : Pattern::Dense;
  const PackedMatrix a =
      random_operand(instruction.format_a, pattern, kMmaM, mma_k(kind), instruction.bias, rng);
  const PackedMatrix b = random_operand(instruction.format_b, Pattern::Dense, kMmaN, mma_k(kind),
                                        instruction.bias, rng);
  instruction.a = pack_a(kind, a);
  instruction.b = pack_b(kind, b);
  instruction.metadata = pack_metadata(kind, a);
  instruction.c = random_sums(rng);
  fill_unused(instruction, rng);
  return instruction;
}

MmaRegisters expected_result(const MmaInstruction& instruction) {
  const std::vector<int64_t> left = dense_values(a_of(instruction), instruction.bias);
  const std::vector<int64_t> right = dense_values(b_of(instruction), instruction.bias);
  const auto k = static_cast<size_t>(mma_k(instruction.kind));
  MmaRegisters result = instruction.c;
  for (size_t i = 0; i < result.size(); ++i) {
    const MmaElement place = sum_place(i);
    int64_t sum = 0;
    for (size_t j = 0; j < k; ++j) {
      sum += left[static_cast<size_t>(place.row) * k + j] *
             right[static_cast<size_t>(place.column) * k + j];
    }
    result[i] += static_cast<uint32_t>(static_cast<uint64_t>(sum));
  }
  return result;
}

std::optional<std::string> golden_objection(const MmaInstruction& instruction,
                                            const MmaRegisters& result) {
  const bool has_outliers = info(instruction.format_a).is_ovp || info(instruction.format_b).is_ovp;
  if (has_outliers && instruction.bias != kDefaultMmaBias) return std::nullopt;
  // Activations first: gemm_golden's result is D transposed.
  const IntegerGemm golden = gemm_golden(b_of(instruction), a_of(instruction));
  for (size_t i = 0; i < result.size(); ++i) {
    const MmaElement place = sum_place(i);
    const auto index = static_cast<size_t>(place.column) * kMmaM + static_cast<size_t>(place.row);
    const uint32_t sum = instruction.c[i] + static_cast<uint32_t>(golden.c[index]);
    if (sum == result[i]) continue;
    return fmt::format("row {}, column {}: {}, by element values {}", place.row, place.column,
                       static_cast<int32_t>(sum), static_cast<int32_t>(result[i]));
  }
  return std::nullopt;
}

std::string describe(const MmaInstruction& instruction) {
  return fmt::format("{} m16n8k{}, {} * {}, bias {}",
                     is_sparse(instruction.kind) ? "sparse" : "dense", mma_k(instruction.kind),
                     name_of(instruction.format_a), name_of(instruction.format_b),
                     instruction.bias);
}

}  // namespace olivine::regress

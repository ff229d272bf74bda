// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/mma_execute.h"

#include <fmt/format.h>

#include <bit>
#include <type_traits>

#include "models/base/error.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/ovp.h"

namespace olivine {
namespace {

constexpr int kMaxK = mma_k(MmaKind::Sparse4);

// Value is int32_t or float.
template <class Value>
using RegisterValues = std::array<Value, kMmaNibbles>;

// The multipliers' operands of one register, behind the decoders. OVP pairs are two neighbours.
RegisterValues<int32_t> integer_values(Format format, uint32_t word) {
  RegisterValues<int32_t> values{};
  const auto byte_at = [word](size_t i) { return static_cast<uint8_t>(word >> (8 * i)); };
  for (size_t i = 0; i < 4; ++i) {
    if (info(format).bits == 4) {
      const DecodedByte pair = decode_byte(format, byte_at(i));
      values[2 * i] = pair.even.value();
      values[2 * i + 1] = pair.odd.value();
    } else {
      values[i] = value_of(decode_element(format, byte_at(i), byte_at(i ^ 1)));
    }
  }
  return values;
}

RegisterValues<float> float_values(Format format, uint32_t word) {
  RegisterValues<float> values{};
  const int bits = info(format).bits;
  for (int i = 0; i < 32 / bits; ++i) {
    const uint32_t code = word >> (i * bits) & ((1U << bits) - 1);
    values[static_cast<size_t>(i)] = float_from_code(format, static_cast<uint16_t>(code));
  }
  return values;
}

template <class Value>
RegisterValues<Value> values_of(Format format, uint32_t word) {
  if constexpr (std::is_same_v<Value, float>) {
    return float_values(format, word);
  } else {
    return integer_values(format, word);
  }
}

// Calls visit(thread, register) for all registers of a warp.
template <class Visit>
void for_each_register(int registers, const Visit& visit) {
  for (int thread = 0; thread < kMmaThreads; ++thread) {
    for (int reg = 0; reg < registers; ++reg) visit(thread, reg);
  }
}

size_t word_of(int thread, int reg, int stride) {
  return static_cast<size_t>(thread) * static_cast<size_t>(stride) + static_cast<size_t>(reg);
}

size_t at(int row, int column, int columns) {
  return static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column);
}

// What the operand network hands from the lanes to the multipliers.
template <class Value>
class Multipliers {
 public:
  Multipliers(MmaKind kind, const MmaOperands& operands) : kind_{kind} {
    if (is_sparse(kind)) gather_metadata(operands.metadata);
    gather_a(operands);
    gather_b(operands);
  }

  // One output: C and the products in ascending k.
  [[nodiscard]] Value dot(MmaElement place, Value sum) const {
    for (int k = 0; k < mma_k(kind_); ++k) {
      const Value left = a_[at(place.row, k, kMaxK)];
      const Value right = b_[at(k, place.column, kMmaN)];
      if constexpr (std::is_same_v<Value, float>) {
        sum += left * right;
      } else {
        sum = static_cast<Value>(static_cast<uint32_t>(sum) +
                                 static_cast<uint32_t>(left) * static_cast<uint32_t>(right));
      }
    }
    return sum;
  }

 private:
  void gather_metadata(const MmaMetadata& metadata) {
    for_each_register(metadata_registers(kind_), [&](int thread, int reg) {
      const uint32_t word = metadata[word_of(thread, reg, kMmaMetadataRegisters)];
      for (int i = 0; i < kMmaNibbles; ++i) {
        const MmaElement place = metadata_group(thread, reg, i);
        nibbles_[at(place.row, place.column, kMaxK / 4)] = static_cast<int>(word >> (4 * i) & 15);
      }
    });
  }

  // Column of A, in dense elements, that stored column `column` stands for.
  [[nodiscard]] int dense_column(MmaElement stored) const {
    if (!is_sparse(kind_)) return stored.column;
    const int group = stored.column / 2;
    const int nibble = nibbles_[at(stored.row, group, kMaxK / 4)];
    return 4 * group + (stored.column % 2 == 0 ? nibble & 3 : nibble >> 2);
  }

  void gather_a(const MmaOperands& operands) {
    for_each_register(kMmaRegisters, [&](int thread, int reg) {
      const auto values =
          values_of<Value>(operands.a_format, operands.a[word_of(thread, reg, kMmaRegisters)]);
      for (int i = 0; i < register_elements(kind_); ++i) {
        const MmaElement place = a_element(kind_, thread, reg, i);
        a_[at(place.row, dense_column(place), kMaxK)] = values[static_cast<size_t>(i)];
      }
    });
  }

  void gather_b(const MmaOperands& operands) {
    for_each_register(b_registers(kind_), [&](int thread, int reg) {
      const auto values =
          values_of<Value>(operands.b_format, operands.b[word_of(thread, reg, kMmaRegisters)]);
      for (int i = 0; i < register_elements(kind_); ++i) {
        const MmaElement place = b_element(kind_, thread, reg, i);
        b_[at(place.row, place.column, kMmaN)] = values[static_cast<size_t>(i)];
      }
    });
  }

  MmaKind kind_;
  std::array<Value, size_t{kMmaM} * kMaxK> a_{};  // [row][dense k]; dropped elements are 0
  std::array<Value, size_t{kMaxK} * kMmaN> b_{};
  std::array<int, size_t{kMmaM} * kMaxK / 4> nibbles_{};
};

template <class Value>
MmaRegisters execute(MmaKind kind, const MmaOperands& operands, const MmaRegisters& c) {
  const Multipliers<Value> multipliers{kind, operands};
  MmaRegisters d{};
  for_each_register(kMmaRegisters, [&](int thread, int reg) {
    const size_t word = word_of(thread, reg, kMmaRegisters);
    d[word] = std::bit_cast<uint32_t>(
        multipliers.dot(c_element(thread, reg), std::bit_cast<Value>(c[word])));
  });
  return d;
}

bool is_legal_nibble(uint32_t nibble) { return (nibble & 3) < nibble >> 2; }

}  // namespace

std::optional<MmaKind> mma_kind_of(Format a, Format b, Pattern a_pattern) {
  const bool is_alike = info(a).bits == info(b).bits && info(a).is_integer == info(b).is_integer;
  // fp16 and bf16 are two instructions.
  const bool is_mixed_float = !info(a).is_integer && a != b;
  if (!is_alike || is_mixed_float) return std::nullopt;
  const bool is_dense = a_pattern == Pattern::Dense;
  switch (info(a).bits) {
    case 4:
      return is_dense ? MmaKind::Dense4 : MmaKind::Sparse4;
    case 8:
      return is_dense ? MmaKind::Dense8 : MmaKind::Sparse8;
    default:
      return is_dense ? std::optional{MmaKind::Dense16} : std::nullopt;
  }
}

std::optional<std::string> find_problem(MmaKind kind, const MmaMetadata& metadata) {
  for (int thread = 0; thread < kMmaThreads; ++thread) {
    for (int reg = 0; reg < metadata_registers(kind); ++reg) {
      const uint32_t word = metadata[word_of(thread, reg, kMmaMetadataRegisters)];
      for (int i = 0; i < kMmaNibbles; ++i) {
        const uint32_t nibble = word >> (4 * i) & 15;
        if (is_legal_nibble(nibble)) continue;
        return fmt::format(
            "metadata of thread {}, register {}, nibble {} = {:X}: must be 4, 8, 9, "
            "C, D or E",
            thread, reg, i, nibble);
      }
    }
  }
  return std::nullopt;
}

MmaRegisters execute_mma(MmaKind kind, const MmaOperands& operands, const MmaRegisters& c) {
  const Pattern pattern = is_sparse(kind) ? Pattern::TwoFour : Pattern::Dense;
  OLV_CHECK(mma_kind_of(operands.a_format, operands.b_format, pattern) == kind,
            "{} x {} in m16n8k{}", name_of(operands.a_format), name_of(operands.b_format),
            mma_k(kind));
  const auto problem = find_problem(kind, operands.metadata);
  OLV_CHECK(!problem, "{}", *problem);
  return info(operands.a_format).is_integer ? execute<int32_t>(kind, operands, c)
                                            : execute<float>(kind, operands, c);
}

}  // namespace olivine

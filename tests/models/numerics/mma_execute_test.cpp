// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/mma_execute.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "models/numerics/dense_values.h"
#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

constexpr double kManyOutliers = 0.3;

struct Case {
  Format a;
  Format b;
  Pattern pattern;
};
constexpr std::array kIntegerCases = {
    Case{Format::Int8, Format::Int8, Pattern::Dense},
    Case{Format::Int8, Format::Int8, Pattern::TwoFour},
    Case{Format::Int4, Format::Int4, Pattern::Dense},
    Case{Format::Int4, Format::Int4, Pattern::TwoFour},
    Case{Format::Ovp4, Format::Ovp4, Pattern::Dense},
    Case{Format::Ovp4f, Format::Ovp4, Pattern::TwoFour},
    Case{Format::Ovp8, Format::Ovp8, Pattern::Dense},
    Case{Format::Int8, Format::Ovp8, Pattern::TwoFour},
};

// One instruction with operands, and the same as matrices.
struct Instruction {
  MmaKind kind;
  PackedMatrix a;
  PackedMatrix b;
  MmaOperands operands;
};

Instruction random_instruction(const Case& which, Rng& rng) {
  const MmaKind kind = mma_kind_of(which.a, which.b, which.pattern).value();
  Instruction result{kind,
                     random_packed(which.a, which.pattern, kMmaM, mma_k(kind), rng, kManyOutliers),
                     random_packed(which.b, Pattern::Dense, kMmaN, mma_k(kind), rng, kManyOutliers),
                     {}};
  result.operands = {which.a, which.b, pack_a(kind, result.a), pack_b(kind, result.b), {}};
  if (is_sparse(kind)) result.operands.metadata = pack_metadata(kind, result.a);
  return result;
}

// Registers that hold `values` of C or D, 16 x 8 row-major.
template <class Value>
MmaRegisters registers_of(const std::vector<Value>& values) {
  MmaRegisters registers{};
  for (size_t word = 0; word < registers.size(); ++word) {
    const MmaElement place =
        c_element(static_cast<int>(word / kMmaRegisters), static_cast<int>(word % kMmaRegisters));
    registers[word] =
        std::bit_cast<uint32_t>(values[static_cast<size_t>(place.row * kMmaN + place.column)]);
  }
  return registers;
}

// gemm.h has activations first: its C is the transpose of D.
template <class Value>
std::vector<Value> transposed(const std::vector<Value>& c) {
  std::vector<Value> result;
  for (size_t row = 0; row < kMmaM; ++row) {
    for (size_t column = 0; column < kMmaN; ++column) result.push_back(c[column * kMmaM + row]);
  }
  return result;
}

TEST(MmaExecute, IntegerInstructionsEqualTheGoldenGemm) {
  constexpr uint64_t kSeed = 5;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Case& which : kIntegerCases) {
    SCOPED_TRACE(
        fmt::format("{} {} x {}", name_of(which.pattern), name_of(which.a), name_of(which.b)));
    const Instruction it = random_instruction(which, rng);
    std::vector<int32_t> sums;
    for (const int32_t product : transposed(gemm_golden(it.b, it.a).c)) {
      const auto start = static_cast<uint32_t>(rng.next());  // wraps around now and then
      sums.push_back(static_cast<int32_t>(start));
      sums.push_back(static_cast<int32_t>(start + static_cast<uint32_t>(product)));
    }
    std::vector<int32_t> c;
    std::vector<int32_t> d;
    for (size_t i = 0; i < sums.size(); i += 2) {
      c.push_back(sums[i]);
      d.push_back(sums[i + 1]);
    }
    EXPECT_EQ(execute_mma(it.kind, it.operands, registers_of(c)), registers_of(d));
  }
}

TEST(MmaExecute, FloatInstructionsStayWithinTheStatedTolerance) {
  constexpr uint64_t kSeed = 6;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  const std::array cases = {Case{Format::Fp16, Format::Fp16, Pattern::Dense},
                            Case{Format::Bf16, Format::Bf16, Pattern::Dense},
                            Case{Format::Fp8, Format::Fp8, Pattern::Dense},
                            Case{Format::Fp8, Format::Fp8, Pattern::TwoFour}};
  for (const Case& which : cases) {
    SCOPED_TRACE(name_of(which.a));
    const Instruction it = random_instruction(which, rng);
    const int64_t k = mma_k(it.kind);
    const std::vector<float> a = dense_float(it.a, k);
    const std::vector<float> b = dense_float(it.b, k);
    const MmaRegisters d = execute_mma(it.kind, it.operands, MmaRegisters{});
    // Operands are in [-1, 1]. The reference is exact: products have 22 bits, sums are short.
    const double tolerance = float_gemm_tolerance(k, 1.0, 1.0);
    for (size_t word = 0; word < d.size(); ++word) {
      const MmaElement place =
          c_element(static_cast<int>(word / kMmaRegisters), static_cast<int>(word % kMmaRegisters));
      double sum = 0;
      for (int64_t p = 0; p < k; ++p) {
        sum += static_cast<double>(a[static_cast<size_t>(place.row * k + p)]) *
               static_cast<double>(b[static_cast<size_t>(place.column * k + p)]);
      }
      EXPECT_NEAR(static_cast<double>(std::bit_cast<float>(d[word])), sum, tolerance);
    }
    EXPECT_EQ(d, execute_mma(it.kind, it.operands, registers_of(std::vector<float>(128, 0.0F))));
  }
}

// The hardware's permutation test: A has a one in row r, stored column s; its metadata keeps dense
// positions p and q of every group; row k of B holds k. Then D's row r is the dense k of the one.
TEST(MmaExecute, MetadataSelectsTheRowOfB) {
  for (const MmaKind kind : {MmaKind::Sparse8, MmaKind::Sparse4}) {
    const Format format = element_bits(kind) == 8 ? Format::Int8 : Format::Int4;
    for (const uint32_t nibble : {0x4U, 0x8U, 0x9U, 0xCU, 0xDU, 0xEU}) {
      for (int stored = 0; stored < mma_k(kind) / 2; stored += 5) {
        MmaOperands operands{format, format, {}, {}, {}};
        operands.metadata.fill(0x11111111U * nibble);
        const int bits = element_bits(kind);
        const int dense =
            4 * (stored / 2) + static_cast<int>(stored % 2 == 0 ? nibble & 3 : nibble >> 2);
        for (int thread = 0; thread < kMmaThreads; ++thread) {
          for (int reg = 0; reg < kMmaRegisters; ++reg) {
            const auto word = static_cast<size_t>(thread * kMmaRegisters + reg);
            for (int i = 0; i < register_elements(kind); ++i) {
              const uint32_t one = 1U << (i * bits);
              if (a_element(kind, thread, reg, i) == MmaElement{9, stored}) operands.a[word] = one;
              if (b_element(kind, thread, reg, i).row == dense) operands.b[word] |= 3 * one;
            }
          }
        }
        std::vector<int32_t> expected(size_t{kMmaM} * kMmaN);
        for (int column = 0; column < kMmaN; ++column) {
          expected[static_cast<size_t>(9 * kMmaN + column)] = 3;
        }
        EXPECT_EQ(execute_mma(kind, operands, MmaRegisters{}), registers_of(expected))
            << "nibble " << nibble << ", stored column " << stored;
      }
    }
  }
}

TEST(MmaExecute, OnlyOrderedMetadataIsLegal) {
  for (const MmaKind kind : {MmaKind::Sparse8, MmaKind::Sparse4}) {
    for (uint32_t nibble = 0; nibble < 16; ++nibble) {
      MmaMetadata metadata;
      metadata.fill(0x44444444);
      const int reg = metadata_registers(kind) - 1;
      metadata[static_cast<size_t>(7 * kMmaMetadataRegisters + reg)] =
          0x44044444U | nibble << 20;  // nibble 5 of thread 7
      const bool is_ordered = (nibble & 3) < nibble >> 2;
      const auto problem = find_problem(kind, metadata);
      EXPECT_EQ(problem.has_value(), !is_ordered) << nibble;
      if (!problem) continue;
      EXPECT_EQ(*problem, fmt::format("metadata of thread 7, register {}, nibble 5 = {:X}: must be "
                                      "4, 8, 9, C, D or E",
                                      reg, nibble));
    }
  }
  EXPECT_FALSE(find_problem(MmaKind::Dense8, MmaMetadata{}).has_value());
}

TEST(MmaExecute, InstructionsTakeOperandsOfOneSize) {
  EXPECT_EQ(mma_kind_of(Format::Ovp4f, Format::Ovp4, Pattern::Dense), MmaKind::Dense4);
  EXPECT_EQ(mma_kind_of(Format::Int8, Format::Ovp8, Pattern::TwoFour), MmaKind::Sparse8);
  EXPECT_EQ(mma_kind_of(Format::Bf16, Format::Bf16, Pattern::Dense), MmaKind::Dense16);
  EXPECT_FALSE(mma_kind_of(Format::Fp16, Format::Bf16, Pattern::Dense).has_value());
  EXPECT_FALSE(mma_kind_of(Format::Fp16, Format::Fp16, Pattern::TwoFour).has_value());
  EXPECT_FALSE(mma_kind_of(Format::Ovp4, Format::Ovp8, Pattern::Dense).has_value());
  EXPECT_FALSE(mma_kind_of(Format::Int8, Format::Fp8, Pattern::Dense).has_value());
}

TEST(MmaExecuteDeathTest, RefusesOtherFormatsAndUnorderedMetadataBad) {
  const MmaOperands floats{Format::Fp16, Format::Fp16, {}, {}, {}};
  EXPECT_DEATH((void)execute_mma(MmaKind::Dense8, floats, MmaRegisters{}),
               "fp16 x fp16 in m16n8k32");
  const MmaOperands zeros{Format::Int8, Format::Int8, {}, {}, {}};
  EXPECT_DEATH((void)execute_mma(MmaKind::Sparse8, zeros, MmaRegisters{}),
               "metadata of thread 0, register 0, nibble 0 = 0");
}

}  // namespace
}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/mma_fragments.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

constexpr std::array kKinds = {MmaKind::Dense8, MmaKind::Sparse8, MmaKind::Dense4, MmaKind::Sparse4,
                               MmaKind::Dense16};

Format format_of(MmaKind kind) {
  if (kind == MmaKind::Dense16) return Format::Bf16;
  return element_bits(kind) == 8 ? Format::Ovp8 : Format::Ovp4;
}

// Every (thread, register, i) has a place of its own, and together they fill rows x columns.
template <class Element>
void expect_bijection(int registers, int fields, int rows, int columns, const Element& element) {
  std::set<std::pair<int, int>> places;
  for (int thread = 0; thread < kMmaThreads; ++thread) {
    for (int reg = 0; reg < registers; ++reg) {
      for (int i = 0; i < fields; ++i) {
        const MmaElement place = element(thread, reg, i);
        ASSERT_TRUE(place.row >= 0 && place.row < rows) << place.row;
        ASSERT_TRUE(place.column >= 0 && place.column < columns) << place.column;
        ASSERT_TRUE(places.insert({place.row, place.column}).second)
            << place.row << ' ' << place.column;
      }
    }
  }
  EXPECT_EQ(places.size(), static_cast<size_t>(rows) * static_cast<size_t>(columns));
}

TEST(MmaFragments, ShapesDoubleWithHalfTheBitsAndHalfTheElements) {
  EXPECT_EQ(mma_k(MmaKind::Dense16), 16);
  EXPECT_EQ(mma_k(MmaKind::Dense8), 32);
  EXPECT_EQ(mma_k(MmaKind::Sparse8), 64);
  EXPECT_EQ(mma_k(MmaKind::Dense4), 64);
  EXPECT_EQ(mma_k(MmaKind::Sparse4), 128);
}

TEST(MmaFragments, EveryFieldOfEveryRegisterIsADistinctElement) {
  for (const MmaKind kind : kKinds) {
    SCOPED_TRACE(fmt::format("m16n8k{}, {} bits", mma_k(kind), element_bits(kind)));
    const int stored = is_sparse(kind) ? mma_k(kind) / 2 : mma_k(kind);
    const int fields = register_elements(kind);
    expect_bijection(kMmaRegisters, fields, kMmaM, stored,
                     [&](int t, int r, int i) { return a_element(kind, t, r, i); });
    expect_bijection(b_registers(kind), fields, mma_k(kind), kMmaN,
                     [&](int t, int r, int i) { return b_element(kind, t, r, i); });
    if (is_sparse(kind)) {
      expect_bijection(metadata_registers(kind), kMmaNibbles, kMmaM, mma_k(kind) / 4,
                       metadata_group);
    }
  }
  expect_bijection(kMmaRegisters, 1, kMmaM, kMmaN,
                   [](int t, int r, int) { return c_element(t, r); });
}

// The PTX ISA writes fragments with groupID g = lane >> 2 and threadID_in_group t = lane & 3.
struct Lane {
  int lane, g, t;
};
template <class Check>
void for_each_lane(const Check& check) {
  for (int lane = 0; lane < kMmaThreads; ++lane) {
    SCOPED_TRACE(fmt::format("lane {}", lane));
    check(Lane{lane, lane >> 2, lane & 3});
  }
}

TEST(MmaFragments, DenseInt8IsAsThePtxIsaSays) {
  for_each_lane([](Lane lane) {
    for (int i = 0; i < 16; ++i) {  // a_i: byte i % 4 of register i / 4
      const bool is_upper = i < 4 || (i >= 8 && i < 12);
      const MmaElement expected{is_upper ? lane.g : lane.g + 8,
                                i < 8 ? lane.t * 4 + (i & 3) : lane.t * 4 + (i & 3) + 16};
      EXPECT_EQ(a_element(MmaKind::Dense8, lane.lane, i / 4, i % 4), expected) << i;
    }
    for (int i = 0; i < 8; ++i) {
      const MmaElement expected{i < 4 ? lane.t * 4 + (i & 3) : lane.t * 4 + (i & 3) + 16, lane.g};
      EXPECT_EQ(b_element(MmaKind::Dense8, lane.lane, i / 4, i % 4), expected) << i;
    }
  });
}

TEST(MmaFragments, DenseInt4IsAsThePtxIsaSays) {
  for_each_lane([](Lane lane) {
    for (int i = 0; i < 32; ++i) {
      const bool is_upper = i < 8 || (i >= 16 && i < 24);
      const MmaElement expected{is_upper ? lane.g : lane.g + 8,
                                i < 16 ? lane.t * 8 + (i & 7) : lane.t * 8 + (i & 7) + 32};
      EXPECT_EQ(a_element(MmaKind::Dense4, lane.lane, i / 8, i % 8), expected) << i;
    }
    for (int i = 0; i < 16; ++i) {
      const MmaElement expected{i < 8 ? lane.t * 8 + (i & 7) : lane.t * 8 + (i & 7) + 32, lane.g};
      EXPECT_EQ(b_element(MmaKind::Dense4, lane.lane, i / 8, i % 8), expected) << i;
    }
  });
}

TEST(MmaFragments, DenseHalvesAreAsThePtxIsaSays) {
  for_each_lane([](Lane lane) {
    for (int i = 0; i < 8; ++i) {  // a_i: half i % 2 of register i / 2
      const bool is_upper = i < 2 || (i >= 4 && i < 6);
      const MmaElement expected{is_upper ? lane.g : lane.g + 8,
                                i < 4 ? lane.t * 2 + (i & 1) : lane.t * 2 + (i & 1) + 8};
      EXPECT_EQ(a_element(MmaKind::Dense16, lane.lane, i / 2, i % 2), expected) << i;
    }
    for (int i = 0; i < 4; ++i) {
      const MmaElement expected{i < 2 ? lane.t * 2 + (i & 1) : lane.t * 2 + (i & 1) + 8, lane.g};
      EXPECT_EQ(b_element(MmaKind::Dense16, lane.lane, i / 2, i % 2), expected) << i;
    }
  });
}

TEST(MmaFragments, SumsAreAsThePtxIsaSays) {
  for_each_lane([](Lane lane) {
    for (int i = 0; i < 4; ++i) {
      const MmaElement expected{i < 2 ? lane.g : lane.g + 8, lane.t * 2 + (i & 1)};
      EXPECT_EQ(c_element(lane.lane, i), expected) << i;
    }
  });
}

// Kept elements come from 8 dense columns that begin at 8 t, or 32 + 8 t from element 8 on.
TEST(MmaFragments, SparseInt8IsAsThePtxIsaSays) {
  for_each_lane([](Lane lane) {
    for (int i = 0; i < 16; ++i) {
      const bool is_upper = i < 4 || (i >= 8 && i < 12);
      const MmaElement place = a_element(MmaKind::Sparse8, lane.lane, i / 4, i % 4);
      EXPECT_EQ(place.row, is_upper ? lane.g : lane.g + 8) << i;
      const int dense_begin = (i < 8 ? 0 : 32) + 8 * lane.t;
      const int group = place.column / 2;
      EXPECT_EQ(group, dense_begin / 4 + (i & 3) / 2) << i;
    }
    for (int reg = 0; reg < 4; ++reg) {  // 16 rows of B a register
      EXPECT_EQ(b_element(MmaKind::Sparse8, lane.lane, reg, 0),
                (MmaElement{16 * reg + 4 * lane.t, lane.g}));
    }
  });
}

// Threads of a quad: row g columns 0..31, row g + 8 columns 0..31, then columns 32..63 of both.
TEST(MmaFragments, MetadataOfAQuadCoversTwoRowsByHalves) {
  for (int g = 0; g < 8; ++g) {
    for (int i = 0; i < kMmaNibbles; ++i) {
      EXPECT_EQ(metadata_group(4 * g, 0, i), (MmaElement{g, i}));
      EXPECT_EQ(metadata_group(4 * g + 1, 0, i), (MmaElement{g + 8, i}));
      EXPECT_EQ(metadata_group(4 * g + 2, 0, i), (MmaElement{g, 8 + i}));
      EXPECT_EQ(metadata_group(4 * g + 3, 0, i), (MmaElement{g + 8, 8 + i}));
      // Sparse4: the second register is columns 64..127 in the same order.
      EXPECT_EQ(metadata_group(4 * g + 3, 1, i), (MmaElement{g + 8, 16 + 8 + i}));
    }
  }
}

TEST(MmaFragments, OperandsSurviveTheWayThroughRegisters) {
  Rng rng{21};
  for (const MmaKind kind : kKinds) {
    const Format format = format_of(kind);
    const Pattern pattern = is_sparse(kind) ? Pattern::TwoFour : Pattern::Dense;
    const PackedMatrix a = random_packed(format, pattern, kMmaM, mma_k(kind), rng, 0.3);
    const PackedMatrix b = random_packed(format, Pattern::Dense, kMmaN, mma_k(kind), rng, 0.3);
    const PackedMatrix a_back = unpack_a(kind, format, pack_a(kind, a), pack_metadata(kind, a));
    const PackedMatrix b_back = unpack_b(kind, format, pack_b(kind, b));
    EXPECT_EQ(a_back.codes, a.codes);
    EXPECT_EQ(a_back.metadata, a.metadata);
    EXPECT_EQ(b_back.codes, b.codes);
    EXPECT_FALSE(find_problem(a_back).has_value());
    EXPECT_FALSE(find_problem(b_back).has_value());
  }
}

// Byte 0 of register 1 of thread 5 (g = 1, t = 1) is row 9, column 4.
TEST(MmaFragments, AMarkedElementIsWhereThePtxIsaPutsIt) {
  PackedMatrix a{Format::Int8, Pattern::Dense, kMmaM, 32, {}, {}, {1.0F}};
  a.codes.resize(size_t{kMmaM} * 32);
  a.codes[9 * 32 + 4] = 0x5A;
  MmaRegisters expected{};
  expected[5 * 4 + 1] = 0x5A;
  EXPECT_EQ(pack_a(MmaKind::Dense8, a), expected);
}

// Half 1 of register 2 of thread 5 (g = 1, t = 1) is row 1, column 8 + 2 + 1; low byte first.
TEST(MmaFragments, AMarkedHalfIsWhereThePtxIsaPutsIt) {
  PackedMatrix a{Format::Fp16, Pattern::Dense, kMmaM, 16, {}, {}, {1.0F}};
  a.codes.resize(size_t{kMmaM} * 16 * 2);
  a.codes[(1 * 16 + 11) * 2] = 0x34;
  a.codes[(1 * 16 + 11) * 2 + 1] = 0x12;
  MmaRegisters expected{};
  expected[5 * 4 + 2] = 0x12340000;
  EXPECT_EQ(pack_a(MmaKind::Dense16, a), expected);
}

TEST(MmaFragmentsDeathTest, RefusesAnotherShapeBad) {
  const PackedMatrix a{Format::Int8, Pattern::Dense, kMmaM, 64, {}, {}, {1.0F}};
  EXPECT_DEATH((void)pack_a(MmaKind::Dense8, a), "int8 dense of 16 x 64 is no operand of m16n8k32");
}

}  // namespace
}  // namespace olivine

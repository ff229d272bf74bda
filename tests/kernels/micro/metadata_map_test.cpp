// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/metadata_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "kernels/emulator/emulator.h"
#include "kernels/launch/operand_layout.h"
#include "kernels/micro/metadata_probe.cuh"

namespace olivine {
namespace {

// The probing kernel in the emulator. `rewire` changes the words before they reach the instruction:
// as if the hardware read its metadata otherwise.
MetadataMap probe(MetadataInstruction instruction, uint64_t seed,
                  const std::function<void(MetadataProbeImages&)>& rewire) {
  MetadataProbeImages images = make_probe_images(instruction);
  if (rewire) rewire(images);
  const int probes = 1 + probe_count(instruction);
  constexpr int32_t kPoison = 0x5A5A5A5A;
  std::vector<int32_t> sums(
      static_cast<size_t>(probes * probe_threads(instruction) * kProbeRegisters), kPoison);
  const auto words = [](const std::vector<int8_t>& rows) {
    return reinterpret_cast<const uint32_t*>(rows.data());
  };
  const MetadataProbeParams params = {images.a_registers.data(),
                                      images.b_registers.data(),
                                      words(images.a_rows),
                                      words(images.b_rows),
                                      images.metadata.data(),
                                      sums.data(),
                                      probes};
  const bool is_wgmma = instruction != MetadataInstruction::MmaSp;
  const LaunchConfig config{.blocks = 1,
                            .threads = probe_threads(instruction),
                            .shared_bytes = is_wgmma ? device::kProbeSharedBytes : 0};
  emulate(config, {.seed = seed, .compute_capability = 90, .memory = {}}, [&](std::byte* shared) {
    switch (instruction) {
      case MetadataInstruction::MmaSp:
        device::probe_mma_metadata(params);
        break;
      case MetadataInstruction::WgmmaSpSs:
        device::probe_wgmma_metadata<false>(params, shared);
        break;
      case MetadataInstruction::WgmmaSpRs:
        device::probe_wgmma_metadata<true>(params, shared);
        break;
    }
  });
  return read_metadata_map(instruction, sums);
}

class MetadataMapOf : public testing::TestWithParam<MetadataInstruction> {};

TEST_P(MetadataMapOf, IsRecoveredFromTheInstructionAlone) {
  const MetadataMap map = probe(GetParam(), 7, nullptr);
  EXPECT_TRUE(map.is_as_expected());
  ASSERT_EQ(map.entries.size(), static_cast<size_t>(probe_count(GetParam())));
  std::set<std::tuple<int, int>> places;
  for (const MetadataEntry& entry : map.entries) {
    ASSERT_TRUE(entry.seen) << "thread " << entry.thread << ", nibble " << entry.nibble;
    places.emplace(entry.seen->row, entry.seen->group);
    // The layout that kernels are given: the word of a thread and its shift.
    const MetadataPlace place = metadata_place(1, entry.seen->row, entry.seen->group);
    EXPECT_EQ(place.word, entry.thread);
    EXPECT_EQ(place.shift, 4 * entry.nibble);
  }
  EXPECT_EQ(places.size(), map.entries.size()) << "every group has its own nibble";
}

TEST_P(MetadataMapOf, ShowsThreadsThatChangedPlaces) {
  // Threads 1 and 2 of each quad: rows g + 8 and the upper half of k, a likely misreading.
  const int threads = probe_threads(GetParam());
  const auto rewire = [&](MetadataProbeImages& images) {
    for (size_t at = 0; at < images.metadata.size(); at += 4) {
      std::swap(images.metadata[at + 1], images.metadata[at + 2]);
    }
  };
  const MetadataMap map = probe(GetParam(), 8, rewire);
  EXPECT_FALSE(map.is_as_expected());
  for (const MetadataEntry& entry : map.entries) {
    const int quad_thread = entry.thread % 4;
    const int other = quad_thread == 1 || quad_thread == 2 ? 3 - quad_thread : quad_thread;
    const int thread = entry.thread - quad_thread + other;
    ASSERT_LT(thread, threads);
    ASSERT_TRUE(entry.seen);
    EXPECT_EQ(*entry.seen,
              map.entries[static_cast<size_t>(thread * kProbeNibbles + entry.nibble)].expected);
  }
}

TEST_P(MetadataMapOf, ShowsNibblesInReverse) {
  const auto rewire = [](MetadataProbeImages& images) {
    for (uint32_t& word : images.metadata) {
      uint32_t reversed = 0;
      for (int i = 0; i < kProbeNibbles; ++i) {
        reversed |= (word >> (4 * i) & 15U) << (4 * (kProbeNibbles - 1 - i));
      }
      word = reversed;
    }
  };
  const MetadataMap map = probe(GetParam(), 9, rewire);
  EXPECT_FALSE(map.is_as_expected());
  for (const MetadataEntry& entry : map.entries) {
    const int nibble = kProbeNibbles - 1 - entry.nibble;
    ASSERT_TRUE(entry.seen);
    EXPECT_EQ(*entry.seen,
              map.entries[static_cast<size_t>(entry.thread * kProbeNibbles + nibble)].expected);
  }
}

TEST_P(MetadataMapOf, HasNoTargetForAThreadThatIsNotRead) {
  // The words of thread 5 come from thread 4: changing its own moves nothing, thread 4's two rows.
  const int threads = probe_threads(GetParam());
  const auto rewire = [&](MetadataProbeImages& images) {
    for (size_t at = 0; at < images.metadata.size(); at += static_cast<size_t>(threads)) {
      images.metadata[at + 5] = images.metadata[at + 4];
    }
  };
  const MetadataMap map = probe(GetParam(), 10, rewire);
  EXPECT_FALSE(map.is_as_expected());
  for (const MetadataEntry& entry : map.entries) {
    const bool is_confused = entry.thread == 4 || entry.thread == 5;
    EXPECT_EQ(entry.seen.has_value(), !is_confused) << "thread " << entry.thread;
  }
}

INSTANTIATE_TEST_SUITE_P(Instructions, MetadataMapOf,
                         testing::Values(MetadataInstruction::MmaSp, MetadataInstruction::WgmmaSpSs,
                                         MetadataInstruction::WgmmaSpRs),
                         [](const auto& parameter) {
                           std::string name = name_of(parameter.param);
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

// Sums of probe 0 and of one probe by formula, with `second` and `first` swapped on demand.
TEST(MetadataMap, TellsWhichHalfOfANibbleComesFirst) {
  constexpr auto kInstruction = MetadataInstruction::MmaSp;
  constexpr auto kProbeSums = size_t{32} * kProbeRegisters;
  std::vector<int32_t> sums((1 + size_t{probe_count(kInstruction)}) * kProbeSums);
  const auto set = [&](int probe, int row, int column, int32_t sum) {
    // c_element() by hand: row g + 8 (reg / 2), column 2 t + reg % 2.
    const int thread = 4 * (row % 8) + column / 2;
    const int reg = 2 * (row / 8) + column % 2;
    sums[static_cast<size_t>(probe) * kProbeSums +
         static_cast<size_t>(thread * kProbeRegisters + reg)] = sum;
  };
  // Probe of thread 0, nibble 3: row 0, group 3; the odd stored element moved to position 2.
  constexpr int kGroup = 3;
  const int32_t even = probe_a(2 * kGroup);
  const int32_t odd = probe_a(2 * kGroup + 1);
  const int32_t moved[kProbeColumns] = {odd,  even,  odd * (kGroup + 1),  even * (kGroup + 1),
                                        -odd, -even, -odd * (kGroup + 1), -even * (kGroup + 1)};
  for (int column = 0; column < kProbeColumns; ++column) {
    set(1 + kGroup, 0, column, moved[column]);
  }
  const MetadataMap map = read_metadata_map(kInstruction, sums);
  const MetadataEntry& entry = map.entries[kGroup];
  ASSERT_TRUE(entry.seen);
  EXPECT_EQ(*entry.seen, (MetadataTarget{0, kGroup, kGroup, false}));
  EXPECT_NE(*entry.seen, entry.expected);
  // A pair of another group than its own.
  set(1 + kGroup, 0, 0, odd + 1);
  EXPECT_FALSE(read_metadata_map(kInstruction, sums).entries[kGroup].seen);
}

TEST(MetadataMap, GivesEveryStoredElementAValueOfItsOwn) {
  std::set<int> values;
  for (int j = 0; j < kProbeStoredK; ++j) values.insert(probe_a(j));
  EXPECT_EQ(values.size(), size_t{kProbeStoredK});
  EXPECT_EQ(*values.begin(), 1);
  EXPECT_EQ(*values.rbegin(), kProbeStoredK + kProbeStoredK / 2);
}

}  // namespace
}  // namespace olivine

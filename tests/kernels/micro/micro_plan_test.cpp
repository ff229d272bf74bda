// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/micro_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kernels/micro/issue_operands.h"
#include "kernels/micro/micro_launch.h"

namespace olivine {
namespace {

using testing::HasSubstr;

constexpr DeviceLimits kAdaLimits{89, 142, 99 * 1024, int64_t{72} << 20};

int count_of(const MicroPlan& plan, MicroInstruction instruction) {
  int count = 0;
  for (const IssueCase& issue : plan.issue) count += issue.instruction == instruction ? 1 : 0;
  return count;
}

TEST(MicroPlan, HoldsNothingThatTheDeviceRefuses) {
  for (const DeviceLimits& device : {kA100Limits, kAdaLimits, kH100Limits}) {
    const MicroOptions options;
    ASSERT_TRUE(check(options));
    const MicroPlan plan = micro_plan(options, device);
    for (const IssueCase& issue : plan.issue) {
      const Status status = check(issue, device);
      EXPECT_TRUE(status) << instruction_name(issue.instruction, issue.n) << ": "
                          << status.reason();
    }
    for (const DecodeCase& decode : plan.decode) EXPECT_TRUE(check(decode));
    for (const LatencyCase& latency : plan.latency) EXPECT_TRUE(check(latency));
    for (const SharedReadCase& read : plan.shared_read) EXPECT_TRUE(check(read));
    for (const ReadCase& read : plan.read) EXPECT_TRUE(check(read));
  }
}

TEST(MicroPlan, SweepsEveryInstructionThatTheDeviceHas) {
  constexpr int kMmaCases = kIssueWarps.size() * kIssueChains.size();
  constexpr int kS8Cases = 2 * 2 * kWgmmaColumns.size();  // SS and RS, one and two warpgroups
  constexpr int kF16Cases = 2 * kWgmmaF16Columns.size();  // SS
  const MicroPlan a100 = micro_plan({}, kA100Limits);
  const MicroPlan h100 = micro_plan({}, kH100Limits);
  for (const MicroInstructionInfo& about : micro_instructions()) {
    const bool is_s4 = about.instruction == MicroInstruction::MmaS4;
    const int wgmma_cases = about.instruction == MicroInstruction::WgmmaF16 ? kF16Cases : kS8Cases;
    const int on_a100 = about.is_wgmma ? 0 : kMmaCases;
    const int on_h100 = about.is_wgmma ? wgmma_cases : is_s4 ? 0 : kMmaCases;
    EXPECT_EQ(count_of(a100, about.instruction), on_a100) << about.prefix << about.type;
    EXPECT_EQ(count_of(h100, about.instruction), on_h100) << about.prefix << about.type;
  }
  EXPECT_EQ(h100.launch.size(), 3U);
  EXPECT_EQ(h100.launch[1].blocks, kH100Limits.sm_count);
}

TEST(MicroPlan, HasTheChainsOfPublishedThroughputs) {
  std::set<std::pair<int, int>> cases;
  for (const IssueCase& issue : micro_plan({}, kA100Limits).issue) {
    if (issue.instruction == MicroInstruction::MmaSpS8) cases.emplace(issue.warps, issue.chains);
  }
  EXPECT_TRUE(cases.contains({1, 1}));  // latency
  EXPECT_TRUE(cases.contains({4, 3}));  // throughput_4warp
  EXPECT_TRUE(cases.contains({8, 2}));  // throughput_8warp
}

TEST(MicroPlan, FitsItsKernels) {
  for (const IssueCase& issue : micro_plan({}, kH100Limits).issue) {
    EXPECT_LE(32 * issue.warps, kIssueThreads);
    EXPECT_LE(issue_shared_bytes(issue), kIssueTileBytes);
    const bool is_wgmma = info(issue.instruction).is_wgmma;
    EXPECT_GE(issue_instructions(issue, is_wgmma), is_wgmma ? 16 : 60);
    EXPECT_EQ(issue_instructions(issue, is_wgmma) % issue.chains, 0);
    EXPECT_LE(4 * issue.chains, kIssueZeros);
  }
}

TEST(MicroPlan, GivesWgmmaItsTilesOnceForEachWarpgroup) {
  // A: 64 rows of 128 bytes a warpgroup. B: n rows of 128 bytes, twice that where k is 64. Both
  // begin at a multiple of 1,024.
  const IssueCase one{MicroInstruction::WgmmaS8, 4, 1, 256, false};
  EXPECT_EQ(issue_shared_bytes(one), 64 * 128 + 256 * 128 + 1024);
  const IssueCase two{MicroInstruction::WgmmaSpS8, 8, 1, 96, false};
  EXPECT_EQ(issue_shared_bytes(two), 2 * 64 * 128 + 96 * 256 + 1024);
  EXPECT_EQ(issue_shared_bytes({}), 0);
}

struct BadIssue {
  IssueCase issue;
  DeviceLimits device;
  const char* reason;
};

TEST(MicroPlan, SaysWhatIsLegal) {
  using enum MicroInstruction;
  const BadIssue bad[] = {
      {{WgmmaS8, 4, 1, 256, false}, kA100Limits, "wgmma.m64n256k32.s8 on compute capability 80"},
      {{WgmmaS8, 4, 1, 256, false}, kAdaLimits, "needs 90..90"},
      {{MmaS4, 4, 1}, kH100Limits, "mma.sync.m16n8k64.s4 on compute capability 90: needs 80..89"},
      {{WgmmaS8, 4, 1, 40, false}, kH100Limits, "n = 40: must be one of 8, 16, 32"},
      {{WgmmaF16, 4, 1, 16, false}, kH100Limits, "n = 16: must be one of 8, 64, 128, 256"},
      {{WgmmaF16, 4, 1, 64, true}, kH100Limits, "A in registers"},
      {{WgmmaS8, 3, 1, 64, false}, kH100Limits, "warps = 3: wgmma takes 4 or 8"},
      {{WgmmaS8, 4, 2, 64, false}, kH100Limits, "chains = 2"},
      {{MmaS8, 0, 1}, kH100Limits, "warps = 0: must be 1..16"},
      {{MmaS8, 17, 1}, kH100Limits, "warps = 17"},
      {{MmaS8, 4, 5}, kH100Limits, "chains = 5: must be one of 1, 2, 3, 4, 6, 8"},
      {{MmaS8, 4, 1, 16}, kH100Limits, "n = 16: must be 8 for mma"},
      {{MmaS8, 4, 1, 8, false}, kH100Limits, "A in shared memory"},
      {{WgmmaSpS8, 8, 1, 256, false}, {90, 132, 48 * 1024, 0}, "bytes of shared memory"},
  };
  for (const BadIssue& each : bad) {
    const Status status = check(each.issue, each.device);
    EXPECT_FALSE(status);
    EXPECT_THAT(status.reason(), HasSubstr(each.reason));
  }
  EXPECT_THAT(check(DecodeCase{DecodeKind::Int4, 33}).reason(), HasSubstr("1..32"));
  EXPECT_THAT(check(SharedReadCase{0}).reason(), HasSubstr("1..32"));
  EXPECT_THAT(check(LatencyCase{MemoryLevel::L1, 32 << 10}).reason(), HasSubstr("4096..16384"));
  EXPECT_THAT(check(LatencyCase{MemoryLevel::L2, 5000}).reason(), HasSubstr("power of two"));
  EXPECT_THAT(check(ReadCase{1000}).reason(), HasSubstr("multiple of 1048576"));
  EXPECT_THAT(check(MicroOptions{.repetitions = 0}).reason(), HasSubstr("repetitions = 0"));
  EXPECT_THAT(check(MicroOptions{.read_footprints_bytes = {7}}).reason(),
              HasSubstr("footprint = 7 bytes"));
}

TEST(IssueOperands, AreZeroOrLegalOfTheirType) {
  constexpr uint64_t kSeed = 3;
  for (const MicroInstructionInfo& about : micro_instructions()) {
    const IssueOperands zero = make_issue_operands(about.instruction, OperandData::Zero, kSeed);
    EXPECT_EQ(std::set<uint32_t>(zero.registers.begin(), zero.registers.end()),
              std::set<uint32_t>{0});
    EXPECT_EQ(std::set<uint32_t>(zero.tiles.begin(), zero.tiles.end()), std::set<uint32_t>{0});
    const IssueOperands random = make_issue_operands(about.instruction, OperandData::Random, kSeed);
    for (const uint32_t word : random.metadata) {
      for (int shift = 0; shift < 32; shift += 4) {
        const uint32_t first = word >> shift & 3U;
        const uint32_t second = word >> (shift + 2) & 3U;
        ASSERT_LT(first, second);
      }
    }
    const bool is_half = about.type == "f16";
    const bool is_bfloat = about.type == "bf16";
    for (const uint32_t word : random.registers) {
      // Exponent of [1, 2): 15 of 5 bits, 127 of 8 bits.
      ASSERT_TRUE(!is_half || (word & 0x7C007C00U) == 0x3C003C00U) << word;
      ASSERT_TRUE(!is_bfloat || (word & 0x7F807F80U) == 0x3F803F80U) << word;
    }
  }
}

}  // namespace
}  // namespace olivine

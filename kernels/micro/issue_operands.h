// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/micro/micro_instruction.h"

namespace olivine {

// The power that a tensor core draws depends on how many wires toggle.
enum class OperandData : uint8_t { Random, Zero };

// What the loops on tensor instructions multiply (mma_issue.cuh, wgmma_issue.cuh), the same in
// every block. Words a thread:
//   registers  mma: two sets of A (4 words each), then two of B (4); wgmma RS: A of four steps
//   metadata   sparse instructions: of four steps, all nibbles legal
// and tiles of shared memory, 1,024-byte aligned: A of each warpgroup, then B. Integers are uniform
// over all bits, floats uniform in +-[1, 2): sums of a loop stay finite.
inline constexpr int kIssueThreads = 512;
inline constexpr int kIssueRegisters = 16;
inline constexpr int kIssueMetadata = 4;
inline constexpr int kIssueTileBytes = 96 * 1024;

struct IssueOperands {
  std::vector<uint32_t> registers;
  std::vector<uint32_t> metadata;
  std::vector<uint32_t> tiles;
};
[[nodiscard]] IssueOperands make_issue_operands(MicroInstruction instruction, OperandData data,
                                                uint64_t seed);

}  // namespace olivine

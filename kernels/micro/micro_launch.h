// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/micro/loop_timing.h"
#include "kernels/micro/metadata_map.h"
#include "kernels/micro/micro_plan.h"
#include "kernels/runtime/device.h"

// Launches of the kernels of this folder, each followed by a check of the launch. Callers have
// check()ed the case.
namespace olivine {

// Results of a loop go to `sink` so that no compiler can leave it out.
struct LoopOutput {
  TimedSpan* spans = nullptr;  // [block][warp below spans_per_block]
  int32_t* sink = nullptr;     // [block][thread]
  int spans_per_block = 0;
};

// IssueOperands on the device, and zeros that no compiler knows to be zeros.
struct IssueInput {
  const uint32_t* registers = nullptr;
  const uint32_t* metadata = nullptr;
  const uint32_t* tiles = nullptr;
  const uint32_t* zeros = nullptr;  // kIssueZeros a thread
};
inline constexpr int kIssueZeros = 32;  // 8 chains of 4 registers

// Instructions of a warp (warpgroup) in one iteration, without a branch between them.
[[nodiscard]] constexpr int issue_instructions(const IssueCase& issue, bool is_wgmma) {
  constexpr int kMmas = 64;
  constexpr int kWgmmas = 16;
  return is_wgmma ? kWgmmas : kMmas / issue.chains * issue.chains;
}

void launch_mma_issue(const IssueCase& issue, const IssueInput& input, const LoopOutput& output,
                      int64_t blocks, int iterations, StreamHandle stream);
void launch_wgmma_issue(const IssueCase& issue, const IssueInput& input, const LoopOutput& output,
                        int64_t blocks, int iterations, StreamHandle stream);
// One block. Input as of mma s8.
void launch_decode(const DecodeCase& decode, const IssueInput& input, const LoopOutput& output,
                   int iterations, StreamHandle stream);
// Elements that a thread decodes in one iteration.
inline constexpr int kDecodeElements = 64;

// Chains of addresses, kChainStrideBytes apart, in an order that no prefetcher follows.
inline constexpr int kChainStrideBytes = 128;
void launch_chain_fill(void* memory, int64_t bytes, StreamHandle stream);
// Contract: launch_chain_fill() of the same memory, except for MemoryLevel::Shared.
void launch_latency(const LatencyCase& latency, const void* memory, int loads,
                    const LoopOutput& output, StreamHandle stream);
void launch_shared_read(const SharedReadCase& read, const LoopOutput& output, int iterations,
                        StreamHandle stream);
inline constexpr int kSharedReads = 16;  // of 16 bytes, of a thread in one iteration

// `blocks` blocks of kReadThreads threads load `loads` times 16 bytes each, a multiple of
// kReadUnrolled, wrapping around at the end. Contract: bytes is a multiple of 1 MiB.
inline constexpr int kReadThreads = 512;
inline constexpr int kReadBlocksPerSm = 2;
inline constexpr int kReadUnrolled = 4;
void launch_read(const void* memory, int64_t bytes, int64_t blocks, int64_t loads,
                 const LoopOutput& output, StreamHandle stream);

void launch_empty(int64_t blocks, StreamHandle stream);

void launch_mma_metadata_probe(const MetadataProbeParams& params, StreamHandle stream);
void launch_wgmma_metadata_probe(MetadataInstruction instruction, const MetadataProbeParams& params,
                                 StreamHandle stream);

}  // namespace olivine

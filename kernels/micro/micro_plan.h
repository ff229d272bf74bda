// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/status.h"
#include "kernels/micro/micro_instruction.h"

namespace olivine {

struct MicroOptions {
  int repetitions = 7;  // of each measurement, after one that does not count
  uint64_t seed = 1;
  // Memory that is read at full speed: from L2 where it fits, from HBM from a few times L2 on.
  std::vector<int64_t> read_footprints_bytes = {
      int64_t{2} << 20,  int64_t{4} << 20,  int64_t{8} << 20,   int64_t{16} << 20,
      int64_t{32} << 20, int64_t{64} << 20, int64_t{256} << 20, int64_t{1} << 30};
};

// One SM issues nothing but this instruction. Warps are dealt to the four sub-cores in turn; a
// warp's chains are accumulators that do not wait for each other (wgmma: one).
struct IssueCase {
  MicroInstruction instruction = MicroInstruction::MmaS8;
  int warps = 1;
  int chains = 1;
  int n = kMmaColumns;
  bool a_in_registers = true;
};
inline constexpr std::array kIssueWarps = {1, 2, 4, 8, 12, 16};
inline constexpr std::array kIssueChains = {1, 2, 3, 4, 6, 8};
inline constexpr std::array kWgmmaColumns = {8, 16, 32, 64, 96, 128, 192, 256};
inline constexpr std::array kWgmmaF16Columns = {8, 64, 128, 256};  // SS alone
inline constexpr int kWarpgroupWarps = 4;

// Decoding 4-bit elements to int8 in registers, the results fed to mma.
enum class DecodeKind : uint8_t { Ovp4, Int4 };
struct DecodeCase {
  DecodeKind kind = DecodeKind::Ovp4;
  int warps = 4;  // of one SM
};
inline constexpr std::array kDecodeWarps = {4, 8, 16, 32};

// One thread follows a chain of addresses through memory of that footprint.
enum class MemoryLevel : uint8_t { Shared, L1, L2, Global };
struct LatencyCase {
  MemoryLevel level = MemoryLevel::Shared;
  int64_t footprint_bytes = 0;
};

struct SharedReadCase {
  int warps = 8;  // of one SM, 16 bytes a thread
};

struct ReadCase {
  int64_t footprint_bytes = 0;
};

struct LaunchCase {
  int64_t blocks = 1;
};

struct MicroPlan {
  std::vector<IssueCase> issue;
  std::vector<DecodeCase> decode;
  std::vector<LatencyCase> latency;
  std::vector<SharedReadCase> shared_read;
  std::vector<ReadCase> read;
  std::vector<LaunchCase> launch;
};

// Everything that is measured on such a device; check() refuses none of it.
[[nodiscard]] MicroPlan micro_plan(const MicroOptions& options, const DeviceLimits& device);

// Bytes a warp's thread holds, bytes of shared memory of a wgmma case: A and B tiles of 128 bytes
// a row, four steps along k.
inline constexpr int kIssueSpanBytes = 128;
inline constexpr int kIssueSteps = 4;
[[nodiscard]] constexpr int issue_a_bytes() { return 64 * kIssueSpanBytes; }  // of a warpgroup
[[nodiscard]] constexpr int issue_b_bytes(int n, bool is_sparse) {
  return n * kIssueSpanBytes * (is_sparse ? 2 : 1);
}
// Tiles start at multiples of 1,024 bytes.
[[nodiscard]] int issue_shared_bytes(const IssueCase& issue);

// Whether the device can run it; the reason names what is legal.
[[nodiscard]] Status check(const MicroOptions& options);
[[nodiscard]] Status check(const IssueCase& issue, const DeviceLimits& device);
[[nodiscard]] Status check(const DecodeCase& decode);
[[nodiscard]] Status check(const LatencyCase& latency);
[[nodiscard]] Status check(const SharedReadCase& read);
[[nodiscard]] Status check(const ReadCase& read);

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/micro_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace olivine {
namespace {

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;
constexpr int kMaxWarps = 32;
constexpr int kTileAlignment = 1024;
// The chain of L1 fits any L1, that of L2 one of its partitions; that of HBM is many times L2.
constexpr std::array kLatencyCases = {
    LatencyCase{MemoryLevel::Shared, 16 * kKiB}, LatencyCase{MemoryLevel::L1, 16 * kKiB},
    LatencyCase{MemoryLevel::L2, 2 * kMiB}, LatencyCase{MemoryLevel::Global, 512 * kMiB}};
constexpr std::array kSharedReadWarps = {4, 8, 16, 32};
constexpr int kMaxRepetitions = 1000;

template <class Value, size_t count>
bool contains(const std::array<Value, count>& values, Value value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

void add_mma_cases(MicroInstruction instruction, std::vector<IssueCase>& cases) {
  for (const int warps : kIssueWarps) {
    for (const int chains : kIssueChains) cases.push_back({instruction, warps, chains});
  }
}

void add_wgmma_cases(MicroInstruction instruction, std::vector<IssueCase>& cases) {
  const bool is_f16 = instruction == MicroInstruction::WgmmaF16;
  const std::span<const int> columns =
      is_f16 ? std::span<const int>{kWgmmaF16Columns} : std::span<const int>{kWgmmaColumns};
  for (const int n : columns) {
    for (const bool a_in_registers : {false, true}) {
      if (is_f16 && a_in_registers) continue;
      for (const int warpgroups : {1, 2}) {
        cases.push_back({instruction, warpgroups * kWarpgroupWarps, 1, n, a_in_registers});
      }
    }
  }
}

Status refuse_wgmma(const IssueCase& issue, const DeviceLimits& device) {
  const bool is_f16 = issue.instruction == MicroInstruction::WgmmaF16;
  const std::span<const int> columns =
      is_f16 ? std::span<const int>{kWgmmaF16Columns} : std::span<const int>{kWgmmaColumns};
  if (std::find(columns.begin(), columns.end(), issue.n) == columns.end()) {
    return Status::refuse(
        fmt::format("n = {}: must be one of {}", issue.n, fmt::join(columns, ", ")));
  }
  if (is_f16 && issue.a_in_registers) {
    return Status::refuse("A in registers: wgmma of f16 is measured with A in shared memory");
  }
  if (issue.warps != kWarpgroupWarps && issue.warps != 2 * kWarpgroupWarps) {
    return Status::refuse(fmt::format("warps = {}: wgmma takes 4 or 8", issue.warps));
  }
  if (issue.chains != 1) {
    return Status::refuse(fmt::format("chains = {}: must be 1 for wgmma", issue.chains));
  }
  const int bytes = issue_shared_bytes(issue);
  if (bytes > device.shared_bytes_per_block) {
    return Status::refuse(fmt::format("{} bytes of shared memory: the device has {}", bytes,
                                      device.shared_bytes_per_block));
  }
  return {};
}

Status refuse_mma(const IssueCase& issue) {
  if (issue.n != kMmaColumns) {
    return Status::refuse(fmt::format("n = {}: must be {} for mma", issue.n, kMmaColumns));
  }
  if (!issue.a_in_registers) {
    return Status::refuse("A in shared memory: mma takes it from registers");
  }
  if (issue.warps < 1 || issue.warps > kIssueWarps.back()) {
    return Status::refuse(
        fmt::format("warps = {}: must be 1..{}", issue.warps, kIssueWarps.back()));
  }
  if (!contains(kIssueChains, issue.chains)) {
    return Status::refuse(
        fmt::format("chains = {}: must be one of {}", issue.chains, fmt::join(kIssueChains, ", ")));
  }
  return {};
}

Status refuse_warps(int warps) {
  if (warps >= 1 && warps <= kMaxWarps) return {};
  return Status::refuse(fmt::format("warps = {}: must be 1..{}", warps, kMaxWarps));
}

}  // namespace

int issue_shared_bytes(const IssueCase& issue) {
  if (!info(issue.instruction).is_wgmma) return 0;
  return issue.warps / kWarpgroupWarps * issue_a_bytes() +
         issue_b_bytes(issue.n, info(issue.instruction).is_sparse) + kTileAlignment;
}

MicroPlan micro_plan(const MicroOptions& options, const DeviceLimits& device) {
  MicroPlan plan;
  for (const MicroInstructionInfo& about : micro_instructions()) {
    if (device.compute_capability < about.min_capability ||
        device.compute_capability > about.max_capability) {
      continue;
    }
    if (about.is_wgmma) {
      add_wgmma_cases(about.instruction, plan.issue);
    } else {
      add_mma_cases(about.instruction, plan.issue);
    }
  }
  for (const DecodeKind kind : {DecodeKind::Ovp4, DecodeKind::Int4}) {
    for (const int warps : kDecodeWarps) plan.decode.push_back({kind, warps});
  }
  plan.latency.assign(kLatencyCases.begin(), kLatencyCases.end());
  for (const int warps : kSharedReadWarps) plan.shared_read.push_back({warps});
  for (const int64_t bytes : options.read_footprints_bytes) plan.read.push_back({bytes});
  plan.launch = {{1}, {device.sm_count}, {8 * int64_t{device.sm_count}}};
  return plan;
}

Status check(const MicroOptions& options) {
  if (options.repetitions < 1 || options.repetitions > kMaxRepetitions) {
    return Status::refuse(
        fmt::format("repetitions = {}: must be 1..{}", options.repetitions, kMaxRepetitions));
  }
  for (const int64_t bytes : options.read_footprints_bytes) {
    if (Status status = check(ReadCase{bytes}); !status) return status;
  }
  return {};
}

Status check(const IssueCase& issue, const DeviceLimits& device) {
  const MicroInstructionInfo& about = info(issue.instruction);
  if (device.compute_capability < about.min_capability ||
      device.compute_capability > about.max_capability) {
    return Status::refuse(fmt::format(
        "{} on compute capability {}: needs {}..{}", instruction_name(issue.instruction, issue.n),
        device.compute_capability, about.min_capability, about.max_capability));
  }
  return about.is_wgmma ? refuse_wgmma(issue, device) : refuse_mma(issue);
}

Status check(const DecodeCase& decode) { return refuse_warps(decode.warps); }

Status check(const LatencyCase& latency) {
  const auto* largest =
      std::find_if(kLatencyCases.begin(), kLatencyCases.end(),
                   [&](const LatencyCase& known) { return known.level == latency.level; });
  // Powers of two: the chain's step is a full cycle modulo their number of lines.
  const int64_t bytes = latency.footprint_bytes;
  if (bytes >= 4 * kKiB && bytes <= largest->footprint_bytes && (bytes & (bytes - 1)) == 0)
    return {};
  return Status::refuse(fmt::format("footprint = {} bytes: must be a power of two of 4096..{}",
                                    bytes, largest->footprint_bytes));
}

Status check(const SharedReadCase& read) { return refuse_warps(read.warps); }

Status check(const ReadCase& read) {
  constexpr int64_t kLargest = int64_t{8} << 30;
  if (read.footprint_bytes >= kMiB && read.footprint_bytes <= kLargest &&
      read.footprint_bytes % kMiB == 0) {
    return {};
  }
  return Status::refuse(fmt::format("footprint = {} bytes: must be a multiple of {} up to {}",
                                    read.footprint_bytes, kMiB, kLargest));
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <algorithm>
#include <map>
#include <utility>

#include "kernels/micro/micro.h"
#include "kernels/micro/micro_device.h"
#include "kernels/micro/wgmma_interval.h"
#include "kernels/runtime/stream.h"
#include "models/base/error.h"

namespace olivine {
namespace {

constexpr int kMaxWarps = 32;
constexpr int kSubCores = 4;
constexpr int kLatencyLoads = 2048;
constexpr double kWarmUpSeconds = 0.3;
// Some ten thousand cycles between the two, so that the few of reading the clock do not matter.
constexpr IterationPair kMmaIterations = {16, 48};
constexpr IterationPair kWgmmaIterations = {8, 40};
constexpr IterationPair kDecodeIterations = {4, 20};
constexpr IterationPair kSharedReadIterations = {16, 80};
constexpr int kClockIterations = 2000;  // milliseconds: the device's timer moves in steps of 1 us
constexpr int kGraphLaunches = 256;
// Read in a launch; a millisecond or less.
constexpr int64_t kReadBytes = int64_t{2} << 30;
// The chain of MemoryLevel::Global, and behind it what is read to throw it out of L2.
constexpr int64_t kChainBytes = int64_t{512} << 20;
constexpr int64_t kFlushBytes = int64_t{256} << 20;
constexpr uint8_t kFiller = 0x5A;

int64_t arena_bytes(const MicroOptions& options) {
  int64_t bytes = kChainBytes + kFlushBytes;
  for (const int64_t footprint : options.read_footprints_bytes) bytes = std::max(bytes, footprint);
  return bytes;
}

std::string_view latency_name(MemoryLevel level) {
  switch (level) {
    case MemoryLevel::Shared:
      return "smem_latency";
    case MemoryLevel::L1:
      return "L1_latency";
    case MemoryLevel::L2:
      return "L2_latency";
    case MemoryLevel::Global:
      return "global_latency";
  }
  OLV_CHECK(false, "memory level {}", static_cast<int>(level));
}

class MicroRun {
 public:
  MicroRun(const MicroOptions& options, const DeviceLimits& device, StreamHandle stream)
      : options_{options}, device_{device}, stream_{stream}, arena_{arena_bytes(options)} {
    fill_bytes(arena_.data(), kFiller, arena_.bytes(), stream_);
  }

  std::vector<MicroResult> run();

 private:
  // Samples of a loop: `launch` queues it with those iterations.
  template <class Launch>
  std::vector<double> time_loop(int warps, const IterationPair& iterations, const Launch& launch);
  // Spans of repetitions() launches of `blocks` blocks, the first only to warm up.
  template <class Launch>
  std::vector<TimedSpan> time_launches(int64_t blocks, const Launch& launch);

  void measure(const IssueCase& issue);
  void measure(const DecodeCase& decode);
  void measure(const LatencyCase& latency);
  void measure(const SharedReadCase& read);
  void measure(const ReadCase& read);
  void measure(const LaunchCase& launch);
  void measure_clock();

  const IssueBuffers& operands_of(MicroInstruction instruction);
  MicroResult& add(MicroResult result, std::string_view instruction);
  [[nodiscard]] int repetitions() const { return options_.repetitions + 1; }

  MicroOptions options_;
  DeviceLimits device_;
  StreamHandle stream_;
  DeviceBuffer arena_;
  std::map<MicroInstruction, IssueBuffers> operands_;
  std::vector<MicroResult> results_;
};

MicroResult& MicroRun::add(MicroResult result, std::string_view instruction) {
  result.instruction = instruction;
  return results_.emplace_back(std::move(result));
}

const IssueBuffers& MicroRun::operands_of(MicroInstruction instruction) {
  const auto known = operands_.find(instruction);
  if (known != operands_.end()) return known->second;
  const IssueOperands operands =
      make_issue_operands(instruction, OperandData::Random, options_.seed);
  return operands_.try_emplace(instruction, operands, stream_).first->second;
}

template <class Launch>
std::vector<double> MicroRun::time_loop(int warps, const IterationPair& iterations,
                                        const Launch& launch) {
  const SpanBuffer spans{2 * int64_t{repetitions()}, warps, int64_t{kMaxWarps} * 32};
  for (int64_t repetition = 0; repetition < repetitions(); ++repetition) {
    launch(iterations.few, spans.output(2 * repetition, warps));
    launch(iterations.many, spans.output(2 * repetition + 1, warps));
  }
  return cycles_per_iteration(spans.read(stream_), warps, iterations);
}

template <class Launch>
std::vector<TimedSpan> MicroRun::time_launches(int64_t blocks, const Launch& launch) {
  const SpanBuffer spans{repetitions(), blocks, blocks * kReadThreads};
  for (int64_t repetition = 0; repetition < repetitions(); ++repetition) {
    launch(spans.output(repetition, 1));
  }
  return spans.read(stream_);
}

void MicroRun::measure(const IssueCase& issue) {
  const MicroInstructionInfo& about = info(issue.instruction);
  const IssueInput input = operands_of(issue.instruction).input();
  const auto launch = [&](int iterations, const LoopOutput& output) {
    (about.is_wgmma ? launch_wgmma_issue : launch_mma_issue)(issue, input, output, 1, iterations,
                                                             stream_);
  };
  std::vector<double> samples =
      time_loop(issue.warps, about.is_wgmma ? kWgmmaIterations : kMmaIterations, launch);
  // Instructions of one sub-core, or, of wgmma, of the SM.
  const int issuers = about.is_wgmma ? issue.warps / kWarpgroupWarps : issue.warps;
  const int units = about.is_wgmma ? 1 : std::min(issue.warps, kSubCores);
  const double instructions =
      static_cast<double>(issue_instructions(issue, about.is_wgmma)) * issuers / units;
  for (double& sample : samples) sample /= instructions;

  MicroResult& result = add(make_micro_result("issue_interval", "cycle", std::move(samples)),
                            instruction_name(issue.instruction, issue.n));
  result.opcode = issue.instruction;
  result.parameters.warps = issue.warps;
  result.parameters.ilp = issue.chains;
  result.parameters.n = issue.n;
  result.parameters.is_sparse = about.is_sparse;
  if (about.is_wgmma) {
    result.parameters.a_in_registers = issue.a_in_registers;
    result.expected = wgmma_interval_cycles({issue.n, issue.a_in_registers, about.is_sparse});
  }
}

void MicroRun::measure(const DecodeCase& decode) {
  const IssueInput input = operands_of(MicroInstruction::MmaS8).input();
  std::vector<double> samples =
      time_loop(decode.warps, kDecodeIterations, [&](int iterations, const LoopOutput& output) {
        launch_decode(decode, input, output, iterations, stream_);
      });
  const double elements = 32.0 * kDecodeElements * decode.warps;
  for (double& sample : samples) sample = elements / sample;
  MicroResult& result = add(make_micro_result("decode_rate", "element/clk/SM", std::move(samples)),
                            decode.kind == DecodeKind::Ovp4 ? "ovp4" : "int4");
  result.parameters.warps = decode.warps;
}

void MicroRun::measure(const LatencyCase& latency) {
  if (latency.level != MemoryLevel::Shared) {
    launch_chain_fill(arena_.data(), latency.footprint_bytes, stream_);
  }
  const int64_t flush_blocks = int64_t{device_.sm_count} * kReadBlocksPerSm;
  const int64_t flush_loads = kFlushBytes / 16 / (flush_blocks * kReadThreads) + kReadUnrolled;
  const SpanBuffer flushed{1, flush_blocks, flush_blocks * kReadThreads};
  const std::vector<TimedSpan> spans = time_launches(1, [&](const LoopOutput& output) {
    if (latency.level == MemoryLevel::Global) {
      launch_read(arena_.data<std::byte>() + kChainBytes, kFlushBytes, flush_blocks,
                  flush_loads / kReadUnrolled * kReadUnrolled, flushed.output(0, 1), stream_);
    }
    launch_latency(latency, arena_.data(), kLatencyLoads, output, stream_);
  });
  std::vector<double> samples;
  for (const TimedSpan& span : std::span{spans}.subspan(1)) {
    samples.push_back(elapsed_cycles({&span, 1}) / kLatencyLoads);
  }
  add(make_micro_result(std::string{latency_name(latency.level)}, "cycle", std::move(samples)),
      "memory")
      .parameters.footprint_bytes = latency.footprint_bytes;
}

void MicroRun::measure(const SharedReadCase& read) {
  std::vector<double> samples =
      time_loop(read.warps, kSharedReadIterations, [&](int iterations, const LoopOutput& output) {
        launch_shared_read(read, output, iterations, stream_);
      });
  const double bytes = 32.0 * 16 * kSharedReads * read.warps;
  for (double& sample : samples) sample = bytes / sample;
  add(make_micro_result("smem_bandwidth", "B/clk/SM", std::move(samples)), "memory")
      .parameters.warps = read.warps;
}

void MicroRun::measure(const ReadCase& read) {
  const int64_t blocks = int64_t{device_.sm_count} * kReadBlocksPerSm;
  const int64_t threads = blocks * kReadThreads;
  const int64_t step_bytes = threads * 16 * kReadUnrolled;
  const int64_t bytes = std::max(kReadBytes, read.footprint_bytes);
  const int64_t loads = (bytes + step_bytes - 1) / step_bytes * kReadUnrolled;
  const std::vector<TimedSpan> spans = time_launches(blocks, [&](const LoopOutput& output) {
    launch_read(arena_.data(), read.footprint_bytes, blocks, loads, output, stream_);
  });
  std::vector<double> samples;
  for (int repetition = 1; repetition < repetitions(); ++repetition) {
    const auto first = static_cast<size_t>(repetition * blocks);
    const double ns = elapsed_ns(std::span{spans}.subspan(first, static_cast<size_t>(blocks)));
    constexpr double kTeraPerSecond = 1e-3;  // of bytes a nanosecond
    samples.push_back(static_cast<double>(loads * threads * 16) / ns * kTeraPerSecond);
  }
  add(make_micro_result("read_bandwidth", "TB/s", std::move(samples)), "memory")
      .parameters.footprint_bytes = read.footprint_bytes;
}

void MicroRun::measure(const LaunchCase& launch) {
  launch_empty(launch.blocks, stream_);  // loads the kernel: not something to do while capturing
  const Graph graph{kGraphLaunches,
                    [&](StreamHandle stream) { launch_empty(launch.blocks, stream); }};
  graph.upload(stream_);
  const Event start;
  const Event stop;
  std::vector<double> samples;
  for (int repetition = 0; repetition < repetitions(); ++repetition) {
    start.record(stream_);
    graph.launch(stream_);
    stop.record(stream_);
    const double us = elapsed_us(start, stop) / kGraphLaunches;
    if (repetition > 0) samples.push_back(us);
  }
  add(make_micro_result("launch_floor", "us", std::move(samples)), "launch").parameters.blocks =
      launch.blocks;
}

void MicroRun::measure_clock() {
  const IssueCase issue{.warps = kIssueWarps.back(), .chains = 4};
  const IssueInput input = operands_of(issue.instruction).input();
  const std::vector<TimedSpan> spans = time_launches(1, [&](const LoopOutput& output) {
    launch_mma_issue(issue, input, output, 1, kClockIterations, stream_);
  });
  std::vector<double> samples;
  for (const TimedSpan& span : std::span{spans}.subspan(1)) samples.push_back(clock_hz(span));
  MicroResult& result = add(make_micro_result("sm_clock", "Hz", std::move(samples)),
                            instruction_name(issue.instruction, issue.n));
  result.parameters.warps = issue.warps;
}

std::vector<MicroResult> MicroRun::run() {
  // Clocks rise within milliseconds of the first load, those of memory too.
  static_cast<void>(run_sustained({.seconds = kWarmUpSeconds, .seed = options_.seed}, stream_));
  const MicroPlan plan = micro_plan(options_, device_);
  measure_clock();
  const auto measure_all = [&](const auto& cases) {
    for (const auto& each : cases) measure(each);
  };
  measure_all(plan.issue);
  measure_all(plan.decode);
  measure_all(plan.latency);
  measure_all(plan.shared_read);
  measure_all(plan.read);
  measure_all(plan.launch);
  return std::move(results_);
}

}  // namespace

std::vector<MicroResult> run_micro(const MicroOptions& options, StreamHandle stream) {
  const Status status = check(options);
  OLV_CHECK(static_cast<bool>(status), "micro-measurements: {}", status.reason());
  return MicroRun{options, current_device_limits(), stream}.run();
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <algorithm>
#include <cmath>

#include "kernels/micro/micro.h"
#include "kernels/micro/micro_device.h"
#include "models/base/error.h"

namespace olivine {
namespace {

class SustainedRun {
 public:
  SustainedRun(const SustainedOptions& options, int64_t blocks, StreamHandle stream)
      : issue_{sustained_case(options)},
        blocks_{blocks},
        stream_{stream},
        operands_{make_issue_operands(options.instruction, options.data, options.seed), stream} {}

  // Spans [launch][block].
  [[nodiscard]] std::vector<TimedSpan> launch(int64_t launches, int iterations) const {
    const SpanBuffer spans{launches, blocks_, blocks_ * 32 * issue_.warps};
    const auto queue = info(issue_.instruction).is_wgmma ? launch_wgmma_issue : launch_mma_issue;
    for (int64_t i = 0; i < launches; ++i) {
      queue(issue_, operands_.input(), spans.output(i, 1), blocks_, iterations, stream_);
    }
    return spans.read(stream_);
  }

  // Iterations of a launch of kSustainedLaunchSeconds.
  [[nodiscard]] int calibrate() const {
    constexpr int kIterations = 64;  // tens of microseconds
    constexpr double kLaunchNs = kSustainedLaunchSeconds * 1e9;
    const std::vector<TimedSpan> spans = launch(2, kIterations);  // the first one loads the kernel
    const auto blocks = static_cast<size_t>(blocks_);
    const double ns = elapsed_ns(std::span{spans}.subspan(blocks, blocks));
    return static_cast<int>(std::clamp(kIterations * kLaunchNs / std::max(ns, 1.0), 1.0, 1e7));
  }

  [[nodiscard]] SustainedResult run(double seconds) const {
    const int iterations = calibrate();
    const auto launches = std::max<int64_t>(2, std::llround(seconds / kSustainedLaunchSeconds));
    return summarize_sustained(launch(launches, iterations), blocks_,
                               sustained_operations(issue_, blocks_, iterations));
  }

 private:
  IssueCase issue_;
  int64_t blocks_;
  StreamHandle stream_;
  IssueBuffers operands_;
};

}  // namespace

SustainedResult run_sustained(const SustainedOptions& options, StreamHandle stream) {
  const DeviceLimits device = current_device_limits();
  const Status status = check_sustained(options, device);
  OLV_CHECK(static_cast<bool>(status), "sustained load: {}", status.reason());
  return SustainedRun{options, device.sm_count, stream}.run(options.seconds);
}

}  // namespace olivine

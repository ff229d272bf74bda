// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/stage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "models/base/error.h"

namespace olivine::view {
namespace {

bool has_stage(const Recording& recording, int64_t cycle, Stage stage) {
  return std::any_of(recording.folds.begin(), recording.folds.end(), [&](const FoldRecord& fold) {
    return stage_of(recording, fold, cycle) == stage;
  });
}

std::string describe(const Recording& recording, size_t index, int64_t cycle) {
  const FoldRecord& fold = recording.folds[index];
  switch (stage_of(recording, fold, cycle)) {
    case Stage::Waiting:
    case Stage::Done:
      return "";
    case Stage::Preload:
      return fmt::format("fold {} preloads {}/{}", index, cycle - *fold.preload_at + 1,
                         recording.geometry.rows);
    case Stage::Ready:
      return fmt::format("fold {} is preloaded", index);
    case Stage::Stream:
      return fmt::format("fold {} streams {}/{}", index, cycle - fold.start_at + 1, fold.stream);
    case Stage::Drain:
      return fmt::format("fold {} drains", index);
  }
  OLV_CHECK(false, "fold {}", index);
}

std::string_view waits_for(StallCause cause) {
  switch (cause) {
    case StallCause::Activations:
      return "activations of the next tile have not arrived from memory";
    case StallCause::Weights:
      return "weights of the next tile have not arrived from memory";
    case StallCause::PartialSums:
      return "partial sums that were spilled are still on their way back from memory";
    case StallCause::BufferFull:
      return "both halves of the output scratchpad are full";
    case StallCause::WriteBack:
      return "the last outputs are leaving for memory";
  }
  OLV_CHECK(false, "cause {}", static_cast<int>(cause));
}

// Names of what stays in the PEs, what streams past it, and what an output's column is called.
struct Roles {
  std::string_view stationary, streamed;
};

Roles roles_of(Dataflow dataflow) {
  if (dataflow == Dataflow::InputStationary) return {"activations (A)", "weights (B)"};
  return {"weights (B)", "activations (A)"};
}

std::string explain_output_stationary(const Recording& recording, int64_t cycle) {
  const bool is_streaming = has_stage(recording, cycle, Stage::Stream);
  const bool is_draining = has_stage(recording, cycle, Stage::Drain);
  if (is_streaming && is_draining) {
    return "The last operand of a fold copies each finished sum to the hold register as it passes; "
           "held sums move down and out while the next fold already streams.";
  }
  if (is_streaming) {
    return "A enters from the left, B from the top, each row and column a cycle after its "
           "neighbour (skew), so that partners meet. Every PE adds their product to its sum.";
  }
  return "No operand is left to enter. Once its last row has finished, a column shifts its hold "
         "registers down: the bottom row leaves first.";
}

std::string explain_stationary(const Recording& recording, int64_t cycle) {
  const Roles roles = roles_of(recording.geometry.dataflow);
  const bool is_preloading = has_stage(recording, cycle, Stage::Preload);
  const bool is_streaming = has_stage(recording, cycle, Stage::Stream);
  const bool is_swapping =
      std::any_of(recording.folds.begin(), recording.folds.end(), [&](const FoldRecord& fold) {
        const int64_t age = cycle - fold.start_at;
        return age >= 0 && age <= recording.geometry.rows + recording.geometry.cols - 2;
      });
  if (is_swapping) {
    return fmt::format(
        "The first operand of a fold carries the swap flag: every PE it reaches takes next as "
        "active, a diagonal wave behind which the new {} are in use.",
        roles.stationary);
  }
  if (is_streaming) {
    return fmt::format(
        "{} move right past the {}, each row a cycle after the one above (skew); partial sums move "
        "down, gain a product in every PE and leave at the bottom.",
        roles.streamed, roles.stationary);
  }
  if (is_preloading) {
    return fmt::format(
        "{} come down the pass registers, those of the last row first. When a column is complete "
        "the capture flag makes every PE take its own into next.",
        roles.stationary);
  }
  return "No operand is left to enter. The last partial sums move down a row a cycle and leave at "
         "the bottom.";
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

}  // namespace

Stage stage_of(const Recording& recording, const FoldRecord& fold, int64_t cycle) {
  if (cycle > fold.last_output_at) return Stage::Done;
  if (cycle >= fold.start_at + fold.stream) return Stage::Drain;
  if (cycle >= fold.start_at) return Stage::Stream;
  if (!fold.preload_at || cycle < *fold.preload_at) return Stage::Waiting;
  return cycle < *fold.preload_at + recording.geometry.rows ? Stage::Preload : Stage::Ready;
}

Phase phase_of(const Recording& recording, const Frame& frame) {
  if (frame.stall) return Phase::Stall;
  if (has_stage(recording, frame.cycle, Stage::Stream)) return Phase::Stream;
  if (has_stage(recording, frame.cycle, Stage::Preload)) return Phase::Preload;
  if (has_stage(recording, frame.cycle, Stage::Drain)) return Phase::Drain;
  return Phase::Idle;
}

std::string_view name_of(Phase phase) {
  constexpr std::array<std::string_view, 5> kNames = {"idle", "preload", "stream", "drain",
                                                      "stall"};
  return kNames[static_cast<size_t>(phase)];
}

std::string caption(const Recording& recording, const Frame& frame) {
  std::vector<std::string> parts;
  if (frame.stall) {
    parts.push_back(
        fmt::format("waits for {}", kStallCauseNames[static_cast<size_t>(*frame.stall)]));
  }
  for (size_t i = 0; i < recording.folds.size(); ++i) {
    std::string part = describe(recording, i, frame.cycle);
    if (!part.empty()) parts.push_back(std::move(part));
  }
  return parts.empty() ? "nothing moves" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string explanation(const Recording& recording, const Frame& frame) {
  if (frame.stall) {
    return fmt::format("The array is free, but {}.", waits_for(*frame.stall));
  }
  if (phase_of(recording, frame) == Phase::Idle) {
    return frame.cycle < recording.folds.front().start_at
               ? "The first operands are on their way from memory."
               : "The array is empty; what is left is outside it.";
  }
  return capitalized(recording.geometry.is_output_stationary()
                         ? explain_output_stationary(recording, frame.cycle)
                         : explain_stationary(recording, frame.cycle));
}

std::string title(const Recording& recording) {
  constexpr std::array<std::string_view, 3> kNames = {"weight stationary", "output stationary",
                                                      "input stationary"};
  const ArrayGeometry& geometry = recording.geometry;
  return fmt::format("{} x {} PEs, {}, {}", geometry.rows, geometry.cols,
                     kNames[static_cast<size_t>(geometry.dataflow)],
                     geometry.pipelining == Pipelining::Serial ? "serial" : "overlapped");
}

std::string subtitle(const Recording& recording) {
  const GemmShape& shape = recording.shape;
  return fmt::format("C[{0},{1}] = A[{0},{2}] B[{2},{1}], {3}, {4} fold{5}, {6} cycles", shape.m,
                     shape.n, shape.k, recording.scheme.name, recording.folds.size(),
                     recording.folds.size() == 1 ? "" : "s", recording.timing.cycles);
}

}  // namespace olivine::view

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "models/numerics/format.h"

namespace olivine {

class PeArray;

// What an accelerator is built for: the parameters of rtl/accelerator.
struct AcceleratorLimits {
  int64_t rows = 0;
  int64_t cols = 0;
  bool is_output_stationary = false;  // else ws, and is with the operands swapped
  bool is_sparse = false;             // can run 2:4 operands from the top
  int64_t buffer_depth = 0;           // words of a bank in one half of an operand scratchpad
  int64_t output_depth = 0;           // results of a column in one half of the output scratchpad
};

// Throws ConfigError with every reason why no such accelerator can be built: "output_depth = 8:
// must be at least the 16 rows of an os array".
void validate(const AcceleratorLimits& limits);

// Static between resets.
struct StreamFormats {
  Format left = Format::Int4;
  Format top = Format::Int4;
  int left_bias = 0;  // exponent bias of outliers; anything for formats without
  int top_bias = 0;
  bool is_sparse = false;      // the top is 2:4
  bool is_overlapped = false;  // preload and drain hide behind streaming
};

// Formats with the biases of OliVe's paper.
[[nodiscard]] StreamFormats make_stream_formats(Format left, Format top, bool is_sparse,
                                                bool is_overlapped);

// One command of the fold stream.
struct FoldCommand {
  int64_t length = 0;        // cycles it streams
  int64_t results = 0;       // ws, is: operands streamed; os: row elements in use
  int64_t base = 0;          // of its results in a half of the output scratchpad
  bool drains = false;       // completes its half: what it holds leaves
  bool accumulates = false;  // its addresses of the half hold sums already
  bool keeps_left = false;   // the next fold uses its left block again
};

// A beat of an operand stream: one word for every pair of lines, as rtl/accelerator lays it out.
struct StreamBeat {
  std::span<const uint32_t> words;
  bool is_last = false;  // ends the block of a fold
  bool is_odd = false;   // with is_last: the block begins with the odd element of its first pair
};

// What software drives in one cycle.
struct StreamInputs {
  const FoldCommand* fold = nullptr;  // null: no fold is offered
  std::optional<StreamBeat> left, top;
  bool is_output_ready = true;
};

// What the accelerator shows in that cycle, before the clock edge that ends it.
struct StreamOutputs {
  bool takes_fold = false;  // the fold that is offered starts in this cycle
  bool left_ready = false;  // takes a beat, if one is offered
  bool top_ready = false;
  bool has_beat = false;             // of results; leaves if the output is ready, else stays
  bool is_last = false;              // it is the last one of its region
  std::span<const int32_t> columns;  // has_beat: one word a physical column, until the next cycle
  bool preloads = false;             // the preload of a fold starts
  bool is_busy = false;              // the array works
};

// The four ready/valid streams of rtl/accelerator/accelerator.sv as software sees them, cycle by
// cycle. Folds start in the order of their commands. Each takes the next block from the top, and
// the next one from the left unless the fold before kept its own.
class AcceleratorCore {
 public:
  explicit AcceleratorCore(const AcceleratorLimits& limits) : limits_(limits) {}
  virtual ~AcceleratorCore() = default;
  AcceleratorCore(const AcceleratorCore&) = delete;
  AcceleratorCore& operator=(const AcceleratorCore&) = delete;

  [[nodiscard]] const AcceleratorLimits& limits() const { return limits_; }

  // Resets the accelerator for layers of these formats.
  // Contract: the array can run them (models/machines refusal()) on 4-bit PEs.
  virtual void configure(const StreamFormats& formats) = 0;

  // One clock cycle. What was offered and not taken may be offered again or changed.
  // Contract: configure() was called; commands and blocks keep the limits; the first fold at an
  // address of a half does not accumulate, every later one does.
  virtual const StreamOutputs& cycle(const StreamInputs& inputs) = 0;

  // One line: what every unit is doing.
  [[nodiscard]] virtual std::string describe() const = 0;

 private:
  AcceleratorLimits limits_;
};

// The accelerator in C++, from the beats it is given to the beats it puts out: equal to the RTL in
// every output of every cycle.
class StreamAccelerator final : public AcceleratorCore {
 public:
  // Throws ConfigError with every problem of the limits.
  explicit StreamAccelerator(const AcceleratorLimits& limits);
  ~StreamAccelerator() override;

  void configure(const StreamFormats& formats) override;
  const StreamOutputs& cycle(const StreamInputs& inputs) override;
  [[nodiscard]] std::string describe() const override;

  // As the last cycle left it: kOperandDelay cycles ahead of the RTL's array, which waits for
  // scratchpad and decoder.
  static constexpr int64_t kOperandDelay = 2;
  [[nodiscard]] const PeArray& array() const;
  [[nodiscard]] size_t folds_in_flight() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "experiments/regress/bench.h"
#include "models/numerics/format.h"
#include "models/numerics/packed.h"
#include "sim/cosim/rtl_values.h"

namespace olivine::regress {

// What benches of blocks without a clock share. One stimulus is one cycle, so that a divergence
// has a place in the waveform: write inputs, step(), compare outputs.

// "-3 << 4".
[[nodiscard]] std::string describe_slice(uint64_t bits);

// One output of a block: `width` bits from `low` of a port.
struct OutputField {
  std::string_view signal;
  uint32_t low = 0;
  uint32_t width = 0;
  std::optional<int64_t> lane;
};

class CombinationalChecker {
 public:
  CombinationalChecker(BenchContext& context, std::string_view block)
      : context_(&context), block_(block) {}

  void step() { context_->model.edge(); }

  // Compares one output after step(). `print(bits)` writes a value, `describe()` the input; both
  // are called only where the two differ.
  template <class Print, class Describe>
  std::optional<Divergence> compare(const RtlSignal& port, const OutputField& field,
                                    uint64_t expected, const Print& print,
                                    const Describe& describe) {
    ++context_->checks;
    const uint64_t got = port.get(field.low, field.width);
    if (got == expected) return std::nullopt;
    Divergence divergence;
    divergence.cycle = context_->model.cycle() - 1;
    divergence.block = block_;
    divergence.lane = field.lane;
    divergence.signal = field.signal;
    divergence.expected = print(expected);
    divergence.got = print(got);
    divergence.context = describe();
    return divergence;
  }

 private:
  BenchContext* context_;
  std::string_view block_;
};

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "sim/cosim/rtl_model.h"

namespace olivine::support {

// A counter in place of a Verilated model: count_o counts rising edges modulo 256, and misses one
// at edge `skipped_edge` (0: none). Its "trace" is a line a dump.
class FakeCounter : public RtlModel {
 public:
  explicit FakeCounter(int64_t skipped_edge) : RtlModel("counter"), skipped_edge_(skipped_edge) {
    using enum RtlSignal::Direction;
    set_signals({{"clk_i", Input, 1, 1, 1, 1, &clock_}, {"count_o", Output, 8, 1, 1, 1, &count_}});
  }

 protected:
  void eval() override {
    const bool is_edge = clock_ == 1 && last_clock_ == 0;
    last_clock_ = clock_;
    if (is_edge && ++edges_ != skipped_edge_) ++count_;
  }
  bool open_trace(const std::string& path) override {
    trace_.open(path);
    return true;
  }
  void dump_trace(uint64_t time) override { trace_ << time << '\n'; }
  void finish_trace() override { trace_.close(); }

 private:
  int64_t skipped_edge_;
  int64_t edges_ = 0;
  uint8_t clock_ = 0;
  uint8_t last_clock_ = 0;
  uint8_t count_ = 0;
  std::ofstream trace_;
};

}  // namespace olivine::support

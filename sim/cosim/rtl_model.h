// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace olivine {

// One port or visible register of an RTL model. Elements are little-endian two's complement.
struct RtlSignal {
  enum class Direction : uint8_t { Inside, Input, Output };

  std::string name;
  Direction direction = Direction::Inside;
  uint32_t bits = 0;           // of one element
  uint32_t element_bytes = 0;  // at least bits / 8
  uint32_t rows = 1;           // of an unpacked array, row-major
  uint32_t cols = 1;
  uint8_t* data = nullptr;

  // `width` bits from bit `low` of the element [row][col]. Contract: width <= 57, low + width <=
  // bits.
  [[nodiscard]] uint64_t get(uint32_t low, uint32_t width, uint32_t row = 0,
                             uint32_t col = 0) const {
    uint64_t word = 0;
    const size_t byte = low / 8;
    const size_t count = (low % 8 + width + 7) / 8;
    std::memcpy(&word, at(row, col) + byte, count);
    return (word >> (low % 8)) & mask(width);
  }
  // The whole value of a signal of at most 57 bits.
  [[nodiscard]] uint64_t value(uint32_t row = 0, uint32_t col = 0) const {
    return get(0, bits, row, col);
  }
  void set(uint32_t low, uint32_t width, uint64_t value, uint32_t row = 0, uint32_t col = 0) const {
    uint64_t word = 0;
    uint8_t* place = at(row, col) + low / 8;
    const size_t count = (low % 8 + width + 7) / 8;
    std::memcpy(&word, place, count);
    word &= ~(mask(width) << (low % 8));
    word |= (value & mask(width)) << (low % 8);
    std::memcpy(place, &word, count);
  }
  void set(uint64_t value) const { set(0, bits, value); }

 private:
  [[nodiscard]] static uint64_t mask(uint32_t width) { return (uint64_t{1} << width) - 1; }
  [[nodiscard]] uint8_t* at(uint32_t row, uint32_t col) const {
    return data + (size_t{row} * cols + col) * element_bytes;
  }
};

// A block under test: Verilated RTL or a synthesized netlist. Signals are read and written in
// place; `eval` settles everything that depends on what was written.
//
// One cycle of a clocked block: write inputs; settle(); read what is combinational; edge(); read
// what the registers hold after the edge. A block without `clk_i` has only settle().
class RtlModel {
 public:
  virtual ~RtlModel() = default;
  RtlModel(const RtlModel&) = delete;
  RtlModel& operator=(const RtlModel&) = delete;

  [[nodiscard]] std::span<const RtlSignal> signals() const { return signals_; }
  // nullptr when there is none of that name.
  [[nodiscard]] const RtlSignal* find(std::string_view name) const;
  // Throws ConfigError that names model, signal and the nearest name.
  [[nodiscard]] const RtlSignal& signal(std::string_view name) const;
  [[nodiscard]] const std::string& name() const { return name_; }

  // Whether inside signals are the registers of the RTL; synthesis merges and renames them.
  [[nodiscard]] virtual bool has_registers_of_rtl() const { return true; }

  // Falling clock edge; combinational logic follows the inputs.
  void settle();
  // Rising clock edge; advances cycle().
  void edge();
  // Drives rst_ni low for `cycles` edges with whatever the inputs hold, then high. Blocks without
  // rst_ni or clk_i: what there is of it.
  void reset(int cycles = 2);
  // Rising edges since construction. A regression makes a model for each seed, so that a cycle
  // number means the same in every replay.
  [[nodiscard]] int64_t cycle() const { return cycle_; }

  // What an assertion in the RTL reported first; empty while none failed.
  [[nodiscard]] virtual std::string failure() const { return {}; }
  // The cycle in which it did.
  [[nodiscard]] std::optional<int64_t> failure_cycle() const { return failure_cycle_; }
  // From cycle `first` on every settle and edge is written to an FST file. Throws ConfigError if
  // the model was built without tracing.
  void trace_from(const std::string& path, int64_t first);
  void close_trace();
  // Throws ConfigError if the model was built without coverage.
  void write_coverage(const std::string& path);

 protected:
  explicit RtlModel(std::string name) : name_(std::move(name)) {}
  // Contract: called once, by the constructor of the derived class.
  void set_signals(std::vector<RtlSignal> signals);
  virtual void eval() = 0;
  [[nodiscard]] virtual bool has_failed() const { return false; }
  // The instruments; false if the model was built without.
  virtual bool open_trace(const std::string&) { return false; }
  virtual void dump_trace(uint64_t /*time*/) {}
  virtual void finish_trace() {}
  virtual bool save_coverage(const std::string&) { return false; }

 private:
  void note_failure();
  void dump();

  std::string name_;
  std::vector<RtlSignal> signals_;
  const RtlSignal* clock_ = nullptr;
  const RtlSignal* reset_ = nullptr;
  int64_t cycle_ = 0;
  std::optional<int64_t> failure_cycle_;
  bool is_tracing_ = false;
  int64_t trace_first_ = 0;
};

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/synth/stream_energy.h"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/ovp.h"
#include "models/numerics/random_operand.h"
#include "sim/cosim/netlist_model.h"
#include "sim/cosim/rtl_values.h"
#include "sim/systolic/pe_array.h"

namespace olivine::synth {
namespace {

constexpr uint32_t kSliceBits = 9;
constexpr int64_t kOperandRows = 32;
constexpr int64_t kOperandK = 768;

void check_equal(const NetlistModel& model, std::string_view signal, uint64_t expected) {
  const uint64_t got = model.signal(signal).value();
  if (got == expected) return;
  throw CheckFailed{fmt::format("netlist {} cycle {}: {} = {:#x}, the model says {:#x}",
                                model.name(), model.cycle(), signal, got, expected)};
}

NetlistEnergy mean(const std::vector<NetlistEnergy>& list) {
  NetlistEnergy sum;
  const auto count = static_cast<double>(list.size());
  for (const NetlistEnergy& energy : list) {
    sum.switching_pj += energy.switching_pj / count;
    sum.internal_pj += energy.internal_pj / count;
    sum.input_pin_pj += energy.input_pin_pj / count;
    sum.input_net_pj += energy.input_net_pj / count;
    sum.clock_net_pj += energy.clock_net_pj / count;
    sum.clock_pin_pj += energy.clock_pin_pj / count;
  }
  return sum;
}

// A PE's netlist in the place of PE (row, col) of the running model.
class PeProbe {
 public:
  PeProbe(const Netlist& netlist, size_t row, size_t col, const ArrayWorkload& workload)
      : model_(netlist),
        row_(row),
        col_(col),
        is_os_(workload.dataflow == Dataflow::OutputStationary),
        // integer_pe takes whole integers, pe slices.
        operand_bits_(model_.signal("top_i").bits),
        bus_(model_.signal("left_i").bits / operand_bits_) {
    model_.reset();
  }

  // What the neighbours hold before the edge.
  void drive(const PeArray& array, bool is_capture) {
    const PeState left = array.pe(row_, col_ - 1);
    const PeState above = array.pe(row_ - 1, col_);
    before_ = array.pe(row_, col_);
    first_ = left.first;
    for (uint32_t lane = 0; lane < bus_; ++lane) {
      model_.signal("left_i").set(lane * operand_bits_, operand_bits_, bits(left.left[lane]));
    }
    model_.signal("first_i").set(uint64_t{left.first});
    model_.signal("last_i").set(uint64_t{left.last});
    model_.signal("top_i").set(bits(above.top));
    set_if("top_position_i", above.top_position);
    set_if("capture_i", uint64_t{is_capture});
    last_ = left.last;
    above_ = static_cast<uint32_t>(is_os_ ? above.hold : above.sum);
    model_.signal("above_i").set(above_);
  }

  // The edge, with the model's PE after it. Returns whether the PE is still to be observed.
  void clock(const PeArray& array, int64_t active_cycles) {
    const PeState after = array.pe(row_, col_);
    const bool is_shift = is_os_ && !last_ && after.hold != before_.hold;
    set_if("hold_shift_i", uint64_t{is_shift});
    model_.settle();
    if (first_ && counted_ == 0) model_.count_toggles();
    if (first_ || counted_ > 0) ++counted_;
    if (counted_ > active_cycles) return;
    model_.edge();
    check_equal(model_, "sum_o", static_cast<uint32_t>(after.sum));
    check_equal(model_, "top_o", bits(after.top));
    if (is_os_) check_equal(model_, "hold_o", static_cast<uint32_t>(after.hold));
    if (counted_ == active_cycles) energy_ = energy_per_cycle(model_);
  }

  [[nodiscard]] bool is_done(int64_t active_cycles) const { return counted_ >= active_cycles; }
  [[nodiscard]] const NetlistEnergy& energy() const { return energy_; }
  [[nodiscard]] size_t col() const { return col_; }

 private:
  [[nodiscard]] uint64_t bits(const Slice& slice) const {
    if (operand_bits_ == kSliceBits) return slice_bits(slice);
    return static_cast<uint64_t>(slice.integer) & ((uint64_t{1} << operand_bits_) - 1);
  }
  void set_if(std::string_view name, uint64_t value) {
    if (const RtlSignal* signal = model_.find(name)) signal->set(value);
  }

  NetlistModel model_;
  size_t row_, col_;
  bool is_os_;
  uint32_t operand_bits_, bus_;
  PeState before_;
  bool first_ = false, last_ = false;
  uint32_t above_ = 0;
  int64_t counted_ = 0;
  NetlistEnergy energy_;
};

// The array's border on the ports of `systolic_array`.
void drive_border(const NetlistModel& model, const ArrayBorder& border) {
  const auto set = [&](std::string_view name, size_t index, uint32_t width, uint64_t value) {
    model.signal(name).set(static_cast<uint32_t>(index) * width, width, value);
  };
  for (size_t i = 0; i < border.left.size(); ++i) {
    set("left_i", i, kSliceBits, slice_bits(border.left[i]));
  }
  for (size_t r = 0; r < border.left_first.size(); ++r) {
    set("left_first_i", r, 1, border.left_first[r]);
    set("left_last_i", r, 1, border.left_last[r]);
  }
  for (size_t c = 0; c < border.top.size(); ++c) {
    set("top_i", c, kSliceBits, slice_bits(border.top[c]));
    set("top_position_i", c, 2, border.top_position[c]);
  }
  model.signal("capture_i").set(uint64_t{border.capture});
}

void check_bottom(const NetlistModel& model, const PeArray& array) {
  const RtlSignal& bottom = model.signal("bottom_o");
  for (size_t c = 0; c < array.bottom().size(); ++c) {
    const auto expected = static_cast<uint32_t>(array.bottom()[c]);
    const uint64_t got = bottom.get(static_cast<uint32_t>(32 * c), 32);
    if (got == expected) continue;
    throw CheckFailed{
        fmt::format("netlist {} cycle {}: bottom_o of column {} = {:#x}, the model "
                    "says {:#x}",
                    model.name(), model.cycle(), c, got, expected)};
  }
}

// `slots` slices of a decoded matrix, from slice `first` on, on a port.
void drive_slots(const NetlistModel& model, std::string_view port, const DecodedMatrix& matrix,
                 int64_t first, int64_t slots) {
  for (int64_t i = 0; i < slots; ++i) {
    const uint64_t bits = slice_bits(matrix.data[static_cast<size_t>(first + i)]);
    model.signal(port).set(static_cast<uint32_t>(i) * kSliceBits, kSliceBits, bits);
  }
}

// What those slices of both operands stand for, multiplied element by element, modulo 2^32.
uint32_t dot_product(const DecodedMatrix& a, const DecodedMatrix& b, int64_t first, int64_t slots) {
  const auto element = [&](const DecodedMatrix& matrix, int64_t at) {
    int32_t value = 0;
    for (int slice = 0; slice < matrix.slices; ++slice) {
      value += matrix.data[static_cast<size_t>(at + slice)].value();
    }
    return static_cast<uint32_t>(value);
  };
  uint32_t sum = 0;
  for (int64_t i = 0; i < slots; i += a.slices)
    sum += element(a, first + i) * element(b, first + i);
  return sum;
}

}  // namespace

NetlistEnergy pe_energy(const Netlist& netlist, const ArrayWorkload& workload) {
  ArrayRun run{workload};
  std::vector<std::unique_ptr<PeProbe>> probes;
  const auto inside = [](int64_t extent, int64_t sixteenth) {
    return static_cast<size_t>(extent * sixteenth / 16);
  };
  for (const int64_t row : {1, 6, 11, 14}) {
    for (const int64_t col : {5, 12}) {
      // One up for every other position: both parities of rows and columns meet.
      const size_t odd = static_cast<size_t>(row % 2);
      probes.push_back(std::make_unique<PeProbe>(netlist, inside(workload.rows, row) + odd,
                                                 inside(workload.cols, col) + (col == 5 ? 1 : 0),
                                                 workload));
    }
  }
  std::vector<bool> captures;  // of column 0, by cycle
  for (size_t now = 0;; ++now) {
    for (const auto& probe : probes) {
      // The capture of this cycle at column c is that of column 0 c cycles ago; c >= 1.
      const bool is_capture = now >= probe->col() && captures[now - probe->col()];
      probe->drive(run.array(), is_capture);
    }
    if (!run.step()) break;
    captures.push_back(run.border().capture);
    for (const auto& probe : probes) {
      if (!probe->is_done(run.active_cycles())) probe->clock(run.array(), run.active_cycles());
    }
  }
  std::vector<NetlistEnergy> energies;
  for (const auto& probe : probes) {
    OLV_CHECK(probe->is_done(run.active_cycles()), "column {}", probe->col());
    energies.push_back(probe->energy());
  }
  return mean(energies);
}

NetlistEnergy array_energy(const Netlist& netlist, const ArrayWorkload& workload) {
  ArrayRun run{workload};
  NetlistModel model{netlist};
  const bool is_os = workload.dataflow == Dataflow::OutputStationary;
  model.reset();
  bool is_counting = false;
  while (run.step()) {
    drive_border(model, run.border());
    model.settle();
    if (!is_counting && run.border().left_first[0] != 0) {
      model.count_toggles();
      is_counting = true;
    }
    // os: a result stands at the bottom before the edge in which the hold registers shift.
    if (is_os && model.signal("bottom_valid_o").value() != 0) check_bottom(model, run.array());
    model.edge();
    if (!is_os) check_bottom(model, run.array());
  }
  return energy_per_cycle(model);
}

NetlistEnergy decoder_energy(const Netlist& netlist, Format format, uint64_t seed) {
  Rng rng{seed};
  const PackedMatrix packed = random_packed(format, Pattern::Dense, kOperandRows, kOperandK, rng);
  const DecodedMatrix decoded = decode(packed);
  NetlistModel model{netlist};
  const bool is_8bit = decoded.slices == 2;
  model.signal("format_i").set(rtl_format(format));
  model.signal("bias_i").set(static_cast<uint64_t>(paper_grid(format).outlier.bias));
  model.settle();
  model.count_toggles();
  const size_t pair_bytes = is_8bit ? 2 : 1;
  for (int64_t pair = 0; pair < kOperandRows * kOperandK / 2; ++pair) {
    uint64_t code = 0;
    for (size_t b = 0; b < pair_bytes; ++b) {
      code |= uint64_t{packed.codes[static_cast<size_t>(pair) * pair_bytes + b]} << (8 * b);
    }
    model.signal(is_8bit ? "pair_i" : "code_i").set(code);
    model.settle();
    const Slice* slices = &decoded.data[static_cast<size_t>(pair * 2 * decoded.slices)];
    if (is_8bit) {
      check_equal(model, "even_high_o", slice_bits(slices[0]));
      check_equal(model, "even_low_o", slice_bits(slices[1]));
      check_equal(model, "odd_high_o", slice_bits(slices[2]));
      check_equal(model, "odd_low_o", slice_bits(slices[3]));
    } else {
      check_equal(model, "even_o", slice_bits(slices[0]));
      check_equal(model, "odd_o", slice_bits(slices[1]));
    }
  }
  return energy_per_cycle(model);
}

NetlistEnergy dot_product_energy(const Netlist& netlist, Format format, uint64_t seed) {
  constexpr int64_t kDots = 24;  // of kOperandK elements, one a row
  static_assert(kDots <= kOperandRows);
  Rng rng{seed};
  const auto operand = [&] {
    return decode(random_packed(format, Pattern::Dense, kOperandRows, kOperandK, rng));
  };
  const DecodedMatrix a = operand();
  const DecodedMatrix b = operand();
  NetlistModel model{netlist};
  const auto slots = static_cast<int64_t>(model.signal("a_i").bits / kSliceBits);
  model.signal("is_8bit_i").set(a.slices == 2 ? 1 : 0);
  model.signal("valid_i").set(1);
  model.signal("sum_i").set(0);
  model.settle();
  model.edge();
  model.count_toggles();
  for (int64_t dot = 0; dot < kDots; ++dot) {
    uint32_t sum = 0;
    const int64_t row = dot * kOperandK * a.slices;
    for (int64_t k = 0; k < kOperandK * a.slices; k += slots) {
      model.signal("sum_i").set(sum);
      drive_slots(model, "a_i", a, row + k, slots);
      drive_slots(model, "b_i", b, row + k, slots);
      model.settle();
      model.edge();
      sum += dot_product(a, b, row + k, slots);
      check_equal(model, "sum_o", sum);
    }
  }
  return energy_per_cycle(model);
}

NetlistEnergy noise_energy(const Netlist& netlist, uint64_t seed) {
  constexpr int kCycles = 5000;
  Rng rng{seed};
  NetlistModel model{netlist};
  model.reset();
  model.count_toggles();
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    for (const RtlSignal& signal : model.signals()) {
      if (signal.direction != RtlSignal::Direction::Input || signal.bits == 1) continue;
      for (uint32_t low = 0; low < signal.bits; low += 32) {
        signal.set(low, std::min(32U, signal.bits - low), rng.next());
      }
    }
    model.settle();
    if (model.find("clk_i") != nullptr) model.edge();
  }
  return energy_per_cycle(model);
}

}  // namespace olivine::synth

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/array_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "experiments/regress/combinational.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

struct RegisterInfo {
  std::string_view name;
  std::string_view inside;  // of u_pe in systolic_array; or else the net of the array behind it
  std::string_view net;
  uint8_t width;  // of one lane
};

constexpr uint8_t kSlice = 9;
constexpr std::array<RegisterInfo, kPeRegisters> kInfo = {{
    {"left_q", "", "left", kSlice},
    {"first_q", "", "first", 1},
    {"last_q", "", "last", 1},
    {"top_q", "", "top", kSlice},
    {"top_position_q", "", "top_position", 2},
    {"next_q", "gen_stationary.next_q", "", kSlice},
    {"next_position_q", "gen_stationary.gen_position.next_position_q", "", 2},
    {"active_q", "gen_stationary.active_q", "", kSlice},
    {"active_position_q", "gen_stationary.gen_position.active_position_q", "", 2},
    {"sum_q", "", "sum", 32},
    {"hold_q", "", "hold", 32},
}};

// Whether a net has the border at index 0 of its columns or of its rows.
bool has_border_col(PeRegister what) {
  return what == PeRegister::Left || what == PeRegister::First || what == PeRegister::Last;
}
bool has_border_row(PeRegister what) {
  return what == PeRegister::Top || what == PeRegister::TopPosition;
}

const RegisterInfo& info_of(PeRegister what) { return kInfo[static_cast<size_t>(what)]; }

// A netlist, or a model built without rtl/lint/observe.vlt, shows ports only.
bool shows_registers(const RtlModel& model) {
  return model.has_registers_of_rtl() &&
         std::ranges::any_of(model.signals(), [](const RtlSignal& signal) {
           return signal.direction == RtlSignal::Direction::Inside;
         });
}

}  // namespace

bool PeVariant::has(PeRegister what) const {
  switch (what) {
    case PeRegister::Last:
    case PeRegister::Hold:
      return is_output_stationary;
    case PeRegister::Next:
    case PeRegister::Active:
      return !is_output_stationary;
    case PeRegister::TopPosition:
      return is_sparse;
    case PeRegister::NextPosition:
    case PeRegister::ActivePosition:
      return is_sparse && !is_output_stationary;
    case PeRegister::Left:
    case PeRegister::First:
    case PeRegister::Top:
    case PeRegister::Sum:
      break;
  }
  return true;
}

std::string_view name_of(PeRegister what) { return info_of(what).name; }

uint64_t register_bits(const PeState& state, PeRegister what, size_t bus) {
  switch (what) {
    case PeRegister::Left: {
      uint64_t bits = 0;
      for (size_t lane = 0; lane < bus; ++lane) {
        bits |= slice_bits(state.left[lane]) << (lane * kSlice);
      }
      return bits;
    }
    case PeRegister::First:
      return state.first ? 1 : 0;
    case PeRegister::Last:
      return state.last ? 1 : 0;
    case PeRegister::Top:
      return slice_bits(state.top);
    case PeRegister::TopPosition:
      return state.top_position;
    case PeRegister::Next:
      return slice_bits(state.next);
    case PeRegister::NextPosition:
      return state.next_position;
    case PeRegister::Active:
      return slice_bits(state.active);
    case PeRegister::ActivePosition:
      return state.active_position;
    case PeRegister::Sum:
      return static_cast<uint32_t>(state.sum);
    case PeRegister::Hold:
      return static_cast<uint32_t>(state.hold);
  }
  OLV_CHECK(false, "register {}", static_cast<int>(what));
}

std::string describe_sum(uint64_t bits) {
  return fmt::format("{} (0x{:08X})", static_cast<int32_t>(bits), static_cast<uint32_t>(bits));
}

std::string describe_register(PeRegister what, uint64_t bits) {
  if (info_of(what).width == kSlice) return describe_slice(bits);
  if (info_of(what).width == 32) return describe_sum(bits);
  return fmt::format("{}", bits);
}

void describe_mismatch(PeRegister what, uint64_t expected, uint64_t got, size_t bus,
                       Divergence& divergence) {
  if (what == PeRegister::Left && bus > 1) {
    constexpr uint64_t kMask = (1u << kSlice) - 1;
    int64_t lane = 0;
    while ((expected & kMask) == (got & kMask)) {
      expected >>= kSlice;
      got >>= kSlice;
      ++lane;
    }
    divergence.lane = lane;
    expected &= kMask;
    got &= kMask;
  }
  divergence.signal = name_of(what);
  divergence.expected = describe_register(what, expected);
  divergence.got = describe_register(what, got);
}

uint64_t ArrayProbe::Place::value() const {
  uint64_t word = 0;
  switch (bytes) {  // loads of constant size
    case 1:
      word = *data;
      break;
    case 2:
      std::memcpy(&word, data, 2);
      break;
    case 4:
      std::memcpy(&word, data, 4);
      break;
    default:
      std::memcpy(&word, data, 8);
  }
  return word >> shift & ((uint64_t{1} << width) - 1);
}

ArrayProbe::ArrayProbe(const RtlModel& model, std::string_view path, size_t rows, size_t cols,
                       PeVariant variant)
    : rows_(rows), cols_(cols), variant_(variant) {
  if (!shows_registers(model)) return;
  for (size_t i = 0; i < kPeRegisters; ++i) {
    const auto what = static_cast<PeRegister>(i);
    if (variant_.has(what)) registers_.push_back(what);
  }
  if (model.find(fmt::format("{}.sum_q", path)) != nullptr) {
    add_process(model, path);
  } else {
    add_instances(model, path);
  }
}

ArrayProbe::ArrayProbe(const RtlModel& model, PeVariant variant)
    : rows_(1), cols_(1), variant_(variant) {
  if (!shows_registers(model)) return;
  for (size_t i = 0; i < kPeRegisters; ++i) {
    const auto what = static_cast<PeRegister>(i);
    if (!variant_.has(what) || info_of(what).inside.empty()) continue;
    registers_.push_back(what);
    add_net(model.signal(fmt::format("pe.{}", info_of(what).inside)), what, 0);
  }
}

uint8_t ArrayProbe::width_of(PeRegister what) const {
  const size_t lanes = what == PeRegister::Left ? variant_.bus() : 1;
  return static_cast<uint8_t>(info_of(what).width * lanes);
}

// Element `index` of an array of registers, or of a single one.
void ArrayProbe::add_net(const RtlSignal& signal, PeRegister what, size_t index) {
  places_.push_back({signal.data + index * signal.element_bytes,
                     static_cast<uint8_t>(signal.element_bytes), 0, width_of(what)});
}

void ArrayProbe::add_instances(const RtlModel& model, std::string_view path) {
  for (size_t r = 0; r < rows_; ++r) {
    for (size_t c = 0; c < cols_; ++c) {
      for (const PeRegister what : registers_) {
        const RegisterInfo& info = info_of(what);
        if (!info.inside.empty()) {
          const std::string name =
              fmt::format("{}.gen_row[{}].gen_col[{}].u_pe.{}", path, r, c, info.inside);
          add_net(model.signal(name), what, 0);
          continue;
        }
        const size_t row = r + (has_border_row(what) ? 1 : 0);
        const size_t col = c + (has_border_col(what) ? 1 : 0);
        const size_t pitch = cols_ + (has_border_col(what) ? 1 : 0);
        add_net(model.signal(fmt::format("{}.{}", path, info.net)), what, row * pitch + col);
      }
    }
  }
}

// One array a register; of the flags, one word of Cols bits a row.
void ArrayProbe::add_process(const RtlModel& model, std::string_view path) {
  for (size_t r = 0; r < rows_; ++r) {
    for (size_t c = 0; c < cols_; ++c) {
      for (const PeRegister what : registers_) {
        const RtlSignal& signal = model.signal(fmt::format("{}.{}", path, name_of(what)));
        if (width_of(what) != 1) {
          add_net(signal, what, r * cols_ + c);
          continue;
        }
        const uint8_t* row = signal.data + r * signal.element_bytes;
        places_.push_back({row + c / 8, 1, static_cast<uint8_t>(c % 8), 1});
      }
    }
  }
}

std::optional<Divergence> ArrayProbe::compare(const PeArray& reference) const {
  const Place* place = places_.data();
  const size_t pes = places_.empty() ? 0 : places_.size() / registers_.size();
  for (size_t i = 0; i < pes; ++i) {
    const PeState state = reference.pe(i / cols_, i % cols_);
    for (const PeRegister what : registers_) {
      const uint64_t expected = register_bits(state, what, variant_.bus());
      const uint64_t got = place++->value();
      if (expected == got) continue;
      Divergence divergence;
      divergence.row = static_cast<int64_t>(i / cols_);
      divergence.col = static_cast<int64_t>(i % cols_);
      describe_mismatch(what, expected, got, variant_.bus(), divergence);
      return divergence;
    }
  }
  return std::nullopt;
}

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/array_probe.h"

#include <fmt/format.h>

#include <cstring>

#include "experiments/regress/combinational.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

struct RegisterInfo {
  std::string_view name;
  std::string_view scope;  // generate block of pe.sv that declares it
  uint8_t width;           // of one lane
};

constexpr uint8_t kSlice = 9;
constexpr std::array<RegisterInfo, kPeRegisters> kInfo = {{
    {"left_q", "", kSlice},
    {"first_q", "", 1},
    {"last_q", "gen_output.", 1},
    {"top_q", "", kSlice},
    {"top_position_q", "", 2},
    {"next_q", "gen_stationary.", kSlice},
    {"next_position_q", "gen_stationary.gen_position.", 2},
    {"active_q", "gen_stationary.", kSlice},
    {"active_position_q", "gen_stationary.gen_position.", 2},
    {"sum_q", "", 32},
    {"hold_q", "gen_output.", 32},
}};

const RegisterInfo& info_of(PeRegister what) { return kInfo[static_cast<size_t>(what)]; }

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
  list_registers();
  const auto pe_path = [&](size_t r, size_t c) {
    return fmt::format("{}.gen_row[{}].gen_col[{}].u_pe.", path, r, c);
  };
  if (model.find(fmt::format("{}.sum_q", path)) != nullptr) {
    add_process(model, path);
  } else if (model.find(pe_path(0, 0) + "sum_q") != nullptr) {
    for (size_t r = 0; r < rows; ++r) {
      for (size_t c = 0; c < cols; ++c) add_instance_pe(model, pe_path(r, c));
    }
  }
}

ArrayProbe::ArrayProbe(const RtlModel& model, std::string_view path, PeVariant variant)
    : rows_(1), cols_(1), variant_(variant) {
  list_registers();
  const std::string prefix = fmt::format("{}.", path);
  if (model.find(prefix + "sum_q") != nullptr) add_instance_pe(model, prefix);
}

void ArrayProbe::list_registers() {
  for (size_t i = 0; i < kPeRegisters; ++i) {
    const auto what = static_cast<PeRegister>(i);
    if (variant_.has(what)) registers_.push_back(what);
  }
}

uint8_t ArrayProbe::width_of(PeRegister what) const {
  const size_t lanes = what == PeRegister::Left ? variant_.bus() : 1;
  return static_cast<uint8_t>(info_of(what).width * lanes);
}

void ArrayProbe::add_instance_pe(const RtlModel& model, const std::string& path) {
  for (const PeRegister what : registers_) {
    const RegisterInfo& info = info_of(what);
    const RtlSignal& signal = model.signal(fmt::format("{}{}{}", path, info.scope, info.name));
    places_.push_back({signal.data, static_cast<uint8_t>(signal.element_bytes), 0, width_of(what)});
  }
}

// One array a register; of the flags, one word of Cols bits a row.
void ArrayProbe::add_process(const RtlModel& model, std::string_view path) {
  for (size_t r = 0; r < rows_; ++r) {
    for (size_t c = 0; c < cols_; ++c) {
      for (const PeRegister what : registers_) {
        const RtlSignal& signal = model.signal(fmt::format("{}.{}", path, name_of(what)));
        if (width_of(what) == 1) {
          const uint8_t* row = signal.data + r * signal.element_bytes;
          places_.push_back({row + c / 8, 1, static_cast<uint8_t>(c % 8), 1});
        } else {
          const uint8_t* data = signal.data + (r * cols_ + c) * signal.element_bytes;
          places_.push_back({data, static_cast<uint8_t>(signal.element_bytes), 0, width_of(what)});
        }
      }
    }
  }
}

std::optional<Divergence> ArrayProbe::compare(const PeArray& reference) const {
  const Place* place = places_.data();
  const size_t pes = places_.size() / registers_.size();
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

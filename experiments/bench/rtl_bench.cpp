// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Simulated cycles a second of the Verilated systolic array, as PE instances and as loops, and of
// the cycle-stepped model beside them, under the same random operands every cycle. Models are built
// into the folder rtl_bench_models.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "models/base/rng.h"
#include "sim/cosim/model_builder.h"
#include "sim/cosim/rtl_values.h"
#include "sim/cosim/tool.h"
#include "sim/cosim/verilated_model.h"
#include "sim/systolic/output_stationary_array.h"
#include "sim/systolic/stationary_array.h"

namespace olivine {
namespace {

constexpr size_t kBorders = 64;  // distinct ones, in turn
constexpr size_t kFoldCycles = 64;
constexpr double kSeconds = 0.2;  // a row
constexpr uint32_t kSliceBits = 9;

Slice random_slice(Rng& rng) {
  return {static_cast<int8_t>(rng.uniform(-7, 7)), static_cast<uint8_t>(rng.uniform(0, 7))};
}

// Every operand port busy in every cycle; a new fold every kFoldCycles.
std::vector<ArrayBorder> random_borders(size_t side) {
  Rng rng{1};
  std::vector<ArrayBorder> borders(kBorders, ArrayBorder{side, side, false});
  for (size_t t = 0; t < kBorders; ++t) {
    ArrayBorder& border = borders[t];
    border.is_top_active = true;
    border.capture = t == 0;
    for (size_t i = 0; i < side; ++i) {
      border.left[i] = random_slice(rng);
      border.top[i] = random_slice(rng);
      border.left_first[i] = (t + kBorders - i % kBorders) % kFoldCycles == 0;
      border.left_last[i] = (t + kBorders - i % kBorders) % kFoldCycles == kFoldCycles - 1;
    }
  }
  return borders;
}

void count_cycles(benchmark::State& state, size_t side) {
  const auto cycles = static_cast<double>(state.iterations());
  state.counters["cycles_per_s"] = benchmark::Counter(cycles, benchmark::Counter::kIsRate);
  state.counters["pe_updates_per_s"] =
      benchmark::Counter(cycles * static_cast<double>(side * side), benchmark::Counter::kIsRate);
}

void step_model(benchmark::State& state, bool is_output_stationary) {
  const auto side = static_cast<size_t>(state.range(0));
  std::unique_ptr<PeArray> array;
  if (is_output_stationary) {
    array = std::make_unique<OutputStationaryArray>(side, side, false);
  } else {
    array = std::make_unique<StationaryArray>(side, side, false);
  }
  const std::vector<ArrayBorder> borders = random_borders(side);
  size_t t = 0;
  for (auto _ : state) {
    array->step(borders[t]);
    t = (t + 1) % kBorders;
    benchmark::DoNotOptimize(array->bottom().data());
  }
  count_cycles(state, side);
}

// The values of an input port in every cycle, as bytes.
std::vector<std::vector<uint8_t>> port_values(const RtlSignal& port,
                                              const std::vector<ArrayBorder>& borders,
                                              const auto& write) {
  std::vector<std::vector<uint8_t>> values(borders.size());
  for (size_t t = 0; t < borders.size(); ++t) {
    values[t].assign(port.element_bytes, 0);
    RtlSignal place = port;
    place.data = values[t].data();
    write(place, borders[t]);
  }
  return values;
}

auto slices(const std::vector<Slice> ArrayBorder::*member) {
  return [member](const RtlSignal& place, const ArrayBorder& border) {
    uint32_t low = 0;
    for (const Slice& slice : border.*member) {
      place.set(low, kSliceBits, slice_bits(slice));
      low += kSliceBits;
    }
  };
}

auto flags(const std::vector<uint8_t> ArrayBorder::*member) {
  return [member](const RtlSignal& place, const ArrayBorder& border) {
    uint32_t low = 0;
    for (const uint8_t flag : border.*member) place.set(low++, 1, flag);
  };
}

void step_verilated(benchmark::State& state, const char* top, bool is_output_stationary) {
  if (!has_tool("verilator")) {
    state.SkipWithError("SKIPPED (no verilator)");
    return;
  }
  const auto side = static_cast<size_t>(state.range(0));
  const std::string library = ModelBuilder{"rtl_bench_models"}.make_library(
      {OLV_SOURCE_DIR "/rtl",
       top,
       {{"Rows", state.range(0)},
        {"Cols", state.range(0)},
        {"OutputStationary", is_output_stationary ? 1 : 0},
        {"Sparse", 0}}});
  const auto model = open_verilated_model(library);
  const std::vector<ArrayBorder> borders = random_borders(side);
  struct Drive {
    const RtlSignal* port;
    std::vector<std::vector<uint8_t>> values;
  };
  std::vector<Drive> drives;
  const auto drive = [&](const char* name, const auto& write) {
    const RtlSignal& port = model->signal(name);
    drives.push_back({&port, port_values(port, borders, write)});
  };
  drive("left_i", slices(&ArrayBorder::left));
  drive("top_i", slices(&ArrayBorder::top));
  drive("left_first_i", flags(&ArrayBorder::left_first));
  drive("left_last_i", flags(&ArrayBorder::left_last));
  const RtlSignal& capture = model->signal("capture_i");
  model->reset();
  for (size_t c = 0; c <= side; ++c) {  // something to swap in for every column
    capture.set(c == 0 ? 1 : 0);
    model->settle();
    model->edge();
  }
  size_t t = 1;  // the next capture is that of border 0
  for (auto _ : state) {
    for (const Drive& d : drives) {
      std::memcpy(d.port->data, d.values[t].data(), d.port->element_bytes);
    }
    capture.set(borders[t].capture ? 1 : 0);
    model->settle();
    model->edge();
    t = (t + 1) % kBorders;
  }
  if (!model->failure().empty()) state.SkipWithError(model->failure().c_str());
  count_cycles(state, side);
}

BENCHMARK_CAPTURE(step_model, ws, false)->Arg(16)->Arg(64)->MinTime(kSeconds);
BENCHMARK_CAPTURE(step_model, os, true)->Arg(16)->Arg(64)->MinTime(kSeconds);
BENCHMARK_CAPTURE(step_verilated, instances_ws, "systolic_array", false)
    ->Arg(16)
    ->MinTime(kSeconds);
BENCHMARK_CAPTURE(step_verilated, instances_os, "systolic_array", true)->Arg(16)->MinTime(kSeconds);
BENCHMARK_CAPTURE(step_verilated, loops_ws, "systolic_array_loop", false)
    ->Arg(16)
    ->Arg(64)
    ->MinTime(kSeconds);
BENCHMARK_CAPTURE(step_verilated, loops_os, "systolic_array_loop", true)
    ->Arg(16)
    ->Arg(64)
    ->MinTime(kSeconds);

}  // namespace
}  // namespace olivine

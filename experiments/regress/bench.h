// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/rng.h"
#include "sim/cosim/rtl_model.h"

namespace olivine::regress {

// A parameter of the top module that a regression may choose. Enumerations are numbers.
struct ParameterInfo {
  std::string_view name;  // as in the RTL: "Rows"
  int64_t minimum = 0;
  int64_t maximum = 0;
  std::string_view help;
};
using Parameters = std::map<std::string, int64_t, std::less<>>;

// Where RTL and model part for the first time. `row`, `col`, `lane` only where they mean something.
struct Divergence {
  int64_t cycle = 0;  // of the model under test, since its reset
  std::string block;  // module: "pe"
  std::optional<int64_t> row, col, lane;
  std::string signal;  // "sum_q"
  std::string expected, got;
  std::string context;  // what was running: "ws, w4a8-ovp-2:4, fold 3 of 7"
};

// What a bench may use. A bench is deterministic in (parameters, seed).
struct BenchContext {
  RtlModel& model;
  const Parameters& parameters;
  uint64_t seed = 0;
  int64_t cases = 1;   // how much stimulus: each bench says what one case is
  Rng rng;             // seeded with `seed`
  int64_t checks = 0;  // bench adds the values it compared
};

struct BlockBench {
  std::string_view block;  // name in `olivine regress --block`
  std::string_view top;    // top module, file rtl/<folder>/<top>.sv
  std::string_view help;   // one line: what is compared with what, and what a case is
  std::span<const ParameterInfo> parameters;
  std::span<const Parameters> variants;     // those of the default regression
  std::span<const std::string_view> ports;  // what the top must have
  // Signals of the GTKWave file, most telling first: "sum_o", "pe.u_pe_mac.sum_o". {row}, {col} and
  // {lane} stand for those of the divergence.
  std::span<const std::string_view> waves;
  // Resets the model and runs `cases` cases. Throws NoProgress with the state of every block when
  // nothing moves any more.
  std::optional<Divergence> (*run)(BenchContext& context);
  std::span<const Parameters> long_variants = {};  // what the long regression adds
  // Of each variant in the default regression, so that all of it takes about two minutes on two
  // cores; the long one runs ten times as many.
  uint64_t seeds = 250;
};

// Every block, in the order of `olivine regress --list`.
[[nodiscard]] std::span<const BlockBench> all_benches();

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "experiments/synth/array_run.h"
#include "sim/cosim/netlist_energy.h"

// Energy of synthesized blocks on operand streams that the cycle-stepped model produces. Every
// function also checks the netlist's outputs against the models and throws CheckFailed that names
// block and cycle where they part.
namespace olivine {
struct Netlist;
}  // namespace olivine

namespace olivine::synth {

// One `pe` or `integer_pe` inside an array: mean over eight positions (rows and columns of both
// parities, so that 8-bit elements contribute high and low slices alike) while the PE multiplies.
[[nodiscard]] NetlistEnergy pe_energy(const Netlist& netlist, const ArrayWorkload& workload);

// A whole `systolic_array` of workload.rows x workload.cols, from its first operand to its last
// result.
[[nodiscard]] NetlistEnergy array_energy(const Netlist& netlist, const ArrayWorkload& workload);

// `ovp_decoder4` or `ovp_decoder8` on consecutive pairs of an operand; energy a pair.
[[nodiscard]] NetlistEnergy decoder_energy(const Netlist& netlist, Format format, uint64_t seed);

// `dot_product_unit`: dot products of activation rows with weight rows along k.
[[nodiscard]] NetlistEnergy dot_product_energy(const Netlist& netlist, Format format,
                                               uint64_t seed);

// White noise on every input except clock, reset and the one-bit controls, which stay low.
[[nodiscard]] NetlistEnergy noise_energy(const Netlist& netlist, uint64_t seed);

}  // namespace olivine::synth

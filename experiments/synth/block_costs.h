// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

#include "experiments/synth/stream_energy.h"
#include "experiments/synth/synthesis.h"
#include "models/energy/technology_scaling.h"

namespace olivine::synth {

// The node of the cell library and the ones that results are scaled to.
inline constexpr TechnologyPoint kLibraryNode{180, 1.8};
inline constexpr TechnologyPoint kArrayNode{22, 0.9};  // OliVe Table 11
inline constexpr double kGpuNodeNm = 12;               // OliVe Table 10

// A block's energy on one stream.
struct StreamCost {
  std::string stream;  // "w4a4-ovp", "white noise"
  NetlistEnergy energy;
};

// What synthesis and streams say of a block, in the library's own node.
struct BlockCost {
  std::string name;
  std::string path;
  size_t cell_count = 0;
  size_t flip_flop_count = 0;
  double area_um2 = 0;
  double flip_flop_area_um2 = 0;
  double leakage_nw = 0;
  std::vector<StreamCost> streams;
  double ops_per_cycle = 1;  // PE operations, products or pairs a cycle that energy is for

  // Contract: there is such a stream.
  [[nodiscard]] const NetlistEnergy& energy(std::string_view stream) const;
  [[nodiscard]] double area_at(double node_nm) const;
};

// Synthesizes and measures one block after the other.
class CostMeter {
 public:
  explicit CostMeter(const SynthesisConfig& config)
      : config_(config), library_(load_liberty(config.liberty)) {}

  // `pe` of a dataflow, with or without the 2:4 multiplexer.
  [[nodiscard]] BlockCost pe(Dataflow dataflow, bool is_sparse) const;
  // The same PE for plain integers of 4 or 8 bits (rtl/synth/integer_pe.sv).
  [[nodiscard]] BlockCost integer_pe(int64_t bits) const;
  [[nodiscard]] BlockCost decoder(int64_t bits) const;
  [[nodiscard]] BlockCost array(Dataflow dataflow, int64_t extent) const;
  [[nodiscard]] BlockCost dot_product_unit() const;

 private:
  [[nodiscard]] BlockCost cost(const std::string& name, const SynthesizedBlock& block) const;

  SynthesisConfig config_;
  LibertyLibrary library_;
};

}  // namespace olivine::synth

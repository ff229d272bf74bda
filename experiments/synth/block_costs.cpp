// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/synth/block_costs.h"

#include <fmt/format.h>

#include "models/base/error.h"

namespace olivine::synth {
namespace {

constexpr uint64_t kSeed = 1;

// Both operands in one format; ovp4f has no scheme of its own name.
Scheme scheme_of(Format format, Pattern pattern = Pattern::Dense) {
  return {name_of(format), format, format, pattern};
}

struct NamedScheme {
  std::string name;
  Scheme scheme;
};

std::vector<NamedScheme> pe_schemes(bool is_sparse) {
  if (is_sparse) {
    return {{"w4a4-int4-2:4", scheme_of(Format::Int4, Pattern::TwoFour)},
            {"w4a4-ovp-2:4", scheme_of(Format::Ovp4, Pattern::TwoFour)},
            {"w8a8-int8-2:4", scheme_of(Format::Int8, Pattern::TwoFour)}};
  }
  return {{"w4a4-int4", scheme_of(Format::Int4)},        {"w4a4-ovp", scheme_of(Format::Ovp4)},
          {"w4a4-ovp flint4", scheme_of(Format::Ovp4f)}, {"w8a8-int8", scheme_of(Format::Int8)},
          {"w8a8-ovp", scheme_of(Format::Ovp8)},         {"w4a8-ovp", parse_scheme("w4a8-ovp")}};
}

std::string_view short_name(Dataflow dataflow) {
  return dataflow == Dataflow::OutputStationary ? "os" : "ws";
}

}  // namespace

const NetlistEnergy& BlockCost::energy(std::string_view stream) const {
  for (const StreamCost& cost : streams) {
    if (cost.stream == stream) return cost.energy;
  }
  OLV_CHECK(false, "{}: no stream {}", name, stream);
  return streams.front().energy;
}

double BlockCost::area_at(double node_nm) const {
  return area_um2 / area_divisor(kLibraryNode.node_nm, node_nm);
}

BlockCost CostMeter::cost(const std::string& name, const SynthesizedBlock& block) const {
  BlockCost result;
  result.name = name;
  result.path = block.path;
  result.cell_count = block.netlist.cells.size();
  result.flip_flop_count = block.netlist.flip_flop_count();
  result.area_um2 = block.netlist.area_um2();
  result.flip_flop_area_um2 = block.netlist.flip_flop_area_um2();
  result.leakage_nw = block.netlist.leakage_nw();
  return result;
}

BlockCost CostMeter::pe(Dataflow dataflow, bool is_sparse) const {
  Parameters parameters;
  if (dataflow == Dataflow::OutputStationary) parameters.emplace_back("OutputStationary", 1);
  if (is_sparse) parameters.emplace_back("Sparse", 1);
  const SynthesizedBlock block = synthesize(config_, library_, "pe", parameters);
  BlockCost result =
      cost(fmt::format("pe {}{}", short_name(dataflow), is_sparse ? " 2:4" : ""), block);
  result.streams.push_back({"white noise", noise_energy(block.netlist, kSeed)});
  for (const NamedScheme& entry : pe_schemes(is_sparse)) {
    const ArrayWorkload workload{.scheme = entry.scheme, .dataflow = dataflow, .seed = kSeed};
    result.streams.push_back({entry.name, pe_energy(block.netlist, workload)});
  }
  return result;
}

BlockCost CostMeter::integer_pe(int64_t bits) const {
  const SynthesizedBlock block =
      synthesize(config_, library_, "integer_pe", {{"Bits", bits}}, "synth/integer_pe.sv");
  BlockCost result = cost(fmt::format("integer_pe {} bit", bits), block);
  const Format format = bits == 4 ? Format::Int4 : Format::Int8;
  const ArrayWorkload workload{.scheme = scheme_of(format), .pe_operand_bits = bits, .seed = kSeed};
  result.streams.push_back({"white noise", noise_energy(block.netlist, kSeed)});
  result.streams.push_back(
      {bits == 4 ? "w4a4-int4" : "w8a8-int8", pe_energy(block.netlist, workload)});
  return result;
}

BlockCost CostMeter::decoder(int64_t bits) const {
  const SynthesizedBlock block = synthesize(config_, library_, fmt::format("ovp_decoder{}", bits));
  BlockCost result = cost(fmt::format("ovp_decoder{}", bits), block);
  const std::vector<Format> formats = bits == 4
                                          ? std::vector{Format::Int4, Format::Ovp4, Format::Ovp4f}
                                          : std::vector{Format::Int8, Format::Ovp8};
  result.streams.push_back({"white noise", noise_energy(block.netlist, kSeed)});
  for (const Format format : formats) {
    result.streams.push_back(
        {std::string{name_of(format)}, decoder_energy(block.netlist, format, kSeed)});
  }
  return result;
}

BlockCost CostMeter::array(Dataflow dataflow, int64_t extent) const {
  const int64_t is_os = dataflow == Dataflow::OutputStationary ? 1 : 0;
  const SynthesizedBlock block =
      synthesize(config_, library_, "systolic_array",
                 {{"Rows", extent}, {"Cols", extent}, {"OutputStationary", is_os}});
  BlockCost result = cost(fmt::format("{0}x{0} array {1}", extent, short_name(dataflow)), block);
  result.ops_per_cycle = static_cast<double>(extent * extent);
  for (const Format format : {Format::Int4, Format::Ovp4}) {
    const ArrayWorkload workload{.scheme = scheme_of(format),
                                 .dataflow = dataflow,
                                 .rows = extent,
                                 .cols = extent,
                                 .seed = kSeed};
    result.streams.push_back(
        {format == Format::Int4 ? "w4a4-int4" : "w4a4-ovp", array_energy(block.netlist, workload)});
  }
  return result;
}

BlockCost CostMeter::dot_product_unit() const {
  constexpr int64_t kLanes = 8;
  const SynthesizedBlock block =
      synthesize(config_, library_, "dot_product_unit", {{"Lanes", kLanes}});
  BlockCost result = cost(fmt::format("dot_product_unit {} lanes", kLanes), block);
  for (const Format format :
       {Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Int8, Format::Ovp8}) {
    result.streams.push_back(
        {std::string{name_of(format)}, dot_product_energy(block.netlist, format, kSeed)});
  }
  return result;
}

}  // namespace olivine::synth

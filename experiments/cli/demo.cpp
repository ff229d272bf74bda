// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>
#include <string>

#include "experiments/cli/commands.h"
#include "experiments/cli/engine.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "models/analytic/network.h"
#include "models/base/units.h"
#include "models/workloads/workload_yaml.h"

namespace olivine::cli {
namespace {

struct Point {
  const char* machine;
  const char* scheme;
};

// The first is what the others are compared with, as in OliVe Fig. 10.
constexpr std::array kPoints = {
    Point{"adafloat_32x28", "w8a8-fp8"},   Point{"olaccel_16x18", "w4a4-int4"},
    Point{"ant_64x64", "w8a8-int8"},       Point{"ant_64x64", "w4a4-int4"},
    Point{"olive_64x64", "w8a8-int8"},     Point{"olive_64x64", "w4a4-ovp"},
    Point{"olive_64x64", "w8a8-int8-2:4"}, Point{"olive_64x64", "w4a4-ovp-2:4"}};

// Executed as a whole: dense and 2:4, 8 and 4 bits.
constexpr std::array kExecutedSchemes = {"w8a8-int8", "w4a4-ovp", "w8a8-int8-2:4", "w4a4-ovp-2:4"};
constexpr const char* kExecutingMachine = "olive_64x64";

constexpr uint64_t kSeed = 1;
// Neither a multiple of the 16 x 16 array nor of pairs or groups of four.
constexpr GemmShape kCheckShape{35, 27, 61, 1};

struct PointResult {
  MachineConfig machine;
  LayerResult total;
};

PointResult simulate(const Point& point, const Workload& workload, const PlanOptions& options) {
  MachineConfig machine = load_machine(point.machine);
  const NetworkPlan plan = plan_network(machine, parse_scheme(point.scheme), workload, options);
  return {std::move(machine), evaluate(plan).total};
}

double time_s(const PointResult& result) {
  return to_seconds(Cycles{result.total.cycles}, result.machine.clock_hz);
}

std::string comparison(const Workload& workload, bool is_colored) {
  TextTable table;
  table.column("machine", Align::Left).column("scheme", Align::Left).column("cycles");
  table.column("time").column("PEs busy").column("stalls%: act").column("wgt").column("psum");
  table.column("full").column("wb").column("energy").column("speed-up").column("energy vs");
  PlanOptions linear_only;
  linear_only.kinds = {LayerKind::Linear};
  const PointResult baseline = simulate(kPoints[0], workload, linear_only);
  for (const Point& point : kPoints) {
    const PointResult result = simulate(point, workload, linear_only);
    const auto cycles = static_cast<double>(result.total.cycles);
    std::vector<std::string> cells = {
        point.machine, point.scheme, with_separators(result.total.cycles),
        time_text(time_s(result)), percent_text(utilization_of(result.total, result.machine), 1.0)};
    for (const uint64_t stall : result.total.stalls) {
      cells.push_back(fmt::format("{:.2f}", 100.0 * static_cast<double>(stall) / cycles));
    }
    const double pj = result.total.energy.total_pj();
    cells.push_back(energy_text(pj));
    cells.push_back(fmt::format("{:.2f}x", time_s(baseline) / time_s(result)));
    cells.push_back(fmt::format("{:.2f}x", pj / baseline.total.energy.total_pj()));
    table.row(std::move(cells));
  }
  return table.render(is_colored);
}

std::string whole_network(const Workload& workload) {
  const PointResult all = simulate({"olive_64x64", "w4a4-ovp"}, workload, {});
  return fmt::format(
      "With its attention and vector layers too, olive_64x64 w4a4-ovp: {} cycles, {}, {}.\n",
      with_separators(all.total.cycles), time_text(time_s(all)),
      energy_text(all.total.energy.total_pj()));
}

TextTable execution_table() {
  TextTable table;
  table.column("scheme", Align::Left).column("layers").column("executed");
  table.column("cycles stepped").column("closed form").column("outputs compared");
  table.column("equal", Align::Left);
  return table;
}

// Contract: no layer of the plan is a vector layer. Throws CheckFailed when an output differs.
void add_execution(TextTable& table, const NetworkPlan& plan) {
  const NetworkResult closed = evaluate(plan);
  const NetworkResult stepped = step_network(plan, closed, kSeed);
  uint64_t outputs = 0;
  for (const LayerPlan& layer : plan.plans) {
    const GemmShape& shape = layer.work.shape;
    outputs += static_cast<uint64_t>(shape.batch * shape.m * shape.n);
  }
  const bool is_equal = stepped.total.cycles == closed.total.cycles;
  table.row({std::string{plan.scheme.name}, fmt::format("{}", plan.plan_of_layer.size()),
             fmt::format("{}", plan.plans.size()), with_separators(stepped.total.cycles),
             with_separators(closed.total.cycles), with_separators(outputs),
             is_equal ? "yes" : "no"});
}

// Every layer of the network that the array computes, in a few schemes.
std::string network_execution(const Workload& workload, bool is_colored) {
  const MachineConfig machine = load_machine(kExecutingMachine);
  PlanOptions options;
  options.kinds = {LayerKind::Linear, LayerKind::Attention};
  TextTable table = execution_table();
  for (const char* scheme : kExecutedSchemes) {
    add_execution(table, plan_network(machine, parse_scheme(scheme), workload, options));
  }
  return table.render(is_colored);
}

// One layer, in every scheme that the machine runs and the engine computes.
std::string layer_execution(bool is_colored) {
  const MachineConfig machine = load_machine("edge_16x16");
  const Workload workload = single_gemm(kCheckShape);
  TextTable table = execution_table();
  for (const Scheme& scheme : all_schemes()) {
    if (refusal(machine, scheme) || cycle_engine_refusal(scheme)) continue;
    add_execution(table, plan_network(machine, scheme, workload));
  }
  return table.render(is_colored);
}

}  // namespace

int run_demo(const Arguments&) {
  const bool is_colored = is_stdout_colored();
  const Workload workload = load_workload("bert_base");
  fmt::print(
      "BERT-base, batch {}, sequence {}: its linear layers, as OliVe counts them. Simulated.\n\n",
      workload.params.at("batch"), workload.params.at("seq"));
  fmt::print("{}\n", comparison(workload, is_colored));
  fmt::print(
      "Speed-up and energy are relative to AdaFloat. Stalls in % of cycles: waiting for\n"
      "activations, weights, partial sums, a full output buffer, the last write-back.\n"
      "OliVe's published bars for ANT are a mix of 4- and 8-bit layers that was never published:\n"
      "both ends of it are shown.\n{}\n",
      whole_network(workload));
  const Workload executed = load_workload("bert_base", {{"batch", "1"}});
  fmt::print(
      "BERT-base, batch {}, sequence {}, executed on {} with synthetic values: its linear and\n"
      "attention layers, every register stepped, every int32 output compared with the functional\n"
      "GEMM and the cycles with the closed form. Equal layers are executed once; cycles count "
      "them\n"
      "as often as they occur. Simulated.\n\n{}\n",
      executed.params.at("batch"), executed.params.at("seq"), kExecutingMachine,
      network_execution(executed, is_colored));
  fmt::print(
      "The same for a {} x {} x {} layer on edge_16x16, in every integer scheme. Simulated.\n\n{}",
      kCheckShape.m, kCheckShape.n, kCheckShape.k, layer_execution(is_colored));
  return 0;
}

}  // namespace olivine::cli

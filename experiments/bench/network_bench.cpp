// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Time of one network on one machine by the closed form: with the mapper's choice at hand, and
// with the search for it.
#include <benchmark/benchmark.h>

#include "models/analytic/network.h"
#include "models/energy/energy_model.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

void closed_form(benchmark::State& state, const char* workload, const char* scheme) {
  const NetworkPlan plan =
      plan_network(load_machine("olive_64x64"), parse_scheme(scheme), load_workload(workload));
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(plan).total.cycles);
  state.counters["layers"] = static_cast<double>(plan.plan_of_layer.size());
  state.counters["distinct"] = static_cast<double>(plan.plans.size());
}

void with_mapper(benchmark::State& state, const char* workload_name, const char* scheme_name) {
  const MachineConfig machine = load_machine("olive_64x64");
  const Workload workload = load_workload(workload_name);
  const Scheme& scheme = parse_scheme(scheme_name);
  const auto energy = std::make_shared<const EnergyModel>(machine);
  for (auto _ : state) {
    const NetworkPlan plan = plan_network(machine, scheme, workload, {}, energy);
    benchmark::DoNotOptimize(evaluate(plan).total.cycles);
  }
}

BENCHMARK_CAPTURE(closed_form, bert_base_w4a4_ovp, "bert_base", "w4a4-ovp")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(closed_form, resnet50_w8a8_int8, "resnet50", "w8a8-int8")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(with_mapper, bert_base_w4a4_ovp, "bert_base", "w4a4-ovp")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(with_mapper, resnet50_w8a8_int8, "resnet50", "w8a8-int8")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/simulate.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"
#include "sim/memory/dma_engine.h"
#include "sim/memory/make_memory.h"
#include "sim/memory/memory_store.h"
#include "sim/systolic/compressed_weights.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/layer_operands.h"
#include "sim/systolic/tile_program.h"

namespace olivine {
namespace {

// Decoded operands and the outputs they must give, [batch][m][n].
struct Experiment {
  LayerOperands operands;
  std::vector<PackedMatrix> weights;  // where they travel as bytes
  std::vector<int32_t> expected;
};

PackedMatrix make_weights(Experiment& experiment, const LayerPlan& plan, Rng& rng) {
  const GemmWork& work = plan.work;
  PackedMatrix weights = random_packed(work.scheme.weights, work.scheme.weight_pattern,
                                       work.shape.n, work.shape.k, rng);
  if (work.weight_density.is_dense()) return weights;
  thin_out(weights, plan.tiling.at(Dim::K), work.weight_density, rng);
  experiment.weights.push_back(weights);
  return weights;
}

void add_gemm(Experiment& experiment, const LayerPlan& plan, const ArrayConfig& array, Rng& rng) {
  const GemmWork& work = plan.work;
  const PackedMatrix a =
      random_packed(work.scheme.activations, Pattern::Dense, work.shape.m, work.shape.k, rng);
  const PackedMatrix b = make_weights(experiment, plan, rng);
  const IntegerGemm gemm = gemm_functional(a, b);
  experiment.expected.insert(experiment.expected.end(), gemm.c.begin(), gemm.c.end());
  experiment.operands.activations.push_back(decode(a, lane_count(array, a.format)));
  experiment.operands.weights.push_back(decode(b, lane_count(array, b.format)));
}

// One GEMM of a lowered convolution, without the lowering: through the window, tap by tap.
void add_direct_convolution(Experiment& experiment, const ConvAddressing& addressing,
                            const std::vector<int16_t>& ifmap, const PackedMatrix& weights,
                            int64_t batch) {
  const GemmShape& shape = addressing.gemm();
  const std::vector<int16_t> taps = dense_int16(weights, shape.k);
  for (int64_t m = 0; m < shape.m; ++m) {
    std::vector<uint32_t> sums(static_cast<size_t>(shape.n));
    for (int64_t k = 0; k < shape.k; ++k) {
      const std::optional<int64_t> offset = addressing.ifmap_offset(m, k, batch);
      if (!offset) continue;
      const int32_t pixel = ifmap[static_cast<size_t>(*offset)];
      for (int64_t n = 0; n < shape.n; ++n) {
        sums[static_cast<size_t>(n)] +=
            static_cast<uint32_t>(pixel * taps[static_cast<size_t>(n * shape.k + k)]);
      }
    }
    for (const uint32_t sum : sums) experiment.expected.push_back(static_cast<int32_t>(sum));
  }
}

Experiment make_experiment(const LayerPlan& plan, const ArrayConfig& array, uint64_t seed) {
  Rng rng{seed};
  Experiment experiment;
  if (!plan.work.conv) {
    for (int64_t b = 0; b < plan.work.shape.batch; ++b) add_gemm(experiment, plan, array, rng);
    return experiment;
  }
  const ConvShape& conv = *plan.work.conv;
  const Scheme& scheme = plan.work.scheme;
  const ConvAddressing addressing{conv, plan.kind};
  const PackedMatrix ifmap =
      random_packed(scheme.activations, Pattern::Dense, conv.n * conv.h * conv.w, conv.c, rng);
  const std::vector<int16_t> pixels = dense_int16(ifmap, conv.c);
  experiment.operands.activations.push_back(decode(ifmap, lane_count(array, ifmap.format)));
  for (int64_t b = 0; b < plan.work.shape.batch; ++b) {
    const PackedMatrix weights = make_weights(experiment, plan, rng);
    add_direct_convolution(experiment, addressing, pixels, weights, b);
    experiment.operands.weights.push_back(decode(weights, lane_count(array, weights.format)));
  }
  experiment.operands.addressing = addressing;
  return experiment;
}

void check_outputs(const LayerPlan& plan, const Experiment& experiment,
                   std::span<const int32_t> outputs, uint64_t seed) {
  OLV_CHECK(outputs.size() == experiment.expected.size(), "{} outputs", outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == experiment.expected[i]) continue;
    const auto n = static_cast<size_t>(plan.work.shape.n);
    const auto m = static_cast<size_t>(plan.work.shape.m);
    throw CheckFailed{fmt::format(
        "cycle-stepped output differs: batch {} m {} n {}: expected {}, got {} (seed {})",
        i / (m * n), i / n % m, i % n, experiment.expected[i], outputs[i], seed)};
  }
}

}  // namespace

LayerTiming simulate_layer(const NetworkPlan& network, const LayerPlan& plan, uint64_t seed,
                           const LayerProgress& progress, const LayerObservers& observers) {
  Experiment experiment = make_experiment(plan, network.machine.array, seed);
  LayerJob job{plan.geometry, plan.work, plan.tiling, {}};
  job.is_ideal = network.machine.dram.model == DramModel::Ideal;
  job.observer = observers.layer;
  const DramConfig dram = job.is_ideal ? DramConfig{} : network.machine.dram;  // unused where ideal
  const std::unique_ptr<MemoryModel> memory = make_memory(dram, network.machine.clock_hz);
  memory->observe(observers.memory);
  DirectPort port{*memory};
  MemoryStore store;
  StoredPort stored_port{port, store};
  std::optional<CompressedWeights> weights;
  if (!experiment.weights.empty() && !job.is_ideal) {
    weights.emplace(plan.work, plan.tiling, experiment.weights,
                    lane_count(network.machine.array, plan.work.scheme.weights), store,
                    experiment.operands.weights);
    job.data = &*weights;
  }
  LayerEngine engine{job, experiment.operands, stored_port, lone_dma(dram)};
  const LayerTiming timing = run_layer(engine, port, 0, progress);
  check_outputs(plan, experiment, engine.outputs(), seed);
  return timing;
}

}  // namespace olivine

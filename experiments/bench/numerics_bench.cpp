// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Speed of the golden model: encoders and scale search in bytes of float32 input, and the
// functional GEMM beside its parts. Compare only within one run; oneDNN follows OMP_NUM_THREADS,
// everything else is one thread.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "models/base/rng.h"
#include "models/numerics/gemm.h"
#include "models/numerics/quantize.h"
#include "models/numerics/random_operand.h"
#include "models/numerics/scale_search.h"

#if defined(OLV_HAS_ONEDNN) && OLV_HAS_ONEDNN
#include <dnnl.h>
#endif

namespace olivine {
namespace {

constexpr int64_t kExtent = 1024;
constexpr uint64_t kSeed = 1;

std::vector<float> weight_like(int64_t count) {
  Rng rng{kSeed};
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    const double normal = rng.normal() * 2.3;  // three sigma at the largest int4
    value = static_cast<float>(rng.chance(0.005) ? normal * 8 : normal);
  }
  return values;
}

void encode_tensor(benchmark::State& state, Format format) {
  const std::vector<float> values = weight_like(kExtent * kExtent);
  const float scale[] = {1.0F};
  for (auto _ : state) {
    benchmark::DoNotOptimize(encode({"bench", values, kExtent, kExtent}, format, scale));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * kExtent * kExtent * 4);
}

// A weight matrix, searched and packed in blocks of 64 rows, as a checkpoint's are.
void quantize_weights(benchmark::State& state, Format format, int64_t k) {
  constexpr int64_t kRows = 1024;
  constexpr int64_t kBlock = 64;
  const std::vector<float> values = weight_like(kRows * k);
  for (auto _ : state) {
    for (int64_t row = 0; row < kRows; row += kBlock) {
      const auto block =
          std::span{values}.subspan(static_cast<size_t>(row * k), static_cast<size_t>(kBlock * k));
      benchmark::DoNotOptimize(
          search_and_encode({"bench", block, kBlock, k}, format, Granularity::PerRow));
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * kRows * k * 4);
}

// The same by trying every candidate, as the search is defined.
void quantize_weights_exhaustively(benchmark::State& state, Format format, int64_t k) {
  constexpr int64_t kRows = 64;
  const std::vector<float> values = weight_like(kRows * k);
  const TensorView tensor{"bench", values, kRows, k};
  const EncodeRules rules = rules_for(format, EncoderPolicy::Paper);
  for (auto _ : state) {
    const ScaleChoice choice = search_scales_exhaustively(
        tensor, rules, find_x_max(tensor, rules.grid, Granularity::PerRow));
    benchmark::DoNotOptimize(encode(tensor, format, choice.scales));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * kRows * k * 4);
}

// Activations: one scale for 500 x 1536.
void search_activations(benchmark::State& state, Format format) {
  const std::vector<float> values = weight_like(500 * 1536);
  const EncodeRules rules = rules_for(format, EncoderPolicy::Paper);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        search_scales({"bench", values, 500, 1536}, rules, Granularity::PerTensor));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * 500 * 1536 * 4);
}

void register_searches() {
  for (const Format format :
       {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8}) {
    const std::string name{name_of(format)};
    for (const int64_t k : {384, 768, 3072}) {
      const auto label = "/" + name + "/k:" + std::to_string(k);
      benchmark::RegisterBenchmark(
          ("BM_QuantizeWeights" + label).c_str(),
          [=](benchmark::State& state) { quantize_weights(state, format, k); })
          ->Unit(benchmark::kMillisecond);
      if (k != 768) continue;
      benchmark::RegisterBenchmark(
          ("BM_QuantizeWeightsExhaustively" + label).c_str(),
          [=](benchmark::State& state) { quantize_weights_exhaustively(state, format, k); })
          ->Unit(benchmark::kMillisecond);
    }
    benchmark::RegisterBenchmark(
        ("BM_SearchActivations/" + name).c_str(),
        [=](benchmark::State& state) { search_activations(state, format); })
        ->Unit(benchmark::kMillisecond);
  }
}
const bool kAreSearchesRegistered = (register_searches(), true);

void count_macs(benchmark::State& state) {
  const double macs =
      static_cast<double>(kExtent) * static_cast<double>(kExtent) * static_cast<double>(kExtent);
  state.counters["macs_per_s"] =
      benchmark::Counter(macs, benchmark::Counter::kIsIterationInvariantRate);
}

void multiply(benchmark::State& state, Format format, Pattern pattern, GemmEngine engine) {
  Rng rng{kSeed};
  const auto a = random_packed(format, Pattern::Dense, kExtent, kExtent, rng);
  const auto b = random_packed(format, pattern, kExtent, kExtent, rng);
  for (auto _ : state) benchmark::DoNotOptimize(gemm_functional(a, b, engine));
  count_macs(state);
}

#if defined(OLV_HAS_ONEDNN) && OLV_HAS_ONEDNN
void onednn_alone(benchmark::State& state) {
  Rng rng{kSeed};
  std::vector<int8_t> a(static_cast<size_t>(kExtent * kExtent));
  std::vector<int8_t> b(a.size());
  std::vector<int32_t> c(a.size());
  for (auto& value : a) value = static_cast<int8_t>(rng.uniform(-96, 96));
  for (auto& value : b) value = static_cast<int8_t>(rng.uniform(-96, 96));
  const int32_t offset = 0;
  for (auto _ : state) {
    dnnl_gemm_s8s8s32('N', 'T', 'F', kExtent, kExtent, kExtent, 1.0F, a.data(), kExtent, 0,
                      b.data(), kExtent, 0, 0.0F, c.data(), kExtent, &offset);
    benchmark::DoNotOptimize(c.data());
  }
  count_macs(state);
}
BENCHMARK(onednn_alone)->Unit(benchmark::kMillisecond);
#endif

BENCHMARK_CAPTURE(encode_tensor, int8, Format::Int8);
BENCHMARK_CAPTURE(encode_tensor, int4, Format::Int4);
BENCHMARK_CAPTURE(encode_tensor, ovp4, Format::Ovp4);
BENCHMARK_CAPTURE(encode_tensor, ovp4f, Format::Ovp4f);
BENCHMARK_CAPTURE(encode_tensor, ovp8, Format::Ovp8);
BENCHMARK_CAPTURE(multiply, w4a4_ovp, Format::Ovp4, Pattern::Dense, GemmEngine::Automatic)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(multiply, w4a4_ovp_two_four, Format::Ovp4, Pattern::TwoFour,
                  GemmEngine::Automatic)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(multiply, w4a4_ovp_int16_kernel, Format::Ovp4, Pattern::Dense,
                  GemmEngine::Int16Kernel)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(multiply, w8a8_ovp, Format::Ovp8, Pattern::Dense, GemmEngine::Automatic)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace olivine

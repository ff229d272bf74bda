// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The benches of the RTL on its synthesized netlists.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "experiments/regress/benches.h"
#include "experiments/synth/synthesis.h"
#include "sim/cosim/netlist_model.h"

namespace olivine::synth {
namespace {

struct BenchCase {
  const regress::BlockBench* bench;
  regress::Parameters parameters;
  int64_t cases;
};

std::string name_of(const ::testing::TestParamInfo<BenchCase>& info) {
  std::string name{info.param.bench->top};
  for (const auto& [key, value] : info.param.parameters) name += key + std::to_string(value);
  std::erase(name, '_');
  return name;
}

// Test lists print it; the bytes of the pointers inside would change with every run.
void PrintTo(const BenchCase& test, std::ostream* out) { *out << test.bench->block; }

class NetlistBench : public ::testing::TestWithParam<BenchCase> {};

TEST_P(NetlistBench, FindsNoDivergence) {
  const BenchCase& test = GetParam();
  SynthesisConfig config;
  config.rtl = OLV_SOURCE_DIR "/rtl";
  config.work = ::testing::TempDir() + "olivine_netlist_bench";
  if (!missing_tool(config).empty()) GTEST_SKIP() << "SKIPPED (no " << missing_tool(config) << ")";
  const LibertyLibrary library = load_liberty(config.liberty);
  const Parameters parameters{test.parameters.begin(), test.parameters.end()};
  const SynthesizedBlock block =
      synthesize(config, library, std::string{test.bench->top}, parameters);
  for (const uint64_t seed : {1u, 2u, 3u}) {
    NetlistModel model{block.netlist, seed, true};
    regress::BenchContext context{.model = model,
                                  .parameters = test.parameters,
                                  .seed = seed,
                                  .cases = test.cases,
                                  .rng = Rng{seed}};
    const auto divergence = test.bench->run(context);
    ASSERT_FALSE(divergence.has_value())
        << "seed " << seed << " cycle " << divergence->cycle << ": " << divergence->signal
        << " expected " << divergence->expected << ", got " << divergence->got << " ("
        << divergence->context << ")";
    EXPECT_GT(context.checks, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Blocks, NetlistBench,
    ::testing::Values(
        BenchCase{
            &regress::kOutlierDecoderBench, {{"MantissaBits", 1}, {"CodeExponentBits", 2}}, 50},
        BenchCase{&regress::kOvpDecoder4Bench, {}, 50},
        BenchCase{&regress::kOvpDecoder8Bench, {}, 50},
        BenchCase{&regress::kOvpDecoderBench, {}, 50},
        BenchCase{&regress::kOvpEncoderBench, {}, 50},
        BenchCase{&regress::kSparseSelectBench, {{"Width", 9}, {"Kept", 1}}, 50},
        BenchCase{&regress::kPeBench, {{"OutputStationary", 0}, {"Sparse", 0}}, 20},
        BenchCase{&regress::kPeBench, {{"OutputStationary", 0}, {"Sparse", 1}}, 20},
        BenchCase{&regress::kPeBench, {{"OutputStationary", 1}, {"Sparse", 0}}, 20},
        BenchCase{&regress::kPeBench, {{"OutputStationary", 1}, {"Sparse", 1}}, 20},
        BenchCase{
            &regress::kFoldControllerBench, {{"Rows", 3}, {"Cols", 4}, {"OutputStationary", 0}}, 5},
        BenchCase{
            &regress::kFoldControllerBench, {{"Rows", 3}, {"Cols", 4}, {"OutputStationary", 1}}, 5},
        BenchCase{&regress::kSystolicArrayBench,
                  {{"Rows", 3}, {"Cols", 2}, {"OutputStationary", 0}, {"Sparse", 0}},
                  2},
        BenchCase{&regress::kSystolicArrayBench,
                  {{"Rows", 2}, {"Cols", 3}, {"OutputStationary", 1}, {"Sparse", 0}},
                  2},
        BenchCase{&regress::kDotProductUnitBench, {{"Lanes", 1}}, 20}),
    name_of);

}  // namespace
}  // namespace olivine::synth

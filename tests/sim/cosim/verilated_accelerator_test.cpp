// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/verilated_accelerator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/packed.h"
#include "sim/cosim/model_builder.h"
#include "sim/cosim/tool.h"
#include "tests/sim/systolic/stream_cores.h"
#include "tests/sim/systolic/stream_layer.h"

// Whole layers on the RTL and on StreamAccelerator: the same outputs, and the same cycles.
namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::random_stream_layer;
using testing::StreamHarness;
using testing::StreamLayer;
using testing::StreamRun;

// Models stay there for the next run, beside the runtime that model_builder_test has compiled.
constexpr const char* kWork = "model_builder_test_work";

struct Build {
  AcceleratorLimits limits;
  int layers = 0;
};

// An odd number of lines on either side, scratchpads of hardly more than a fold; LoopArray last.
const std::array kBuilds = {Build{{4, 4, true, true, 8, 8}, 200},
                            Build{{5, 4, false, true, 6, 9}, 200},
                            Build{{16, 16, false, false, 16, 32}, 20}};

class VerilatedAcceleratorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_tool("verilator")) GTEST_SKIP() << "SKIPPED (no verilator)";
  }
  [[nodiscard]] static std::unique_ptr<AcceleratorCore> make(const AcceleratorLimits& limits) {
    return make_verilated_accelerator(OLV_SOURCE_DIR "/rtl", kWork, limits);
  }
};

class VerilatedAcceleratorBuilds : public VerilatedAcceleratorTest,
                                   public ::testing::WithParamInterface<size_t> {};

TEST_P(VerilatedAcceleratorBuilds, RunLayersInTheCyclesOfTheModel) {
  const Build& build = kBuilds[GetParam()];
  const uint64_t seed = 51 + GetParam();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Rng rng{seed};
  const auto rtl = make(build.limits);
  StreamAccelerator model{build.limits};
  StreamAccelerator alone{build.limits};
  testing::TwinCores twins{*rtl, model};
  for (int i = 0; i < build.layers; ++i) {
    const int64_t extent = 2 * std::max(build.limits.rows, build.limits.cols) + 11;
    const StreamLayer stream =
        random_stream_layer(rng, build.limits, {.extent = extent, .batch = 2});
    SCOPED_TRACE(fmt::format("case {}: {}", i, testing::describe(stream)));
    // In lockstep, and the model by itself.
    const StreamRun run = StreamHarness{stream, twins}.run();
    ASSERT_FALSE(twins.has_parted());
    ASSERT_EQ(run.outputs, stream.expected);
    ASSERT_EQ((StreamHarness{stream, alone}.run()), run);
  }
}

INSTANTIATE_TEST_SUITE_P(Builds, VerilatedAcceleratorBuilds,
                         ::testing::Range(size_t{0}, kBuilds.size()));

TEST_F(VerilatedAcceleratorTest, ThrowsTheTextOfAnAssertionThatFails) {
  const AcceleratorLimits limits = kBuilds[1].limits;
  const auto rtl = make(limits);
  rtl->configure(make_stream_formats(Format::Int4, Format::Int4, false, true));
  // Longer than the operands that a half can hold, which only software can know to be wrong.
  const FoldCommand fold{limits.buffer_depth + 1, limits.buffer_depth + 1, 0, true, false, false};
  StreamInputs inputs;
  inputs.fold = &fold;
  try {
    for (int i = 0; i < 4; ++i) (void)rtl->cycle(inputs);
    FAIL() << "no CheckFailed";
  } catch (const CheckFailed& error) {
    EXPECT_THAT(error.what(), HasSubstr("FoldFitsBuffer"));
    EXPECT_THAT(error.what(), HasSubstr("array idle"));
  }
}

TEST_F(VerilatedAcceleratorTest, StaysTheSameObjectFromLayerToLayer) {
  Rng rng{61};
  SCOPED_TRACE("seed 61");
  const AcceleratorLimits limits = kBuilds[0].limits;
  const auto rtl = make(limits);
  const StreamLayer first = random_stream_layer(rng, limits, {.extent = 12, .batch = 1});
  const StreamRun run = StreamHarness{first, *rtl}.run();
  const StreamLayer second = random_stream_layer(rng, limits, {.extent = 12, .batch = 1});
  EXPECT_EQ((StreamHarness{second, *rtl}.run()).outputs, second.expected);
  EXPECT_EQ((StreamHarness{first, *rtl}.run()), run);
}

TEST(VerilatedAccelerator, NamesEveryLimitThatCannotBeBuilt) {
  try {
    (void)make_verilated_accelerator("no such tree", kWork, {8, 4, true, false, 4, 7});
    FAIL() << "built";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre("buffer_depth = 4: must be more than half of the 8 rows",
                            "output_depth = 7: must be at least the 8 rows of an os array"));
  }
}

TEST_F(VerilatedAcceleratorTest, NamesTheTreeThatIsNotThere) {
  try {
    (void)make_verilated_accelerator("no such tree", kWork, {4, 4, true, false, 4, 8});
    FAIL() << "built";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no such tree"));
  }
}

TEST(DefaultRtlFolder, HoldsTheTreeOfThisBuild) {
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path{default_rtl_folder()} / "files.f"));
}

}  // namespace
}  // namespace olivine

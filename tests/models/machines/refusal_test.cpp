// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/machines/machine.h"

namespace olivine {
namespace {

using ::testing::HasSubstr;

std::string reason(const MachineConfig& machine, std::string_view scheme) {
  return refusal(machine, parse_scheme(scheme)).value_or("");
}

MachineConfig array_of(int64_t rows, int64_t cols, Dataflow dataflow) {
  MachineConfig machine;
  machine.name = "m";
  machine.array.rows = rows;
  machine.array.cols = cols;
  machine.array.dataflow = dataflow;
  return machine;
}

// The whole matrix of shipped machines and schemes.
TEST(Refusal, ShippedMachinesRunExactlyTheseSchemes) {
  const std::set<std::string> int_schemes = {"w8a8-int8", "w4a4-int4"};
  const std::set<std::string> ovp_and_sparse = {
      "w8a8-int8",     "w4a4-int4",     "w4a4-ovp",     "w8a8-ovp",     "w4a8-ovp",
      "w8a8-int8-2:4", "w4a4-int4-2:4", "w4a4-ovp-2:4", "w8a8-ovp-2:4", "w4a8-ovp-2:4"};
  const std::map<std::string, std::set<std::string>> expected = {
      {"olive_64x64", ovp_and_sparse},  {"edge_16x16", ovp_and_sparse},
      {"adafloat_32x28", {"w8a8-fp8"}}, {"olaccel_16x18", int_schemes},
      {"ant_64x64", int_schemes},       {"tpu_like_128x128", int_schemes}};
  ASSERT_EQ(expected.size(), shipped_machines().size());
  for (const auto& [name, runs] : expected) {
    const MachineConfig machine = load_machine(name);
    for (const Scheme& scheme : all_schemes()) {
      SCOPED_TRACE(fmt::format("{} {}", name, scheme.name));
      const auto why = refusal(machine, scheme);
      EXPECT_EQ(!why.has_value(), runs.contains(std::string{scheme.name}));
      if (why) {
        EXPECT_THAT(*why, HasSubstr("machine " + name + " cannot run"));
      }
    }
  }
}

TEST(Refusal, NamesTheMissingHardware) {
  MachineConfig machine = array_of(16, 16, Dataflow::OutputStationary);
  EXPECT_THAT(reason(machine, "w16a16-bf16"), HasSubstr("integer PEs have no bf16"));
  EXPECT_THAT(reason(machine, "w4a16-int4"), HasSubstr("integer PEs have no fp16"));
  machine.array.has_ovp_decoders = false;
  EXPECT_THAT(reason(machine, "w4a4-ovp"), HasSubstr("array.ovp_decoders"));
  EXPECT_EQ(reason(machine, "w4a4-int4"), "");
  machine.array.has_sparse_select = false;
  EXPECT_THAT(reason(machine, "w4a4-int4-2:4"), HasSubstr("array.sparse_select"));
  EXPECT_EQ(reason(machine, "w4a4-int4"), "");
  machine.array.arithmetic = Arithmetic::Float;
  EXPECT_THAT(reason(machine, "w8a8-int8"), HasSubstr("execute fp8 only, not int8"));
  EXPECT_THAT(reason(machine, "w16a16-fp16"), HasSubstr("execute fp8 only, not fp16"));
}

TEST(Refusal, InputStationaryCannotSelectForMovingWeights) {
  EXPECT_THAT(reason(array_of(16, 16, Dataflow::InputStationary), "w4a4-ovp-2:4"),
              HasSubstr("the weights move"));
  EXPECT_EQ(reason(array_of(16, 16, Dataflow::InputStationary), "w4a4-ovp"), "");
  EXPECT_EQ(reason(array_of(16, 16, Dataflow::WeightStationary), "w4a4-ovp-2:4"), "");
  EXPECT_EQ(reason(array_of(16, 16, Dataflow::OutputStationary), "w4a4-ovp-2:4"), "");
}

// rows >= lanes of the left operand (twice that for 2:4 in ws), cols >= lanes of the top one.
TEST(Refusal, ArrayHoldsAtLeastOneElementOfEachOperand) {
  struct Case {
    std::string_view scheme;
    Dataflow dataflow;
    int64_t rows;
    int64_t cols;
  };
  using enum Dataflow;
  const std::vector<Case> smallest = {
      {"w4a4-ovp", OutputStationary, 1, 1},     {"w8a8-int8", OutputStationary, 2, 2},
      {"w4a8-ovp", OutputStationary, 2, 1},     {"w4a8-ovp", WeightStationary, 2, 1},
      {"w4a8-ovp", InputStationary, 1, 2},      {"w4a4-ovp-2:4", OutputStationary, 1, 1},
      {"w4a4-ovp-2:4", WeightStationary, 2, 1}, {"w8a8-int8-2:4", WeightStationary, 4, 2},
      {"w4a8-ovp-2:4", WeightStationary, 4, 1}, {"w8a8-int8-2:4", OutputStationary, 2, 2}};
  for (const Case& c : smallest) {
    SCOPED_TRACE(fmt::format("{} {}", c.scheme, name_of<Dataflow>(kDataflowNames, c.dataflow)));
    EXPECT_EQ(reason(array_of(c.rows, c.cols, c.dataflow), c.scheme), "");
    if (c.rows > 1) {
      EXPECT_THAT(reason(array_of(c.rows - 1, c.cols, c.dataflow), c.scheme),
                  HasSubstr(fmt::format("takes {} rows", c.rows)));
    }
    if (c.cols > 1) {
      EXPECT_THAT(reason(array_of(c.rows, c.cols - 1, c.dataflow), c.scheme),
                  HasSubstr(fmt::format("takes {} columns", c.cols)));
    }
  }
}

}  // namespace
}  // namespace olivine

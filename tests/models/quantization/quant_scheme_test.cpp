// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/quant_scheme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/base/error.h"

namespace olivine {
namespace {

TEST(QuantScheme, EveryMachineSchemeIsOne) {
  for (const Scheme& scheme : all_schemes()) {
    const QuantScheme quant = parse_quant_scheme(scheme.name);
    EXPECT_EQ(quant.weights, Storage{scheme.weights});
    EXPECT_EQ(quant.activations, Storage{scheme.activations});
    EXPECT_EQ(quant.machine, scheme);
    EXPECT_EQ(quant.sparsity == Sparsity::TwoFour, scheme.weight_pattern == Pattern::TwoFour);
  }
}

TEST(QuantScheme, NamesAreDistinctAndParseBack) {
  std::set<std::string> names;
  for (const std::string& name : quant_scheme_names()) {
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(parse_quant_scheme(name).name, name);
  }
}

TEST(QuantScheme, BitmapsRunAsTheirDenseScheme) {
  const QuantScheme sparse = parse_quant_scheme("w8a8-int8-bitmap");
  EXPECT_EQ(sparse.sparsity, Sparsity::Bitmap);
  EXPECT_EQ(sparse.machine->name, "w8a8-int8");
  EXPECT_THROW((void)parse_quant_scheme("w8a8-int8-2:4-bitmap"), ConfigError);
}

TEST(QuantScheme, BlocksCostTheirShareOfTheScale) {
  // 32 elements of 4 or 8 bits, and 8 bits of scale.
  EXPECT_EQ(bits_of(parse_quant_scheme("w4a4-mxfp4").weights), (32 * 4 + 8) / 32.0);
  EXPECT_EQ(bits_of(parse_quant_scheme("w8a8-mxint8").weights), (32 * 8 + 8) / 32.0);
  EXPECT_EQ(bits_of(Format::Ovp4), 4.0);
  EXPECT_FALSE(parse_quant_scheme("w4a4-mxfp4").machine);
}

TEST(QuantScheme, AnUnknownNameHasANearestOne) {
  EXPECT_THAT([] { (void)parse_quant_scheme("w4a4-mxfp"); },
              ::testing::ThrowsMessage<ConfigError>(::testing::HasSubstr("'w4a4-mxfp4'")));
}

}  // namespace
}  // namespace olivine

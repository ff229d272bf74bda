// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/gemm_args.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "kernels/launch/operand_layout.h"
#include "models/numerics/format.h"

namespace olivine {
namespace {

constexpr std::array kExtents = {0, 1, 2, 3, 4, 31, 32, 33, 63, 64, 65, 127, 128, 129, 8191};

TEST(GemmArgs, RowBytesHoldEveryStoredElement) {
  for (const int64_t k : kExtents) {
    SCOPED_TRACE(k);
    EXPECT_EQ(weight_row_bytes(WeightForm::Int8, k), k);
    EXPECT_EQ(activation_row_bytes(ActivationForm::Int8, k), k);
    EXPECT_EQ(activation_row_bytes(ActivationForm::Int8Planes, k), k);
    EXPECT_EQ(activation_row_bytes(ActivationForm::Ovp8, k),
              static_cast<int64_t>(code_bytes(Format::Ovp8, Pattern::Dense, 1, k).count()));
    EXPECT_EQ(weight_row_bytes(WeightForm::Int8Sparse, k),
              static_cast<int64_t>(code_bytes(Format::Int8, Pattern::TwoFour, 1, k).count()));
    const auto dense = static_cast<int64_t>(code_bytes(Format::Ovp4, Pattern::Dense, 1, k).count());
    const auto kept =
        static_cast<int64_t>(code_bytes(Format::Ovp4, Pattern::TwoFour, 1, k).count());
    EXPECT_EQ(weight_row_bytes(WeightForm::Ovp4, k), round_up(dense, kOvpBlockBytes));
    EXPECT_EQ(activation_row_bytes(ActivationForm::Ovp4, k), round_up(dense, kOvpBlockBytes));
    EXPECT_EQ(weight_row_bytes(WeightForm::Ovp4Sparse, k), round_up(kept, kOvpBlockBytes));
  }
}

TEST(GemmArgs, StridesAreTheNextMultipleOf16) {
  for (const int64_t bytes : kExtents) EXPECT_EQ(operand_stride(bytes), round_up(bytes, 16));
}

TEST(GemmArgs, NamesOfFormsDiffer) {
  std::set<std::string_view> weights;
  for (const WeightForm form :
       {WeightForm::Int8, WeightForm::Int8Sparse, WeightForm::Ovp4, WeightForm::Ovp4Sparse}) {
    weights.insert(name_of(form));
  }
  EXPECT_EQ(weights, (std::set<std::string_view>{"int8", "int8-2:4", "ovp4", "ovp4-2:4"}));
  std::set<std::string_view> activations;
  for (const ActivationForm form : {ActivationForm::Int8, ActivationForm::Ovp4,
                                    ActivationForm::Ovp8, ActivationForm::Int8Planes}) {
    activations.insert(name_of(form));
  }
  EXPECT_EQ(activations, (std::set<std::string_view>{"int8", "int8-planes", "ovp4", "ovp8"}));
  EXPECT_EQ(name_of(OutputForm::Int32), "int32");
  EXPECT_EQ(name_of(OutputForm::Int8), "int8");
  EXPECT_EQ(name_of(OutputForm::Fp16), "fp16");
}

}  // namespace
}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "kernels/emulator/emulate_quant.h"
#include "kernels/launch/operand_image.h"
#include "kernels/launch/operand_layout.h"
#include "models/base/rng.h"
#include "models/numerics/ovp.h"
#include "models/numerics/packed.h"
#include "models/numerics/random_operand.h"

namespace olivine {
namespace {

constexpr uint8_t kPoison = 0xA5;
constexpr double kOutlierShare = 0.2;

// A tensor in device memory, and where its values go, with a gap of 16 bytes between rows.
struct Case {
  PackedMatrix matrix;
  std::vector<uint8_t> codes;
  int64_t code_stride = 0;
  std::vector<uint8_t> values;
  OvpTensor tensor;
};

Case make_case(Format format, Pattern pattern, int64_t rows, int64_t k, uint64_t seed) {
  Rng rng{seed};
  Case result;
  result.matrix = random_packed(format, pattern, rows, k, rng, kOutlierShare);
  if (format == Format::Ovp4) {
    WeightImage image;
    EXPECT_TRUE(make_weight_image(result.matrix, image));
    result.codes = image.codes;
    result.code_stride = image.stride;
  } else {
    ActivationImage image;
    EXPECT_TRUE(make_activation_image(result.matrix, ActivationForm::Ovp8, image));
    result.codes = image.codes;
    result.code_stride = image.stride;
  }
  const int64_t columns = stored_k(format, pattern, k);
  const int64_t stride = operand_stride(columns) + 16;
  const int64_t planes = format == Format::Ovp8 ? 2 : 1;
  result.values.assign(static_cast<size_t>(planes * rows * stride), kPoison);
  result.tensor = {format,
                   rows,
                   columns,
                   result.codes.data(),
                   result.code_stride,
                   reinterpret_cast<int8_t*>(result.values.data()),
                   stride,
                   planes == 2 ? rows * stride : 0};
  return result;
}

// Values as planes; zeros to the end of a block of 16, poison in the gaps.
std::vector<uint8_t> expected_values(const Case& test) {
  const OvpTensor& tensor = test.tensor;
  std::vector<uint8_t> values(test.values.size(), kPoison);
  const DecodedMatrix decoded = decode(test.matrix);
  for (int64_t row = 0; row < tensor.rows; ++row) {
    for (int64_t i = 0; i < operand_stride(tensor.columns); ++i) {
      int32_t value = 0;
      for (int slice = 0; i < decoded.columns && slice < decoded.slices; ++slice) {
        value += decoded.at(row, i, slice).value();
      }
      const auto low = static_cast<int8_t>(value & 255);
      const auto at = static_cast<size_t>(row * tensor.value_stride + i);
      if (tensor.plane_stride == 0) {
        values[at] = static_cast<uint8_t>(value);
      } else {
        values[at] = static_cast<uint8_t>((value - low) / 256);
        values[at + static_cast<size_t>(tensor.plane_stride)] = static_cast<uint8_t>(low);
      }
    }
  }
  return values;
}

void add_ranges(Case& test, EmulatorOptions& options) {
  options.memory.push_back({test.codes.data(), static_cast<int64_t>(test.codes.size()), false});
  options.memory.push_back({test.values.data(), static_cast<int64_t>(test.values.size()), true});
}

void check_decoding(Case first, Case second, uint64_t seed) {
  EmulatorOptions options;
  options.seed = seed;
  add_ranges(first, options);
  add_ranges(second, options);
  const DecodeOvpArgs args{first.tensor, second.tensor};
  ASSERT_EQ(can_run(args).reason(), "");
  emulate_quant(args, options);
  for (const Case* test : {&first, &second}) {
    EXPECT_TRUE(test->values == expected_values(*test))
        << name_of(test->matrix.format) << ", " << name_of(test->matrix.pattern) << ", rows "
        << test->matrix.rows << ", k " << test->matrix.k << ", seed " << seed;
  }
}

constexpr int64_t kExtents[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 4095, 4096, 4099};

TEST(DecodeKernels, DecodeEveryResidue) {
  uint64_t seed = 0;
  for (const int64_t k : kExtents) {
    ++seed;
    check_decoding(make_case(Format::Ovp4, Pattern::Dense, 3, k, seed),
                   make_case(Format::Ovp8, Pattern::Dense, 2, k, seed), seed);
    check_decoding(make_case(Format::Ovp8, Pattern::Dense, 5, k, seed),
                   make_case(Format::Ovp4, Pattern::TwoFour, 7, k, seed), seed);
  }
}

TEST(DecodeKernels, DecodeOneTensorOrNone) {
  check_decoding(make_case(Format::Ovp4, Pattern::Dense, 37, 40, 1),
                 make_case(Format::Ovp4, Pattern::Dense, 0, 40, 2), 1);
  check_decoding(make_case(Format::Ovp8, Pattern::Dense, 0, 40, 3),
                 make_case(Format::Ovp4, Pattern::Dense, 1, 40, 4), 2);
  check_decoding(make_case(Format::Ovp8, Pattern::Dense, 0, 0, 3),
                 make_case(Format::Ovp4, Pattern::Dense, 0, 0, 4), 3);
  EXPECT_EQ(make_launch_config(DecodeOvpArgs{}).blocks, 0);
}

class CheckOvp4 : public testing::Test {
 protected:
  CheckOvp4() {
    Rng rng{7};
    const PackedMatrix matrix = random_packed(Format::Ovp4, Pattern::Dense, 3, 5000, rng, 0.5);
    EXPECT_TRUE(make_weight_image(matrix, image_));
  }

  // The word after a check of the first `row_bytes` of all rows.
  ProblemWord run(int64_t row_bytes) {
    ProblemWord word = kNoProblem;
    args_ = {image_.rows, row_bytes, image_.codes.data(), image_.stride, &word};
    EXPECT_EQ(can_run(args_).reason(), "");
    emulate_quant(args_, {});
    args_.first_illegal = nullptr;
    return word;
  }
  void spoil(int64_t row, int64_t byte, uint8_t value) {
    image_.codes[static_cast<size_t>(row * image_.stride + byte)] = value;
  }

  WeightImage image_;
  CheckOvp4Args args_;
};

TEST_F(CheckOvp4, LegalBytesPass) {
  EXPECT_EQ(run(2500), kNoProblem);
  EXPECT_TRUE(find_illegal_byte(args_, kNoProblem));
}

TEST_F(CheckOvp4, EveryByteIsJudgedAsModelsDo) {
  for (int byte = 0; byte < 256; ++byte) {
    spoil(1, 0, static_cast<uint8_t>(byte));
    const bool is_legal = decode_byte(Format::Ovp4, static_cast<uint8_t>(byte)).is_legal;
    EXPECT_EQ(run(64), is_legal ? kNoProblem : 64) << byte;
  }
}

TEST_F(CheckOvp4, TheFirstIllegalByteIsFound) {
  spoil(2, 17, 0x88);
  EXPECT_EQ(run(2500), 2 * 2500 + 17);
  spoil(1, 2499, 0x80);
  EXPECT_EQ(run(2500), 2500 + 2499);
  EXPECT_EQ(find_illegal_byte(args_, 2500 + 2499).reason(),
            "codes: row 1, byte 2499: 0x88, 0x80 and 0x08 are no ovp4 pair");
  spoil(1, 2048, 0x08);
  spoil(1, 2049, 0x08);
  EXPECT_EQ(run(2500), 2500 + 2048);
  EXPECT_EQ(run(1), kNoProblem);  // rows end before all of them
}

}  // namespace
}  // namespace olivine

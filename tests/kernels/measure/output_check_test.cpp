// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/output_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace olivine::measure {
namespace {

using testing::HasSubstr;

// 3 x 5 int32, values of their own.
class OutputCheck : public testing::TestWithParam<GuardColumns> {
 protected:
  OutputCheck() : layout_{guarded_layout(3, 5, 4, GetParam())} {
    for (int32_t i = 0; i < 15; ++i) values_.push_back(1000 + i);
    expected_.resize(values_.size() * sizeof(int32_t));
    std::memcpy(expected_.data(), values_.data(), expected_.size());
    bytes_.assign(static_cast<size_t>(layout_.total_bytes()), kPoison);
    for (int64_t row = 0; row < 3; ++row) {
      std::memcpy(bytes_.data() + start(row), values_.data() + 5 * row, 20);
    }
  }

  [[nodiscard]] int64_t start(int64_t row) const {
    return layout_.guard_bytes + row * layout_.c_stride * 4;
  }
  [[nodiscard]] std::string reason() const {
    return check_output(layout_, bytes_, expected_).reason();
  }

  OutputLayout layout_;
  std::vector<int32_t> values_;
  std::vector<uint8_t> expected_;
  std::vector<uint8_t> bytes_;
};

TEST_P(OutputCheck, AcceptsExactlyTheExpectedOutput) {
  EXPECT_EQ(reason(), "");
  EXPECT_EQ(extract_output(layout_, bytes_), expected_);
}

TEST_P(OutputCheck, FindsOneWrongBitBad) {
  bytes_[static_cast<size_t>(start(2) + 4 * 3)] ^= 1;
  EXPECT_EQ(reason(), "c[2][3] = 1012, must be 1013 (1 of 15 differ)");
}

TEST_P(OutputCheck, FindsWhatWasNotWrittenBad) {
  std::fill_n(bytes_.begin() + start(1), 20, kPoison);
  EXPECT_EQ(reason(), "c[1][0] was not written, must be 1005 (5 of 15 differ)");
}

TEST_P(OutputCheck, FindsEveryGuardThatWasWrittenBad) {
  const int64_t behind = layout_.guard_bytes + layout_.c_bytes();
  const std::pair<int64_t, std::string_view> places[] = {
      {0, "byte 0 of the guard before c was written"},
      {layout_.guard_bytes - 1, "of the guard before c was written"},
      {start(0) + 20, "byte 0 past the end of row 0 of c was written"},
      {start(1) - 1, "past the end of row 0 of c was written"},
      {start(2) + 20, "byte 0 past the end of row 2 of c was written"},
      {behind, "byte 0 of the guard behind c was written"},
      {layout_.total_bytes() - 1, "of the guard behind c was written"}};
  for (const auto& [place, text] : places) {
    bytes_[static_cast<size_t>(place)] ^= 0x40;
    EXPECT_THAT(reason(), HasSubstr(std::string{text})) << place;
    bytes_[static_cast<size_t>(place)] ^= 0x40;
  }
  EXPECT_EQ(reason(), "");
}

INSTANTIATE_TEST_SUITE_P(Columns, OutputCheck,
                         testing::Values(GuardColumns::Aligned, GuardColumns::Odd));

TEST(GuardedLayout, PutsRowsAtMultiplesOf16ElementsOrAnywhere) {
  for (const int64_t n : {1, 15, 16, 17, 64}) {
    for (const int bytes : {1, 2, 4}) {
      const OutputLayout aligned = guarded_layout(7, n, bytes, GuardColumns::Aligned);
      EXPECT_EQ(aligned.c_stride % 16, 0);
      EXPECT_EQ(aligned.guard_bytes % 256, 0);
      EXPECT_GT(aligned.c_stride, n);
      const OutputLayout odd = guarded_layout(7, n, bytes, GuardColumns::Odd);
      EXPECT_EQ(odd.c_stride % 2, 1);
      EXPECT_GT(odd.c_stride, n);
      EXPECT_EQ(odd.guard_bytes % 256, bytes);  // C is aligned to its elements alone
    }
  }
}

TEST(GuardedLayout, HasRoomForAnEmptyOutput) {
  const OutputLayout layout = guarded_layout(0, 5, 4, GuardColumns::Odd);
  const std::vector<uint8_t> bytes(static_cast<size_t>(layout.total_bytes()), kPoison);
  EXPECT_TRUE(check_output(layout, bytes, {}));
}

TEST(Fnv1a, IsThePublishedHash) {
  const auto hash = [](std::string_view text) {
    return fnv1a({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  // Test vectors of the authors (isthe.com/chongo/tech/comp/fnv).
  EXPECT_EQ(hash(""), 0xcbf29ce484222325);
  EXPECT_EQ(hash("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(hash("foobar"), 0x85944171f73967e8);
  EXPECT_EQ(hash_text(0x1f), "000000000000001f");
}

}  // namespace
}  // namespace olivine::measure

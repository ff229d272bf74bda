// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/element_type.h"

#include <gtest/gtest.h>

#include <set>

#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

TEST(ElementType, NamesAreDistinctAndParse) {
  std::set<std::string_view> names;
  for (const ElementTypeInfo& type : all_element_types()) {
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_EQ(parse_element_type(type.name), type.type);
    EXPECT_EQ(&info(type.type), &type);
  }
  EXPECT_EQ(names.size(), 15u);  // enumerators of ElementType
  EXPECT_EQ(parse_element_type("f32"), std::nullopt);
  EXPECT_EQ(parse_element_type(""), std::nullopt);
}

// Names of safetensors say the bits: "BF16", "F8_E4M3".
TEST(ElementType, BytesFollowFromTheName) {
  for (const ElementTypeInfo& type : all_element_types()) {
    if (type.type == ElementType::Bool) continue;
    const size_t digits = type.name.find_first_of("123456789");
    EXPECT_EQ(type.bytes * 8, std::stoi(std::string{type.name.substr(digits)})) << type.name;
    EXPECT_EQ(type.is_float, type.name.find('F') != std::string_view::npos) << type.name;
  }
  EXPECT_EQ(info(ElementType::Bool).bytes, 1);
  EXPECT_FALSE(info(ElementType::Bool).is_float);
}

TEST(TensorShape, CountsWhatFitsIn63Bits) {
  constexpr int64_t kHalf = int64_t{1} << 31;
  EXPECT_EQ(checked_element_count({}), 1);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{7}), 7);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{3, 0, 5}), 0);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{kHalf, kHalf}), int64_t{1} << 62);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{kHalf, kHalf, 2}), std::nullopt);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{kHalf, kHalf, 4}), std::nullopt);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{-1}), std::nullopt);
  EXPECT_EQ(checked_element_count(std::vector<int64_t>{0, -1}), std::nullopt);
  EXPECT_EQ(checked_byte_count(ElementType::F32, std::vector<int64_t>{3, 5}), 60);
  EXPECT_EQ(checked_byte_count(ElementType::F16, std::vector<int64_t>{kHalf, kHalf}), std::nullopt);
  EXPECT_EQ(shape_text(std::vector<int64_t>{}), "[]");
  EXPECT_EQ(shape_text(std::vector<int64_t>{3, 5}), "[3, 5]");
}

}  // namespace
}  // namespace olivine

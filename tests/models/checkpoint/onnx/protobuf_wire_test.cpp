// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/protobuf_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/models/checkpoint/onnx/onnx_files.h"
#include "tests/models/checkpoint/onnx/wire_writer.h"

namespace olivine {
namespace {

using test::error_of;
using test::Wire;
using ::testing::HasSubstr;

const std::string kSource = "wire";

TEST(ProtobufWire, ReadsEveryTypeInOrder) {
  const Wire wire = Wire{}
                        .number(1, 300)
                        .tag(2, 1)
                        .raw(std::string_view("\x01\x02\x03\x04\x05\x06\x07\x08", 8))
                        .bytes(3, "abc")
                        .tag(536870911, 5)
                        .raw(std::string_view("\x78\x56\x34\x12", 4));
  const WireInput input{wire.span(), kSource};
  WireReader reader{input, wire.span()};
  auto field = reader.next_field();
  ASSERT_TRUE(field);
  EXPECT_EQ(field->number, 1u);
  EXPECT_EQ(field->value, 300u);
  field = reader.next_field();
  ASSERT_TRUE(field);
  EXPECT_EQ(field->type, WireType::Fixed64);
  EXPECT_EQ(field->value, 0x0807060504030201u);
  field = reader.next_field();
  ASSERT_TRUE(field);
  EXPECT_EQ(field->bytes.data(), wire.span().data() + 14);  // 3 + 9 bytes, tag and length: no copy
  EXPECT_EQ(field->bytes.size(), 3u);
  field = reader.next_field();
  ASSERT_TRUE(field);
  EXPECT_EQ(field->number, (1u << 29) - 1);
  EXPECT_EQ(field->value, 0x12345678u);
  EXPECT_FALSE(reader.next_field());
}

TEST(ProtobufWire, ReadsVarintsUpTo64Bits) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  const std::vector<uint64_t> values = {0, 1, 127, 128, 16383, 16384, uint64_t{1} << 63, kMax};
  Wire wire;
  for (const uint64_t value : values) wire.varint(value);
  const WireInput input{wire.span(), kSource};
  WireReader reader{input, wire.span()};
  for (const uint64_t value : values) EXPECT_EQ(reader.next_varint(), value);
  EXPECT_FALSE(reader.next_varint());
}

TEST(ProtobufWire, AcceptsLongFormsOfSmallVarints) {
  const std::string_view zero("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10);
  const Wire wire = Wire{}.raw(zero);
  const WireInput input{wire.span(), kSource};
  EXPECT_EQ((WireReader{input, wire.span()}.next_varint()), 0u);
}

TEST(ProtobufWire, RefusesMalformedFieldsBad) {
  struct Case {
    std::string bytes;
    std::string message;
  };
  const std::string nine(9, '\xff');
  const std::vector<Case> cases = {
      {"\x80", "byte 0: the message ends inside a varint"},
      {"\x08", "the message ends inside a varint"},
      {"\x08" + nine + "\x02", "more than 10 bytes or 64 bits"},
      {"\x08" + nine + "\x80\x01", "more than 10 bytes or 64 bits"},
      {std::string("\x00\x00", 2), "field 0: must be 1..536870911"},
      {Wire{}.varint(uint64_t{1} << 32).raw("\x01").text(), "field 536870912: must be"},
      {"\x0b", "field 1: a group or no wire type"},
      {"\x0c", "field 1: a group or no wire type"},
      {"\x0e", "field 1: a group or no wire type"},
      {"\x0f", "field 1: a group or no wire type"},
      {"\x09"
       "1234567",
       "8 bytes: the message has 7 left"},
      {"\x0d"
       "123",
       "4 bytes: the message has 3 left"},
      {"\x0a\x04"
       "abc",
       "4 bytes: the message has 3 left"},
      {"\x0a" + nine + "\x01", "18446744073709551615 bytes: the message has 0 left"}};
  for (const Case& entry : cases) {
    const Wire wire = Wire{}.raw(entry.bytes);
    const WireInput input{wire.span(), kSource};
    EXPECT_THAT(error_of([&] { (void)WireReader(input, wire.span()).next_field(); }),
                HasSubstr(entry.message));
  }
}

TEST(ProtobufWire, ChecksLengthsAgainstTheEnclosingMessage) {
  // The inner message claims 3 bytes and has 2; the outer one has more.
  const Wire wire = Wire{}
                        .message(1, Wire{}.raw("\x0a\x03"
                                               "ab"))
                        .number(2, 1);
  const WireInput input{wire.span(), kSource};
  const auto outer = WireReader{input, wire.span()}.next_field();
  ASSERT_TRUE(outer);
  EXPECT_THAT(error_of([&] { (void)WireReader(input, outer->bytes).next_field(); }),
              HasSubstr("wire: byte 2: 3 bytes: the message has 2 left"));
}

TEST(ProtobufWire, NamesTheTypesThatDiffer) {
  const Wire wire = Wire{}.number(4, 1);
  const WireInput input{wire.span(), kSource};
  WireReader reader{input, wire.span()};
  const auto field = reader.next_field();
  ASSERT_TRUE(field);
  EXPECT_THAT(error_of([&] { reader.expect(*field, WireType::LengthDelimited); }),
              HasSubstr("field 4: is a varint, must be a length and bytes"));
}

TEST(ProtobufWire, TriesFieldsWithoutErrors) {
  const Wire wire = Wire{}.number(1, 7).bytes(2, "ab").raw("\x0b");
  auto rest = wire.span();
  WireField field;
  ASSERT_TRUE(try_next_field(rest, field));
  EXPECT_EQ(field.value, 7u);
  ASSERT_TRUE(try_next_field(rest, field));
  EXPECT_EQ(field.number, 2u);
  EXPECT_FALSE(try_next_field(rest, field));
  auto cut = Wire{}.raw(
      "\x0a\x7f"
      "ab");
  rest = cut.span();
  EXPECT_TRUE(try_next_field(rest, field));  // longer than what is there: the caller sees a part
  EXPECT_EQ(field.bytes.size(), 2u);
}

}  // namespace
}  // namespace olivine

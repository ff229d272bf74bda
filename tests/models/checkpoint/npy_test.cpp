// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/npy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/models/checkpoint/checkpoint_files.h"
#include "tests/models/checkpoint/numpy_files.h"

namespace olivine {
namespace {

using test::expect_refused;
using test::npy_of;

constexpr std::string_view kGood =
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          \n";
constexpr size_t kGoodDataBytes = 24;

StoredTensor parse(const std::vector<uint8_t>& file) { return parse_npy(file, "w.npy", "w"); }
void expect_bad(const std::vector<uint8_t>& file, std::string_view reason) {
  expect_refused([&] { (void)parse(file); }, "w.npy: ", reason);
}
// `rest` stands behind {'descr': '<f4',.
void expect_bad_rest(std::string_view rest, std::string_view reason) {
  expect_bad(npy_of(fmt::format("{{'descr': '<f4', {}\n", rest), 8), reason);
}
void expect_bad_shape(std::string_view shape, std::string_view reason) {
  expect_bad_rest(fmt::format("'fortran_order': False, 'shape': {}}}", shape), reason);
}

TEST(Npy, ReadsEveryVersionAndSpelling) {
  for (const int version : {1, 2, 3}) {
    const auto file = npy_of(kGood, kGoodDataBytes, version);
    const StoredTensor tensor = parse(file);
    EXPECT_EQ(tensor.name, "w");
    EXPECT_EQ(tensor.type, ElementType::F32);
    EXPECT_EQ(tensor.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(tensor.bytes.data(), file.data() + file.size() - kGoodDataBytes);
  }
  const auto other = npy_of(R"({"shape":(),"fortran_order":True,"descr":"|u1"})", 1);
  EXPECT_TRUE(parse(other).shape.empty());
  const auto vector = npy_of("{'descr': '<f2', 'fortran_order': True, 'shape': (3,)}", 6);
  EXPECT_EQ(parse(vector).shape, std::vector<int64_t>{3});
  const auto empty = npy_of("{'descr': '<f2', 'fortran_order': False, 'shape': (0, 5,)}", 0);
  EXPECT_EQ(parse(empty).shape, (std::vector<int64_t>{0, 5}));
}

TEST(Npy, ReadsEveryType) {
  for (const auto& [descr, name] :
       std::vector<std::pair<std::string, std::string>>{{"<f2", "F16"},
                                                        {"<f4", "F32"},
                                                        {"<f8", "F64"},
                                                        {"|i1", "I8"},
                                                        {"<i2", "I16"},
                                                        {"<i4", "I32"},
                                                        {"<i8", "I64"},
                                                        {"|u1", "U8"},
                                                        {"<u2", "U16"},
                                                        {"<u4", "U32"},
                                                        {"<u8", "U64"},
                                                        {"|b1", "BOOL"}}) {
    const auto type = parse_element_type(name);
    ASSERT_TRUE(type) << name;
    const auto header =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (3,)}}", descr);
    const auto file = npy_of(header, static_cast<size_t>(3 * info(*type).bytes));
    EXPECT_EQ(parse(file).type, *type) << descr;
  }
}

TEST(Npy, EveryTruncationIsRefusedBad) {
  for (const int version : {1, 2}) {
    const auto file = npy_of(kGood, kGoodDataBytes, version);
    for (size_t length = 0; length < file.size(); ++length) {
      const std::vector<uint8_t> cut{file.begin(), file.begin() + static_cast<int64_t>(length)};
      EXPECT_THROW((void)parse(cut), ConfigError) << length;
    }
    auto longer = file;
    longer.push_back(0);
    expect_bad(longer, "shape [2, 3] of F32: does not fit 25 bytes of data");
  }
}

TEST(Npy, RefusesBrokenHeadersBad) {
  expect_bad({}, "no NumPy array");
  expect_bad({0x93, 'N', 'U', 'M', 'P', 'X', 1, 0}, "no NumPy array");
  expect_bad({0x93, 'N', 'U', 'M', 'P', 'Y', 4, 0, 0, 0}, "version 4.0: must be 1.0, 2.0 or 3.0");
  expect_bad({0x93, 'N', 'U', 'M', 'P', 'Y', 1, 1, 0, 0}, "version 1.1");
  expect_bad({0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 255, 255, 255, 255},
             "header of 4294967295 bytes: must be at most 65536, within the file");
  expect_bad(npy_of(std::string(65537, ' '), 0, 2), "header of 65537 bytes");
  expect_bad(npy_of("", 0), "header: '' where '{' must be");
  expect_bad(npy_of("{}", 0), "header: descr is missing");
  expect_bad_rest("", "where a string must be");
  expect_bad_rest("}", "fortran_order is missing");
  expect_bad_rest("'fortran_order': False}", "shape is missing");
  expect_bad_rest("'descr': '<f4'}", "key 'descr' twice");
  expect_bad_rest("'order': 1}", "key 'order': must be descr, fortran_order or shape");
  expect_bad_rest("'fortran_order' False}", "where ':' must be");
  expect_bad_rest("'fortran_order': 0}", "fortran_order: must be True or False");
  expect_bad_rest("'fortran_order': False 'shape': (2,)}", "where '}' must be");
  expect_bad_rest("'fortran_order': False, 'shape': (2,)} or exit()", "goes on after");
  expect_bad_rest("'fortran_order': True, 'shape': (2, 1)}",
                  "in Fortran order: must be in C order");
  expect_bad_rest("'sha", "where a string must be");
}

TEST(Npy, RefusesWrongTypesBad) {
  for (const std::string descr : {"'>f4'", "'<c8'", "'<U3'", "'|V2'", "'|O'", "''", "'f4'"}) {
    expect_bad(npy_of("{'descr': " + descr + "}", 0), "descr " + descr + ": must be one of <f2");
  }
  expect_bad(npy_of("{'descr': [('a', '<f4')]}", 0), "arrays of structures are not read");
  expect_bad(npy_of("{'descr': 4}", 0), "where a string must be");
}

TEST(Npy, RefusesWrongShapesBad) {
  expect_bad_shape("(2)", "shape: must be a tuple");
  expect_bad_shape("[2]", "where '(' must be");
  expect_bad_shape("(2,", "an extent must be 0..9223372036854775807");
  expect_bad_shape("(,)", "an extent must be 0..");
  expect_bad_shape("(-2,)", "shape: '-2,)}");
  expect_bad_shape("(9223372036854775808,)", "an extent must be");
  expect_bad_shape("(2.0,)", "shape: must be a tuple");
  expect_bad_shape("(2 3)", "shape: must be a tuple");
  expect_bad_shape("(3,)", "shape [3] of F32: does not fit 8 bytes");
  expect_bad_shape("(1,)", "shape [1] of F32: does not fit 8 bytes");
  expect_bad_shape("(4294967296, 4294967296)", "does not fit 8 bytes");
  expect_bad_shape("(4611686018427387904,)", "does not fit 8 bytes");
  std::string many = "(";
  for (int i = 0; i < 33; ++i) many += "1,";
  expect_bad_shape(many + ")", "more than 32 extents");
}

}  // namespace
}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/measured_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>

#include "experiments/compare/csv.h"
#include "experiments/compare/gzip_text.h"
#include "models/base/error.h"

namespace olivine::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::SizeIs;

const std::string kHeader = "device,source,library,M,N,K,dtype,sparse,value,unit,note\n";
const std::string kRow = "A100-SXM4-80GB,lab,torch cuBLAS,8,16,32,bf16,dense,0.25,ms,\n";

std::vector<std::string> problems_of(const std::string& text) {
  try {
    const MeasuredFile file = parse_measurements(text, "dir/m.csv");
    return {fmt::format("none: {} rows", file.rows.size())};
  } catch (const ConfigError& error) {
    return error.problems();
  }
}

// The problems of one row under a good header; the row is line 2.
std::vector<std::string> row_problems(const std::string& row) { return problems_of(kHeader + row); }

TEST(CsvFields, SplitAtCommasOutsideQuotes) {
  EXPECT_THAT(csv_fields("a,b"), Optional(ElementsAre("a", "b")));
  EXPECT_THAT(csv_fields(""), Optional(ElementsAre("")));
  EXPECT_THAT(csv_fields(","), Optional(ElementsAre("", "")));
  EXPECT_THAT(csv_fields("a,,"), Optional(ElementsAre("a", "", "")));
  EXPECT_THAT(csv_fields("\"a,b\",c"), Optional(ElementsAre("a,b", "c")));
  EXPECT_THAT(csv_fields("\"say \"\"x\"\"\",\"\""), Optional(ElementsAre("say \"x\"", "")));
}

TEST(CsvFields, AreNoneWhereQuotesDoNotMatch) {
  for (const char* line : {"\"a", "\"a\"b", "a\"b", "a,\"", "\"a\"\"", "x,b\"\""}) {
    EXPECT_EQ(csv_fields(line), std::nullopt) << line;
  }
}

TEST(MeasuredFile, ReadsEveryUnitInSecondsOrWatts) {
  std::string text = kHeader;
  for (const char* value : {"2,s", "2,ms", "2,us", "2,W"}) {
    text += fmt::format("d,s,l,1,2,3,bf16,dense,{},\n", value);
  }
  const MeasuredFile file = parse_measurements(text, "dir/m.csv");
  EXPECT_EQ(file.name, "m.csv");
  ASSERT_THAT(file.rows, SizeIs(4));
  EXPECT_DOUBLE_EQ(file.rows[0].value, 2.0);
  EXPECT_DOUBLE_EQ(file.rows[1].value, 2e-3);
  EXPECT_DOUBLE_EQ(file.rows[2].value, 2e-6);
  EXPECT_DOUBLE_EQ(file.rows[3].value, 2.0);
  EXPECT_EQ(file.rows[2].quantity, Quantity::Time);
  EXPECT_EQ(file.rows[3].quantity, Quantity::Power);
}

TEST(MeasuredFile, KeepsNamesShapePatternAndLine) {
  const MeasuredFile file = parse_measurements(
      kHeader + "\n" + "H200,a/b,\"x, y\",1,7,31,int8,2:4,0.5,us,\"a, note\"\r\n", "m.csv");
  ASSERT_THAT(file.rows, SizeIs(1));
  const Measurement& row = file.rows.front();
  EXPECT_EQ(row.line, 3u);  // the header is 1, the blank line 2
  EXPECT_EQ(row.device, "H200");
  EXPECT_EQ(row.source, "a/b");
  EXPECT_EQ(row.library, "x, y");
  EXPECT_EQ(row.dtype, "int8");
  EXPECT_EQ(row.weight_pattern, Pattern::TwoFour);
  EXPECT_EQ(row.shape, (GemmShape{1, 7, 31, 1}));
}

TEST(MeasuredFile, FindsColumnsByNameInAnyOrder) {
  const MeasuredFile file = parse_measurements(
      "\xEF\xBB\xBFunit,value,sparse,dtype,K,N,M,library,source,device\n"
      "ms,1,dense,bf16,3,2,1,lib,src,dev\n",
      "m.csv");
  ASSERT_THAT(file.rows, SizeIs(1));
  EXPECT_EQ(file.rows[0].shape, (GemmShape{1, 2, 3, 1}));
  EXPECT_EQ(file.rows[0].device, "dev");
}

struct Wrong {
  const char* row;
  const char* problem;
};

void PrintTo(const Wrong& wrong, std::ostream* stream) { *stream << wrong.row; }

class MeasuredFileBad : public testing::TestWithParam<Wrong> {};

TEST_P(MeasuredFileBad, NamesFileLineColumnAndRule) {
  EXPECT_THAT(row_problems(GetParam().row), ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    EveryColumn, MeasuredFileBad,
    testing::Values(
        Wrong{"d,s,l,0,2,3,bf16,dense,1,ms,", "dir/m.csv:2: M = 0: must be 1..2147483648"},
        Wrong{"d,s,l,1,-2,3,bf16,dense,1,ms,", "dir/m.csv:2: N = -2: must be 1..2147483648"},
        Wrong{"d,s,l,1,2,3.5,bf16,dense,1,ms,", "dir/m.csv:2: K = 3.5: must be 1..2147483648"},
        Wrong{"d,s,l,1,2,2147483649,bf16,dense,1,ms,",
              "dir/m.csv:2: K = 2147483649: must be 1..2147483648"},
        Wrong{"d,s,l,1,2,3,bf16,1:2,1,ms,", "dir/m.csv:2: sparse = 1:2: must be dense|2:4"},
        Wrong{"d,s,l,1,2,3,bf16,dense,0,ms,", "dir/m.csv:2: value = 0: must be a number above 0"},
        Wrong{"d,s,l,1,2,3,bf16,dense,nan,ms,",
              "dir/m.csv:2: value = nan: must be a number above 0"},
        Wrong{"d,s,l,1,2,3,bf16,dense,1,min,", "dir/m.csv:2: unit = min: must be s|ms|us|W"},
        Wrong{",s,l,1,2,3,bf16,dense,1,ms,", "dir/m.csv:2: device = : must be printable ASCII"},
        Wrong{"d,s,l,1,2,3,bf16,dense,1,ms",
              "dir/m.csv:2: 10 fields: must be 11, as in the header"},
        Wrong{"d,s,\"l,1,2,3,bf16,dense,1,ms,",
              "dir/m.csv:2: a quote that is not closed, or stands inside a field"}));

TEST(MeasuredFileBad, ControlCharactersOfNamesReachNoTerminal) {
  EXPECT_THAT(row_problems("d\x1b[2J,s,l,1,2,3,bf16,dense,1,ms,"),
              ElementsAre(HasSubstr("must be printable ASCII")));
}

TEST(MeasuredFileBad, AProductThatOverflowsCountersIsRefused) {
  EXPECT_THAT(row_problems("d,s,l,2147483648,2147483648,1,bf16,dense,1,ms,"),
              ElementsAre(HasSubstr("must be at most 18014398509481984 multiplications")));
}

TEST(MeasuredFileBad, EveryProblemOfEveryRowIsNamed) {
  EXPECT_THAT(problems_of(kHeader + "d,s,l,0,0,3,bf16,dense,1,ms,\n" + kRow +
                          "d,s,l,1,2,3,bf16,dense,-1,x,\n"),
              ElementsAre(HasSubstr("m.csv:2: M = 0"), HasSubstr("m.csv:2: N = 0"),
                          HasSubstr("m.csv:4: unit = x"), HasSubstr("m.csv:4: value = -1")));
}

TEST(MeasuredFileBad, ManyProblemsAreCounted) {
  std::string text = kHeader;
  for (int i = 0; i < 25; ++i) text += "d,s,l,0,2,3,bf16,dense,1,ms,\n";
  const std::vector<std::string> problems = problems_of(text);
  ASSERT_THAT(problems, SizeIs(21));
  EXPECT_EQ(problems.back(), "dir/m.csv: and 5 problems more");
}

TEST(MeasuredFileBad, AHeaderIsNeededWithEveryColumn) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("dir/m.csv:1: must have a header: device,")));
  EXPECT_THAT(problems_of(kHeader), ElementsAre(HasSubstr("must have rows below the header")));
  EXPECT_THAT(
      problems_of("device,source,librarie,M,N,K,dtype,sparse,value,unit,unit\n" + kRow),
      ElementsAre("dir/m.csv:1: librarie: unknown column; did you mean 'library'?",
                  "dir/m.csv:1: unit: column given twice", "dir/m.csv:1: missing column: library"));
}

TEST(MeasuredFile, KnowsMicrobenchmarksByTheirHeader) {
  EXPECT_TRUE(has_microbenchmarks("device,source,instr,M,N,K,dtype,sparse,metric,value,unit,note"));
  EXPECT_FALSE(has_microbenchmarks(kHeader));
  EXPECT_FALSE(has_microbenchmarks(""));
}

TEST(GzipText, ReadsTheSharedMeasurements) {
  const std::string path = OLV_SOURCE_DIR "/../shared/data/gpu_measured.csv.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const MeasuredFile file = parse_measurements(read_text_or_gzip(path), path);
  EXPECT_EQ(file.name, "gpu_measured.csv.gz");
  EXPECT_GT(file.rows.size(), 26'000u);
}

class GzipTextBad : public testing::Test {
 protected:
  std::string path_ = testing::TempDir() + "olivine_gzip_text_test.gz";

  ~GzipTextBad() override { std::filesystem::remove(path_); }

  std::string write(const std::string& bytes) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
    return path_;
  }

  static std::string problem_of(const std::string& path) {
    try {
      return fmt::format("none: {}", read_text_or_gzip(path));
    } catch (const ConfigError& error) {
      return error.what();
    }
  }
};

// "olivine\n" by gzip -n.
const std::string kCompressed{
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xcf\xc9\x2c\xcb\xcc\x4b\xe5\x02\x00\x4d\x28\xae"
    "\x85\x08\x00\x00\x00",
    28};

TEST_F(GzipTextBad, NothingIsReadOfADamagedFile) {
  EXPECT_EQ(read_text_or_gzip(write("plain\n")), "plain\n");
  EXPECT_EQ(read_text_or_gzip(write("")), "");
  EXPECT_EQ(read_text_or_gzip(write(kCompressed)), "olivine\n");
  EXPECT_THAT(problem_of(write(kCompressed.substr(0, 20))), HasSubstr("cannot be read"));
  std::string changed = kCompressed;
  changed[21] = 'x';  // of the checksum
  EXPECT_THAT(problem_of(write(changed)), HasSubstr("cannot be read"));
}

TEST_F(GzipTextBad, WhatIsNoFileIsNamed) {
  EXPECT_THAT(problem_of(path_ + ".absent"), HasSubstr(".absent: cannot be read: No such file"));
  EXPECT_THAT(problem_of(testing::TempDir()), HasSubstr("is a folder"));
}

}  // namespace
}  // namespace olivine::compare

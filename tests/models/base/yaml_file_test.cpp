// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/yaml_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "models/base/config_table.h"
#include "models/base/error.h"

namespace olivine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The problems of a document that must be refused.
std::vector<std::string> problems_of(const std::string& text) {
  try {
    static_cast<void>(parse_yaml(text, "m.yaml"));
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

std::string repeated(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

TEST(YamlFile, KeepsOrderKindsAndPlaces) {
  const YamlNode root = parse_yaml("b: 1\na:\n  - x\n  - {c: 2}\nempty:\n", "m.yaml");
  ASSERT_EQ(root.kind, YamlNode::Kind::Map);
  ASSERT_EQ(root.entries.size(), 3u);
  EXPECT_EQ(root.entries[0].key, "b");
  EXPECT_EQ(root.find("b")->scalar, "1");
  EXPECT_EQ(root.find("b")->place, "m.yaml:1");
  const YamlNode* list = root.find("a");
  ASSERT_EQ(list->kind, YamlNode::Kind::Sequence);
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->items[0].place, "m.yaml:3");
  EXPECT_EQ(list->items[1].find("c")->scalar, "2");
  EXPECT_EQ(list->items[1].find("c")->place, "m.yaml:4");
  EXPECT_EQ(root.find("empty")->kind, YamlNode::Kind::Null);
  EXPECT_EQ(root.find("absent"), nullptr);
  EXPECT_EQ(list->find("a"), nullptr);
}

TEST(YamlFile, KeepsQuotedScalarsAsText) {
  const YamlNode root = parse_yaml("a: \"8 # no comment\"\nb: 'true'  # comment\n", "m.yaml");
  EXPECT_EQ(root.find("a")->scalar, "8 # no comment");
  EXPECT_EQ(root.find("b")->scalar, "true");
}

TEST(YamlFile, ReadsWindowsLineEndsWithRightPlaces) {
  const YamlNode root = parse_yaml("a: 1\r\nb:\r\n  c: 2\r\n", "m.yaml");
  EXPECT_EQ(root.find("a")->scalar, "1");
  EXPECT_EQ(root.find("b")->find("c")->scalar, "2");
  EXPECT_EQ(root.find("b")->find("c")->place, "m.yaml:3");
}

TEST(YamlFile, RefusesDuplicateKeysBad) {
  EXPECT_THAT(problems_of("a: 1\nb: 2\na: 3\n"), ElementsAre("m.yaml:3: key 'a' appears twice"));
  EXPECT_THAT(problems_of("x:\n  a: 1\n  a: 1\n"), ElementsAre("m.yaml:3: key 'a' appears twice"));
  EXPECT_THAT(problems_of("a: 1\na: 1\nb: 2\nb: 2\n"),
              ElementsAre("m.yaml:2: key 'a' appears twice", "m.yaml:4: key 'b' appears twice"));
  EXPECT_THAT(problems_of("x: {a: 1}\ny: {a: 1}\n"), IsEmpty());  // same key of another map
}

TEST(YamlFile, RefusesAnchorsAliasesAndTagsBad) {
  EXPECT_THAT(problems_of("a: &x 1\n"), ElementsAre("m.yaml:1: YAML anchors are not supported"));
  EXPECT_THAT(problems_of("a: 1\nb: !!binary x\n"),
              ElementsAre("m.yaml:2: YAML tags are not supported"));
  EXPECT_THAT(problems_of("a: &x [1]\nb: *x\n"),
              ElementsAre("m.yaml:1: YAML anchors are not supported"));
  EXPECT_THAT(problems_of("b: *x\n"), ElementsAre(HasSubstr("m.yaml:1: ")));
}

TEST(YamlFile, RefusesMalformedTextBad) {
  EXPECT_THAT(problems_of(""), ElementsAre("m.yaml: empty document"));
  EXPECT_THAT(problems_of("a: 1\nb: [1, 2\n"), ElementsAre(HasSubstr("m.yaml:")));
  EXPECT_THAT(problems_of("a: 1\n  b: 2\n"), ElementsAre(HasSubstr("m.yaml:2: ")));
  EXPECT_THAT(problems_of("a: 1\n? [x, y]\n: 2\n"),
              ElementsAre("m.yaml:2: a key must be a plain word"));
}

TEST(YamlFile, BoundsTheDepthOnBothSides) {
  // A map and inside it kMaxYamlDepth - 1 lists: the deepest tree that is taken.
  const int deepest = kMaxYamlDepth - 1;
  EXPECT_THAT(problems_of("a: " + repeated("[", deepest) + repeated("]", deepest)), IsEmpty());
  EXPECT_THAT(problems_of("a: " + repeated("[", deepest + 1) + repeated("]", deepest + 1)),
              ElementsAre("m.yaml:1: nested deeper than 32 levels"));
}

TEST(YamlFile, RefusesHostileDepthBeforeParsingBad) {
  EXPECT_THAT(problems_of("a:\n  " + repeated("[", 1000000)),
              ElementsAre("m.yaml:2: nested deeper than 32 levels"));
  EXPECT_THAT(problems_of("a:\n  " + repeated("- ", 100000) + "1"),
              ElementsAre("m.yaml:2: nested deeper than 32 levels"));
  EXPECT_THAT(problems_of(repeated("? ", 100000) + "1"),
              ElementsAre("m.yaml:1: nested deeper than 32 levels"));
}

TEST(YamlFile, RefusesOversizedTextBad) {
  std::string text = "a: 1\n#";
  text.append(kMaxYamlBytes - text.size(), ' ');
  EXPECT_THAT(problems_of(text), IsEmpty());
  text += ' ';
  EXPECT_THAT(problems_of(text), ElementsAre("m.yaml: 4194305 bytes: must be at most 4MiB"));
}

TEST(YamlFile, FlattensToDottedKeys) {
  Problems problems;
  const auto entries =
      flatten(parse_yaml("clock: 1GHz\narray:\n  rows: 8\n  pe: {bits: 4}\n", "m.yaml"), problems);
  EXPECT_TRUE(problems.is_empty());
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].key, "clock");
  EXPECT_EQ(entries[1].key, "array.rows");
  EXPECT_EQ(entries[1].text, "8");
  EXPECT_EQ(entries[1].place, "m.yaml:3");
  EXPECT_EQ(entries[2].key, "array.pe.bits");
}

TEST(YamlFile, FlattenReportsListsNullsAndOtherRootsBad) {
  Problems problems;
  const auto entries = flatten(parse_yaml("a: [1]\nb:\nc: 2\n", "m.yaml"), problems);
  EXPECT_EQ(entries.size(), 1u);
  EXPECT_THAT(problems.list(), ElementsAre("m.yaml:1: a: must be one value, not a list",
                                           HasSubstr(": b: has no value")));
  Problems root_problems;
  EXPECT_THAT(flatten(parse_yaml("- 1\n", "m.yaml"), root_problems), IsEmpty());
  EXPECT_THAT(root_problems.list(), ElementsAre("m.yaml:1: must be a map of keys and values"));
}

struct RowsConfig {
  int64_t rows = 16;
};

TEST(YamlFile, AppliesATableAndReportsEveryProblemWithItsPlace) {
  ConfigTable<RowsConfig> table;
  table.integer(
      "array.rows", [](auto& config) -> auto& { return config.rows; }, {1, 1024}, "rows");
  RowsConfig config;
  Problems problems;
  apply_yaml(parse_yaml("array:\n  rows: 8\n", "m.yaml"), table, config, problems);
  EXPECT_TRUE(problems.is_empty());
  EXPECT_EQ(config.rows, 8);
  apply_yaml(parse_yaml("array:\n  rows: 0\n  row: 3\n", "m.yaml"), table, config, problems);
  EXPECT_THAT(problems.list(),
              ElementsAre("m.yaml:2: array.rows = 0: must be 1..1024",
                          "m.yaml:3: array.row = 3: unknown key; did you mean 'array.rows'?"));
  EXPECT_EQ(config.rows, 8);
}

class YamlFileOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              (std::string{"olivine_yaml_"} + test->name() + "_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path write(const std::string& text) const {
    const auto path = folder_ / "m.yaml";
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

  std::filesystem::path folder_;
};

std::string problem_of_loading(const std::filesystem::path& path, size_t max_bytes) {
  try {
    static_cast<void>(read_text_file(path, max_bytes));
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST_F(YamlFileOnDisk, LoadsWithThePathInEveryPlace) {
  const auto path = write("a: 1\nb: 2\n");
  EXPECT_EQ(load_yaml(path).find("b")->place, path.string() + ":2");
}

TEST_F(YamlFileOnDisk, NamesTheMissingFileBad) {
  EXPECT_EQ(problem_of_loading(folder_ / "gone.yaml", 10),
            (folder_ / "gone.yaml").string() + ": no such file");
  EXPECT_EQ(problem_of_loading(folder_, 10), folder_.string() + ": no such file");
}

TEST_F(YamlFileOnDisk, BoundsTheSizeOnBothSides) {
  const auto path = write("12345");
  EXPECT_EQ(problem_of_loading(path, 5), "");
  EXPECT_EQ(problem_of_loading(path, 4), path.string() + ": 5 bytes: must be at most 4B");
  EXPECT_EQ(read_text_file(write(""), 0), "");
}

}  // namespace
}  // namespace olivine

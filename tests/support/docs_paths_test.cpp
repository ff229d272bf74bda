// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/docs_rules.h"

namespace olivine::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A made-up project: one of each kind of name.
std::vector<SourceFile> sample_tree() {
  return {{"CMakePresets.json", R"({"configurePresets": [{"name": "release"}]})"},
          {"cmake/Options.cmake", "option(OLV_ENABLE_TESTS \"tests\" ON)\n"},
          {"docs/guide.md", ""},
          {"experiments/cli/run.cpp", R"(add("run"); options("machine,m", "a name");)"},
          {"models/base/CMakeLists.txt", "olivine_library(base units.h)\n"},
          {"models/base/units.cpp", ""},
          {"models/base/units.h", ""},
          {"models/machines/table.cpp",
           "table.choice<Dataflow>(\n  \"array.dataflow\").integer(\"array.rows\")"},
          {"olivine", "case $1 in\n    demo)\n  ;;\nesac\n"},
          {"tests/support/CMakeLists.txt", "add_custom_target(lint)\n"}};
}

std::vector<std::string> problems_of(const std::string& text,
                                     const std::string& path = "docs/guide.md") {
  return find_doc_problems({path, text}, collect_names(sample_tree()));
}

TEST(DocsPaths, HoldInEveryDocument) {
  const auto files = read_tree(OLV_SOURCE_DIR);
  const ProjectNames names = collect_names(files);
  std::vector<std::string> problems;
  for (const SourceFile& file : files) {
    if (!file.path.ends_with(".md")) continue;
    for (std::string& problem : find_doc_problems(file, names)) problems.push_back(problem);
  }
  EXPECT_THAT(problems, IsEmpty()) << joined(problems);
}

TEST(DocsPaths, AcceptWhatExists) {
  EXPECT_THAT(problems_of("`models/base/units.h`, `models/base`, `models/base/`, `./olivine`"),
              IsEmpty());
  EXPECT_THAT(problems_of("`models/base/units.h:12`, `models/base/units.{h,cpp}`"), IsEmpty());
  EXPECT_THAT(problems_of("`models/*/units.h`, `models/**.cpp`"), IsEmpty());
  EXPECT_THAT(problems_of("[units](../models/base/units.h#L1) [x](https://a.b/c) [y](#z)"),
              IsEmpty());
  EXPECT_THAT(problems_of("`olivine::base`, `olivine::Rng`, `OLV_ENABLE_TESTS`"), IsEmpty());
  EXPECT_THAT(problems_of("`cmake --preset release`, `cmake --build build/x --target lint`"),
              IsEmpty());
  EXPECT_THAT(problems_of("`./olivine demo`, `olivine run --machine x`, `--machine`"), IsEmpty());
  EXPECT_THAT(problems_of("`array.rows`, `array.dataflow=ws`, `array.h`"), IsEmpty());
}

TEST(DocsPaths, LeaveOtherTextAlone) {
  EXPECT_THAT(problems_of("models/nothing.h in prose, `a/b`, `x.y`, `tests/<unit>_test.cpp`"),
              IsEmpty());
  EXPECT_THAT(problems_of("`git commit --amend`, `build/ci/x`, `std::vector`"), IsEmpty());
}

struct Wrong {
  const char* text;
  const char* problem;
};

class DocsPathsBad : public testing::TestWithParam<Wrong> {};

TEST_P(DocsPathsBad, IsReportedWithItsLine) {
  EXPECT_THAT(problems_of(std::string{"first line\n"} + GetParam().text),
              ElementsAre(HasSubstr(std::string{"docs/guide.md:2: no "} + GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    EveryRule, DocsPathsBad,
    testing::Values(Wrong{"see `models/base/gone.h`.", "path 'models/base/gone.h'"},
                    Wrong{"see `models/base/units.{h,cu}`", "path 'models/base/units.cu'"},
                    Wrong{"see `models/*/gone.h`", "path 'models/*/gone.h'"},
                    Wrong{"[units](models/base/units.h)", "path 'docs/models/base/units.h'"},
                    Wrong{"[gone](gone.md#top)", "path 'docs/gone.md'"},
                    Wrong{"link `olivine::gone`", "target 'olivine::gone'"},
                    Wrong{"`cmake --build b --target gone`", "target 'gone'"},
                    Wrong{"`cmake --preset gone`", "preset 'gone'"},
                    Wrong{"`-DOLV_GONE=ON`", "variable 'OLV_GONE'"},
                    Wrong{"`./olivine gone`", "command 'gone'"},
                    Wrong{"`olivine run --gone=1`", "option '--gone'"},
                    Wrong{"the flag `--gone`", "option '--gone'"},
                    Wrong{"the key `array.gone`", "config key 'array.gone'"}));

TEST(DocsPaths, ReadFencedBlocks) {
  EXPECT_THAT(problems_of("```sh\n./olivine gone\ncat models/gone.h\n```\nafter\n"),
              ElementsAre(HasSubstr(":2: no command 'gone'"), HasSubstr(":3: no path")));
}

TEST(DocsPaths, ReadOnlyTheUnreleasedPartOfTheChangelog) {
  const std::string text = "## [Unreleased]\n`models/a.h`\n## [0.1.0]\n`models/b.h`\n";
  EXPECT_THAT(problems_of(text, "CHANGELOG.md"), ElementsAre(HasSubstr(":2: no path")));
  EXPECT_EQ(problems_of(text, "README.md").size(), 2u);
}

}  // namespace
}  // namespace olivine::support

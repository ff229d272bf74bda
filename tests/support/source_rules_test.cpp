// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/support/source_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/source_tree.h"

namespace olivine::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kHead =
    "// SPDX-License-Identifier: Apache-2.0\n// SPDX-FileCopyrightText: The Olivine authors\n";

std::string repeated(const std::string& text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::vector<std::string> problems_of(const std::string& path, const std::string& text) {
  return find_source_problems({{path, text}});
}

TEST(SourceRules, HoldInTheWholeTree) {
  const auto problems = find_source_problems(read_tree(OLV_SOURCE_DIR));
  EXPECT_THAT(problems, IsEmpty()) << joined(problems);
}

TEST(SourceRules, LimitTheLengthOfAFile) {
  // Ten short files keep the share of long ones at the allowed tenth.
  std::vector<SourceFile> files;
  for (int i = 0; i < 10; ++i) files.push_back({"models/s" + std::to_string(i) + ".h", kHead});
  files.push_back({"models/a.h", kHead + repeated("\n", kMaxFileLines - 2)});
  EXPECT_THAT(find_source_problems(files), IsEmpty());
  files.back().text += "\n";
  EXPECT_THAT(find_source_problems(files), ElementsAre(HasSubstr("models/a.h:1: 501 lines")));
}

TEST(SourceRules, LimitTheShareOfLongFiles) {
  std::vector<SourceFile> files(9, {"models/s.h", kHead});
  files.push_back({"models/a.h", kHead + repeated("\n", kUsualFileLines - 1)});
  EXPECT_THAT(find_source_problems(files), IsEmpty());  // 1 of 10
  files.erase(files.begin());
  EXPECT_THAT(find_source_problems(files), ElementsAre(HasSubstr("1 of 9 source files")));
}

TEST(SourceRules, LimitTheWidthInCodePoints) {
  EXPECT_THAT(problems_of("models/a.h", kHead + repeated("x", kMaxColumns) + "\n"), IsEmpty());
  EXPECT_THAT(problems_of("models/a.h", kHead + repeated("\u00e9", kMaxColumns) + "\n"), IsEmpty());
  EXPECT_THAT(problems_of("models/a.h", kHead + repeated("x", kMaxColumns + 1) + "\n"),
              ElementsAre(HasSubstr("models/a.h:3: 101 columns")));
  EXPECT_THAT(problems_of("docs/a.md", repeated("x", kMaxColumns + 1) + "\n"), IsEmpty());
}

TEST(SourceRules, WantTheTwoSpdxLinesFirst) {
  EXPECT_THAT(problems_of("models/a.cpp", "#pragma once\n"),
              ElementsAre(HasSubstr("models/a.cpp:1: must be the line 'SPDX-License")));
  EXPECT_THAT(problems_of("models/a.cpp", kHead.substr(0, kHead.find('\n') + 1)),
              ElementsAre(HasSubstr("models/a.cpp:2: must be the line 'SPDX-FileCopyright")));
  EXPECT_THAT(problems_of("tools/a.sh", "#!/bin/sh\n" + kHead), IsEmpty());
}

TEST(SourceRules, ReachScriptsStylesAndPages) {
  const std::string style =
      "/* SPDX-License-Identifier: Apache-2.0 */\n"
      "/* SPDX-FileCopyrightText: The Olivine authors */\n";
  const std::string page =
      "<!doctype html>\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
      "<!-- SPDX-FileCopyrightText: The Olivine authors -->\n";
  EXPECT_THAT(problems_of("page/a.css", style), IsEmpty());
  EXPECT_THAT(problems_of("page/a.html", page), IsEmpty());
  EXPECT_THAT(problems_of("page/a.js", kHead), IsEmpty());
  const std::string wide = repeated("x", kMaxColumns + 1) + "\n";
  for (const std::string path : {"a.js", "a.css", "a.html", "a.py"}) {
    EXPECT_THAT(problems_of(path, "\n"), ElementsAre(HasSubstr(path + ":1: must be the line")));
    EXPECT_THAT(problems_of(path, kHead + wide), ElementsAre(HasSubstr(path + ":3: 101 columns")));
    EXPECT_THAT(problems_of(path, kHead + repeated("\n", kMaxFileLines)),
                testing::Contains(HasSubstr(path + ":1: 502 lines")));
  }
}

TEST(SourceRules, RefuseForbiddenWords) {
  const std::string open_end =
      "TO"
      "DO";
  EXPECT_THAT(problems_of("models/a.cpp", kHead + "// " + open_end + ": later\n"),
              ElementsAre(HasSubstr("models/a.cpp:3: forbidden word")));
  EXPECT_THAT(problems_of("models/a.cpp", kHead + "// " + open_end + "(#12): later\n"), IsEmpty());
  EXPECT_THAT(problems_of("docs/a.md", std::string{"see /ho"} + "me/me/x\n"),
              ElementsAre(HasSubstr("docs/a.md:1: forbidden word")));
}

TEST(SourceRules, RefuseUntidyEndsOfLinesAndFiles) {
  EXPECT_THAT(problems_of("docs/a.md", "a\r\n"), ElementsAre(HasSubstr(":1: carriage return")));
  EXPECT_THAT(problems_of("cmake/a.cmake", "a \n"), ElementsAre(HasSubstr(":1: blank at the end")));
  EXPECT_THAT(problems_of("docs/a.md", "a"), ElementsAre(HasSubstr(":1: no newline at the end")));
}

TEST(SourceRules, RefuseBuildOutputs) {
  EXPECT_THAT(problems_of("sim/a.o", ""), ElementsAre("sim/a.o: build output or log"));
}

}  // namespace
}  // namespace olivine::support

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <string>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

// The README shows what `./olivine demo` prints, between two markers.
TEST(Readme, ShowsTheDemoAsItPrints) {
  const std::string readme = read_text(OLV_SOURCE_DIR "/README.md");
  const std::string open = "`./olivine demo`; checked by the tests -->\n```\n";
  const size_t begin = readme.find(open);
  const size_t end = readme.find("```\n<!-- demo: end -->");
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::string shown = readme.substr(begin + open.size(), end - begin - open.size());
  EXPECT_EQ(shown, run_cli("demo").out) << "update with tests/support/update_readme.sh";
}

}  // namespace
}  // namespace olivine::support

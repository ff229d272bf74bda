// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/include_rules.h"
#include "tests/support/source_tree.h"

namespace olivine::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(const std::string& path, const std::string& text) {
  return find_include_problems({{path, text}});
}

TEST(IncludeDirection, HoldsInTheWholeTree) {
  const auto problems = find_include_problems(read_tree(OLV_SOURCE_DIR));
  EXPECT_THAT(problems, IsEmpty()) << joined(problems);
}

TEST(IncludeDirection, SeesTheTree) {
  const auto files = read_tree(OLV_SOURCE_DIR);
  const auto is_units = [](const SourceFile& file) { return file.path == "models/base/units.h"; };
  EXPECT_EQ(std::count_if(files.begin(), files.end(), is_units), 1);
}

TEST(IncludeDirection, AllowsEveryFolderToSeeWhatItBuildsOn) {
  EXPECT_THAT(problems_of("sim/a.cpp", "#include \"models/b.h\"\n#include \"sim/c.h\"\n"),
              IsEmpty());
  EXPECT_THAT(problems_of("kernels/a.cpp", "#include \"models/b.h\"\n"), IsEmpty());
  EXPECT_THAT(problems_of("experiments/a.cpp", "#include \"sim/b.h\"\n"), IsEmpty());
  EXPECT_THAT(problems_of("tests/a.cpp", "#include \"experiments/b.h\"\n"), IsEmpty());
}

struct Wrong {
  const char* path;
  const char* header;
};

class IncludeDirectionBad : public testing::TestWithParam<Wrong> {};

TEST_P(IncludeDirectionBad, NamesFileLineAndHeader) {
  const auto [path, header] = GetParam();
  const std::string quoted = header[0] == '<' ? header : fmt::format("\"{}\"", header);
  const std::string name = header[0] == '<' ? std::string{header}.substr(1) : header;
  EXPECT_THAT(problems_of(path, fmt::format("// first line\n#  include {}\n", quoted)),
              ElementsAre(HasSubstr(
                  fmt::format("{}:2: include {}", path, name.substr(0, name.find('>'))))));
}

INSTANTIATE_TEST_SUITE_P(
    EveryRule, IncludeDirectionBad,
    testing::Values(Wrong{"models/a.h", "sim/b.h"}, Wrong{"models/a.h", "experiments/b.h"},
                    Wrong{"models/a.h", "tests/b.h"}, Wrong{"sim/a.cpp", "kernels/b.h"},
                    Wrong{"kernels/a.cpp", "sim/b.h"}, Wrong{"kernels/a.cpp", "experiments/b.h"},
                    Wrong{"sim/a.cpp", "experiments/b.h"}, Wrong{"experiments/a.cpp", "tests/b.h"},
                    Wrong{"models/a.cpp", "b.h"}, Wrong{"models/a.cpp", "../sim/b.h"},
                    Wrong{"models/a.cpp", "<boost/program_options.hpp>"},
                    Wrong{"experiments/sweep/a.cpp", "<boost/program_options/options.hpp>"},
                    Wrong{"sim/systolic/a.h", "<systemc>"}, Wrong{"sim/memory/a.h", "<tlm.h>"},
                    Wrong{"sim/systolic/a.cpp", "<verilated.h>"},
                    Wrong{"kernels/gemm/a.cpp", "<cuda_runtime.h>"},
                    Wrong{"kernels/gemm/a.h", "<cuda_fp16.h>"},
                    Wrong{"experiments/bench/a.cpp", "<cublasLt.h>"}));

TEST(IncludeDirection, AllowsToolHeadersAtHome) {
  EXPECT_THAT(problems_of("experiments/cli/a.cpp", "#include <boost/program_options.hpp>\n"),
              IsEmpty());
  EXPECT_THAT(problems_of("sim/platform/a.h", "#include <systemc>\n"), IsEmpty());
  EXPECT_THAT(problems_of("sim/cosim/a.cpp", "#include <verilated.h>\n#include \"Vpe.h\"\n"),
              IsEmpty());
  EXPECT_THAT(problems_of("kernels/gemm/a.cu", "#include <cuda_runtime.h>\n"), IsEmpty());
}

// A chain a0 -> a1 -> ...: a0 pulls every later one, and the limit counts the whole chain.
std::vector<SourceFile> chain(size_t pulled) {
  std::vector<SourceFile> files;
  for (size_t i = 0; i < pulled; ++i) {
    files.push_back({fmt::format("models/a{}.h", i),
                     fmt::format("#pragma once\n#include \"models/a{}.h\"\n", i + 1)});
  }
  files.push_back({fmt::format("models/a{}.h", pulled), "#pragma once\n"});
  return files;
}

TEST(IncludeDirection, CountsHeadersPulledThroughOthers) {
  EXPECT_THAT(find_include_problems(chain(kMaxProjectHeaders)), IsEmpty());
  EXPECT_THAT(find_include_problems(chain(kMaxProjectHeaders + 1)),
              ElementsAre(HasSubstr("models/a0.h:1: pulls 13 project headers")));
}

TEST(IncludeDirection, AllowsKernelTextMoreHeaders) {
  std::vector<SourceFile> files = chain(kMaxKernelHeaders - 1);
  files.push_back({"kernels/b.cuh", "#include \"models/a0.h\"\n"});
  const auto is_kernel = [](const std::string& problem) { return problem.starts_with("kernels/"); };
  auto problems = find_include_problems(files);
  EXPECT_EQ(std::count_if(problems.begin(), problems.end(), is_kernel), 0);
  files.push_back({"kernels/c.cuh", "#include \"kernels/b.cuh\"\n"});
  problems = find_include_problems(files);
  EXPECT_EQ(std::count_if(problems.begin(), problems.end(), is_kernel), 1);
}

TEST(IncludeDirection, ToleratesACycleOfHeaders) {
  EXPECT_THAT(find_include_problems({{"models/a.h", "#include \"models/b.h\"\n"},
                                     {"models/b.h", "#include \"models/a.h\"\n"}}),
              IsEmpty());
}

TEST(IncludeDirection, RefusesUsingNamespaceInAHeaderOnly) {
  EXPECT_THAT(problems_of("models/a.h", "\n  using namespace std;\n"),
              ElementsAre(HasSubstr("models/a.h:2: 'using namespace'")));
  EXPECT_THAT(problems_of("models/a.cpp", "using namespace std;\n"), IsEmpty());
}

}  // namespace
}  // namespace olivine::support

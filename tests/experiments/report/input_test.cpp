// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "models/base/error.h"

namespace olivine::report {
namespace {

class ReportInput : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) const {
    const std::string path = testing::TempDir() + "report_input_" + name;
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  static std::string problem_of(const std::vector<std::string>& paths) {
    try {
      (void)read_inputs(paths);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }

  const std::string run_ = file("run", R"({"schema": "olivine.run/1", "total": {}})");
  const std::string gpu_ = file("gpu", R"({"schema": "olivine.run/1", "total": {"limiter": ""}})");
  const std::string database_ = file("db", std::string{"SQLite format 3\0more", 20});
};

TEST_F(ReportInput, TellsKindsBySchemaAndContents) {
  EXPECT_EQ(read_inputs(std::vector{run_}).kind, Kind::Run);
  EXPECT_EQ(read_inputs(std::vector{gpu_}).kind, Kind::GpuRun);
  EXPECT_EQ(read_inputs(std::vector{database_}).kind, Kind::Sweep);
  const std::vector<std::pair<std::string, Kind>> others = {{"olivine.platform/1", Kind::Platform},
                                                            {"olivine.compare/1", Kind::Compare},
                                                            {"olivine.measure/1", Kind::Measure},
                                                            {"olivine.quality/1", Kind::Quality}};
  for (const auto& [schema, kind] : others) {
    EXPECT_EQ(read_inputs(std::vector{file("other", R"({"schema": ")" + schema + R"("})")}).kind,
              kind)
        << schema;
  }
}

TEST_F(ReportInput, KeepsTheOrderOfFiles) {
  const InputSet set = read_inputs(std::vector{run_, run_});
  ASSERT_EQ(set.inputs.size(), 2);
  EXPECT_EQ(set.inputs[1].path, run_);
  EXPECT_EQ(set.inputs[1].schema, "olivine.run/1");
  EXPECT_TRUE(set.inputs[1].json.contains("total"));
}

TEST_F(ReportInput, RefusesAnEmptyOrMixedSet) {
  EXPECT_THAT(problem_of({}), testing::StartsWith("missing: a result"));
  EXPECT_EQ(problem_of({run_, gpu_}),
            gpu_ + ": is of kind gpu_run, and " + run_ + " of kind run; one report shows one kind");
  EXPECT_THAT(problem_of({run_, database_}), testing::HasSubstr("is of kind sweep"));
  EXPECT_EQ(problem_of({database_, database_}),
            database_ + ": one report shows one sweep; olivine sweep merge joins shards");
}

TEST_F(ReportInput, RefusesWhatIsNoResult) {
  const std::string none = testing::TempDir() + "report_input_none";
  EXPECT_EQ(problem_of({none}), none + ": does not exist");
  EXPECT_EQ(problem_of({testing::TempDir()}), testing::TempDir() + ": is no file");
  const std::string empty = file("empty", " \n");
  EXPECT_EQ(problem_of({empty}), empty + ": is empty");
  const std::string cut = file("cut", R"({"schema": "olivine.run/1", "total": )");
  EXPECT_THAT(problem_of({cut}), testing::StartsWith(cut + ": is neither JSON nor the database of"
                                                           " a sweep (at line 1, column 38"));
  const std::string deep = file("deep", std::string(100'000, '['));
  EXPECT_EQ(problem_of({deep}), deep + ": values nested deeper than 64");
  for (const char* text : {"[]", "3", "{}", R"({"schema": 3})"}) {
    const std::string other = file("other", text);
    EXPECT_THAT(problem_of({other}),
                testing::StartsWith(other + ": schema = (none): must be olivine.run/1, "));
  }
  const std::string newer = file("newer", R"({"schema": "olivine.run/2"})");
  EXPECT_THAT(problem_of({newer}), testing::StartsWith(newer + ": schema = olivine.run/2: must"));
}

TEST_F(ReportInput, NamesEveryFileThatIsWrong) {
  const std::string empty = file("empty", "");
  const std::string text = problem_of({run_, empty, gpu_});
  EXPECT_THAT(text, testing::HasSubstr(empty + ": is empty"));
  EXPECT_THAT(text, testing::HasSubstr(gpu_ + ": is of kind gpu_run"));
}

}  // namespace
}  // namespace olivine::report

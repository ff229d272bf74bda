// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// What olivine report refuses: one clear line, exit status 2, no page and nothing beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"
#include "tests/experiments/cli/sweep_cli.h"

namespace olivine::support {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

struct Wrong {
  const char* words;  // after "report"; @ stands for the folder
  const char* problem;
};

std::string in_folder(std::string line, const ScratchFolder& folder) {
  for (size_t at = line.find('@'); at != std::string::npos; at = line.find('@')) {
    line.replace(at, 1, folder.path(""));
  }
  return line;
}

class ReportBadInput : public testing::TestWithParam<Wrong> {
 protected:
  // run.json is good; the others are not, or not beside it.
  static void fill(const ScratchFolder& folder) {
    const std::string run =
        "run --machine edge_16x16 --gemm 64x48x100 --scheme w8a8-int8 --json -o ";
    ASSERT_EQ(run_cli(run + folder.path("run.json")).status, 0);
    const std::string text = read_text(folder.path("run.json"));
    folder.write("cut.json", text.substr(0, text.size() / 2));
    folder.write("empty.json", "");
    folder.write("blank.json", " \n");
    folder.write("list.json", "[1, 2]\n");
    folder.write("text.json", "no JSON at all\n");
    folder.write("bare.json", R"({"schema": "olivine.run/1"})");
    folder.write("later.json", R"({"schema": "olivine.run/99"})");
    folder.write("compare.json", R"({"schema": "olivine.compare/1"})");
    folder.write("measure.json", R"({"schema": "olivine.measure/1"})");
    folder.write("quality.json", R"({"schema": "olivine.quality/1"})");
    folder.write("platform.json", R"({"schema": "olivine.platform/1"})");
    folder.write("cut.db", "SQLite format 3");
    folder.write("page.html", "mine\n");
    fs::create_directory(folder.path("folder"));
  }
};

TEST_P(ReportBadInput, IsRefusedInOneLine) {
  const ScratchFolder folder;
  fill(folder);
  const std::vector<std::string> before = folder.names();
  const std::string line = in_folder(std::string{"report "} + GetParam().words, folder);
  const CliResult result = run_cli(line);
  EXPECT_EQ(result.status, 2) << line;
  EXPECT_EQ(result.out, "");
  const std::vector<std::string> lines = lines_of(result.err);
  ASSERT_EQ(lines.size(), 1u) << result.err;
  EXPECT_THAT(lines[0], testing::StartsWith("error: "));
  EXPECT_THAT(lines[0], HasSubstr(GetParam().problem));
  EXPECT_EQ(folder.names(), before) << "no page, no half of one";
  EXPECT_EQ(read_text(folder.path("page.html")), "mine\n");
}

INSTANTIATE_TEST_SUITE_P(
    CommandLines, ReportBadInput,
    testing::Values(
        Wrong{"-o @page.html", "missing: a result"}, Wrong{"@run.json", "missing: --output"},
        Wrong{"@none.json -o @page.html", "none.json: does not exist"},
        Wrong{"@folder -o @page.html", "folder: is no file"},
        Wrong{"@empty.json -o @page.html", "empty.json: is empty"},
        Wrong{"@blank.json -o @page.html", "blank.json: is empty"},
        Wrong{"@cut.json -o @page.html", "cut.json: is neither JSON nor the database of a sweep"},
        Wrong{"@text.json -o @page.html", "text.json: is neither JSON nor the database"},
        Wrong{"@list.json -o @page.html", "list.json: schema = (none): must be olivine.run/1"},
        Wrong{"@later.json -o @page.html", "later.json: schema = olivine.run/99: must be "},
        Wrong{"@bare.json -o @page.html", "bare.json: "},
        Wrong{"@compare.json -o @page.html", "compare.json: "},
        Wrong{"@measure.json -o @page.html", "measure.json: "},
        Wrong{"@quality.json -o @page.html", "quality.json: "},
        Wrong{"@platform.json -o @page.html", "platform.json: "},
        Wrong{"@run.json @empty.json -o @page.html", "empty.json: is empty"},
        Wrong{"@run.json @compare.json -o @page.html", "one report shows one kind"},
        Wrong{"@measure.json @run.json -o @page.html", "one report shows one kind"},
        Wrong{"@cut.db -o @page.html", "cut.db: "},
        Wrong{"@cut.db @run.json -o @page.html", "one report shows one kind"},
        Wrong{"@run.json -o @none/page.html", "none/page.html: cannot be written"},
        Wrong{"@run.json -o @folder", "folder: not a regular file"},
        Wrong{"@run.json -o @page.html --csv", "--csv: unknown option"}));

// A sweep's database after some SQL; what a report of it says.
struct Changed {
  const char* sql;
  const char* problem;
};

class ReportBadDatabase : public testing::TestWithParam<Changed> {};

TEST_P(ReportBadDatabase, IsRefusedInOneLine) {
  const SweepFolder sweep;
  ASSERT_EQ(run_cli(sweep.run_line("a.db")).status, 0);
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open(sweep.path("a.db").c_str(), &connection), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, GetParam().sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(connection);
  sqlite3_close(connection);
  const std::vector<std::string> before = sweep.folder().names();
  const CliResult result =
      run_cli("report " + sweep.path("a.db") + " -o " + sweep.path("page.html"));
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  EXPECT_THAT(result.err, testing::StartsWith("error: "));
  EXPECT_THAT(result.err, HasSubstr("a.db: "));
  EXPECT_THAT(result.err, HasSubstr(GetParam().problem));
  EXPECT_EQ(sweep.folder().names(), before) << "no page, nothing beside the database";
}

INSTANTIATE_TEST_SUITE_P(
    Databases, ReportBadDatabase,
    testing::Values(
        Changed{"DELETE FROM point", "no points"},
        Changed{"DELETE FROM point; DELETE FROM model", "no points"},
        Changed{"UPDATE point SET failure = 'does not fit'", "does not fit (105 points)"},
        Changed{"UPDATE meta SET value = json_remove(value, '$.objectives')", "objectives"},
        Changed{"UPDATE meta SET value = json_set(value, '$.objectives', json_array())",
                "objectives"},
        Changed{"UPDATE meta SET value = json_remove(value, '$.axes')", "axes"},
        Changed{"UPDATE meta SET value = 'x'", ""}, Changed{"DELETE FROM meta", ""},
        Changed{"DROP TABLE point", ""},
        Changed{"DROP TABLE point; DROP TABLE meta; DROP TABLE model; CREATE TABLE mine (x)", ""},
        Changed{"UPDATE point SET time_s = 'text'", "time_s"},
        Changed{"UPDATE point SET \"array.rows\" = 5", "none of its points"}));

}  // namespace
}  // namespace olivine::support

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kHeader = "device,source,library,M,N,K,dtype,sparse,value,unit,note\n";
const std::string kMicrobenchmarks =
    "device,source,instr,M,N,K,dtype,sparse,metric,value,unit,note\n"
    "A100,lab,mma.sync,16,8,16,f16->f32,dense,latency,24.7,cycle,\n"
    "H800,lab,memory,,,,,,L2_latency,263,cycle,\n";

// Times of no real GPU: 5 us and 1 ns a million FLOP.
std::string measurements() {
  std::string text = kHeader;
  for (const char* device : {"A100-SXM4-80GB", "H100-SXM5-80GB"}) {
    for (const int m : {1, 64, 1024, 4096}) {
      for (const int n : {512, 1024, 4096}) {
        for (const int k : {512, 2048, 8192}) {
          const double us = 5 + 2e-9 * m * n * k;
          text +=
              fmt::format("{},lab,torch cuBLAS,{},{},{},bf16,dense,{},us,\n", device, m, n, k, us);
        }
      }
    }
  }
  return text;
}

// Rows of a CSV by column; no field of it has a comma.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& csv) {
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> names;
  for (const std::string& line : lines_of(csv)) {
    std::vector<std::string> fields{""};
    for (const char c : line) {
      if (c == ',') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    if (names.empty()) {
      names = fields;
      continue;
    }
    EXPECT_EQ(fields.size(), names.size()) << line;
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < fields.size(); ++i) row[names[i]] = fields[i];
  }
  return rows;
}

class CompareCli : public testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& text) const {
    return scratch.write("m.csv", text);
  }
  [[nodiscard]] CliResult compare(const std::string& text, const std::string& options = "") const {
    return run_cli("compare --measured " + file(text) + " " + options);
  }

  ScratchFolder scratch;
};

TEST_F(CompareCli, JsonSumsUpTheErrorsOfTheCsv) {
  const CliResult csv = compare(measurements(), "--machine h100_sxm --csv");
  ASSERT_EQ(csv.status, 0) << csv.err;
  const auto rows = rows_of(csv.out);
  ASSERT_FALSE(rows.empty());
  double sum = 0;
  std::map<std::string, size_t> regimes;
  for (const auto& row : rows) {
    EXPECT_EQ(row.at("half"), "held-out");
    EXPECT_EQ(row.at("machine"), "h100_sxm");
    const double error = std::stod(row.at("error"));
    EXPECT_NEAR(error, std::stod(row.at("simulated_s")) / std::stod(row.at("measured_s")) - 1,
                1e-9);
    sum += std::abs(error);
    ++regimes[row.at("regime")];
  }
  const CliResult json = compare(measurements(), "--machine h100_sxm --json");
  ASSERT_EQ(json.status, 0) << json.err;
  const nlohmann::json result = json.json();
  EXPECT_EQ(result["schema"], "olivine.compare/1");
  EXPECT_EQ(result["measured"], "m.csv");
  EXPECT_EQ(result["half"], "held-out");
  EXPECT_EQ(result["unselected_rows"], 4 * 3 * 3);  // the other GPU's
  EXPECT_THAT(result["not_compared"], IsEmpty());
  EXPECT_TRUE(result["config"].contains("h100_sxm"));
  EXPECT_TRUE(result["provenance"].contains("git_revision"));
  ASSERT_EQ(result["collections"].size(), 1u);
  const nlohmann::json& collection = result["collections"][0];
  EXPECT_EQ(collection["scheme"], "w16a16-bf16");
  EXPECT_EQ(collection["library"], "cublas");
  EXPECT_EQ(collection["noise_source"], nullptr);
  EXPECT_EQ(collection["all"]["simulated"]["points"], rows.size());
  EXPECT_NEAR(collection["all"]["simulated"]["mape"], sum / static_cast<double>(rows.size()), 1e-9);
  for (const auto& [name, regime] : collection["regimes"].items()) {
    EXPECT_EQ(regime["simulated"]["points"], regimes[name]) << name;
  }
}

// Texts are looked up.
nlohmann::json column_of(const nlohmann::json& points, const std::string& name) {
  const nlohmann::json& column = points.at(name);
  if (column.is_array()) return column;
  nlohmann::json texts = nlohmann::json::array();
  for (const size_t code : column.at("codes")) texts.push_back(column.at("names").at(code));
  return texts;
}

TEST_F(CompareCli, PointsAreTheRowsOfTheCsv) {
  const std::string text = measurements() +
                           "H100-SXM5-80GB,lab,torch cuBLAS,4096,4096,8192,bf16,"
                           "dense,650,W,\n";
  const std::string options = "--machine h100_sxm --half all ";
  const auto rows = rows_of(compare(text, options + "--csv").out);
  ASSERT_FALSE(rows.empty());
  const CliResult result = compare(text, options + "--json --points");
  ASSERT_EQ(result.status, 0) << result.err;
  const nlohmann::json points = result.json()["collections"][0]["points"];
  for (const char* name : {"line", "m", "n", "k", "measured_s", "simulated_s", "roofline_s",
                           "closed_form_s", "measured_power_w", "simulated_power_w"}) {
    const nlohmann::json column = column_of(points, name);
    ASSERT_EQ(column.size(), rows.size()) << name;
    for (size_t i = 0; i < rows.size(); ++i) {
      const std::string& cell = rows[i].at(name);
      ASSERT_EQ(column[i].is_null(), cell.empty()) << name << " of row " << i;
      if (cell.empty()) continue;
      ASSERT_EQ(column[i].get<double>(), std::stod(cell)) << name << " of row " << i;
    }
  }
  for (const char* name : {"half", "regime", "limiter", "kernel"}) {
    const nlohmann::json column = column_of(points, name);
    ASSERT_EQ(column.size(), rows.size()) << name;
    for (size_t i = 0; i < rows.size(); ++i)
      ASSERT_EQ(column[i], rows[i].at(name)) << name << " of row " << i;
    const std::vector<std::string> names = points[name]["names"];
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size()) << name;
  }
  // Columns are for programs: without them the JSON stays short.
  EXPECT_EQ(lines_of(result.out).size(), 1u);
  EXPECT_FALSE(compare(text, options + "--json").json()["collections"][0].contains("points"));
}

TEST_F(CompareCli, PointsHaveNoBaselineThatWasNotFitted) {
  std::string few = kHeader;
  for (const int m : {64, 128, 256}) {
    few += fmt::format("H100-SXM5-80GB,lab,torch cuBLAS,{},64,64,bf16,dense,9,us,\n", m);
  }
  const nlohmann::json points =
      compare(few, "--half all --json --points").json()["collections"][0]["points"];
  EXPECT_EQ(points["roofline_s"], nlohmann::json({nullptr, nullptr, nullptr}));
  EXPECT_EQ(points["closed_form_s"], points["roofline_s"]);
  EXPECT_FALSE(points.contains("measured_power_w"));
}

TEST_F(CompareCli, HalvesHaveEveryRowOnceAndNoShapeTwice) {
  const auto lines_in = [&](const std::string& half) {
    std::vector<std::string> lines;
    for (const auto& row : rows_of(compare(measurements(), "--csv --half " + half).out)) {
      lines.push_back(row.at("line"));
    }
    return lines;
  };
  std::vector<std::string> both = lines_in("held-out");
  const std::vector<std::string> fit = lines_in("fit");
  EXPECT_THAT(both, Not(IsEmpty()));
  EXPECT_THAT(fit, Not(IsEmpty()));
  both.insert(both.end(), fit.begin(), fit.end());
  EXPECT_THAT(both, testing::UnorderedElementsAreArray(lines_in("all")));
}

TEST_F(CompareCli, TableSaysWhichHalfAndCountsWhatIsLeftOut) {
  const CliResult result =
      compare(measurements() + "GeForce 256,lab,torch cuBLAS,1,2,3,bf16,dense,1,ms,\n",
              "--machine a100_sxm");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out,
              StartsWith("m.csv: simulated over measured, held-out half of the shapes"));
  EXPECT_THAT(result.out, HasSubstr("a100_sxm, bf16, torch cuBLAS"));
  EXPECT_THAT(result.out, HasSubstr("noise     no second collection"));
  EXPECT_THAT(result.out,
              HasSubstr("not compared: 1 rows, the first in line 74: device 'GeForce 256' is not "
                        "known"));
  EXPECT_THAT(result.out, HasSubstr("not selected: 36 rows"));
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(CompareCli, TableMarksBaselinesThatAreNearerThanTheSimulation) {
  const std::string options = "--machine a100_sxm --half all ";
  const std::string footnote = "!         this baseline has a lower MAPE than the simulation";
  // The measurements here are a roofline.
  EXPECT_THAT(compare(measurements(), options).out, HasSubstr(footnote));
  // What is measured as it is simulated leaves nothing to be nearer by.
  std::string simulated = kHeader;
  for (const auto& row : rows_of(compare(measurements(), options + "--csv").out)) {
    simulated += fmt::format("A100-SXM4-80GB,lab,torch cuBLAS,{},{},{},bf16,dense,{},s,\n",
                             row.at("m"), row.at("n"), row.at("k"), row.at("simulated_s"));
  }
  const std::string table = compare(simulated, options).out;
  EXPECT_THAT(table, HasSubstr("all      36   0.0"));
  EXPECT_THAT(table, Not(HasSubstr("!")));
  EXPECT_THAT(table, HasSubstr("closed    not fitted: "));
}

TEST_F(CompareCli, NamesTheWorstOfEveryRegimeWhenVerbose) {
  const std::string options = "--machine a100_sxm ";
  const nlohmann::json json = compare(measurements(), options + "--json").json();
  const std::string brief = compare(measurements(), options).out;
  const std::string verbose = compare(measurements(), options + "--verbose").out;
  EXPECT_THAT(brief, HasSubstr("worst of all"));
  for (const auto& [name, regime] : json["collections"][0]["regimes"].items()) {
    EXPECT_THAT(brief, Not(HasSubstr("worst of " + name)));
    EXPECT_THAT(verbose, HasSubstr("worst of " + name));
  }
}

TEST_F(CompareCli, AnotherSeedIsSaidWhereConstantsWereFittedWithOne) {
  const nlohmann::json before =
      compare(measurements(), "--machine h100_sxm --json").json()["collections"][0];
  ASSERT_FALSE(before["fit_seed"].is_null());
  EXPECT_EQ(before["split_seed"], before["fit_seed"]);
  const uint64_t other = before["fit_seed"].get<uint64_t>() + 1;
  const CliResult result =
      compare(measurements(), fmt::format("--machine h100_sxm --seed {}", other));
  EXPECT_THAT(result.out,
              HasSubstr(fmt::format("by seed {}; the constants were fitted with seed {}", other,
                                    other - 1)));
}

TEST_F(CompareCli, WritesAPictureBesideTheResult) {
  const std::string svg = scratch.path("points.svg");
  const std::string table = scratch.path("table.txt");
  const CliResult result = compare(measurements(), "--svg " + svg + " -o " + table);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(scratch.names(), ElementsAre("m.csv", "points.svg", "table.txt"));
  EXPECT_THAT(read_text(svg), StartsWith("<svg xmlns="));
  EXPECT_THAT(read_text(svg), HasSubstr("<title id=\"title\">m.csv: held-out half"));
}

TEST_F(CompareCli, GivesTheSameOnOneThreadAsOnMany) {
  EXPECT_EQ(compare(measurements(), "--csv -j 1").out, compare(measurements(), "--csv -j 8").out);
}

TEST_F(CompareCli, TellsMicrobenchmarksByTheirHeader) {
  const CliResult table = compare(kMicrobenchmarks);
  ASSERT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("m.csv: simulated and measured microbenchmarks"));
  EXPECT_THAT(table.out, HasSubstr("2 rows: "));
  const nlohmann::json result = compare(kMicrobenchmarks, "--json --machine a100_sxm").json();
  EXPECT_EQ(result["schema"], "olivine.microbenchmarks/1");
  ASSERT_EQ(result["rows"].size(), 1u);
  const nlohmann::json& row = result["rows"][0];
  EXPECT_EQ(row["instruction"], "mma.m16n8k16.fp16");
  EXPECT_NEAR(row["error"], row["simulated"].get<double>() / 24.7 - 1, 1e-12);
  const auto rows = rows_of(compare(kMicrobenchmarks, "--csv").out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].at("device"), "H800");
}

TEST_F(CompareCli, ComparesTheSharedMeasurements) {
  const std::string path = OLV_SOURCE_DIR "/../shared/data/gpu_measured.csv.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const CliResult result = run_cli("compare --machine h200_sxm --json --measured " + path);
  ASSERT_EQ(result.status, 0) << result.err;
  const nlohmann::json json = result.json();
  EXPECT_THAT(json["not_compared"], IsEmpty());
  size_t powers = 0;
  for (const nlohmann::json& collection : json["collections"]) {
    SCOPED_TRACE(collection["source"]);
    EXPECT_EQ(collection["noise_source"].is_null(), collection["dtype"] != "bf16");
    EXPECT_LE(collection["all"]["worst"].size(), 10u);
    // A roofline of three constants: gpu_measured.csv.gz has up to 23 % for it.
    EXPECT_LT(collection["all"]["roofline"]["mape"], 0.25);
    // Waves and tiles explain some of what it leaves, the model more.
    const nlohmann::json& closed_form = collection["all"]["closed_form"];
    EXPECT_EQ(closed_form["points"], collection["all"]["simulated"]["points"]);
    EXPECT_LT(closed_form["mape"], collection["all"]["roofline"]["mape"]);
    EXPECT_EQ(collection["closed_form_constants"]["sm_count"], 132);
    EXPECT_EQ(collection["closed_form_constants"]["sm_flops_per_s"].size(), 12u);
    if (collection["calibrated"]) {
      EXPECT_LT(collection["all"]["simulated"]["mape"], closed_form["mape"]);
    }
    powers += !collection["power"].is_null();
  }
  EXPECT_EQ(powers, 1u);
}

struct BadLine {
  const char* options;
  const char* message;
};

void PrintTo(const BadLine& bad, std::ostream* stream) { *stream << bad.options; }

class CompareCliBad : public CompareCli, public testing::WithParamInterface<BadLine> {};

TEST_P(CompareCliBad, SaysWhatIsWrong) {
  const CliResult result = compare(measurements(), GetParam().options);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    EveryOption, CompareCliBad,
    testing::Values(
        BadLine{"--half third", "--half = third: must be held-out|fit|all"},
        BadLine{"--seed -1", "--seed = -1: must be 0.."},
        BadLine{"--jobs 0", "--jobs = 0: must be 1..1024"},
        BadLine{"--points", "--points: needs --json"},
        BadLine{"--json --csv", "--json and --csv exclude each other"},
        BadLine{"--machine h300", "h300"}, BadLine{"--machine edge_16x16", "edge_16x16"},
        BadLine{"--machine h200_sxm",
                "--machine = h200_sxm: must be a100_sxm|h100_sxm, as in m.csv"},
        BadLine{"--dtype int8", "--dtype = int8: must be bf16|w16a16-bf16, as in m.csv"},
        BadLine{"--library cublass", "did you mean 'cublas'?"},
        BadLine{"--svg /dev/null", "--svg: /dev/null: not a regular file"},
        BadLine{"--mesured x", "--mesured: unknown option; did you mean '--measured'?"}));

TEST_F(CompareCli, NamesAbsentAndWrongFiles) {
  EXPECT_THAT(run_cli("compare").err, HasSubstr("missing: --measured"));
  const CliResult absent = run_cli("compare --measured absent.csv");
  EXPECT_EQ(absent.status, 2);
  EXPECT_THAT(absent.err, HasSubstr("absent.csv: cannot be read: No such file"));
  const CliResult wrong = compare(kHeader + "d,s,l,0,2,3,bf16,dense,1,ms,\n");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("m.csv:2: M = 0: must be 1..2147483648"));
  const CliResult unknown = compare(kHeader + "d,s,l,1,2,3,bf16,dense,1,ms,\n");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("m.csv:2: device 'd' is not known (1 rows)"));
  const CliResult gemm_option = compare(kMicrobenchmarks, "--half all --dtype bf16");
  EXPECT_EQ(gemm_option.status, 2);
  EXPECT_THAT(gemm_option.err, HasSubstr("--half: is about GEMMs"));
  EXPECT_THAT(gemm_option.err, HasSubstr("--dtype: is about GEMMs"));
  EXPECT_THAT(compare(kMicrobenchmarks, "--json --points").err,
              HasSubstr("--points: is about GEMMs"));
}

}  // namespace
}  // namespace olivine::support

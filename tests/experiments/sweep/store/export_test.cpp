// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/export.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/experiments/sweep/store/stored_points.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kModel = "1.0-a";
const std::string kMetricNames =
    "time_s,energy_pj,edp_pj_s,power_w,throughput_per_s,area_um2,throughput_per_s_mm2,utilization,"
    "macs,cycles,stall_cycles,dram_bytes,energy_dram_pj,energy_buffers_pj,energy_leakage_pj,pes,"
    "buffer_bytes";

Database memory_database(const SweepHeader& header, const std::vector<StoredPoint>& points) {
  Database database = Database::open_for_run(":memory:", header);
  database.add(points, kModel);
  return database;
}

struct Exported {
  std::string text;
  uint64_t rows = 0;
};

Exported csv_of(const Database& database, const std::string& model = kModel) {
  Exported exported;
  exported.rows = export_csv(database, model, [&](std::string_view t) { exported.text += t; });
  return exported;
}

Exported json_of(const Database& database) {
  Exported exported;
  exported.rows =
      export_json_lines(database, kModel, [&](std::string_view t) { exported.text += t; });
  return exported;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Values of no metric: empty fields.
std::string commas(size_t count) { return std::string(count, ','); }

TEST(ExportCsv, HasAHeaderAndARowAPoint) {
  SweepHeader header = small_header();
  header.constraints = {"energy_pj < 0.05"};
  const auto exported =
      csv_of(memory_database(header, {small_point(6), small_point(1), small_point(0)}));
  EXPECT_EQ(exported.rows, 3u);
  const size_t others = kMetrics.size() - 2;  // all but time and energy
  // Points 0 and 1 differ in their scheme; 6 failed, 1 misses the constraint.
  EXPECT_THAT(
      lines_of(exported.text),
      ElementsAre("array.rows,clock,scheme,status,failure," + kMetricNames + ",rate,feasible",
                  fmt::format("8,0.1,int8,ok,,{},0{},3,true", 1.0 / 3, commas(others)),
                  fmt::format("8,0.1,w4a4-ovp,ok,,{},0.1{},,false", 1.0 / 4, commas(others)),
                  fmt::format("8,{},int8,failed,layer fc1: fits at no tiling,{},false", 0.1 * 3,
                              commas(kMetrics.size()))));
}

TEST(ExportCsv, NumbersReadBackToTheSameBits) {
  SweepHeader header = small_header();
  std::vector<StoredPoint> points;
  Rng rng{23};
  for (uint64_t i = 0; i < 200; ++i) {
    points.push_back(small_point(i * 7));
    points.back().outcome.metrics.set(Metric::Time, rng.unit() * std::ldexp(1.0, int(i) - 100));
  }
  const auto lines = lines_of(csv_of(memory_database(header, points)).text);
  ASSERT_THAT(lines, SizeIs(points.size() + 1));
  std::set<double> expected, read;
  for (const StoredPoint& point : points)
    expected.insert(point.outcome.metrics.get(Metric::Time).value());
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t begin = lines[i].find(",ok,,") + 5;
    const std::string text = lines[i].substr(begin, lines[i].find(',', begin) - begin);
    double number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    EXPECT_EQ(result.ptr, text.data() + text.size()) << text;
    read.insert(number);
  }
  EXPECT_EQ(read, expected);
}

TEST(ExportCsv, QuotesWhatRfc4180Asks) {
  StoredPoint point = small_point(2);  // scheme: w4a8, "ovp"
  point.outcome = {};
  point.outcome.failure = "two\r\nlines";
  const auto text = csv_of(memory_database(small_header(), {point})).text;
  EXPECT_THAT(text, HasSubstr("\n8,0.1,\"w4a8, \"\"ovp\"\"\",failed,\"two\r\nlines\",,"));
}

TEST(ExportCsv, LeavesOutPointsOutsideOfTheSpaceAndOtherModels) {
  SweepHeader header = small_header();
  header.axes[0].values.resize(1);
  header.constraints = {"clock < 0.35"};
  auto points = small_points(0, 100);
  Database database = memory_database(header, points);
  database.add(small_points(100, 10), "1.0-b");
  // One of 16 rows; 3 of 10 clocks; all schemes.
  EXPECT_EQ(csv_of(database).rows, 3u * 3);
  EXPECT_EQ(csv_of(database, "none").rows, 0u);
  EXPECT_THAT(lines_of(csv_of(database, "none").text), SizeIs(1));
}

TEST(ExportCsv, DoesNotDependOnTheOrderOfComputation) {
  auto points = small_points(0, kSmallPoints);
  const Exported in_order = csv_of(memory_database(small_header(), points));
  const Exported in_order_json = json_of(memory_database(small_header(), points));
  EXPECT_EQ(in_order.rows, kSmallPoints);
  for (const uint64_t seed : {1u, 2u, 3u}) {
    Rng rng{seed};
    Database database = Database::open_for_run(":memory:", small_header());
    auto shuffled = points;
    shuffle(shuffled, rng);
    for (int i = 0; i < 40; ++i) {  // pieces that overlap
      const auto at = static_cast<size_t>(rng.uniform(0, kSmallPoints - 50));
      database.add({shuffled.data() + at, 50}, kModel);
    }
    database.add(shuffled, kModel);
    EXPECT_EQ(csv_of(database).text, in_order.text) << "seed " << seed;
    EXPECT_EQ(json_of(database).text, in_order_json.text) << "seed " << seed;
  }
}

TEST(ExportCsv, WritesMoreThanOneBufferInPieces) {
  Database database = Database::open_for_run(":memory:", small_header());
  std::vector<StoredPoint> points;
  for (uint64_t i = 0; i < 3000; ++i) points.push_back(small_point(i));
  database.add(points, kModel);
  size_t calls = 0, longest = 0;
  std::string text;
  EXPECT_EQ(export_csv(database, kModel,
                       [&](std::string_view piece) {
                         ++calls;
                         longest = std::max(longest, piece.size());
                         text += piece;
                       }),
            3000u);
  EXPECT_THAT(lines_of(text), SizeIs(3001));
  EXPECT_GT(calls, 1u);
  EXPECT_LT(longest, size_t{1} << 17);
}

TEST(ExportCsv, PassesOnWhatTheSinkThrows) {
  const Database database = memory_database(small_header(), small_points(0, 5));
  EXPECT_EQ(problem_of([&] {
              export_csv(database, kModel,
                         [](std::string_view) { throw ConfigError{"out.csv: disk full"}; });
            }),
            "out.csv: disk full");
  EXPECT_EQ(csv_of(database).rows, 5u);
}

TEST(ExportCsv, AnObjectiveOfTheNameOfAColumnGetsAnother) {
  SweepHeader header = small_header();
  header.objectives[1].name = "status";
  EXPECT_THAT(lines_of(csv_of(memory_database(header, {})).text)[0],
              HasSubstr(",objective.status,feasible"));
}

TEST(ExportJsonLines, HasAnObjectALineWithoutWhatHasNoValue) {
  SweepHeader header = small_header();
  const auto exported = json_of(memory_database(header, {small_point(2), small_point(6)}));
  EXPECT_EQ(exported.rows, 2u);
  EXPECT_THAT(
      lines_of(exported.text),
      ElementsAre(
          fmt::format(R"({{"array.rows":8,"clock":0.1,"scheme":"w4a8, \"ovp\"","status":"ok",)"
                      R"("time_s":{},"energy_pj":{},"rate":5,"feasible":true}})",
                      1.0 / 5, 0.1 * 2),
          fmt::format(R"({{"array.rows":8,"clock":{},"scheme":"int8","status":"failed",)"
                      R"("failure":"layer fc1: fits at no tiling","feasible":false}})",
                      0.1 * 3)));
}

TEST(ExportJsonLines, IsJsonWhateverTheValuesAre) {
  SweepHeader header = small_header();
  StoredPoint point = small_point(0);
  point.outcome.metrics.set(Metric::Energy, std::numeric_limits<double>::infinity());
  point.outcome.metrics.set(Metric::Macs, 1e300);
  StoredPoint failed = small_point(1);
  failed.outcome = {};
  failed.outcome.failure = "\xFF \x01 \"\\\n";
  const auto lines = lines_of(json_of(memory_database(header, {point, failed})).text);
  ASSERT_THAT(lines, SizeIs(2));
  const auto first = nlohmann::json::parse(lines[0]);
  EXPECT_FALSE(first.contains("energy_pj"));
  EXPECT_EQ(first.at("macs").get<double>(), 1e300);
  EXPECT_EQ(nlohmann::json::parse(lines[1]).at("failure").get<std::string>(),
            "\xEF\xBF\xBD \x01 \"\\\n");
}

}  // namespace
}  // namespace olivine::sweep

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/database.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <filesystem>
#include <limits>
#include <thread>

#include "tests/experiments/sweep/store/stored_points.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const std::string kModel = "1.0-a";

class DatabaseTest : public testing::Test {
 protected:
  [[nodiscard]] Database open(uint64_t* kept = nullptr) const {
    return Database::open_for_run(path_, header_, kept);
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("x.db");
  SweepHeader header_ = small_header();
};

// Two doubles that compare equal may differ in bits: 0.0 and -0.0.
bool has_same_bits(const Value& a, const Value& b) {
  if (a.index() != b.index()) return false;
  const auto* number = std::get_if<double>(&a);
  if (number == nullptr) return a == b;
  return std::bit_cast<uint64_t>(*number) == std::bit_cast<uint64_t>(std::get<double>(b));
}

const std::vector<double> kHardNumbers = {0.0,
                                          -0.0,
                                          0.1,
                                          1.0 / 3,
                                          64,
                                          -5e8,
                                          5e-324,
                                          std::numeric_limits<double>::max(),
                                          0x1p63,
                                          std::numeric_limits<double>::infinity(),
                                          std::numeric_limits<double>::min()};

TEST_F(DatabaseTest, GivesParametersBackInTheirTypeAndBits) {
  std::vector<Value> values;
  for (const double number : kHardNumbers) values.emplace_back(number);
  for (const int64_t number : {INT64_MIN, int64_t{-1}, int64_t{0}, int64_t{64}, INT64_MAX}) {
    values.emplace_back(number);
  }
  for (const std::string& text : {std::string{}, std::string{"64"}, std::string{"o'ne \"two\", ;"},
                                  std::string{"a\0b", 3}, std::string{"\xC3\xA4\n\xFF"}}) {
    values.emplace_back(text);
  }
  std::vector<StoredPoint> points;
  for (size_t i = 0; i < values.size(); ++i) {
    points.push_back(small_point(i));
    points.back().parameters[i % 3] = values[i];
  }
  EXPECT_EQ(open().add(points, kModel), values.size());
  const auto stored = all_points(Database::open_to_read(path_), kModel);
  ASSERT_THAT(stored, SizeIs(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE(has_same_bits(stored[i].parameters[i % 3], values[i])) << to_text(values[i]);
  }
}

TEST_F(DatabaseTest, GivesOutcomesBackInTheirBits) {
  for (size_t i = 0; i < kHardNumbers.size(); ++i) {
    StoredPoint point = small_point(0);
    point.hash = hash_of_number(i);
    for (const MetricInfo& info : kMetrics) point.outcome.metrics.set(info.metric, kHardNumbers[i]);
    open().add({&point, 1}, kModel);
    const auto outcome = open().find(point.hash, kModel);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_TRUE(outcome->is_ok());
    for (const MetricInfo& info : kMetrics) {
      EXPECT_EQ(std::bit_cast<uint64_t>(outcome->metrics.get(info.metric).value()),
                std::bit_cast<uint64_t>(kHardNumbers[i]));
    }
  }
}

TEST_F(DatabaseTest, KeepsMetricsWithoutValueAndFailuresApart) {
  Database database = open();
  // One metric alone: a column taken for its neighbour would show.
  for (size_t i = 0; i < kMetrics.size(); ++i) {
    StoredPoint point = small_point(i);
    point.outcome = {};
    point.outcome.metrics.set(kMetrics[i].metric, 1.5);
    if (i % 2 == 1) point.outcome.failure = "a\nb 'c'";
    database.add({&point, 1}, kModel);
    EXPECT_EQ(database.find(point.hash, kModel), point.outcome) << kMetrics[i].name;
  }
}

TEST_F(DatabaseTest, FindsByHashAndModel) {
  Database database = open();
  const auto points = small_points(0, 2);
  database.add({points.data(), 1}, kModel);
  EXPECT_TRUE(database.find(points[0].hash, kModel).has_value());
  EXPECT_FALSE(database.find(points[1].hash, kModel).has_value());
  EXPECT_FALSE(database.find(points[0].hash, "1.0-b").has_value());
  EXPECT_FALSE(database.find(points[0].hash, "").has_value());
  PointHash near = points[0].hash;
  near.bytes[15] ^= 1;
  EXPECT_FALSE(database.find(near, kModel).has_value());
}

TEST_F(DatabaseTest, KeepsTheFirstOutcomeOfAPoint) {
  Database database = open();
  std::vector<StoredPoint> points = {small_point(0), small_point(1), small_point(0)};
  EXPECT_EQ(database.add(points, kModel), 2u);
  const Outcome first = points[0].outcome;
  points[0].outcome.metrics.set(Metric::Time, 99);
  EXPECT_EQ(database.add(points, kModel), 0u);
  EXPECT_EQ(database.find(points[0].hash, kModel), first);
  EXPECT_EQ(database.add(points, "1.0-b"), 2u);  // points of another model are others
  EXPECT_EQ(database.find(points[0].hash, "1.0-b"), points[0].outcome);
  EXPECT_EQ(database.find(points[0].hash, kModel), first);
}

TEST_F(DatabaseTest, GivesPointsBackInTheOrderTheyWereStored) {
  Rng rng{7};
  auto points = small_points(0, 2003);
  shuffle(points, rng);
  size_t at = 0;
  for (const size_t count : {0u, 1u, 999u, 1000u, 2u, 1u}) {
    Database database = open();
    EXPECT_EQ(database.add({points.data() + at, count}, kModel), count);
    at += count;
    const auto stored = all_points(database, kModel);
    ASSERT_THAT(stored, SizeIs(at));
    EXPECT_TRUE(std::equal(stored.begin(), stored.end(), points.begin(),
                           [](const StoredPoint& a, const StoredPoint& b) {
                             return a.hash == b.hash && a.parameters == b.parameters &&
                                    a.outcome == b.outcome;
                           }));
  }
  EXPECT_EQ(at, points.size());
}

TEST_F(DatabaseTest, OrdersByParametersNumbersBeforeTexts) {
  const std::vector<Value> ascending = {int64_t{-3},      -0.5,
                                        int64_t{0},       0.1,
                                        int64_t{2},       2.5,
                                        int64_t{10},      0x1p62,
                                        std::string{""},  std::string{"10"},
                                        std::string{"2"}, std::string{"B"},
                                        std::string{"a"}, std::string{"a "}};
  std::vector<StoredPoint> points;
  for (const Value& first : ascending) {
    for (const Value& second : ascending) {
      StoredPoint point = small_point(points.size());
      point.parameters = {first, second, std::string{"int8"}};
      points.push_back(point);
    }
  }
  auto shuffled = points;
  Rng rng{11};
  shuffle(shuffled, rng);
  Database database = open();
  database.add(shuffled, kModel);
  EXPECT_EQ(hashes_of(all_points(database, kModel, RowOrder::Parameters)), hashes_of(points));
}

TEST_F(DatabaseTest, OrdersPointsOfTheSameParametersByHash) {
  auto points = small_points(0, 1);
  for (uint64_t i = 1; i < 20; ++i) points.push_back(small_point(i * kSmallPoints));
  Database database = open();
  database.add(points, kModel);
  auto hashes = hashes_of(points);
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(hashes_of(all_points(database, kModel, RowOrder::Parameters)), hashes);
}

TEST_F(DatabaseTest, StopsVisitingWhenTold) {
  Database database = open();
  database.add(small_points(0, 10), kModel);
  uint64_t visited = 0;
  database.for_each(kModel, RowOrder::Commit, [&](const StoredPoint&) { return ++visited < 3; });
  EXPECT_EQ(visited, 3u);
  database.for_each("1.0-b", RowOrder::Commit, [](const StoredPoint&) {
    ADD_FAILURE() << "of another model";
    return true;
  });
}

TEST_F(DatabaseTest, CanBeAskedWhilePointsAreVisited) {
  Database database = open();
  database.add(small_points(0, 100), kModel);
  uint64_t found = 0;
  database.for_each(kModel, RowOrder::Parameters, [&](const StoredPoint& point) {
    if (database.find(point.hash, kModel) == point.outcome) ++found;
    return true;
  });
  EXPECT_EQ(found, 100u);
}

TEST_F(DatabaseTest, StreamsAreIndependentAndStayAtTheirEnd) {
  Database database = open();
  database.add(small_points(0, 3), kModel);
  PointStream a = database.stream(kModel, RowOrder::Commit);
  PointStream b = database.stream(kModel, RowOrder::Commit);
  StoredPoint from_a, from_b;
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(a.next(from_a));
    EXPECT_EQ(from_a.hash, hash_of_number(i));
  }
  ASSERT_TRUE(b.next(from_b));
  EXPECT_EQ(from_b.hash, hash_of_number(0));
  EXPECT_FALSE(a.next(from_a));
  EXPECT_FALSE(a.next(from_a));
}

TEST_F(DatabaseTest, CountsPointsOfModelsInTheOrderTheyCame) {
  Database database = open();
  EXPECT_THAT(database.models(), IsEmpty());
  database.add({}, "0-none");
  EXPECT_THAT(database.models(), IsEmpty());
  database.add(small_points(0, 14), "2-z");
  database.add(small_points(0, 5), "1-a");
  database.add(small_points(14, 7), "2-z");
  const auto models = database.models();
  ASSERT_THAT(models, SizeIs(2));
  EXPECT_EQ(models[0].version, "2-z");
  EXPECT_EQ(models[0].ok, 21u - 21 / 7);
  EXPECT_EQ(models[0].failed, 21u / 7);
  EXPECT_EQ(models[1].version, "1-a");
  EXPECT_EQ(models[1].ok, 5u);
  EXPECT_EQ(models[1].failed, 0u);
}

TEST_F(DatabaseTest, ForgetsFailedPointsOfOneModel) {
  Database database = open();
  database.add(small_points(0, 14), kModel);
  database.add(small_points(0, 14), "1.0-b");
  EXPECT_EQ(database.remove_failed(kModel), 2u);
  EXPECT_EQ(database.remove_failed(kModel), 0u);
  EXPECT_EQ(database.remove_failed("none"), 0u);
  EXPECT_FALSE(database.find(hash_of_number(6), kModel).has_value());
  EXPECT_TRUE(database.find(hash_of_number(6), "1.0-b").has_value());
  EXPECT_EQ(database.models()[0].ok, 12u);
  const StoredPoint failed = small_point(6);
  database.add({&failed, 1}, "1.0-c");
  EXPECT_THAT(database.models(), SizeIs(3));
  EXPECT_EQ(database.remove_failed("1.0-c"), 1u);
  EXPECT_THAT(database.models(), SizeIs(2));
  // Stored again, it comes last.
  const StoredPoint again = small_point(6);
  database.add({&again, 1}, kModel);
  EXPECT_EQ(all_points(database, kModel).back().hash, again.hash);
}

TEST_F(DatabaseTest, RemovesOtherModelsAndGivesTheSpaceBack) {
  for (const char* model : {"1-a", "2-b", "3-c"}) open().add(small_points(0, 5000), model);
  const auto before = std::filesystem::file_size(path_);
  {
    Database database = Database::open_to_change(path_);
    EXPECT_EQ(database.keep_only("2-b"), 2u * 5000);
    EXPECT_EQ(database.keep_only("2-b"), 0u);
    ASSERT_THAT(database.models(), SizeIs(1));
    EXPECT_EQ(hashes_of(all_points(database, "2-b")), hashes_of(small_points(0, 5000)));
  }
  EXPECT_LT(std::filesystem::file_size(path_), before / 3 + 65536);
  EXPECT_EQ(open().keep_only("unknown"), 5000u);
  EXPECT_THAT(open().models(), IsEmpty());
}

TEST_F(DatabaseTest, HasItsHeader) {
  (void)open();
  EXPECT_EQ(to_json(Database::open_to_read(path_).header()), to_json(header_));
  EXPECT_EQ(Database::open_to_read(path_).path(), path_);
}

TEST_F(DatabaseTest, TakesOverChangedSettingsAndKeepsPoints) {
  uint64_t kept = 99;
  open(&kept).add(small_points(0, 20), kModel);
  EXPECT_EQ(kept, 0u);
  header_.spec_text += "# a comment\n";
  (void)open(&kept);
  EXPECT_EQ(kept, 0u);  // nothing that matters
  EXPECT_EQ(Database::open_to_read(path_).header().spec_text, header_.spec_text);
  const std::vector<std::function<void()>> changes = {
      [&] { header_.axes[0].values.pop_back(); },
      [&] { header_.constraints.emplace_back("array.rows > 8"); },
      [&] { header_.objectives.pop_back(); },
      [&] { header_.quality["int8"] = 0.9; },
      [&] { header_.group_by.emplace_back("scheme"); },
      [&] { header_.search.seed = 2; }};
  for (size_t i = 0; i < changes.size(); ++i) {
    changes[i]();
    kept = 99;
    (void)open(&kept);
    EXPECT_EQ(kept, 20u) << i;
    EXPECT_EQ(to_json(Database::open_to_read(path_).header()), to_json(header_)) << i;
    (void)open(&kept);
    EXPECT_EQ(kept, 0u) << i;
  }
  EXPECT_THAT(all_points(open(), kModel), SizeIs(20));
}

TEST_F(DatabaseTest, RefusesAnotherSweepAndChangesNothing) {
  open().add(small_points(0, 3), kModel);
  const std::string before = bytes_of_file(path_);
  const auto problem = [&](const std::function<void(SweepHeader&)>& change) {
    SweepHeader other = header_;
    change(other);
    return problem_of([&] { (void)Database::open_for_run(path_, other); });
  };
  const std::string begin = path_ + ": holds sweep 'small' over array.rows, clock, scheme";
  const std::string end = ": choose another --db";
  EXPECT_EQ(problem([](SweepHeader& h) { h.name = "other"; }), begin + ", not 'other'" + end);
  EXPECT_EQ(problem([](SweepHeader& h) { h.axes.pop_back(); }),
            begin + ", not over array.rows, clock" + end);
  EXPECT_EQ(problem([](SweepHeader& h) {
              h.axes[1].keys = {"array.cols", "clock"};
            }),
            begin + ", not over array.rows, array.cols+clock, scheme" + end);
  EXPECT_EQ(problem([](SweepHeader& h) { h.columns[1] = "array.cols"; }),
            begin +
                " with parameters array.rows, clock, scheme, not array.rows, array.cols, scheme" +
                end);
  EXPECT_EQ(problem([](SweepHeader& h) { h.base_digest = "4567"; }),
            begin + " with other contents of its files or other settings" + end);
  EXPECT_TRUE(bytes_of_file(path_) == before);
  EXPECT_THAT(folder_.names(), ElementsAre("x.db"));
}

TEST_F(DatabaseTest, RemembersTheExpectedPoints) {
  open().set_expected_points(480);
  EXPECT_EQ(Database::open_to_read(path_).header().expected_points, 480u);
  // A run that has not counted them yet, of the same settings.
  EXPECT_EQ(open().header().expected_points, 480u);
  header_.axes[0].values.pop_back();
  EXPECT_EQ(open().header().expected_points, 0u);
}

TEST_F(DatabaseTest, RefusesColumnsThatSqlDoesNotTellApart) {
  header_.columns[1] = "Array.Rows";
  EXPECT_THAT(problem_of([&] { (void)open(); }),
              HasSubstr("parameter 'Array.Rows': has the name of"));
  header_.columns[1] = "TIME_S";
  EXPECT_THAT(problem_of([&] { (void)open(); }),
              HasSubstr("'time_s': has the name of another column"));
  header_.columns[1] = "model";
  EXPECT_THAT(problem_of([&] { (void)open(); }), HasSubstr("parameter 'model'"));
  EXPECT_THAT(folder_.names(), IsEmpty());
  header_.columns[1] = "free.\"quoted\" select";
  open().add(small_points(0, 5), kModel);
  EXPECT_THAT(all_points(open(), kModel, RowOrder::Parameters), SizeIs(5));
}

TEST_F(DatabaseTest, WorksWithoutParameters) {
  header_.columns.clear();
  header_.axes.resize(1);
  StoredPoint point = small_point(0);
  point.parameters.clear();
  open().add({&point, 1}, kModel);
  EXPECT_THAT(all_points(open(), kModel, RowOrder::Parameters), SizeIs(1));
}

TEST(DatabaseInMemory, LeavesNoFileAndCanBeMoved) {
  Database database = Database::open_for_run(":memory:", small_header());
  database.add(small_points(0, 7), kModel);
  Database moved = Database::open_for_run(":memory:", small_header());
  {
    PointStream stream = database.stream(kModel, RowOrder::Commit);
    moved = std::move(database);
    StoredPoint point;
    ASSERT_TRUE(stream.next(point));
    EXPECT_EQ(point.hash, hash_of_number(0));
  }
  EXPECT_THAT(all_points(moved, kModel), SizeIs(7));
  EXPECT_FALSE(std::filesystem::exists(":memory:"));
  EXPECT_THAT(problem_of([] { (void)Database::open_to_read(":memory:"); }),
              StartsWith(":memory:: no such database"));
}

TEST_F(DatabaseTest, ServesThreadsThatAddFindAndVisit) {
  constexpr uint64_t kWriters = 3, kBatches = 20, kBatch = 25;
  Database database = open();
  std::atomic<uint64_t> added = 0, wrong = 0;
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (uint64_t w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (uint64_t b = 0; b < kBatches; ++b) {
        // Neighbours overlap by half: every point is offered twice.
        const auto batch = small_points((w + b) * kBatch, 2 * kBatch);
        added += database.add(batch, kModel);
        for (const StoredPoint& point : batch) {
          if (database.find(point.hash, kModel) != point.outcome) ++wrong;
        }
      }
    });
  }
  threads.emplace_back([&] {
    while (!is_over) {
      database.for_each(kModel, RowOrder::Parameters, [&](const StoredPoint& point) {
        if (point.parameters.size() != 3) ++wrong;
        return true;
      });
      (void)database.models();
    }
  });
  for (uint64_t w = 0; w < kWriters; ++w) threads[w].join();
  is_over = true;
  threads.back().join();
  EXPECT_EQ(wrong, 0u);
  const uint64_t last = (kWriters - 1 + kBatches - 1) * kBatch + 2 * kBatch;
  EXPECT_EQ(added, last);
  EXPECT_THAT(all_points(database, kModel), SizeIs(last));
}

}  // namespace
}  // namespace olivine::sweep

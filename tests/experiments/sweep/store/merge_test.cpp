// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/merge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <csignal>
#include <filesystem>

#include "experiments/sweep/store/export.h"
#include "tests/experiments/sweep/store/forked.h"
#include "tests/experiments/sweep/store/stored_points.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kModel = "1.0-a";

class Merge : public testing::Test {
 protected:
  std::string make(const std::string& name, const std::vector<StoredPoint>& points,
                   const std::string& model = kModel) {
    const std::string path = folder_.file(name);
    Database::open_for_run(path, header_).add(points, model);
    inputs_.push_back(path);
    return path;
  }
  [[nodiscard]] MergeResult merge() const { return merge_databases(inputs_, output_, kModel); }
  // The problem; nothing new may be in the folder.
  [[nodiscard]] std::string problem() const {
    const auto names = folder_.names();
    std::string text = problem_of([&] { (void)merge(); });
    EXPECT_EQ(folder_.names(), names);
    return text;
  }

  ScratchFolder folder_;
  SweepHeader header_ = small_header();
  std::vector<std::string> inputs_;
  std::string output_ = folder_.file("all.db");
};

std::string csv_of(const std::string& path) {
  std::string text;
  export_csv(Database::open_to_read(path), kModel, [&](std::string_view t) { text += t; });
  return text;
}

TEST_F(Merge, OfShardsIsTheWhole) {
  const std::string whole = make("whole.db", small_points(0, kSmallPoints));
  inputs_.clear();
  constexpr uint64_t kShards = 16;
  for (uint64_t shard = 0; shard < kShards; ++shard) {
    std::vector<StoredPoint> points;
    for (uint64_t i = 0; i < kSmallPoints; ++i) {
      if (small_point(i).hash.shard(kShards) == shard) points.push_back(small_point(i));
    }
    make(fmt::format("{}.db", shard), points);
  }
  const MergeResult result = merge();
  EXPECT_EQ(result.points, kSmallPoints);
  EXPECT_EQ(result.duplicates, 0u);
  EXPECT_EQ(csv_of(output_), csv_of(whole));
  EXPECT_EQ(to_json(Database::open_to_read(output_).header()), to_json(header_));
  EXPECT_THAT(folder_.names(), SizeIs(kShards + 2));  // whole.db and all.db
}

TEST_F(Merge, CountsPointsOfSeveralInputsOnce) {
  // Around the number of points of one transaction.
  make("a.db", small_points(0, 5000));
  make("b.db", small_points(4000, 4096));
  make("c.db", {});
  make("d.db", small_points(8095, 1));
  make("e.db", small_points(8096, 1));
  inputs_.push_back(inputs_[0]);
  const MergeResult result = merge();
  EXPECT_EQ(result.points, 8097u);
  EXPECT_EQ(result.duplicates, 1000u + 1 + 5000);
  EXPECT_EQ(hashes_of(all_points(Database::open_to_read(output_), kModel)),
            hashes_of(small_points(0, 8097)));
}

TEST_F(Merge, OfOneInputIsACopyOfItsModel) {
  const std::string path = make("a.db", small_points(0, 10));
  Database::open_to_change(path).add(small_points(0, 20), "1.0-b");
  EXPECT_EQ(merge().points, 10u);
  EXPECT_THAT(Database::open_to_read(output_).models(), SizeIs(1));
}

TEST_F(Merge, RefusesDifferentOutcomesOfAPoint) {
  const std::string a = make("a.db", small_points(0, 10));
  const std::string b = make("b.db", small_points(10, 10));
  auto points = small_points(15, 10);
  const double time = points[2].outcome.metrics.get(Metric::Time).value();
  points[2].outcome.metrics.set(Metric::Time, 2 * time);
  const std::string c = make("c.db", points);
  EXPECT_EQ(problem(),
            fmt::format("{} and {}: different outcomes, time_s = {} and {}, of the point "
                        "array.rows = 8, clock = {}, scheme = w4a8, \"ovp\"",
                        b, c, time, 2 * time, 0.1 * 6));
  inputs_ = {b, a};
  points = small_points(3, 1);
  points[0].outcome = {};
  points[0].outcome.failure = "too small";
  make("d.db", points);
  EXPECT_THAT(problem(), HasSubstr("a.db and " + inputs_[2] +
                                   ": different outcomes, ran and failed (too small), of"));
  points[0] = small_point(4);
  points[0].outcome.metrics.set(Metric::Pes, 64);
  inputs_ = {a};
  make("e.db", points);
  EXPECT_THAT(problem(), HasSubstr("pes = none and 64,"));
}

TEST_F(Merge, RefusesOtherSweeps) {
  make("a.db", small_points(0, 10));
  const SweepHeader original = header_;
  const auto problem_with = [&](const std::string& name) {
    inputs_.resize(1);
    make(name, small_points(0, 5));
    header_ = original;
    return problem();
  };
  header_.name = "other";
  EXPECT_THAT(problem_with("b.db"), EndsWith("b.db: holds sweep 'other' over array.rows, clock, "
                                             "scheme, not 'small': cannot be merged with " +
                                             inputs_[0]));
  header_.base_digest = "4567";
  EXPECT_THAT(problem_with("c.db"), HasSubstr("c.db: holds sweep 'small' over array.rows, clock, "
                                              "scheme with other contents of its files"));
  header_.axes[0].values.pop_back();
  EXPECT_THAT(problem_with("d.db"), HasSubstr("d.db: values of axes, constraints, objectives or "
                                              "quality are others than in " +
                                              inputs_[0]));
  header_.constraints.emplace_back("time_s < 1");
  EXPECT_THAT(problem_with("e.db"), HasSubstr("e.db: values of axes, constraints"));
}

TEST_F(Merge, JoinsSearchesAndWhatIsExpected) {
  header_.expected_points = 100;
  make("a.db", small_points(0, 10));
  header_.expected_points = 0;
  header_.spec_text += "# other text\n";
  make("b.db", small_points(10, 10));
  EXPECT_EQ(merge().points, 20u);
  EXPECT_EQ(Database::open_to_read(output_).header().expected_points, 100u);
  header_.search.seed = 2;
  make("c.db", small_points(20, 10));
  output_ = folder_.file("all2.db");
  EXPECT_EQ(merge().points, 30u);
  EXPECT_EQ(Database::open_to_read(output_).header().search.seed, small_header().search.seed);
  EXPECT_EQ(Database::open_to_read(output_).header().expected_points, 0u);
}

TEST_F(Merge, OverwritesNothing) {
  const std::string a = make("a.db", small_points(0, 10));
  output_ = a;
  EXPECT_EQ(problem(), a + ": exists already: choose another name");
  EXPECT_THAT(all_points(Database::open_to_read(a), kModel), SizeIs(10));
  output_ = folder_.file("link");
  std::filesystem::create_symlink("nowhere", output_);
  EXPECT_EQ(problem(), output_ + ": exists already: choose another name");
}

TEST_F(Merge, RefusesInputsThatAreNoneAndPlacesThatAreNone) {
  EXPECT_EQ(problem(), "merge: no database given");
  make("a.db", small_points(0, 10), "1.0-b");
  make("b.db", small_points(0, 10), "1.0-c");
  EXPECT_EQ(problem(), inputs_[0] +
                           ": no points of model version 1.0-a; there are points of "
                           "1.0-b, 1.0-c");
  inputs_.clear();
  make("c.db", small_points(0, 10));
  inputs_.push_back(folder_.file("missing.db"));
  EXPECT_EQ(problem(), inputs_[1] + ": no such database");
  inputs_.pop_back();
  output_ = folder_.file("none/all.db");
  EXPECT_THAT(problem(), EndsWith("folder '" + folder_.file("none") + "' does not exist"));
}

TEST_F(Merge, LeavesNothingBehindWhenTheDiskIsFull) {
  make("a.db", small_points(0, 3000));
  Forked child{[&] {
    (void)std::signal(SIGXFSZ, SIG_IGN);
    rlimit limits{};
    getrlimit(RLIMIT_FSIZE, &limits);
    limits.rlim_cur = 100000;
    setrlimit(RLIMIT_FSIZE, &limits);
    return problem_of([&] { (void)merge(); });
  }};
  EXPECT_THAT(child.message(), HasSubstr(": disk full: "));
  EXPECT_THAT(folder_.names(), ElementsAre("a.db"));
}

}  // namespace
}  // namespace olivine::sweep

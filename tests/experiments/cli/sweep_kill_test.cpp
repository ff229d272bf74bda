// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// olivine sweep run, killed (SIGKILL) at random moments: it loses nothing that was committed,
// doubles nothing and, in the end, gives what an uninterrupted run gives. 6 kills, or as many as
// OLV_SWEEP_KILLS says; OLV_SWEEP_SEED chooses the moments.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "experiments/sweep/store/database.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/base/text.h"
#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using sweep::Database;
using sweep::Outcome;
using sweep::StoredPoint;
using Clock = std::chrono::steady_clock;

constexpr int64_t kDefaultKills = 6;
constexpr int64_t kDefaultSeed = 1;
// A run commits twice a second: some kills come before its first commit, some after its second.
// Where the machine is busy they come as much later as a whole run takes longer.
constexpr int64_t kLatestKillMs = 1300;
constexpr int64_t kKillsPerRun = 3;
constexpr int kKilledStatus = 128 + SIGKILL;

int64_t number_of_environment(const char* name, int64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : parse_int(text).value_or(fallback);
}

using Points = std::map<std::string, Outcome>;  // by hash

// SQLite's own look at the file: structure, and the uniqueness of hash and model version.
std::string quick_check(const std::string& path) {
  sqlite3* connection = nullptr;
  std::string answer;
  const auto read = [](void* text, int, char** values, char**) {
    *static_cast<std::string*>(text) += values[0];
    return 0;
  };
  if (sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    sqlite3_exec(connection, "PRAGMA quick_check", read, &answer, nullptr);
  }
  sqlite3_close(connection);
  return answer;
}

// What the database holds; a point that it has twice is a failure.
Points points_of(const std::string& path) {
  Points points;
  const Database database = Database::open_to_read(path);
  for (const sweep::ModelCount& model : database.models()) {
    database.for_each(model.version, sweep::RowOrder::Commit, [&](const StoredPoint& point) {
      EXPECT_TRUE(points.emplace(point.hash.hex(), point.outcome).second) << point.hash.hex();
      return true;
    });
  }
  return points;
}

class SweepKill : public testing::Test {
 protected:
  void SetUp() override {
    // Three layers make a point take about a millisecond, the sweep a few seconds.
    std::string layers;
    for (int i = 0; i < 3; ++i) {
      layers += fmt::format("      - {{name: gemm{0}, kind: linear, m: {1}, n: {2}, k: {3}}}\n", i,
                            100 + 37 * i, 200 + 61 * i, 300 + 13 * i);
    }
    folder_.write("layers.yaml", "name: layers\nblocks:\n  - name: block\n    layers:\n" + layers);
    folder_.write("sweep.yaml", fmt::format("name: killed\nmachine: edge_16x16\nworkload: {}\n"
                                            "scheme: w4a4-ovp\naxes:\n"
                                            "  array.rows: {{from: 4, to: 32, step: 2}}\n"
                                            "  array.cols: {{from: 4, to: 32, step: 2}}\n"
                                            "  memory.weight_buffer: [8KiB, 32KiB, 64KiB, 128KiB]\n"
                                            "  dram.bytes_per_cycle: [4, 8, 16, 32]\n"
                                            "objectives: [time_s, energy_pj, area_um2]\n",
                                            folder_.path("layers.yaml")));
  }

  [[nodiscard]] std::string run_line(const std::string& database) const {
    return fmt::format("sweep run {} --threads 2 --db {}", folder_.path("sweep.yaml"),
                       folder_.path(database));
  }
  [[nodiscard]] std::string output_of(const std::string& verb, const std::string& database) const {
    const CliResult result = run_cli(fmt::format("sweep {} {}", verb, folder_.path(database)));
    EXPECT_EQ(result.status, 0) << result.err;
    return result.out;
  }
  void complete(const std::string& database) const {
    const CliResult result = run_cli(run_line(database));
    ASSERT_EQ(result.status, 0) << result.err;
  }
  // The latest moment to kill a run.
  [[nodiscard]] int64_t make_reference() const {
    const auto start = Clock::now();
    complete("reference.db");
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    return std::max<int64_t>(kLatestKillMs, whole.count() / kKillsPerRun);
  }

  // Everything that was there before is there now, with the same outcome.
  void check_kept(const std::string& database, Points& seen) const {
    const std::string path = folder_.path(database);
    if (!std::filesystem::exists(path)) return;  // killed before it was made
    ASSERT_EQ(quick_check(path), "ok");
    Points now;
    try {
      now = points_of(path);
    } catch (const ConfigError& error) {  // killed while it was made
      ASSERT_TRUE(seen.empty()) << error.what();
      return;
    }
    for (const auto& [hash, outcome] : seen) {
      const auto found = now.find(hash);
      ASSERT_NE(found, now.end()) << hash << " is lost";
      EXPECT_EQ(found->second, outcome) << hash;
    }
    seen = std::move(now);
  }

  void expect_same_results(const std::string& database) const {
    EXPECT_EQ(output_of("export", database), output_of("export", "reference.db"));
    EXPECT_EQ(output_of("front --csv", database), output_of("front --csv", "reference.db"));
  }

  ScratchFolder folder_;
};

TEST_F(SweepKill, LosesAndDoublesNothing) {
  const int64_t wanted = number_of_environment("OLV_SWEEP_KILLS", kDefaultKills);
  const int64_t seed = number_of_environment("OLV_SWEEP_SEED", kDefaultSeed);
  fmt::print(stderr, "{} kills, seed {}\n", wanted, seed);
  Rng rng{static_cast<uint64_t>(seed)};
  const int64_t latest_ms = make_reference();
  int64_t kills = 0;
  int64_t fruitful = 0;  // runs that committed something before they were killed
  for (int sweep = 0; kills < wanted; ++sweep) {
    const std::string database = fmt::format("killed{}.db", sweep);
    Points seen;
    bool is_complete = false;
    while (kills < wanted && !is_complete) {
      const std::chrono::milliseconds delay{rng.uniform(0, latest_ms)};
      const auto start = Clock::now();
      const CliResult result = run_cli_and_signal(run_line(database), SIGKILL,
                                                  [&] { return Clock::now() - start >= delay; });
      is_complete = result.status == 0;
      ASSERT_TRUE(is_complete || result.status == kKilledStatus) << result.err;
      const size_t before = seen.size();
      ASSERT_NO_FATAL_FAILURE(check_kept(database, seen));
      if (is_complete) break;
      ++kills;
      fruitful += seen.size() > before ? 1 : 0;
      fmt::print(stderr, "killed after {:4} ms: {} points stored\n", delay.count(), seen.size());
    }
    if (!is_complete) complete(database);
    ASSERT_NO_FATAL_FAILURE(check_kept(database, seen));
    expect_same_results(database);
  }
  EXPECT_GE(fruitful, 1) << "kills came too early to show anything";
}

}  // namespace
}  // namespace olivine::support

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "experiments/sweep/space/space.h"
#include "experiments/sweep/spec/spec.h"
#include "experiments/sweep/store/database.h"

namespace olivine::sweep {

// Points of microseconds: one GEMM on a small array, its workload in a file of its own.
class SmallSweep : public testing::Test {
 protected:
  void SetUp() override {
    workload_ = fmt::format("{}small_{}_{}.yaml", testing::TempDir(), getpid(),
                            testing::UnitTest::GetInstance()->random_seed());
    std::ofstream{workload_} << "name: small\n"
                                "blocks:\n"
                                "  - name: block\n"
                                "    layers:\n"
                                "      - {name: gemm, kind: linear, m: 64, n: 48, k: 100}\n";
  }
  void TearDown() override { std::remove(workload_.c_str()); }

  // kRows x kCols x kBuffers combinations; `more`: further lines of the file.
  static constexpr uint64_t kRows = 7;
  static constexpr uint64_t kCols = 5;
  static constexpr uint64_t kBuffers = 3;
  static constexpr uint64_t kSize = kRows * kCols * kBuffers;

  [[nodiscard]] SweepSpec spec(const std::string& more = "") const {
    return parse_spec(fmt::format("name: small\n"
                                  "machine: edge_16x16\n"
                                  "workload: {}\n"
                                  "scheme: w4a4-ovp\n"
                                  "axes:\n"
                                  "  array.rows: {{from: 4, to: 16, step: 2}}\n"
                                  "  array.cols: [4, 8, 12, 16, 20]\n"
                                  "  memory.weight_buffer: [8KiB, 32KiB, 128KiB]\n"
                                  "objectives: [time_s, area_um2, utilization]\n"
                                  "{}",
                                  workload_, more),
                      "small.yaml");
  }
  [[nodiscard]] std::unique_ptr<DesignSpace> space(const std::string& more = "") const {
    return std::make_unique<DesignSpace>(spec(more));
  }
  [[nodiscard]] static Database memory_for(const DesignSpace& space) {
    return Database::open_for_run(":memory:", space.header());
  }

  // In the order they were stored, of every model version.
  [[nodiscard]] static std::vector<StoredPoint> points_of(const Database& database) {
    std::vector<StoredPoint> points;
    for (const ModelCount& model : database.models()) {
      database.for_each(model.version, RowOrder::Commit, [&](const StoredPoint& point) {
        points.push_back(point);
        return true;
      });
    }
    return points;
  }
  [[nodiscard]] static std::map<PointHash, Outcome> outcomes_of(const Database& database) {
    std::map<PointHash, Outcome> outcomes;
    for (const StoredPoint& point : points_of(database)) {
      EXPECT_TRUE(outcomes.emplace(point.hash, point.outcome).second) << point.hash.hex();
    }
    return outcomes;
  }

  std::string workload_;
};

}  // namespace olivine::sweep

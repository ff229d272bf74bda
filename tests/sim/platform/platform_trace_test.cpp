// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "sim/platform/job.h"
#include "sim/platform/platform.h"
#include "sim/platform/platform_config.h"
#include "tests/models/analytic/random_layer.h"
#include "tests/sim/platform/random_platform.h"

namespace olivine {
namespace {

using testing::make_job;
using testing::make_platform;

// What a reader of VCD sees.
struct Vcd {
  std::set<std::string> signals;  // with their scopes
  std::string timescale;
  std::vector<int64_t> times;
  size_t changes = 0;
};

Vcd read_vcd(const std::string& path) {
  Vcd vcd;
  std::ifstream file{path};
  std::vector<std::string> scopes;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::string first;
    words >> first;
    if (first == "$timescale") std::getline(file, vcd.timescale);
    if (first == "$scope") {
      std::string kind, name;
      words >> kind >> name;
      scopes.push_back(name);
    } else if (first == "$upscope") {
      scopes.pop_back();
    } else if (first == "$var") {
      std::string type, width, code, name;
      words >> type >> width >> code >> name;
      std::string full;
      for (const std::string& scope : scopes) full += scope + ".";
      vcd.signals.insert(full + name);
    } else if (!first.empty() && first[0] == '#') {
      vcd.times.push_back(std::stoll(first.substr(1)));
    } else if (!first.empty() && (first[0] == '0' || first[0] == '1' || first[0] == 'b')) {
      ++vcd.changes;
    }
  }
  EXPECT_TRUE(scopes.empty());
  return vcd;
}

std::string scratch_file(const std::string& name) {
  return ::testing::TempDir() + "olivine_platform_trace_" + name;
}

TEST(PlatformTrace, VcdHoldsEverySignalAndRisingTimes) {
  const std::string path = scratch_file("signals.vcd");
  std::filesystem::remove(path);
  const std::vector<Job> jobs = {make_job(testing::memory_bound_layer(), 0, 0),
                                 make_job(testing::memory_bound_layer(), 1, 1)};
  const PlatformConfig config = make_platform(2, AcceleratorModel::Event);
  int64_t traced_cycles = 0;
  {
    PlatformOptions options;
    options.vcd = path;
    Platform platform{config, options};
    traced_cycles = platform.run(jobs).cycles;
    EXPECT_FALSE(std::filesystem::exists(path)) << "it is not whole yet";
  }
  Platform untraced{config, {}};
  EXPECT_EQ(traced_cycles, untraced.run(jobs).cycles) << "watching changes nothing";

  const Vcd vcd = read_vcd(path);
  std::set<std::string> expected = {
      "SystemC.platform.bus.dram.busy", "SystemC.platform.bus.dram.granted",
      "SystemC.platform.memories.dram.queued", "SystemC.platform.host.completed",
      "SystemC.platform.host.submitted"};
  for (const char* accelerator : {"acc0", "acc1"}) {
    for (const char* signal : {"in_flight", "job", "outstanding", "queued", "stalled"}) {
      expected.insert(std::string{"SystemC.platform.accelerators."} + accelerator + "." + signal);
    }
  }
  EXPECT_EQ(vcd.signals, expected);
  EXPECT_THAT(vcd.timescale, ::testing::HasSubstr("1 ps"));
  ASSERT_GT(vcd.times.size(), 100u);
  for (size_t i = 1; i < vcd.times.size(); ++i) ASSERT_LT(vcd.times[i - 1], vcd.times[i]);
  // 500 MHz: 2000 ps a cycle. The kernel may go on for some cycles in which nothing happens.
  constexpr int64_t kBeyond = 1100;
  EXPECT_LE(vcd.times.back(), (traced_cycles + kBeyond) * 2000);
  EXPECT_GE(vcd.times.back(), traced_cycles * 2000);
  EXPECT_GT(vcd.changes, vcd.times.size());
  std::filesystem::remove(path);
}

TEST(PlatformTrace, FileThatCannotBeWrittenIsAnErrorOfTheUser) {
  PlatformOptions options;
  options.vcd = scratch_file("missing/folder/x.vcd");
  EXPECT_THROW((Platform{make_platform(1, AcceleratorModel::Event), options}), ConfigError);
  // Another one works all the same.
  Platform platform{make_platform(1, AcceleratorModel::Event), {}};
  EXPECT_EQ(platform.run({}).cycles, 0);
}

}  // namespace
}  // namespace olivine

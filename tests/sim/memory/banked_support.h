// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/machines/dram_device.h"
#include "sim/memory/memory_model.h"

namespace olivine {

inline constexpr std::array kEveryPreset = {DramPreset::Ddr4_2400, DramPreset::Lpddr4_3200,
                                            DramPreset::Hbm2};

// A fixture and its instances, one for each preset.
class EveryPreset : public ::testing::TestWithParam<DramPreset> {
 protected:
  [[nodiscard]] static const DramDevice& device() { return dram_device(GetParam()); }
};

inline std::string preset_name(const ::testing::TestParamInfo<DramPreset>& test) {
  return std::string{name_of<DramPreset>(kDramPresetNames, test.param)};
}

inline DramConfig banked(const BankedConfig& config) {
  DramConfig dram;
  dram.model = DramModel::Banked;
  dram.banked = config;
  return dram;
}

// What happened to a list of requests that were offered in order, each as soon as it was taken.
struct DriveResult {
  std::vector<int64_t> accepted;  // by request
  std::vector<int64_t> answered;
  int64_t end = 0;  // the latest answer
};

// Offers `requests` in order until all are answered, visiting the cycles that the memory asks for;
// with `step` > 0, every `step`-th cycle instead. Tags are overwritten with indices.
inline DriveResult drive(MemoryModel& memory, std::vector<MemoryRequest> requests,
                         int64_t step = 0) {
  DriveResult result;
  result.answered.assign(requests.size(), kNever);
  size_t answers = 0;
  int64_t now = 0;
  while (answers < requests.size()) {
    memory.advance(now);
    while (const auto response = memory.take_response()) {
      EXPECT_EQ(result.answered.at(response->tag), kNever) << "answered twice";
      EXPECT_GE(response->at, now);
      EXPECT_GT(response->at, result.accepted.at(response->tag));
      result.answered[response->tag] = response->at;
      result.end = std::max(result.end, response->at);
      ++answers;
    }
    int64_t next = memory.next_event();
    while (result.accepted.size() < requests.size()) {
      MemoryRequest& request = requests[result.accepted.size()];
      request.tag = result.accepted.size();
      const int64_t earliest = memory.earliest_accept(request, now);
      if (earliest != now) {
        EXPECT_GT(earliest, now);
        next = std::min(next, earliest);
        break;
      }
      memory.accept(request, now);
      result.accepted.push_back(now);
      next = std::min(next, memory.next_event());
    }
    if (answers == requests.size()) break;
    EXPECT_NE(next, kNever) << memory.describe();
    if (next == kNever) break;
    now = step > 0 ? now + step : std::max(now + 1, next);
  }
  EXPECT_EQ(memory.next_event(), kNever);
  return result;
}

}  // namespace olivine

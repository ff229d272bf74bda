// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace olivine::measure {
namespace {

TEST(Watchdog, CallsWithTheStepThatHangs) {
  std::promise<std::string> hung;
  Watchdog watchdog{[&](const std::string& step) { hung.set_value(step); }};
  watchdog.begin_step("quick", 60);
  watchdog.begin_step("slow", 0.02);
  auto step = hung.get_future();
  ASSERT_EQ(step.wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_EQ(step.get(), "slow");
}

TEST(Watchdog, KeepsQuietWhileStepsFollowOneAnother) {
  std::atomic<int> calls{0};
  {
    Watchdog watchdog{[&](const std::string&) { ++calls; }};
    for (int i = 0; i < 5; ++i) {
      watchdog.begin_step("step", 30);
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  }
  EXPECT_EQ(calls, 0);
}

TEST(Watchdog, EndsWithoutAStep) {
  Watchdog watchdog{[](const std::string&) { ADD_FAILURE(); }};
}

}  // namespace
}  // namespace olivine::measure

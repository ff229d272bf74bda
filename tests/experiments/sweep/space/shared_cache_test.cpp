// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/shared_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace olivine::sweep {
namespace {

class SharedCacheTest : public testing::Test {
 protected:
  std::shared_ptr<const int> get(int key) {
    return cache_.get(std::to_string(key), [&] {
      ++made_;
      return std::make_shared<const int>(key);
    });
  }

  SharedCache<int> cache_{3};
  std::atomic<int> made_{0};
};

TEST_F(SharedCacheTest, MakesAnItemOnce) {
  const auto first = get(1);
  EXPECT_EQ(get(1), first);
  EXPECT_EQ(made_, 1);
}

TEST_F(SharedCacheTest, DropsTheLeastRecentlyUsed) {
  const auto first = get(1);
  for (const int key : {2, 3, 1, 4}) static_cast<void>(get(key));  // 2 leaves
  EXPECT_EQ(cache_.size(), 3U);
  EXPECT_EQ(made_, 4);
  for (const int key : {1, 3, 4}) static_cast<void>(get(key));
  EXPECT_EQ(made_, 4);
  static_cast<void>(get(2));
  EXPECT_EQ(made_, 5);
  EXPECT_EQ(*first, 1);  // whoever has it keeps it
}

TEST_F(SharedCacheTest, KeepsNothingThatFailed) {
  const auto fail = []() -> std::shared_ptr<const int> { throw std::runtime_error{"no"}; };
  EXPECT_THROW(static_cast<void>(cache_.get("1", fail)), std::runtime_error);
  EXPECT_EQ(cache_.size(), 0U);
  EXPECT_EQ(*get(1), 1);
}

TEST_F(SharedCacheTest, ServesThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const int key = (i * (t + 1)) % 7;
        if (*get(key) != key) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache_.size(), 3U);
}

}  // namespace
}  // namespace olivine::sweep

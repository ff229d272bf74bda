// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sim/memory/memory_model.h"
#include "sim/platform/job.h"

namespace olivine {
namespace {

std::vector<Job> jobs_of(const std::vector<std::vector<size_t>>& after) {
  std::vector<Job> jobs;
  for (const auto& list : after) {
    Job& job = jobs.emplace_back();
    job.name = "job" + std::to_string(jobs.size() - 1);
    job.after = list;
  }
  return jobs;
}

TEST(Host, NoJobsAreFinishedAtOnce) {
  const Host host{{}, 5};
  EXPECT_TRUE(host.is_finished());
  EXPECT_EQ(host.next_submission(), kNever);
  EXPECT_EQ(host.end(), 0);
}

TEST(Host, FirstJobsBeginAfterTheirSubmission) {
  constexpr int64_t kSubmit = 7;
  const auto jobs = jobs_of({{}, {}});
  Host host{jobs, kSubmit};
  EXPECT_EQ(host.next_submission(), kSubmit);
  EXPECT_FALSE(host.submit_until(kSubmit - 1));
  const auto first = host.submit_until(kSubmit);
  const auto second = host.submit_until(kSubmit);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->index, 0u);
  EXPECT_EQ(second->index, 1u);
  EXPECT_EQ(second->begin, kSubmit);
  EXPECT_FALSE(host.submit_until(kSubmit));
}

TEST(Host, JobWaitsForTheLastOfThoseBeforeIt) {
  constexpr int64_t kSubmit = 3;
  const auto jobs = jobs_of({{}, {}, {0, 1}});
  Host host{jobs, kSubmit};
  while (host.submit_until(kSubmit)) {
  }
  host.complete(0, kSubmit, 100, {});
  EXPECT_EQ(host.next_submission(), kNever);
  EXPECT_THAT(host.describe(), ::testing::HasSubstr("job2 waits for job1"));
  host.complete(1, kSubmit, 40, {});
  EXPECT_EQ(host.next_submission(), 100 + kSubmit);
  ASSERT_TRUE(host.submit_until(100 + kSubmit));
  EXPECT_FALSE(host.is_finished());
  host.complete(2, 103, 110, {});
  EXPECT_TRUE(host.is_finished());
  EXPECT_EQ(host.end(), 110);
  EXPECT_EQ(host.results()[2].ready, 100);
  EXPECT_EQ(host.results()[2].begin, 103);
}

// A job whose predecessor ends far ahead does not hold up one that can begin sooner.
TEST(Host, JobsAreSubmittedInOrderOfTheirCycles) {
  const auto jobs = jobs_of({{}, {}, {0}, {1}});
  Host host{jobs, 0};
  while (host.submit_until(0)) {
  }
  host.complete(0, 0, 1000, {});
  host.complete(1, 0, 50, {});
  EXPECT_EQ(host.next_submission(), 50);
  EXPECT_EQ(host.submit_until(2000)->index, 3u);
  EXPECT_EQ(host.submit_until(2000)->index, 2u);
}

}  // namespace
}  // namespace olivine

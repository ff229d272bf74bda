// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>

#include "models/base/rng.h"
#include "sim/memory/memory_model.h"

namespace olivine::testing {

// A memory that does whatever the contract of MemoryModel allows: refuses at random, answers late
// and in any order, at once or when it is asked again, and may be full. Keeps account of what came.
class RandomMemory final : public MemoryModel {
 public:
  explicit RandomMemory(uint64_t seed, bool corrupts = false)
      : rng_(seed),
        refusal_seed_(rng_.next()),
        capacity_(static_cast<size_t>(rng_.uniform(1, 12))),
        corrupts_(corrupts) {}

  void advance(int64_t now) override {
    EXPECT_GE(now, now_);
    now_ = now;
    while (!pending_.empty() && pending_.begin()->first <= now) {
      EXPECT_GE(pending_.begin()->second.at, now) << "asked too late";
      found_.push_back(pending_.begin()->second);
      pending_.erase(pending_.begin());
    }
  }

  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& /*request*/,
                                        int64_t now) const override {
    EXPECT_EQ(now, now_) << "advance() comes first";
    if (pending_.size() >= capacity_) return kNever;  // nobody knows when there is room
    while (refuses(now)) ++now;
    return now;
  }

  void accept(const MemoryRequest& request, int64_t now) override {
    EXPECT_FALSE(refuses(now));
    EXPECT_TRUE(open_.insert(request.tag).second) << "two packets of one tag";
    // Behind a corrupting memory the values at stake are those on their way to it.
    if (corrupts_ && request.access == Access::Write) request.data[0] ^= 0x11;
    const bool is_read = request.access == Access::Read;
    (is_read ? stats_.read_bytes : stats_.write_bytes) += static_cast<uint64_t>(request.bytes);
    const int64_t known = now + 1 + rng_.uniform(0, 60);
    const int64_t at = known + (rng_.chance(0.3) ? 0 : rng_.uniform(0, 40));
    if (rng_.chance(0.3)) {
      found_.push_back({request.tag, at});
    } else {
      pending_.emplace(known, MemoryResponse{request.tag, at});
    }
  }

  std::optional<MemoryResponse> take_response() override {
    if (found_.empty()) return std::nullopt;
    const MemoryResponse response = found_.front();
    found_.pop_front();
    EXPECT_EQ(open_.erase(response.tag), 1u);
    return response;
  }

  [[nodiscard]] int64_t next_event() const override {
    return pending_.empty() ? kNever : pending_.begin()->first;
  }
  [[nodiscard]] const MemoryStats& stats() const override { return stats_; }
  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} packets open", open_.size());
  }

 private:
  // In stretches of eight cycles.
  [[nodiscard]] bool refuses(int64_t now) const {
    return Rng{refusal_seed_ + static_cast<uint64_t>(now / 8)}.chance(0.3);
  }

  Rng rng_;
  uint64_t refusal_seed_;
  size_t capacity_;  // requests whose response is not known
  bool corrupts_;
  int64_t now_ = 0;
  std::multimap<int64_t, MemoryResponse> pending_;  // by the cycle in which they become known
  std::deque<MemoryResponse> found_;
  std::set<uint64_t> open_;
  MemoryStats stats_;
};

// A memory that takes everything and never answers, or takes nothing and says "soon".
class SilentMemory final : public MemoryModel {
 public:
  explicit SilentMemory(bool accepts = true) : accepts_(accepts) {}

  void advance(int64_t /*now*/) override {}
  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& /*request*/,
                                        int64_t now) const override {
    return accepts_ ? now : now + 1;
  }
  void accept(const MemoryRequest& /*request*/, int64_t /*now*/) override { ++open_; }
  std::optional<MemoryResponse> take_response() override { return std::nullopt; }
  [[nodiscard]] int64_t next_event() const override { return kNever; }
  [[nodiscard]] const MemoryStats& stats() const override { return stats_; }
  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} packets open", open_);
  }

 private:
  bool accepts_;
  int open_ = 0;
  MemoryStats stats_;
};

}  // namespace olivine::testing

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace olivine::sweep {

// What threads share of things that take milliseconds to make: at most `capacity` of them, the
// least recently used one leaves.
template <class Item>
class SharedCache {
 public:
  explicit SharedCache(size_t capacity) : capacity_(capacity) {}

  // The item of this key, by make() where it is not there. Contract: a key stands for one item. Two
  // threads may make the same one at the same time; the first one done is kept. What make() throws
  // passes.
  template <class Make>
  [[nodiscard]] std::shared_ptr<const Item> get(const std::string& key, Make make) {
    {
      const std::lock_guard lock{mutex_};
      const auto found = entries_.find(key);
      if (found != entries_.end()) return touch(found->second);
    }
    std::shared_ptr<const Item> made = make();
    const std::lock_guard lock{mutex_};
    const auto [entry, is_new] = entries_.try_emplace(key, Entry{std::move(made), 0});
    std::shared_ptr<const Item> item = touch(entry->second);
    if (is_new && entries_.size() > capacity_) drop_oldest();
    return item;
  }

  [[nodiscard]] size_t size() const {
    const std::lock_guard lock{mutex_};
    return entries_.size();
  }

 private:
  struct Entry {
    std::shared_ptr<const Item> item;
    uint64_t used = 0;  // when, in calls
  };

  std::shared_ptr<const Item> touch(Entry& entry) {
    entry.used = ++calls_;
    return entry.item;
  }
  void drop_oldest() {
    entries_.erase(std::min_element(
        entries_.begin(), entries_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }

  const size_t capacity_;
  mutable std::mutex mutex_;  // of what follows
  std::unordered_map<std::string, Entry> entries_;
  uint64_t calls_ = 0;
};

}  // namespace olivine::sweep

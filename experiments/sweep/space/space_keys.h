// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/sweep/spec/value.h"

namespace olivine {
class Problems;
}

namespace olivine::sweep {

enum class KeyType : uint8_t;
struct SpaceState;
struct SweepSpec;

// Reads keys and values of the file as the machines and workloads take them. Problems are added
// with the place they are given.
class KeyReader {
 public:
  KeyReader(SpaceState& space, Problems& problems) : space_(space), problems_(problems) {}

  // Whether every machine, or workload, has the key.
  bool check(const std::string& key, const std::string& place) const;
  // Contract: check() of the key.
  [[nodiscard]] std::optional<Value> read(const std::string& key, const std::string& text,
                                          const std::string& place) const;
  // Reads a value and sets it on all machines or workloads. Contract: as read().
  std::optional<Value> fix(const std::string& key, const std::string& text,
                           const std::string& place);
  // None of a free variable: whatever it is. Contract: check() of the key.
  [[nodiscard]] std::optional<KeyType> type(const std::string& key) const;

 private:
  void fail(const std::string& place, std::string_view problem) const;
  bool check_machines(const std::string& key, const std::string& place) const;
  bool check_workloads(const std::string& key, const std::string& place) const;
  [[nodiscard]] std::vector<std::string> known_keys() const;

  SpaceState& space_;
  Problems& problems_;
};

// The axes with their values, and the first columns.
void read_axis_values(const SweepSpec& spec, SpaceState& space, Problems& problems);

}  // namespace olivine::sweep

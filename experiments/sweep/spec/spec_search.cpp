// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "experiments/sweep/spec/spec_parts.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

// A key of `search` and the methods it means something to.
struct SearchKey {
  std::string_view name;
  bool is_sampling;  // of all methods but exhaustive; else of nsga2 alone
};
constexpr std::array kSearchKeys = {SearchKey{"seed", true}, SearchKey{"points", true},
                                    SearchKey{"population", false}, SearchKey{"mutation", false},
                                    SearchKey{"crossover", false}};

bool has_key(Method method, const SearchKey& key) {
  return key.is_sampling ? method != Method::Exhaustive : method == Method::Nsga2;
}

class SearchReader {
 public:
  SearchReader(const YamlNode& map, Problems& problems) : map_(map), problems_(problems) {}

  SearchSpec read() {
    if (map_.kind != YamlNode::Kind::Map) {
      problems_.add(
          fmt::format("{}: search: must be a map of method and its settings", map_.place));
      return search_;
    }
    std::vector<std::string> known{"method"};
    for (const SearchKey& key : kSearchKeys) known.emplace_back(key.name);
    report_unknown_keys(map_, known, "search", problems_);
    if (read_method()) check_use();
    constexpr auto kMaxSeed = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    search_.seed = integer("seed", {0, kMaxSeed}, search_.seed);
    search_.points = integer("points", {1, 1'000'000'000'000}, search_.points);
    search_.population = integer("population", {4, 100'000}, search_.population);
    search_.crossover = probability("crossover").value_or(search_.crossover);
    search_.mutation = probability("mutation");
    return search_;
  }

 private:
  struct Limits {
    uint64_t low;
    uint64_t high;
  };

  void fail(std::string_view key, std::string_view value, std::string_view legal) {
    problems_.add(
        fmt::format("{}: search.{} = {}: must be {}", map_.find(key)->place, key, value, legal));
  }

  std::optional<std::string> text(std::string_view key) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr) return std::nullopt;
    return read_scalar(*node, fmt::format("search.{}", key), problems_);
  }

  bool read_method() {
    if (map_.find("method") == nullptr) return true;
    const auto name = text("method");
    if (!name) return false;
    const auto method = value_of<Method>(kMethodNames, *name);
    if (method) search_.method = *method;
    if (!method) fail("method", *name, joined_names<Method>(kMethodNames));
    return method.has_value();
  }

  // A population given to an exhaustive search is a wrong idea of what will run.
  void check_use() {
    for (const SearchKey& key : kSearchKeys) {
      const YamlNode* node = map_.find(key.name);
      if (node == nullptr || has_key(search_.method, key)) continue;
      std::vector<std::string_view> users;
      for (const auto& [method, name] : kMethodNames) {
        if (has_key(method, key)) users.push_back(name);
      }
      problems_.add(fmt::format("{}: search.{}: is not used by {}; only by {}", node->place,
                                key.name, name_of<Method>(kMethodNames, search_.method),
                                fmt::join(users, ", ")));
    }
  }

  uint64_t integer(std::string_view key, Limits limits, uint64_t fallback) {
    const auto written = text(key);
    if (!written) return fallback;
    const auto value = parse_int(*written);
    if (value && *value >= 0) {
      const auto number = static_cast<uint64_t>(*value);
      if (number >= limits.low && number <= limits.high) return number;
    }
    fail(key, *written, fmt::format("{}..{}", limits.low, limits.high));
    return fallback;
  }

  std::optional<double> probability(std::string_view key) {
    const auto written = text(key);
    if (!written) return std::nullopt;
    const auto value = parse_number(*written);
    if (value && *value >= 0 && *value <= 1) return value;
    fail(key, *written, "0..1");
    return std::nullopt;
  }

  const YamlNode& map_;
  Problems& problems_;
  SearchSpec search_;
};

}  // namespace

SearchSpec read_search(const YamlNode& node, Problems& problems) {
  return SearchReader{node, problems}.read();
}

}  // namespace olivine::sweep

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "experiments/sweep/store/database.h"
#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine::sweep {

// A folder of one test that everybody may write; removed with what is in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    // mkdtemp replaces the six letters.
    std::string pattern =
        (std::filesystem::temp_directory_path() / "olivine_sweep_").string() + std::string(6, 'X');
    OLV_CHECK(mkdtemp(pattern.data()) != nullptr, "{}", pattern);
    path_ = pattern;
    std::filesystem::permissions(path_, std::filesystem::perms::all);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Names of the files in it, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::string path_;
};

// "" where there is no file.
inline std::string bytes_of_file(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return "";
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

// 16 rows x 10 clocks x 3 schemes; an objective that is a metric, and one that is none.
inline SweepHeader small_header() {
  SweepHeader header;
  header.name = "small";
  header.spec_text = "name: small\n";
  header.base_digest = "0123";
  header.columns = {"array.rows", "clock", "scheme"};
  Axis rows{"array.rows", {"array.rows"}, {}, true};
  for (int64_t i = 1; i <= 16; ++i) rows.values.push_back({Value{8 * i}});
  Axis clock{"clock", {"clock"}, {}, true};
  for (int i = 1; i <= 10; ++i) clock.values.push_back({Value{0.1 * i}});
  Axis scheme{"scheme", {"scheme"}, {}, false};
  for (const char* name : {"int8", "w4a4-ovp", "w4a8, \"ovp\""}) {
    scheme.values.push_back({Value{std::string{name}}});
  }
  header.axes = {std::move(rows), std::move(clock), std::move(scheme)};
  header.objectives.push_back({"time_s", Formula::parse("time_s"), Goal::Min});
  header.objectives.push_back({"rate", Formula::parse("1 / time_s"), Goal::Max});
  return header;
}
inline constexpr uint64_t kSmallPoints = 16 * 10 * 3;

inline PointHash hash_of_number(uint64_t number) {
  Rng rng{number};
  PointHash hash;
  for (size_t i = 0; i < hash.bytes.size(); i += 8) {
    const uint64_t word = rng.next();
    for (size_t b = 0; b < 8; ++b) hash.bytes[i + b] = static_cast<uint8_t>(word >> (8 * b));
  }
  return hash;
}

// The point of small_header() at this position, in the order of the parameters; beyond the end
// they repeat with other hashes. Every 7th failed.
inline StoredPoint small_point(uint64_t number) {
  static const SweepHeader kHeader = small_header();
  StoredPoint point;
  point.hash = hash_of_number(number);
  const size_t position = static_cast<size_t>(number % kSmallPoints);
  point.parameters = {kHeader.axes[0].values[position / 30][0],
                      kHeader.axes[1].values[position / 3 % 10][0],
                      kHeader.axes[2].values[position % 3][0]};
  if (number % 7 == 6) {
    point.outcome.failure = "layer fc1: fits at no tiling";
  } else {
    point.outcome.metrics.set(Metric::Time, 1.0 / static_cast<double>(number + 3));
    point.outcome.metrics.set(Metric::Energy, 0.1 * static_cast<double>(number));
  }
  return point;
}

inline std::vector<StoredPoint> small_points(uint64_t first, uint64_t count) {
  std::vector<StoredPoint> points;
  for (uint64_t i = 0; i < count; ++i) points.push_back(small_point(first + i));
  return points;
}

inline std::vector<StoredPoint> all_points(const Database& database, const std::string& model,
                                           RowOrder order = RowOrder::Commit) {
  std::vector<StoredPoint> points;
  database.for_each(model, order, [&](const StoredPoint& point) {
    points.push_back(point);
    return true;
  });
  return points;
}

inline std::vector<PointHash> hashes_of(const std::vector<StoredPoint>& points) {
  std::vector<PointHash> hashes;
  for (const StoredPoint& point : points) hashes.push_back(point.hash);
  return hashes;
}

// The problem `action` throws, or "none".
template <class Action>
std::string problem_of(const Action& action) {
  try {
    action();
    return "none";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

// Fisher and Yates.
template <class T>
void shuffle(std::vector<T>& items, Rng& rng) {
  for (size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[static_cast<size_t>(rng.next() % i)]);
  }
}

}  // namespace olivine::sweep

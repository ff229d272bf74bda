// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/sweep/space/space.h"
#include "experiments/sweep/spec/header.h"
#include "experiments/sweep/spec/metrics.h"

namespace olivine::sweep {

struct StoredPoint {
  PointHash hash;
  std::vector<Value> parameters;  // by column
  Outcome outcome;
};

struct ModelCount {
  std::string version;
  uint64_t ok = 0;
  uint64_t failed = 0;
};

enum class RowOrder : uint8_t {
  Commit,     // as they were stored
  Parameters  // column by column; numbers before texts
};

// Points of a model version, one after the other. Contract: the database outlives it.
class PointStream {
 public:
  PointStream(PointStream&&) noexcept;
  PointStream& operator=(PointStream&&) noexcept;
  ~PointStream();

  // Whether there was a next one: then `point` is it. Throws as Database.
  [[nodiscard]] bool next(StoredPoint& point);

 private:
  friend class Database;
  struct State;
  explicit PointStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Points in one SQLite file in WAL mode. Tables: meta (key, value), model (id, version), point
// (hash, model, failure, one column a parameter, one a metric; unique in (hash, model)). Threads
// may share one object. A path of ":memory:" is a database without file.
// All methods throw ConfigError in one line with the path: no database, damaged, of another
// program, of a newer schema, locked, disk full, folder that cannot be written.
class Database {
 public:
  // For a run: creates the file (with its folder's parents absent: an error), or opens one of the
  // same sweep. Refuses, changing nothing, a database whose name, columns, axis keys or base_digest
  // are others ("x.db holds sweep A over ...; choose another --db"). Values of axes, constraints,
  // objectives, quality and search may differ: then the header is replaced, and
  // `kept` (if given) gets the number of points that were there; else 0.
  [[nodiscard]] static Database open_for_run(const std::string& path, const SweepHeader& header,
                                             uint64_t* kept = nullptr);
  // An existing one; nothing is changed.
  [[nodiscard]] static Database open_to_read(const std::string& path);
  // An existing one, to change (gc).
  [[nodiscard]] static Database open_to_change(const std::string& path);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] const SweepHeader& header() const;
  // Contract: while no other thread reads header().
  void set_expected_points(uint64_t count);

  [[nodiscard]] std::optional<Outcome> find(const PointHash& hash, const std::string& model) const;
  // One transaction; a point that is there already stays as it is. Returns how many were new.
  uint64_t add(std::span<const StoredPoint> points, const std::string& model);
  // Forgets failed points of a model version, so that they are tried again.
  uint64_t remove_failed(const std::string& model);

  // In the order their first point was stored.
  [[nodiscard]] std::vector<ModelCount> models() const;
  // Every point of a model version, whatever the header says.
  [[nodiscard]] PointStream stream(const std::string& model, RowOrder order) const;
  // Calls `visit` for them; stops at false. Contract: `visit` does not change the database.
  void for_each(const std::string& model, RowOrder order,
                const std::function<bool(const StoredPoint&)>& visit) const;

  // Removes the points of all other model versions and gives the space back. Returns how many.
  uint64_t keep_only(const std::string& model);

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace olivine::sweep

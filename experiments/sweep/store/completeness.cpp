// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <optional>

#include "experiments/sweep/search/search.h"
#include "experiments/sweep/store/merge.h"
#include "experiments/sweep/store/sqlite.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

constexpr size_t kBatch = 8192;  // points that are resolved at a time

// Hashes seen before, in a temporary file: different positions of axes may be the same point.
class SeenHashes {
 public:
  SeenHashes() {
    connection_.run(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        " CREATE TABLE seen (hash BLOB PRIMARY KEY) WITHOUT ROWID; BEGIN");
    insert_.emplace(connection_, "INSERT INTO seen VALUES (?) ON CONFLICT DO NOTHING");
  }

  // Whether it is new.
  bool add(const PointHash& hash) {
    const SqliteRun run{*insert_};
    insert_->bind_bytes(1, hash.bytes);
    insert_->step();
    return connection_.changes() > 0;
  }

 private:
  SqliteConnection connection_{"", SqliteMode::Create};
  std::optional<SqliteStatement> insert_;
};

std::vector<std::optional<PointHash>> hashes_of(const DesignSpace& space,
                                                const std::vector<PointIndex>& indices) {
  std::vector<std::optional<PointHash>> hashes(indices.size());
  tbb::parallel_for(size_t{0}, indices.size(), [&](size_t i) {
    if (const auto point = space.resolve(indices[i])) hashes[i] = point->hash;
  });
  return hashes;
}

uint64_t stored_points(const Database& database, const std::string& model) {
  const std::vector<ModelCount> models = database.models();
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const ModelCount& count) { return count.version == model; });
  return found == models.end() ? 0 : found->ok + found->failed;
}

}  // namespace

Completeness check_completeness(const DesignSpace& space, const Database& database,
                                const std::string& model, uint64_t shards) {
  OLV_CHECK(shards > 0);
  const SearchSpec& spec = space.header().search;
  if (spec.method == Method::Nsga2) {
    throw ConfigError{fmt::format(
        "{}: search.method = nsga2: which points are missing depends on results", database.path())};
  }
  Completeness result;
  result.missing_by_shard.resize(shards);
  SeenHashes seen;
  const std::unique_ptr<Search> search = make_search(spec, space.header().axes);
  for (auto indices = search->ask(kBatch); !indices.empty(); indices = search->ask(kBatch)) {
    for (const std::optional<PointHash>& hash : hashes_of(space, indices)) {
      if (!hash || !seen.add(*hash)) continue;
      ++result.expected;
      if (database.find(*hash, model)) continue;
      ++result.missing;
      ++result.missing_by_shard[hash->shard(shards)];
    }
  }
  result.foreign = stored_points(database, model) - (result.expected - result.missing);
  return result;
}

}  // namespace olivine::sweep

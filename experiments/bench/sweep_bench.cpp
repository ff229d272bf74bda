// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Points of a design space a second: BERT-base as a whole network, every layer mapped, closed form,
// results in a database file. Beside it what a point costs that is there already, and one that
// another shard evaluates.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "experiments/sweep/search/runner.h"
#include "experiments/sweep/space/space.h"
#include "experiments/sweep/spec/spec.h"
#include "experiments/sweep/store/database.h"

namespace olivine::sweep {
namespace {

// sweep_space.yaml with another number of points to draw.
SweepSpec bert_spec(int64_t points) {
  SweepSpec spec = load_spec(OLV_SOURCE_DIR "/experiments/bench/sweep_space.yaml");
  spec.search.points = static_cast<uint64_t>(points);
  return spec;
}

// A database beside others of the machine, gone afterwards.
class ScratchFile {
 public:
  ScratchFile()
      : folder_(std::filesystem::temp_directory_path() / fmt::format("sweep_bench.{}", getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~ScratchFile() { std::filesystem::remove_all(folder_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  [[nodiscard]] std::string path() const { return (folder_ / "points.db").string(); }

 private:
  std::filesystem::path folder_;
};

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// The peak is the process's: rows of one program run only grow.
void count(benchmark::State& state, const RunResult& result) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(result.progress.points));
  state.counters["failed"] = static_cast<double>(result.progress.failed);
  state.counters["peak_MiB"] = peak_mib();
}

void new_points(benchmark::State& state) {
  const DesignSpace space{bert_spec(state.range(0))};
  RunOptions options;
  options.threads = static_cast<int>(state.range(1));
  RunResult result;
  for (auto _ : state) {
    const ScratchFile file;
    Database database = Database::open_for_run(file.path(), space.header());
    result = run_sweep(space, database, options);
  }
  count(state, result);
}

void stored_points(benchmark::State& state) {
  const DesignSpace space{bert_spec(state.range(0))};
  const ScratchFile file;
  Database database = Database::open_for_run(file.path(), space.header());
  RunOptions options;
  options.threads = static_cast<int>(state.range(1));
  RunResult result = run_sweep(space, database, options);
  for (auto _ : state) result = run_sweep(space, database, options);
  count(state, result);
}

void points_of_other_shards(benchmark::State& state) {
  const DesignSpace space{bert_spec(state.range(0))};
  for (auto _ : state) {
    for (PointIndex index = 0; index < static_cast<PointIndex>(state.range(0)); ++index) {
      constexpr PointIndex kStride = 997;  // all over the space, not along one axis
      benchmark::DoNotOptimize(space.resolve(index * kStride % space.size())->hash.shard(16));
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Arguments: points, threads. sweep_scaling.sh goes on to a million.
BENCHMARK(new_points)
    ->Args({1000, 1})
    ->Args({1000, 2})
    ->Args({10000, 2})
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(stored_points)->Args({5000, 2})->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(points_of_other_shards)->Args({10000})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace olivine::sweep

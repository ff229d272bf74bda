// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/mutation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "experiments/regress/report.h"
#include "experiments/regress/runner.h"
#include "experiments/regress/runner_models.h"
#include "experiments/regress/runner_seed.h"
#include "experiments/regress/worker.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kMutantPatience{2};
constexpr SeedRange kMutantSeeds{1, 10};
constexpr int64_t kMostPes = 64;   // larger variants take long to compile
constexpr size_t kMostTests = 16;  // of one mutant
constexpr std::array kOutcomeLetters = {'C', 'S', 'E', 'B'};

int64_t pes_of(const Parameters& parameters) {
  int64_t pes = 1;
  for (const char* name : {"Rows", "Cols"}) {
    const auto found = parameters.find(name);
    if (found != parameters.end()) pes *= found->second;
  }
  return pes;
}

// One mutant, in a worker of its own.
class MutantTrial {
 public:
  MutantTrial(const MutationOptions& options, const Mutant& mutant, std::vector<MutantTest> tests)
      : options_(options),
        tests_(std::move(tests)),
        folder_(fmt::format("{}/mutants/{}", options.work, mutant.number)),
        source_(folder_, options.work) {
    fs::remove_all(folder_);
    fs::create_directories(fs::path{folder_}.parent_path());
    fs::copy(options.rtl, folder_, fs::copy_options::recursive);
    const std::string file = folder_ + "/" + mutant.file;
    write_text_file(file, mutated_text(read_text_file(file), mutant));
  }
  ~MutantTrial() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  MutantTrial(const MutantTrial&) = delete;
  MutantTrial& operator=(const MutantTrial&) = delete;

  // Outcome letter, then the detail.
  std::string run() {
    std::string tested;
    for (const MutantTest& test : tests_) {
      const Target target{test.bench, test.parameters, kMutantSeeds, 1};
      std::string library;
      try {
        library = source_.build(target, Instruments::None);
      } catch (const ConfigError& error) {
        return fmt::format("B{}", error.problems().front());
      }
      const auto caught = run_seeds(target, library);
      std::error_code ignored;
      fs::remove(library, ignored);  // nobody builds this mutant again
      if (caught) return "C" + *caught;
      tested += fmt::format("{}[{}]", tested.empty() ? "" : ", ", name_of(target));
    }
    return "S" + tested;
  }

 private:
  // What noticed the change.
  std::optional<std::string> run_seeds(const Target& target, const std::string& library) const {
    std::optional<std::string> caught;
    uint64_t seed = target.seeds.first;
    WorkerJob job;
    job.count = 1;
    job.work = [&](size_t, const Send& send) {
      for (uint64_t s = target.seeds.first; s <= target.seeds.last; ++s) {
        const auto model = source_.open(library, s);
        const SeedResult result = run_seed(target, s, target.cases, *model);
        send(to_line(result));
        if (result.failure) break;
      }
    };
    job.on_line = [&](size_t, const std::string& line) {
      const SeedResult result = parse_seed_result(line);
      seed = result.seed + 1;
      if (!result.failure) return;
      caught =
          fmt::format("{}, seed {}, {}", name_of(target), result.seed, summary_of(*result.failure));
    };
    job.on_end = [&](size_t, const WorkerEnd& end) {
      if (caught || end.kind == WorkerEnd::Kind::Finished) return;
      caught =
          fmt::format("{}, seed {}, {}", name_of(target), seed, describe(end, options_.patience));
    };
    run_workers(job, {1, options_.patience});
    return caught;
  }

  const MutationOptions& options_;
  std::vector<MutantTest> tests_;
  std::string folder_;
  VerilatedSource source_;
};

MutantResult parse_answer(const Mutant& mutant, const std::string& line) {
  const auto letter = std::ranges::find(kOutcomeLetters, line[0]);
  OLV_CHECK(letter != kOutcomeLetters.end(), "{}", line);
  return {mutant, static_cast<MutantOutcome>(letter - kOutcomeLetters.begin()), line.substr(1), ""};
}

std::vector<EquivalentMutant> load_equivalents(const MutationOptions& options) {
  const std::string path = options.rtl + "/lint/equivalent_mutants.txt";
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  return parse_equivalents(read_text_file(path), path);
}

// Marks declared survivors; entries that name no mutant, or one that was caught, are problems.
void apply_equivalents(const MutationOptions& options, const std::vector<Mutant>& all,
                       MutationResult& result) {
  for (const EquivalentMutant& entry : load_equivalents(options)) {
    const std::string place =
        fmt::format("{}/lint/equivalent_mutants.txt:{}", options.rtl, entry.line_number);
    const auto is_it = [&](const Mutant& mutant) { return is_same(entry, mutant); };
    if (std::ranges::none_of(all, is_it)) {
      result.problems.push_back(
          fmt::format("{}: stale: no change of {} gives that line", place, entry.file));
    }
    for (MutantResult& tried : result.mutants) {
      if (!is_it(tried.mutant)) continue;
      if (tried.outcome == MutantOutcome::Caught) {
        result.problems.push_back(fmt::format("{}: not equivalent: {}", place, tried.detail));
      }
      if (tried.outcome != MutantOutcome::Survived) continue;
      tried.outcome = MutantOutcome::Equivalent;
      tried.reason = entry.reason;
    }
  }
}

bool is_counted(MutantOutcome outcome) {
  return outcome == MutantOutcome::Caught || outcome == MutantOutcome::Survived;
}

// The tree as it is must lint, or every mutant would be stillborn.
void check_tree(const MutationOptions& options, const std::vector<MutantTest>& tests) {
  const VerilatedSource source{options.rtl, options.work};
  source.prepare();
  (void)source.build({tests[0].bench, tests[0].parameters, kMutantSeeds, 1}, Instruments::None);
}

}  // namespace

size_t MutationResult::count(MutantOutcome outcome) const {
  return static_cast<size_t>(std::ranges::count(mutants, outcome, &MutantResult::outcome));
}

std::vector<MutantTest> tests_of(const std::string& module, const RtlTree& tree,
                                 std::span<const BlockBench> benches) {
  using Ranked = std::tuple<int, int64_t, MutantTest>;
  std::vector<Ranked> ranked;
  for (const BlockBench& bench : benches) {
    const auto depths = tree.depths_below(std::string{bench.top});
    const auto depth = depths.find(module);
    if (depth == depths.end()) continue;
    if (bench.variants.empty()) ranked.emplace_back(depth->second, 1, MutantTest{&bench, {}});
    for (const Parameters& variant : bench.variants) {
      const int64_t pes = pes_of(variant);
      if (pes <= kMostPes) ranked.emplace_back(depth->second, pes, MutantTest{&bench, variant});
    }
  }
  std::ranges::stable_sort(ranked, [](const Ranked& a, const Ranked& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  std::vector<MutantTest> tests;
  for (auto& [depth, pes, test] : ranked) {
    if (tests.size() < kMostTests) tests.push_back(std::move(test));
  }
  return tests;
}

MutationResult run_mutants(std::span<const BlockBench> benches, const MutationOptions& options) {
  const RtlTree tree{options.rtl};
  const std::vector<Mutant> all = all_mutants(tree);
  MutationResult result;
  std::map<std::string, std::vector<MutantTest>> tests;
  std::vector<Mutant> reached;
  for (const Mutant& mutant : all) {
    if (!tests.contains(mutant.module)) {
      tests[mutant.module] = tests_of(mutant.module, tree, benches);
    }
    const bool is_reached = !tests[mutant.module].empty();
    if (is_reached) reached.push_back(mutant);
    if (!is_reached) result.unreached.insert(mutant.module);
  }
  if (reached.empty()) throw ConfigError{fmt::format("{}: nothing to change", options.rtl)};
  const std::vector<Mutant> order = mutation_order(reached, options.seed);
  check_tree(options, tests[order[0].module]);
  std::vector<std::optional<MutantResult>> answers(order.size());
  uint64_t counted = 0;
  const auto wanted = static_cast<uint64_t>(options.count);
  WorkerJob job;
  job.count = order.size();
  job.folder = options.work;
  job.is_cancelled = options.is_cancelled;
  job.is_wanted = [&](size_t) { return counted < wanted; };
  job.work = [&](size_t index, const Send& send) {
    const Mutant& mutant = order[index];
    std::string answer = MutantTrial{options, mutant, tests_of(mutant.module, tree, benches)}.run();
    std::ranges::replace(answer, '\n', ' ');
    send(answer);
  };
  job.on_line = [&](size_t index, const std::string& line) {
    answers[index] = parse_answer(order[index], line);
    if (is_counted(answers[index]->outcome)) ++counted;
    if (options.on_mutant) options.on_mutant(std::min(counted, wanted), wanted, order[index].file);
  };
  job.on_end = [&](size_t index, const WorkerEnd& end) {
    if (answers[index]) return;  // a worker that could not work is no verdict on the mutant
    answers[index] =
        MutantResult{order[index], MutantOutcome::Stillborn, describe(end, kMutantPatience), ""};
  };
  result.is_complete = run_workers(job, {options.jobs, kMutantPatience});
  // Workers overtake each other: only the first `wanted` in order count, whatever the jobs.
  uint64_t taken = 0;
  for (auto& answer : answers) {
    if (!answer || taken == wanted) break;
    if (is_counted(answer->outcome)) ++taken;
    result.mutants.push_back(std::move(*answer));
  }
  std::error_code ignored;
  fs::remove_all(fs::path{options.work} / "mutants", ignored);
  apply_equivalents(options, all, result);
  return result;
}

std::string difference_text(const Mutant& mutant) {
  return fmt::format("{}:{}  {}\n  - {}\n  + {}\n", mutant.file, mutant.line, mutant.rule,
                     mutant.before, mutant.after);
}

}  // namespace olivine::regress

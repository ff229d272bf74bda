// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

#include "experiments/cli/arguments.h"
#include "experiments/cli/commands.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

using std::string_view;

constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

constexpr std::array<string_view, 5> kRunOptions = {"db", "threads", "dry-run", "retry-failed",
                                                    "shard"};
constexpr std::array<string_view, 2> kStatusOptions = {"model", "json"};
constexpr std::array<string_view, 4> kFrontOptions = {"model", "csv", "json", "over-time"};
constexpr std::array<string_view, 3> kSensitivityOptions = {"model", "csv", "json"};
constexpr std::array<string_view, 3> kExportOptions = {"model", "format", "output"};
constexpr std::array<string_view, 6> kDiffOptions = {"model-a", "model-b", "exit-code",
                                                     "csv",     "json",    "worst"};
constexpr std::array<string_view, 2> kMergeOptions = {"model", "output"};
constexpr std::array<string_view, 1> kGcOptions = {"keep"};
constexpr std::array<string_view, 9> kSubmitOptions = {"slurm",      "shards",      "threads",
                                                       "partition",  "time",        "memory",
                                                       "concurrent", "node-folder", "resubmit"};

constexpr std::array kVerbs = {
    SweepVerb{"run", "SPEC", 1, 1, kRunOptions, sweep_run},
    SweepVerb{"status", "DB|FOLDER", 1, 1, kStatusOptions, sweep_status},
    SweepVerb{"front", "DB", 1, 1, kFrontOptions, sweep_front},
    SweepVerb{"sensitivity", "DB", 1, 1, kSensitivityOptions, sweep_sensitivity},
    SweepVerb{"export", "DB", 1, 1, kExportOptions, sweep_export},
    SweepVerb{"diff", "A.db B.db", 2, 2, kDiffOptions, sweep_diff},
    SweepVerb{"merge", "IN.db...|FOLDER", 1, kAnyNumber, kMergeOptions, sweep_merge},
    SweepVerb{"gc", "DB", 1, 1, kGcOptions, sweep_gc},
    SweepVerb{"submit", "SPEC", 0, 1, kSubmitOptions, sweep_submit}};

bool takes(const SweepVerb& verb, string_view option) {
  return std::ranges::find(verb.options, option) != verb.options.end();
}

// Words beyond what the verb takes, words that it lacks, options that only other verbs have.
void check_use(const SweepVerb& verb, const Arguments& arguments) {
  Problems problems;
  const std::vector<std::string>& words = arguments.positional();
  const size_t count = words.size() - 1;
  if (count < verb.word_minimum) {
    problems.add(fmt::format("missing: {} of olivine sweep {}", verb.words, verb.name));
  }
  for (size_t i = verb.word_limit + 1; i < words.size() && verb.word_limit != kAnyNumber; ++i) {
    problems.add(fmt::format("{}: unexpected word", words[i]));
  }
  const OptionList options = sweep_options();
  for (const auto& option : options.options()) {
    const std::string& name = option->long_name();
    if (!arguments.has(name) || takes(verb, name)) continue;
    std::vector<string_view> owners;
    for (const SweepVerb& other : kVerbs) {
      if (takes(other, name)) owners.push_back(other.name);
    }
    problems.add(fmt::format("--{}: only for olivine sweep {}", name, fmt::join(owners, "|")));
  }
  problems.throw_if_any();
}

}  // namespace

std::span<const SweepVerb> sweep_verbs() { return kVerbs; }

// olivine sweep: choose the verb.
int run_sweep(const Arguments& arguments) {
  std::vector<std::string> names;
  for (const SweepVerb& verb : kVerbs) names.emplace_back(verb.name);
  const std::vector<std::string>& words = arguments.positional();
  if (words.empty()) {
    throw ConfigError{fmt::format("missing: what to do, {}", fmt::join(names, "|"))};
  }
  for (const SweepVerb& verb : kVerbs) {
    if (verb.name != words.front()) continue;
    check_use(verb, arguments);
    return verb.run(arguments);
  }
  throw ConfigError{fmt::format("{}: must be {}{}", words.front(), fmt::join(names, "|"),
                                suggestion(words.front(), names))};
}

}  // namespace olivine::cli

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "experiments/regress/bench.h"
#include "experiments/regress/mutation_rules.h"

namespace olivine::regress {

enum class MutantOutcome : uint8_t {
  Caught,
  Survived,
  Equivalent,  // survived, as declared
  Stillborn    // does not lint or elaborate: not counted
};

struct MutantResult {
  Mutant mutant;
  MutantOutcome outcome = MutantOutcome::Stillborn;
  std::string detail;  // what caught it, what tested it, or why it does not lint
  std::string reason;  // why it is equivalent
};

struct MutationOptions {
  std::string rtl;
  std::string work;
  int jobs = 1;
  std::chrono::milliseconds patience{30'000};  // with one seed
  int64_t count = 60;                          // caught, survived or equivalent
  uint64_t seed = 1;
  std::function<void(uint64_t done, uint64_t total, const std::string& name)> on_mutant;
  std::function<bool()> is_cancelled;
};

struct MutationResult {
  std::vector<MutantResult> mutants;  // in the order of trial
  std::vector<std::string> problems;  // entries of the equivalent list that are stale or wrong
  std::set<std::string> unreached;    // modules that no bench instantiates
  bool is_complete = true;            // not cancelled
  [[nodiscard]] size_t count(MutantOutcome outcome) const;
};

// Changes the RTL in one place at a time until `count` changes were tested, each by the benches
// whose top instantiates the module, nearest first, until one notices. Survivors declared in
// lint/equivalent_mutants.txt of the tree are equivalent. Throws ConfigError: a tree that cannot be
// read or that does not lint as it is.
[[nodiscard]] MutationResult run_mutants(std::span<const BlockBench> benches,
                                         const MutationOptions& options);

// The benches that can see a module with the variants to try, nearest and smallest first.
struct MutantTest {
  const BlockBench* bench = nullptr;
  Parameters parameters;
};
[[nodiscard]] std::vector<MutantTest> tests_of(const std::string& module, const RtlTree& tree,
                                               std::span<const BlockBench> benches);

// "pe/pe.sv:12  stuck enable", then the lines before and after.
[[nodiscard]] std::string difference_text(const Mutant& mutant);

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "experiments/cli/regress.h"
#include "experiments/cli/text_table.h"
#include "experiments/regress/bench.h"
#include "experiments/regress/mutation.h"

namespace olivine::cli {
namespace {

using regress::MutantOutcome;
using regress::MutantResult;

std::string module_table(const regress::MutationResult& result, bool is_colored) {
  TextTable table;
  table.column("module", Align::Left).column("caught").column("survived").column("equivalent");
  table.column("stillborn");
  std::map<std::string, std::map<MutantOutcome, size_t>> modules;
  for (const MutantResult& mutant : result.mutants) {
    ++modules[mutant.mutant.module][mutant.outcome];
    ++modules["total"][mutant.outcome];
  }
  const auto add = [&](const std::string& name) {
    std::vector<std::string> cells = {name};
    for (const MutantOutcome outcome : {MutantOutcome::Caught, MutantOutcome::Survived,
                                        MutantOutcome::Equivalent, MutantOutcome::Stillborn}) {
      cells.push_back(fmt::format("{}", modules[name][outcome]));
    }
    table.row(std::move(cells));
  };
  for (const auto& [name, counts] : modules) {
    if (name != "total") add(name);
  }
  add("total");
  return table.render(is_colored);
}

std::string block_of(const char* heading, const MutantResult& mutant, const char* label) {
  return fmt::format("\n{} {}  {}: {}\n", heading, regress::difference_text(mutant.mutant), label,
                     mutant.detail);
}

}  // namespace

std::string mutation_text(const regress::MutationResult& result, bool is_colored, bool is_verbose) {
  std::string text = module_table(result, is_colored);
  if (!result.unreached.empty()) {
    text +=
        fmt::format("not reached by the chosen blocks: {}\n", fmt::join(result.unreached, ", "));
  }
  for (const MutantResult& mutant : result.mutants) {
    switch (mutant.outcome) {
      case MutantOutcome::Survived:
        text += block_of("SURVIVED", mutant, "tested by");
        break;
      case MutantOutcome::Equivalent:
        text += block_of("equivalent", mutant, "tested by");
        text += fmt::format("  reason: {}\n", mutant.reason);
        break;
      case MutantOutcome::Caught:
        if (is_verbose) text += block_of("caught", mutant, "by");
        break;
      case MutantOutcome::Stillborn:
        if (is_verbose) text += block_of("stillborn", mutant, "lint");
        break;
    }
  }
  return text;
}

}  // namespace olivine::cli

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/regress/regression.h"
#include "experiments/regress/regression_result.h"

namespace olivine::regress {
struct MutationResult;
}

namespace olivine::cli {

class Arguments;

// The command line of olivine regress, checked.
struct RegressRequest {
  regress::Selection selection;
  std::vector<regress::Target> targets;
  std::string rtl;
  std::string work;
  std::string extra_options;  // of a replay command: those that chose the tree
  int jobs = 1;
  std::chrono::milliseconds patience{};
  bool has_coverage = false;
  bool has_wave = false;
  bool is_json = false;
  std::string junit;                  // file; "" for none
  std::optional<std::string> output;  // file
  std::optional<int64_t> mutants;
  uint64_t mutant_seed = 1;
  bool is_verbose = false;
};

// Throws ConfigError with every problem.
[[nodiscard]] RegressRequest read_regress_request(const Arguments& arguments);

// The blocks with their parameters and variants.
[[nodiscard]] std::string block_listing();

// One row a target, then a row with the sums.
[[nodiscard]] std::string regress_table(const std::vector<regress::Target>& targets,
                                        const std::vector<regress::TargetResult>& results,
                                        double elapsed_s, bool is_colored);

struct CoverageResult {
  std::string text;  // table a file, first holes
  nlohmann::ordered_json json;
  std::vector<std::string> problems;  // goals missed, stale waivers: of a whole regression only
};

// Merges the workers' counts; writes the list of holes and an lcov file into the work folder.
[[nodiscard]] CoverageResult summarize_coverage(const RegressRequest& request,
                                                const std::vector<std::string>& count_files,
                                                bool is_colored);

// A row a module, then every survivor with its difference; `is_verbose`: every mutant.
[[nodiscard]] std::string mutation_text(const regress::MutationResult& result, bool is_colored,
                                        bool is_verbose);

}  // namespace olivine::cli

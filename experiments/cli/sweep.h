// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::cli {

class Arguments;

// One verb of olivine sweep.
struct SweepVerb {
  std::string_view name;
  std::string_view words;  // as help shows them: "SPEC"
  size_t word_minimum;     // beside the verb
  size_t word_limit;
  std::span<const std::string_view> options;  // that it takes
  // Contract: `arguments` has the verb first among its words, as many words after it as the verb
  // takes, and no option that it does not take. Returns the exit status.
  int (*run)(const Arguments& arguments);
};

// In the order of --help.
[[nodiscard]] std::span<const SweepVerb> sweep_verbs();
// Metrics that constraints and objectives may use, for --help.
[[nodiscard]] std::string sweep_metrics_help();

[[nodiscard]] int sweep_run(const Arguments& arguments);
[[nodiscard]] int sweep_status(const Arguments& arguments);
[[nodiscard]] int sweep_front(const Arguments& arguments);
[[nodiscard]] int sweep_sensitivity(const Arguments& arguments);
[[nodiscard]] int sweep_export(const Arguments& arguments);
[[nodiscard]] int sweep_merge(const Arguments& arguments);
[[nodiscard]] int sweep_gc(const Arguments& arguments);
[[nodiscard]] int sweep_diff(const Arguments& arguments);
[[nodiscard]] int sweep_submit(const Arguments& arguments);
// olivine sweep status of the folder of a submission.
[[nodiscard]] int sweep_submission_status(const Arguments& arguments);

}  // namespace olivine::cli

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/numerics/format.h"
#include "models/workloads/workload.h"

namespace olivine::cli {

class Arguments;

// One key that the command line sets.
struct Override {
  std::string option;  // as the user wrote it: "--set", "--dataflow"
  std::string key;
  std::string value;
};

// The option that stands for --set KEY=...
using Shortcut = std::pair<std::string_view, std::string_view>;

// Reads the options that experiments on a machine and on a platform share. Every problem is added
// to `problems`; what has one stays empty, and the rest goes on.
class OptionReader {
 public:
  // Contract: both outlive the reader.
  OptionReader(const Arguments& arguments, Problems& problems)
      : arguments_(&arguments), problems_(&problems) {}

  // False when `step` threw; its problems are added.
  template <class Step>
  bool attempt(Step step) {
    try {
      step();
      return true;
    } catch (const UserError& error) {
      for (const std::string& problem : error.problems()) problems_->add(problem);
      return false;
    }
  }

  // What is missing of `subject` ("machine"), a workload and a scheme; only the first is needed
  // with --dump-config.
  void check_required(std::string_view subject);
  // Keys that shortcuts and --set give, without those of the workload, which are kept for
  // workload().
  [[nodiscard]] std::vector<Override> overrides(std::span<const Shortcut> shortcuts);

  // --workload with its parameters, or --gemm. Contract: after overrides().
  [[nodiscard]] Workload workload();
  [[nodiscard]] std::optional<Scheme> scheme();
  [[nodiscard]] std::set<LayerKind> layers();
  [[nodiscard]] uint64_t seed();
  [[nodiscard]] std::optional<int64_t> integer(const std::string& option, int64_t low,
                                               int64_t high);
  // The numbers of "8x16x32"; empty for a text of another form, 0 for a part that is no number.
  [[nodiscard]] std::vector<int64_t> extents(std::string_view option, const std::string& text,
                                             std::span<const std::string_view> names);

 private:
  void add_override(Override added);
  [[nodiscard]] Workload gemm(const std::string& text);

  const Arguments* arguments_;
  Problems* problems_;
  std::vector<Override> overrides_;
  std::map<std::string, std::string> params_;  // of the workload
};

}  // namespace olivine::cli

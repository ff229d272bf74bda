// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/cli/arguments.h"

namespace olivine::cli {

// One verb of the command line. Returns the exit status.
struct Command {
  std::string_view name;
  size_t positional_limit;
  OptionList (*options)();
  int (*run)(const Arguments& arguments);
  std::string (*more_help)() = nullptr;  // printed between the section of help.md and the options
};

// Every verb, in the order of --help.
[[nodiscard]] std::span<const Command> all_commands();

// The section of help.md about a verb with its options, or the overview for "olivine".
[[nodiscard]] std::string help_text(std::string_view section);
[[nodiscard]] std::string version_text();

// Finds the verb in the words after the program's name and runs it.
[[nodiscard]] int run_command(std::span<const std::string> words);

// What to simulate, the options that run and explain share.
void add_experiment_options(OptionList& options);

[[nodiscard]] OptionList run_options();
[[nodiscard]] OptionList list_options();
[[nodiscard]] OptionList explain_options();
[[nodiscard]] OptionList compare_options();
[[nodiscard]] OptionList calibrate_options();
[[nodiscard]] OptionList measure_options();
[[nodiscard]] OptionList quantize_options();
[[nodiscard]] OptionList demo_options();
[[nodiscard]] OptionList regress_options();
[[nodiscard]] OptionList report_options();
[[nodiscard]] OptionList sweep_options();
[[nodiscard]] OptionList view_options();
[[nodiscard]] OptionList completion_options();

[[nodiscard]] int run_demo(const Arguments& arguments);
[[nodiscard]] int run_quantize(const Arguments& arguments);
[[nodiscard]] int run_regress(const Arguments& arguments);
[[nodiscard]] int run_report(const Arguments& arguments);
[[nodiscard]] int run_sweep(const Arguments& arguments);
[[nodiscard]] int run_list(const Arguments& arguments);
[[nodiscard]] int run_explain(const Arguments& arguments);
[[nodiscard]] int run_compare(const Arguments& arguments);
[[nodiscard]] int run_calibrate(const Arguments& arguments);
[[nodiscard]] int run_measure(const Arguments& arguments);
[[nodiscard]] int run_view(const Arguments& arguments);
[[nodiscard]] int run_completion(const Arguments& arguments);
// What run_list can list.
[[nodiscard]] std::vector<std::string> listing_names();
// Defined in main.cpp.
[[nodiscard]] int run_experiment(const Arguments& arguments);

}  // namespace olivine::cli

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/commands.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <sstream>

#include "experiments/cli/help_files.h"
#include "experiments/cli/revision.h"
#include "experiments/cli/sweep.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

constexpr std::array kCommands = {
    Command{"run", 0, run_options, run_experiment},
    Command{"explain", 0, explain_options, run_explain},
    Command{"compare", 0, compare_options, run_compare},
    Command{"calibrate", 0, calibrate_options, run_calibrate},
    Command{"measure", 0, measure_options, run_measure},
    Command{"quantize", 1, quantize_options, run_quantize},
    Command{"sweep", kAnyNumber, sweep_options, run_sweep, sweep_metrics_help},
    Command{"report", kAnyNumber, report_options, run_report},
    Command{"regress", 0, regress_options, run_regress},
    Command{"view", 1, view_options, run_view},
    Command{"list", 1, list_options, run_list},
    Command{"demo", 0, demo_options, run_demo},
    Command{"completion", 1, completion_options, run_completion}};

int print(const std::string& text) {
  fmt::print("{}", text);
  return 0;
}

bool has_help(std::span<const std::string> words) {
  for (const std::string& word : words) {
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

std::string help_text(std::string_view section) {
  std::string text;
  bool is_inside = false;
  for (const std::string& line : split(cli_help_files().front().text, '\n')) {
    if (line.starts_with("## ")) {
      is_inside = std::string_view{line}.substr(3) == section;
    } else if (is_inside && !line.starts_with("```")) {
      text += line + "\n";
    }
  }
  text = fmt::format("{}\n", trim(text));
  for (const Command& command : kCommands) {
    if (command.name != section) continue;
    if (command.more_help != nullptr) text += command.more_help();
    std::ostringstream options;
    options << command.options();
    text += fmt::format("\n{}", options.str());
  }
  return text;
}

std::string version_text() {
  return fmt::format("olivine {} ({}, {}, {})\n", kVersion, kGitRevision, kCompiler, kBuildType);
}

int run_command(std::span<const std::string> words) {
  if (words.empty()) throw ConfigError{"missing: a command; olivine --help lists them"};
  const std::string& verb = words[0];
  if (verb == "--help" || verb == "-h") return print(help_text("olivine"));
  if (verb == "--version") return print(version_text());
  std::vector<std::string> known = {"--help", "--version"};
  for (const Command& command : kCommands) {
    known.emplace_back(command.name);
    if (command.name != verb) continue;
    const auto rest = words.subspan(1);
    if (has_help(rest)) return print(help_text(command.name));
    return command.run(Arguments{command.options(), rest, command.positional_limit});
  }
  throw ConfigError{fmt::format("{}: unknown command{}; olivine --help lists them", verb,
                                suggestion(verb, known))};
}

}  // namespace olivine::cli

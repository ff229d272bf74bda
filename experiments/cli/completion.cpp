// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "experiments/cli/commands.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/sweep.h"
#include "experiments/compare/comparison.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"
#include "models/workloads/workload_yaml.h"
#include "sim/platform/platform_config.h"

namespace olivine::cli {
namespace {

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  for (const Scheme& scheme : all_schemes()) names.emplace_back(scheme.name);
  return names;
}

std::vector<std::string> machine_names() {
  std::vector<std::string> names = shipped_machines();
  for (std::string& name : shipped_gpus()) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> key_words() {
  std::vector<std::string> words = machine_table().keys();
  for (const auto& keys : {gpu_table().keys(), platform_table().keys()}) {
    for (const std::string& key : keys) {
      if (std::find(words.begin(), words.end(), key) == words.end()) words.push_back(key);
    }
  }
  for (std::string& word : words) word += "=";
  return words;
}

template <class Enum, size_t count>
std::vector<std::string> words_of(const std::array<EnumName<Enum>, count>& names) {
  std::vector<std::string> words;
  for (const auto& entry : names) words.emplace_back(entry.name);
  return words;
}

// One case of the script: after `option` come `words`, and files where they may stand.
std::string value_case(const std::string& options, const std::vector<std::string>& words,
                       bool has_files) {
  return fmt::format("    {})\n      COMPREPLY=($(compgen {}-W \"{}\" -- \"$cur\")); return ;;\n",
                     options, has_files ? "-f " : "", fmt::join(words, " "));
}

std::string verb_case(const Command& command) {
  std::vector<std::string> words;
  const OptionList options = command.options();
  for (const auto& option : options.options()) words.push_back("--" + option->long_name());
  if (command.name == "list") {
    const std::vector<std::string> listings = listing_names();
    words.insert(words.begin(), listings.begin(), listings.end());
  }
  if (command.name == "sweep") {
    std::vector<std::string> verbs;
    for (const SweepVerb& verb : sweep_verbs()) verbs.emplace_back(verb.name);
    words.insert(words.begin(), verbs.begin(), verbs.end());
  }
  if (command.name == "view") words.insert(words.begin(), "array");
  if (command.name == "completion") words = {"bash", "--help"};
  return fmt::format("    {}) words=\"{}\" ;;\n", command.name, fmt::join(words, " "));
}

std::string bash_script() {
  std::vector<std::string> verbs;
  std::string verb_cases;
  for (const Command& command : all_commands()) {
    verbs.emplace_back(command.name);
    verb_cases += verb_case(command);
  }
  return "# bash completion of olivine, written by: olivine completion bash\n"
         "_olivine() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words\n"
         "  case $prev in\n" +
         value_case("--machine|-m", machine_names(), true) +
         value_case("--platform|-p", shipped_platforms(), true) +
         value_case("--partition", words_of(kPartitionNames), false) +
         value_case("--workload|-w", shipped_workloads(), true) +
         value_case("--scheme|-s", scheme_names(), false) +
         value_case("--dataflow", words_of(kDataflowNames), false) +
         value_case("--pipelining", words_of(kPipeliningNames), false) +
         value_case("--dram", words_of(kDramModelNames), false) +
         value_case("--engine", words_of(kEngineNames), false) +
         value_case("--half", words_of(compare::kHalfNames), false) +
         value_case("--set", key_words(), false) +
         value_case("--output|-o|--vcd|--svg|--html|--measured|--db", {}, true) +
         "  esac\n"
         "  case ${COMP_WORDS[1]} in\n" +
         verb_cases +
         fmt::format("    *) words=\"{} --help --version\" ;;\n", fmt::join(verbs, " ")) +
         "  esac\n"
         "  ((COMP_CWORD == 1)) && words=\"" +
         fmt::format("{} --help --version\"\n", fmt::join(verbs, " ")) +
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n"
         "complete -o default -F _olivine olivine\n";
}

}  // namespace

int run_completion(const Arguments& arguments) {
  const auto& shells = arguments.positional();
  if (shells.empty()) throw ConfigError{"missing: the shell, bash"};
  if (shells.front() != "bash") {
    throw ConfigError{fmt::format("{}: unknown shell; must be bash", shells.front())};
  }
  fmt::print("{}", bash_script());
  return 0;
}

}  // namespace olivine::cli

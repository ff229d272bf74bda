// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/measure/measure_options.h"
#include "kernels/measure/shape_list.h"

namespace olivine::measure {

// What a user wants measured.
struct MeasureRequest {
  std::vector<NamedShape> shapes;    // the built-in ones where empty
  std::vector<std::string> schemes;  // or variants; all where empty
  Extent extent = Extent::Quick;
  std::vector<std::string> kernels;   // own kernels with one of these in their names
  std::vector<std::string> excluded;  // own kernels to leave out
  bool checks_only = false;
  bool takes_energy = true;
  bool runs_gemms = true;
  bool runs_micro = false;
  bool runs_ncu = false;
  bool is_dry_run = false;
  bool lists_kernels = false;
  bool is_json = false;
  int device = 0;
  uint64_t seed = 1;
  std::optional<double> energy_window_s;
  std::optional<double> budget_s;
  std::string output;  // file of the record; "" for none

  // Of the program that asks.
  std::string tool_version;
  std::string git_revision;
  std::string verb;  // what runs it again after the program's name; "" for none
  std::string text;  // the options as given, files without their folders
};

// One option of every program that measures.
struct MeasureOption {
  const char* name;
  const char* value_name;  // nullptr: none
  const char* help;
  char letter = '\0';  // of its short form, where a program has those
};
[[nodiscard]] std::span<const MeasureOption> measure_option_table();

// Values by option, "" for options without one.
using OptionValues = std::map<std::string, std::string, std::less<>>;

// Reads shape files too. Throws ConfigError with every problem.
[[nodiscard]] MeasureRequest read_request(const OptionValues& values);

// Options of `olivine_measure` from its words. Throws ConfigError with every word that is none.
[[nodiscard]] OptionValues parse_words(std::span<const std::string> words);
[[nodiscard]] std::string options_help();

}  // namespace olivine::measure

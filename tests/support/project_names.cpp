// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <regex>

#include "tests/support/docs_rules.h"

namespace olivine::support {
namespace {

// Every first group of `pattern` in `text`.
void collect(const std::string& text, const std::regex& pattern, std::set<std::string>& out,
             const std::string& prefix = "") {
  for (std::sregex_iterator match{text.begin(), text.end(), pattern}, end; match != end; ++match) {
    out.insert(prefix + (*match)[1].str());
  }
}

void collect_paths(const SourceFile& file, std::set<std::string>& out) {
  out.insert(file.path);
  for (size_t slash = file.path.find('/'); slash != std::string::npos;
       slash = file.path.find('/', slash + 1)) {
    out.insert(file.path.substr(0, slash));
  }
}

void collect_cmake(const std::string& text, ProjectNames& names) {
  static const std::regex library{R"(olivine_library\(\s*([\w-]+))"};
  static const std::regex target{
      R"((?:olivine_test|olivine_fuzz|add_executable|add_library|add_custom_target)\(\s*([\w-]+))"};
  collect(text, library, names.targets, "olivine::");
  collect(text, library, names.targets, "olivine_");
  collect(text, target, names.targets);
}

void collect_source(const std::string& text, ProjectNames& names) {
  static const std::regex key{R"re("([a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)+)")re"};
  static const std::regex section{
      R"re(\.(?:integer|bytes|frequency|number|choice|boolean|text)(?:<[^(]*>)?)re"
      R"re(\(\s*"([a-z_0-9]+)\.)re"};
  collect(text, key, names.keys);
  collect(text, section, names.sections);
}

// The command line declares an option as "name" or "name,n", measure's as a row of a table in
// kernels; ./olivine matches words in a case.
void collect_command_line(const SourceFile& file, ProjectNames& names) {
  static const std::regex option{R"re("([a-z][a-z0-9-]*)(?:,[a-zA-Z])?")re"};
  static const std::regex command{R"re("([a-z][a-z0-9_-]*)")re"};
  static const std::regex script_word{R"(\n\s+([a-z]+)\))"};
  if (file.path == "olivine") collect(file.text, script_word, names.commands);
  static const std::regex measure_option{R"re(MeasureOption\{"([a-z][a-z0-9-]*)")re"};
  if (file.path.starts_with("kernels/")) collect(file.text, measure_option, names.options, "--");
  if (!file.path.starts_with("experiments/")) return;
  collect(file.text, option, names.options, "--");
  collect(file.text, command, names.commands);
}

}  // namespace

ProjectNames collect_names(const std::vector<SourceFile>& files) {
  static const std::regex variable{R"(\b(OLV_[A-Z0-9_]+)\b)"};
  static const std::regex preset{R"re("name":\s*"([\w-]+)")re"};
  ProjectNames names;
  std::set<std::string> paths;
  names.options = {"--help", "--version"};
  for (const SourceFile& file : files) {
    collect_paths(file, paths);
    const bool is_cmake = has_suffix(file.path, {"CMakeLists.txt", ".cmake"});
    const bool is_source = has_suffix(file.path, {".h", ".cpp", ".cu"});
    if (is_cmake) collect_cmake(file.text, names);
    if (is_cmake || is_source) collect(file.text, variable, names.variables);
    if (is_source && !file.path.starts_with("tests/")) collect_source(file.text, names);
    if (file.path == "CMakePresets.json") collect(file.text, preset, names.presets);
    collect_command_line(file, names);
  }
  names.paths.assign(paths.begin(), paths.end());
  return names;
}

}  // namespace olivine::support

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/source_tree.h"

namespace olivine::support {

// What the documents may name. Sets are looked up by exact name.
struct ProjectNames {
  std::vector<std::string> paths;   // files and folders
  std::set<std::string> targets;    // "olivine::base", "olivine_cli", "units_test", "lint"
  std::set<std::string> options;    // "--machine": quoted literals of experiments/ and ./olivine
  std::set<std::string> commands;   // words that ./olivine or the command line takes first
  std::set<std::string> presets;    // of CMakePresets.json
  std::set<std::string> variables;  // "OLV_ENABLE_TESTS": words of CMake files and sources
  std::set<std::string> keys;       // "array.rows": dotted literals of the sources
  std::set<std::string> sections;   // "array": first parts of the keys in a config table
};

// Collected from the sources themselves, so that nothing is listed twice.
[[nodiscard]] ProjectNames collect_names(const std::vector<SourceFile>& files);

// What a Markdown file names that does not exist, one line each: "path:line: ...". Looked at:
// link targets; in `inline code` and in fenced blocks every word that is a path below a folder of
// the root, an olivine:: target, an OLV_ variable, a dotted key of a known section, and in a
// command `olivine ...` or `cmake ...` its command, options, targets and presets. A word with one
// of <>$ is a placeholder; `*` and {a,b} in a path are expanded. In CHANGELOG.md only Unreleased.
[[nodiscard]] std::vector<std::string> find_doc_problems(const SourceFile& document,
                                                         const ProjectNames& names);

}  // namespace olivine::support

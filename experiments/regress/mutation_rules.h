// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/regress/regression_tree.h"

namespace olivine::regress {

// One change in one place of the RTL, such as a slip of the hand would make.
struct Mutant {
  size_t number = 0;  // in all_mutants()
  std::string module;
  std::string file;  // relative to the tree
  int line = 0;
  std::string rule;    // "wrong shift"
  std::string before;  // the line or lines, trimmed
  std::string after;
  size_t offset = 0;  // of the replaced text in the file
  size_t length_bytes = 0;
  std::string replacement;
};

// Every change that the rules know, in the order of files, lines and rules. Assertions, comments
// and port lists are left alone.
[[nodiscard]] std::vector<Mutant> all_mutants(const RtlTree& tree);

// All of them in the order in which they are tried: one of each module in turn, in each module
// different rules first, shuffled by `seed`.
[[nodiscard]] std::vector<Mutant> mutation_order(const std::vector<Mutant>& mutants, uint64_t seed);

[[nodiscard]] std::string mutated_text(std::string_view text, const Mutant& mutant);

// A survivor that no stimulus can tell from the original, with the reason.
struct EquivalentMutant {
  std::string file;
  std::string before;
  std::string after;
  std::string reason;
  int line_number = 0;  // in the list
};

// Records of four lines "file: ...", "line: ...", "as: ...", "why: ..."; "#" begins a comment.
// Throws ConfigError.
[[nodiscard]] std::vector<EquivalentMutant> parse_equivalents(std::string_view text,
                                                              const std::string& path);
[[nodiscard]] bool is_same(const EquivalentMutant& equivalent, const Mutant& mutant);

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/mutation_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <regex>
#include <utility>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/base/text.h"

namespace olivine::regress {
namespace {

// What stands in place of a match; nothing where the rule does not apply after all.
using Rewrite = std::optional<std::string> (*)(const std::smatch& match);

struct Rule {
  const char* name;
  const char* pattern;
  const char* format;  // of std::regex_replace; nullptr: `rewrite`
  Rewrite rewrite;
};

// "4'd7" becomes "4'd8"; "4'd15" becomes "4'd14".
std::optional<std::string> count_off_by_one(const std::smatch& match) {
  const auto bits = parse_int(match[1].str());
  const auto value = parse_int(match[2].str());
  if (!bits || !value || *bits > 32) return std::nullopt;
  const int64_t largest = (int64_t{1} << *bits) - 1;
  return fmt::format("{}'d{}", *bits, *value < largest ? *value + 1 : *value - 1);
}

// The last binary digit of a constant the other way round: "4'b1000" becomes "4'b1001".
std::optional<std::string> flip_last_digit(const std::smatch& match) {
  std::string text = match.str();
  text.back() = text.back() == '0' ? '1' : '0';
  return text;
}

// "[6:4]" becomes "[5:3]", "[3:0]" becomes "[4:1]": as wide as before.
std::optional<std::string> shift_slice(const std::smatch& match) {
  const auto high = parse_int(match[1].str());
  const auto low = parse_int(match[2].str());
  if (!high || !low || *high < *low) return std::nullopt;
  const int64_t by = *low > 0 ? -1 : 1;
  return fmt::format("[{}:{}]", *high + by, *low + by);
}

std::optional<std::string> other_index(const std::smatch& match) {
  const auto index = parse_int(match[1].str());
  if (!index) return std::nullopt;
  return fmt::format("[{}]", *index > 0 ? *index - 1 : 1);
}

constexpr std::array kRules = {
    Rule{"wrong shift", R"(<<<?(?!<|=))", ">>", nullptr},
    Rule{"wrong shift", R"(>>>?(?!>|=))", "<<", nullptr},
    Rule{"dropped sign", R"(\$signed\()", "$$unsigned(", nullptr},
    Rule{"dropped sign", R"(>>>)", ">>", nullptr},
    Rule{"off by one", R"(\b(\d+)'d(\d+)\b)", nullptr, count_off_by_one},
    Rule{"off by one", R"( < )", " <= ", nullptr},
    Rule{"off by one", R"( >= )", " > ", nullptr},
    Rule{"off by one", R"( > )", " >= ", nullptr},
    Rule{"inverted condition", R"( == )", " != ", nullptr},
    Rule{"inverted condition", R"( != )", " == ", nullptr},
    Rule{"dropped inversion", R"(!(?=[a-z(]))", "", nullptr},
    Rule{"dropped inversion", R"(~(?=[a-z({]))", "", nullptr},
    Rule{"wrong operator", R"( \+ )", " - ", nullptr},
    Rule{"wrong operator", R"( - )", " + ", nullptr},
    Rule{"wrong operator", R"( & )", " | ", nullptr},
    Rule{"wrong operator", R"( \| )", " & ", nullptr},
    Rule{"wrong operator", R"( \^ )", " | ", nullptr},
    Rule{"wrong operator", R"( && )", " || ", nullptr},
    Rule{"wrong operator", R"( \|\| )", " && ", nullptr},
    Rule{"dropped negation", R"(([=?:(] )-(?=[a-z{$]))", "$1", nullptr},
    Rule{"wrong constant", R"(\b\d+'b[01]+\b)", nullptr, flip_last_digit},
    Rule{"wrong constant", R"('0(?![\w']))", "'1", nullptr},
    Rule{"wrong slice", R"(\[(\d+):(\d+)\](?=[^;]*[;,)?}]))", nullptr, shift_slice},
    Rule{"wrong index", R"(\[(\d+)\])", nullptr, other_index},
    Rule{"swapped choices", R"(\? ([\w.\[\]']+) : ([\w.\[\]']+))", "? $2 : $1", nullptr},
    Rule{"missing register", R"(\b(\w+)_q\b(?=[^=]*;))", "$1_d", nullptr}};

struct Line {
  size_t offset;
  std::string code;
  std::string text;
};

std::vector<Line> lines_of(const RtlFile& file) {
  std::vector<Line> lines;
  size_t offset = 0;
  const std::string code = code_of(file.text);
  for (const std::string& text : split(file.text, '\n')) {
    lines.push_back({offset, code.substr(offset, text.size()), text});
    offset += text.size() + 1;
  }
  return lines;
}

// Where the parenthesis that opens at `open` closes.
std::optional<size_t> closing(const std::string& code, size_t open) {
  int depth = 0;
  for (size_t i = open; i < code.size(); ++i) {
    if (code[i] == '(') ++depth;
    if (code[i] == ')' && --depth == 0) return i;
  }
  return std::nullopt;
}

// Declarations without a value, and what shapes the design rather than its behaviour.
bool is_declaration(const std::string& code) {
  static const std::regex kShapePattern{
      R"(^\s*(?:input|output|parameter|genvar|typedef|function|for \(genvar|localparam int)\b)"};
  if (code.find("begin : gen_") != std::string::npos) return true;
  static const std::regex kVariablePattern{R"(^\s*logic\b[^=]*;)"};
  return std::regex_search(code, kShapePattern) || std::regex_search(code, kVariablePattern);
}

// The ranges in front of the name are those of a type.
bool begins_with_type(const std::string& code) {
  static const std::regex kTypePattern{R"(^\s*(?:localparam|logic|const)\b)"};
  return std::regex_search(code, kTypePattern);
}

const std::regex& function_pattern() {
  static const std::regex kPattern{R"(\bfunction\s[^;(]*?(\w+)\s*\()"};
  return kPattern;
}

class FileMutator {
 public:
  FileMutator(const RtlFile& file, std::string module, std::vector<Mutant>& out)
      : file_(file),
        module_(std::move(module)),
        is_package_(file.text.find("endpackage") != std::string::npos),
        lines_(lines_of(file)),
        out_(out) {}

  void add_all() {
    bool is_body = false;  // of the module, behind its ports, or of a function of a package
    int assertion_depth = 0;
    for (size_t i = 0; i < lines_.size(); ++i) {
      const std::string& code = lines_[i].code;
      const bool is_switch = code.find("HasAssertions") != std::string::npos;
      const bool is_assertion =
          assertion_depth > 0 || is_switch || code.find("`ASSERT") != std::string::npos;
      if (is_assertion && !is_switch) {
        assertion_depth += static_cast<int>(std::ranges::count(code, '(')) -
                           static_cast<int>(std::ranges::count(code, ')'));
      } else if (is_body && !is_switch) {
        add_line(i);
      }
      if (trim(code) == ");") is_body = true;
      std::smatch function;
      if (is_package_ && std::regex_search(code, function, function_pattern())) {
        is_body = true;
        function_ = "::" + function[1].str();
      }
    }
  }

 private:
  void add_line(size_t index) {
    const Line& line = lines_[index];
    if (is_declaration(line.code)) return;
    for (const Rule& rule : kRules) {
      const bool is_range = std::string_view{rule.name} == "wrong slice" ||
                            std::string_view{rule.name} == "wrong index";
      // Elsewhere the default "x_d = x_q" in front makes the two the same.
      const bool is_register = std::string_view{rule.name} == "missing register";
      if (is_register && !trim(line.code).starts_with("assign ")) continue;
      if (!is_range || !begins_with_type(line.code)) add_matches(index, rule);
    }
    add_conditions(index);
    add_swapped_ports(index);
  }

  void add_matches(size_t index, const Rule& rule) {
    const Line& line = lines_[index];
    const std::regex pattern{rule.pattern};
    for (std::sregex_iterator at{line.code.begin(), line.code.end(), pattern}, end; at != end;
         ++at) {
      const std::optional<std::string> text =
          rule.format != nullptr ? at->format(rule.format) : rule.rewrite(*at);
      if (!text || *text == at->str()) continue;
      add(rule.name, index, static_cast<size_t>(at->position()), at->str().size(), *text);
    }
  }

  void add_conditions(size_t index) {
    const std::string& code = lines_[index].code;
    static const std::regex kKeywordPattern{R"(\bif \()"};
    for (std::sregex_iterator at{code.begin(), code.end(), kKeywordPattern}, end; at != end; ++at) {
      const size_t open = static_cast<size_t>(at->position()) + 3;
      const auto close = closing(code, open);
      if (!close) continue;
      const size_t length = *close - open + 1;
      const std::string condition = lines_[index].text.substr(open, length);
      add("stuck enable", index, open, length, "(1'b1)");
      add("stuck enable", index, open, length, "(1'b0)");
      add("inverted condition", index, open, length, "(!" + condition + ")");
    }
  }

  // ".a_i(x)," and ".b_i(y)," on the next line: what they connect, the other way round.
  void add_swapped_ports(size_t index) {
    static const std::regex kConnectionPattern{R"(^(\s*\.\w+_([io])\s*\()(.*)(\),?\s*)$)"};
    if (index + 1 >= lines_.size()) return;
    std::smatch a;
    std::smatch b;
    const Line& first = lines_[index];
    const Line& second = lines_[index + 1];
    if (!std::regex_match(first.code, a, kConnectionPattern)) return;
    if (!std::regex_match(second.code, b, kConnectionPattern)) return;
    if (a[2] != b[2] || a[3] == b[3]) return;
    const std::string swapped_first = a[1].str() + b[3].str() + a[4].str();
    const std::string swapped_second = b[1].str() + a[3].str() + b[4].str();
    Mutant& mutant = add("swapped ports", index, 0, first.text.size() + 1 + second.text.size(),
                         swapped_first + "\n" + swapped_second);
    mutant.before = fmt::format("{} {}", trim(first.text), trim(second.text));
    mutant.after = fmt::format("{} {}", trim(swapped_first), trim(swapped_second));
  }

  Mutant& add(const char* rule, size_t index, size_t position, size_t length,
              const std::string& replacement) {
    const Line& line = lines_[index];
    Mutant& mutant = out_.emplace_back();
    mutant.number = out_.size();
    mutant.module = module_ + function_;
    mutant.file = file_.path;
    mutant.line = static_cast<int>(index) + 1;
    mutant.rule = rule;
    mutant.offset = line.offset + position;
    mutant.length_bytes = length;
    mutant.replacement = replacement;
    std::string changed = line.text;
    changed.replace(std::min(position, changed.size()), length, replacement);
    mutant.before = std::string{trim(line.text)};
    mutant.after = std::string{trim(changed)};
    return mutant;
  }

  const RtlFile& file_;
  std::string module_;
  bool is_package_;
  std::string function_;  // of a package, as "::is_8bit"
  std::vector<Line> lines_;
  std::vector<Mutant>& out_;
};

// Shuffled, then sorted so that the k-th mutants of all rules precede the (k+1)-th of any.
std::vector<Mutant> spread_rules(std::vector<Mutant> mutants, Rng& rng) {
  for (size_t i = mutants.size(); i > 1; --i) {
    std::swap(mutants[i - 1], mutants[static_cast<size_t>(rng.next() % i)]);
  }
  std::map<std::string, size_t> seen;
  std::vector<std::pair<size_t, Mutant>> ranked;
  for (Mutant& mutant : mutants) {
    const size_t rank = seen[mutant.rule]++;
    ranked.emplace_back(rank, std::move(mutant));
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<size_t, Mutant>::first);
  std::vector<Mutant> spread;
  spread.reserve(ranked.size());
  for (auto& [rank, mutant] : ranked) spread.push_back(std::move(mutant));
  return spread;
}

}  // namespace

std::vector<Mutant> all_mutants(const RtlTree& tree) {
  std::vector<Mutant> mutants;
  for (size_t i = 0; i < tree.files().size(); ++i) {
    FileMutator{tree.files()[i], tree.module_of(i), mutants}.add_all();
  }
  return mutants;
}

std::vector<Mutant> mutation_order(const std::vector<Mutant>& mutants, uint64_t seed) {
  std::vector<std::string> modules;
  std::map<std::string, std::vector<Mutant>> by_module;
  for (const Mutant& mutant : mutants) {
    if (!by_module.contains(mutant.module)) modules.push_back(mutant.module);
    by_module[mutant.module].push_back(mutant);
  }
  Rng rng{seed};
  size_t longest = 0;
  for (auto& [module, list] : by_module) {
    list = spread_rules(std::move(list), rng);
    longest = std::max(longest, list.size());
  }
  std::vector<Mutant> order;
  for (size_t i = 0; i < longest; ++i) {
    for (const std::string& module : modules) {
      if (i < by_module[module].size()) order.push_back(by_module[module][i]);
    }
  }
  return order;
}

std::string mutated_text(std::string_view text, const Mutant& mutant) {
  std::string changed{text};
  changed.replace(mutant.offset, mutant.length_bytes, mutant.replacement);
  return changed;
}

std::vector<EquivalentMutant> parse_equivalents(std::string_view text, const std::string& path) {
  std::vector<EquivalentMutant> list;
  const std::array fields = {
      std::pair{"file:", &EquivalentMutant::file}, std::pair{"line:", &EquivalentMutant::before},
      std::pair{"as:", &EquivalentMutant::after}, std::pair{"why:", &EquivalentMutant::reason}};
  size_t next = 0;  // the field expected
  int line_number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++line_number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    const auto& [name, member] = fields[next];
    if (!line.starts_with(name)) {
      throw ConfigError{fmt::format("{}:{}: must begin with {}", path, line_number, name)};
    }
    if (next == 0) list.emplace_back().line_number = line_number;
    list.back().*member = std::string{trim(line.substr(std::string_view{name}.size()))};
    next = (next + 1) % fields.size();
  }
  if (next != 0) throw ConfigError{fmt::format("{}: ends within a record", path)};
  return list;
}

bool is_same(const EquivalentMutant& equivalent, const Mutant& mutant) {
  return equivalent.file == mutant.file && equivalent.before == mutant.before &&
         equivalent.after == mutant.after;
}

}  // namespace olivine::regress

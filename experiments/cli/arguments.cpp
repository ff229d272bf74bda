// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/arguments.h"

#include <fmt/format.h>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

namespace po = boost::program_options;

// The only option that may be repeated.
constexpr std::string_view kRepeatable = "set";

std::vector<std::string> long_names(const OptionList& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  return names;
}

// Guessing is off: it would take --array.row for --array.rows.
std::vector<po::option> parse(const OptionList& options, std::span<const std::string> words) {
  const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  try {
    return po::command_line_parser({words.begin(), words.end()})
        .options(options)
        .style(style)
        .allow_unregistered()
        .run()
        .options;
  } catch (const po::error& error) {
    throw ConfigError{error.what()};
  }
}

}  // namespace

Arguments::Arguments(const OptionList& options, std::span<const std::string> words,
                     size_t positional_limit) {
  const std::vector<std::string> names = long_names(options);
  Problems problems;
  bool is_value_expected = false;
  for (const po::option& option : parse(options, words)) {
    const bool is_positional = option.string_key.empty();
    if (is_positional && is_value_expected) {
      is_value_expected = false;  // of an option already reported
    } else if (is_positional) {
      const std::string word = option.value.empty() ? "" : option.value.front();
      positional_.push_back(word);
      if (positional_.size() > positional_limit) {
        problems.add(fmt::format("{}: unexpected word", word));
      }
    } else if (option.unregistered) {
      const std::string word = option.original_tokens.front();
      const std::string name = word.substr(0, word.find('='));
      problems.add(fmt::format("{}: unknown option{}", name, suggestion(name, names)));
      is_value_expected = word.find('=') == std::string::npos;
    } else {
      is_value_expected = false;
      std::vector<std::string>& values = values_[option.string_key];
      if (!values.empty() && option.string_key != kRepeatable) {
        problems.add(fmt::format("--{}: given twice", option.string_key));
      }
      const std::string value = option.value.empty() ? "" : option.value.front();
      if (value.starts_with("--")) {
        problems.add(fmt::format("--{}: needs a value, not {}", option.string_key, value));
        is_value_expected = true;
      }
      values.push_back(value);
    }
  }
  problems.throw_if_any();
}

std::optional<std::string> Arguments::get(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return std::nullopt;
  return found->second.front();
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace olivine::cli

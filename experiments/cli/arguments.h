// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <boost/program_options/options_description.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::cli {

using OptionList = boost::program_options::options_description;

// The words of one command, as text: meaning and ranges are checked where they are used, so that
// every problem of a command line is reported together.
class Arguments {
 public:
  // Throws ConfigError with every unknown, repeated or valueless option (nearest name given) and
  // every word that is no option beyond `positional_limit`.
  Arguments(const OptionList& options, std::span<const std::string> words, size_t positional_limit);

  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(option); }
  [[nodiscard]] std::optional<std::string> get(std::string_view option) const;
  // Every value of an option that may be repeated.
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
  [[nodiscard]] const std::vector<std::string>& positional() const { return positional_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positional_;
};

}  // namespace olivine::cli

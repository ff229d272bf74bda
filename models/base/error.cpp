// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/error.h"

#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>

#include "models/base/enum_names.h"

namespace olivine {
namespace {

// Problems quote what strangers wrote: one line each, nothing a terminal would obey.
std::vector<std::string> printable(std::vector<std::string> problems) {
  constexpr size_t kLongest = 1000;
  for (std::string& problem : problems) {
    std::string clean;
    for (const char c : problem) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte == 0x7F) {
        clean += fmt::format("\\x{:02x}", byte);
      } else {
        clean += c;
      }
      if (clean.size() > kLongest) {
        clean += "...";
        break;
      }
    }
    problem = std::move(clean);
  }
  return problems;
}

}  // namespace

UserError::UserError(std::vector<std::string> problems)
    : std::runtime_error(fmt::format("{}", fmt::join(printable(problems), "\n"))),
      problems_(printable(std::move(problems))) {}

namespace detail {

void check_failed(const char* file, int line, const char* expression, const std::string& message) {
  fmt::print(stderr, "internal error: {}:{}: {}{}{}\n", file, line, expression,
             message.empty() ? "" : ": ", message);
  std::fflush(stderr);
  std::abort();
}

void fail_on_nameless_enum(int64_t value) { OLV_CHECK(false, "enum value {} has no name", value); }

}  // namespace detail
}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/error.h"

#include "models/base/enum_names.h"

#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>

namespace olivine {

UserError::UserError(std::vector<std::string> problems)
    : std::runtime_error(fmt::format("{}", fmt::join(problems, "\n"))),
      problems_(std::move(problems)) {}

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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace olivine {

// Kinds of failure and their exits (docs/architecture.md, "Errors"):
//   UserError    a file, key, value or shape the user can correct: caught in main, exit 2;
//   CheckFailed  two implementations that must agree do not: caught in main, exit 1;
//   NoProgress    a simulation that stands still: caught in main, exit 3;
//   OLV_CHECK    a bug in a model: prints the values and aborts, in Release too.

// One or more problems, one line each. All problems of one input are reported together. Control
// characters they quote are shown as \xNN, and very long ones are cut.
class UserError : public std::runtime_error {
 public:
  explicit UserError(std::vector<std::string> problems);
  explicit UserError(std::string problem) : UserError(std::vector{std::move(problem)}) {}
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

// Configuration, name and file problems.
class ConfigError : public UserError {
 public:
  using UserError::UserError;
};

// A shape, format or scheme that the addressed unit cannot execute; the message says why.
class ShapeError : public UserError {
 public:
  using UserError::UserError;
};

class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A simulation in which nothing moves any more; the message is the state of every unit.
// Caught in main, exit 3.
class NoProgress : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Collects every problem of one input before any is thrown.
class Problems {
 public:
  void add(std::string problem) { list_.push_back(std::move(problem)); }
  [[nodiscard]] bool is_empty() const { return list_.empty(); }
  [[nodiscard]] const std::vector<std::string>& list() const { return list_; }
  void throw_if_any() const {
    if (!list_.empty()) throw ConfigError{list_};
  }

 private:
  std::vector<std::string> list_;
};

namespace detail {
[[noreturn]] void check_failed(const char* file, int line, const char* expression,
                               const std::string& message);
}  // namespace detail

}  // namespace olivine

// An invariant of the program itself. On in every build type.
#define OLV_CHECK(expression, ...)                                     \
  do {                                                                 \
    if (!(expression)) [[unlikely]]                                    \
      ::olivine::detail::check_failed(__FILE__, __LINE__, #expression, \
                                      ::fmt::format("" __VA_ARGS__));  \
  } while (false)

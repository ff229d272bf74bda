// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/tool.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine {
namespace {

constexpr int kCannotStart = 127;  // as a shell says it

constexpr std::array kPackages = {
    std::pair<std::string_view, std::string_view>{"verilator_coverage", "verilator"},
    std::pair<std::string_view, std::string_view>{"yosys-smtbmc", "yosys"},
    std::pair<std::string_view, std::string_view>{"sta", "opensta"}};

std::string_view package_of(std::string_view program) {
  for (const auto& [name, package] : kPackages) {
    if (name == program) return package;
  }
  return program;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& folder,
                         int output) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  close(output);
  if (!folder.empty() && chdir(folder.c_str()) != 0) _exit(kCannotStart);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(kCannotStart);
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t count = read(descriptor, block.data(), block.size());
    if (count > 0) text.append(block.data(), static_cast<size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return text;
  }
}

}  // namespace

ToolResult run_tool(const std::vector<std::string>& arguments, const std::string& folder) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    throw ConfigError{fmt::format("{}: {}", arguments[0], std::strerror(errno))};
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    become(arguments, folder, ends[1]);
  }
  close(ends[1]);
  ToolResult result;
  if (child > 0) result.output = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    throw ConfigError{fmt::format("{}: {}", arguments[0], std::strerror(errno))};
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (result.status == kCannotStart && !has_tool(arguments[0])) {
    throw ConfigError{fmt::format("{}: not installed (Debian package {})", arguments[0],
                                  package_of(arguments[0]))};
  }
  return result;
}

bool has_tool(const std::string& program) {
  if (program.find('/') != std::string::npos) return access(program.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "" : path, ':')) {
    const auto file = std::filesystem::path{folder} / program;
    if (access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/experiments/cli/cli_process.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace olivine::support {
namespace {

// In the child: stdout and stderr go to the files, then the program replaces it.
[[noreturn]] void become_cli(std::vector<std::string> words, const std::string& out,
                             const std::string& err) {
  if (std::freopen(out.c_str(), "w", stdout) == nullptr) _exit(126);
  if (std::freopen(err.c_str(), "w", stderr) == nullptr) _exit(126);
  words.insert(words.begin(), cli_path());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

CliResult run(const std::vector<std::string>& arguments, int signal,
              const std::function<bool()>& is_ready) {
  const ScratchFolder folder;
  const std::string out = folder.path("out");
  const std::string err = folder.path("err");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error{"fork"};
  if (child == 0) become_cli(arguments, out, err);
  if (signal != 0) {
    constexpr std::chrono::seconds kPatience{60};
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!is_ready() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    kill(child, signal);
  }
  int state = 0;
  rusage usage{};
  if (wait4(child, &state, 0, &usage) != child) throw std::runtime_error{"wait4"};
  const int status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  return {status, read_text(out), read_text(err), usage.ru_maxrss * int64_t{1024}};
}

}  // namespace

std::string cli_path() { return OLV_CLI_PATH; }

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream{line};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

CliResult run_cli(const std::vector<std::string>& arguments) { return run(arguments, 0, {}); }
CliResult run_cli(const std::string& line) { return run(words_of(line), 0, {}); }
CliResult run_cli_and_signal(const std::string& line, int signal,
                             const std::function<bool()>& is_ready) {
  return run(words_of(line), signal, is_ready);
}

ScratchFolder::ScratchFolder() {
  // mkdtemp replaces the six letters.
  std::string name = (std::filesystem::temp_directory_path() / "olivine_cli_").string();
  name += std::string(6, 'X');
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
  root_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string ScratchFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream{root_ / name} << text;
  return path(name);
}

std::vector<std::string> ScratchFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{root_}) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_text(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream{text};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace olivine::support

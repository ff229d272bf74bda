// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/ncu.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "models/base/text.h"

namespace olivine::measure {
namespace {

constexpr std::array kMetrics = {"gpu__time_duration.sum",
                                 "sm__cycles_active.avg",
                                 "sm__cycles_elapsed.max",
                                 "sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active",
                                 "sm__inst_executed_pipe_tensor_op_imma.sum",
                                 "sm__ops_path_tensor_src_int8.sum",
                                 "smsp__inst_executed_op_ldsm.sum",
                                 "l1tex__data_pipe_lsu_wavefronts_mem_shared.sum",
                                 "l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_ld.sum",
                                 "l1tex__m_xbar2l1tex_read_bytes.sum",
                                 "lts__t_bytes.sum",
                                 "dram__bytes_read.sum",
                                 "dram__bytes_write.sum"};
constexpr std::array kHopperMetrics = {
    "sm__inst_executed_pipe_tensor_op_gmma.sum",
    "sm__ops_path_tensor_op_igmma_src_int8.sum",
    "sm__ops_path_tensor_op_igmma_src_int8_sparsity_on.sum",
    "sm__sass_data_bytes_mem_shared_op_gmma.sum",
    "smsp__average_warps_issue_stalled_gmma_per_issue_active.ratio",
    "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_gmma.sum",
    "l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_gmma.sum",
    "l1tex__m_xbar2l1tex_read_bytes_pipe_tma.sum"};
constexpr int kHopper = 90;

bool is_program(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

// Folders in which installers put it; the newest version last.
std::vector<std::string> installed_folders() {
  std::vector<std::string> folders = {"/usr/local/cuda/bin", "/opt/nvidia/nsight-compute"};
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator{"/opt/nvidia/nsight-compute", error}) {
    folders.push_back(entry.path().string());
  }
  std::sort(folders.begin() + 2, folders.end());
  std::reverse(folders.begin() + 2, folders.end());
  return folders;
}

// Fields of one line, quoted or not.
std::vector<std::string> csv_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (const char c : line) {
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

// "1,234.5": ncu groups digits.
std::optional<double> counter_value(std::string text) {
  std::erase(text, ',');
  return parse_number(text);
}

// What ncu complains about, for a reason.
std::string complaint(std::string_view text) {
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("==ERROR==")) return line;
  }
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("==WARNING==")) return line;
  }
  return "no counters in its output";
}

}  // namespace

std::vector<std::string> ncu_metrics(int compute_capability) {
  std::vector<std::string> metrics(kMetrics.begin(), kMetrics.end());
  if (compute_capability == kHopper) {
    metrics.insert(metrics.end(), kHopperMetrics.begin(), kHopperMetrics.end());
  }
  return metrics;
}

std::optional<std::string> find_ncu(std::string_view path) {
  std::vector<std::string> folders = split(path, ':');
  for (const std::string& folder : installed_folders()) folders.push_back(folder);
  for (const std::string& folder : folders) {
    const std::filesystem::path program = std::filesystem::path{folder} / "ncu";
    if (!folder.empty() && is_program(program)) return program.string();
  }
  return std::nullopt;
}

std::vector<std::string> ncu_command(const std::string& ncu,
                                     const std::vector<std::string>& metrics,
                                     const NcuTarget& target) {
  std::string list;
  for (const std::string& metric : metrics) list += (list.empty() ? "" : ",") + metric;
  std::vector<std::string> command = {ncu,
                                      "--csv",
                                      "--page",
                                      "raw",
                                      "--print-units",
                                      "base",
                                      "--clock-control",
                                      "none",
                                      "--cache-control",
                                      "none",
                                      "--kernel-name-base",
                                      "function",
                                      "--kernel-name",
                                      target.kernel_function,
                                      "--launch-count",
                                      "1",
                                      "--metrics",
                                      list};
  command.insert(command.end(), target.command.begin(), target.command.end());
  return command;
}

std::string function_name(std::string_view demangled) {
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  const size_t anonymous = demangled.find(kAnonymous);
  if (anonymous != std::string_view::npos) {
    return function_name(demangled.substr(anonymous + kAnonymous.size()));
  }
  const std::string_view name =
      demangled.substr(0, std::min(demangled.find('<'), demangled.find('(')));
  const size_t start = name.find_last_of(": ");
  return std::string{start == std::string_view::npos ? name : name.substr(start + 1)};
}

std::string shell_text(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    const bool is_plain =
        !word.empty() &&
        word.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,%@") ==
            std::string::npos;
    if (!text.empty()) text += ' ';
    if (is_plain) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word) text += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    text += '\'';
  }
  return text;
}

Status parse_ncu_csv(std::string_view text, std::map<std::string, double>& counters) {
  // Raw page: a line of names, a line of units, a line a launch; other lines are of the program.
  std::vector<std::string> names;
  std::map<std::string, double> found;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("\"ID\"")) {
      names = csv_fields(line);
      continue;
    }
    if (names.empty() || !line.starts_with('"')) continue;
    const std::vector<std::string> values = csv_fields(line);
    if (values.size() != names.size() || values.front().empty()) continue;  // units have no ID
    for (size_t i = 0; i < names.size(); ++i) {
      const auto value = counter_value(values[i]);
      if (value && names[i].find("__") != std::string::npos) found[names[i]] = *value;
    }
    break;
  }
  if (found.empty()) return Status::refuse("ncu: " + complaint(text));
  counters = std::move(found);
  return {};
}

Status run_ncu(const std::vector<std::string>& command, std::map<std::string, double>& counters) {
  const std::string line = shell_text(command) + " 2>&1";
  std::FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return Status::refuse("ncu: cannot be started");
  std::string output;
  std::array<char, 4096> buffer{};
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  pclose(pipe);
  return parse_ncu_csv(output, counters);
}

}  // namespace olivine::measure

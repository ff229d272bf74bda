// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "experiments/sweep/cluster/job_template.h"
#include "experiments/sweep/cluster/slurm.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

using std::string_view;

// Lines of job.sh that are replaced.
constexpr string_view kOptionsLine = "# <options of sbatch>\n";
constexpr string_view kSettingsLine = "# <settings>\n";

// One word for bash, whatever it holds.
std::string quoted(string_view text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return word + "'";
}

std::string option_lines(const SlurmOptions& options) {
  std::string lines = "#SBATCH --job-name=olivine-sweep\n";
  lines += fmt::format("#SBATCH --cpus-per-task={}\n", options.threads);
  if (!options.memory.empty()) lines += fmt::format("#SBATCH --mem={}\n", options.memory);
  if (!options.time_limit.empty()) lines += fmt::format("#SBATCH --time={}\n", options.time_limit);
  if (!options.partition.empty()) {
    lines += fmt::format("#SBATCH --partition={}\n", options.partition);
  }
  lines += "#SBATCH --requeue\n";
  lines += "#SBATCH --open-mode=append\n";
  lines += "#SBATCH --signal=B:TERM@60\n";
  for (const std::string& option : options.extra) lines += fmt::format("#SBATCH {}\n", option);
  return lines;
}

std::string setting_lines(const SlurmOptions& options, const Submission& submission) {
  const std::string node = options.node_folder.empty() ? R"("${SLURM_TMPDIR:-${TMPDIR:-/tmp}}")"
                                                       : quoted(options.node_folder);
  return fmt::format(
      "program={}\n"
      "folder={}\n"
      "directory={}  # relative paths in the sweep are from here\n"
      "node={}\n"
      "shards={}\n"
      "threads={}\n",
      quoted(submission.program), quoted(submission.folder), quoted(submission.directory), node,
      submission.shards, options.threads);
}

void replace_line(std::string& text, string_view line, const std::string& lines) {
  const size_t at = text.find(line);
  OLV_CHECK(at != std::string::npos, "job.sh has no line {}", line);
  text.replace(at, line.size(), lines);
}

}  // namespace

std::string job_script(const SlurmOptions& options, const Submission& submission) {
  std::string script{sweep_job_files().front().text};
  // The second line first: what is put in could hold the other one's text.
  replace_line(script, kSettingsLine, setting_lines(options, submission));
  replace_line(script, kOptionsLine, option_lines(options));
  return script;
}

}  // namespace olivine::sweep

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/ncu_session.h"

#include <cstdlib>
#include <filesystem>

#include "kernels/measure/ncu.h"
#include "kernels/measure/record.h"
#include "kernels/measure/request.h"
#include "kernels/measure/session.h"

namespace olivine::measure {
namespace {

constexpr double kNcuLimitSeconds = 180;

// This program, to run the one kernel of the case: its first launch is the case.
std::vector<std::string> program_command(const MeasureRequest& request, const CaseRecord& record) {
  std::vector<std::string> command = {std::filesystem::read_symlink("/proc/self/exe").string()};
  if (!request.verb.empty()) command.push_back(request.verb);
  for (const std::string& word :
       {std::string{"--check-only"}, std::string{"--gemm"}, extents_text(record.shape),
        std::string{"--scheme"}, std::string{record.variant->name}, std::string{"--kernels"},
        record.kernel, std::string{"--device"}, std::to_string(request.device),
        std::string{"--seed"}, std::to_string(request.seed)}) {
    command.push_back(word);
  }
  return command;
}

void add_counters_of(const MeasureRequest& request, const std::string& ncu, int capability,
                     CaseRecord& record, std::vector<std::string>& notes) {
  const NcuTarget target{function_name(record.launched_kernels.back()),
                         program_command(request, record)};
  const std::vector<std::string> command = ncu_command(ncu, ncu_metrics(capability), target);
  if (const Status status = run_ncu(command, record.counters); !status) {
    notes.push_back(std::string{record.variant->name} + ": " + status.reason());
  }
}

}  // namespace

void add_counters(const MeasureRequest& request, const SessionHooks& hooks, MeasureRecord& record) {
  const char* path = std::getenv("PATH");
  const auto ncu = find_ncu(path == nullptr ? "" : path);
  if (!ncu) {
    record.notes.emplace_back("counters: no program ncu (Nsight Compute) in PATH or /opt/nvidia");
    return;
  }
  const int capability = record.device ? record.device->compute_capability : 0;
  for (CaseRecord& one : record.cases) {
    if (hooks.should_stop()) return;
    if (one.shape != record.cases.front().shape) break;
    if (!one.timed || !one.variant->is_own() || one.launched_kernels.empty()) continue;
    hooks.begin_step("counters of " + one.kernel, kNcuLimitSeconds);
    add_counters_of(request, *ncu, capability, one, record.notes);
  }
}

}  // namespace olivine::measure

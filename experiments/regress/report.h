// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "experiments/regress/regression.h"
#include "experiments/regress/regression_result.h"

namespace olivine::regress {

// "cycle 12, pe, row 2, column 3, sum_q: expected 5, got 7".
[[nodiscard]] std::string describe(const Divergence& divergence);

// What a failure was, in one line.
[[nodiscard]] std::string summary_of(const Failure& failure);

// The command that runs only the failing seed again. `extra_options` are those that chose the tree
// under test: "--rtl my_rtl", or "".
[[nodiscard]] std::string replay_command(const Target& target, const Failure& failure,
                                         const std::string& extra_options);

// Several lines: where RTL and model part, how to replay it, where the waveform lies.
[[nodiscard]] std::string failure_text(const Target& target, const TargetResult& result,
                                       const std::string& extra_options);

// One entry a target of the schema olivine.regress/1.
[[nodiscard]] nlohmann::ordered_json results_json(std::span<const Target> targets,
                                                  std::span<const TargetResult> results,
                                                  const std::string& extra_options);

// 0 when everything passed; 1 when anything differs, crashes or hangs; 3 when the only failures are
// of the watchdog; 2 when a bench could not run.
[[nodiscard]] int exit_status(std::span<const TargetResult> results);

// A word for a POSIX shell, quoted where it has to be.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace olivine::regress

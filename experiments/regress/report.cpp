// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "models/base/text.h"

namespace olivine::regress {
namespace {

using Json = nlohmann::ordered_json;

using Place = std::pair<const char*, std::optional<int64_t>>;

std::array<Place, 3> places_of(const Divergence& divergence) {
  return {Place{"row", divergence.row}, Place{"column", divergence.col},
          Place{"lane", divergence.lane}};
}

std::string place_text(const Divergence& divergence) {
  std::string text = fmt::format("cycle {}, {}", divergence.cycle, divergence.block);
  for (const auto& [name, value] : places_of(divergence)) {
    if (value) text += fmt::format(", {} {}", name, *value);
  }
  return text;
}

// "  name      value", further lines of the value below it.
std::string field(std::string_view name, const std::string& value) {
  if (value.empty()) return "";
  std::string text;
  for (const std::string& line : split(value, '\n')) {
    text += fmt::format("  {:<10} {}\n", text.empty() ? name : "", line);
  }
  return text;
}

// "no progress": what happened, where it is no divergence.
std::string heading_of(const Failure& failure) {
  std::string heading{name_of<FailureKind>(kFailureKindNames, failure.kind)};
  std::ranges::replace(heading, '_', ' ');
  return heading;
}

Json divergence_json(const Divergence& divergence) {
  Json json = {{"cycle", divergence.cycle}, {"block", divergence.block}};
  for (const auto& [name, value] : places_of(divergence)) {
    if (value) json[name] = *value;
  }
  json["signal"] = divergence.signal;
  json["expected"] = divergence.expected;
  json["got"] = divergence.got;
  json["context"] = divergence.context;
  return json;
}

Json failure_json(const Target& target, const TargetResult& result,
                  const std::string& extra_options) {
  const Failure& failure = *result.failure;
  Json json = {{"kind", name_of<FailureKind>(kFailureKindNames, failure.kind)},
               {"seed", failure.seed},
               {"cases", failure.cases},
               {"text", failure.text},
               {"replay", replay_command(target, failure, extra_options)}};
  if (failure.divergence) json["divergence"] = divergence_json(*failure.divergence);
  if (!result.evidence.waveform.empty()) {
    json["waveform"] = result.evidence.waveform;
    json["gtkwave_save_file"] = result.evidence.save_file;
  }
  return json;
}

}  // namespace

std::string describe(const Divergence& divergence) {
  return fmt::format("{}, {}: expected {}, got {}", place_text(divergence), divergence.signal,
                     divergence.expected, divergence.got);
}

std::string summary_of(const Failure& failure) {
  if (failure.kind == FailureKind::Divergence) return describe(*failure.divergence);
  const std::string first_line = failure.text.substr(0, failure.text.find('\n'));
  return fmt::format("{}: {}", heading_of(failure), first_line);
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string{c};
  return quoted + "'";
}

std::string replay_command(const Target& target, const Failure& failure,
                           const std::string& extra_options) {
  std::string command = fmt::format("olivine regress --block {}", target.bench->block);
  for (const auto& [name, value] : target.parameters) {
    command += fmt::format(" --set {}={}", name, value);
  }
  command += fmt::format(" --seeds {} --cases {}", failure.seed, failure.cases);
  if (!extra_options.empty()) command += " " + extra_options;
  return command + " --wave";
}

std::string failure_text(const Target& target, const TargetResult& result,
                         const std::string& extra_options) {
  const Failure& failure = *result.failure;
  std::string text = fmt::format("FAILED {}, seed {}\n", name_of(target), failure.seed);
  if (failure.kind != FailureKind::Divergence) text += field(heading_of(failure), failure.text);
  if (failure.divergence) text += field("first at", place_text(*failure.divergence));
  if (failure.kind == FailureKind::Divergence) {
    const Divergence& divergence = *failure.divergence;
    text += field("signal", divergence.signal);
    text += field("expected", divergence.expected);
    text += field("got", divergence.got);
    text += field("context", divergence.context);
  }
  text += field("replay", replay_command(target, failure, extra_options));
  text += field("waveform", result.evidence.waveform.empty() ? result.evidence.remark
                                                             : result.evidence.waveform);
  if (!result.evidence.save_file.empty()) {
    text += field("signals", "gtkwave " + shell_word(result.evidence.save_file));
  }
  return text;
}

Json results_json(std::span<const Target> targets, std::span<const TargetResult> results,
                  const std::string& extra_options) {
  Json list = Json::array();
  for (size_t i = 0; i < targets.size(); ++i) {
    const Target& target = targets[i];
    const TargetResult& result = results[i];
    Json entry = {{"block", target.bench->block},
                  {"parameters", Json(target.parameters)},
                  {"first_seed", target.seeds.first},
                  {"last_seed", target.seeds.last},
                  {"cases", target.cases},
                  {"seeds_run", result.seeds},
                  {"cycles", result.cycles},
                  {"checks", result.checks},
                  {"time_s", result.seconds},
                  {"is_passed", !result.failure && result.seeds == target.seeds.count()}};
    if (result.failure) entry["failure"] = failure_json(target, result, extra_options);
    list.push_back(std::move(entry));
  }
  return list;
}

int exit_status(std::span<const TargetResult> results) {
  bool has_no_progress = false;
  bool has_error = false;
  for (const TargetResult& result : results) {
    if (!result.failure) continue;
    switch (result.failure->kind) {
      case FailureKind::Divergence:
      case FailureKind::Assertion:
      case FailureKind::Crash:
      case FailureKind::Silence:
        return 1;
      case FailureKind::NoProgress:
        has_no_progress = true;
        break;
      case FailureKind::Error:
        has_error = true;
        break;
    }
  }
  return has_no_progress ? 3 : has_error ? 2 : 0;
}

}  // namespace olivine::regress

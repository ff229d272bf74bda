// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/wave.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace olivine::regress {
namespace {

// Flags of GTKWave's save files: how a line shows the signals below it.
constexpr std::string_view kHexadecimal = "@22";
constexpr std::string_view kBinary = "@28";
constexpr std::string_view kComment = "@200";
// Zoom z shows 2^-z units of time in 200 pixels: 1000 pixels are 40 cycles.
constexpr double kZoom = -4.0;
constexpr int64_t kShownBefore = 20;  // cycles left of the marker

// Nothing where a placeholder has no value.
std::optional<std::string> expand(std::string name, const Divergence& divergence) {
  const std::array places = {std::pair{"{row}", divergence.row}, std::pair{"{col}", divergence.col},
                             std::pair{"{lane}", divergence.lane}};
  for (const auto& [placeholder, value] : places) {
    for (size_t at = name.find(placeholder); at != std::string::npos; at = name.find(placeholder)) {
      if (!value) return std::nullopt;
      name.replace(at, std::string_view{placeholder}.size(), fmt::format("{}", *value));
    }
  }
  return name;
}

void add(std::vector<WaveSignal>& signals, const std::string& name, const RtlModel& model) {
  const RtlSignal* signal = model.find(name);
  WaveSignal wave{"TOP." + name, signal == nullptr ? 0 : signal->bits};
  const auto is_same = [&](const WaveSignal& other) { return other.name == wave.name; };
  if (std::ranges::none_of(signals, is_same)) signals.push_back(std::move(wave));
}

}  // namespace

std::vector<WaveSignal> wave_signals(const BlockBench& bench, const Divergence& divergence,
                                     const RtlModel& model) {
  std::vector<WaveSignal> signals;
  for (const char* control : {"clk_i", "rst_ni"}) {
    if (model.find(control) != nullptr) add(signals, control, model);
  }
  if (model.find(divergence.signal) != nullptr) add(signals, divergence.signal, model);
  for (const std::string_view wave : bench.waves) {
    if (const auto name = expand(std::string{wave}, divergence)) add(signals, *name, model);
  }
  return signals;
}

std::string save_file_text(const std::string& trace_path, const std::vector<WaveSignal>& signals,
                           int64_t first, const Divergence& divergence) {
  const int64_t start = std::max(first, divergence.cycle - kShownBefore);
  std::string text = fmt::format("[dumpfile] \"{}\"\n[timestart] {}\n", trace_path, 2 * start);
  text += fmt::format("*{:.6f} {}", kZoom, edge_time(divergence.cycle));
  for (int named_marker = 0; named_marker < 26; ++named_marker) text += " -1";
  text += fmt::format("\n{}\n-cycle {}: {} expected {}, got {}\n", kComment, divergence.cycle,
                      divergence.signal, divergence.expected, divergence.got);
  for (const WaveSignal& signal : signals) {
    text += fmt::format("{}\n{}", signal.bits == 1 ? kBinary : kHexadecimal, signal.name);
    text += signal.bits > 1 ? fmt::format("[{}:0]\n", signal.bits - 1) : "\n";
  }
  return text;
}

}  // namespace olivine::regress

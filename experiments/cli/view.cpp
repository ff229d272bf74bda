// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "experiments/cli/arguments.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/option_reader.h"
#include "experiments/cli/output.h"
#include "experiments/cli/text_table.h"
#include "experiments/cli/view_player.h"
#include "experiments/view/frame_text.h"
#include "experiments/view/page.h"
#include "experiments/view/recorder.h"
#include "models/base/config_table.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

constexpr std::string_view kDefaultScheme = "w4a4-ovp";
constexpr std::array kShortcuts = {Shortcut{"dataflow", "array.dataflow"},
                                   Shortcut{"pipelining", "array.pipelining"},
                                   Shortcut{"dram", "dram.model"}};
constexpr double kMinFps = 0.1;
constexpr double kMaxFps = 60;
constexpr double kDefaultFps = 2;

// The command line of olivine view array, read option by option; every problem is reported.
class ViewOptions {
 public:
  explicit ViewOptions(const Arguments& arguments)
      : arguments_(arguments), reader_(arguments, problems_) {}

  view::Example example() {
    view::Example example;
    example.machine = view::default_machine();
    if (const auto name = arguments_.get("machine")) {
      reader_.attempt([&] { example.machine = load_machine(*name); });
    }
    for (const Override& entry : reader_.overrides(kShortcuts)) {
      example.machine.places.erase(entry.key);
      const auto problem = machine_table().set(example.machine, entry.key, entry.value);
      if (problem) problems_.add(fmt::format("{}: {}", entry.option, *problem));
    }
    for (const std::string& entry : arguments_.all("set")) {
      if (!entry.starts_with("workload.")) continue;
      problems_.add(fmt::format("--set {}: there is no workload, only --gemm", entry));
    }
    if (const auto rows = reader_.integer("rows", 1, view::kMaxSide)) {
      example.machine.array.rows = *rows;
    }
    if (const auto cols = reader_.integer("cols", 1, view::kMaxSide)) {
      example.machine.array.cols = *cols;
    }
    example.scheme = parse_scheme(kDefaultScheme);
    if (const auto scheme = reader_.scheme()) example.scheme = *scheme;
    if (const auto gemm = extents("gemm")) {
      example.shape = GemmShape{(*gemm)[0], (*gemm)[1], (*gemm)[2], 1};
    }
    example.tile = extents("tile");
    example.seed = reader_.seed();
    fps_ = read_fps();
    check_cycles();
    problems_.throw_if_any();
    validate(example.machine);
    return example;
  }

  // First and last frame to show. Contract: example() returned.
  [[nodiscard]] CycleRange cycles(const view::Recording& recording) const {
    const auto last = static_cast<int64_t>(recording.frames.size()) - 1;
    if (!cycles_) return {0, last};
    if (cycles_->last > last) {
      throw ConfigError{
          fmt::format("--cycles = {}: must be within 0..{}", *arguments_.get("cycles"), last)};
    }
    return *cycles_;
  }
  [[nodiscard]] double fps() const { return fps_; }

 private:
  std::optional<std::array<int64_t, 3>> extents(const std::string& option) {
    constexpr std::array<std::string_view, 3> kNames = {"m", "n", "k"};
    const auto text = arguments_.get(option);
    if (!text) return std::nullopt;
    const std::vector<int64_t> sizes = reader_.extents(option, *text, kNames);
    if (sizes.size() != 3 || std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) {
      return std::nullopt;
    }
    return std::array{sizes[0], sizes[1], sizes[2]};
  }

  double read_fps() {
    const auto text = arguments_.get("fps");
    if (!text) return kDefaultFps;
    const auto fps = parse_number(*text);
    if (fps && *fps >= kMinFps && *fps <= kMaxFps) return *fps;
    problems_.add(fmt::format("--fps = {}: must be {}..{}", *text, kMinFps, kMaxFps));
    return kDefaultFps;
  }

  void check_cycles() {
    const auto text = arguments_.get("cycles");
    if (!text) return;
    const size_t dots = text->find("..");
    const auto first = parse_int(text->substr(0, dots));
    const auto last = dots == std::string::npos ? first : parse_int(text->substr(dots + 2));
    if (first && last && *first >= 0 && *first <= *last) {
      cycles_ = {*first, *last};
    } else {
      problems_.add(fmt::format("--cycles = {}: must be A..B or one cycle", *text));
    }
  }

  const Arguments& arguments_;
  Problems problems_;
  OptionReader reader_;
  std::optional<CycleRange> cycles_;
  double fps_ = kDefaultFps;
};

void print_frames(const view::Recording& recording, CycleRange cycles,
                  const view::TextOptions& options) {
  Output output{std::nullopt};
  output.append(view::heading_text(recording, options));
  for (int64_t cycle = cycles.first; cycle <= cycles.last; ++cycle) {
    output.append("\n");
    output.append(
        view::frame_text(recording, recording.frames[static_cast<size_t>(cycle)], options));
  }
  output.commit("");
}

void check_subject(const Arguments& arguments) {
  if (arguments.positional().empty()) throw ConfigError{"missing: what to show, array"};
  const std::string& subject = arguments.positional().front();
  if (subject != "array") throw ConfigError{fmt::format("{}: must be array", subject)};
}

}  // namespace

// olivine view array: record, then play, print or write.
int run_view(const Arguments& arguments) {
  check_subject(arguments);
  ViewOptions options{arguments};
  const view::Example example = options.example();
  if (const auto path = arguments.get("html")) {
    Output output{path, "--html", Unfinished::Picture};
    const view::Recording recording = view::record(example);
    const CycleRange cycles = options.cycles(recording);
    output.commit(view::page(recording, cycles.first, cycles.last, options.fps()));
    return 0;
  }
  const view::Recording recording = view::record(example);
  const CycleRange cycles = options.cycles(recording);
  view::TextOptions text;
  text.is_colored = is_stdout_colored();
  text.is_ascii = arguments.has("ascii");
  if (can_play()) {
    play(recording, cycles, options.fps(), text);
  } else {
    print_frames(recording, cycles, text);
  }
  return 0;
}

}  // namespace olivine::cli

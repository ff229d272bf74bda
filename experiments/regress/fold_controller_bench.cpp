// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The fold controller against sim/systolic's ArrayDriver: every strobe and index, every cycle.
// Operands of the driver's folds carry their own index, so that its border says which operand
// enters; when results leave is said by the folds that the driver reports as finished.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "experiments/regress/benches.h"
#include "models/base/error.h"
#include "sim/systolic/array_driver.h"

namespace olivine::regress {
namespace {

constexpr int64_t kFoldsPerCase = 12;
constexpr double kCutShare = 0.2;     // cases that a reset ends in the middle ...
constexpr double kCutChance = 0.02;   // ... of which every cycle is the last one so often
constexpr int64_t kIdleLimit = 4000;  // cycles without a strobe: many times any random pause

// Index t as a slice that is never zero; unique below 15 * 16.
constexpr int64_t kMaxIndex = 15 * 16;
Slice index_slice(int64_t t) {
  return {static_cast<int8_t>(t % 15 + 1), static_cast<uint8_t>(t / 15)};
}
std::optional<int64_t> slice_index(Slice slice) {
  if (slice.integer == 0) return std::nullopt;
  return slice.exponent * 15 + slice.integer - 1;
}

// Results of column 0 that one fold still has to deliver.
struct ResultRun {
  int64_t begin = 0;  // cycle of the first one
  int64_t count = 0;
};

class FoldControllerBench {
 public:
  explicit FoldControllerBench(BenchContext& context)
      : context_(context),
        geometry_(make_geometry_of(context.parameters)),
        longest_(longest_length(context.parameters)),
        outputs_({std::max(kMaxIndex, geometry_.rows), geometry_.cols, 1, 1}) {}

  std::optional<Divergence> run() {
    for (int64_t i = 0; i < context_.cases; ++i) {
      if (auto divergence = run_case()) return divergence;
    }
    return std::nullopt;
  }

 private:
  struct Chances {
    double fold, top, start;
  };

  static ArrayGeometry make_geometry_of(const Parameters& parameters) {
    ArrayGeometry geometry;
    geometry.rows = parameters.at("Rows");
    geometry.cols = parameters.at("Cols");
    geometry.dataflow = parameters.at("OutputStationary") != 0 ? Dataflow::OutputStationary
                                                               : Dataflow::WeightStationary;
    return geometry;
  }

  static int64_t longest_length(const Parameters& parameters) {
    const auto bits = parameters.find("LengthBits");
    if (bits == parameters.end()) return kMaxIndex;
    return std::min(kMaxIndex, (int64_t{1} << std::min<int64_t>(bits->second, 16)) - 1);
  }

  std::optional<Divergence> run_case() {
    Rng& rng = context_.rng;
    geometry_.pipelining = rng.chance(0.3) ? Pipelining::Serial : Pipelining::Overlapped;
    driver_.emplace(geometry_, outputs_);
    lengths_.clear();
    for (int64_t i = 0; i < kFoldsPerCase; ++i) lengths_.push_back(random_length());
    preloaded_ = started_ = finished_ = 0;
    is_preloaded_ = is_fold_valid_ = false;
    results_.clear();
    finish_at_.clear();
    // A case with all chances 1 shows the shortest intervals.
    const auto chance = [&] { return rng.chance(0.4) ? 1.0 : 0.05 + 0.9 * rng.unit(); };
    const Chances chances{chance(), chance(), chance()};
    write("overlapped_i", geometry_.pipelining == Pipelining::Overlapped ? 1 : 0);
    for (const char* port : {"fold_valid_i", "top_ready_i", "start_ready_i"}) write(port, 0);
    context_.model.reset();
    int64_t idle = 0;
    const int64_t tail = geometry_.flush_cycles() + 5;
    const bool is_cut = rng.chance(kCutShare);
    for (int64_t after = 0; after < tail; after += finished_ == kFoldsPerCase ? 1 : 0) {
      if (is_cut && rng.chance(kCutChance)) break;
      const int64_t moved = preloaded_ + started_ + finished_;
      if (auto divergence = cycle(chances)) return divergence;
      idle = moved == preloaded_ + started_ + finished_ ? idle + 1 : 0;
      if (idle > kIdleLimit) throw NoProgress{describe_stall()};
    }
    return std::nullopt;
  }

  int64_t random_length() {
    Rng& rng = context_.rng;
    const int64_t rows = geometry_.rows;
    if (rng.chance(0.2)) return 1;
    if (rng.chance(0.5)) return std::clamp<int64_t>(rows + rng.uniform(-2, 2), 1, longest_);
    return rng.uniform(1, std::min(longest_, 3 * rows + 4));
  }

  std::optional<Divergence> cycle(const Chances& chances) {
    now_ = context_.model.cycle();
    Rng& rng = context_.rng;
    if (started_ < kFoldsPerCase && rng.chance(chances.fold)) is_fold_valid_ = true;
    const bool top_ready = preloaded_ < kFoldsPerCase && rng.chance(chances.top);
    const bool start_ready = rng.chance(chances.start);
    write("fold_valid_i", is_fold_valid_ ? 1 : 0);
    // Anything but zero where no fold waits.
    const int64_t shown = is_fold_valid_ ? length(started_) : rng.uniform(1, longest_);
    write("fold_length_i", static_cast<uint64_t>(shown));
    write("top_ready_i", top_ready ? 1 : 0);
    write("start_ready_i", start_ready ? 1 : 0);
    context_.model.settle();
    if (!context_.model.failure().empty()) return failure("assertion", context_.model.failure());

    const bool starts = is_fold_valid_ && start_ready && model_can_start();
    if (starts) model_start();
    const bool preloads = top_ready && driver_->can_preload(now_);
    if (preloads) model_preload();
    const bool is_busy = driver_->folds_in_flight() != 0 || is_preloaded_;
    const int finished = driver_->step(now_);
    finished_ += finished;
    auto divergence = compare("start_o", starts);
    if (!divergence) divergence = compare("preload_o", preloads);
    if (!divergence) divergence = compare("busy_o", is_busy);
    if (!divergence) divergence = compare_border(is_busy);
    if (!divergence) divergence = compare_results();
    if (!divergence) divergence = compare_finish(finished != 0);
    context_.model.edge();
    return divergence;
  }

  [[nodiscard]] bool is_os() const { return geometry_.is_output_stationary(); }
  [[nodiscard]] int64_t length(int64_t fold) const { return lengths_[static_cast<size_t>(fold)]; }
  [[nodiscard]] bool model_can_start() const {
    return (is_os() || is_preloaded_) && driver_->can_start(length(started_), now_);
  }

  void model_start() {
    const int64_t stream = length(started_);
    is_os() ? driver_->start(make_fold(stream), now_) : driver_->start(now_);
    is_preloaded_ = is_fold_valid_ = false;
    ++started_;
    // Column 0, as stated at ArrayDriver::collect.
    const int64_t first = now_ + geometry_.rows - 1 + (is_os() ? stream : 0);
    results_.push_back({first, is_os() ? geometry_.rows : stream});
  }

  void model_preload() {
    driver_->preload(make_fold(length(preloaded_)), now_);
    is_preloaded_ = true;
    ++preloaded_;
  }

  [[nodiscard]] Fold make_fold(int64_t stream) const {
    Fold fold;
    fold.stream = stream;
    fold.m = {0, is_os() ? geometry_.rows : stream};
    fold.n = {0, geometry_.cols};
    fold.k = {0, 1};
    std::vector<Slice> left(static_cast<size_t>(geometry_.rows * stream));
    for (int64_t t = 0; t < stream; ++t) left[static_cast<size_t>(t)] = index_slice(t);
    fold.left = std::make_shared<const std::vector<Slice>>(std::move(left));
    const int64_t steps = is_os() ? stream : geometry_.rows;
    const int64_t pitch = is_os() ? 1 : geometry_.cols;
    fold.top.resize(static_cast<size_t>(steps * geometry_.cols));
    for (int64_t i = 0; i < steps; ++i) fold.top[static_cast<size_t>(i * pitch)] = index_slice(i);
    return fold;
  }

  // What enters row 0 and column 0. The driver leaves its border alone while it has nothing to do.
  std::optional<Divergence> compare_border(bool is_busy) {
    const ArrayBorder& border = driver_->border();
    const auto left = is_busy ? slice_index(border.left[0]) : std::nullopt;
    const auto top = is_busy ? slice_index(border.top[0]) : std::nullopt;
    auto divergence = compare("left_active_o", left.has_value());
    if (!divergence) divergence = compare("left_first_o", is_busy && border.left_first[0] != 0);
    if (!divergence) divergence = compare("left_last_o", is_busy && border.left_last[0] != 0);
    if (!divergence && left) divergence = compare("left_index_o", *left);
    if (!divergence) divergence = compare("top_active_o", top.has_value());
    if (!divergence && top) divergence = compare("top_index_o", *top);
    if (!divergence) divergence = compare("capture_o", is_busy && border.capture);
    return divergence;
  }

  std::optional<Divergence> compare_results() {
    while (!results_.empty() && results_.front().begin + results_.front().count <= now_) {
      results_.pop_front();
    }
    const bool is_valid = !results_.empty() && results_.front().begin <= now_;
    auto divergence = compare("result_valid_o", is_valid);
    if (divergence || !is_valid) return divergence;
    const ResultRun& run = results_.front();
    const int64_t i = now_ - run.begin;
    divergence = compare("result_first_o", i == 0);
    if (!divergence) divergence = compare("result_last_o", i == run.count - 1);
    if (!divergence) divergence = compare("result_index_o", is_os() ? run.count - 1 - i : i);
    return divergence;
  }

  // A fold is finished when its last result leaves the last column.
  std::optional<Divergence> compare_finish(bool is_finished) {
    if (context_.model.signal("result_last_o").value() != 0) {
      finish_at_.push_back(now_ + geometry_.cols - 1);
    }
    const bool got = !finish_at_.empty() && finish_at_.front() == now_;
    if (got) finish_at_.pop_front();
    ++context_.checks;
    if (got == is_finished) return std::nullopt;
    return failure("result_last_o",
                   is_finished ? "last result of the fold, cols-1 cycles ago" : "0",
                   got ? "1, cols-1 cycles ago" : "0");
  }

  void write(const char* port, uint64_t value) { context_.model.signal(port).set(value); }

  std::optional<Divergence> compare(const char* signal, int64_t expected) {
    ++context_.checks;
    const auto got = static_cast<int64_t>(context_.model.signal(signal).value());
    if (got == expected) return std::nullopt;
    return failure(signal, fmt::format("{}", expected), fmt::format("{}", got));
  }

  [[nodiscard]] Divergence failure(const std::string& signal, const std::string& expected,
                                   const std::string& got = "") const {
    Divergence divergence;
    divergence.cycle = now_;
    divergence.block = "fold_controller";
    divergence.signal = signal;
    divergence.expected = expected;
    divergence.got = got;
    divergence.context = describe();
    return divergence;
  }

  [[nodiscard]] std::string describe() const {
    return fmt::format("{}x{} {} {}, {} of {} folds preloaded, {} started, {} finished",
                       geometry_.rows, geometry_.cols, is_os() ? "os" : "ws",
                       geometry_.pipelining == Pipelining::Serial ? "serial" : "overlapped",
                       preloaded_, kFoldsPerCase, started_, finished_);
  }

  [[nodiscard]] std::string describe_stall() const {
    std::string text = fmt::format("fold_controller: no strobe in {} cycles, cycle {}: {}",
                                   kIdleLimit, now_, describe());
    for (const RtlSignal& signal : context_.model.signals()) {
      if (signal.bits <= 57 && signal.rows * signal.cols == 1) {
        text += fmt::format("\n  {} = {}", signal.name, signal.value());
      }
    }
    return text;
  }

  BenchContext& context_;
  ArrayGeometry geometry_;
  int64_t longest_;  // length of a fold
  OutputGrid outputs_;
  std::optional<ArrayDriver> driver_;
  std::vector<int64_t> lengths_;
  int64_t preloaded_ = 0, started_ = 0, finished_ = 0;
  bool is_preloaded_ = false;   // the driver holds a fold that has not started
  bool is_fold_valid_ = false;  // stays until the fold is taken
  std::deque<ResultRun> results_;
  std::deque<int64_t> finish_at_;
  int64_t now_ = 0;
};

std::optional<Divergence> run_fold_controller(BenchContext& context) {
  return FoldControllerBench{context}.run();
}

constexpr std::array<ParameterInfo, 4> kParameters = {{
    {"Rows", 1, 64, "rows of the array"},
    {"Cols", 1, 64, "columns of the array"},
    {"OutputStationary", 0, 1, "0: ws and is, 1: os"},
    {"LengthBits", 1, 16, "of a fold's length; row numbers fit too"},
}};

Parameters size(int64_t rows, int64_t cols, int64_t is_os, int64_t length_bits) {
  return {{"Rows", rows}, {"Cols", cols}, {"OutputStationary", is_os}, {"LengthBits", length_bits}};
}

const std::array kVariants = {size(1, 1, 0, 4), size(1, 1, 1, 16), size(5, 4, 0, 3),
                              size(5, 4, 1, 8), size(8, 8, 0, 16), size(3, 7, 1, 2)};

const std::array kLongVariants = {size(1, 9, 0, 6),   size(9, 1, 1, 6),   size(2, 2, 0, 2),
                                  size(16, 16, 0, 8), size(16, 16, 1, 5), size(64, 64, 1, 16)};

constexpr std::array<std::string_view, 21> kPorts = {
    "clk_i",        "rst_ni",         "overlapped_i",   "fold_valid_i",  "fold_length_i",
    "top_ready_i",  "start_ready_i",  "preload_o",      "start_o",       "left_active_o",
    "left_first_o", "left_last_o",    "left_index_o",   "top_active_o",  "top_index_o",
    "capture_o",    "result_valid_o", "result_first_o", "result_last_o", "result_index_o",
    "busy_o"};

constexpr std::array<std::string_view, 19> kWaves = {
    "start_o",       "preload_o",      "fold_valid_i", "fold_length_i",  "top_ready_i",
    "start_ready_i", "left_active_o",  "left_first_o", "left_last_o",    "left_index_o",
    "top_active_o",  "top_index_o",    "capture_o",    "result_valid_o", "result_first_o",
    "result_last_o", "result_index_o", "busy_o",       "overlapped_i"};

}  // namespace

const BlockBench kFoldControllerBench{
    "fold_controller",
    "fold_controller",
    "every strobe against ArrayDriver, every cycle; a case is 12 folds of random lengths",
    kParameters,
    kVariants,
    kPorts,
    kWaves,
    run_fold_controller,
    kLongVariants};

}  // namespace olivine::regress

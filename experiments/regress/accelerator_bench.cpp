// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The accelerator in lockstep with sim/systolic's ArrayDriver. The driver is told which operands
// are resident from the beats that the streams accepted; then starts and preloads must be equal in
// every cycle, PE registers equal a constant number of cycles later, and every output beat equal to
// gemm_golden. All four streams pause at random on both sides.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "experiments/regress/accelerator_layer.h"
#include "experiments/regress/accelerator_pes.h"
#include "experiments/regress/accelerator_streams.h"
#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "models/base/error.h"
#include "models/numerics/ovp.h"
#include "sim/systolic/array_driver.h"

namespace olivine::regress {
namespace {

constexpr int64_t kOperandDelay = 2;  // rtl/accelerator/accelerator.sv
constexpr int64_t kIdleLimit = 3000;  // cycles in which nothing moves: many times any random pause
constexpr double kCutShare = 0.15;    // cases that a reset ends in the middle ...
constexpr double kCutChance = 0.01;   // ... of which every cycle is the last one so often
constexpr uint32_t kKeepsLeft = 1, kAccumulates = 2, kDrains = 4;

class AcceleratorBench {
 public:
  explicit AcceleratorBench(BenchContext& context)
      : context_(context),
        model_(context.model),
        limits_{parameter("Rows", 8),
                parameter("Cols", 8),
                parameter("OutputStationary", 0) != 0,
                parameter("Sparse", 0) != 0,
                parameter("BufferDepth", 32),
                parameter("OutputDepth", 32)},
        pes_(context, limits_.rows, limits_.cols, kOperandDelay),
        fold_stream_(stream("fold")),
        left_stream_(stream("left")),
        top_stream_(stream("top")) {}

  std::optional<Divergence> run() {
    for (int64_t i = 0; i < context_.cases; ++i) {
      if (auto divergence = run_case()) return divergence;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] int64_t parameter(const char* name, int64_t otherwise) const {
    const auto found = context_.parameters.find(name);
    return found == context_.parameters.end() ? otherwise : found->second;
  }
  [[nodiscard]] AcceleratorStream stream(const std::string& name) const {
    return {&model_.signal(name + "_valid_i"), &model_.signal(name + "_ready_o")};
  }
  [[nodiscard]] bool is_os() const { return limits_.is_output_stationary; }
  // Cycles from the first line's read to that of the last pair of lines.
  [[nodiscard]] static int64_t last_pair_after(int64_t lines) {
    return 2 * (ceil_div(lines, 2) - 1);
  }
  void write(const char* port, uint64_t value) const { model_.signal(port).set(value); }
  [[nodiscard]] uint64_t random_bits(uint32_t bits) {
    return context_.rng.next() & ((uint64_t{1} << bits) - 1);
  }

  std::optional<Divergence> run_case();
  void begin_case();
  void configure();
  std::optional<Divergence> cycle();
  void drive();
  void drive_fold();
  void drive_operands(AcceleratorStream& stream, const char* side, const OperandBlock* block,
                      size_t beat);
  std::optional<Divergence> check_ready();
  std::optional<Divergence> step_model();
  void start_fold();
  void preload_fold();
  std::optional<Divergence> check_output();
  void take_operands();
  std::optional<Divergence> compare(const char* signal, int64_t expected, int64_t got);
  [[nodiscard]] Divergence divergence(const std::string& signal, const std::string& expected,
                                      const std::string& got) const;
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] std::string describe_stall() const;

  BenchContext& context_;
  RtlModel& model_;
  AcceleratorLimits limits_;
  AcceleratorPes pes_;
  AcceleratorStream fold_stream_, left_stream_, top_stream_;
  double out_chance_ = 1.0;

  AcceleratorLayer layer_;
  std::optional<OutputGrid> outputs_;
  std::optional<ArrayDriver> driver_;
  int64_t now_ = 0;
  int64_t idle_ = 0;  // cycles since something moved
  // Progress through the layer, from what the RTL accepted in earlier cycles.
  size_t left_blocks_ = 0, left_beat_ = 0;
  size_t top_blocks_ = 0, top_beat_ = 0;
  size_t preloaded_ = 0, started_ = 0, finished_ = 0;
  bool is_preloaded_ = false;
  bool is_fold_taken_ = false;  // in this cycle
  HeldHalves left_halves_, top_halves_;
  std::deque<int64_t> complete_at_;  // regions that wait or leave: their first possible beat
  int64_t next_beat_at_ = 0;
  int64_t committed_ = 0;  // regions whose last fold has started and whose beats are not all out
  size_t beats_ = 0;
};

std::optional<Divergence> AcceleratorBench::run_case() {
  begin_case();
  // Long enough for a beat or a fold too many to show.
  const int64_t tail = 3 * (limits_.rows + limits_.cols) + 20;
  const bool is_cut = context_.rng.chance(kCutShare);
  for (int64_t after = 0; after < tail;) {
    if (is_cut && context_.rng.chance(kCutChance)) return std::nullopt;
    if (auto found = cycle()) return found;
    const bool is_over = started_ == layer_.folds.size() && beats_ == layer_.beats.size() &&
                         driver_->folds_in_flight() == 0;
    after += is_over ? 1 : 0;
    if (!is_over && idle_ > kIdleLimit) throw NoProgress{describe_stall()};
  }
  for (size_t i = 0; i < layer_.golden.size(); ++i) {
    if (outputs_->values()[i] == layer_.golden[i]) continue;
    return divergence("ArrayDriver outputs", fmt::format("{}", layer_.golden[i]),
                      fmt::format("{}", outputs_->values()[i]));
  }
  return std::nullopt;
}

void AcceleratorBench::begin_case() {
  Rng& rng = context_.rng;
  layer_ = random_accelerator_layer(limits_, rng);
  outputs_.emplace(layer_.shape);
  driver_.emplace(layer_.geometry, *outputs_);
  left_blocks_ = left_beat_ = top_blocks_ = top_beat_ = preloaded_ = started_ = finished_ = beats_ =
      0;
  is_preloaded_ = is_fold_taken_ = false;
  committed_ = idle_ = next_beat_at_ = 0;
  left_halves_ = top_halves_ = HeldHalves{};
  complete_at_.clear();
  const auto chance = [&] { return rng.chance(0.4) ? 1.0 : 0.05 + 0.9 * rng.unit(); };
  for (AcceleratorStream* stream : {&fold_stream_, &left_stream_, &top_stream_}) {
    stream->chance = chance();
    stream->is_shown = false;
    stream->valid->set(0);
  }
  out_chance_ = chance();
  pes_.restart();
  configure();
  model_.reset();
}

void AcceleratorBench::configure() {
  const bool is_is = layer_.geometry.dataflow == Dataflow::InputStationary;
  const Format left = is_is ? layer_.scheme.weights : layer_.scheme.activations;
  const Format top = is_is ? layer_.scheme.activations : layer_.scheme.weights;
  // Formats without outliers have no use for a bias.
  const auto bias = [&](Format format) {
    const Grid& grid = paper_grid(format);
    return grid.has_outliers() ? static_cast<uint64_t>(grid.outlier.bias) : random_bits(4);
  };
  write("format_left_i", rtl_format(left));
  write("format_top_i", rtl_format(top));
  write("bias_left_i", bias(left));
  write("bias_top_i", bias(top));
  write("sparse_i", layer_.geometry.is_sparse ? 1 : 0);
  write("overlapped_i", layer_.geometry.pipelining == Pipelining::Overlapped ? 1 : 0);
}

std::optional<Divergence> AcceleratorBench::cycle() {
  now_ = model_.cycle();
  ++idle_;
  drive();
  model_.settle();
  if (!model_.failure().empty()) return divergence("assertion", "holds", model_.failure());
  auto found = check_ready();
  if (!found) found = step_model();
  if (!found) found = check_output();
  if (found) return found;
  take_operands();
  model_.edge();
  found = pes_.check(layer_.geometry.is_sparse ? 4 : 1);
  if (found) found->context = describe();
  return found;
}

void AcceleratorBench::drive() {
  drive_fold();
  const bool has_left = left_blocks_ < layer_.left_blocks.size();
  drive_operands(left_stream_, "left", has_left ? &layer_.left_blocks[left_blocks_] : nullptr,
                 left_beat_);
  const bool has_top = top_blocks_ < layer_.folds.size();
  drive_operands(top_stream_, "top", has_top ? &layer_.folds[top_blocks_].top : nullptr, top_beat_);
  write("out_ready_i", context_.rng.chance(out_chance_) ? 1 : 0);
}

// What is not valid is anything.
void AcceleratorBench::drive_fold() {
  if (started_ < layer_.folds.size() && context_.rng.chance(fold_stream_.chance)) {
    fold_stream_.is_shown = true;
  }
  fold_stream_.valid->set(fold_stream_.is_shown ? 1 : 0);
  if (!fold_stream_.is_shown) {
    for (const char* port : {"fold_length_i", "fold_results_i", "fold_base_i", "fold_flags_i"}) {
      write(port, random_bits(model_.signal(port).bits));
    }
    return;
  }
  const AcceleratorFold& fold = layer_.folds[started_];
  write("fold_length_i", static_cast<uint64_t>(fold.fold.stream));
  write("fold_results_i", static_cast<uint64_t>(fold.results));
  write("fold_base_i", static_cast<uint64_t>(fold.base));
  write("fold_flags_i", (fold.keeps_left ? kKeepsLeft : 0) | (fold.accumulates ? kAccumulates : 0) |
                            (fold.drains ? kDrains : 0));
}

void AcceleratorBench::drive_operands(AcceleratorStream& stream, const char* side,
                                      const OperandBlock* block, size_t beat) {
  const std::string name{side};
  const RtlSignal& last = model_.signal(name + "_last_i");
  const RtlSignal& odd = model_.signal(name + "_odd_i");
  const RtlSignal& data = model_.signal(name + "_data_i");
  if (block != nullptr && context_.rng.chance(stream.chance)) stream.is_shown = true;
  stream.valid->set(stream.is_shown ? 1 : 0);
  // Bits that a word does not use hold anything, but position nibbles of dense operands are zero.
  const bool is_left = &stream == &left_stream_;
  const uint32_t word_bits = !limits_.is_sparse ? 16 : is_left ? 32 : 24;
  const uint32_t used_bits = layer_.geometry.is_sparse || !is_left ? word_bits : 16;
  const auto words = static_cast<uint32_t>(ceil_div(is_left ? limits_.rows : limits_.cols, 2));
  for (uint32_t i = 0; i < words; ++i) {
    if (stream.is_shown) data.set(i * word_bits, used_bits, block->beats[beat][i]);
    const uint32_t kept = stream.is_shown ? used_bits : 0;
    if (kept < word_bits) data.set(i * word_bits + kept, word_bits - kept, context_.rng.next());
  }
  last.set(stream.is_shown ? (beat + 1 == block->beats.size() ? 1 : 0) : random_bits(1));
  odd.set(stream.is_shown && last.value() != 0 ? (block->is_odd ? 1 : 0) : random_bits(1));
}

// What the driver decides with the operands that were resident before this cycle.
std::optional<Divergence> AcceleratorBench::step_model() {
  const bool has_room = committed_ != 2;
  bool starts = false;
  if (fold_stream_.is_shown && has_room && (is_os() || is_preloaded_)) {
    const AcceleratorFold& fold = layer_.folds[started_];
    const bool has_operands =
        left_blocks_ > fold.left_block && (!is_os() || top_blocks_ > started_);
    starts = has_operands && driver_->can_start(fold.fold.stream, now_);
  }
  if (starts) start_fold();
  const bool preloads = !is_os() && top_blocks_ > preloaded_ && driver_->can_preload(now_);
  if (preloads) preload_fold();
  const bool is_busy = driver_->folds_in_flight() != 0 || is_preloaded_;
  const uint64_t status = model_.signal("status_o").value();
  auto found = compare("fold_ready_o", starts, fold_stream_.ready->value() != 0);
  if (!found) found = compare("status_o[1] (preload)", preloads, (status >> 1 & 1) != 0);
  if (!found) found = compare("status_o[0] (busy)", is_busy, (status & 1) != 0);
  if (found) return found;

  const int finished = driver_->step(now_);
  if (starts || preloads || finished != 0) idle_ = 0;
  if (finished != 0 && layer_.folds[finished_++].drains) {
    // The sum is written with the result, behind a register in ws; the region may leave a cycle
    // later, and a beat is there the cycle after its read.
    complete_at_.push_back(now_ + kOperandDelay + (is_os() ? 2 : 3));
  }
  pes_.expect(driver_->array(), is_busy);
  return std::nullopt;
}

void AcceleratorBench::start_fold() {
  const AcceleratorFold& fold = layer_.folds[started_];
  is_os() ? driver_->start(fold.fold, now_) : driver_->start(now_);
  const int64_t last = now_ + fold.fold.stream - 1;
  if (!fold.keeps_left) left_halves_.release_at(last + last_pair_after(limits_.rows));
  if (is_os()) top_halves_.release_at(last + last_pair_after(limits_.cols));
  committed_ += fold.drains ? 1 : 0;
  is_preloaded_ = false;
  is_fold_taken_ = true;
  ++started_;
}

void AcceleratorBench::preload_fold() {
  driver_->preload(layer_.folds[preloaded_].fold, now_);
  top_halves_.release_at(now_ + limits_.rows - 1 + last_pair_after(limits_.cols));
  is_preloaded_ = true;
  ++preloaded_;
}

std::optional<Divergence> AcceleratorBench::check_ready() {
  auto found =
      compare("left_ready_o", left_halves_.is_ready(now_), left_stream_.ready->value() != 0);
  if (found) return found;
  return compare("top_ready_o", top_halves_.is_ready(now_), top_stream_.ready->value() != 0);
}

// The beat that is shown, also while it waits. A region leaves without gaps.
std::optional<Divergence> AcceleratorBench::check_output() {
  const bool is_valid = model_.signal("out_valid_o").value() != 0;
  const bool is_due =
      !complete_at_.empty() && now_ >= std::max(complete_at_.front(), next_beat_at_);
  if (auto found = compare("out_valid_o", is_due, is_valid)) return found;
  if (!is_valid) return std::nullopt;
  if (beats_ == layer_.beats.size()) return divergence("out_valid_o", "no further beat", "1");
  const OutputBeat& beat = layer_.beats[beats_];
  const RtlSignal& data = model_.signal("out_data_o");
  for (int64_t c = 0; c < limits_.cols; ++c) {
    ++context_.checks;
    const auto got = static_cast<int32_t>(data.get(static_cast<uint32_t>(32 * c), 32));
    const int32_t expected = beat.columns[static_cast<size_t>(c)];
    if (got == expected) continue;
    auto found = divergence("out_data_o", fmt::format("{}", expected), fmt::format("{}", got));
    found.col = c;
    found.context += fmt::format(", beat {} of {}: {}", beats_, layer_.beats.size(), beat.place);
    return found;
  }
  if (auto found = compare("out_last_o", beat.is_last, model_.signal("out_last_o").value() != 0)) {
    return found;
  }
  if (model_.signal("out_ready_i").value() == 0) return std::nullopt;
  ++beats_;
  idle_ = 0;
  if (beat.is_last) {
    --committed_;
    complete_at_.pop_front();
    next_beat_at_ = now_ + 2;  // the other half is read in the next cycle
  }
  return std::nullopt;
}

void AcceleratorBench::take_operands() {
  if (is_fold_taken_) fold_stream_.is_shown = is_fold_taken_ = false;
  if (left_stream_.is_taken()) {
    left_stream_.is_shown = false;
    idle_ = 0;
    if (++left_beat_ == layer_.left_blocks[left_blocks_].beats.size()) {
      left_halves_.fill();
      left_beat_ = 0;
      ++left_blocks_;
    }
  }
  if (top_stream_.is_taken()) {
    top_stream_.is_shown = false;
    idle_ = 0;
    if (++top_beat_ == layer_.folds[top_blocks_].top.beats.size()) {
      top_halves_.fill();
      top_beat_ = 0;
      ++top_blocks_;
    }
  }
}

std::optional<Divergence> AcceleratorBench::compare(const char* signal, int64_t expected,
                                                    int64_t got) {
  ++context_.checks;
  if (got == expected) return std::nullopt;
  return divergence(signal, fmt::format("{}", expected), fmt::format("{}", got));
}

Divergence AcceleratorBench::divergence(const std::string& signal, const std::string& expected,
                                        const std::string& got) const {
  Divergence found;
  found.cycle = now_;
  found.block = "accelerator";
  found.signal = signal;
  found.expected = expected;
  found.got = got;
  found.context = describe();
  return found;
}

std::string AcceleratorBench::describe() const {
  return fmt::format("{}, fold {} of {}", layer_.describe(), started_, layer_.folds.size());
}

std::string AcceleratorBench::describe_stall() const {
  const uint64_t status = model_.signal("status_o").value();
  const auto bits = [&](int low) { return status >> low & 3; };
  std::string text = fmt::format(
      "accelerator: nothing moved in {} cycles, cycle {}: {}\n"
      "  controller: busy {}, {} folds preloaded, {} started, fold_valid_i {}\n"
      "  left scratchpad: {} halves held, {} blocks resident, block {} beat {}, left_ready_o {}\n"
      "  top scratchpad: {} halves held, {} blocks resident, block {} beat {}, top_ready_o {}\n"
      "  output scratchpad: halves that leave {:02b}, {} committed, beat {} of {}, out_valid_o {}\n"
      "  model: {} folds in flight, {} resident on the left, {} from the top",
      kIdleLimit, now_, describe(), status & 1, preloaded_, started_, fold_stream_.valid->value(),
      bits(2), bits(4), left_blocks_, left_beat_, left_stream_.ready->value(), bits(6), bits(8),
      top_blocks_, top_beat_, top_stream_.ready->value(), bits(10), bits(12), beats_,
      layer_.beats.size(), model_.signal("out_valid_o").value(), driver_->folds_in_flight(),
      left_blocks_, top_blocks_);
  for (const RtlSignal& signal : model_.signals()) {
    if (signal.direction != RtlSignal::Direction::Inside || signal.bits > 57) continue;
    if (signal.rows * signal.cols != 1 || signal.name.find("u_pe") != std::string::npos) continue;
    text += fmt::format("\n  {} = {:#x}", signal.name, signal.value());
  }
  return text;
}

std::optional<Divergence> run_accelerator(BenchContext& context) {
  return AcceleratorBench{context}.run();
}

constexpr std::array<ParameterInfo, 7> kParameters = {{
    {"Rows", 1, 64, "rows of the array"},
    {"Cols", 1, 64, "columns of the array"},
    {"OutputStationary", 0, 1, "0: ws and is, 1: os"},
    {"Sparse", 0, 1, "1: also 2:4 from the top"},
    {"LoopArray", 0, 1, "1: the array in loops, which simulates faster"},
    {"BufferDepth", 2, 1024, "words of a bank in one half of an operand scratchpad"},
    {"OutputDepth", 2, 1024, "results of a column in one half of the output scratchpad"},
}};

Parameters build(int64_t rows, int64_t cols, int64_t is_os, int64_t is_sparse, int64_t depth,
                 int64_t is_loop = 0) {
  return {{"Rows", rows},        {"Cols", cols},         {"OutputStationary", is_os},
          {"Sparse", is_sparse}, {"BufferDepth", depth}, {"OutputDepth", depth},
          {"LoopArray", is_loop}};
}

const std::array kVariants = {build(2, 2, 0, 0, 6),  build(4, 3, 1, 1, 8),  build(5, 4, 0, 1, 12),
                              build(3, 5, 1, 0, 10), build(8, 8, 0, 1, 24), build(8, 8, 1, 1, 24)};
const std::array kLongVariants = {
    build(1, 1, 0, 0, 4),     build(1, 1, 1, 1, 4),      build(7, 1, 0, 1, 5),
    build(1, 6, 1, 0, 3),     build(6, 7, 0, 0, 16),     build(11, 9, 1, 1, 20),
    build(16, 16, 0, 1, 40),  build(16, 16, 1, 1, 40),   build(5, 6, 0, 1, 10, 1),
    build(6, 5, 1, 1, 10, 1), build(32, 32, 0, 1, 64, 1)};

constexpr std::array<std::string_view, 29> kPorts = {
    "clk_i",         "rst_ni",         "format_left_i", "format_top_i", "bias_left_i",
    "bias_top_i",    "sparse_i",       "overlapped_i",  "fold_valid_i", "fold_ready_o",
    "fold_length_i", "fold_results_i", "fold_base_i",   "fold_flags_i", "left_valid_i",
    "left_ready_o",  "left_last_i",    "left_odd_i",    "left_data_i",  "top_valid_i",
    "top_ready_o",   "top_last_i",     "top_odd_i",     "top_data_i",   "out_valid_o",
    "out_ready_i",   "out_last_o",     "out_data_o",    "status_o"};

constexpr std::array<std::string_view, 24> kWaves = {
    "fold_valid_i",
    "fold_ready_o",
    "fold_length_i",
    "fold_flags_i",
    "status_o",
    "left_valid_i",
    "left_ready_o",
    "left_last_i",
    "top_valid_i",
    "top_ready_o",
    "top_last_i",
    "out_valid_o",
    "out_ready_i",
    "out_last_o",
    "out_data_o",
    "accelerator.u_controller.left_active_o",
    "accelerator.u_controller.left_index_o",
    "accelerator.u_controller.top_active_o",
    "accelerator.u_controller.top_index_o",
    "accelerator.u_controller.result_valid_o",
    "accelerator.u_controller.result_index_o",
    "accelerator.u_left.lines_o",
    "accelerator.u_top.lines_o",
    "accelerator.gen_tree.u_array.gen_row[{row}].gen_col[{col}].u_pe.sum_o"};

}  // namespace

const BlockBench kAcceleratorBench{
    "accelerator",
    "accelerator",
    "starts, PEs and output beats against ArrayDriver and gemm_golden; a case is one random GEMM",
    kParameters,
    kVariants,
    kPorts,
    kWaves,
    run_accelerator,
    kLongVariants};

}  // namespace olivine::regress

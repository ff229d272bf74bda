// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The accelerator in lockstep with sim/systolic's StreamAccelerator, which is offered the same
// folds and beats: ready, starts, preloads, busy and valid must be equal in every cycle, PE
// registers a constant number of cycles later, and every output beat of both equal to gemm_golden.
// All four streams pause at random on both sides.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "experiments/regress/accelerator_layer.h"
#include "experiments/regress/accelerator_pes.h"
#include "experiments/regress/accelerator_streams.h"
#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "models/base/error.h"
#include "models/numerics/ovp.h"
#include "sim/systolic/stream_accelerator.h"

namespace olivine::regress {
namespace {

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
        twin_(limits_),
        pes_(context, limits_.rows, limits_.cols, StreamAccelerator::kOperandDelay),
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
  std::optional<StreamBeat> drive_operands(AcceleratorStream& stream, const char* side,
                                           const OperandBlock* block, size_t beat);
  std::optional<Divergence> check_control(const StreamOutputs& expected);
  std::optional<Divergence> check_output(const StreamOutputs& expected);
  std::optional<Divergence> check_columns(const StreamOutputs& expected, const OutputBeat& beat);
  void take();
  std::optional<Divergence> compare(const char* signal, int64_t expected, int64_t got);
  [[nodiscard]] Divergence divergence(const std::string& signal, const std::string& expected,
                                      const std::string& got) const;
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] std::string describe_stall() const;

  BenchContext& context_;
  RtlModel& model_;
  AcceleratorLimits limits_;
  StreamAccelerator twin_;
  AcceleratorPes pes_;
  AcceleratorStream fold_stream_, left_stream_, top_stream_;
  double out_chance_ = 1.0;

  AcceleratorLayer layer_;
  StreamInputs inputs_;  // of this cycle
  int64_t now_ = 0;
  int64_t idle_ = 0;  // cycles since something moved
  // Progress through the layer, from what the RTL accepted in earlier cycles.
  size_t left_blocks_ = 0, left_beat_ = 0;
  size_t top_blocks_ = 0, top_beat_ = 0;
  size_t started_ = 0;
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
                         twin_.folds_in_flight() == 0;
    after += is_over ? 1 : 0;
    if (!is_over && idle_ > kIdleLimit) throw NoProgress{describe_stall()};
  }
  return std::nullopt;
}

void AcceleratorBench::begin_case() {
  Rng& rng = context_.rng;
  layer_ = random_accelerator_layer(limits_, rng);
  left_blocks_ = left_beat_ = top_blocks_ = top_beat_ = started_ = beats_ = 0;
  idle_ = 0;
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
  const auto [left, top] = array_operands(layer_.geometry.dataflow, layer_.scheme);
  // Formats without outliers have no use for a bias.
  const auto bias = [&](Format format) {
    const Grid& grid = paper_grid(format);
    return grid.has_outliers() ? grid.outlier.bias : static_cast<int>(random_bits(4));
  };
  StreamFormats formats{left,
                        top,
                        bias(left),
                        bias(top),
                        layer_.geometry.is_sparse,
                        layer_.geometry.pipelining == Pipelining::Overlapped};
  twin_.configure(formats);
  write("format_left_i", rtl_format(left));
  write("format_top_i", rtl_format(top));
  write("bias_left_i", static_cast<uint64_t>(formats.left_bias));
  write("bias_top_i", static_cast<uint64_t>(formats.top_bias));
  write("sparse_i", formats.is_sparse ? 1 : 0);
  write("overlapped_i", formats.is_overlapped ? 1 : 0);
}

std::optional<Divergence> AcceleratorBench::cycle() {
  now_ = model_.cycle();
  ++idle_;
  drive();
  model_.settle();
  if (!model_.failure().empty()) return divergence("assertion", "holds", model_.failure());
  const StreamOutputs& expected = twin_.cycle(inputs_);
  auto found = check_control(expected);
  if (!found) found = check_output(expected);
  if (found) return found;
  if (expected.takes_fold || expected.preloads) idle_ = 0;
  pes_.expect(twin_.array(), expected.is_busy);
  take();
  model_.edge();
  found = pes_.check(layer_.geometry.is_sparse ? 4 : 1);
  if (found) found->context = describe();
  return found;
}

void AcceleratorBench::drive() {
  drive_fold();
  const bool has_left = left_blocks_ < layer_.left_blocks.size();
  inputs_.left = drive_operands(left_stream_, "left",
                                has_left ? &layer_.left_blocks[left_blocks_] : nullptr, left_beat_);
  const bool has_top = top_blocks_ < layer_.folds.size();
  inputs_.top = drive_operands(top_stream_, "top",
                               has_top ? &layer_.folds[top_blocks_].top : nullptr, top_beat_);
  inputs_.is_output_ready = context_.rng.chance(out_chance_);
  write("out_ready_i", inputs_.is_output_ready ? 1 : 0);
}

// What is not valid is anything.
void AcceleratorBench::drive_fold() {
  if (started_ < layer_.folds.size() && context_.rng.chance(fold_stream_.chance)) {
    fold_stream_.is_shown = true;
  }
  fold_stream_.valid->set(fold_stream_.is_shown ? 1 : 0);
  inputs_.fold = fold_stream_.is_shown ? &layer_.folds[started_].command : nullptr;
  if (!fold_stream_.is_shown) {
    for (const char* port : {"fold_length_i", "fold_results_i", "fold_base_i", "fold_flags_i"}) {
      write(port, random_bits(model_.signal(port).bits));
    }
    return;
  }
  const FoldCommand& fold = *inputs_.fold;
  write("fold_length_i", static_cast<uint64_t>(fold.length));
  write("fold_results_i", static_cast<uint64_t>(fold.results));
  write("fold_base_i", static_cast<uint64_t>(fold.base));
  write("fold_flags_i", (fold.keeps_left ? kKeepsLeft : 0) | (fold.accumulates ? kAccumulates : 0) |
                            (fold.drains ? kDrains : 0));
}

std::optional<StreamBeat> AcceleratorBench::drive_operands(AcceleratorStream& stream,
                                                           const char* side,
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
    if (stream.is_shown) data.set(i * word_bits, used_bits, block->beat(beat)[i]);
    const uint32_t kept = stream.is_shown ? used_bits : 0;
    if (kept < word_bits) data.set(i * word_bits + kept, word_bits - kept, context_.rng.next());
  }
  last.set(stream.is_shown ? (beat + 1 == block->beats() ? 1 : 0) : random_bits(1));
  odd.set(stream.is_shown && last.value() != 0 ? (block->is_odd ? 1 : 0) : random_bits(1));
  if (!stream.is_shown) return std::nullopt;
  return StreamBeat{block->beat(beat), last.value() != 0, block->is_odd};
}

std::optional<Divergence> AcceleratorBench::check_control(const StreamOutputs& expected) {
  const auto ready = [](const AcceleratorStream& stream) { return stream.ready->value() != 0; };
  const uint64_t status = model_.signal("status_o").value();
  auto found = compare("left_ready_o", expected.left_ready, ready(left_stream_));
  if (!found) found = compare("top_ready_o", expected.top_ready, ready(top_stream_));
  if (!found) found = compare("fold_ready_o", expected.takes_fold, ready(fold_stream_));
  if (!found) found = compare("status_o[1] (preload)", expected.preloads, (status >> 1 & 1) != 0);
  if (!found) found = compare("status_o[0] (busy)", expected.is_busy, (status & 1) != 0);
  return found;
}

// The beat that is shown, also while it waits.
std::optional<Divergence> AcceleratorBench::check_output(const StreamOutputs& expected) {
  const bool is_valid = model_.signal("out_valid_o").value() != 0;
  if (auto found = compare("out_valid_o", expected.has_beat, is_valid)) return found;
  if (!is_valid) return std::nullopt;
  if (beats_ == layer_.beats.size()) return divergence("out_valid_o", "no further beat", "1");
  const OutputBeat& beat = layer_.beats[beats_];
  if (auto found = check_columns(expected, beat)) return found;
  if (auto found = compare("out_last_o of the model", beat.is_last, expected.is_last)) return found;
  if (auto found = compare("out_last_o", beat.is_last, model_.signal("out_last_o").value() != 0)) {
    return found;
  }
  if (!inputs_.is_output_ready) return std::nullopt;
  ++beats_;
  idle_ = 0;
  return std::nullopt;
}

std::optional<Divergence> AcceleratorBench::check_columns(const StreamOutputs& expected,
                                                          const OutputBeat& beat) {
  const RtlSignal& data = model_.signal("out_data_o");
  for (size_t c = 0; c < beat.columns.size(); ++c) {
    const auto got = static_cast<int32_t>(data.get(static_cast<uint32_t>(32 * c), 32));
    auto found = compare("out_data_o", beat.columns[c], got);
    if (!found) found = compare("out_data_o of the model", beat.columns[c], expected.columns[c]);
    if (!found) continue;
    found->col = static_cast<int64_t>(c);
    found->context += fmt::format(", beat {} of {}: {}", beats_, layer_.beats.size(), beat.place);
    return found;
  }
  return std::nullopt;
}

// What the RTL took in this cycle.
void AcceleratorBench::take() {
  if (fold_stream_.is_taken()) {
    fold_stream_.is_shown = false;
    ++started_;
  }
  if (left_stream_.is_taken()) {
    left_stream_.is_shown = false;
    idle_ = 0;
    if (++left_beat_ == layer_.left_blocks[left_blocks_].beats()) {
      left_beat_ = 0;
      ++left_blocks_;
    }
  }
  if (top_stream_.is_taken()) {
    top_stream_.is_shown = false;
    idle_ = 0;
    if (++top_beat_ == layer_.folds[top_blocks_].top.beats()) {
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
      "  controller: busy {}, {} folds started, fold_valid_i {}\n"
      "  left scratchpad: {} halves held, {} blocks resident, block {} beat {}, left_ready_o {}\n"
      "  top scratchpad: {} halves held, {} blocks resident, block {} beat {}, top_ready_o {}\n"
      "  output scratchpad: halves that leave {:02b}, {} committed, beat {} of {}, out_valid_o {}\n"
      "  model: {}",
      kIdleLimit, now_, describe(), status & 1, started_, fold_stream_.valid->value(), bits(2),
      bits(4), left_blocks_, left_beat_, left_stream_.ready->value(), bits(6), bits(8), top_blocks_,
      top_beat_, top_stream_.ready->value(), bits(10), bits(12), beats_, layer_.beats.size(),
      model_.signal("out_valid_o").value(), twin_.describe());
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
    "every output and PE against StreamAccelerator and gemm_golden; a case is one random GEMM",
    kParameters,
    kVariants,
    kPorts,
    kWaves,
    run_accelerator,
    kLongVariants};

}  // namespace olivine::regress

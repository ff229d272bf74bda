// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The tensor core with random instructions and random stalls on both sides: results against loops
// over element values (mma_stimulus.h), both handshakes against the documented timing in every
// cycle, stalls included.
#include <fmt/format.h>

#include <array>
#include <deque>
#include <utility>

#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "experiments/regress/mma_stimulus.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

constexpr int64_t kInstructionsPerCase = 8;

// When mma_unit accepts and answers. The age of an instruction is the number of cycles since its
// request in which the unit moved; it decodes at ages 1..steps, and its tile i is complete at age
// (i + 1) * k_steps + 2. A complete tile stops the unit while an older result is not taken.
class MmaTiming {
 public:
  explicit MmaTiming(const Parameters& parameters)
      : k_steps_(32 / parameters.at("Lanes")),
        steps_(16 / parameters.at("Rows") * (8 / parameters.at("Cols")) * k_steps_) {}

  [[nodiscard]] int64_t steps() const { return steps_; }
  [[nodiscard]] bool is_result_valid() const { return is_result_valid_; }
  [[nodiscard]] bool moves(bool result_ready) const {
    bool completes_tile = false;
    for (const int64_t age : ages_) completes_tile |= age >= k_steps_ + 1 && is_tile_end(age + 1);
    return !completes_tile || !is_result_valid_ || result_ready;
  }
  [[nodiscard]] bool is_ready(bool result_ready) const {
    if (ages_.empty() || ages_.back() >= steps_) return true;
    return ages_.back() + 1 == steps_ && moves(result_ready);
  }
  void step(bool accepts, bool result_ready) {
    const bool is_moving = moves(result_ready);
    if (result_ready) is_result_valid_ = false;
    for (int64_t& age : ages_) age += is_moving ? 1 : 0;
    if (!ages_.empty() && ages_.front() == steps_ + 2) {
      ages_.pop_front();
      is_result_valid_ = true;
    }
    if (accepts) ages_.push_back(0);
  }
  [[nodiscard]] std::string describe() const {
    std::string text = fmt::format("{} of {} steps:", ages_.size(), steps_);
    for (const int64_t age : ages_) text += fmt::format(" age {}", age);
    return text;
  }

 private:
  [[nodiscard]] bool is_tile_end(int64_t age) const { return (age - 2) % k_steps_ == 0; }

  int64_t k_steps_, steps_;
  std::deque<int64_t> ages_;  // oldest first
  bool is_result_valid_ = false;
};

class MmaUnitBench {
 public:
  explicit MmaUnitBench(BenchContext& context) : context_(context), timing_(context.parameters) {}

  std::optional<Divergence> run() {
    for (int64_t i = 0; i < context_.cases; ++i) {
      if (auto divergence = run_case()) return divergence;
    }
    return std::nullopt;
  }

 private:
  struct InFlight {
    MmaInstruction instruction;
    MmaRegisters expected;
  };
  struct Chances {
    double request, result;
  };

  std::optional<Divergence> run_case() {
    Rng& rng = context_.rng;
    timing_ = MmaTiming{context_.parameters};
    in_flight_.clear();
    next_.reset();
    write("request_valid_i", 0);
    write("result_ready_i", 0);
    context_.model.reset();
    // Both chances 1: one instruction every `steps` cycles, checked as any other timing.
    const auto chance = [&] { return rng.chance(0.4) ? 1.0 : 0.02 + 0.9 * rng.unit(); };
    const Chances chances{chance(), chance()};
    requests_left_ = kInstructionsPerCase;
    const int64_t idle_limit = 8 * timing_.steps() + 2000;
    for (int64_t idle = 0; requests_left_ != 0 || next_ || !in_flight_.empty(); ++idle) {
      if (idle > idle_limit) throw NoProgress{describe_stall()};
      const size_t before = in_flight_.size();
      if (auto divergence = cycle(chances)) return divergence;
      if (in_flight_.size() != before) idle = 0;
    }
    return std::nullopt;
  }

  std::optional<Divergence> cycle(const Chances& chances) {
    Rng& rng = context_.rng;
    if (!next_ && requests_left_ != 0 && rng.chance(chances.request)) {
      --requests_left_;
      if (auto divergence = prepare_request()) return divergence;
    }
    if (!next_) scribble();
    const bool result_ready = rng.chance(chances.result);
    write("request_valid_i", next_ ? 1 : 0);
    write("result_ready_i", result_ready ? 1 : 0);
    context_.model.settle();
    if (!context_.model.failure().empty()) return differ("assertion", "", context_.model.failure());
    const bool is_ready = timing_.is_ready(result_ready);
    const bool is_result_valid = timing_.is_result_valid();
    auto divergence = compare("request_ready_o", is_ready);
    if (!divergence) divergence = compare("result_valid_o", is_result_valid);
    if (!divergence && is_result_valid) divergence = compare_result();
    if (divergence) return divergence;

    const bool accepts = next_ && is_ready;
    timing_.step(accepts, result_ready);
    if (is_result_valid && result_ready) in_flight_.pop_front();
    if (accepts) {
      in_flight_.push_back(*next_);
      next_.reset();
    }
    context_.model.edge();
    return std::nullopt;
  }

  std::optional<Divergence> prepare_request() {
    next_ = InFlight{random_instruction(context_.rng), {}};
    const MmaInstruction& request = next_->instruction;
    next_->expected = expected_result(request);
    write("kind_i", static_cast<uint64_t>(request.kind));
    write("format_a_i", rtl_format(request.format_a));
    write("format_b_i", rtl_format(request.format_b));
    write("bias_i", static_cast<uint64_t>(request.bias));
    write_words("a_i", request.a);
    write_words("b_i", request.b);
    write_words("c_i", request.c);
    write_words("metadata_i", request.metadata);
    const auto objection = golden_objection(request, next_->expected);
    if (!objection) return std::nullopt;
    return differ("gemm_golden", "agreement with the loop over values", *objection);
  }

  // Without a request the payload means nothing.
  void scribble() {
    Rng& rng = context_.rng;
    const auto word = static_cast<uint32_t>(rng.uniform(0, 127));
    for (const char* port : {"a_i", "b_i", "c_i"}) {
      context_.model.signal(port).set(word * 32, 32, rng.next());
    }
    write("kind_i", rng.next() & 3);
    write("bias_i", rng.next() & 15);
  }

  void write(std::string_view port, uint64_t value) { context_.model.signal(port).set(value); }
  template <class Words>
  void write_words(std::string_view port, const Words& words) {
    const RtlSignal& signal = context_.model.signal(port);
    for (uint32_t i = 0; i < words.size(); ++i) signal.set(i * 32, 32, words[i]);
  }

  std::optional<Divergence> compare(std::string_view port, bool expected) {
    ++context_.checks;
    const bool got = context_.model.signal(port).value() != 0;
    if (got == expected) return std::nullopt;
    return differ(port, expected ? "1" : "0", got ? "1" : "0");
  }

  std::optional<Divergence> compare_result() {
    const RtlSignal& port = context_.model.signal("d_o");
    const MmaRegisters& expected = in_flight_.front().expected;
    for (uint32_t i = 0; i < expected.size(); ++i) {
      ++context_.checks;
      const auto got = static_cast<uint32_t>(port.get(i * 32, 32));
      if (got == expected[i]) continue;
      auto divergence = differ("d_o", fmt::format("{}", static_cast<int32_t>(expected[i])),
                               fmt::format("{}", static_cast<int32_t>(got)));
      const auto thread = static_cast<int>(i) / kMmaRegisters;
      const MmaElement place = c_element(thread, static_cast<int>(i) % kMmaRegisters);
      divergence.row = place.row;
      divergence.col = place.column;
      divergence.lane = thread;
      return divergence;
    }
    return std::nullopt;
  }

  [[nodiscard]] Divergence differ(std::string_view signal, std::string expected,
                                  std::string got) const {
    Divergence divergence;
    divergence.cycle = context_.model.cycle();
    divergence.block = "mma_unit";
    divergence.signal = signal;
    divergence.expected = std::move(expected);
    divergence.got = std::move(got);
    divergence.context = timing_.describe();
    for (const InFlight& each : in_flight_) {
      divergence.context += "; in flight: " + describe(each.instruction);
    }
    if (next_) divergence.context += "; requested: " + describe(next_->instruction);
    return divergence;
  }

  [[nodiscard]] std::string describe_stall() const {
    std::string text = fmt::format("mma_unit, cycle {}: {} requests left, {} in flight, {};",
                                   context_.model.cycle(), requests_left_ + (next_ ? 1 : 0),
                                   in_flight_.size(), timing_.describe());
    for (const char* name :
         {"request_valid_i", "request_ready_o", "result_valid_o", "result_ready_i",
          "mma_unit.busy_q", "mma_unit.step_q", "mma_unit.tile_q", "mma_unit.tile_done_q"}) {
      const RtlSignal* signal = context_.model.find(name);
      if (signal != nullptr) text += fmt::format(" {} {}", name, signal->value());
    }
    return text;
  }

  BenchContext& context_;
  MmaTiming timing_;
  std::deque<InFlight> in_flight_;  // oldest first; with a result that waits
  std::optional<InFlight> next_;
  int64_t requests_left_ = 0;
};

std::optional<Divergence> run_mma_unit(BenchContext& context) {
  return MmaUnitBench{context}.run();
}

constexpr std::array<ParameterInfo, 3> kParameters = {{
    {"Rows", 1, 16, "rows of dot product units; divides 16"},
    {"Cols", 1, 8, "columns of dot product units; divides 8"},
    {"Lanes", 2, 32, "8-bit products of a unit and cycle; divides 32, even"},
}};

const std::array<Parameters, 2> kVariants = {
    Parameters{{"Rows", 4}, {"Cols", 4}, {"Lanes", 8}},
    Parameters{{"Rows", 2}, {"Cols", 2}, {"Lanes", 4}},
};

constexpr std::array<std::string_view, 15> kPorts = {"clk_i",
                                                     "rst_ni",
                                                     "request_valid_i",
                                                     "request_ready_o",
                                                     "kind_i",
                                                     "format_a_i",
                                                     "format_b_i",
                                                     "bias_i",
                                                     "a_i",
                                                     "b_i",
                                                     "metadata_i",
                                                     "c_i",
                                                     "result_valid_o",
                                                     "result_ready_i",
                                                     "d_o"};

constexpr std::array<std::string_view, 9> kWaves = {
    "clk_i",           "request_valid_i", "request_ready_o", "kind_i",        "mma_unit.busy_q",
    "mma_unit.step_q", "mma_unit.tile_q", "result_valid_o",  "result_ready_i"};

}  // namespace

const BlockBench kMmaUnitBench{
    "mma_unit",
    "mma_unit",
    "results and both handshakes of random mma instructions; a case is 8 instructions",
    kParameters,
    kVariants,
    kPorts,
    kWaves,
    run_mma_unit,
    {},
    40};

}  // namespace olivine::regress

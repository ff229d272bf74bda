// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// 2:4 selection: groups pruned by models/numerics (legal positions), then any positions.
#include <array>
#include <vector>

#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "models/numerics/sparse.h"

namespace olivine::regress {
namespace {

constexpr int64_t kGroupsPerCase = 256;
constexpr uint32_t kGroup = 4;

std::string print_hex(uint64_t bits) { return fmt::format("0x{:X}", bits); }

class SparseSelectBench {
 public:
  explicit SparseSelectBench(BenchContext& context)
      : context_(&context),
        checker_(context, "sparse_select"),
        width_(static_cast<uint32_t>(context.parameters.at("Width"))),
        kept_(static_cast<uint32_t>(context.parameters.at("Kept"))),
        group_port_(&context.model.signal("group_i")),
        position_port_(&context.model.signal("position_i")),
        selected_port_(&context.model.signal("selected_o")) {}

  std::optional<Divergence> run() {
    for (int64_t i = 0; i < context_->cases * kGroupsPerCase; ++i) {
      std::array<uint64_t, kGroup> group{};
      for (uint64_t& element : group) element = random_element();
      const bool is_pruned = kept_ == 2 && context_->rng.chance(0.5);
      auto divergence = is_pruned ? check_pruned(group) : check_any(group);
      if (divergence) return divergence;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] uint64_t mask() const { return (uint64_t{1} << width_) - 1; }

  uint64_t random_element() {
    const int64_t kind = context_->rng.uniform(0, 7);
    if (kind == 0) return 0;
    if (kind == 1) return mask();
    return context_->rng.next() & mask();
  }

  // Positions and kept values as the model's pruner gives them for the group, taken as floats.
  std::optional<Divergence> check_pruned(const std::array<uint64_t, kGroup>& group) {
    std::array<float, kGroup> values{};
    for (size_t i = 0; i < kGroup; ++i) values[i] = static_cast<float>(i + 1);
    const std::array<uint8_t, 6> pairs = {3, 5, 6, 9, 10, 12};  // two of four bits set
    const uint8_t pair = pairs[static_cast<size_t>(context_->rng.uniform(0, 5))];
    std::array<uint8_t, kGroup> is_kept{};
    for (size_t i = 0; i < kGroup; ++i) is_kept[i] = (pair >> i & 1) != 0 ? 1 : 0;
    const TwoFourTensor pruned = prune_two_four(TensorView{"group", values, 1, kGroup}, is_kept);
    std::vector<uint64_t> expected;
    for (const float value : pruned.kept) expected.push_back(group[static_cast<size_t>(value) - 1]);
    return check(group, pruned.metadata[0], expected);
  }

  std::optional<Divergence> check_any(const std::array<uint64_t, kGroup>& group) {
    const uint64_t positions = context_->rng.next() & ((uint64_t{1} << (2 * kept_)) - 1);
    std::vector<uint64_t> expected;
    for (uint32_t i = 0; i < kept_; ++i) expected.push_back(group[positions >> (2 * i) & 3]);
    return check(group, positions, expected);
  }

  std::optional<Divergence> check(const std::array<uint64_t, kGroup>& group, uint64_t positions,
                                  const std::vector<uint64_t>& expected) {
    for (uint32_t i = 0; i < kGroup; ++i) group_port_->set(i * width_, width_, group[i]);
    position_port_->set(positions);
    checker_.step();
    const auto describe = [&] {
      return fmt::format("group {:X} {:X} {:X} {:X} (element 0 first), position_i 0x{:X}", group[0],
                         group[1], group[2], group[3], positions);
    };
    for (uint32_t i = 0; i < kept_; ++i) {
      auto divergence =
          checker_.compare(*selected_port_, {"selected_o", i * width_, width_, int64_t{i}},
                           expected[i], print_hex, describe);
      if (divergence) return divergence;
    }
    return std::nullopt;
  }

  BenchContext* context_;
  CombinationalChecker checker_;
  uint32_t width_;
  uint32_t kept_;
  const RtlSignal* group_port_;
  const RtlSignal* position_port_;
  const RtlSignal* selected_port_;
};

std::optional<Divergence> run_sparse_select(BenchContext& context) {
  return SparseSelectBench{context}.run();
}

constexpr std::array<ParameterInfo, 2> kParameters = {{
    {"Width", 1, 32, "bits of an element"},
    {"Kept", 1, 4, "elements selected of a group of four"},
}};

const std::array<Parameters, 3> kVariants = {
    Parameters{{"Width", 9}, {"Kept", 1}},
    Parameters{{"Width", 9}, {"Kept", 2}},
    Parameters{{"Width", 18}, {"Kept", 2}},
};

constexpr std::array<std::string_view, 3> kPorts = {"group_i", "position_i", "selected_o"};

}  // namespace

const BlockBench kSparseSelectBench{
    "sparse_select",
    "sparse_select",
    "pruned groups and any positions against the group; a case is 256 groups",
    kParameters,
    kVariants,
    kPorts,
    kPorts,
    run_sparse_select};

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/analytic/layer_bound.h"
#include "models/analytic/tiling.h"

namespace olivine {

class EnergyModel;
struct BorderPasses;
struct MachineConfig;

// The tilings of one layer that fit a machine, as a search for the best one sees them: a bound of
// each costs a few additions, because what one extent or two decide is computed once.
class TilingSearch {
 public:
  // Tilings of the given sizes, by Dim. Contract: as for Mapper; `machine` and `work` outlive this.
  TilingSearch(const ArrayGeometry& geometry, const MachineConfig& machine, const GemmWork& work,
               const std::array<std::vector<int64_t>, 3>& sizes);

  // Every tiling that fits, with its bound; of all loop orders or of the given one.
  void collect(const std::optional<LoopOrder>& given_order);
  [[nodiscard]] bool is_empty() const { return candidates_.empty(); }

  // Fewest cycles of all candidates, of which those more than `slack` times slower are forgotten.
  // Contract: not empty.
  [[nodiscard]] uint64_t fewest_cycles(double slack);
  // Least energy among candidates of at most `limit` cycles. Contract: there is one.
  [[nodiscard]] Tiling least_energy(uint64_t limit, const EnergyModel& model);

  [[nodiscard]] static uint64_t limit_of(uint64_t cycles, double slack);

 private:
  using Size = std::array<uint16_t, 3>;  // positions of the sizes, by Dim

  // A tiling, and bounds of what it takes.
  struct Candidate {
    Size size{};
    uint16_t order = 0;  // of kLoopOrders
    uint64_t cycles_bound = 0;
    double energy_bound = 0;
  };

  // What two extents decide of a tiling, by the positions of both sizes.
  class PairTable {
   public:
    struct Entry {
      OperandCut cut;
      bool is_fitting = false;
    };
    template <class EntryOf>
    PairTable(const std::vector<ExtentCut>& a, const std::vector<ExtentCut>& b, EntryOf entry)
        : columns_(b.size()) {
      entries_.reserve(a.size() * b.size());
      for (const ExtentCut& first : a) {
        for (const ExtentCut& second : b) entries_.push_back(entry(first.tiles, second.tiles));
      }
    }
    [[nodiscard]] const Entry& at(size_t a, size_t b) const { return entries_[a * columns_ + b]; }

   private:
    size_t columns_;
    std::vector<Entry> entries_;
  };

  [[nodiscard]] std::vector<ExtentCut> cut(Dim dim, const std::vector<int64_t>& sizes) const;
  void collect(const Size& size, const std::optional<LoopOrder>& given_order);
  void forget_above(uint64_t limit);
  [[nodiscard]] TileBounds bounds(const Size& size) const;
  [[nodiscard]] Tiling tiling(const Candidate& candidate) const;
  [[nodiscard]] bool is_before(const Candidate& a, const Candidate& b) const;
  [[nodiscard]] LayerTiming time(const Candidate& candidate) const;
  [[nodiscard]] double energy(const EnergyModel& model, const BorderPasses& passes, uint64_t cycles,
                              const OperandBytes& dram_bytes, uint64_t reload_bytes) const;

  ArrayGeometry geometry_;
  const MachineConfig& machine_;
  const GemmWork& work_;
  std::array<std::vector<ExtentCut>, 3> extents_;  // by Dim
  PairTable activations_;                          // by m, k
  PairTable weights_;                              // by n, k
  PairTable outputs_;                              // by m, n
  std::vector<Candidate> candidates_;
};

}  // namespace olivine

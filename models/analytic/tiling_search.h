// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cmath>
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
  // Tilings of the given sizes, by Dim. Contract: as for Mapper; all but `sizes` outlive this.
  TilingSearch(const ArrayGeometry& geometry, const MachineConfig& machine,
               const EnergyModel& model, const GemmWork& work,
               const std::array<std::vector<int64_t>, 3>& sizes);

  // Every tiling that fits, with its bound; of all loop orders or of the given one. Those that
  // can be neither the fastest nor, within `slack` times the fewest cycles, the one of least energy
  // are left out as far as that is known.
  void collect(const std::optional<LoopOrder>& given_order, double slack);
  [[nodiscard]] bool is_empty() const { return candidates_.empty(); }

  // Fewest cycles of all candidates. Contract: not empty.
  [[nodiscard]] uint64_t fewest_cycles();
  // Least energy among candidates of at most `limit` cycles; of equal ones fewest cycles, then the
  // smallest tile and order. Contract: there is one.
  [[nodiscard]] Tiling least_energy(uint64_t limit);

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

  // Energy is a sum of products: this is what one more of each costs, to a relative 1e-9.
  struct UnitEnergies {
    double base_pj = 0;
    double activation_pass_pj = 0;
    double weight_pass_pj = 0;
    double sum_pass_pj = 0;
    double activation_byte_pj = 0;
    double weight_byte_pj = 0;
    double weight_buffer_byte_pj = 0;
    double output_byte_pj = 0;
    double psum_byte_pj = 0;  // spilled and reloaded
    double cycle_pj = 0;
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
  void add(const Size& size, uint16_t order, const TileBounds& bounds);
  [[nodiscard]] TileBounds bounds(const Size& size) const;
  [[nodiscard]] Tiling tiling(const Candidate& candidate) const;
  [[nodiscard]] LayerTiming time(const Candidate& candidate) const;
  [[nodiscard]] UnitEnergies unit_energies() const;
  // Below the array cycles of any tiling.
  [[nodiscard]] uint64_t least_array_cycles() const;
  // Of the bytes and cycles of `timing`.
  [[nodiscard]] double energy(const BorderPasses& passes, const LayerTiming& timing) const;

  ArrayGeometry geometry_;
  const MachineConfig& machine_;
  const EnergyModel& model_;
  const GemmWork& work_;
  UnitEnergies unit_;
  std::array<std::vector<ExtentCut>, 3> extents_;  // by Dim
  PairTable activations_;                          // by m, k
  PairTable weights_;                              // by n, k
  PairTable outputs_;                              // by m, n
  std::vector<Candidate> candidates_;
  double slack_ = 1;
  // What is known so far: bounds of candidates, and tilings that were timed.
  double fastest_bound_ = HUGE_VAL;      // cycles
  double lightest_bound_pj_ = HUGE_VAL;  // of those within sure_limit_
  uint64_t fewest_cycles_ = UINT64_MAX;
  double lightest_pj_ = HUGE_VAL;  // of the tilings within sure_limit_
  // No tiling above limit_ is worth remembering; one within sure_limit_ is within the final limit.
  uint64_t limit_ = UINT64_MAX;
  uint64_t sure_limit_ = 0;
};

}  // namespace olivine

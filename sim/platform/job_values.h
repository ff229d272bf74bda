// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/systolic/tile_data.h"

namespace olivine {

class MemoryStore;
class OperandLayout;
struct Job;
struct LayerOperands;
struct LayerValues;
struct PackedMatrix;

// The values of one job. The host puts the operands of its slice into memory, tile by tile; the
// accelerator computes from what its DMA engine brought into these scratchpads, nothing else;
// finished outputs go back in the activation format, and are compared there in the end.
class JobValues final : public TileData {
 public:
  // `activation_lanes`, `weight_lanes`: lanes an element takes on the array. Contract: job and
  // layer outlive the object; the job is a slice of that layer.
  JobValues(const Job& job, const LayerValues& layer, int64_t activation_lanes,
            int64_t weight_lanes);
  ~JobValues() override;

  // The host's part: operands to their places.
  void store_operands(MemoryStore& memory) const;

  // The scratchpads: as large as the slice, filled as tiles arrive. What has not arrived is
  // poison in packed form and a legal but wrong value in decoded form.
  [[nodiscard]] const LayerOperands& decoded() const { return *decoded_; }
  [[nodiscard]] const PackedMatrix& activations(int64_t batch) const;
  [[nodiscard]] const PackedMatrix& weights(int64_t batch) const;

  void bind(OutputGrid& outputs) override { grid_ = &outputs; }
  void arrive(Operand operand, const TileVisit& visit, const std::vector<uint8_t>& bytes) override;
  void leave(Operand operand, const TileVisit& visit, std::vector<uint8_t>& bytes) override;

  // The job has ended with these int32 outputs.
  void take_outputs(std::span<const int32_t> outputs);

  // Contract: take_outputs() was called. Throws CheckFailed with the first int32 output, or the
  // first byte of the outputs in memory, that is not what the functional GEMM gives.
  void check(const MemoryStore& memory) const;

 private:
  struct Side;

  [[nodiscard]] Side side_of(Operand operand);
  void make_scratchpad(const Side& side) const;
  void store_side(Operand operand, MemoryStore& memory) const;
  void check_sums() const;
  void check_stored(const MemoryStore& memory) const;
  [[nodiscard]] std::vector<int32_t> expected_tile(const TileVisit& visit) const;
  [[nodiscard]] std::vector<uint8_t> requantized(const std::vector<int32_t>& sums, int64_t m,
                                                 int64_t n) const;

  const Job* job_;
  const LayerValues* layer_;
  std::unique_ptr<OperandLayout> layout_;
  int64_t activation_lanes_;
  int64_t weight_lanes_;
  OutputGrid* grid_ = nullptr;
  std::unique_ptr<LayerOperands> decoded_;
  std::vector<PackedMatrix> activations_, weights_;
  std::vector<int32_t> outputs_;
};

}  // namespace olivine

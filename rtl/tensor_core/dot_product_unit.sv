// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Dot product of a tensor core behind its decoders: Lanes 8-bit or 2 * Lanes 4-bit products a
// cycle, summed and accumulated. The 16EDP of OliVe (section 4.1) is Lanes = 8.
//
// A lane holds two slices of either operand. 4 bits: two elements, a0*b0 + a1*b1. 8 bits: the high
// and low slice of one element, (a0 + a1) * (b0 + b1) as four products of 5-bit numbers (section
// 4.5); the two cross products idle at 4 bits. All sums are modulo 2^32: the partial products of a
// large negative element leave the range of 32 bits and cancel.
`include "assert.svh"

module dot_product_unit #(
  parameter int unsigned Lanes = 8
) (
  input  logic                                  clk_i,
  input  logic                                  valid_i,  // without, sum_o keeps its value
  input  logic                                  is_8bit_i,
  input  logic [Lanes*2*olv_pkg::SliceBits-1:0] a_i,      // lane l: slices at index 2l, 2l + 1
  input  logic [Lanes*2*olv_pkg::SliceBits-1:0] b_i,
  input  logic [olv_pkg::SumBits-1:0]           sum_i,
  output logic [olv_pkg::SumBits-1:0]           sum_o     // after the edge: sum_i + dot product
);

  `ASSERT_PARAM(LanesPositive, Lanes >= 1)

  localparam int unsigned W = olv_pkg::SliceBits;

  // A balanced tree of adders, an array a level; level 0 is filled up with zeros.
  localparam int unsigned Products = Lanes * 4;
  localparam int unsigned Levels = $clog2(Products);
  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int unsigned Count = 1 << (Levels - level);
    logic [olv_pkg::SumBits-1:0] sums [Count];
    if (level > 0) begin : gen_add
      for (genvar i = 0; i < Count; i++) begin : gen_sum
        assign sums[i] = gen_level[level-1].sums[2*i] + gen_level[level-1].sums[2*i + 1];
      end
    end else begin : gen_fill
      for (genvar i = Products; i < Count; i++) begin : gen_zero
        assign sums[i] = '0;
      end
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    for (genvar p = 0; p < 4; p++) begin : gen_product
      // a0*b0, a1*b1 and the cross products a0*b1, a1*b0. At 4 bits a cross product multiplies by
      // zero, so that it does not switch.
      localparam int unsigned A = p % 2;
      localparam int unsigned B = (p == 1 || p == 2) ? 1 : 0;
      logic [W-1:0] a, b;
      logic signed [9:0] number;
      logic [4:0] exponent;
      assign a = (p < 2 || is_8bit_i) ? a_i[(2*l + A)*W +: W] : '0;
      assign b = b_i[(2*l + B)*W +: W];
      assign number = $signed(a[4:0]) * $signed(b[4:0]);
      assign exponent = {1'b0, a[8:5]} + {1'b0, b[8:5]};
      assign gen_level[0].sums[l*4 + p] = {{22{number[9]}}, number} << exponent;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      sum_o <= sum_i + gen_level[Levels].sums[0];
    end
  end

endmodule

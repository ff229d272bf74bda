// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Dot product of a tensor core behind its decoders: Lanes 8-bit products or 2 * Lanes 4-bit products
// a cycle, an adder tree, and one accumulation. The 16EDP of OliVe (section 4.1) is Lanes = 8.
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

  // number * number << exponent + exponent, modulo 2^32.
  function automatic logic [31:0] product(input logic [W-1:0] a, input logic [W-1:0] b);
    logic signed [9:0] number;
    logic [4:0] exponent;
    number = $signed(a[4:0]) * $signed(b[4:0]);
    exponent = {1'b0, a[8:5]} + {1'b0, b[8:5]};
    product = {{22{number[9]}}, number} << exponent;
  endfunction

  logic [olv_pkg::SumBits-1:0] lane_sum [Lanes];

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [W-1:0] a0, a1, b0, b1;
    logic [W-1:0] cross_a0, cross_a1;  // zero at 4 bits, so that the cross products do not switch
    assign a0 = a_i[2*l*W +: W];
    assign a1 = a_i[(2*l + 1)*W +: W];
    assign b0 = b_i[2*l*W +: W];
    assign b1 = b_i[(2*l + 1)*W +: W];
    assign cross_a0 = is_8bit_i ? a0 : '0;
    assign cross_a1 = is_8bit_i ? a1 : '0;
    assign lane_sum[l] = product(a0, b0) + product(a1, b1)
                       + product(cross_a0, b1) + product(cross_a1, b0);
  end

  logic [olv_pkg::SumBits-1:0] sum_d;
  always_comb begin
    sum_d = sum_i;
    for (int l = 0; l < Lanes; l++) begin
      sum_d = sum_d + lane_sum[l];
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      sum_o <= sum_d;
    end
  end

endmodule

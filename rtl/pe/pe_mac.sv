// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Multiply-accumulate of one PE: sum + ((left * top) << (left exponent + top exponent)), modulo
// 2^32 (OliVe section 4.4, figure 8): a 5 x 5 bit signed multiplier, an adder of the exponents, a
// shifter and the accumulator's adder.
`include "assert.svh"

module pe_mac #(
  parameter bit HasAssertions = 1'b1  // see pe
) (
  input  logic [olv_pkg::SliceBits-1:0] left_i,
  input  logic [olv_pkg::SliceBits-1:0] top_i,
  input  logic [olv_pkg::SumBits-1:0]   sum_i,
  output logic [olv_pkg::SumBits-1:0]   sum_o
);

  localparam int unsigned ProductBits = 2 * olv_pkg::NumberBits;

  olv_pkg::slice_t left, top;
  assign left = left_i;
  assign top = top_i;

  logic signed [ProductBits-1:0] product;
  assign product = $signed(left.number) * $signed(top.number);

  logic [olv_pkg::ExponentBits:0] exponent;
  assign exponent = {1'b0, left.exponent} + {1'b0, top.exponent};

  logic [olv_pkg::SumBits-1:0] extended, shifted;
  assign extended = {{(olv_pkg::SumBits - ProductBits) {product[ProductBits-1]}}, product};
  assign shifted = extended << exponent;

  assign sum_o = sum_i + shifted;

  if (HasAssertions) begin : gen_assertions
    // -16 * 15 .. -16 * -16: no product overflows its 10 bits.
    `ASSERT_COMB(ProductInRange, $signed(product) >= -240 && $signed(product) <= 256)
  end

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Registered decoder of one 16-bit word of an operand, the elements of two lanes: one 8-bit pair,
// or one 4-bit pair in each byte. Lane l holds slices 2l and 2l + 1: high and low slice of an 8-bit
// element, or two 4-bit elements.
`include "assert.svh"

module mma_word_decoder (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            enable_i,
  input  olv_pkg::format_e                format_i,
  input  logic [15:0]                     word_i,
  input  logic [3:0]                      bias_i,
  output logic [4*olv_pkg::SliceBits-1:0] slices_o
);

  localparam int unsigned W = olv_pkg::SliceBits;

  logic [4*W-1:0] low_slices;
  ovp_decoder u_ovp_decoder (
    .format_i(format_i),
    .pair_i  (word_i),
    .bias_i  (bias_i),
    .slices_o(low_slices)
  );

  logic [W-1:0] high_even, high_odd;
  ovp_decoder4 u_ovp_decoder4 (
    .format_i(format_i),
    .code_i  (word_i[15:8]),
    .bias_i  (bias_i),
    .even_o  (high_even),
    .odd_o   (high_odd)
  );

  // ovp_decoder leaves slice 1 of a 4-bit element zero: here its place takes the odd element.
  logic [4*W-1:0] slices_d;
  assign slices_d = olv_pkg::is_8bit(format_i)
                    ? low_slices
                    : {high_odd, high_even, low_slices[2*W +: W], low_slices[0 +: W]};

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      slices_o <= slices_d;
    end
  end

  // The exponent of an outlier beyond 4 bits: a bias too large for the code it meets.
  function automatic logic overflows4(input logic [7:0] code, input logic [3:0] bias);
    overflows4 = (code[7:4] == 4'h8 && code[2:0] != '0 && {2'd0, code[2:1]} > 4'd15 - bias)
              || (code[3:0] == 4'h8 && code[6:4] != '0 && {2'd0, code[6:5]} > 4'd15 - bias);
  endfunction
  function automatic logic overflows8(input logic [15:0] pair, input logic [3:0] bias);
    // The high slice adds 4.
    overflows8 = (pair[15:8] == 8'h80 && pair[6:0] != '0 &&
                  {1'b0, pair[6:3]} + {1'b0, bias} > 5'd11)
              || (pair[7:0] == 8'h80 && pair[14:8] != '0 &&
                  {1'b0, pair[14:11]} + {1'b0, bias} > 5'd11);
  endfunction
  `ASSERT(OutlierFits8, !enable_i || format_i != olv_pkg::FormatOvp8 ||
                            !overflows8(word_i, bias_i))
  `ASSERT(OutlierFits4,
          !enable_i || (format_i != olv_pkg::FormatOvp4 && format_i != olv_pkg::FormatOvp4f) ||
              !(overflows4(word_i[7:0], bias_i) || overflows4(word_i[15:8], bias_i)))

endmodule

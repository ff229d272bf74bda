// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Registered decoder of one 16-bit word of an operand, the elements of two lanes: one 8-bit pair,
// or one 4-bit pair in each byte. Lane l holds slices 2l and 2l + 1: high and low slice of an 8-bit
// element, or two 4-bit elements.
module mma_word_decoder (
  input  logic                            clk_i,
  input  logic                            enable_i,
  input  olv_pkg::format_e                format_i,
  input  logic [15:0]                     word_i,
  input  logic [3:0]                      bias_i,
  output logic [4*olv_pkg::SliceBits-1:0] slices_o,
  output logic                            overflow_o  // word_i: an exponent needs more than 4 bits
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

  // The bias is too large for an outlier's code; at 8 bits the high slice adds 4.
  logic [3:0] room4, room8;
  logic [1:0] overflows4, overflows8;  // bit i: the code in byte i
  assign room4 = 4'd15 - bias_i;
  assign room8 = (bias_i < 4'd11) ? 4'd11 - bias_i : 4'd0;
  for (genvar i = 0; i < 2; i++) begin : gen_overflow
    logic [7:0] code;
    assign code = word_i[8*i +: 8];
    assign overflows4[i] =
        (code[7:4] == 4'h8 && code[2:0] != '0 && {2'd0, code[2:1]} > room4) ||
        (code[3:0] == 4'h8 && code[6:4] != '0 && {2'd0, code[6:5]} > room4);
    assign overflows8[i] = word_i[8*(1-i) +: 8] == 8'h80 && code[6:0] != '0 &&
                           (code[6:3] > room8 || bias_i > 4'd11);
  end
  always_comb begin
    overflow_o = 1'b0;
    if (format_i == olv_pkg::FormatOvp8) begin
      overflow_o = overflows8 != '0;
    end else if (format_i == olv_pkg::FormatOvp4 || format_i == olv_pkg::FormatOvp4f) begin
      overflow_o = overflows4 != '0;
    end
  end

endmodule

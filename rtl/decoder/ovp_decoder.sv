// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Decoder of one pair of any format: what stands on the border of an array that runs 4-bit and
// 8-bit schemes. Slice s of element e lies at index 2e + s; 4-bit elements have slice 0 only.
`include "assert.svh"

module ovp_decoder (
  input  olv_pkg::format_e                 format_i,
  input  logic [15:0]                      pair_i,  // 4-bit formats: [7:0]
  input  logic [olv_pkg::ExponentBits-1:0] bias_i,  // of outliers
  output logic [4*olv_pkg::SliceBits-1:0]  slices_o
);

  logic [olv_pkg::SliceBits-1:0] even4, odd4;
  ovp_decoder4 u_ovp_decoder4 (
    .format_i(format_i),
    .code_i  (pair_i[7:0]),
    .bias_i  (bias_i),
    .even_o  (even4),
    .odd_o   (odd4)
  );

  logic [olv_pkg::SliceBits-1:0] even_high, even_low, odd_high, odd_low;
  ovp_decoder8 u_ovp_decoder8 (
    .format_i   (format_i),
    .pair_i     (pair_i),
    .bias_i     (bias_i),
    .even_high_o(even_high),
    .even_low_o (even_low),
    .odd_high_o (odd_high),
    .odd_low_o  (odd_low)
  );

  logic is_8bit;
  assign is_8bit = olv_pkg::is_8bit(format_i);

  always_comb begin
    slices_o = {olv_pkg::SliceBits'(0), odd4, olv_pkg::SliceBits'(0), even4};
    if (is_8bit) slices_o = {odd_low, odd_high, even_low, even_high};
  end

  // Number of a low slice: 0..15.
  `ASSERT_COMB(LowSliceIsUnsigned, !slices_o[13] && !slices_o[31])

endmodule

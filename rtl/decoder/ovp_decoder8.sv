// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Decoder of two 8-bit elements: an element is an integer i at exponent e, put out as two slices,
// high (i >> 4, exponent e + 4) and low (i & 15, exponent e). The identifier 10000000b marks the
// victim of ovp8, which becomes zero; its neighbour is an E4M3 outlier in sign-magnitude. The two
// elements share one outlier decoder and one negator.
`include "assert.svh"

module ovp_decoder8 (
  input  olv_pkg::format_e                 format_i,  // all but ovp8 decode as int8
  input  logic [15:0]                      pair_i,    // even element in the low byte
  input  logic [olv_pkg::ExponentBits-1:0] bias_i,    // of outliers
  output logic [olv_pkg::SliceBits-1:0]    even_high_o,
  output logic [olv_pkg::SliceBits-1:0]    even_low_o,
  output logic [olv_pkg::SliceBits-1:0]    odd_high_o,
  output logic [olv_pkg::SliceBits-1:0]    odd_low_o
);

  localparam logic [7:0] Identifier = 8'h80;

  logic [1:0] is_victim;  // bit e: element e
  assign is_victim[0] = format_i == olv_pkg::FormatOvp8 && pair_i[7:0] == Identifier;
  assign is_victim[1] = format_i == olv_pkg::FormatOvp8 && pair_i[15:8] == Identifier;

  logic [7:0] outlier_code;
  logic [3:0] outlier_magnitude, outlier_exponent;
  assign outlier_code = is_victim[0] ? pair_i[15:8] : pair_i[7:0];
  outlier_decoder #(.MantissaBits(3), .CodeExponentBits(4)) u_outlier_decoder (
    .code_i     (outlier_code[6:0]),
    .bias_i     (bias_i),
    .magnitude_o(outlier_magnitude),
    .exponent_o (outlier_exponent)
  );

  logic [4:0] outlier_number;
  assign outlier_number = outlier_code[7] ? -{1'b0, outlier_magnitude} : {1'b0, outlier_magnitude};

  logic [2*olv_pkg::SliceBits-1:0] high, low;
  for (genvar e = 0; e < 2; e++) begin : gen_element
    logic [7:0] code;
    assign code = pair_i[8*e +: 8];

    logic [4:0] high_number;
    logic [3:0] low_number, exponent;
    always_comb begin
      high_number = {code[7], code[7:4]};
      low_number = code[3:0];
      exponent = 4'd0;
      if (is_victim[1-e]) begin
        high_number = {5{outlier_number[4]}};
        low_number = outlier_number[3:0];
        exponent = outlier_exponent;
      end
    end
    assign high[olv_pkg::SliceBits*e +: olv_pkg::SliceBits] =
        is_victim[e] ? '0 : {exponent + 4'd4, high_number};
    assign low[olv_pkg::SliceBits*e +: olv_pkg::SliceBits] =
        is_victim[e] ? '0 : {exponent, 1'b0, low_number};
  end

  assign even_high_o = high[0 +: olv_pkg::SliceBits];
  assign even_low_o = low[0 +: olv_pkg::SliceBits];
  assign odd_high_o = high[olv_pkg::SliceBits +: olv_pkg::SliceBits];
  assign odd_low_o = low[olv_pkg::SliceBits +: olv_pkg::SliceBits];

  `ASSERT_COMB(VictimIsZero, (!is_victim[0] || (even_high_o == '0 && even_low_o == '0)) &&
                                 (!is_victim[1] || (odd_high_o == '0 && odd_low_o == '0)))
  // Codes up to 63 with a bias up to 4 reach exponent 11, so that + 4 still fits 4 bits.
  `ASSERT_COMB(LegalOutlierFits, is_victim == '0 || is_victim == '1 || outlier_code[6] ||
                                     bias_i > 4'd4 || outlier_exponent <= 4'd11)

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Decoder of two 4-bit elements (OliVe, Figure 6b): one byte, low nibble = even element, to two
// slices. The identifier 1000b marks the victim, which becomes zero; its neighbour is an outlier.
// At most one of the two is an outlier, so they share one outlier decoder.
// Flint4 and outliers are sign-magnitude and share a negator; int4 is two's complement already.
`include "assert.svh"

module ovp_decoder4 (
  input  olv_pkg::format_e                 format_i,  // an 8-bit format decodes as int4
  input  logic [7:0]                       code_i,
  input  logic [olv_pkg::ExponentBits-1:0] bias_i,    // of outliers
  output logic [olv_pkg::SliceBits-1:0]    even_o,
  output logic [olv_pkg::SliceBits-1:0]    odd_o
);

  localparam logic [3:0] Identifier = 4'b1000;

  logic is_flint, has_outliers;
  assign is_flint = format_i == olv_pkg::FormatOvp4f;
  assign has_outliers = is_flint || format_i == olv_pkg::FormatOvp4;

  logic [1:0] is_victim;  // bit e: element e
  assign is_victim[0] = has_outliers && code_i[3:0] == Identifier;
  assign is_victim[1] = has_outliers && code_i[7:4] == Identifier;

  logic [1:0] outlier_magnitude;
  logic [3:0] outlier_exponent;
  outlier_decoder #(.MantissaBits(1), .CodeExponentBits(2)) u_outlier_decoder (
    .code_i     (is_victim[0] ? code_i[6:4] : code_i[2:0]),
    .bias_i     (bias_i),
    .magnitude_o(outlier_magnitude),
    .exponent_o (outlier_exponent)
  );

  logic [2*olv_pkg::SliceBits-1:0] slices;
  for (genvar e = 0; e < 2; e++) begin : gen_element
    logic [3:0] nibble;
    assign nibble = code_i[4*e +: 4];

    // Flint4 magnitudes 0, 1, 2, 3, 2 << 3, 2 << 2, 2 << 1, 3 << 1 by code.
    logic [1:0] flint_magnitude, flint_exponent;
    assign flint_magnitude = nibble[2] ? {1'b1, nibble[1] && nibble[0]} : nibble[1:0];
    assign flint_exponent = nibble[2] ? {!nibble[1], nibble[1] || !nibble[0]} : 2'd0;

    logic is_outlier;
    logic [1:0] magnitude;
    assign is_outlier = is_victim[1-e];
    assign magnitude = is_outlier ? outlier_magnitude : flint_magnitude;

    logic [4:0] number;
    logic [3:0] exponent;
    always_comb begin
      number = {nibble[3], nibble};
      exponent = 4'd0;
      if (is_outlier || is_flint) begin
        number = nibble[3] ? -{3'd0, magnitude} : {3'd0, magnitude};
        exponent = is_outlier ? outlier_exponent : 4'(flint_exponent);
      end
    end
    assign slices[olv_pkg::SliceBits*e +: olv_pkg::SliceBits] =
        is_victim[e] ? '0 : {exponent, number};
  end

  assign even_o = slices[0 +: olv_pkg::SliceBits];
  assign odd_o = slices[olv_pkg::SliceBits +: olv_pkg::SliceBits];

  `ASSERT_COMB(VictimIsZero, (!is_victim[0] || even_o == '0) && (!is_victim[1] || odd_o == '0))
  `ASSERT_COMB(NormalsIgnoreBias,
               is_victim != '0 || (even_o[8:7] == '0 && odd_o[8:7] == '0))

endmodule

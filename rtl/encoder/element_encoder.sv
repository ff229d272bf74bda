// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Code of one element without regard to its neighbour: the grid point nearest to a float32, ties
// away from zero, clamped to the largest one.
//
// Every midpoint between normals, and between the largest normal and the smallest outlier, is a
// multiple of one half. So floor(2 * |x|) decides all of them, and it is the significand shifted
// right. Outliers are float numbers themselves: adding half of the last kept mantissa bit to the
// bits and cutting rounds to nearest and carries into the exponent.
`include "assert.svh"

module element_encoder (
  input  olv_pkg::format_e format_i,
  input  logic [31:15]     real_i,  // float32 bits, finite; those below 15 decide nothing
  output logic [7:0]       code_o,  // 4-bit formats: [3:0]
  output logic             is_outlier_o
);

  localparam logic [7:0] ExponentBias = 8'd127;  // of float32

  logic is_8bit, is_flint, sign;
  logic [7:0] exponent;
  assign is_8bit = olv_pkg::is_8bit(format_i);
  assign is_flint = format_i == olv_pkg::FormatOvp4f;
  assign sign = real_i[31];
  assign exponent = real_i[30:23];

  // floor(2 * |x|) up to 511: 2 * |x| = 1.mantissa << (exponent + 1 - 127).
  logic [8:0] twice;
  always_comb begin
    twice = {1'b1, real_i[22:15]} >> 3'(ExponentBias + 8'd7 - exponent);
    if (exponent < ExponentBias - 8'd1) twice = '0;
    if (exponent == ExponentBias - 8'd1) twice = 9'd1;
    if (exponent > ExponentBias + 8'd7) twice = '1;
  end

  // Integers: halves round up. The largest magnitude is 7 or 127.
  logic [8:0] rounded;
  logic [6:0] integer_magnitude;
  logic is_clamped;
  assign rounded = (twice >> 1) + 9'(twice[0]);
  assign is_clamped = is_8bit ? rounded > 9'd127 : rounded > 9'd7;
  assign integer_magnitude = is_clamped ? {{4{is_8bit}}, 3'd7} : rounded[6:0];

  // Flint4 codes of 0, 1, 2, 3, 4, 6, 8, 16.
  logic [2:0] flint_code;
  always_comb begin
    flint_code = 3'd4;
    if (twice < 9'd24) flint_code = 3'd5;
    if (twice < 9'd14) flint_code = 3'd7;
    if (twice < 9'd10) flint_code = 3'd6;
    if (twice < 9'd7) flint_code = 3'd3;
    if (twice < 9'd5) flint_code = 3'd2;
    if (twice < 9'd3) flint_code = 3'd1;
    if (twice < 9'd1) flint_code = 3'd0;
  end

  // Abfloat codes: float exponent minus that of code 0 (127 + bias + mantissa bits), then the
  // mantissa. Codes 1..63 (E4M3, clipped so that shifted exponents fit 4 bits) or 1..7 (E2M1).
  logic [10:0] outlier_sum;  // exponent and three mantissa bits
  logic [7:0] outlier_exponent;
  logic [5:0] outlier_code;
  always_comb begin
    outlier_sum = real_i[30:20] + {8'd0, real_i[21] && !is_8bit, 1'b0, real_i[19] && is_8bit};
    outlier_exponent = outlier_sum[10:3] - (is_8bit ? 8'd134 : is_flint ? 8'd131 : 8'd130);
    outlier_code = is_8bit ? {outlier_exponent[2:0], outlier_sum[2:0]}
                           : {3'd0, outlier_exponent[1:0], outlier_sum[2]};
    if (outlier_exponent > (is_8bit ? 8'd7 : 8'd3)) outlier_code = {{3{is_8bit}}, 3'd7};
    if (outlier_code == '0) outlier_code = 6'd1;
  end

  always_comb begin
    unique case (format_i)
      olv_pkg::FormatOvp4:  is_outlier_o = twice >= 9'd19;   // midway between 7 and 12
      olv_pkg::FormatOvp4f: is_outlier_o = twice >= 9'd40;   // 16 and 24
      olv_pkg::FormatOvp8:  is_outlier_o = twice >= 9'd271;  // 127 and 144
      default:              is_outlier_o = 1'b0;
    endcase
  end

  logic [7:0] integer_code;
  assign integer_code = sign ? -{1'b0, integer_magnitude} : {1'b0, integer_magnitude};

  always_comb begin
    code_o = is_8bit ? integer_code : {4'd0, integer_code[3:0]};
    if (is_flint) code_o = {4'd0, sign && flint_code != '0, flint_code};
    if (is_outlier_o) code_o = is_8bit ? {sign, 1'b0, outlier_code}
                                       : {4'd0, sign, outlier_code[2:0]};
  end

  // The identifier is a victim's alone.
  `ASSERT_COMB(NeverIdentifier, code_o != (is_8bit ? 8'h80 : 8'h08))

endmodule

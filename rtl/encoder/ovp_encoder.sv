// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Encoder of one pair for the output path: two float32 quotients real / scale to the codes of any
// integer format. Beside an outlier the other element becomes its victim, the identifier. Of two
// outliers the larger survives, of equals the odd one.
`include "assert.svh"

module ovp_encoder (
  input  olv_pkg::format_e format_i,
  input  logic [31:0]      even_i,  // float32 bits, finite; +0.0 where there is no element
  input  logic [31:0]      odd_i,
  output logic [15:0]      pair_o   // 4-bit formats: [7:0], low nibble = even element
);

  logic [7:0] even_code, odd_code;
  logic even_is_outlier, odd_is_outlier;
  element_encoder u_even_encoder (
    .format_i    (format_i),
    .real_i      (even_i[31:15]),
    .code_o      (even_code),
    .is_outlier_o(even_is_outlier)
  );
  element_encoder u_odd_encoder (
    .format_i    (format_i),
    .real_i      (odd_i[31:15]),
    .code_o      (odd_code),
    .is_outlier_o(odd_is_outlier)
  );

  logic is_8bit, even_is_larger, even_survives, odd_survives;
  assign is_8bit = olv_pkg::is_8bit(format_i);
  assign even_is_larger = even_i[30:0] > odd_i[30:0];
  assign even_survives = even_is_outlier && (!odd_is_outlier || even_is_larger);
  assign odd_survives = odd_is_outlier && !even_survives;

  logic [7:0] identifier, even, odd;
  assign identifier = is_8bit ? 8'h80 : 8'h08;
  assign even = odd_survives ? identifier : even_code;
  assign odd = even_survives ? identifier : odd_code;
  assign pair_o = is_8bit ? {odd, even} : {8'd0, odd[3:0], even[3:0]};

  `ASSERT_COMB(OneVictimAtMost, even != identifier || odd != identifier)
  `ASSERT_COMB(OutlierHasVictim, !(even_is_outlier || odd_is_outlier) || even == identifier ||
                                     odd == identifier)

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Every code under every bias has the value of Table 4 (E2M1) or equation 2 (E4M3), with an
// exponent that is the code's own plus the bias (modulo 16) and a normalized magnitude.
// proves: E2M1 and E4M3, every code and bias
// sources: decoder/outlier_decoder.sv
// engine: sat
// defect: decoder/outlier_decoder.sv s/{|code_i, /{1'b1, /
module outlier_decoder_proof (
  input  logic [2:0] code2_i,
  input  logic [6:0] code4_i,
  input  logic [3:0] bias_i,
  output logic [1:0] magnitude2_o,
  output logic [3:0] exponent2_o,
  output logic [3:0] magnitude4_o,
  output logic [3:0] exponent4_o
);

  outlier_decoder #(.MantissaBits(1), .CodeExponentBits(2)) u_e2m1 (
    .code_i(code2_i), .bias_i(bias_i), .magnitude_o(magnitude2_o), .exponent_o(exponent2_o)
  );
  outlier_decoder #(.MantissaBits(3), .CodeExponentBits(4)) u_e4m3 (
    .code_i(code4_i), .bias_i(bias_i), .magnitude_o(magnitude4_o), .exponent_o(exponent4_o)
  );

  // Exponents before the 4-bit port cuts them.
  logic [4:0] exponent2, exponent4;
  assign exponent2 = {1'b0, bias_i} + {3'd0, code2_i[2:1]};
  assign exponent4 = {1'b0, bias_i} + {1'b0, code4_i[6:3]};

  always_comb begin
    assert (exponent2_o == exponent2[3:0]);
    assert (exponent4_o == exponent4[3:0]);
    assert (({38'd0, magnitude2_o} << exponent2) == (ovp_spec::e2m1(code2_i) << bias_i));
    assert (({36'd0, magnitude4_o} << exponent4) == (ovp_spec::e4m3(code4_i) << bias_i));
  end

endmodule

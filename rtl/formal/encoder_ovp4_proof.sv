// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Encoder, ovp4: for all pairs of finite floats (nearest_check.sv, pair_check.sv).
// proves: nearest point and pair rule, all finite floats
// sources: encoder/element_encoder.sv encoder/ovp_encoder.sv formal/nearest_check.sv
// sources: formal/pair_check.sv
// engine: sat
// defect: encoder/ovp_encoder.sv s/even_i\[30:0\] > odd_i/even_i[30:0] >= odd_i/
module encoder_ovp4_proof (
  input  logic [31:0] even_i,
  input  logic [31:0] odd_i,
  output logic [15:0] pair_o
);

  pair_check #(.Format(3'd2)) u_check (.even_i(even_i), .odd_i(odd_i), .pair_o(pair_o));

endmodule

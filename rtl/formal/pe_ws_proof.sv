// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// One PE, dense and 2:4, with any inputs in every cycle, for ever. Registers start at zero; inputs
// can give them any value, so this is every edge from every state with every operand.
// proves: ws: every register and the sum after any edge, unbounded
// sources: pe/pe_mac.sv pe/pe.sv sparse/sparse_select.sv formal/pe_check.sv
// engine: pdr 6
// defect: pe/pe.sv s/first_i ? next_position_q : active_position_q/active_position_q/
module pe_ws_proof (
  input  logic        clk_i,
  input  logic [35:0] left_i,
  input  logic        first_i,
  input  logic        last_i,
  input  logic [8:0]  top_i,
  input  logic [1:0]  top_position_i,
  input  logic        capture_i,
  input  logic        hold_shift_i,
  input  logic [31:0] above_i,
  output logic [31:0] dense_sum_o,
  output logic [31:0] dense_hold_o,
  output logic [31:0] dense_expected_sum_o,
  output logic [31:0] dense_expected_hold_o,
  output logic [31:0] sparse_sum_o,
  output logic [31:0] sparse_hold_o,
  output logic [31:0] sparse_expected_sum_o,
  output logic [31:0] sparse_expected_hold_o
);

  // Reset is released after the first edge.
  logic rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  pe_check #(.OutputStationary(1'b0), .Sparse(1'b0)) u_dense (
    .rst_ni(rst_n), .sum_o(dense_sum_o), .hold_o(dense_hold_o),
    .expected_sum_o(dense_expected_sum_o), .expected_hold_o(dense_expected_hold_o), .*
  );
  pe_check #(.OutputStationary(1'b0), .Sparse(1'b1)) u_sparse (
    .rst_ni(rst_n), .sum_o(sparse_sum_o), .hold_o(sparse_hold_o),
    .expected_sum_o(sparse_expected_sum_o), .expected_hold_o(sparse_expected_hold_o), .*
  );

endmodule

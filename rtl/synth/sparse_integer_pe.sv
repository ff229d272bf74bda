// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// integer_pe with 2:4 operand selection, for comparison in synthesis only: the left bus carries a
// group of four, and the position that comes with the operand from the top picks one of them.
module sparse_integer_pe #(
  parameter int unsigned Bits = 8,
  localparam int unsigned LeftBits = olv_pkg::GroupElements * Bits
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic [LeftBits-1:0]              left_i,          // element i at [i*Bits +: Bits]
  input  logic                             first_i,         // first operand of a fold
  input  logic                             last_i,          // last operand of a fold
  input  logic [Bits-1:0]                  top_i,
  input  logic [olv_pkg::PositionBits-1:0] top_position_i,
  input  logic                             hold_shift_i,
  input  logic [31:0]                      above_i,         // hold register of the PE above
  output logic [LeftBits-1:0]              left_o,
  output logic                             first_o,
  output logic                             last_o,
  output logic [Bits-1:0]                  top_o,
  output logic [olv_pkg::PositionBits-1:0] top_position_o,
  output logic [31:0]                      sum_o,
  output logic [31:0]                      hold_o
);

  logic [Bits-1:0] left;
  logic signed [2*Bits-1:0] product;
  logic [31:0] extended, sum_d, hold_d;

  sparse_select #(
    .Width(Bits),
    .HasAssertions(1'b0)
  ) u_select (
    .group_i(left_i),
    .position_i(top_position_i),
    .selected_o(left)
  );

  assign product = $signed(left) * $signed(top_i);
  assign extended = {{(32 - 2*Bits) {product[2*Bits-1]}}, product};
  assign sum_d = (first_i ? 32'd0 : sum_o) + extended;

  always_comb begin
    hold_d = hold_o;
    if (last_i) hold_d = sum_d;
    else if (hold_shift_i) hold_d = above_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      first_o <= 1'b0;
      last_o <= 1'b0;
    end else begin
      first_o <= first_i;
      last_o <= last_i;
    end
  end
  always_ff @(posedge clk_i) begin
    left_o <= left_i;
    top_o <= top_i;
    top_position_o <= top_position_i;
    sum_o <= sum_d;
    hold_o <= hold_d;
  end

endmodule

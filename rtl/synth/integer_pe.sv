// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// What a plain integer array would use in place of `pe`, for comparison in synthesis only: the same
// output-stationary PE with Bits x Bits signed multiplication and no exponents, so no shifter.
module integer_pe #(
  parameter int unsigned Bits = 4
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic [Bits-1:0] left_i,
  input  logic            first_i,       // first operand of a fold: restarts the sum
  input  logic            last_i,        // last operand of a fold: hold takes the sum
  input  logic [Bits-1:0] top_i,
  input  logic            hold_shift_i,
  input  logic [31:0]     above_i,       // hold register of the PE above
  output logic [Bits-1:0] left_o,
  output logic            first_o,
  output logic            last_o,
  output logic [Bits-1:0] top_o,
  output logic [31:0]     sum_o,
  output logic [31:0]     hold_o
);

  logic signed [2*Bits-1:0] product;
  logic [31:0] extended, sum_d, hold_d;

  assign product = $signed(left_i) * $signed(top_i);
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
    sum_o <= sum_d;
    hold_o <= hold_d;
  end

endmodule

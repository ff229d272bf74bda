// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// A PE beside its registers as the array model has them (sim/systolic/pe_array.h), one assignment
// a register and edge. pe_mac and sparse_select are proven on their own and stand for themselves.
module pe_check #(
  parameter bit OutputStationary = 1'b0,
  parameter bit Sparse = 1'b0
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [35:0] left_i,
  input  logic        first_i,
  input  logic        last_i,
  input  logic [8:0]  top_i,
  input  logic [1:0]  top_position_i,
  input  logic        capture_i,
  input  logic        hold_shift_i,
  input  logic [31:0] above_i,
  output logic [31:0] sum_o,
  output logic [31:0] hold_o,
  output logic [31:0] expected_sum_o,
  output logic [31:0] expected_hold_o
);

  localparam int unsigned LeftBits = Sparse ? 36 : 9;

  logic [LeftBits-1:0] left_o;
  logic first_o, last_o;
  logic [8:0] top_o;
  logic [1:0] top_position_o;
  pe #(.OutputStationary(OutputStationary), .Sparse(Sparse)) u_dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .left_i(left_i[LeftBits-1:0]), .first_i(first_i),
    .last_i(last_i), .top_i(top_i), .top_position_i(top_position_i), .capture_i(capture_i),
    .hold_shift_i(hold_shift_i), .above_i(above_i), .left_o(left_o), .first_o(first_o),
    .last_o(last_o), .top_o(top_o), .top_position_o(top_position_o), .sum_o(sum_o),
    .hold_o(hold_o)
  );

  logic [8:0] next, active;
  logic [1:0] next_position, active_position;
  logic [31:0] sum, hold;

  // Operands of this cycle.
  logic [8:0] factor, operand;
  logic [1:0] position;
  logic [31:0] base, sum_now;
  always_comb begin
    if (OutputStationary) begin
      factor = top_i;
      position = top_position_i;
      base = first_i ? 32'd0 : sum;
    end else begin
      factor = first_i ? next : active;  // the swap comes before the multiplication
      position = first_i ? next_position : active_position;
      base = above_i;
    end
  end

  logic [8:0] selected;
  sparse_select u_select (.group_i(left_i), .position_i(position), .selected_o(selected));
  assign operand = Sparse ? selected : left_i[8:0];
  pe_mac u_golden (.left_i(operand), .top_i(factor), .sum_i(base), .sum_o(sum_now));

  always_ff @(posedge clk_i) begin
    if (first_i) begin
      active <= next;
      active_position <= next_position;
    end
    if (capture_i) begin
      next <= top_i;
      next_position <= top_position_i;
    end
    sum <= sum_now;
    if (last_i) hold <= sum_now;
    else if (hold_shift_i) hold <= above_i;
  end

  assign expected_sum_o = sum;
  assign expected_hold_o = OutputStationary ? hold : 32'd0;

  // Copies for the neighbours.
  logic is_running = 1'b0;
  logic [LeftBits-1:0] left_q;
  logic first_q, last_q;
  logic [8:0] top_q;
  logic [1:0] top_position_q;
  always_ff @(posedge clk_i) begin
    is_running <= rst_ni;
    left_q <= left_i[LeftBits-1:0];
    first_q <= first_i;
    last_q <= last_i;
    top_q <= top_i;
    top_position_q <= top_position_i;
  end

  always_ff @(posedge clk_i) begin
    if (is_running) begin
      Copies: assert (left_o == left_q && top_o == top_q && first_o == first_q);
      PositionCopy: assert (!Sparse || top_position_o == top_position_q);
      LastCopy: assert (!OutputStationary || last_o == last_q);
      Sum: assert (sum_o == expected_sum_o);
      Hold: assert (hold_o == expected_hold_o);
    end
  end

endmodule

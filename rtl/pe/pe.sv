// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// One processing element. Operands are multiplied in the cycle in which they arrive and move on to
// the right and down a cycle later.
//
// Weight and input stationary: one operand stays in `active`; the next one waits in `next`, taken
// from the top port when capture_i is high. first_i, with the first operand of a fold, moves `next`
// to `active`; this operand already meets it. A capture in the same cycle is for one fold later.
// Partial sums move down.
//
// Output stationary: the sum stays. first_i restarts it, last_i copies the finished one to the hold
// register, which takes the one of the PE above when hold_shift_i is high and last_i is not.
//
// 2:4 (Sparse): the left bus carries a group of four; the position that comes with the operand from
// the top picks one of them.
`include "assert.svh"

module pe #(
  parameter bit OutputStationary = 1'b0,
  parameter bit Sparse = 1'b0,
  parameter bit HasAssertions = 1'b1,  // arrays keep those of one PE: they cost compile time
  localparam int unsigned Bus = Sparse ? olv_pkg::GroupElements : 1,
  localparam int unsigned LeftBits = Bus * olv_pkg::SliceBits
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [LeftBits-1:0]               left_i,          // bus lane l at [l*9 +: 9]
  input  logic                              first_i,         // first operand of a fold
  input  logic                              last_i,          // last operand of a fold
  input  logic [olv_pkg::SliceBits-1:0]     top_i,
  input  logic [olv_pkg::PositionBits-1:0]  top_position_i,
  input  logic                              capture_i,
  input  logic                              hold_shift_i,
  input  logic [olv_pkg::SumBits-1:0]       above_i,         // sum_o (ws) or hold_o (os) above
  output logic [LeftBits-1:0]               left_o,
  output logic                              first_o,
  output logic                              last_o,
  output logic [olv_pkg::SliceBits-1:0]     top_o,
  output logic [olv_pkg::PositionBits-1:0]  top_position_o,
  output logic [olv_pkg::SumBits-1:0]       sum_o,
  output logic [olv_pkg::SumBits-1:0]       hold_o
);

  logic [LeftBits-1:0] left_q;
  logic first_q;
  logic [olv_pkg::SliceBits-1:0] top_q;
  logic [olv_pkg::PositionBits-1:0] top_position_q;
  logic [olv_pkg::SumBits-1:0] sum_q, sum_d, sum_base;
  logic [olv_pkg::SliceBits-1:0] factor;            // meets the operand from the left
  logic [olv_pkg::PositionBits-1:0] factor_position;
  logic [olv_pkg::SliceBits-1:0] left;              // the one of the bus that is multiplied

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) first_q <= 1'b0;
    else first_q <= first_i;
  end

  always_ff @(posedge clk_i) begin
    left_q <= left_i;
    top_q <= top_i;
    sum_q <= sum_d;
  end

  if (Sparse) begin : gen_select
    always_ff @(posedge clk_i) top_position_q <= top_position_i;
    sparse_select #(
      .HasAssertions(HasAssertions)
    ) u_select (
      .group_i(left_i),
      .position_i(factor_position),
      .selected_o(left)
    );
  end else begin : gen_dense
    assign top_position_q = '0;
    assign left = left_i;
    logic unused_position;
    assign unused_position = ^{top_position_i, factor_position};
  end

  pe_mac #(
    .HasAssertions(HasAssertions)
  ) u_mac (
    .left_i(left),
    .top_i(factor),
    .sum_i(sum_base),
    .sum_o(sum_d)
  );

  if (OutputStationary) begin : gen_output
    logic last_q;
    logic [olv_pkg::SumBits-1:0] hold_q, hold_d;

    assign factor = top_i;
    assign factor_position = top_position_i;
    assign sum_base = first_i ? '0 : sum_q;

    always_comb begin
      hold_d = hold_q;
      if (last_i) hold_d = sum_d;
      else if (hold_shift_i) hold_d = above_i;
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) last_q <= 1'b0;
      else last_q <= last_i;
    end
    always_ff @(posedge clk_i) hold_q <= hold_d;

    assign last_o = last_q;
    assign hold_o = hold_q;

    logic unused_capture;
    assign unused_capture = capture_i;

    if (HasAssertions) begin : gen_assertions
      `ASSERT(LastHoldsSum, !last_q || hold_q == sum_q)
    end
  end else begin : gen_stationary
    logic [olv_pkg::SliceBits-1:0] next_q, active_q;

    assign factor = first_i ? next_q : active_q;
    assign sum_base = above_i;

    always_ff @(posedge clk_i) begin
      if (capture_i) next_q <= top_i;
      active_q <= factor;
    end

    if (Sparse) begin : gen_position
      logic [olv_pkg::PositionBits-1:0] next_position_q, active_position_q;
      assign factor_position = first_i ? next_position_q : active_position_q;
      always_ff @(posedge clk_i) begin
        if (capture_i) next_position_q <= top_position_i;
        active_position_q <= factor_position;
      end
    end else begin : gen_no_position
      assign factor_position = '0;
    end

    assign last_o = 1'b0;
    assign hold_o = '0;

    logic unused_output_stationary;
    assign unused_output_stationary = last_i ^ hold_shift_i;

    if (HasAssertions) begin : gen_assertions
      // The swap takes what `next` held before the edge, also when a capture renews it.
      `ASSERT(SwapTakesNext, !(first_q && $past(rst_ni)) || active_q == $past(next_q))
    end
  end

  assign left_o = left_q;
  assign first_o = first_q;
  assign top_o = top_q;
  assign top_position_o = top_position_q;
  assign sum_o = sum_q;

endmodule

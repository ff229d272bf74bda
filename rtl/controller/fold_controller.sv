// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

`include "assert.svh"

// Decides when a fold is preloaded and when it starts, and times its operands and results: the
// decisions of sim/systolic/array_driver.cpp, cycle by cycle. Outputs follow state and the inputs
// of this cycle.
//
// ws has two queues. top_ready_i speaks of the oldest fold that is not preloaded; fold_valid_i,
// fold_length_i and start_ready_i of the oldest one that is not started. In the cycle in which a
// fold starts the next one may be preloaded. os has only the second queue; start_ready_i then
// covers the operands from the top too.
//
// Everything is said of row 0 and column 0: row r and column c follow r and c cycles later.
module fold_controller #(
  parameter int unsigned Rows = 8,
  parameter int unsigned Cols = 8,
  parameter bit OutputStationary = 1'b0,
  parameter int unsigned LengthBits = 16
) (
  input logic clk_i,
  input logic rst_ni,

  input logic overlapped_i,  // static; 0: a fold begins when the array is empty

  input logic                  fold_valid_i,
  input logic [LengthBits-1:0] fold_length_i,  // operands streamed, at least 1
  input logic                  top_ready_i,
  input logic                  start_ready_i,

  output logic preload_o,  // first stationary operand enters column 0
  output logic start_o,    // first streamed operand enters row 0; takes the fold

  output logic                  left_active_o,
  output logic                  left_first_o,
  output logic                  left_last_o,
  output logic [LengthBits-1:0] left_index_o,
  output logic                  top_active_o,
  output logic [LengthBits-1:0] top_index_o,  // ws: array row Rows-1 .. 0; os: operand
  output logic                  capture_o,    // ws: column 0's preload is complete

  output logic                  result_valid_o,
  output logic                  result_first_o,
  output logic                  result_last_o,
  output logic [LengthBits-1:0] result_index_o,  // ws: operand; os: array row Rows-1 .. 0

  output logic busy_o
);

  // From the end of a fold's stream to its last result, and the largest gap that start waits for.
  localparam int unsigned FlushCycles = Rows + Cols - 2 + (OutputStationary ? Rows : 0);
  localparam int unsigned GapMax = (FlushCycles > Rows) ? FlushCycles : Rows;
  localparam int unsigned GapBits = $clog2(GapMax + 1);
  localparam int unsigned RowBits = $clog2(Rows + 1);

  `ASSERT_PARAM(RowsInRange, Rows >= 1 && Rows <= 1024)
  `ASSERT_PARAM(ColsInRange, Cols >= 1 && Cols <= 1024)
  `ASSERT_PARAM(LengthBitsInRange, LengthBits >= RowBits && LengthBits <= 32)

  // Stream: index of the next operand while streaming_q, and the gap since the last stream ended.
  logic streaming_d, streaming_q;
  logic [LengthBits-1:0] index_d, index_q;
  logic [LengthBits-1:0] last_index_d, last_index_q;
  logic [GapBits-1:0] gap_d, gap_q;

  logic array_empty;
  logic border_free;
  assign array_empty = !streaming_q && ((GapBits + 1)'(gap_q) + 1'b1 > (GapBits + 1)'(FlushCycles));
  assign left_first_o = start_o;
  assign left_active_o = start_o || streaming_q;
  assign left_index_o = start_o ? '0 : index_q;
  assign left_last_o = start_o ? (fold_length_i == LengthBits'(1))
                               : (streaming_q && (index_q == last_index_q));

  always_comb begin
    streaming_d = left_active_o && !left_last_o;
    index_d = left_active_o ? left_index_o + 1'b1 : '0;
    last_index_d = start_o ? fold_length_i - 1'b1 : last_index_q;
    gap_d = gap_q;
    if (left_active_o) gap_d = '0;
    else if (gap_q < GapBits'(GapMax)) gap_d = gap_q + 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      streaming_q <= 1'b0;
      index_q <= '0;
      last_index_q <= '0;
      gap_q <= GapBits'(GapMax);
    end else begin
      streaming_q <= streaming_d;
      index_q <= index_d;
      last_index_q <= last_index_d;
      gap_q <= gap_d;
    end
  end

  // Results of column 0 leave Rows-1 cycles after their operand entered row 0 (ws) or Rows cycles
  // after the last operand did (os). One counter is enough: ws starts are Rows apart because a
  // preload takes Rows cycles, os streams end Rows apart because border_free sees to it.
  logic                delay_load;
  logic                delay_fire;
  logic [ RowBits-1:0] delay_d, delay_q;
  logic                pending;  // a fold is preloaded, or on its way, and has not started

  assign delay_d = delay_load ? (OutputStationary ? RowBits'(Rows) : RowBits'(Rows - 1))
                              : ((delay_q == '0) ? '0 : delay_q - 1'b1);

  // Results still to come of the fold whose results leave, and the index of the next one.
  logic draining_d, draining_q;
  logic [LengthBits-1:0] result_index_d, result_index_q;
  logic [LengthBits-1:0] result_end_d, result_end_q;  // index of the last one (ws)

  assign result_first_o = delay_fire;
  assign result_valid_o = delay_fire || draining_q;
  assign draining_d = result_valid_o && !result_last_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      delay_q <= '0;
      draining_q <= 1'b0;
      result_index_q <= '0;
      result_end_q <= '0;
    end else begin
      delay_q <= delay_d;
      draining_q <= draining_d;
      result_index_q <= result_index_d;
      result_end_q <= result_end_d;
    end
  end

  assign busy_o = pending || top_active_o || left_active_o || !array_empty;

  if (OutputStationary) begin : gen_os
    logic unused_top_ready;
    assign unused_top_ready = top_ready_i;

    // Row 0 finishes its sum fold_length_i - 1 cycles after the start and must find its hold
    // register moved on: streams end at least Rows cycles apart.
    localparam int unsigned SpanBits = ((LengthBits > GapBits) ? LengthBits : GapBits) + 1;
    logic holds_free;
    assign holds_free = SpanBits'(gap_q) + SpanBits'(fold_length_i) >= SpanBits'(Rows);
    assign border_free = overlapped_i ? (!streaming_q && holds_free) : array_empty;
    assign start_o = fold_valid_i && start_ready_i && border_free;
    assign preload_o = 1'b0;
    assign pending = 1'b0;
    assign capture_o = 1'b0;
    assign top_active_o = left_active_o;
    assign top_index_o = left_index_o;

    assign delay_load = left_last_o;
    assign delay_fire = (delay_q == RowBits'(1));
    assign result_end_d = '0;
    assign result_index_o = delay_fire ? LengthBits'(Rows - 1) : result_index_q;
    assign result_last_o = result_valid_o && (result_index_o == result_end_q);
    assign result_index_d = result_valid_o ? result_index_o - 1'b1 : '0;

    `ASSERT(StreamsEndRowsApart, !delay_load || delay_fire || delay_q == '0)
  end else begin : gen_ws
    logic pending_d, pending_q;
    logic [RowBits-1:0] preload_d, preload_q;  // stationary operands still to come
    logic can_preload;

    assign pending = pending_q;
    assign border_free = overlapped_i ? !streaming_q : array_empty;
    assign start_o = fold_valid_i && start_ready_i && border_free && pending_q &&
                     (preload_q == '0);
    // Overlapped: the registers behind the active operands are free as soon as the fold before
    // begins to swap them away, column by column ahead of the new operands.
    assign can_preload = overlapped_i ? (!pending_q || start_o) : (!pending_q && array_empty);
    assign preload_o = top_ready_i && can_preload;
    assign pending_d = preload_o || (pending_q && !start_o);

    assign top_active_o = preload_o || (preload_q != '0);
    assign top_index_o = preload_o ? LengthBits'(Rows - 1) : LengthBits'(preload_q) - 1'b1;
    assign capture_o = top_active_o && (top_index_o == '0);
    assign preload_d = top_active_o ? RowBits'(top_index_o) : '0;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        pending_q <= 1'b0;
        preload_q <= '0;
      end else begin
        pending_q <= pending_d;
        preload_q <= preload_d;
      end
    end

    assign delay_load = start_o;
    assign delay_fire = (Rows == 1) ? start_o : (delay_q == RowBits'(1));
    // The fold whose results begin is the youngest one: the next start is still to come.
    assign result_end_d = !delay_fire ? result_end_q : last_index_d;
    assign result_index_o = delay_fire ? '0 : result_index_q;
    assign result_last_o = result_valid_o && (result_index_o == result_end_d);
    assign result_index_d = result_valid_o ? result_index_o + 1'b1 : '0;

    `ASSERT(StartsRowsApart, !(delay_load && delay_q != '0))
    `ASSERT(PreloadsDoNotMeet, !(preload_o && preload_q != '0))
    `ASSERT(PreloadBeforeStart, !(start_o && !pending_q))
  end

  `ASSERT(FoldHasOperands, !(fold_valid_i && fold_length_i == '0))
  `ASSERT(StreamsDoNotMeet, !(start_o && streaming_q))
  `ASSERT(ResultsDoNotMeet, !(delay_fire && draining_q))
  `ASSERT(SerialFoldsDoNotMeet, overlapped_i || !start_o || array_empty)

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// An array with its controller, border decoders, double-buffered scratchpads and output
// accumulators, behind ready/valid streams. One command of the fold stream is one fold; software
// lays out the packed operands of each fold.
//
// Left and top streams: a beat is one address of every bank of the half that is being filled, a
// word for two adjacent rows (columns), the beat with *_last_i ends the block of a fold. Every
// fold takes a block from the top, and one from the left unless the fold before kept its own.
// A bank word (16 bits, two of them on the left of a 2:4 array) holds
//   4-bit formats   a pair of row 2p in [7:0] and one of row 2p+1 in [15:8];
//   8-bit formats   a pair of the element that takes rows 2p (high slice) and 2p+1 (low slice);
// and the address is
//   os, both sides  the pair along k (2:4 left: the group of two pairs);
//   ws left         the streamed operand; every row has the pair (2:4: group) its element is in;
//   ws top          the pair of stationary elements along the rows, row 0 first.
// *_odd_i, with *_last_i: the block begins with the odd element of its first pair. The top of a 2:4
// array adds a byte a word: the position nibbles of columns 2p and 2p+1 (8-bit: [3:0] of both).
// Rows and columns that a fold does not use are filled with zeros.
//
// Results: array column c at bank c, in ws at address base + t of operand t, in os at base + i of
// row element i. A fold that drains completes its half: addresses 0 .. base + results - 1 leave,
// one beat each; 8-bit elements from the top leave at the even column of their two. The first fold
// at an address of a half does not accumulate.
//
// Operands are at the array OperandDelay cycles after the controller's command. Starts, preloads
// and results keep the distances of sim/systolic/array_driver.cpp exactly.
`include "assert.svh"

module accelerator #(
  parameter int unsigned Rows = 8,
  parameter int unsigned Cols = 8,
  parameter bit OutputStationary = 1'b0,
  parameter bit Sparse = 1'b0,             // can run 2:4 operands from the top
  parameter bit LoopArray = 1'b0,          // systolic_array_loop, which simulates faster
  parameter int unsigned BufferDepth = 32, // words of a bank in one half
  parameter int unsigned OutputDepth = 32, // results of a column in one half
  localparam int unsigned LengthBits = $clog2(2 * BufferDepth + 1),
  localparam int unsigned BaseBits = $clog2(OutputDepth),
  localparam int unsigned ResultsBits = $clog2(OutputDepth + 1),
  localparam int unsigned LeftBits = (Rows + 1) / 2 * (Sparse ? 32 : 16),
  localparam int unsigned TopBits = (Cols + 1) / 2 * (Sparse ? 24 : 16),
  localparam int unsigned BiasBits = olv_pkg::ExponentBits
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,

  // Static between resets.
  input  olv_pkg::format_e                 format_left_i,
  input  olv_pkg::format_e                 format_top_i,
  input  logic [BiasBits-1:0]              bias_left_i,   // of outliers
  input  logic [BiasBits-1:0]              bias_top_i,
  input  logic                             sparse_i,      // the top is 2:4
  input  logic                             overlapped_i,  // as fold_controller

  input  logic                             fold_valid_i,
  output logic                             fold_ready_o,  // the fold starts in this cycle
  input  logic [LengthBits-1:0]            fold_length_i,
  input  logic [ResultsBits-1:0]           fold_results_i,
  input  logic [BaseBits-1:0]              fold_base_i,
  input  logic [2:0]                       fold_flags_i,  // drain, accumulate, keep left block

  input  logic                             left_valid_i,
  output logic                             left_ready_o,
  input  logic                             left_last_i,
  input  logic                             left_odd_i,
  input  logic [LeftBits-1:0]              left_data_i,

  input  logic                             top_valid_i,
  output logic                             top_ready_o,
  input  logic                             top_last_i,
  input  logic                             top_odd_i,
  input  logic [TopBits-1:0]               top_data_i,

  output logic                             out_valid_o,
  input  logic                             out_ready_i,
  output logic                             out_last_o,
  output logic [Cols*olv_pkg::SumBits-1:0] out_data_o,

  // [0] array busy, [1] a preload starts, [5:2] left and [9:6] top scratchpad: halves held, blocks
  // resident, [11:10] output halves that leave or wait to, [13:12] output halves committed.
  output logic [13:0]                      status_o
);

  localparam int unsigned OperandDelay = 2;
  // Column 0's result is at the bottom OperandDelay cycles after the controller's (os), one more
  // behind a register (ws). Its command reads the scratchpad the cycle before.
  localparam int unsigned ResultDelay = OutputStationary ? OperandDelay - 1 : OperandDelay;
  localparam int unsigned AddressBits = $clog2(BufferDepth);
  localparam int unsigned LineBits = (Sparse ? olv_pkg::GroupElements : 1) * olv_pkg::SliceBits;
  localparam int unsigned SumBits = olv_pkg::SumBits;
  localparam int unsigned PositionBits = olv_pkg::PositionBits;

  `ASSERT_PARAM(BufferHoldsRows, 2 * BufferDepth > Rows)
  `ASSERT_PARAM(OutputHoldsRows, !OutputStationary || OutputDepth >= Rows)

  logic left_is_8bit, top_is_8bit;
  assign left_is_8bit = olv_pkg::is_8bit(format_left_i);
  assign top_is_8bit = olv_pkg::is_8bit(format_top_i);

  logic keeps_left, accumulates, drains;
  assign {drains, accumulates, keeps_left} = fold_flags_i;

  logic start, preload, capture, busy;
  logic left_active, left_first, left_last, top_active;
  logic [LengthBits-1:0] left_index, top_index;
  logic result_valid, result_last, unused_result_first;
  logic [LengthBits-1:0] result_index;
  logic left_resident, left_odd, top_resident, top_odd;
  logic outputs_ready;
  fold_controller #(
    .Rows(Rows), .Cols(Cols), .OutputStationary(OutputStationary), .LengthBits(LengthBits)
  ) u_controller (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .overlapped_i  (overlapped_i),
    .fold_valid_i  (fold_valid_i),
    .fold_length_i (fold_length_i),
    .top_ready_i   (top_resident),
    .start_ready_i (left_resident && outputs_ready && (!OutputStationary || top_resident)),
    .preload_o     (preload),
    .start_o       (start),
    .left_active_o (left_active),
    .left_first_o  (left_first),
    .left_last_o   (left_last),
    .left_index_o  (left_index),
    .top_active_o  (top_active),
    .top_index_o   (top_index),
    .capture_o     (capture),
    .result_valid_o(result_valid),
    .result_first_o(unused_result_first),
    .result_last_o (result_last),
    .result_index_o(result_index),
    .busy_o        (busy)
  );
  assign fold_ready_o = start;

  // Whether the running fold is the last one that uses its left block.
  logic keeps_left_q;
  logic left_done, top_done;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) keeps_left_q <= 1'b0;
    else if (start) keeps_left_q <= keeps_left;
  end
  assign left_done = left_last && !(start ? keeps_left : keeps_left_q);
  assign top_done = OutputStationary ? left_last : capture;

  // From elements along k to pairs. ws: k runs along the rows, so the left word of a row does not
  // depend on it; a stationary element sits in a row for each slice of what passes it.
  logic [LengthBits:0] left_element, top_element;
  logic [LengthBits-1:0] top_step;
  logic [AddressBits-1:0] left_address;
  logic left_select;
  assign left_element = (LengthBits + 1)'(left_index) + (LengthBits + 1)'(left_odd);
  assign left_address = OutputStationary ? AddressBits'(left_element >> 1)
                                         : AddressBits'(left_index);
  assign left_select = OutputStationary ? left_element[0] : left_odd;
  assign top_step = (!OutputStationary && left_is_8bit) ? top_index >> 1 : top_index;
  assign top_element = (LengthBits + 1)'(top_step) + (LengthBits + 1)'(top_odd);

  logic [Rows*LineBits-1:0] array_left;
  logic [Rows-1:0] array_first, array_last;
  logic [Rows*PositionBits-1:0] unused_left_positions;
  operand_feeder #(
    .Lines(Rows), .Groups(Sparse), .PairAcross(!OutputStationary), .Depth(BufferDepth)
  ) u_left (
    .clk_i      (clk_i),
    .rst_ni     (rst_ni),
    .format_i   (format_left_i),
    .bias_i     (bias_left_i),
    .sparse_i   (sparse_i),
    .valid_i    (left_valid_i),
    .ready_o    (left_ready_o),
    .last_i     (left_last_i),
    .odd_i      (left_odd_i),
    .data_i     (left_data_i),
    .resident_o (left_resident),
    .odd_o      (left_odd),
    .read_i     (left_active),
    .first_i    (left_first),
    .last_read_i(left_last),
    .done_i     (left_done),
    .address_i  (left_address),
    .select_i   (left_select),
    .lines_o    (array_left),
    .first_o    (array_first),
    .last_o     (array_last),
    .positions_o(unused_left_positions),
    .fill_o     (status_o[5:2])
  );

  logic [Cols*olv_pkg::SliceBits-1:0] array_top;
  logic [Cols*PositionBits-1:0] array_positions;
  logic [Cols-1:0] unused_top_first, unused_top_last;
  operand_feeder #(.Lines(Cols), .Positions(Sparse), .Depth(BufferDepth)) u_top (
    .clk_i      (clk_i),
    .rst_ni     (rst_ni),
    .format_i   (format_top_i),
    .bias_i     (bias_top_i),
    .sparse_i   (sparse_i),
    .valid_i    (top_valid_i),
    .ready_o    (top_ready_o),
    .last_i     (top_last_i),
    .odd_i      (top_odd_i),
    .data_i     (top_data_i),
    .resident_o (top_resident),
    .odd_o      (top_odd),
    .read_i     (top_active),
    .first_i    (1'b0),
    .last_read_i(1'b0),
    .done_i     (top_done),
    .address_i  (AddressBits'(top_element >> 1)),
    .select_i   (top_element[0]),
    .lines_o    (array_top),
    .first_o    (unused_top_first),
    .last_o     (unused_top_last),
    .positions_o(array_positions),
    .fill_o     (status_o[9:6])
  );

  logic [OperandDelay-1:0] capture_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) capture_q <= '0;
    else capture_q <= {capture_q[OperandDelay-2:0], capture};
  end

  logic [Cols*SumBits-1:0] bottom;
  logic [Cols-1:0] bottom_valid;
  if (LoopArray) begin : gen_loop
    systolic_array_loop #(
      .Rows(Rows), .Cols(Cols), .OutputStationary(OutputStationary), .Sparse(Sparse)
    ) u_array (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .left_i        (array_left),
      .left_first_i  (array_first),
      .left_last_i   (array_last),
      .top_i         (array_top),
      .top_position_i(array_positions),
      .capture_i     (capture_q[OperandDelay-1]),
      .bottom_o      (bottom),
      .bottom_valid_o(bottom_valid)
    );
  end else begin : gen_tree
    systolic_array #(
      .Rows(Rows), .Cols(Cols), .OutputStationary(OutputStationary), .Sparse(Sparse)
    ) u_array (
      .clk_i         (clk_i),
      .rst_ni        (rst_ni),
      .left_i        (array_left),
      .left_first_i  (array_first),
      .left_last_i   (array_last),
      .top_i         (array_top),
      .top_position_i(array_positions),
      .capture_i     (capture_q[OperandDelay-1]),
      .bottom_o      (bottom),
      .bottom_valid_o(bottom_valid)
    );
  end

  logic command_valid, command_half, command_add, command_final;
  logic [BaseBits-1:0] command_address;
  logic [ResultsBits-1:0] command_count;
  logic output_free;
  result_sequencer #(
    .OutputStationary(OutputStationary), .LengthBits(LengthBits), .Depth(OutputDepth)
  ) u_sequencer (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .left_is_8bit_i(left_is_8bit),
    .start_i       (start),
    .base_i        (fold_base_i),
    .results_i     (fold_results_i),
    .accumulate_i  (accumulates),
    .drain_i       (drains),
    .ready_o       (outputs_ready),
    .result_valid_i(result_valid),
    .result_last_i (result_last),
    .result_index_i(result_index),
    .valid_o       (command_valid),
    .half_o        (command_half),
    .address_o     (command_address),
    .add_o         (command_add),
    .final_o       (command_final),
    .count_o       (command_count),
    .free_i        (output_free),
    .committed_o   (status_o[13:12])
  );

  localparam int unsigned CommandBits = BaseBits + ResultsBits + 3;
  logic [1:0] delayed_valid;
  logic [2*CommandBits-1:0] delayed;
  skew_chain #(.Width(CommandBits), .Taps(2), .Pitch(ResultDelay)) u_delay (
    .clk_i     (clk_i),
    .rst_ni    (rst_ni),
    .valid_i   (command_valid),
    .command_i ({command_count, command_address, command_half, command_add, command_final}),
    .valid_o   (delayed_valid),
    .commands_o(delayed)
  );
  logic unused_undelayed;
  assign unused_undelayed = ^{delayed_valid[0], delayed[CommandBits-1:0]};

  logic [Cols-1:0] expected;
  output_accumulator #(.Cols(Cols), .Depth(OutputDepth)) u_output (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .top_is_8bit_i(top_is_8bit),
    .valid_i      (delayed_valid[1]),
    .half_i       (delayed[CommandBits + 2]),
    .address_i    (delayed[CommandBits + 3 +: BaseBits]),
    .add_i        (delayed[CommandBits + 1]),
    .final_i      (delayed[CommandBits]),
    .count_i      (delayed[CommandBits + 3 + BaseBits +: ResultsBits]),
    .results_i    (bottom),
    .out_valid_o  (out_valid_o),
    .out_ready_i  (out_ready_i),
    .out_last_o   (out_last_o),
    .out_data_o   (out_data_o),
    .expected_o   (expected),
    .free_o       (output_free),
    .pending_o    (status_o[11:10])
  );
  assign status_o[1:0] = {preload, busy};

  logic unused_checks;
  assign unused_checks = ^{bottom_valid, expected};

  `ASSERT(FoldFitsBuffer, !fold_valid_i || fold_length_i <=
                          LengthBits'(OutputStationary ? 2 * BufferDepth : BufferDepth))
  `ASSERT(LeftReadsFit, !left_active || !OutputStationary ||
                        32'(left_element) < 32'(2 * BufferDepth))
  `ASSERT(TopReadsFit, !top_active || 32'(top_element) < 32'(2 * BufferDepth))
  `ASSERT(EveryOperandHasAResult, OutputStationary || !start ||
                                  32'(fold_results_i) == 32'(fold_length_i))
  `ASSERT(LeftFormatFits, !left_is_8bit || Rows >= 2)
  `ASSERT(TopFormatFits, !top_is_8bit || Cols >= 2)
  `ASSERT(SparseIsBuilt, !sparse_i || Sparse)
  `ASSERT(GroupFits, !sparse_i || OutputStationary || Rows >= (left_is_8bit ? 4 : 2))
  `ASSERT(ResultsOnTime, !OutputStationary || (expected & ~bottom_valid) == '0)

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Warp-level tensor core, D = A * B + C of 16 x 8 sums modulo 2^32, after OliVe's mmaovp (section
// 4.6): formats of A (weights) and B (activations) are free within a kind, the outlier bias is an
// operand.
//   kind 0  dense 8-bit   m16n8k32     kind 1  2:4 sparse 8-bit  m16n8k64
//   kind 2  dense 4-bit   m16n8k64     kind 3  2:4 sparse 4-bit  m16n8k128
// Every kind reads the same number of bytes of A and takes the same cycles, so that 4 bits and 2:4
// double the rate each. bias_i is that of an int4 operand's outliers; flint4 adds 1, 8 bits add 2.
//
// Timing, with Steps = 16 / Rows * 8 / Cols * 32 / Lanes: the result is valid Steps + 3 cycles
// after the request (operand registers, decode, Steps of multiply-accumulate, result registers),
// and a new request is taken every Steps cycles. A result that is not taken stops the unit when
// the first tile of the next instruction is complete.
`include "assert.svh"

module mma_unit #(
  parameter int unsigned Rows = 4,  // dot product units
  parameter int unsigned Cols = 4,
  parameter int unsigned Lanes = 8  // 8-bit products of a unit and cycle
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             request_valid_i,
  output logic             request_ready_o,  // follows result_ready_i within the cycle
  input  logic [1:0]       kind_i,           // {is_4bit, is_sparse}
  input  olv_pkg::format_e format_a_i,
  input  olv_pkg::format_e format_b_i,
  input  logic [3:0]       bias_i,
  input  logic [4095:0]    a_i,              // fragments: mma_fragment_map
  input  logic [4095:0]    b_i,
  input  logic [2047:0]    metadata_i,
  input  logic [4095:0]    c_i,
  output logic             result_valid_o,
  input  logic             result_ready_i,
  output logic [4095:0]    d_o
);

  localparam int unsigned RowBlocks = 16 / Rows;
  localparam int unsigned ColBlocks = 8 / Cols;
  localparam int unsigned KSteps = 32 / Lanes;
  localparam int unsigned Tiles = RowBlocks * ColBlocks;
  localparam int unsigned Steps = Tiles * KSteps;
  localparam int unsigned StepBits = Steps == 1 ? 1 : $clog2(Steps);
  localparam int unsigned TileBits = Tiles == 1 ? 1 : $clog2(Tiles);
  localparam int unsigned TileWidth = Rows * Cols * 32;

  `ASSERT_PARAM(RowsDivide16, Rows >= 1 && RowBlocks * Rows == 16)
  `ASSERT_PARAM(ColsDivide8, Cols >= 1 && ColBlocks * Cols == 8)
  `ASSERT_PARAM(LanesDivide32, Lanes >= 2 && KSteps * Lanes == 32)

  // Handshakes ------------------------------------------------------------------------------------
  logic busy_q, tile_done_q, result_valid_q;
  logic [StepBits-1:0] step_q;  // {row block, column block, step along k}
  logic [TileBits-1:0] tile_q;  // the next to complete
  logic enable, accept, last_k, last_of_rows, last_step;

  // A complete tile may not overwrite a result that waits.
  assign enable = !(tile_done_q && result_valid_q && !result_ready_i);
  assign last_k = (step_q & StepBits'(KSteps - 1)) == StepBits'(KSteps - 1);
  assign last_of_rows =
      (step_q & StepBits'(ColBlocks*KSteps - 1)) == StepBits'(ColBlocks*KSteps - 1);
  assign last_step = step_q == StepBits'(Steps - 1);
  assign request_ready_o = !busy_q || (last_step && enable);
  assign accept = request_valid_i && request_ready_o;
  assign result_valid_o = result_valid_q;

  logic active_q, last_k_q;  // of the multiply stage
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      step_q <= '0;
      active_q <= 1'b0;
      last_k_q <= 1'b0;
      tile_done_q <= 1'b0;
      tile_q <= '0;
      result_valid_q <= 1'b0;
    end else begin
      busy_q <= accept || (busy_q && !(last_step && enable));
      result_valid_q <= result_valid_q && !result_ready_i;
      if (enable) begin
        active_q <= busy_q;
        last_k_q <= last_k;
        tile_done_q <= active_q && last_k_q;
        if (busy_q) begin
          step_q <= last_step ? '0 : step_q + StepBits'(1);
        end
        if (tile_done_q) begin
          tile_q <= (tile_q == TileBits'(Tiles - 1)) ? '0 : tile_q + TileBits'(1);
          result_valid_q <= tile_q == TileBits'(Tiles - 1);
        end
      end
    end
  end

  // Operand registers -----------------------------------------------------------------------------
  logic [4095:0] a_rows, b_columns, c_tiles, d_tiles;
  logic [2047:0] metadata_rows;
  mma_fragment_map #(.Rows(Rows), .Cols(Cols), .Lanes(Lanes)) u_fragment_map (
    .is_sparse_i(kind_i[0]),
    .is_8bit_i  (!kind_i[1]),
    .a_i, .b_i, .metadata_i, .c_i,
    .a_o        (a_rows),
    .b_o        (b_columns),
    .metadata_o (metadata_rows),
    .c_o        (c_tiles),
    .d_i        (d_tiles),
    .d_o
  );

  logic is_sparse_q;
  olv_pkg::format_e format_a_q, format_b_q;
  logic [3:0] bias_q;
  always_ff @(posedge clk_i) begin
    if (accept) begin
      is_sparse_q <= kind_i[0];
      format_a_q <= format_a_i;
      format_b_q <= format_b_i;
      bias_q <= bias_i;
    end
  end

  logic advance;
  assign advance = busy_q && enable;

  logic [Rows*Lanes*8-1:0] a_head;
  mma_operand_buffer #(
    .Items(16), .ItemsPerBlock(Rows), .Slots(KSteps), .SlotBits(Lanes*8)
  ) u_a_buffer (
    .clk_i,
    .load_i(accept), .data_i(a_rows),
    .advance_i(advance), .next_block_i(last_of_rows), .head_o(a_head)
  );

  logic [Rows*Lanes*4-1:0] metadata_head;
  mma_operand_buffer #(
    .Items(16), .ItemsPerBlock(Rows), .Slots(KSteps), .SlotBits(Lanes*4)
  ) u_metadata_buffer (
    .clk_i,
    .load_i(accept), .data_i(metadata_rows),
    .advance_i(advance), .next_block_i(last_of_rows), .head_o(metadata_head)
  );

  logic [Cols*Lanes*16-1:0] b_head;
  mma_operand_buffer #(
    .Items(8), .ItemsPerBlock(Cols), .Slots(KSteps), .SlotBits(Lanes*16), .Recirculate(1'b1)
  ) u_b_buffer (
    .clk_i,
    .load_i(accept), .data_i(b_columns),
    .advance_i(advance), .next_block_i(last_k), .head_o(b_head)
  );

  logic [TileWidth-1:0] c_head;
  mma_operand_buffer #(
    .Items(Tiles), .ItemsPerBlock(1), .Slots(1), .SlotBits(TileWidth)
  ) u_c_buffer (
    .clk_i,
    .load_i(accept), .data_i(c_tiles),
    .advance_i(advance && last_k), .next_block_i(last_k), .head_o(c_head)
  );

  // Sums ------------------------------------------------------------------------------------------
  function automatic logic [3:0] outlier_bias(input olv_pkg::format_e format,
                                              input logic [3:0] bias);
    outlier_bias = olv_pkg::is_8bit(format)          ? bias + 4'd2
                 : (format == olv_pkg::FormatOvp4f) ? bias + 4'd1 : bias;
  endfunction

  logic [TileWidth-1:0] sum;
  mma_datapath #(.Rows(Rows), .Cols(Cols), .Lanes(Lanes)) u_datapath (
    .clk_i, .rst_ni,
    .enable_i   (enable),
    .active_i   (busy_q),
    .first_i    ((step_q & StepBits'(KSteps - 1)) == '0),
    .is_sparse_i(is_sparse_q),
    .format_a_i (format_a_q),
    .format_b_i (format_b_q),
    .bias_a_i   (outlier_bias(format_a_q, bias_q)),
    .bias_b_i   (outlier_bias(format_b_q, bias_q)),
    .a_i        (a_head),
    .b_i        (b_head),
    .metadata_i (metadata_head),
    .c_i        (c_head),
    .sum_o      (sum)
  );

  for (genvar i = 0; i < Tiles; i++) begin : gen_tile
    logic [TileWidth-1:0] result_q;
    always_ff @(posedge clk_i) begin
      if (tile_done_q && enable && tile_q == TileBits'(i)) begin
        result_q <= sum;
      end
    end
    assign d_tiles[i*TileWidth +: TileWidth] = result_q;
  end

  // Only assertions read these copies. (Verilator 5.006 cannot take $stable of ports this wide.)
  localparam int unsigned RequestBits = 12 + 3*4096 + 2048;
  logic [RequestBits-1:0] request, last_request_q;
  logic [4095:0] last_result_q;
  logic is_request_new, is_result_new;
  assign request = {kind_i, format_a_i, format_b_i, bias_i, a_i, b_i, metadata_i, c_i};
  assign is_request_new = request != last_request_q;
  assign is_result_new = d_o != last_result_q;
  always_ff @(posedge clk_i) begin
    last_request_q <= request;
    last_result_q <= d_o;
  end
  `ASSERT(RequestStable, !$past(request_valid_i && !request_ready_o) ||
                             (request_valid_i && !is_request_new))
  `ASSERT(ResultStable, !$past(result_valid_o && !result_ready_i) ||
                            (result_valid_o && !is_result_new))
  `ASSERT(FormatsFitKind, !accept || (olv_pkg::is_8bit(format_a_i) == !kind_i[1] &&
                                      olv_pkg::is_8bit(format_b_i) == !kind_i[1]))
  `ASSERT(OneResultATime, !(tile_done_q && enable) || !result_valid_q || result_ready_i)

endmodule

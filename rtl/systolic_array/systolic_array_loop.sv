// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// systolic_array for simulation at large sizes: the same ports and the same registers cycle by
// cycle, as loops over arrays instead of PE instances. Compiles in seconds at 64 x 64, where the
// instances take minutes. One process updates every register with blocking assignments, from the
// bottom right corner backwards, so that each PE still finds its neighbours' old values.
`include "assert.svh"

module systolic_array_loop #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter bit OutputStationary = 1'b0,
  parameter bit Sparse = 1'b0,
  localparam int unsigned Bus = Sparse ? olv_pkg::GroupElements : 1,
  localparam int unsigned LeftBits = Bus * olv_pkg::SliceBits,
  localparam int unsigned TopBits = olv_pkg::SliceBits,
  localparam int unsigned PositionBits = olv_pkg::PositionBits,
  localparam int unsigned SumBits = olv_pkg::SumBits
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [Rows*LeftBits-1:0]     left_i,
  input  logic [Rows-1:0]              left_first_i,
  input  logic [Rows-1:0]              left_last_i,
  input  logic [Cols*TopBits-1:0]      top_i,
  input  logic [Cols*PositionBits-1:0] top_position_i,
  input  logic                         capture_i,
  output logic [Cols*SumBits-1:0]      bottom_o,
  output logic [Cols-1:0]              bottom_valid_o
);

  localparam int unsigned CountBits = $clog2(Rows + 1);

  `ASSERT_PARAM(RowsInRange, Rows >= 1 && Rows <= 1024)
  `ASSERT_PARAM(ColsInRange, Cols >= 1 && Cols <= 1024)

  // sum + ((left * top) << (left exponent + top exponent)) modulo 2^32, as pe_mac.
  function automatic logic [SumBits-1:0] multiply_add(input logic [SumBits-1:0] sum,
                                                      input logic [8:0] left,
                                                      input logic [8:0] top);
    logic signed [9:0] product;
    logic [4:0] exponent;
    product = $signed(left[4:0]) * $signed(top[4:0]);
    exponent = {1'b0, left[8:5]} + {1'b0, top[8:5]};
    multiply_add = sum + ({{22{product[9]}}, product} << exponent);
  endfunction

  // The one of a bus that a PE multiplies; position is 0 where the bus has one lane.
  function automatic logic [8:0] select(input logic [LeftBits-1:0] bus,
                                        input logic [PositionBits-1:0] position);
    select = bus[32'(position) * 9 +: 9];
  endfunction

  logic [LeftBits-1:0]     left_q            [Rows][Cols];
  logic [Cols-1:0]         first_q           [Rows];
  logic [Cols-1:0]         last_q            [Rows];        // os
  logic [TopBits-1:0]      top_q             [Rows][Cols];
  logic [PositionBits-1:0] top_position_q    [Rows][Cols];  // 2:4
  logic [TopBits-1:0]      next_q            [Rows][Cols];  // ws
  logic [PositionBits-1:0] next_position_q   [Rows][Cols];
  logic [TopBits-1:0]      active_q          [Rows][Cols];
  logic [PositionBits-1:0] active_position_q [Rows][Cols];
  logic [SumBits-1:0]      sum_q             [Rows][Cols];
  logic [SumBits-1:0]      hold_q            [Rows][Cols];  // os
  logic [Cols-1:0]         capture_q;                       // ws: as it stood at each column
  logic [CountBits-1:0]    shift_number_q    [Cols];        // os: 1 .. Rows while a column drains

  always_comb begin
    for (int unsigned c = 0; c < Cols; c++) begin
      bottom_o[c*SumBits +: SumBits] = OutputStationary ? hold_q[Rows-1][c] : sum_q[Rows-1][c];
      bottom_valid_o[c] = shift_number_q[c] != '0;
    end
  end

  logic [CountBits-1:0] first_number;
  assign first_number = shift_number_q[0];
  `ASSERT(DrainFollowsLast, first_number != CountBits'(1) || $past(left_last_i[Rows-1]))
  `ASSERT(DrainEnds, first_number <= CountBits'(Rows))

  // Registers that the other dataflow or 2:4 would need stay as they start.
  always_ff @(posedge clk_i) begin : step
    logic [LeftBits-1:0] left;
    logic [TopBits-1:0] top;
    logic [PositionBits-1:0] position;

    for (int unsigned r = 0; r < Rows; r++) begin
      first_q[r] = rst_ni ? (first_q[r] << 1) | Cols'(left_first_i[r]) : '0;
      last_q[r] = rst_ni && OutputStationary ? (last_q[r] << 1) | Cols'(left_last_i[r]) : '0;
    end
    capture_q = rst_ni && !OutputStationary ? (capture_q << 1) | Cols'(capture_i) : '0;

    // A flag is now where its PE's operand is about to be.
    for (int r = Rows - 1; r >= 0; r--) begin
      for (int c = Cols - 1; c >= 0; c--) begin
        left = (c == 0) ? left_i[r*LeftBits +: LeftBits] : left_q[r][c-1];
        top = (r == 0) ? top_i[c*TopBits +: TopBits] : top_q[r-1][c];
        position = '0;
        if (Sparse) begin
          position = (r == 0) ? top_position_i[c*PositionBits +: PositionBits]
                              : top_position_q[r-1][c];
          top_position_q[r][c] = position;
        end
        left_q[r][c] = left;
        top_q[r][c] = top;

        if (OutputStationary) begin
          sum_q[r][c] = multiply_add(first_q[r][c] ? '0 : sum_q[r][c], select(left, position),
                                     top);
          if (last_q[r][c]) hold_q[r][c] = sum_q[r][c];
          else if (shift_number_q[c] != '0 && shift_number_q[c] <= CountBits'(r)) begin
            hold_q[r][c] = hold_q[r-1][c];
          end
        end else begin
          if (first_q[r][c]) begin
            active_q[r][c] = next_q[r][c];
            active_position_q[r][c] = Sparse ? next_position_q[r][c] : '0;
          end
          if (capture_q[c]) begin
            next_q[r][c] = top;
            next_position_q[r][c] = position;
          end
          position = Sparse ? active_position_q[r][c] : '0;
          sum_q[r][c] = multiply_add((r == 0) ? '0 : sum_q[r-1][c], select(left, position),
                                     active_q[r][c]);
        end
      end
    end

    for (int c = Cols - 1; c > 0; c--) begin
      shift_number_q[c] = rst_ni ? shift_number_q[c-1] : '0;
    end
    if (!rst_ni) shift_number_q[0] = '0;
    else if (OutputStationary && left_last_i[Rows-1]) shift_number_q[0] = CountBits'(1);
    else if (shift_number_q[0] == CountBits'(Rows)) shift_number_q[0] = '0;
    else if (shift_number_q[0] != '0) shift_number_q[0] = shift_number_q[0] + 1'b1;
  end

endmodule

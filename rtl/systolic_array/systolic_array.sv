// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Rows x Cols PEs. Operands enter from the left and from the top already skewed by a cycle a row
// and a cycle a column; control flags ride with them, so a column does what the column left of it
// did a cycle before.
//
// Output stationary: once the last row of a column has its sum, the column shifts its hold
// registers down for Rows cycles, row r taking part in the first r + 1 shifts; bottom_valid_o marks
// the cycles in which a result stands at bottom_o.
`include "assert.svh"

module systolic_array #(
  parameter int unsigned Rows = 8,
  parameter int unsigned Cols = 8,
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
  input  logic [Rows*LeftBits-1:0]     left_i,          // row r, bus lane l at [(r*Bus+l)*9 +: 9]
  input  logic [Rows-1:0]              left_first_i,    // first operand of a fold
  input  logic [Rows-1:0]              left_last_i,     // last operand of a fold
  input  logic [Cols*TopBits-1:0]      top_i,
  input  logic [Cols*PositionBits-1:0] top_position_i,  // 2:4: place in the group of the left bus
  input  logic                         capture_i,       // ws: column 0 has its operands
  output logic [Cols*SumBits-1:0]      bottom_o,
  output logic [Cols-1:0]              bottom_valid_o   // os: a result leaves; ws: always 0
);

  localparam int unsigned CountBits = $clog2(Rows + 1);

  `ASSERT_PARAM(RowsInRange, Rows >= 1 && Rows <= 1024)
  `ASSERT_PARAM(ColsInRange, Cols >= 1 && Cols <= 1024)

  // Between the PEs, where index 0 is the border, and their sums.
  logic [LeftBits-1:0]     left         [Rows][Cols + 1];
  logic                    first        [Rows][Cols + 1];
  logic                    last         [Rows][Cols + 1];
  logic [TopBits-1:0]      top          [Rows + 1][Cols];
  logic [PositionBits-1:0] top_position [Rows + 1][Cols];
  logic [SumBits-1:0]      sum          [Rows][Cols];
  logic [SumBits-1:0]      hold         [Rows][Cols];      // os
  logic                    capture      [Cols];
  logic [CountBits-1:0]    shift_number [Cols];            // os: 1 .. Rows while a column drains

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    assign left[r][0] = left_i[r*LeftBits +: LeftBits];
    assign first[r][0] = left_first_i[r];
    assign last[r][0] = left_last_i[r];

    for (genvar c = 0; c < Cols; c++) begin : gen_col
      logic hold_shift;
      logic [SumBits-1:0] above;
      assign hold_shift = shift_number[c] != '0 && shift_number[c] <= CountBits'(r);
      if (r == 0) begin : gen_top
        assign above = '0;
      end else begin : gen_below
        assign above = OutputStationary ? hold[r-1][c] : sum[r-1][c];
      end

      pe #(
        .OutputStationary(OutputStationary),
        .Sparse(Sparse),
        .HasAssertions(r == Rows - 1 && c == Cols - 1)
      ) u_pe (
        .clk_i,
        .rst_ni,
        .left_i(left[r][c]),
        .first_i(first[r][c]),
        .last_i(last[r][c]),
        .top_i(top[r][c]),
        .top_position_i(top_position[r][c]),
        .capture_i(capture[c]),
        .hold_shift_i(hold_shift),
        .above_i(above),
        .left_o(left[r][c+1]),
        .first_o(first[r][c+1]),
        .last_o(last[r][c+1]),
        .top_o(top[r+1][c]),
        .top_position_o(top_position[r+1][c]),
        .sum_o(sum[r][c]),
        .hold_o(hold[r][c])
      );
    end
  end

  for (genvar c = 0; c < Cols; c++) begin : gen_border
    assign top[0][c] = top_i[c*TopBits +: TopBits];
    assign top_position[0][c] = top_position_i[c*PositionBits +: PositionBits];
    assign bottom_o[c*SumBits +: SumBits] = OutputStationary ? hold[Rows-1][c] : sum[Rows-1][c];
    assign bottom_valid_o[c] = shift_number[c] != '0;
  end

  if (OutputStationary) begin : gen_drain
    logic [CountBits-1:0] shift_number_d;

    always_comb begin
      shift_number_d = '0;
      if (left_last_i[Rows-1]) shift_number_d = CountBits'(1);
      else if (shift_number[0] != '0 && shift_number[0] != CountBits'(Rows)) begin
        shift_number_d = shift_number[0] + 1'b1;
      end
    end

    for (genvar c = 0; c < Cols; c++) begin : gen_col
      logic [CountBits-1:0] shift_number_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) shift_number_q <= '0;
        else if (c == 0) shift_number_q <= shift_number_d;
        else shift_number_q <= shift_number[(c == 0) ? 0 : c-1];
      end
      assign shift_number[c] = shift_number_q;
      assign capture[c] = 1'b0;
    end

    logic unused_capture;
    assign unused_capture = capture_i;

    // A row's next sum finds its hold register moved on. What holds for column 0 holds for all.
    logic [Rows-1:0] shifting;
    for (genvar r = 0; r < Rows; r++) begin : gen_shifting
      assign shifting[r] = shift_number[0] != '0 && shift_number[0] <= CountBits'(r);
    end
    `ASSERT(HoldIsFree, (left_last_i & shifting) == '0)
    logic [CountBits-1:0] first_number;
    assign first_number = shift_number[0];
    `ASSERT(DrainFollowsLast, first_number != CountBits'(1) || $past(left_last_i[Rows-1]))
    `ASSERT(DrainEnds, first_number <= CountBits'(Rows))
  end else begin : gen_capture
    for (genvar c = 0; c < Cols; c++) begin : gen_col
      assign shift_number[c] = '0;
      if (c == 0) begin : gen_first
        assign capture[c] = capture_i;
      end else begin : gen_delay
        logic capture_q;
        always_ff @(posedge clk_i or negedge rst_ni) begin
          if (!rst_ni) capture_q <= 1'b0;
          else capture_q <= capture[c-1];
        end
        assign capture[c] = capture_q;
      end
    end

    // Rows whose next operand in column 0 waits for its swap. Nothing but assertions reads it, so
    // synthesis removes it.
    logic [Rows-1:0] loaded_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) loaded_q <= '0;
      else loaded_q <= (loaded_q & ~left_first_i) | {Rows{capture_i}};
    end

    `ASSERT(SwapNeedsCapture, (left_first_i & ~loaded_q) == '0)
    `ASSERT(CaptureFindsNextFree, !capture_i || (loaded_q & ~left_first_i) == '0)
  end

endmodule

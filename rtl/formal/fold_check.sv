// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The fold controller beside the rules of sim/systolic/array_driver.cpp, which speaks of ages:
// cycles since the youngest fold started and since the newest preload began. Ages saturate far
// above every age that matters. What the controller says in a cycle must be what the rules give
// for the same history: no start or preload that they forbid, none missed, every fold taken once,
// windows whole and apart.
module fold_check #(
  parameter int unsigned Rows = 2,
  parameter int unsigned Cols = 2,
  parameter bit OutputStationary = 1'b0,
  parameter int unsigned LengthBits = 3
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  overlapped_i,
  input  logic                  fold_valid_i,
  input  logic [LengthBits-1:0] fold_length_i,
  input  logic                  top_ready_i,
  input  logic                  start_ready_i,
  output logic                  preload_o,
  output logic                  start_o,
  output logic [LengthBits+2:0] left_o,    // {active, first, last, index}
  output logic [LengthBits+1:0] top_o,     // {active, capture, index}
  output logic [LengthBits+2:0] result_o,  // {valid, first, last, index}
  output logic                  busy_o
);

  localparam int unsigned Flush = Rows + Cols - 2 + (OutputStationary ? Rows : 0);
  localparam int unsigned AgeBits = LengthBits + 3;  // an age plus a length fits
  localparam logic [AgeBits-1:0] AgeMax = AgeBits'(1 << (LengthBits + 2));

  // A fold without operands is not offered.
  logic fold_valid;
  assign fold_valid = fold_valid_i && fold_length_i != '0;

  logic left_active, left_first, left_last, top_active, capture;
  logic result_valid, result_first, result_last;
  logic [LengthBits-1:0] left_index, top_index, result_index;
  fold_controller #(
    .Rows(Rows), .Cols(Cols), .OutputStationary(OutputStationary), .LengthBits(LengthBits)
  ) u_dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .overlapped_i(overlapped_i), .fold_valid_i(fold_valid),
    .fold_length_i(fold_length_i), .top_ready_i(top_ready_i), .start_ready_i(start_ready_i),
    .preload_o(preload_o), .start_o(start_o), .left_active_o(left_active),
    .left_first_o(left_first), .left_last_o(left_last), .left_index_o(left_index),
    .top_active_o(top_active), .top_index_o(top_index), .capture_o(capture),
    .result_valid_o(result_valid), .result_first_o(result_first), .result_last_o(result_last),
    .result_index_o(result_index), .busy_o(busy_o)
  );
  assign left_o = {left_active, left_first, left_last, left_index};
  assign top_o = {top_active, capture, top_index};
  assign result_o = {result_valid, result_first, result_last, result_index};

  // History: the youngest started fold, and the preload that no start has taken.
  logic has_run = 1'b0, is_preloaded = 1'b0;
  logic [AgeBits-1:0] start_age, preload_age;
  logic [LengthBits-1:0] length;
  always_ff @(posedge clk_i) begin
    if (start_age != AgeMax) start_age <= start_age + 1'b1;
    if (preload_age != AgeMax) preload_age <= preload_age + 1'b1;
    if (start_o) begin
      has_run <= rst_ni;
      is_preloaded <= 1'b0;
      start_age <= AgeBits'(1);
      length <= fold_length_i;
    end
    if (preload_o) begin
      is_preloaded <= rst_ni;
      preload_age <= AgeBits'(1);
    end
  end

  // can_start and can_preload.
  logic is_empty, is_free, may_start, may_preload;
  always_comb begin
    is_empty = !has_run || start_age >= AgeBits'(length) + AgeBits'(Flush);
    is_free = !has_run || start_age >= AgeBits'(length);
    if (OutputStationary && has_run) begin
      is_free = is_free && start_age + AgeBits'(fold_length_i) >= AgeBits'(length) + AgeBits'(Rows);
    end
    may_start = fold_valid && start_ready_i && (overlapped_i ? is_free : is_empty);
    may_preload = 1'b0;
    if (!OutputStationary) begin
      may_start = may_start && is_preloaded && preload_age >= AgeBits'(Rows);
      may_preload = top_ready_i && (!is_preloaded || may_start) &&
                    (overlapped_i || (is_empty && !may_start));
    end
  end

  // Operand t of row 0 enters in cycle start + t.
  logic expected_active, expected_last;
  logic [LengthBits-1:0] expected_index;
  always_comb begin
    expected_active = start_o || (has_run && start_age < AgeBits'(length));
    expected_index = start_o ? '0 : LengthBits'(start_age);
    expected_last = expected_active && expected_index + 1'b1 == (start_o ? fold_length_i : length);
  end

  // Array row Rows-1-i of column 0 enters in cycle preload + i.
  logic [AgeBits-1:0] preload_now;
  logic expected_top;
  assign preload_now = preload_o ? '0 : preload_age;
  assign expected_top = preload_o || (is_preloaded && preload_age < AgeBits'(Rows));

  // The left window of the last 2 * Rows - 1 cycles; 0 is this cycle.
  logic [LengthBits+2:0] past[0:2*Rows-1];
  assign past[0] = left_o;
  for (genvar i = 1; i < 2 * Rows; i++) begin : gen_past
    logic [LengthBits+2:0] window = '0;
    always_ff @(posedge clk_i) window <= rst_ni ? past[i-1] : '0;
    assign past[i] = window;
  end

  // Column 0's result. ws: operand t leaves Rows-1 cycles after it entered. os: row Rows-1-i leaves
  // Rows + i cycles after the last operand entered.
  logic [LengthBits+2:0] expected_result;
  logic [Rows-1:0] rows_leaving;
  for (genvar i = 0; i < Rows; i++) begin : gen_leaving
    assign rows_leaving[i] = past[Rows+i][LengthBits];
  end
  always_comb begin
    expected_result = past[Rows-1];
    if (OutputStationary) begin
      expected_result = '0;
      for (int i = 0; i < Rows; i++) begin
        if (rows_leaving[i]) begin
          expected_result = {1'b1, 1'(i == 0), 1'(i == Rows - 1), LengthBits'(Rows - 1 - i)};
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      StartIffAllowed: assert (start_o == may_start);
      PreloadIffAllowed: assert (preload_o == may_preload);
      LeftWindow: assert (left_active == expected_active);
      LeftFirst: assert (left_first == start_o);
      LeftLast: assert (left_last == expected_last);
      LeftIndex: assert (!left_active || left_index == expected_index);
      if (OutputStationary) begin
        TopFollowsLeft: assert (top_active == left_active && !capture);
        TopIndex: assert (!top_active || top_index == left_index);
        OneResultRow: assert ((rows_leaving & (rows_leaving - 1'b1)) == '0);
      end else begin
        TopWindow: assert (top_active == expected_top);
        TopIndexDown:
        assert (!top_active || AgeBits'(top_index) == AgeBits'(Rows - 1) - preload_now);
        Capture: assert (capture == (expected_top && preload_now == AgeBits'(Rows - 1)));
      end
      ResultWindow: assert (result_valid == expected_result[LengthBits+2]);
      ResultWhole: assert (!result_valid || result_o == expected_result);
      Busy: assert (busy_o == (!is_empty || is_preloaded || start_o || preload_o));
    end
  end

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The output scratchpad: a bank for every physical column, and the stream that empties a half. The
// command of this cycle is that of column 0; it reaches column c, like the result it speaks of, c
// cycles later. Results arrive a cycle after their command. The command with final_i completes its
// half: once the last column has it, addresses 0 .. count-1 leave, one beat each.
`include "assert.svh"

module output_accumulator #(
  parameter int unsigned Cols = 8,
  parameter int unsigned Depth = 16,
  localparam int unsigned AddressBits = $clog2(Depth),
  localparam int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             top_is_8bit_i,  // two columns are one output element

  input  logic                             valid_i,
  input  logic                             half_i,
  input  logic [AddressBits-1:0]           address_i,
  input  logic                             add_i,
  input  logic                             final_i,
  input  logic [CountBits-1:0]             count_i,    // with final_i
  input  logic [Cols*olv_pkg::SumBits-1:0] results_i,

  output logic                             out_valid_o,
  input  logic                             out_ready_i,
  output logic                             out_last_o,
  output logic [Cols*olv_pkg::SumBits-1:0] out_data_o,

  output logic [Cols-1:0]                  expected_o,  // a result of this column is taken now
  output logic                             free_o,      // the last beat of a half leaves
  output logic [1:0]                       pending_o    // halves that leave or wait to leave
);

  localparam int unsigned SumBits = olv_pkg::SumBits;
  localparam int unsigned CommandBits = AddressBits + 4;

  `ASSERT_PARAM(OutputDepthInRange, Depth >= 2 && Depth <= 65536)

  // Also true from one half to the other: the first command of a half does not add.
  logic previous_valid_q;
  logic [AddressBits-1:0] previous_address_q;
  logic forward;
  assign forward = previous_valid_q && previous_address_q == address_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) previous_valid_q <= 1'b0;
    else previous_valid_q <= valid_i;
  end
  always_ff @(posedge clk_i) previous_address_q <= address_i;

  logic [Cols-1:0] column_valid, column_half, column_add, column_final, column_forward;
  logic [Cols*AddressBits-1:0] column_address;
  logic [Cols*CommandBits-1:0] commands;
  skew_chain #(.Width(CommandBits), .Taps(Cols), .Pitch(1)) u_skew (
    .clk_i     (clk_i),
    .rst_ni    (rst_ni),
    .valid_i   (valid_i),
    .command_i ({address_i, half_i, add_i, final_i, forward}),
    .valid_o   (column_valid),
    .commands_o(commands)
  );

  // A half begins to leave in the cycle after the last column wrote its last sum.
  logic [Cols-1:0] column_valid_q;
  logic final_q, final_half_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      column_valid_q <= '0;
      final_q <= 1'b0;
    end else begin
      column_valid_q <= column_valid;
      final_q <= column_valid[Cols-1] && column_final[Cols-1];
    end
  end
  always_ff @(posedge clk_i) final_half_q <= column_half[Cols-1];
  assign expected_o = column_valid_q;

  logic [1:0] pending_d, pending_q;  // by half
  logic drain_half_d, drain_half_q;
  logic [2*CountBits-1:0] count_d, count_q;
  logic [CountBits-1:0] drain_count;
  logic [AddressBits-1:0] drain_address_d, drain_address_q;
  logic beat_valid_d, beat_valid_q, beat_last_d, beat_last_q;
  logic drain;
  assign drain_count = count_q[drain_half_q*CountBits +: CountBits];
  assign drain = pending_q[drain_half_q] && (!beat_valid_q || (out_ready_i && !beat_last_q));
  assign free_o = beat_valid_q && beat_last_q && out_ready_i;
  assign pending_o = pending_q;
  assign out_valid_o = beat_valid_q;
  assign out_last_o = beat_last_q;

  always_comb begin
    count_d = count_q;
    if (valid_i && final_i) count_d[half_i*CountBits +: CountBits] = count_i;
    pending_d = pending_q;
    if (final_q) pending_d[final_half_q] = 1'b1;
    if (free_o) pending_d[drain_half_q] = 1'b0;
    drain_half_d = drain_half_q ^ free_o;
    drain_address_d = drain_address_q;
    beat_valid_d = beat_valid_q && !out_ready_i;
    beat_last_d = beat_last_q;
    if (drain) begin
      drain_address_d = drain_address_q + 1'b1;
      beat_valid_d = 1'b1;
      beat_last_d = CountBits'(drain_address_q) + 1'b1 == drain_count;
    end
    if (free_o) drain_address_d = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q <= '0;
      drain_half_q <= 1'b0;
      count_q <= '0;
      drain_address_q <= '0;
      beat_valid_q <= 1'b0;
      beat_last_q <= 1'b0;
    end else begin
      pending_q <= pending_d;
      drain_half_q <= drain_half_d;
      count_q <= count_d;
      drain_address_q <= drain_address_d;
      beat_valid_q <= beat_valid_d;
      beat_last_q <= beat_last_d;
    end
  end

  logic [Cols*SumBits-1:0] words;
  for (genvar c = 0; c < Cols; c++) begin : gen_column
    assign {column_address[c*AddressBits +: AddressBits], column_half[c], column_add[c],
            column_final[c], column_forward[c]} = commands[c*CommandBits +: CommandBits];
    accumulator_column #(.Depth(Depth)) u_column (
      .clk_i          (clk_i),
      .rst_ni         (rst_ni),
      .valid_i        (column_valid[c]),
      .half_i         (column_half[c]),
      .address_i      (column_address[c*AddressBits +: AddressBits]),
      .add_i          (column_add[c]),
      .forward_i      (column_forward[c]),
      .result_i       (results_i[c*SumBits +: SumBits]),
      .drain_i        (drain),
      .drain_half_i   (drain_half_q),
      .drain_address_i(drain_address_q),
      .drain_word_o   (words[c*SumBits +: SumBits])
    );

    // 8-bit elements from the top: the slices of columns c and c+1 meet here.
    logic [SumBits-1:0] element;
    if (c % 2 == 0 && c + 1 < Cols) begin : gen_high
      assign element = words[c*SumBits +: SumBits] + words[(c+1)*SumBits +: SumBits];
    end else begin : gen_none
      assign element = '0;
    end
    assign out_data_o[c*SumBits +: SumBits] =
        top_is_8bit_i ? element : words[c*SumBits +: SumBits];
  end

  if (Cols > 1) begin : gen_unused
    logic unused_final;  // the last column's counts
    assign unused_final = ^column_final[Cols-2:0];
  end

  `ASSERT(OneRegionAtATime, !(final_q && pending_q[final_half_q]))
  `ASSERT(CountIsNotZero, !(valid_i && final_i && count_i == '0))
  `ASSERT(OutputIsStable, !(out_valid_o && !out_ready_i) || (beat_valid_d && !drain))

endmodule

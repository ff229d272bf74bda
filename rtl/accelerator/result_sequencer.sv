// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Turns the controller's results into commands of the output scratchpad, and keeps count of its
// halves. The commands of at most three started folds wait here until their results leave: os may
// start two folds before the results of the one before are all out.
`include "assert.svh"

module result_sequencer #(
  parameter bit OutputStationary = 1'b0,
  parameter int unsigned LengthBits = 16,
  parameter int unsigned Depth = 16,  // words of a half of the output scratchpad
  localparam int unsigned AddressBits = $clog2(Depth),
  localparam int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   left_is_8bit_i,

  // The fold that starts.
  input  logic                   start_i,
  input  logic [AddressBits-1:0] base_i,
  input  logic [CountBits-1:0]   results_i,     // ws: operands streamed; os: row elements in use
  input  logic                   accumulate_i,
  input  logic                   drain_i,       // completes its half of the output scratchpad
  output logic                   ready_o,       // there is room for the results of a fold

  // Column 0's result of this cycle.
  input  logic                   result_valid_i,
  input  logic                   result_last_i,
  input  logic [LengthBits-1:0]  result_index_i,

  output logic                   valid_o,
  output logic                   half_o,
  output logic [AddressBits-1:0] address_o,
  output logic                   add_o,
  output logic                   final_o,
  output logic [CountBits-1:0]   count_o,
  input  logic                   free_i,        // a half has left
  output logic [1:0]             committed_o    // halves whose last fold has started
);

  localparam int unsigned FoldBits = AddressBits + CountBits + 2;
  localparam int unsigned Slots = 4;

  logic [FoldBits-1:0] fold_q [Slots];
  logic [1:0] push_q, pop_q;
  logic [1:0] committed_d, committed_q;
  logic half_q;
  logic pop;
  assign pop = result_valid_i && result_last_i;
  assign committed_d = committed_q + {1'b0, start_i && drain_i} - {1'b0, free_i};
  assign committed_o = committed_q;
  assign ready_o = committed_q != 2'd2;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      push_q <= '0;
      pop_q <= '0;
      committed_q <= '0;
      half_q <= 1'b0;
    end else begin
      push_q <= push_q + {1'b0, start_i};
      pop_q <= pop_q + {1'b0, pop};
      committed_q <= committed_d;
      half_q <= half_q ^ final_o;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) fold_q[push_q] <= {base_i, results_i, accumulate_i, drain_i};
  end

  // A 1x1 ws array has a fold's first result in the cycle of its start.
  logic [AddressBits-1:0] base;
  logic [CountBits-1:0] results;
  logic accumulate, drains;
  assign {base, results, accumulate, drains} =
      (push_q == pop_q) ? {base_i, results_i, accumulate_i, drain_i} : fold_q[pop_q];

  // os: the rows of an element of two slices drain one after the other, the low slice first.
  logic [LengthBits-1:0] element;
  logic is_second;
  if (OutputStationary) begin : gen_os
    assign element = left_is_8bit_i ? result_index_i >> 1 : result_index_i;
    assign is_second = left_is_8bit_i && !result_index_i[0];
  end else begin : gen_ws
    logic unused_left_format;
    assign unused_left_format = left_is_8bit_i;
    assign element = result_index_i;
    assign is_second = 1'b0;
  end

  localparam int unsigned WideBits = (LengthBits > CountBits) ? LengthBits : CountBits;
  assign valid_o = result_valid_i && WideBits'(element) < WideBits'(results);
  assign half_o = half_q;
  assign address_o = base + AddressBits'(element);
  assign add_o = accumulate || is_second;
  assign final_o = valid_o && result_last_i && drains;
  assign count_o = CountBits'(base) + results;

  logic [1:0] waiting;
  assign waiting = push_q - pop_q;
  `ASSERT(FoldsFit, !(start_i && !pop && waiting == 2'd3))
  `ASSERT(ResultHasFold, !(result_valid_i && waiting == 2'd0 && !start_i))
  `ASSERT(RegionFits, !start_i || (CountBits+1)'(base_i) + (CountBits+1)'(results_i) <=
                                  (CountBits+1)'(Depth))
  `ASSERT(FoldHasResults, !(start_i && results_i == '0))
  `ASSERT(CommittedInRange, !(ready_o && committed_d == 2'd3) && !(free_i && committed_q == '0))

endmodule

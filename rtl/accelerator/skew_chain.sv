// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Passes a command along the lines of the array: the skew. Tap 0 is the command of this cycle, tap
// t that of t * Pitch cycles ago.
`include "assert.svh"

module skew_chain #(
  parameter int unsigned Width = 8,
  parameter int unsigned Taps = 4,
  parameter int unsigned Pitch = 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  valid_i,
  input  logic [Width-1:0]      command_i,
  output logic [Taps-1:0]       valid_o,
  output logic [Taps*Width-1:0] commands_o
);

  `ASSERT_PARAM(TapsInRange, Taps >= 1 && Pitch >= 1)

  localparam int unsigned Stages = (Taps - 1) * Pitch;

  logic [Stages:0] valid;
  logic [Width-1:0] command [Stages+1];
  assign valid[0] = valid_i;
  assign command[0] = command_i;

  for (genvar t = 0; t < Taps; t++) begin : gen_tap
    assign valid_o[t] = valid[t*Pitch];
    assign commands_o[t*Width +: Width] = command[t*Pitch];
  end

  for (genvar s = 0; s < Stages; s++) begin : gen_stage
    logic valid_q;
    logic [Width-1:0] command_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else valid_q <= valid[s];
    end
    always_ff @(posedge clk_i) command_q <= command[s];
    assign valid[s+1] = valid_q;
    assign command[s+1] = command_q;
  end

  if (Stages == 0) begin : gen_no_stage
    logic unused_clock;
    assign unused_clock = clk_i ^ rst_ni;
  end

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The output scratchpad of one physical column, two halves: results are added to one while the
// other is streamed out. A command reads its word; the result arrives at result_i a cycle later and
// the sum is written in that cycle.
`include "assert.svh"

module accumulator_column #(
  parameter int unsigned Depth = 16,  // words of one half
  localparam int unsigned AddressBits = $clog2(Depth)
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        valid_i,
  input  logic                        half_i,
  input  logic [AddressBits-1:0]      address_i,
  input  logic                        add_i,      // else the result replaces the word
  input  logic                        forward_i,  // the command before had the same address
  input  logic [olv_pkg::SumBits-1:0] result_i,

  input  logic                        drain_i,
  input  logic                        drain_half_i,  // also that of drain_word_o
  input  logic [AddressBits-1:0]      drain_address_i,
  output logic [olv_pkg::SumBits-1:0] drain_word_o  // a cycle after drain_i, until the next one
);

  localparam int unsigned SumBits = olv_pkg::SumBits;

  logic valid_q, half_q, add_q, forward_q;
  logic [AddressBits-1:0] address_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end
  always_ff @(posedge clk_i) begin
    half_q <= half_i;
    add_q <= add_i;
    forward_q <= forward_i;
    address_q <= address_i;
  end

  logic [2*SumBits-1:0] words;
  logic [SumBits-1:0] base, sum, written_q;
  always_comb begin
    base = '0;
    if (add_q) base = forward_q ? written_q : words[half_q*SumBits +: SumBits];
  end
  assign sum = base + result_i;
  assign drain_word_o = words[drain_half_i*SumBits +: SumBits];

  // The memory still shows the old word when the next command reads the same address.
  always_ff @(posedge clk_i) begin
    if (valid_q) written_q <= sum;
  end

  for (genvar h = 0; h < 2; h++) begin : gen_half
    logic accumulates, drains;
    assign accumulates = valid_i && half_i == 1'(h);
    assign drains = drain_i && drain_half_i == 1'(h);
    sram_1r1w #(.WordBits(SumBits), .Words(Depth)) u_sram (
      .clk_i          (clk_i),
      .write_i        (valid_q && half_q == 1'(h)),
      .write_address_i(address_q),
      .write_word_i   (sum),
      .read_i         (accumulates || drains),
      .read_address_i (drains ? drain_address_i : address_i),
      .read_word_o    (words[h*SumBits +: SumBits])
    );
    `ASSERT(OneReaderOfAHalf, !(accumulates && drains))
  end

  `ASSERT(ForwardFollows, !(valid_i && forward_i && !valid_q))

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// A memory with one write and one read port. The word that is read appears a cycle later and stays
// until the next read. A word that is written in the same cycle is read as it was before.
module sram_1r1w #(
  parameter int unsigned WordBits = 16,
  parameter int unsigned Words = 16,
  localparam int unsigned AddressBits = (Words > 1) ? $clog2(Words) : 1
) (
  input  logic                   clk_i,
  input  logic                   write_i,
  input  logic [AddressBits-1:0] write_address_i,
  input  logic [   WordBits-1:0] write_word_i,
  input  logic                   read_i,
  input  logic [AddressBits-1:0] read_address_i,
  output logic [   WordBits-1:0] read_word_o
);

  logic [WordBits-1:0] memory_q [Words];
  logic [WordBits-1:0] read_word_q;

  always_ff @(posedge clk_i) begin
    if (write_i) memory_q[write_address_i] <= write_word_i;
  end

  always_ff @(posedge clk_i) begin
    if (read_i) read_word_q <= memory_q[read_address_i];
  end

  assign read_word_o = read_word_q;

endmodule

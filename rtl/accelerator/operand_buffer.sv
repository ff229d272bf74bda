// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The double-buffered scratchpad of one border: one bank for every pair of lines, two halves. A
// beat of the stream writes one address of all banks; the beat with last_i completes a block, and
// the next one goes to the other half. Lines read with the skew, so a half is held until the last
// line has read it, while the first line may already be in the other one.
`include "assert.svh"

module operand_buffer #(
  parameter int unsigned Banks = 4,
  parameter int unsigned WordBits = 16,
  parameter int unsigned Depth = 16,  // words of a bank in one half
  localparam int unsigned AddressBits = $clog2(Depth)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,

  input  logic                         valid_i,
  output logic                         ready_o,
  input  logic                         last_i,
  input  logic                         odd_i,   // with last_i: see odd_o
  input  logic [Banks*WordBits-1:0]    data_i,

  output logic                         resident_o,  // the block at the front is complete
  output logic                         half_o,      // where it lies
  output logic                         odd_o,       // it begins with the odd element of a pair
  input  logic                         done_i,      // the first line is done with it
  input  logic                         release_i,   // the last line is done with a block

  input  logic [Banks-1:0]             read_i,
  input  logic [Banks-1:0]             read_half_i,
  input  logic [Banks*AddressBits-1:0] read_address_i,
  output logic [Banks*WordBits-1:0]    words_o,        // a cycle after read_i

  output logic [3:0]                   fill_o  // blocks resident, halves held
);

  `ASSERT_PARAM(DepthInRange, Depth >= 2 && Depth <= 65536)

  logic [1:0] held_d, held_q;          // halves that hold a block
  logic [1:0] resident_d, resident_q;  // blocks the first line is not done with
  logic write_half_d, write_half_q;
  logic read_half_d, read_half_q;
  logic [1:0] odd_d, odd_q;            // by half
  logic [AddressBits-1:0] write_address_d, write_address_q;

  logic accept;
  logic complete;
  assign ready_o = held_q != 2'd2;
  assign accept = valid_i && ready_o;
  assign complete = accept && last_i;
  assign resident_o = resident_q != 2'd0;
  assign half_o = read_half_q;
  assign odd_o = odd_q[read_half_q];
  assign fill_o = {resident_q, held_q};

  always_comb begin
    held_d = held_q + {1'b0, complete} - {1'b0, release_i};
    resident_d = resident_q + {1'b0, complete} - {1'b0, done_i};
    write_half_d = write_half_q ^ complete;
    read_half_d = read_half_q ^ done_i;
    odd_d = odd_q;
    if (complete) odd_d[write_half_q] = odd_i;
    write_address_d = write_address_q;
    if (complete) write_address_d = '0;
    else if (accept) write_address_d = write_address_q + 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      resident_q <= '0;
      write_half_q <= 1'b0;
      read_half_q <= 1'b0;
      odd_q <= '0;
      write_address_q <= '0;
    end else begin
      held_q <= held_d;
      resident_q <= resident_d;
      write_half_q <= write_half_d;
      read_half_q <= read_half_d;
      odd_q <= odd_d;
      write_address_q <= write_address_d;
    end
  end

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic [2*WordBits-1:0] half_words;
    logic half_q;  // that was read in the cycle before
    for (genvar h = 0; h < 2; h++) begin : gen_half
      sram_1r1w #(.WordBits(WordBits), .Words(Depth)) u_sram (
        .clk_i          (clk_i),
        .write_i        (accept && write_half_q == 1'(h)),
        .write_address_i(write_address_q),
        .write_word_i   (data_i[b*WordBits +: WordBits]),
        .read_i         (read_i[b] && read_half_i[b] == 1'(h)),
        .read_address_i (read_address_i[b*AddressBits +: AddressBits]),
        .read_word_o    (half_words[h*WordBits +: WordBits])
      );
    end
    always_ff @(posedge clk_i) half_q <= read_half_i[b];
    assign words_o[b*WordBits +: WordBits] = half_words[half_q*WordBits +: WordBits];
  end

  `ASSERT(BlockFits, !(accept && !last_i && write_address_q == AddressBits'(Depth - 1)))
  `ASSERT(DoneOnlyIfResident, !(done_i && resident_q == 2'd0))
  `ASSERT(ReleaseOnlyIfHeld, !(release_i && held_q == 2'd0))
  `ASSERT(ResidentIsHeld, resident_q <= held_q)

endmodule

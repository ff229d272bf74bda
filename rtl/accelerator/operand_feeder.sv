// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// One border of the array: the scratchpad, and the decoders behind its banks. The controller's
// command of this cycle is that of line 0; it reaches line l, and reads its bank, l cycles later
// (lines of a pair share a bank and read with the first of them). Operands are at the array two
// cycles after their command: one for the memory, one for the register behind the decoder.
`include "assert.svh"

module operand_feeder #(
  parameter int unsigned Lines = 8,
  parameter bit Groups = 1'b0,      // as in border_pair
  parameter bit Positions = 1'b0,
  parameter bit PairAcross = 1'b0,
  parameter int unsigned Depth = 16,
  localparam int unsigned Pairs = (Lines + 1) / 2,
  localparam int unsigned WordBits = Groups ? 32 : Positions ? 24 : 16,
  localparam int unsigned AddressBits = $clog2(Depth),
  localparam int unsigned LineBits = (Groups ? olv_pkg::GroupElements : 1) * olv_pkg::SliceBits,
  localparam int unsigned PositionBits = olv_pkg::PositionBits
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  olv_pkg::format_e                 format_i,
  input  logic [olv_pkg::ExponentBits-1:0] bias_i,
  input  logic                             sparse_i,

  input  logic                             valid_i,
  output logic                             ready_o,
  input  logic                             last_i,
  input  logic                             odd_i,
  input  logic [Pairs*WordBits-1:0]        data_i,

  output logic                             resident_o,
  output logic                             odd_o,
  input  logic                             read_i,
  input  logic                             first_i,
  input  logic                             last_read_i,
  input  logic                             done_i,  // with last_read_i: the block is not used again
  input  logic [AddressBits-1:0]           address_i,
  input  logic                             select_i,

  output logic [Lines*LineBits-1:0]        lines_o,
  output logic [Lines-1:0]                 first_o,
  output logic [Lines-1:0]                 last_o,
  output logic [Lines*PositionBits-1:0]    positions_o,
  output logic [3:0]                       fill_o
);

  localparam int unsigned CommandBits = AddressBits + 5;

  logic half;
  logic [Pairs-1:0] bank_read;
  logic [Pairs*CommandBits-1:0] commands;
  skew_chain #(.Width(CommandBits), .Taps(Pairs), .Pitch(2)) u_skew (
    .clk_i     (clk_i),
    .rst_ni    (rst_ni),
    .valid_i   (read_i),
    .command_i ({address_i, half, select_i, first_i, last_read_i, done_i}),
    .valid_o   (bank_read),
    .commands_o(commands)
  );

  logic [Pairs-1:0] bank_half, bank_first, bank_last, bank_done, bank_select;
  logic [Pairs*AddressBits-1:0] bank_address;
  logic [Pairs*WordBits-1:0] bank_word;
  logic is_8bit;
  assign is_8bit = olv_pkg::is_8bit(format_i);

  operand_buffer #(.Banks(Pairs), .WordBits(WordBits), .Depth(Depth)) u_buffer (
    .clk_i         (clk_i),
    .rst_ni        (rst_ni),
    .valid_i       (valid_i),
    .ready_o       (ready_o),
    .last_i        (last_i),
    .odd_i         (odd_i),
    .data_i        (data_i),
    .resident_o    (resident_o),
    .half_o        (half),
    .odd_o         (odd_o),
    .done_i        (read_i && done_i),
    .release_i     (bank_read[Pairs-1] && bank_done[Pairs-1]),
    .read_i        (bank_read),
    .read_half_i   (bank_half),
    .read_address_i(bank_address),
    .words_o       (bank_word),
    .fill_o        (fill_o)
  );

  logic [2*Pairs*LineBits-1:0] lines;
  logic [2*Pairs-1:0] first, last;
  logic [2*Pairs*PositionBits-1:0] positions;
  for (genvar p = 0; p < Pairs; p++) begin : gen_pair
    logic select;
    assign {bank_address[p*AddressBits +: AddressBits], bank_half[p], select, bank_first[p],
            bank_last[p], bank_done[p]} = commands[p*CommandBits +: CommandBits];
    // Neighbours along k sit in neighbouring lines (4 bits) or pairs of lines (8 bits).
    assign bank_select[p] = select ^ (PairAcross && is_8bit && p % 2 == 1);
    border_pair #(.Groups(Groups), .Positions(Positions), .PairAcross(PairAcross)) u_pair (
      .clk_i      (clk_i),
      .rst_ni     (rst_ni),
      .format_i   (format_i),
      .bias_i     (bias_i),
      .sparse_i   (sparse_i),
      .read_i     (bank_read[p]),
      .first_i    (bank_first[p]),
      .last_i     (bank_last[p]),
      .select_i   (bank_select[p]),
      .word_i     (bank_word[p*WordBits +: WordBits]),
      .lines_o    (lines[2*p*LineBits +: 2*LineBits]),
      .first_o    (first[2*p +: 2]),
      .last_o     (last[2*p +: 2]),
      .positions_o(positions[2*p*PositionBits +: 2*PositionBits])
    );
  end
  assign lines_o = lines[Lines*LineBits-1:0];
  assign first_o = first[Lines-1:0];
  assign last_o = last[Lines-1:0];
  assign positions_o = positions[Lines*PositionBits-1:0];

  if (2 * Pairs > Lines) begin : gen_odd
    logic unused_line;  // line 1 of the last pair has no place in the array
    assign unused_line = ^{lines[Lines*LineBits +: LineBits], first[Lines], last[Lines],
                           positions[Lines*PositionBits +: PositionBits]};
  end

  `ASSERT_PARAM(LinesInRange, Lines >= 1)
  `ASSERT(ReadsAreResident, !(read_i && !resident_o))

endmodule

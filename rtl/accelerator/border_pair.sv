// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Decodes what two adjacent lines (rows on the left border, columns on the top one) receive. A bank
// word holds, for 4-bit formats, one pair of elements of each line; for 8-bit formats one pair of
// elements that take both lines: the high slice goes to line 0, the low slice to line 1. So a line
// has its own 4-bit decoder and two lines share one for 8 bits, as on OliVe's borders.
//
// Groups (the left border of a 2:4 array): a word holds two pairs, the whole group of four, and a
// line carries all four elements. Positions (its top border): a word ends with the position nibble
// of each line.
//
// Line 0's slices are in the array two cycles after the read, line 1's three.
`include "assert.svh"

module border_pair #(
  parameter bit Groups = 1'b0,
  parameter bit Positions = 1'b0,
  parameter bit PairAcross = 1'b0,  // the two elements of a 4-bit pair go to line 0 and line 1
  localparam int unsigned WordBits = Groups ? 32 : Positions ? 24 : 16,
  localparam int unsigned Bus = Groups ? olv_pkg::GroupElements : 1,
  localparam int unsigned LineBits = Bus * olv_pkg::SliceBits
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  olv_pkg::format_e                 format_i,
  input  logic [olv_pkg::ExponentBits-1:0] bias_i,
  input  logic                             sparse_i,  // Groups: else only lane 0 is used

  input  logic                             read_i,    // the bank is read in this cycle
  input  logic                             first_i,
  input  logic                             last_i,
  input  logic                             select_i,  // line 0 receives the pair's odd element
  input  logic [WordBits-1:0]              word_i,    // a cycle after read_i

  output logic [2*LineBits-1:0]            lines_o,
  output logic [1:0]                       first_o,
  output logic [1:0]                       last_o,
  output logic [2*olv_pkg::PositionBits-1:0] positions_o
);

  localparam int unsigned SliceBits = olv_pkg::SliceBits;
  localparam int unsigned PositionBits = olv_pkg::PositionBits;
  localparam int unsigned Pairs = Groups ? 2 : 1;

  // The cycle in which the word is there, and the one after.
  logic valid_q, first_q, last_q, select_q;
  logic [1:0] first_q2, last_q2;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {valid_q, first_q, last_q} <= '0;
      first_q2 <= '0;
      last_q2 <= '0;
    end else begin
      valid_q <= read_i;
      first_q <= read_i && first_i;
      last_q <= read_i && last_i;
      first_q2 <= {first_q2[0], first_q};
      last_q2 <= {last_q2[0], last_q};
    end
  end
  always_ff @(posedge clk_i) select_q <= select_i;
  assign first_o = first_q2;
  assign last_o = last_q2;

  logic is_8bit;
  assign is_8bit = olv_pkg::is_8bit(format_i);

  // Element e of the word, as each line would take it.
  logic [2*Pairs*SliceBits-1:0] elements0, elements1;
  for (genvar p = 0; p < Pairs; p++) begin : gen_pair
    logic [SliceBits-1:0] even0, odd0, even1, odd1;
    logic [SliceBits-1:0] even_high, even_low, odd_high, odd_low;
    ovp_decoder4 u_decoder_line0 (
      .format_i(format_i),
      .code_i  (word_i[16*p +: 8]),
      .bias_i  (bias_i),
      .even_o  (even0),
      .odd_o   (odd0)
    );
    ovp_decoder4 u_decoder_line1 (
      .format_i(format_i),
      .code_i  (word_i[16*p + 8 +: 8]),
      .bias_i  (bias_i),
      .even_o  (even1),
      .odd_o   (odd1)
    );
    ovp_decoder8 u_decoder_both (
      .format_i   (format_i),
      .pair_i     (word_i[16*p +: 16]),
      .bias_i     (bias_i),
      .even_high_o(even_high),
      .even_low_o (even_low),
      .odd_high_o (odd_high),
      .odd_low_o  (odd_low)
    );
    assign elements0[2*p*SliceBits +: 2*SliceBits] =
        is_8bit ? {odd_high, even_high} : {odd0, even0};
    assign elements1[2*p*SliceBits +: 2*SliceBits] =
        is_8bit ? {odd_low, even_low} : {odd1, even1};
  end

  logic select1;
  assign select1 = select_q ^ (PairAcross && !is_8bit);

  logic [LineBits-1:0] line0, line1;
  always_comb begin
    line0 = '0;
    line1 = '0;
    if (valid_q && Groups && sparse_i) begin
      line0 = LineBits'(elements0);
      line1 = LineBits'(elements1);
    end else if (valid_q) begin
      line0[SliceBits-1:0] = select_q ? elements0[SliceBits +: SliceBits]
                                      : elements0[0 +: SliceBits];
      line1[SliceBits-1:0] = select1 ? elements1[SliceBits +: SliceBits]
                                     : elements1[0 +: SliceBits];
    end
  end

  logic [LineBits-1:0] line0_q, line1_q, line1_q2;
  always_ff @(posedge clk_i) begin
    line0_q <= line0;
    line1_q <= line1;
    line1_q2 <= line1_q;
  end
  assign lines_o = {line1_q2, line0_q};

  if (Positions) begin : gen_positions
    logic [2*PositionBits-1:0] nibble0, nibble1;
    logic [PositionBits-1:0] position0_q, position1_q, position1_q2;
    assign nibble0 = word_i[16 +: 4];
    assign nibble1 = is_8bit ? nibble0 : word_i[20 +: 4];
    always_ff @(posedge clk_i) begin
      position0_q <= !valid_q ? '0 : select_q ? nibble0[2 +: 2] : nibble0[0 +: 2];
      position1_q <= !valid_q ? '0 : select1 ? nibble1[2 +: 2] : nibble1[0 +: 2];
      position1_q2 <= position1_q;
    end
    assign positions_o = {position1_q2, position0_q};
  end else begin : gen_no_positions
    assign positions_o = '0;
  end

  if (!Groups) begin : gen_dense
    logic unused_sparse;
    assign unused_sparse = sparse_i;
  end

endmodule

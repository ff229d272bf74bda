// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Rows x Cols dot product units with their decoders and 2:4 selection, in two stages: decode, then
// select, multiply and accumulate.
//
// Rows of A share their decoders across the columns, columns of B across the rows: Rows * Lanes / 2
// + Cols * Lanes word decoders, a word being two 8-bit or four 4-bit elements. OliVe instead puts
// one decoder for each multiplier pair in front of every 16EDP (section 4.1), which decodes an
// element once for each unit that uses it.
//
// 2:4: A holds kept elements only; every row picks its partners from the group of four at the same
// place of a column. Pairs of B lie along k, so a group must be decoded before it is cut.
`include "assert.svh"

module mma_datapath #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned Lanes = 8
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      enable_i,      // both stages move
  // Decode
  input  logic                      active_i,
  input  logic                      first_i,       // along k: sums start from c_i
  input  logic                      is_sparse_i,
  input  olv_pkg::format_e          format_a_i,
  input  olv_pkg::format_e          format_b_i,
  input  logic [3:0]                bias_a_i,      // of outliers of this format
  input  logic [3:0]                bias_b_i,
  input  logic [Rows*Lanes*8-1:0]   a_i,
  input  logic [Cols*Lanes*16-1:0]  b_i,           // dense: lower half of every column
  input  logic [Rows*Lanes*4-1:0]   metadata_i,    // a byte for each pair of lanes
  input  logic [Rows*Cols*32-1:0]   c_i,
  // After both stages
  output logic [Rows*Cols*32-1:0]   sum_o
);

  localparam int unsigned W = olv_pkg::SliceBits;
  localparam int unsigned Pairs = Lanes / 2;  // of lanes

  logic decode;
  assign decode = active_i && enable_i;

  // Decode ----------------------------------------------------------------------------------------
  logic [Lanes*2*W-1:0] a_slices [Rows];
  logic [Rows*Pairs-1:0] a_overflows;
  for (genvar r = 0; r < Rows; r++) begin : gen_a
    for (genvar p = 0; p < Pairs; p++) begin : gen_word
      mma_word_decoder u_decoder (
        .clk_i,
        .enable_i  (decode),
        .format_i  (format_a_i),
        .word_i    (a_i[(r*Pairs + p)*16 +: 16]),
        .bias_i    (bias_a_i),
        .slices_o  (a_slices[r][p*4*W +: 4*W]),
        .overflow_o(a_overflows[r*Pairs + p])
      );
    end
  end

  logic [Lanes*4*W-1:0] b_slices [Cols];
  logic [Cols*Lanes-1:0] b_overflows;
  for (genvar c = 0; c < Cols; c++) begin : gen_b
    for (genvar w = 0; w < Lanes; w++) begin : gen_word
      mma_word_decoder u_decoder (
        .clk_i,
        .enable_i  (decode),
        .format_i  (format_b_i),
        .word_i    (b_i[(c*Lanes + w)*16 +: 16]),
        .bias_i    (bias_b_i),
        .slices_o  (b_slices[c][w*4*W +: 4*W]),
        .overflow_o(b_overflows[c*Lanes + w])
      );
    end
  end

  `ASSERT(OutlierExponentsFit, !decode || {a_overflows, b_overflows} == '0)

  logic active_q, first_q, is_sparse_q, is_8bit_q;
  logic [Rows*Lanes*4-1:0] metadata_q;
  logic [Rows*Cols*32-1:0] c_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
    end else if (enable_i) begin
      active_q <= active_i;
    end
  end
  always_ff @(posedge clk_i) begin
    if (decode) begin
      first_q <= first_i;
      is_sparse_q <= is_sparse_i;
      is_8bit_q <= olv_pkg::is_8bit(format_a_i);
      metadata_q <= metadata_i;
    end
    if (decode && first_i) begin
      c_q <= c_i;
    end
  end

  // Select ----------------------------------------------------------------------------------------
  // Candidates of every slice of a lane, shared by the rows: of a dense kind only the first counts.
  logic [Lanes*8*W-1:0] candidates [Cols];
  for (genvar c = 0; c < Cols; c++) begin : gen_candidates
    for (genvar p = 0; p < Pairs; p++) begin : gen_pair
      logic [4*W-1:0] dense, first, second;  // slices of a word
      logic [4*W-1:0] high, low;             // of the four 8-bit elements in both words
      assign dense = b_slices[c][p*4*W +: 4*W];
      assign first = b_slices[c][2*p*4*W +: 4*W];
      assign second = b_slices[c][(2*p + 1)*4*W +: 4*W];
      assign high = {second[2*W +: W], second[0 +: W], first[2*W +: W], first[0 +: W]};
      assign low = {second[3*W +: W], second[W +: W], first[3*W +: W], first[W +: W]};

      logic [4*W-1:0] group [4];  // of slice s of the pair
      always_comb begin
        group[0] = is_8bit_q ? high : first;
        group[1] = is_8bit_q ? low : first;
        group[2] = is_8bit_q ? high : second;
        group[3] = is_8bit_q ? low : second;
        if (!is_sparse_q) begin
          group[0][W-1:0] = dense[0 +: W];
          group[1][W-1:0] = dense[W +: W];
          group[2][W-1:0] = dense[2*W +: W];
          group[3][W-1:0] = dense[3*W +: W];
        end
      end
      for (genvar s = 0; s < 4; s++) begin : gen_slice
        assign candidates[c][(p*4 + s)*4*W +: 4*W] = group[s];
      end
    end
  end

  // Positions of every slice of a lane, shared by the columns.
  logic [Lanes*4-1:0] positions [Rows];
  logic [Rows*Pairs-1:0] ordered;
  for (genvar r = 0; r < Rows; r++) begin : gen_positions
    for (genvar p = 0; p < Pairs; p++) begin : gen_pair
      logic [7:0] nibbles;  // the same one twice where the pair is one 8-bit group
      assign nibbles = metadata_q[(r*Pairs + p)*8 +: 8];
      assign positions[r][p*8 +: 8] = is_8bit_q
          ? {nibbles[7:6], nibbles[7:6], nibbles[1:0], nibbles[1:0]}
          : nibbles;
      assign ordered[r*Pairs + p] = nibbles[1:0] < nibbles[3:2] && nibbles[5:4] < nibbles[7:6];
    end
  end
  `ASSERT(MetadataOrdered, !active_q || !is_sparse_q || ordered == '1)

  // Multiply and accumulate -----------------------------------------------------------------------
  for (genvar r = 0; r < Rows; r++) begin : gen_row
    for (genvar c = 0; c < Cols; c++) begin : gen_col
      logic [Lanes*2*W-1:0] selected;
      for (genvar s = 0; s < Lanes * 2; s++) begin : gen_slice
        sparse_select u_select (
          .group_i   (candidates[c][s*4*W +: 4*W]),
          .position_i(positions[r][s*2 +: 2]),
          .selected_o(selected[s*W +: W])
        );
      end

      logic [31:0] sum;
      dot_product_unit #(.Lanes(Lanes)) u_dot_product (
        .clk_i,
        .valid_i  (active_q && enable_i),
        .is_8bit_i(is_8bit_q),
        .a_i      (a_slices[r]),
        .b_i      (selected),
        .sum_i    (first_q ? c_q[(r*Cols + c)*32 +: 32] : sum),
        .sum_o    (sum)
      );
      assign sum_o[(r*Cols + c)*32 +: 32] = sum;
    end
  end

endmodule

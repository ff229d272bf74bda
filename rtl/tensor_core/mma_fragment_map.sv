// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Wiring from fragments, register r of thread 4g + t at word (4g + t) * registers + r, to matrices.
// The same map as models/numerics/mma_fragments.h, in bytes of the stored operand:
//   A         byte i of a register: row g + 8 (r % 2), byte 16 (r / 2) + 4t + i along k
//   B         column g, byte 16 r + 4t + i along k; dense kinds leave registers 2 and 3 unused
//   C and D   row g + 8 (r / 2), column 2t + r % 2
//   metadata  row g + 8 (t % 2), groups 16 r + 8 (t / 2) .. + 7, a nibble each
// A byte along k holds one 8-bit or two 4-bit elements. The second metadata word of a thread is
// used by the sparse 4-bit kind alone.
module mma_fragment_map #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned Lanes = 8
) (
  input  logic          is_sparse_i,
  input  logic          is_8bit_i,
  input  logic [4095:0] a_i,
  input  logic [4095:0] b_i,
  input  logic [2047:0] metadata_i,
  input  logic [4095:0] c_i,
  output logic [4095:0] a_o,         // row r at [r*256 +: 256]
  output logic [4095:0] b_o,         // column c at [c*512 +: 512]; a step takes 2 * Lanes bytes of
                                     // it, of a dense kind only the lower half of them
  output logic [2047:0] metadata_o,  // row r at [r*128 +: 128]; a byte for each pair of lanes
  output logic [4095:0] c_o,         // tiles of Rows x Cols, row blocks outside
  input  logic [4095:0] d_i,         // as c_o
  output logic [4095:0] d_o
);

  localparam int unsigned Steps = 32 / Lanes;
  localparam int unsigned ColBlocks = 8 / Cols;

  for (genvar r = 0; r < 16; r++) begin : gen_row
    for (genvar w = 0; w < 8; w++) begin : gen_word
      assign a_o[(r*8 + w)*32 +: 32] =
          a_i[((4*(r%8) + w%4)*4 + 2*(w/4) + r/8)*32 +: 32];
    end

    logic [127:0] groups;  // a nibble each, in order of k
    for (genvar w = 0; w < 4; w++) begin : gen_metadata
      assign groups[w*32 +: 32] = metadata_i[((4*(r%8) + r/8 + 2*(w%2))*2 + w/2)*32 +: 32];
    end
    // A pair of lanes holds one group of 8-bit or two groups of 4-bit elements. Zero selects what
    // a dense kind puts in place 0.
    for (genvar p = 0; p < 16; p++) begin : gen_pair
      assign metadata_o[r*128 + p*8 +: 8] =
          !is_sparse_i ? 8'd0 : is_8bit_i ? {2{groups[p*4 +: 4]}} : groups[p*8 +: 8];
    end
  end

  for (genvar c = 0; c < 8; c++) begin : gen_column
    logic [511:0] column;
    for (genvar w = 0; w < 16; w++) begin : gen_word
      assign column[w*32 +: 32] = b_i[((4*c + w%4)*4 + w/4)*32 +: 32];
    end
    for (genvar s = 0; s < Steps; s++) begin : gen_step
      assign b_o[c*512 + s*Lanes*16 +: Lanes*16] =
          is_sparse_i ? column[s*Lanes*16 +: Lanes*16]
                      : {{(Lanes*8){1'b0}}, column[s*Lanes*8 +: Lanes*8]};
    end
  end

  for (genvar r = 0; r < 16; r++) begin : gen_sum_row
    for (genvar c = 0; c < 8; c++) begin : gen_sum_column
      localparam int unsigned Word = (4*(r%8) + c/2)*4 + 2*(r/8) + c%2;
      localparam int unsigned Tile = (r/Rows)*ColBlocks + c/Cols;
      localparam int unsigned Place = Tile*Rows*Cols + (r%Rows)*Cols + c%Cols;
      assign c_o[Place*32 +: 32] = c_i[Word*32 +: 32];
      assign d_o[Word*32 +: 32] = d_i[Place*32 +: 32];
    end
  end

endmodule

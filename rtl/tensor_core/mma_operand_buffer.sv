// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Operand registers of one instruction. Items (rows of A, columns of B) are grouped into blocks;
// the head block feeds the dot product units one slot (a step along k) a cycle. Shift registers
// instead of a multiplexer over the whole operand: only the head block turns while it is read.
module mma_operand_buffer #(
  parameter int unsigned Items = 16,
  parameter int unsigned ItemsPerBlock = 4,
  parameter int unsigned Slots = 4,          // of an item
  parameter int unsigned SlotBits = 64,
  parameter bit          Recirculate = 1'b0  // a head block that leaves is used again
) (
  input  logic                              clk_i,
  input  logic                              load_i,
  input  logic [Items*Slots*SlotBits-1:0]   data_i,        // slot s of item i at i * Slots + s
  input  logic                              advance_i,     // the slot at the head was used
  input  logic                              next_block_i,  // with advance_i: and the whole block
  output logic [ItemsPerBlock*SlotBits-1:0] head_o
);

  logic [SlotBits-1:0] slots [Items*Slots];

  for (genvar i = 0; i < Items * Slots; i++) begin : gen_slot
    // Slot i takes the following slot of its item, or its own place in the following block. After
    // the last slot an item stands as it was loaded.
    localparam bit InHead = i < ItemsPerBlock * Slots;
    localparam bit InLast = i >= (Items - ItemsPerBlock) * Slots;
    localparam int unsigned Turned = (i / Slots) * Slots + (i + 1) % Slots;
    localparam int unsigned FromHead = Turned % (ItemsPerBlock * Slots);
    localparam int unsigned Following =
        !InLast ? i + ItemsPerBlock * Slots : Recirculate ? FromHead : i;

    logic [SlotBits-1:0] data_q;
    always_ff @(posedge clk_i) begin
      if (load_i) begin
        data_q <= data_i[i*SlotBits +: SlotBits];
      end else if (advance_i && next_block_i) begin
        data_q <= slots[Following];
      end else if (advance_i && InHead) begin
        data_q <= slots[Turned];
      end
    end
    assign slots[i] = data_q;
  end

  for (genvar j = 0; j < ItemsPerBlock; j++) begin : gen_head
    assign head_o[j*SlotBits +: SlotBits] = slots[j*Slots];
  end

endmodule

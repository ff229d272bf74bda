// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// 2:4 operand selection: picks Kept elements of a dense group of four by their positions. One
// 4:1 multiplexer a kept element, in front of its multiplier.
`include "assert.svh"

module sparse_select #(
  parameter int unsigned Width = olv_pkg::SliceBits,
  parameter int unsigned Kept = 1,
  parameter bit HasAssertions = 1'b1  // see pe
) (
  input  logic [olv_pkg::GroupElements*Width-1:0] group_i,     // element i at [i*Width +: Width]
  input  logic [Kept*olv_pkg::PositionBits-1:0]   position_i,
  output logic [Kept*Width-1:0]                   selected_o
);

  `ASSERT_PARAM(WidthIsPositive, Width >= 1)
  `ASSERT_PARAM(KeptFitsGroup, Kept >= 1 && Kept <= olv_pkg::GroupElements)

  for (genvar i = 0; i < Kept; i++) begin : gen_kept
    logic [olv_pkg::PositionBits-1:0] position;
    assign position = position_i[i*olv_pkg::PositionBits +: olv_pkg::PositionBits];

    logic [Width-1:0] low, high;  // of the lower and the upper pair
    assign low = position[0] ? group_i[1*Width +: Width] : group_i[0 +: Width];
    assign high = position[0] ? group_i[3*Width +: Width] : group_i[2*Width +: Width];
    assign selected_o[i*Width +: Width] = position[1] ? high : low;
  end

  if (HasAssertions) begin : gen_assertions
    `ASSERT_COMB(NothingFromNothing, group_i != '0 || selected_o == '0)
  end

endmodule

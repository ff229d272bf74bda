// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Selection is a shift of the group by whole elements, for one and for two kept elements.
// proves: every group and position
// sources: sparse/sparse_select.sv
// engine: sat
// defect: sparse/sparse_select.sv s/group_i\[2\*Width/group_i[3*Width/
module sparse_select_proof (
  input  logic [35:0] group_i,
  input  logic [1:0]  position_i,
  input  logic [3:0]  positions_i,
  output logic [8:0]  selected_o,
  output logic [17:0] pair_o
);

  sparse_select #(.Width(9), .Kept(1)) u_one (
    .group_i(group_i), .position_i(position_i), .selected_o(selected_o)
  );
  sparse_select #(.Width(9), .Kept(2)) u_two (
    .group_i(group_i), .position_i(positions_i), .selected_o(pair_o)
  );

  always_comb begin
    assert (selected_o == 9'(group_i >> (6'd9 * {4'd0, position_i})));
    assert (pair_o[8:0] == 9'(group_i >> (6'd9 * {4'd0, positions_i[1:0]})));
    assert (pair_o[17:9] == 9'(group_i >> (6'd9 * {4'd0, positions_i[3:2]})));
  end

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Every operand and every sum: sum_o is sum_i + left * top of 64-bit two's complement, cut to 32
// bits. In three steps, because a solver finds them hard at once: the numbers alone have the right
// product; exponents shift just this; any sum is added to just that.
// proves: sum + product << exponents in 64 bits, all operands
// sources: pe/pe_mac.sv
// engine: sat
// defect: pe/pe_mac.sv s/{1'b0, left.exponent} + /{1'b0, left.exponent} | /
module pe_mac_proof (
  input  logic [8:0]  left_i,
  input  logic [8:0]  top_i,
  input  logic [31:0] sum_i,
  output logic [31:0] product_o,
  output logic [31:0] shifted_o,
  output logic [31:0] sum_o
);

  pe_mac u_numbers (
    .left_i({4'd0, left_i[4:0]}), .top_i({4'd0, top_i[4:0]}), .sum_i(32'd0), .sum_o(product_o)
  );
  pe_mac u_from_zero (.left_i(left_i), .top_i(top_i), .sum_i(32'd0), .sum_o(shifted_o));
  pe_mac u_dut (.left_i(left_i), .top_i(top_i), .sum_i(sum_i), .sum_o(sum_o));

  // Long multiplication by the digits -16, 8, 4, 2 and 1 of the number from the top.
  logic [63:0] left, product, shifted;
  always_comb begin
    left = {{59{left_i[4]}}, left_i[4:0]};
    product = top_i[4] ? 64'd0 - (left << 4) : 64'd0;
    for (int digit = 0; digit < 4; digit++) begin
      if (top_i[digit]) product = product + (left << digit);
    end
  end
  assign shifted = ({{32{product_o[31]}}, product_o} << left_i[8:5]) << top_i[8:5];

  always_comb begin
    assert ({{32{product_o[31]}}, product_o} == product);
    assert (shifted_o == shifted[31:0]);
    assert (sum_o == sum_i + shifted_o);
  end

endmodule

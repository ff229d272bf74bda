// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The decoder of any format under the default bias: the slices of an element add up to the value
// of its code for every legal pair; 4-bit elements have no second slice, and the bits above their
// byte are without effect.
// proves: every legal pair of any format
// sources: decoder/outlier_decoder.sv decoder/ovp_decoder4.sv decoder/ovp_decoder8.sv
// sources: decoder/ovp_decoder.sv
// engine: sat
// defect: decoder/ovp_decoder.sv s/{odd_low, odd_high, even_low,/{even_low, odd_high, even_low,/
module ovp_decoder_proof (
  input  logic [2:0]  format_i,
  input  logic [15:0] pair_i,
  output logic [35:0] slices_o
);

  logic [3:0] bias;
  assign bias = ovp_spec::bias_of(format_i);
  ovp_decoder u_dut (
    .format_i(format_i), .pair_i(pair_i), .bias_i(bias), .slices_o(slices_o)
  );

  logic is_8bit, is_legal;
  assign is_8bit = format_i == ovp_spec::Int8 || format_i == ovp_spec::Ovp8;
  assign is_legal = is_8bit ? ovp_spec::is_legal8(format_i, pair_i[7:0], pair_i[15:8])
                            : ovp_spec::is_legal4(format_i, pair_i[3:0], pair_i[7:4]);

  logic [39:0] even, odd;
  assign even = ovp_spec::slice_value(slices_o[0 +: 9]) + ovp_spec::slice_value(slices_o[9 +: 9]);
  assign odd = ovp_spec::slice_value(slices_o[18 +: 9]) + ovp_spec::slice_value(slices_o[27 +: 9]);

  always_comb begin
    if (is_legal && is_8bit) begin
      assert (even == ovp_spec::value8(format_i, pair_i[7:0], pair_i[15:8], bias));
      assert (odd == ovp_spec::value8(format_i, pair_i[15:8], pair_i[7:0], bias));
    end
    if (is_legal && !is_8bit && format_i <= ovp_spec::Ovp8) begin
      assert (even == ovp_spec::value4(format_i, pair_i[3:0], pair_i[7:4], bias));
      assert (odd == ovp_spec::value4(format_i, pair_i[7:4], pair_i[3:0], bias));
      assert (slices_o[9 +: 9] == 9'd0 && slices_o[27 +: 9] == 9'd0);
    end
  end

endmodule

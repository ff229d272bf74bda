// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Encoder and decoder are inverse: every legal pair of every integer format is decoded by the
// RTL, its two values are made float32 by the specification (exact, they are integers below
// 2^16), and the RTL encodes them to the same pair. So decode(encode(decode(pair))) is
// decode(pair), and no legal pair is unreachable.
// proves: decode, encode, decode: every legal pair of any format
// sources: decoder/outlier_decoder.sv decoder/ovp_decoder4.sv decoder/ovp_decoder8.sv
// sources: decoder/ovp_decoder.sv encoder/element_encoder.sv encoder/ovp_encoder.sv
// engine: sat
// defect: encoder/element_encoder.sv s/9'd14) flint_code = 3'd7/9'd14) flint_code = 3'd6/
module round_trip_proof (
  input  logic [2:0]  format_i,
  input  logic [15:0] pair_i,
  output logic [31:0] even_real_o,
  output logic [31:0] odd_real_o,
  output logic [15:0] pair_o
);

  logic [35:0] slices;
  ovp_decoder u_decoder (
    .format_i(format_i), .pair_i(pair_i), .bias_i(ovp_spec::bias_of(format_i)), .slices_o(slices)
  );

  logic [39:0] even, odd;
  assign even = ovp_spec::slice_value(slices[0 +: 9]) + ovp_spec::slice_value(slices[9 +: 9]);
  assign odd = ovp_spec::slice_value(slices[18 +: 9]) + ovp_spec::slice_value(slices[27 +: 9]);

  logic [16:0] even_magnitude, odd_magnitude;
  assign even_magnitude = even[39] ? 17'd0 - even[16:0] : even[16:0];
  assign odd_magnitude = odd[39] ? 17'd0 - odd[16:0] : odd[16:0];
  assign even_real_o = {even[39], 31'(ovp_spec::float_of_halves({even_magnitude, 1'b0}))};
  assign odd_real_o = {odd[39], 31'(ovp_spec::float_of_halves({odd_magnitude, 1'b0}))};

  ovp_encoder u_encoder (
    .format_i(format_i), .even_i(even_real_o), .odd_i(odd_real_o), .pair_o(pair_o)
  );

  logic is_8bit;
  assign is_8bit = format_i == ovp_spec::Int8 || format_i == ovp_spec::Ovp8;

  always_comb begin
    if (is_8bit && ovp_spec::is_legal8(format_i, pair_i[7:0], pair_i[15:8])) begin
      assert (pair_o == pair_i);
    end
    if (!is_8bit && format_i <= ovp_spec::Ovp8 &&
        ovp_spec::is_legal4(format_i, pair_i[3:0], pair_i[7:4])) begin
      assert (pair_o == {8'd0, pair_i[7:0]});
    end
  end

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The encoder's contract for one format and all finite inputs. The grid point of an element
// alone is an outlier from the boundary on, the midpoint of largest normal and smallest outlier.
// Where neither element is an outlier, both codes have the nearest value. Beside an outlier, the
// other code is the identifier; of two outliers the larger magnitude survives, of equals the odd
// one; the survivor has the nearest value. Pairs are legal.
module pair_check #(
  parameter logic [2:0] Format = 3'd0
) (
  input  logic [31:0] even_i,
  input  logic [31:0] odd_i,
  output logic [15:0] pair_o
);

  localparam logic Is8bit = Format == ovp_spec::Int8 || Format == ovp_spec::Ovp8;

  ovp_encoder u_dut (.format_i(Format), .even_i(even_i), .odd_i(odd_i), .pair_o(pair_o));

  logic is_finite;
  assign is_finite = even_i[30:23] != 8'hFF && odd_i[30:23] != 8'hFF;

  // 9.5, 20 and 135.5; the sum of both points in halves.
  logic [31:0] boundary;
  always_comb begin
    boundary = 32'hFFFFFFFF;
    if (Format == ovp_spec::Ovp4) boundary = ovp_spec::float_of_halves(18'd7 + 18'd12);
    if (Format == ovp_spec::Ovp4f) boundary = ovp_spec::float_of_halves(18'd16 + 18'd24);
    if (Format == ovp_spec::Ovp8) boundary = ovp_spec::float_of_halves(18'd127 + 18'd144);
  end

  logic even_is_outlier, odd_is_outlier, even_survives, odd_survives;
  assign even_is_outlier = {1'b0, even_i[30:0]} >= boundary;
  assign odd_is_outlier = {1'b0, odd_i[30:0]} >= boundary;
  assign odd_survives = odd_is_outlier && (!even_is_outlier || even_i[30:0] <= odd_i[30:0]);
  assign even_survives = even_is_outlier && !odd_survives;

  logic [7:0] even_code, odd_code, identifier;
  logic [39:0] even_value, odd_value;
  logic is_legal;
  if (Is8bit) begin : gen_8bit
    assign identifier = 8'h80;
    assign even_code = pair_o[7:0];
    assign odd_code = pair_o[15:8];
    assign is_legal = ovp_spec::is_legal8(Format, even_code, odd_code);
    assign even_value =
        ovp_spec::value8(Format, even_code, odd_code, ovp_spec::bias_of(Format));
    assign odd_value = ovp_spec::value8(Format, odd_code, even_code, ovp_spec::bias_of(Format));
  end else begin : gen_4bit
    assign identifier = 8'h08;
    assign even_code = {4'd0, pair_o[3:0]};
    assign odd_code = {4'd0, pair_o[7:4]};
    assign is_legal =
        ovp_spec::is_legal4(Format, even_code[3:0], odd_code[3:0]) && pair_o[15:8] == 8'd0;
    assign even_value = ovp_spec::value4(Format, even_code[3:0], odd_code[3:0],
                                         ovp_spec::bias_of(Format));
    assign odd_value = ovp_spec::value4(Format, odd_code[3:0], even_code[3:0],
                                        ovp_spec::bias_of(Format));
  end

  logic even_is_nearest, odd_is_nearest;
  nearest_check u_even (
    .format_i(Format), .real_i(even_i), .value_i(even_value), .is_nearest_o(even_is_nearest)
  );
  nearest_check u_odd (
    .format_i(Format), .real_i(odd_i), .value_i(odd_value), .is_nearest_o(odd_is_nearest)
  );

  always_comb begin
    if (is_finite) begin
      assert (is_legal);
      assert ((even_code == identifier) == odd_survives);
      assert ((odd_code == identifier) == even_survives);
      assert (odd_survives || even_is_nearest);
      assert (even_survives || odd_is_nearest);
    end
  end

endmodule

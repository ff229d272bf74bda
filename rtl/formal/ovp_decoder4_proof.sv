// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Every byte of the 4-bit formats under every bias: the slices have the values of the format's
// tables. Value and exponent determine a slice whose number is not 0, and for the exponents the
// contract is: 0 for int4; the code's own (Table 4) plus bias for outliers; 0 for a victim.
// proves: every byte, 4-bit format and bias
// sources: decoder/outlier_decoder.sv decoder/ovp_decoder4.sv
// engine: sat
// defect: decoder/ovp_decoder4.sv s/is_victim\[0\] ? code_i\[6:4\]/is_victim[1] ? code_i[6:4]/
module ovp_decoder4_proof (
  input  logic [2:0] format_i,
  input  logic [7:0] code_i,
  input  logic [3:0] bias_i,
  output logic [8:0] even_o,
  output logic [8:0] odd_o
);

  ovp_decoder4 u_dut (
    .format_i(format_i), .code_i(code_i), .bias_i(bias_i), .even_o(even_o), .odd_o(odd_o)
  );

  logic is_4bit;
  assign is_4bit = format_i == ovp_spec::Int4 || format_i == ovp_spec::Ovp4 ||
                   format_i == ovp_spec::Ovp4f;

  for (genvar e = 0; e < 2; e++) begin : gen_element
    logic [8:0] slice;
    logic [3:0] code, neighbour;
    assign slice = e == 0 ? even_o : odd_o;
    assign code = code_i[4*e +: 4];
    assign neighbour = code_i[4*(1-e) +: 4];

    logic is_victim, is_outlier;
    assign is_victim = ovp_spec::is_ovp(format_i) && code == 4'b1000;
    assign is_outlier = ovp_spec::is_ovp(format_i) && neighbour == 4'b1000 && !is_victim;

    // Exponent of an outlier as a 5-bit sum: with a carry the port holds it modulo 16, and the
    // value is compared before the cut.
    logic [4:0] outlier_exponent;
    logic [39:0] outlier_value;
    assign outlier_exponent = {3'd0, code[2:1]} + {1'b0, bias_i};
    assign outlier_value = {{35{slice[4]}}, slice[4:0]} << outlier_exponent;

    always_comb begin
      if (is_4bit && is_outlier) begin
        assert (slice[8:5] == outlier_exponent[3:0]);
        assert (outlier_value == ovp_spec::value4(format_i, code, neighbour, bias_i));
      end
      if (is_4bit && !is_outlier) begin
        assert (ovp_spec::slice_value(slice) ==
                ovp_spec::value4(format_i, code, neighbour, bias_i));
        assert (slice[8:5] == 4'd0 || format_i == ovp_spec::Ovp4f);
        assert (slice[8:5] == 4'd0 || slice[4:0] != 5'd0);
      end
    end
  end

endmodule

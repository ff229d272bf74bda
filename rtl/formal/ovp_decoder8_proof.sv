// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Every pair of the 8-bit formats under every bias: high and low slice together have the value of
// the code, the low one is unsigned and its exponent is that of the code (equation 2: exponent
// field plus bias; 0 for normals and victims), the high one's is 4 more, modulo 16.
// proves: every pair, 8-bit format and bias
// sources: decoder/outlier_decoder.sv decoder/ovp_decoder8.sv
// engine: sat
// defect: decoder/ovp_decoder8.sv s/{5{outlier_number\[4\]}}/5'd0/
module ovp_decoder8_proof (
  input  logic [2:0]  format_i,
  input  logic [15:0] pair_i,
  input  logic [3:0]  bias_i,
  output logic [8:0]  even_high_o,
  output logic [8:0]  even_low_o,
  output logic [8:0]  odd_high_o,
  output logic [8:0]  odd_low_o
);

  ovp_decoder8 u_dut (
    .format_i(format_i), .pair_i(pair_i), .bias_i(bias_i), .even_high_o(even_high_o),
    .even_low_o(even_low_o), .odd_high_o(odd_high_o), .odd_low_o(odd_low_o)
  );

  logic is_8bit;
  assign is_8bit = format_i == ovp_spec::Int8 || format_i == ovp_spec::Ovp8;

  for (genvar e = 0; e < 2; e++) begin : gen_element
    logic [8:0] high, low;
    logic [7:0] code, neighbour;
    assign high = e == 0 ? even_high_o : odd_high_o;
    assign low = e == 0 ? even_low_o : odd_low_o;
    assign code = pair_i[8*e +: 8];
    assign neighbour = pair_i[8*(1-e) +: 8];

    logic is_victim, is_outlier;
    assign is_victim = format_i == ovp_spec::Ovp8 && code == 8'h80;
    assign is_outlier = format_i == ovp_spec::Ovp8 && neighbour == 8'h80 && !is_victim;

    // Exponent before the ports cut it, and the element's integer.
    logic [4:0] exponent;
    logic [39:0] number;
    assign exponent = is_outlier ? {1'b0, code[6:3]} + {1'b0, bias_i} : 5'd0;
    assign number = ({{35{high[4]}}, high[4:0]} << 4) + {35'd0, low[4:0]};

    always_comb begin
      if (is_8bit && is_victim) assert (high == 9'd0 && low == 9'd0);
      if (is_8bit && !is_victim) begin
        assert (!low[4]);
        assert (low[8:5] == exponent[3:0]);
        assert (high[8:5] == 4'(exponent[3:0] + 4'd4));
        assert ((number << exponent) == ovp_spec::value8(format_i, code, neighbour, bias_i));
      end
    end
  end

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// What codes mean, as values, written from the definition of the format and not from the RTL:
// OliVe (ISCA 2023) Table 3 (normal types and identifiers), Table 4 (E2M1 abfloat, column of bias
// 0) and equation 2 (abfloat); flint4 from ANT's definition (leading zeros give the exponent).
// Illegal pairs, as the project defines them: two identifiers are two zeros; an outlier code 0
// has the value 0. Bit widths are wide enough that nothing is cut.
package ovp_spec;

  localparam logic [2:0] Int4 = 3'd0;
  localparam logic [2:0] Int8 = 3'd1;
  localparam logic [2:0] Ovp4 = 3'd2;
  localparam logic [2:0] Ovp4f = 3'd3;
  localparam logic [2:0] Ovp8 = 3'd4;

  // Table 4, "bias 0": the value of an E2M1 magnitude code before its bias.
  function automatic logic [39:0] e2m1(input logic [2:0] code);
    case (code)
      3'b001:  e2m1 = 40'd3;
      3'b010:  e2m1 = 40'd4;
      3'b011:  e2m1 = 40'd6;
      3'b100:  e2m1 = 40'd8;
      3'b101:  e2m1 = 40'd12;
      3'b110:  e2m1 = 40'd16;
      3'b111:  e2m1 = 40'd24;
      default: e2m1 = 40'd0;  // disabled
    endcase
  endfunction

  // Equation 2 with three mantissa bits: (8 + mantissa) * 2^exponent.
  function automatic logic [39:0] e4m3(input logic [6:0] code);
    e4m3 = (code == 7'd0) ? 40'd0 : (40'd8 + {37'd0, code[2:0]}) * (40'd1 << code[6:3]);
  endfunction

  // Table 3: magnitudes of flint4.
  function automatic logic [39:0] flint4(input logic [2:0] code);
    case (code)
      3'b000:  flint4 = 40'd0;
      3'b001:  flint4 = 40'd1;
      3'b010:  flint4 = 40'd2;
      3'b011:  flint4 = 40'd3;
      3'b110:  flint4 = 40'd4;
      3'b111:  flint4 = 40'd6;
      3'b101:  flint4 = 40'd8;
      default: flint4 = 40'd16;
    endcase
  endfunction

  function automatic logic [39:0] with_sign(input logic is_negative, input logic [39:0] magnitude);
    with_sign = is_negative ? 40'd0 - magnitude : magnitude;
  endfunction

  function automatic logic is_ovp(input logic [2:0] format);
    is_ovp = format == ovp_spec::Ovp4 || format == ovp_spec::Ovp4f || format == ovp_spec::Ovp8;
  endfunction

  // Value of a nibble beside its neighbour: 40-bit two's complement.
  function automatic logic [39:0] value4(input logic [2:0] format, input logic [3:0] code,
                                         input logic [3:0] neighbour, input logic [3:0] bias);
    value4 = {{36{code[3]}}, code};
    if (format == ovp_spec::Ovp4f) begin
      value4 = ovp_spec::with_sign(code[3], ovp_spec::flint4(code[2:0]));
    end
    if (ovp_spec::is_ovp(format) && neighbour == 4'b1000) begin
      value4 = ovp_spec::with_sign(code[3], ovp_spec::e2m1(code[2:0]) << bias);
    end
    if (ovp_spec::is_ovp(format) && code == 4'b1000) value4 = 40'd0;
  endfunction

  function automatic logic [39:0] value8(input logic [2:0] format, input logic [7:0] code,
                                         input logic [7:0] neighbour, input logic [3:0] bias);
    value8 = {{32{code[7]}}, code};
    if (ovp_spec::is_ovp(format) && neighbour == 8'b1000_0000) begin
      value8 = ovp_spec::with_sign(code[7], ovp_spec::e4m3(code[6:0]) << bias);
    end
    if (ovp_spec::is_ovp(format) && code == 8'b1000_0000) value8 = 40'd0;
  endfunction

  // number << exponent of a slice.
  function automatic logic [39:0] slice_value(input logic [8:0] slice);
    slice_value = {{35{slice[4]}}, slice[4:0]} << slice[8:5];
  endfunction

  // Whether an encoder may write this pair (4 bits: codes in [3:0] of even and odd).
  function automatic logic is_legal4(input logic [2:0] format, input logic [3:0] even,
                                     input logic [3:0] odd);
    is_legal4 = even != 4'b1000 && odd != 4'b1000;
    if (ovp_spec::is_ovp(format)) begin
      is_legal4 = (even != 4'b1000 || odd[2:0] != 3'd0) && (odd != 4'b1000 || even[2:0] != 3'd0);
    end
  endfunction

  function automatic logic is_legal8(input logic [2:0] format, input logic [7:0] even,
                                     input logic [7:0] odd);
    is_legal8 = even != 8'h80 && odd != 8'h80;
    if (ovp_spec::is_ovp(format)) begin
      is_legal8 = (even != 8'h80 || (odd[6:0] != 7'd0 && odd[6:0] < 7'd64)) &&
                  (odd != 8'h80 || (even[6:0] != 7'd0 && even[6:0] < 7'd64));
    end
  endfunction

  function automatic logic [3:0] bias_of(input logic [2:0] format);
    bias_of = format == ovp_spec::Ovp8 ? 4'd4 : format == ovp_spec::Ovp4f ? 4'd3 : 4'd2;
  endfunction

  // float32 bits of halves / 2, exact: the leading one at position p is worth 2^(p-1).
  function automatic logic [31:0] float_of_halves(input logic [17:0] halves);
    float_of_halves = 32'd0;
    for (int p = 0; p < 18; p++) begin
      if (halves[p]) float_of_halves = {1'b0, 8'(126 + p), 23'({22'd0, halves} << (23 - p))};
    end
  endfunction

endpackage

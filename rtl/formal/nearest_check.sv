// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Whether `value` is the nearest grid point of a finite float32, ties away from zero. The grid is
// the union of normals and outliers of Tables 3 and 4 (E4M3 up to 30720). A point is nearest if
// |x| is not below the midpoint to the point before it and below the midpoint to the point after
// it; the midpoint itself belongs to the larger point. Midpoints are exact float32 numbers, and
// floats of one sign are ordered as their bits.
module nearest_check (
  input  logic [2:0]  format_i,
  input  logic [31:0] real_i,
  input  logic [39:0] value_i,  // two's complement
  output logic        is_nearest_o
);

  logic [16:0] magnitude;
  assign magnitude = value_i[39] ? 17'd0 - value_i[16:0] : value_i[16:0];

  // The grid points below and above a point of the grid; above the last one: none.
  logic [16:0] below, above;
  logic is_last;

  // E4M3: points of one exponent are a step apart, the first of them half a step from the last of
  // the exponent before.
  logic [16:0] step;
  always_comb begin
    step = 17'd16;
    for (int p = 8; p < 15; p++) if (magnitude[p]) step = 17'd1 << (p - 3);
  end

  always_comb begin
    below = magnitude == 17'd0 ? 17'd0 : magnitude - 17'd1;
    above = magnitude + 17'd1;
    is_last = 1'b0;
    case (format_i)
      ovp_spec::Int4: is_last = magnitude == 17'd7;
      ovp_spec::Int8: is_last = magnitude == 17'd127;
      ovp_spec::Ovp4: case (magnitude)
        17'd7:  above = 17'd12;
        17'd12: begin below = 17'd7; above = 17'd16; end
        17'd16: begin below = 17'd12; above = 17'd24; end
        17'd24: begin below = 17'd16; above = 17'd32; end
        17'd32: begin below = 17'd24; above = 17'd48; end
        17'd48: begin below = 17'd32; above = 17'd64; end
        17'd64: begin below = 17'd48; above = 17'd96; end
        17'd96: begin below = 17'd64; is_last = 1'b1; end
        default: ;
      endcase
      ovp_spec::Ovp4f: case (magnitude)
        17'd4:   above = 17'd6;
        17'd6:   begin below = 17'd4; above = 17'd8; end
        17'd8:   begin below = 17'd6; above = 17'd16; end
        17'd16:  begin below = 17'd8; above = 17'd24; end
        17'd24:  begin below = 17'd16; above = 17'd32; end
        17'd32:  begin below = 17'd24; above = 17'd48; end
        17'd48:  begin below = 17'd32; above = 17'd64; end
        17'd64:  begin below = 17'd48; above = 17'd96; end
        17'd96:  begin below = 17'd64; above = 17'd128; end
        17'd128: begin below = 17'd96; above = 17'd192; end
        17'd192: begin below = 17'd128; is_last = 1'b1; end
        default: ;
      endcase
      default: begin
        if (magnitude == 17'd127) above = 17'd144;
        if (magnitude >= 17'd144) begin
          below = magnitude - step;
          if (magnitude == (step << 3)) below = magnitude - (step >> 1);
          if (magnitude == 17'd144) below = 17'd127;
          above = magnitude + step;
          is_last = magnitude == 17'd30720;
        end
      end
    endcase
  end

  logic [31:0] low, high;
  assign low = ovp_spec::float_of_halves({1'b0, below} + {1'b0, magnitude});
  assign high = ovp_spec::float_of_halves({1'b0, magnitude} + {1'b0, above});

  logic is_sign_right;
  assign is_sign_right = magnitude == 17'd0 || value_i[39] == real_i[31];
  assign is_nearest_o = is_sign_right && (magnitude == 17'd0 || {1'b0, real_i[30:0]} >= low) &&
                        (is_last || {1'b0, real_i[30:0]} < high);

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// What every block shares. An operand is a slice: value = number << exponent, number 5-bit signed,
// exponent 4-bit unsigned. Elements of 4-bit formats are one slice; elements of 8-bit formats are
// two: slice 0 high (signed, exponent + 4), slice 1 low (0..15). See models/numerics/packed.h.
package olv_pkg;

  localparam int unsigned NumberBits = 5;
  localparam int unsigned ExponentBits = 4;
  localparam int unsigned SliceBits = 9;
  localparam int unsigned PositionBits = 2;  // of a kept element within its 2:4 group
  localparam int unsigned GroupElements = 4;
  localparam int unsigned SumBits = 32;

  typedef struct packed {
    logic [3:0] exponent;
    logic signed [4:0] number;
  } slice_t;

  typedef enum logic [2:0] {
    FormatInt4  = 3'd0,
    FormatInt8  = 3'd1,
    FormatOvp4  = 3'd2,  // int4 normals
    FormatOvp4f = 3'd3,  // flint4 normals
    FormatOvp8  = 3'd4
  } format_e;

  // Exponent bias of outliers (OliVe section 3.3; 8 bits by analogy).
  function automatic logic [3:0] default_bias(input format_e format);
    default_bias = (format == olv_pkg::FormatOvp8)  ? 4'd4
                 : (format == olv_pkg::FormatOvp4f) ? 4'd3 : 4'd2;
  endfunction

  function automatic logic is_8bit(input format_e format);
    is_8bit = (format == olv_pkg::FormatInt8) || (format == olv_pkg::FormatOvp8);
  endfunction

endpackage

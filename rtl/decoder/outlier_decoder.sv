// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Abfloat magnitude decoder (OliVe, Figure 7): a code (exponent field, mantissa) stands for
// {1, mantissa} << (exponent field + bias). Code 0 is disabled and gives magnitude 0. The sign is
// the caller's. E2M1 is (1, 2), E4M3 is (3, 4).
`include "assert.svh"

module outlier_decoder #(
  parameter int unsigned MantissaBits = 1,
  parameter int unsigned CodeExponentBits = 2
) (
  input  logic [CodeExponentBits+MantissaBits-1:0] code_i,
  input  logic [olv_pkg::ExponentBits-1:0]         bias_i,
  output logic [MantissaBits:0]                    magnitude_o,
  output logic [olv_pkg::ExponentBits-1:0]         exponent_o  // modulo 16
);

  `ASSERT_PARAM(CodeExponentFits, CodeExponentBits >= 1 && CodeExponentBits <= 4)
  `ASSERT_PARAM(MantissaFits, MantissaBits >= 1 && MantissaBits <= 3)

  assign magnitude_o = {|code_i, code_i[MantissaBits-1:0]};
  assign exponent_o =
      bias_i + olv_pkg::ExponentBits'(code_i[CodeExponentBits+MantissaBits-1:MantissaBits]);

  `ASSERT_COMB(MagnitudeIsNormalized, magnitude_o == '0 || magnitude_o[MantissaBits])

endmodule

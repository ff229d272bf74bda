// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// `ASSERT(Name, expression): holds at every rising clk_i edge out of reset. A concurrent property
// in simulation, an immediate assertion for formal tools, nothing in synthesis.
// `ASSERT_COMB(Name, expression): the same for blocks without a clock.
// `ASSERT_PARAM(Name, expression): checked at elaboration.
`ifndef OLV_ASSERT_SVH
`define OLV_ASSERT_SVH

`define ASSERT_PARAM(name, expression) \
  if (!(expression)) begin : gen_``name \
    $error("parameter out of range: name"); \
  end

`ifdef VERILATOR
`define ASSERT(name, expression) \
  name: assert property (@(posedge clk_i) disable iff (!rst_ni) (expression));
`define ASSERT_COMB(name, expression) \
  always_comb begin : check_``name \
    name: assert (expression); \
  end
`elsif FORMAL
`define ASSERT(name, expression) \
  always @(posedge clk_i) if (rst_ni) name: assert (expression);
`define ASSERT_COMB(name, expression) \
  always @* name: assert (expression);
`else
`define ASSERT(name, expression)
`define ASSERT_COMB(name, expression)
`endif

`endif

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Three array shapes, both pipelinings (chosen in the first cycle), folds of 1 to 7 operands, any
// readiness in every cycle.
// proves: os: starts, preloads and windows as the array driver's rules, unbounded
// sources: controller/fold_controller.sv formal/fold_check.sv
// engine: pdr 24
// defect: controller/fold_controller.sv s/(!streaming_q && holds_free)/!streaming_q/
module fold_controller_os_proof (
  input  logic       clk_i,
  input  logic       overlapped_i,
  input  logic       fold_valid_i,
  input  logic [2:0] fold_length_i,
  input  logic       top_ready_i,
  input  logic       start_ready_i,
  output logic       square_preload_o,
  output logic       square_start_o,
  output logic [5:0] square_left_o,    // {active, first, last, index}
  output logic [4:0] square_top_o,     // {active, capture, index}
  output logic [5:0] square_result_o,  // {valid, first, last, index}
  output logic       square_busy_o,
  output logic       tall_preload_o,
  output logic       tall_start_o,
  output logic [5:0] tall_left_o,
  output logic [4:0] tall_top_o,
  output logic [5:0] tall_result_o,
  output logic       tall_busy_o,
  output logic       single_preload_o,
  output logic       single_start_o,
  output logic [5:0] single_left_o,
  output logic [4:0] single_top_o,
  output logic [5:0] single_result_o,
  output logic       single_busy_o
);

  // Reset is released after the first edge; the pipelining is static from then on.
  logic rst_n = 1'b0, overlapped = 1'b0;
  always_ff @(posedge clk_i) begin
    rst_n <= 1'b1;
    if (!rst_n) overlapped <= overlapped_i;
  end

  fold_check #(.Rows(2), .Cols(2), .OutputStationary(1'b1)) u_square (
    .rst_ni(rst_n), .overlapped_i(overlapped), .preload_o(square_preload_o),
    .start_o(square_start_o), .left_o(square_left_o), .top_o(square_top_o),
    .result_o(square_result_o), .busy_o(square_busy_o), .*
  );
  fold_check #(.Rows(3), .Cols(1), .OutputStationary(1'b1)) u_tall (
    .rst_ni(rst_n), .overlapped_i(overlapped), .preload_o(tall_preload_o),
    .start_o(tall_start_o), .left_o(tall_left_o), .top_o(tall_top_o),
    .result_o(tall_result_o), .busy_o(tall_busy_o), .*
  );
  fold_check #(.Rows(1), .Cols(1), .OutputStationary(1'b1)) u_single (
    .rst_ni(rst_n), .overlapped_i(overlapped), .preload_o(single_preload_o),
    .start_o(single_start_o), .left_o(single_left_o), .top_o(single_top_o),
    .result_o(single_result_o), .busy_o(single_busy_o), .*
  );

endmodule

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <stdint.h>

// The plain C boundary between the program and a Verilated model in a shared library
// (sim/cosim/verilated_adapter.cpp implements it, sim/cosim/verilated_model.cpp uses it).
extern "C" {

// Values are little-endian two's complement bytes, `element_bytes` for each of rows x cols
// elements, row-major; a scalar has rows = cols = 1.
struct OlvRtlSignal {
  const char* name;  // a port: "left_i"; inside: "systolic_array.gen_row[0].u_pe.sum_q"
  uint32_t bits;     // of one element
  uint32_t element_bytes;
  uint32_t rows;
  uint32_t cols;
  uint32_t direction;  // 0 inside, 1 input, 2 output
  uint8_t* data;
};

struct OlvRtlModel;

// `random_init` not 0: registers without reset start with random bits of `seed`.
OlvRtlModel* olv_rtl_create(uint64_t seed, int random_init);
void olv_rtl_destroy(OlvRtlModel* model);
uint32_t olv_rtl_signal_count(const OlvRtlModel* model);
const OlvRtlSignal* olv_rtl_signal(const OlvRtlModel* model, uint32_t index);
void olv_rtl_eval(OlvRtlModel* model);
// Text of the first failed assertion, $error or $fatal; empty while there is none.
const char* olv_rtl_failure(const OlvRtlModel* model);
// 1 if the model was built with that instrument.
int olv_rtl_trace_open(OlvRtlModel* model, const char* path);
void olv_rtl_trace_dump(OlvRtlModel* model, uint64_t time);
void olv_rtl_trace_close(OlvRtlModel* model);
int olv_rtl_write_coverage(OlvRtlModel* model, const char* path);
}

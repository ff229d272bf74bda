// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The inside of a model library: sim/cosim/model_builder.cpp compiles this file with the code that
// Verilator generated. `olv_signals.inc` lists the ports and the visible registers.
#include <Vmodel.h>
#include <Vmodel__Syms.h>
#include <Vmodel___024root.h>
#include <verilated.h>
#if OLV_HAS_COVERAGE
#include <verilated_cov.h>
#endif
#if OLV_HAS_TRACE
#include <verilated_fst_c.h>
#endif

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "sim/cosim/rtl_abi.h"

struct OlvRtlModel {
  VerilatedContext context;
  std::unique_ptr<Vmodel> top;
  std::vector<OlvRtlSignal> signals;
  std::string failure;
#if OLV_HAS_TRACE
  std::unique_ptr<VerilatedFstC> trace;
#endif
};

namespace {

// What the runtime printed since the last evaluation, and whether it asked to stop. One library
// holds one design, and a process evaluates one model of it at a time.
std::string printed;
bool is_stopped = false;

template <class T>
uint8_t* bytes_of(T& value) {
  return reinterpret_cast<uint8_t*>(&value);
}

void add_signals(OlvRtlModel& model) {
  Vmodel& top = *model.top;
  Vmodel__Syms& syms = *model.top->rootp->vlSymsp;
  (void)syms;
#define OLV_SIGNAL(name, bits, bytes, rows, cols, direction, place) \
  model.signals.push_back({name, bits, bytes, rows, cols, direction, bytes_of(place)});
#include <olv_signals.inc>
#undef OLV_SIGNAL
}

}  // namespace

// The runtime is compiled to print and to stop through these.
int olv_rtl_printf(const char* format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  printed += text;
  return length;
}
void vl_stop(const char*, int, const char*) { is_stopped = true; }
void vl_finish(const char*, int, const char*) { is_stopped = true; }
void vl_fatal(const char* file, int line, const char* scope, const char* message) {
  olv_rtl_printf("%s:%d: %s: %s", file, line, scope, message);
  is_stopped = true;
}

OlvRtlModel* olv_rtl_create(uint64_t seed, int random_init) {
  auto model = std::make_unique<OlvRtlModel>();
  model->context.randReset(random_init != 0 ? 2 : 0);
  model->context.randSeed(static_cast<int>(seed % 0x7FFFFFFF) + 1);
  model->context.traceEverOn(true);
  model->top = std::make_unique<Vmodel>(&model->context, "TOP");
  add_signals(*model);
  return model.release();
}

void olv_rtl_destroy(OlvRtlModel* model) {
  olv_rtl_trace_close(model);
  Verilated::threadContextp(&model->context);  // scopes unregister there, not with the last model
  model->top->final();
  delete model;
}

uint32_t olv_rtl_signal_count(const OlvRtlModel* model) {
  return static_cast<uint32_t>(model->signals.size());
}
const OlvRtlSignal* olv_rtl_signal(const OlvRtlModel* model, uint32_t index) {
  return &model->signals[index];
}

void olv_rtl_eval(OlvRtlModel* model) {
  model->top->eval();
  if (is_stopped && model->failure.empty()) model->failure = printed;
  is_stopped = false;
  printed.clear();
}
const char* olv_rtl_failure(const OlvRtlModel* model) { return model->failure.c_str(); }

#if OLV_HAS_TRACE
int olv_rtl_trace_open(OlvRtlModel* model, const char* path) {
  model->trace = std::make_unique<VerilatedFstC>();
  model->top->trace(model->trace.get(), 99);
  model->trace->open(path);
  return model->trace->isOpen() ? 1 : 0;
}
void olv_rtl_trace_dump(OlvRtlModel* model, uint64_t time) { model->trace->dump(time); }
void olv_rtl_trace_close(OlvRtlModel* model) {
  if (model->trace != nullptr) model->trace->close();
  model->trace.reset();
}
#else
int olv_rtl_trace_open(OlvRtlModel*, const char*) { return 0; }
void olv_rtl_trace_dump(OlvRtlModel*, uint64_t) {}
void olv_rtl_trace_close(OlvRtlModel*) {}
#endif

int olv_rtl_write_coverage(OlvRtlModel* model, const char* path) {
#if OLV_HAS_COVERAGE
  model->context.coveragep()->write(path);
  return 1;
#else
  (void)model, (void)path;
  return 0;
#endif
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/gpusq_reductions/gpu_times.h"

#include <set>

#include "models/numerics/format.h"
#include "models/workloads/workload.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine {
namespace {

double time_s(const GemmModel& model, const Workload& workload, const char* scheme,
              const std::set<LayerKind>& kinds) {
  GpuRunOptions options;
  options.kinds = kinds;
  return run_gpu_network(model, workload, parse_scheme(scheme), options).total.timing.time_s;
}

}  // namespace

GpuTimes time_network(const GemmModel& model, const Workload& workload) {
  const std::set<LayerKind> weighted = {LayerKind::Linear, LayerKind::Conv2d};
  GpuTimes times;
  times.fp16_s = time_s(model, workload, "w16a16-fp16", weighted);
  times.int8_sparse_s = time_s(model, workload, "w8a8-int8-2:4", weighted);
  times.int4_sparse_s = time_s(model, workload, "w4a4-int4-2:4", weighted);
  times.attention_s = time_s(model, workload, "w16a16-fp16", {LayerKind::Attention});
  times.vector_s = time_s(model, workload, "w16a16-fp16", {LayerKind::Vector});
  return times;
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "experiments/trace/trace_options.h"
#include "experiments/trace/trace_writer.h"
#include "sim/systolic/simulate.h"

namespace olivine {
struct NetworkPlan;
struct NetworkResult;
}  // namespace olivine

namespace olivine::trace {

class LayerRecorder;
struct LayerRecord;
class MemoryRecorder;

// Keeps every distinct array layer of a network that runs on one machine, layer after layer.
class NetworkRecorder {
 public:
  // Contract: plan and options outlive the recorder.
  NetworkRecorder(const NetworkPlan& plan, const TraceOptions& options);
  ~NetworkRecorder();
  NetworkRecorder(const NetworkRecorder&) = delete;
  NetworkRecorder& operator=(const NetworkRecorder&) = delete;

  // Who watches plan `index`, alone on its memory from cycle 0 on. Once a plan.
  [[nodiscard]] LayerObservers observe(size_t index);
  void finish(size_t index, const LayerTiming& timing);

  // Contract: observed and finished.
  [[nodiscard]] const LayerRecord& layer(size_t index) const;
  [[nodiscard]] const MemoryRecorder& memory(size_t index) const { return *memories_[index]; }

 private:
  const NetworkPlan* plan_;
  const TraceOptions* options_;
  size_t windows_;  // of a layer, at most
  std::vector<std::unique_ptr<LayerRecorder>> layers_;
  std::vector<std::unique_ptr<MemoryRecorder>> memories_;
};

// Writes the trace of a run: every layer at its place in time, equal ones from one record.
// Contract: every array layer of the plan was recorded, and its timing is that of the result.
TraceSummary write_network_trace(const TraceWriter::Sink& sink, const NetworkPlan& plan,
                                 const NetworkResult& result, const NetworkRecorder& recorder,
                                 const TraceOptions& options);

}  // namespace olivine::trace

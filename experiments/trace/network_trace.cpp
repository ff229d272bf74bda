// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/network_trace.h"

#include <algorithm>

#include "experiments/trace/accelerator_tracks.h"
#include "experiments/trace/layer_recorder.h"
#include "models/analytic/network.h"
#include "models/base/error.h"

namespace olivine::trace {
namespace {

// Samples of the bandwidth of all layers together, about.
constexpr size_t kWindows = 20'000;
constexpr size_t kMinWindows = 64;
constexpr size_t kMaxWindows = 4096;

bool is_array_layer(const LayerPlan& layer) { return layer.kind != LayerKind::Vector; }

uint64_t bytes_of(const LayerTiming& timing) {
  uint64_t bytes = 0;
  for (const uint64_t operand : timing.dram_bytes) bytes += operand;
  return bytes;
}

class NetworkTrace {
 public:
  NetworkTrace(const TraceWriter::Sink& sink, const NetworkPlan& plan, const NetworkResult& result,
               const NetworkRecorder& recorder, const TraceOptions& options)
      : plan_(plan),
        result_(result),
        recorder_(recorder),
        choice_(choose_details(options, count(), plan.plan_of_layer)),
        writer_(sink, trace_metadata(options, choice_.summary)),
        accelerator_(writer_, plan.machine.name, "layers"),
        dram_(writer_.add_track(accelerator_.process(), "DRAM")),
        bandwidth_(
            writer_.add_counter(accelerator_.process(), "DRAM bandwidth", {"bytes_per_cycle"})) {}

  TraceSummary write() {
    for (size_t i = 0; i < plan_.plan_of_layer.size(); ++i) {
      const std::string& name = plan_.workload.layers[i].name;
      const size_t plan = plan_.plan_of_layer[i];
      if (is_array_layer(plan_.plans[plan])) {
        add_array_layer(name, plan, choice_.of_layer[i]);
      } else {
        const auto cycles = static_cast<int64_t>(result_.results[plan].cycles);
        accelerator_.add_vector_layer(name, now_, cycles, plan_.plans[plan].vector_ops);
      }
      now_ += static_cast<int64_t>(result_.results[plan].cycles);
    }
    writer_.sample(bandwidth_, now_, {0.0});
    writer_.finish();
    OLV_CHECK(writer_.slices() == choice_.summary.slices, "{} slices, {} foreseen",
              writer_.slices(), choice_.summary.slices);
    return choice_.summary;
  }

 private:
  [[nodiscard]] std::vector<SliceCounts> count() const {
    std::vector<SliceCounts> counts(plan_.plans.size());
    for (size_t plan = 0; plan < counts.size(); ++plan) {
      for (const auto& entry : kDetailNames) {
        counts[plan][static_cast<size_t>(entry.value)] = count(plan, entry.value);
      }
    }
    return counts;
  }
  [[nodiscard]] uint64_t count(size_t plan, Detail detail) const {
    if (!is_array_layer(plan_.plans[plan])) return 2;
    const LayerRecord& layer = recorder_.layer(plan);
    if (!layer.has_tiles && detail != Detail::Layer) return kNotKept;
    return count_layer_slices(layer, detail) + busy_slices(plan, detail);
  }
  [[nodiscard]] uint64_t busy_slices(size_t plan, Detail detail) const {
    return detail == Detail::Layer ? 0 : recorder_.memory(plan).busy().intervals().size();
  }

  void add_array_layer(const std::string& name, size_t plan, Detail detail) {
    const LayerRecord& layer = recorder_.layer(plan);
    const MemoryRecorder& memory = recorder_.memory(plan);
    const auto end = now_ + static_cast<int64_t>(layer.timing.cycles);
    accelerator_.add_layer(name, now_, layer, detail);
    if (plan_.machine.dram.model == DramModel::Ideal) {
      // It moves nothing in time: what one that keeps up would have to deliver.
      writer_.sample(
          bandwidth_, now_,
          {static_cast<double>(bytes_of(layer.timing)) / static_cast<double>(layer.timing.cycles)});
      writer_.sample(bandwidth_, end, {0.0});
      return;
    }
    add_rate(writer_, bandwidth_, now_, end, memory.rate());
    writer_.sample(bandwidth_, end, {0.0});
    if (detail == Detail::Layer) return;
    for (const BusyIntervals::Interval& busy : memory.busy().intervals()) {
      writer_.slice(dram_, {"busy", "dram", "rail_load", now_ + busy.from, now_ + busy.until},
                    Args{}.add("bytes", busy.bytes));
    }
  }

  const NetworkPlan& plan_;
  const NetworkResult& result_;
  const NetworkRecorder& recorder_;
  DetailChoice choice_;
  TraceWriter writer_;
  AcceleratorTracks accelerator_;
  Track dram_;
  Counter bandwidth_;
  int64_t now_ = 0;
};

}  // namespace

NetworkRecorder::NetworkRecorder(const NetworkPlan& plan, const TraceOptions& options)
    : plan_(&plan),
      options_(&options),
      windows_(std::clamp(kWindows / std::max<size_t>(1, plan.plan_of_layer.size()), kMinWindows,
                          kMaxWindows)),
      layers_(plan.plans.size()),
      memories_(plan.plans.size()) {}

NetworkRecorder::~NetworkRecorder() = default;

const LayerRecord& NetworkRecorder::layer(size_t index) const { return layers_[index]->record(); }

LayerObservers NetworkRecorder::observe(size_t index) {
  layers_[index] = std::make_unique<LayerRecorder>(
      plan_->plans[index].geometry, 0, keeps_tiles(*options_, count_tiles(plan_->plans[index])));
  memories_[index] = std::make_unique<MemoryRecorder>(windows_, windows_);
  return {layers_[index].get(), memories_[index].get()};
}

void NetworkRecorder::finish(size_t index, const LayerTiming& timing) {
  layers_[index]->finish(timing);
}

TraceSummary write_network_trace(const TraceWriter::Sink& sink, const NetworkPlan& plan,
                                 const NetworkResult& result, const NetworkRecorder& recorder,
                                 const TraceOptions& options) {
  return NetworkTrace{sink, plan, result, recorder, options}.write();
}

}  // namespace olivine::trace

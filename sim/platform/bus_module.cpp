// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/bus_module.h"

#include <algorithm>
#include <optional>

#include "models/base/error.h"
#include "sim/platform/module_context.h"
#include "sim/platform/platform_observer.h"
#include "sim/platform/tlm_packet.h"

namespace olivine {

BusModule::BusModule(const sc_core::sc_module_name& name, const PlatformConfig& platform,
                     ModuleContext& context)
    : sc_module(name),
      initiators("initiators"),
      memories("memories"),
      ready("ready"),
      platform_(&platform),
      context_(&context),
      offered_(platform.accelerators.size()),
      signals_(platform.memories.size()) {
  initiators.register_nb_transport_fw(this, &BusModule::offer);
  memories.register_nb_transport_bw(this, &BusModule::pass_response);
  for (size_t memory = 0; memory < platform.memories.size(); ++memory) {
    accepts_.emplace_back([this, memory](const MemoryRequest& request, int64_t at) {
      return ready[static_cast<int>(memory)]->earliest_accept(request, at);
    });
  }
  SC_HAS_PROCESS(BusModule);
  SC_METHOD(arbitrate);
  sensitive << arbitrate_;
  dont_initialize();
  SC_METHOD(ring);
  sensitive << timer_;
  dont_initialize();
}

void BusModule::reset(PlatformObserver* observer) {
  observer_ = observer;
  arbitrate_.cancel();
  timer_.cancel();
  bus_ = std::make_unique<Bus>(*platform_);
  std::fill(offered_.begin(), offered_.end(), nullptr);
  std::fill(signals_.begin(), signals_.end(), Signals{});
}

tlm::tlm_sync_enum BusModule::offer(int initiator, Payload& payload, tlm::tlm_phase& phase,
                                    sc_core::sc_time& delay) {
  OLV_CHECK(phase == tlm::BEGIN_REQ && delay == sc_core::SC_ZERO_TIME, "bus: unexpected phase");
  const auto index = static_cast<size_t>(initiator);
  const MemoryRequest request = to_request(payload);
  if (!bus_->route(request.address, request.bytes)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  tag_of(payload).initiator = index;
  offered_[index] = &payload;
  const int64_t now = context_->now();
  const int64_t at = bus_->offer(index, request, now);
  if (at == now) {
    arbitrate_.notify(sc_core::SC_ZERO_TIME);
  } else {
    timer_.notify(context_->until(at));
  }
  return tlm::TLM_ACCEPTED;
}

void BusModule::ring() { arbitrate_.notify(sc_core::SC_ZERO_TIME); }

void BusModule::arbitrate() {
  context_->guard([this] {
    const int64_t now = context_->now();
    for (size_t memory = 0; memory < bus_->memories(); ++memory) arbitrate_memory(memory, now);
  });
}

void BusModule::arbitrate_memory(size_t memory, int64_t now) {
  if (bus_->has_offer(memory)) {
    const bool is_free = bus_->busy_until(memory) <= now;
    if (is_free) {
      ready[static_cast<int>(memory)]->prepare(now + platform_->bus.latency_cycles);
    }
    const std::optional<size_t> winner = bus_->arbitrate(memory, now, accepts_[memory]);
    if (winner) forward(memory, *winner, now);
    schedule(memory, now);
  }
  if (!context_->is_traced()) return;
  signals_[memory].is_busy = bus_->busy_until(memory) > now;
  if (signals_[memory].is_busy) timer_.notify(context_->until(bus_->busy_until(memory)));
}

// The packet goes to the memory; its initiator may offer the next one.
void BusModule::forward(size_t memory, size_t initiator, int64_t now) {
  Payload& payload = *offered_[initiator];
  offered_[initiator] = nullptr;
  tag_of(payload).granted_at = now;
  context_->count_move(now);
  signals_[memory].granted = static_cast<uint32_t>(initiator);
  if (observer_ != nullptr) {
    observer_->granted({memory, initiator, static_cast<int64_t>(payload.get_data_length()), now,
                        bus_->busy_until(memory)});
  }

  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = context_->duration(platform_->bus.latency_cycles);
  const tlm::tlm_sync_enum status =
      memories[static_cast<int>(memory)]->nb_transport_fw(payload, phase, delay);
  OLV_CHECK(status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_REQ),
            "bus: a memory did not take a packet in cycle {}", now);

  tlm::tlm_phase end_request = tlm::END_REQ;
  sc_core::sc_time no_delay;
  initiators[static_cast<int>(initiator)]->nb_transport_bw(payload, end_request, no_delay);
  if (status == tlm::TLM_COMPLETED) respond(payload, delay);
}

tlm::tlm_sync_enum BusModule::pass_response(int /*memory*/, Payload& payload, tlm::tlm_phase& phase,
                                            sc_core::sc_time& delay) {
  OLV_CHECK(phase == tlm::BEGIN_RESP, "bus: unexpected phase");
  respond(payload, delay);
  return tlm::TLM_COMPLETED;
}

// Data that was read needs the bus's latency back; a write is over when it has left its source.
void BusModule::respond(Payload& payload, sc_core::sc_time delay) {
  const PacketTag& tag = tag_of(payload);
  if (payload.is_read()) delay += context_->duration(platform_->bus.latency_cycles);
  bus_->count_latency(tag.initiator, context_->cycle_after(delay) - tag.granted_at);
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  const tlm::tlm_sync_enum status =
      initiators[static_cast<int>(tag.initiator)]->nb_transport_bw(payload, phase, delay);
  OLV_CHECK(status == tlm::TLM_COMPLETED, "bus: a response was not taken at once");
}

void BusModule::schedule(size_t memory, int64_t now) {
  if (!bus_->has_offer(memory)) return;
  int64_t next = bus_->next_arbitration(memory);
  if (next == kNever) next = ready[static_cast<int>(memory)]->next_change();
  if (next != kNever) timer_.notify(context_->until(std::max(next, now + 1)));
}

void BusModule::trace_to(sc_core::sc_trace_file* file) {
  for (size_t memory = 0; memory < signals_.size(); ++memory) {
    const std::string path = "platform.bus." + platform_->memories[memory].name;
    sc_core::sc_trace(file, signals_[memory].is_busy, path + ".busy");
    sc_core::sc_trace(file, signals_[memory].granted, path + ".granted");
  }
}

}  // namespace olivine

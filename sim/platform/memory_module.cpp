// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/memory_module.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "sim/platform/module_context.h"
#include "sim/platform/tlm_packet.h"

namespace olivine {

MemoryModule::MemoryModule(const sc_core::sc_module_name& name, ModuleContext& context,
                           int64_t latency_cycles)
    : sc_module(name),
      socket("socket"),
      ready("ready"),
      context_(&context),
      latency_cycles_(latency_cycles) {
  socket.register_nb_transport_fw(this, &MemoryModule::transport);
  ready.bind(*this);
  SC_HAS_PROCESS(MemoryModule);
  SC_METHOD(wake);
  sensitive << wake_;
  dont_initialize();
  SC_METHOD(follow);
  sensitive << follow_;
  dont_initialize();
}

void MemoryModule::reset(std::unique_ptr<MemoryModel> model) {
  wake_.cancel();
  follow_.cancel();
  model_ = std::move(model);
  store_ = std::make_unique<MemoryStore>();
  flights_.clear();
  free_tags_.clear();
  leaving_ = {};
  queued_ = 0;
}

int64_t MemoryModule::earliest_accept(const MemoryRequest& request, int64_t at) const {
  return model_->earliest_accept(request, at);
}

int64_t MemoryModule::next_change() const {
  const int64_t next = model_->next_event();
  return next == kNever ? kNever : next - latency_cycles_;
}

void MemoryModule::prepare(int64_t at) {
  model_->advance(at);
  while (const auto response = model_->take_response()) answer(*response);
  schedule();
}

tlm::tlm_sync_enum MemoryModule::transport(Payload& payload, tlm::tlm_phase& phase,
                                           sc_core::sc_time& delay) {
  OLV_CHECK(phase == tlm::BEGIN_REQ, "{}: unexpected phase", name());
  if (free_tags_.empty()) {
    free_tags_.push_back(flights_.size());
    flights_.push_back(nullptr);
  }
  MemoryRequest request = to_request(payload);
  request.tag = free_tags_.back();
  free_tags_.pop_back();
  flights_[request.tag] = &payload;
  model_->accept(request, context_->cycle_after(delay));
  move_values(request);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (context_->is_traced()) ++queued_;

  bool is_answered = false;
  while (const auto response = model_->take_response()) {
    if (response->tag == request.tag) {
      is_answered = true;
      take_flight(request.tag);
      delay = context_->until(response->at);
      trace_response(response->at);
    } else {
      answer(*response);
    }
  }
  schedule();
  if (is_answered) return tlm::TLM_COMPLETED;
  phase = tlm::END_REQ;
  delay = sc_core::SC_ZERO_TIME;
  return tlm::TLM_UPDATED;
}

void MemoryModule::move_values(const MemoryRequest& request) {
  if (request.data == nullptr) return;
  const auto bytes = static_cast<size_t>(request.bytes);
  if (request.access == Access::Read) {
    store_->read(request.address, {request.data, bytes});
  } else {
    store_->write(request.address, {request.data, bytes});
  }
}

// Half a period before a cycle in which the model has something to do.
void MemoryModule::wake() {
  context_->guard([this] { prepare(context_->now() + 1 + latency_cycles_); });
}

void MemoryModule::schedule() {
  const int64_t next = next_change();
  if (next == kNever) return;
  wake_.notify(context_->until_before(std::max(next, context_->now() + 1)));
}

void MemoryModule::answer(const MemoryResponse& response) {
  Payload& payload = take_flight(response.tag);
  trace_response(response.at);
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = context_->until(response.at);
  const tlm::tlm_sync_enum status = socket->nb_transport_bw(payload, phase, delay);
  OLV_CHECK(status == tlm::TLM_COMPLETED, "{}: a response was not taken at once", name());
}

MemoryModule::Payload& MemoryModule::take_flight(uint64_t tag) {
  OLV_CHECK(tag < flights_.size() && flights_[tag] != nullptr,
            "{}: response to packet {}, which is not under way", name(), tag);
  free_tags_.push_back(tag);
  return *std::exchange(flights_[tag], nullptr);
}

void MemoryModule::trace_to(sc_core::sc_trace_file* file, const std::string& name) {
  sc_core::sc_trace(file, queued_, name + ".queued");
}

void MemoryModule::trace_response(int64_t at) {
  if (!context_->is_traced()) return;
  leaving_.push(at);
  follow_.notify(context_->until(std::max(leaving_.top(), context_->now() + 1)));
}

// A response has left: for the trace alone.
void MemoryModule::follow() {
  const int64_t now = context_->now();
  while (!leaving_.empty() && leaving_.top() <= now) {
    leaving_.pop();
    --queued_;
  }
  if (!leaving_.empty()) follow_.notify(context_->until(leaving_.top()));
}

}  // namespace olivine

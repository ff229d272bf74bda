// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <tlm_utils/passthrough_target_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/memory/memory_model.h"
#include "sim/memory/memory_store.h"
#include "sim/platform/module_interfaces.h"

namespace olivine {

class ModuleContext;

// Shell of a memory: a TLM-2.0 target, approximately timed. A request is accepted when it comes
// (the bus has asked before); a response that is known then is returned at once, with its time as
// the annotated delay, any other is sent as soon as the model knows it. Values move between payload
// and store when a request is accepted.
//
// The packets of the bus arrive `latency` cycles after their grant, so that the model runs this
// much ahead of the kernel. It advances half a period before the cycles in which it has something
// to do: the initiators see the response in the cycle in which it becomes known.
class MemoryModule final : public sc_core::sc_module, public ReadyIf {
 public:
  tlm_utils::passthrough_target_socket<MemoryModule> socket;
  sc_core::sc_export<ReadyIf> ready;

  MemoryModule(const sc_core::sc_module_name& name, ModuleContext& context, int64_t latency_cycles);

  // An empty memory for a new run.
  void reset(std::unique_ptr<MemoryModel> model);

  void prepare(int64_t at) override;
  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& request, int64_t at) const override;
  [[nodiscard]] int64_t next_change() const override;

  [[nodiscard]] const MemoryModel& model() const { return *model_; }
  [[nodiscard]] MemoryStore& store() { return *store_; }
  void trace_to(sc_core::sc_trace_file* file, const std::string& name);

 private:
  using Payload = tlm::tlm_generic_payload;
  tlm::tlm_sync_enum transport(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void move_values(const MemoryRequest& request);
  void wake();
  void follow();
  void answer(const MemoryResponse& response);
  Payload& take_flight(uint64_t tag);
  void schedule();
  void trace_response(int64_t at);

  ModuleContext* context_;
  int64_t latency_cycles_;
  std::unique_ptr<MemoryModel> model_;
  std::unique_ptr<MemoryStore> store_;
  std::vector<Payload*> flights_;  // accepted, without response; by the model's tag
  std::vector<uint64_t> free_tags_;
  sc_core::sc_event wake_;

  // Traced: packets accepted whose response is still to come.
  uint32_t queued_ = 0;
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> leaving_;
  sc_core::sc_event follow_;
};

}  // namespace olivine

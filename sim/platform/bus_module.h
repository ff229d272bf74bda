// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/platform/bus.h"
#include "sim/platform/module_interfaces.h"

namespace olivine {

class ModuleContext;
class PlatformObserver;

// Shell of the bus. Toward initiators a TLM-2.0 target: BEGIN_REQ offers a packet, END_REQ comes
// with its grant (until then the initiator offers no other), BEGIN_RESP as soon as the memory has
// said when, with the time as annotated delay. Toward memories an initiator: BEGIN_REQ with the
// bus's latency.
//
// Arbitration comes one delta cycle after the initiators have acted: offers start it by a delta
// notification, and the timer that wakes the bus together with the initiators does the same.
class BusModule final : public sc_core::sc_module {
 public:
  // Sockets are bound in the order of the platform's accelerators and memories.
  tlm_utils::multi_passthrough_target_socket<BusModule> initiators;
  tlm_utils::multi_passthrough_initiator_socket<BusModule> memories;
  sc_core::sc_port<ReadyIf, 0> ready;

  // Contract: the platform outlives the module.
  BusModule(const sc_core::sc_module_name& name, const PlatformConfig& platform,
            ModuleContext& context);

  // An idle bus for a new run. `observer`: as PlatformOptions has it.
  void reset(PlatformObserver* observer);

  [[nodiscard]] const Bus& bus() const { return *bus_; }
  void trace_to(sc_core::sc_trace_file* file);

 private:
  using Payload = tlm::tlm_generic_payload;
  // What an observer sees of a path.
  struct Signals {
    bool is_busy = false;
    uint32_t granted = 0;  // the accelerator whose packet was granted last
  };

  tlm::tlm_sync_enum offer(int initiator, Payload& payload, tlm::tlm_phase& phase,
                           sc_core::sc_time& delay);
  tlm::tlm_sync_enum pass_response(int memory, Payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay);
  void ring();
  void arbitrate();
  void arbitrate_memory(size_t memory, int64_t now);
  void forward(size_t memory, size_t initiator, int64_t now);
  void respond(Payload& payload, sc_core::sc_time delay);
  void schedule(size_t memory, int64_t now);

  const PlatformConfig* platform_;
  ModuleContext* context_;
  PlatformObserver* observer_ = nullptr;
  std::unique_ptr<Bus> bus_;
  std::vector<Payload*> offered_;      // by initiator
  std::vector<Bus::Accepts> accepts_;  // by memory
  sc_core::sc_event arbitrate_;
  sc_core::sc_event timer_;
  std::vector<Signals> signals_;  // by memory
};

}  // namespace olivine

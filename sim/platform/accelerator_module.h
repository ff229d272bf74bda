// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>

#include "sim/memory/dma_engine.h"
#include "sim/platform/module_interfaces.h"

namespace olivine {

class AcceleratorCore;
class AcceleratorUnit;
class ModuleContext;
class PacketPool;
class PlatformObserver;
struct PlatformAccelerator;

// Shell of an accelerator: a TLM-2.0 initiator whose DMA engine has one packet on offer at a time,
// until the bus grants it; packets granted and without response are limited by the engine. Sleeps
// until the unit has something to do.
class AcceleratorModule final : public sc_core::sc_module, public DoorbellIf, private MemoryPort {
 public:
  tlm_utils::simple_initiator_socket<AcceleratorModule> socket;
  sc_core::sc_export<DoorbellIf> doorbell;
  sc_core::sc_port<InterruptIf> interrupt;

  // Contract: config outlives the module.
  AcceleratorModule(const sc_core::sc_module_name& name, const PlatformAccelerator& config,
                    int64_t packet_bytes, ModuleContext& context);
  ~AcceleratorModule() override;

  // An idle accelerator for a new run. Contract: the pool outlives it, and so does the observer.
  void reset(PacketPool& pool, PlatformObserver* observer);

  void ring(Submission submission) override;

  // Looks whether the unit waits for a known cycle, and takes that for a sign of life.
  void report_life() const;
  [[nodiscard]] std::string describe() const;
  void trace_to(sc_core::sc_trace_file* file, const std::string& name);

 private:
  // What an observer sees.
  struct Signals {
    uint32_t job = 0;  // index of the one under way, or of the last one
    uint32_t in_flight = 0;
    uint32_t outstanding = 0;
    uint32_t queued = 0;
    bool is_stalled = false;  // a job is under way, and no fold in the array
  };

  bool send(const MemoryRequest& request, int64_t now) override;
  [[nodiscard]] int64_t retry_at(int64_t now) const override;
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void tick();
  void report_completions();
  void wake_in(int64_t cycle);
  void look();

  const PlatformAccelerator* config_;
  int64_t packet_bytes_;
  ModuleContext* context_;
  PacketPool* pool_ = nullptr;
  std::unique_ptr<AcceleratorCore> core_;  // null unless the model is stream or rtl
  std::unique_ptr<AcceleratorUnit> unit_;
  bool is_offering_ = false;  // a packet, not granted yet
  bool has_next_ = false;     // the engine tried to send another one meanwhile
  int64_t next_tick_ = kNever;
  sc_core::sc_event wake_;
  Signals signals_;
  std::deque<size_t> jobs_;  // submitted and not ended
};

}  // namespace olivine

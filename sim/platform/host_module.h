// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "sim/platform/host.h"
#include "sim/platform/module_interfaces.h"

namespace olivine {

class JobValues;
class ModuleContext;

// What the host does with values; both empty where none travel.
struct HostValues {
  // The job is about to be submitted: its operands go into memory. Null: it carries none.
  std::function<std::shared_ptr<JobValues>(size_t index)> prepare;
  // The job has ended: throws CheckFailed if its outputs are not what they must be.
  std::function<void(size_t index)> check;
};

// Shell of the host: rings the accelerators' doorbells half a period before the cycles in which
// jobs may begin.
class HostModule final : public sc_core::sc_module, public InterruptIf {
 public:
  // Bound in the order of the platform's accelerators.
  sc_core::sc_port<DoorbellIf, 0> doorbells;
  sc_core::sc_export<InterruptIf> interrupt;

  HostModule(const sc_core::sc_module_name& name, ModuleContext& context);

  // Jobs of a new run. Contract: they outlive it.
  void reset(std::span<const Job> jobs, int64_t submit_cycles, HostValues values);

  void raise(const Completion& completion) override;

  [[nodiscard]] const Host& host() const { return *host_; }
  void trace_to(sc_core::sc_trace_file* file);

 private:
  void submit();
  void schedule();

  ModuleContext* context_;
  std::span<const Job> jobs_;
  HostValues values_;
  std::unique_ptr<Host> host_;
  sc_core::sc_event wake_;
  uint32_t submitted_ = 0;  // jobs, for the trace
  uint32_t completed_ = 0;
};

}  // namespace olivine

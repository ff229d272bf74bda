// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <systemc>

namespace olivine {

struct Completion;
struct MemoryRequest;
struct Submission;

// The wires of a platform that carry no packets.

// Host to accelerator: a job.
class DoorbellIf : public virtual sc_core::sc_interface {
 public:
  // Contract: called before the cycle in which the submission may begin.
  virtual void ring(Submission submission) = 0;
};

// Accelerator to host: a job has ended, or will in a known cycle.
class InterruptIf : public virtual sc_core::sc_interface {
 public:
  virtual void raise(const Completion& completion) = 0;
};

// Memory to bus: what the memory would take.
class ReadyIf : public virtual sc_core::sc_interface {
 public:
  // The memory simulates what happens in it before cycle `at`.
  virtual void prepare(int64_t at) = 0;
  // As MemoryModel::earliest_accept. Contract: prepare(at) was called.
  [[nodiscard]] virtual int64_t earliest_accept(const MemoryRequest& request, int64_t at) const = 0;
  // The cycle in which the memory may know more; kNever: not before another packet.
  [[nodiscard]] virtual int64_t next_change() const = 0;
};

}  // namespace olivine

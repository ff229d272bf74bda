// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/host_module.h"

#include <algorithm>
#include <utility>

#include "sim/platform/accelerator_unit.h"
#include "sim/platform/job.h"
#include "sim/platform/module_context.h"

namespace olivine {

HostModule::HostModule(const sc_core::sc_module_name& name, ModuleContext& context)
    : sc_module(name), doorbells("doorbells"), interrupt("interrupt"), context_(&context) {
  interrupt.bind(*this);
  SC_HAS_PROCESS(HostModule);
  SC_METHOD(submit);
  sensitive << wake_;
  dont_initialize();
}

void HostModule::reset(std::span<const Job> jobs, int64_t submit_cycles, HostValues values) {
  wake_.cancel();
  jobs_ = jobs;
  values_ = std::move(values);
  host_ = std::make_unique<Host>(jobs, submit_cycles);
  submitted_ = completed_ = 0;
  schedule();
}

void HostModule::submit() {
  context_->guard([this] {
    while (const auto doorbell = host_->submit_until(context_->now() + 1)) {
      const Job& job = jobs_[doorbell->index];
      Submission submission{doorbell->index, &job, nullptr, doorbell->begin};
      if (values_.prepare) submission.values = values_.prepare(doorbell->index);
      context_->count_move(doorbell->begin);
      ++submitted_;
      doorbells[static_cast<int>(job.accelerator)]->ring(std::move(submission));
    }
    schedule();
  });
}

void HostModule::raise(const Completion& completion) {
  context_->count_move(completion.end);
  ++completed_;
  host_->complete(completion.index, completion.begin, completion.end, completion.timing);
  if (values_.check) values_.check(completion.index);
  schedule();
}

void HostModule::schedule() {
  const int64_t next = host_->next_submission();
  if (next == kNever) return;
  // A job that comes after one whose end lies no further than the next cycle begins there.
  context_->count_move(next);
  wake_.notify(context_->until_before(std::max(next, context_->now() + 1)));
}

void HostModule::trace_to(sc_core::sc_trace_file* file) {
  sc_core::sc_trace(file, submitted_, "platform.host.submitted");
  sc_core::sc_trace(file, completed_, "platform.host.completed");
}

}  // namespace olivine

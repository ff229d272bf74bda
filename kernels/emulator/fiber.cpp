// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/fiber.h"

#include <sys/mman.h>

#include <memory>
#include <new>

namespace olivine::emulation {
namespace {

// A kernel holds up to 256 registers of accumulators and as many decoded values.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kStackBytes = 512 * 1024;
#else
constexpr size_t kStackBytes = 128 * 1024;
#endif
constexpr size_t kGuardBytes = 4096;
constexpr size_t kColors = 61;
constexpr size_t kColorBytes = 320;

// The pool owns the stacks.
struct KeepStack {
  static void deallocate(boost::context::stack_context&) {}
};

// The first time on a new stack: learns where the one it comes from lies.
void after_first_switch([[maybe_unused]] Stack& previous) {
#ifdef __SANITIZE_ADDRESS__
  const void* bottom = nullptr;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &previous.bytes);
  previous.bottom = static_cast<std::byte*>(const_cast<void*>(bottom));
#endif
}

}  // namespace

StackPool::~StackPool() {
  for (std::byte* mapping : mappings_) munmap(mapping, kGuardBytes + kStackBytes);
}

StackPool& StackPool::of_this_thread() {
  thread_local StackPool pool;
  return pool;
}

Stack StackPool::stack(size_t index) {
  while (mappings_.size() <= index) {
    void* mapping = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc{};
    mappings_.push_back(static_cast<std::byte*>(mapping));
    if (mprotect(mapping, kGuardBytes, PROT_NONE) != 0) throw std::bad_alloc{};
  }
  return {mappings_[index] + kGuardBytes, kStackBytes, index % kColors * kColorBytes};
}

void Fiber::start(const Stack& stack, Fiber& end, Body body, void* context) {
  stack_ = stack;
  end_ = &end;
  body_ = body;
  argument_ = context;
  boost::context::stack_context whole;
  whole.sp = stack.bottom + stack.bytes;
  whole.size = stack.bytes;
  const boost::context::preallocated free(stack.bottom + stack.bytes - stack.used_at_top,
                                          stack.bytes - stack.used_at_top, whole);
  context_ = boost::context::fiber(
      std::allocator_arg, free, KeepStack{},
      [this](boost::context::fiber&& previous) { return run(std::move(previous)); });
}

boost::context::fiber Fiber::run(boost::context::fiber&& previous) {
  came_from_->context_ = std::move(previous);
  after_first_switch(end_->stack_);
  body_(argument_);
  is_finished_ = true;
  end_->came_from_ = this;
  before_switch(nullptr, end_->stack_);
  return std::move(end_->context_);
}

}  // namespace olivine::emulation

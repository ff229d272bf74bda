// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <boost/context/fiber.hpp>
#include <cstddef>
#include <utility>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace olivine::emulation {

struct Stack {
  std::byte* bottom = nullptr;
  size_t bytes = 0;
  size_t used_at_top = 0;  // left free, so that not all stacks compete for the same cache sets
};

// Stacks of one OS thread, kept for its next run. Below each lies a page that may not be touched.
class StackPool {
 public:
  StackPool() = default;
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;
  ~StackPool();

  [[nodiscard]] static StackPool& of_this_thread();
  [[nodiscard]] Stack stack(size_t index);

 private:
  std::vector<std::byte*> mappings_;
};

// A coroutine, or what runs outside of all (default constructed): control passes from one to
// another by transfer_to(), and from a coroutine that ends to the one it was started with. All
// switches of stacks go through here, so that AddressSanitizer can be told of them.
class Fiber {
 public:
  using Body = void (*)(void* context);

  // The first transfer, which must come from `end`, calls body(context). Contract: the stack is
  // nobody else's; neither fiber moves from now on; body throws nothing.
  void start(const Stack& stack, Fiber& end, Body body, void* context);
  // Contract: this one runs; `next` is started and not finished, or runs outside of all.
  // In the header, as all that a waiting thread runs through: short stacks stay in the cache.
  void transfer_to(Fiber& next) {
    next.came_from_ = this;
    before_switch(&fake_stack_, next.stack_);
    boost::context::fiber previous = std::move(next.context_).resume();
    after_switch(fake_stack_);
    came_from_->context_ = std::move(previous);
  }

  [[nodiscard]] bool is_started() const { return body_ != nullptr; }
  [[nodiscard]] bool is_finished() const { return is_finished_; }

 private:
  // The stack that will be left may be saved for a return; that of `next` begins to be used.
  static void before_switch([[maybe_unused]] void** save, [[maybe_unused]] const Stack& next) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(save, next.bottom, next.bytes);
#endif
  }
  static void after_switch([[maybe_unused]] void* save) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(save, nullptr, nullptr);
#endif
  }
  boost::context::fiber run(boost::context::fiber&& previous);

  boost::context::fiber context_;  // while it does not run
  Stack stack_;
  Fiber* end_ = nullptr;
  Body body_ = nullptr;
  void* argument_ = nullptr;
  Fiber* came_from_ = nullptr;  // the one that passed control to this one
  void* fake_stack_ = nullptr;  // of AddressSanitizer
  bool is_finished_ = false;
};

}  // namespace olivine::emulation

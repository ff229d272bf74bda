// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <systemc>

namespace olivine {

// A simulation kernel of its own: SystemC elaborates once a kernel, and has one current kernel a
// process. Whoever makes modules, runs them or takes them apart does so within a Scope.
class SystemcContext {
 public:
  SystemcContext();

  class Scope {
   public:
    explicit Scope(const SystemcContext& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    sc_core::sc_simcontext* outer_;
  };

 private:
  sc_core::sc_simcontext* kernel_;
};

}  // namespace olivine

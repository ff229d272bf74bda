// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/systemc_context.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

// The library's own main() calls it; every program here has a main() of its own. Should a linker
// take the library's, the program says so instead of doing nothing.
int sc_main(int /*argc*/, char* /*argv*/[]) {
  fmt::print(stderr, "internal error: linked with the main() of SystemC\n");
  return EXIT_FAILURE;
}

namespace olivine {
namespace {

// Standard output belongs to results. Errors are exceptions; notes of the kernel say nothing here.
void handle_report(const sc_core::sc_report& report, const sc_core::sc_actions& /*actions*/) {
  const std::string text = fmt::format("SystemC: {}: {}", report.get_msg_type(), report.get_msg());
  switch (report.get_severity()) {
    case sc_core::SC_INFO:
      return;
    case sc_core::SC_WARNING:
      fmt::print(stderr, "warning: {}\n", text);
      return;
    case sc_core::SC_ERROR:
    case sc_core::SC_FATAL:
    case sc_core::SC_MAX_SEVERITY:
      break;
  }
  throw std::runtime_error{text};
}

// A kernel cannot be deleted safely (SystemC 2.3.4 frees objects that are still used), so that all
// are kept, some kilobytes each.
sc_core::sc_simcontext* make_kernel() {
  static std::vector<std::unique_ptr<sc_core::sc_simcontext>>& kernels =
      *new std::vector<std::unique_ptr<sc_core::sc_simcontext>>;
  return kernels.emplace_back(new sc_core::sc_simcontext).get();
}

}  // namespace

SystemcContext::SystemcContext() {
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  sc_core::sc_report_handler::set_handler(handle_report);
  kernel_ = make_kernel();
}

SystemcContext::Scope::Scope(const SystemcContext& context) : outer_(sc_core::sc_curr_simcontext) {
  sc_core::sc_curr_simcontext = context.kernel_;
}

SystemcContext::Scope::~Scope() { sc_core::sc_curr_simcontext = outer_; }

}  // namespace olivine

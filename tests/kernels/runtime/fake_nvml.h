// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

// What the stand-in for NVML answers. Tests find it with the library's own fake_nvml_state().
struct FakeNvmlState {
  int init_result = 0;
  int result = 0;        // of every function on a device
  int field_result = 0;  // of the power field, whose call succeeds
  unsigned long long energy_mj = 0;
  unsigned power_mw = 0;
  unsigned sm_clock_mhz = 0;
  unsigned memory_clock_mhz = 0;
  unsigned temperature_c = 0;
  unsigned long long clock_event_reasons = 0;
  int compute_mode = 0;
  unsigned mig_current = 0;
  unsigned process_count = 0;
  int init_count = 0;  // inits less shutdowns
};

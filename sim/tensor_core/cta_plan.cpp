// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What a CTA takes, from the same costs and constants that the closed form joins.
#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "sim/tensor_core/cta_stepper.h"
#include "sim/tensor_core/kernel_timer.h"

namespace olivine {
namespace {

constexpr double kSecondsPerMicrosecond = 1e-6;

int64_t whole(double value) { return static_cast<int64_t>(std::llround(value)); }

}  // namespace

CtaPlan KernelTimer::cta_plan(const GemmLoad& load, double clock_hz) const {
  OLV_CHECK(!is_vector_, "a kernel of CUDA cores has no tiles");
  const KernelConstants& c = constants_;
  const Grid g = grid(load);
  CtaPlan plan;
  plan.schedule = schedule_;
  plan.sms = whole(sms_);
  plan.ctas_per_sm = whole(ctas_per_sm_);
  plan.launch_cycles =
      (c.launch_us * kSecondsPerMicrosecond + pre_pass_s(load, clock_hz)) * clock_hz;
  if (g.ctas == 0) return plan;
  plan.rows = whole(g.rows);
  plan.columns = whole(g.columns);
  plan.batch = whole(load.batch);
  plan.splits = whole(g.ctas / (g.rows * g.columns * load.batch));
  plan.stages = whole(g.stages);
  plan.block_rows = std::max<int64_t>(1, whole(wave_rows(load, g)));
  plan.buffers = whole(hidden_stages_) + 1;
  for (int64_t i = 1; i <= plan.ctas_per_sm; ++i) {
    plan.tensor_cycles.push_back(tensor_cycles_ / issue_rate(static_cast<double>(i)));
  }
  plan.shared_cycles = shared_cycles_;
  plan.decode_cycles = decode_cycles_;
  plan.latency_cycles = load.weight_latency_cycles;
  plan.interval_cycles = c.stage_cycles + c.serial_share * plan.tensor_cycles.front();
  plan.load_bytes = stage_l2_bytes(g);

  const double k_panels = load.batch * static_cast<double>(plan.splits) * g.stages;
  const double cold_first = is_swapped_ ? load.cold_weight_bytes : load.cold_activation_bytes;
  const double cold_second = is_swapped_ ? load.cold_activation_bytes : load.cold_weight_bytes;
  plan.row_panel_bytes = cold_first / (g.rows * k_panels);
  plan.column_panel_bytes = cold_second / (g.columns * k_panels);
  plan.again_bytes = again_bytes(load, g) / (g.ctas * g.stages);

  plan.epilogue_cycles = c.epilogue_cycles;
  plan.store_cycles = store_cycles();
  plan.output_bytes = load.output_bytes / g.ctas;
  plan.written_bytes = load.written_bytes / g.ctas;
  plan.port_bytes_per_clk = c.l2_sm_bytes_per_clk;
  plan.l2_bytes_per_clk = l2_bytes_per_clk_;
  plan.hbm_bytes_per_clk = hbm_bytes_per_s_ / clock_hz;
  plan.reduction_cycles = reduction_s(load, g, clock_hz) * clock_hz;
  return plan;
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What holds of any plan, and how far the closed form (KernelTimer) is from stepped CTAs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/cta_stepper.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/kernel_timer.h"

namespace olivine {
namespace {

constexpr double kRounding = 1 + 1e-9;
constexpr int kRandomPlans = 2000;
constexpr int kProblems = 30;        // of each menu
constexpr int kCompared = 200;       // of each library that was measured
constexpr double kMostStages = 3e5;  // of a plan, to keep tests short
constexpr double kWithoutLimit = 1e30;

double as_double(int64_t value) { return static_cast<double>(value); }
double ceil_quotient(double numerator, double denominator) {
  return std::ceil(numerator / denominator);
}
double quotient(double bytes, double bytes_per_clk) {
  return bytes_per_clk > 0 ? bytes / bytes_per_clk : 0;
}

double l2_bytes(const CtaPlan& plan) {
  return as_double(plan.stage_count()) * plan.load_bytes +
         as_double(plan.cta_count()) * plan.output_bytes;
}

double hbm_bytes(const CtaPlan& plan) {
  const double k_panels = as_double(plan.batch * plan.splits * plan.stages);
  return k_panels * (as_double(plan.rows) * plan.row_panel_bytes +
                     as_double(plan.columns) * plan.column_panel_bytes) +
         as_double(plan.stage_count()) * plan.again_bytes +
         as_double(plan.cta_count()) * plan.written_bytes;
}

double longest_tensor_cycles(const CtaPlan& plan) {
  return *std::ranges::max_element(plan.tensor_cycles);
}

// The longest of what a kernel needs alone:
//   L2, HBM      all bytes at the bandwidth
//   an SM        one gets ceil(CTAs / SMs) CTAs (stream-k: ceil(stages / SMs) stages) or more, and
//                every stage takes its tensor cores (at least as long as with so many CTAs there),
//                shared memory, CUDA cores and port; then follows an epilogue
//   a slot       one gets ceil(CTAs / slots) CTAs or more. Each pays the latency once for so many
//                stages as it has buffers, and the interval between stages; if CTAs follow each
//                other, epilogues too
double lower_bound_cycles(const CtaPlan& plan) {
  const double ctas = as_double(plan.cta_count());
  const double stages = as_double(plan.stages);
  const double sms = as_double(plan.sms);
  const double slots = sms * as_double(plan.ctas_per_sm);
  const bool is_dealt = plan.schedule == Schedule::StreamK;
  const double chip = std::max(quotient(l2_bytes(plan), plan.l2_bytes_per_clk),
                               quotient(hbm_bytes(plan), plan.hbm_bytes_per_clk));
  const double on_sm =
      is_dealt ? ceil_quotient(ctas * stages, sms) : ceil_quotient(ctas, sms) * stages;
  const auto residents =
      static_cast<size_t>(std::min(ceil_quotient(ctas, sms), as_double(plan.ctas_per_sm)));
  const double tensor = is_dealt ? plan.tensor_cycles.back() : plan.tensor_cycles[residents - 1];
  const double sm = on_sm * std::max({tensor, plan.shared_cycles, plan.decode_cycles,
                                      quotient(plan.load_bytes, plan.port_bytes_per_clk)});
  const double end = plan.epilogue_cycles + plan.store_cycles;
  const double rounds = is_dealt ? ctas / slots : ceil_quotient(ctas, slots);
  const bool is_walking = is_dealt || plan.schedule == Schedule::Persistent;
  const double cta_latency = ceil_quotient(stages, as_double(plan.buffers)) * plan.latency_cycles;
  const double interval = (stages - 1) * plan.interval_cycles;
  const double slot =
      is_walking
          ? ceil_quotient(rounds * stages, as_double(plan.buffers)) * plan.latency_cycles + end
          : rounds * (std::max(cta_latency, interval) + end);
  return plan.launch_cycles + std::max({chip, sm + end, slot}) + plan.reduction_cycles;
}

// From the end of the last CTA back to its slot's first one, every cycle is either one in which
// something of the CTA's SM, L2 or memory was busy, so that these take at most the sum of all they
// have to do; or a latency, at most one for as many stages as there are buffers; or an interval
// between two stages; or an epilogue. Who runs how many CTAs is the stepper's choice.
double upper_bound_cycles(const CtaPlan& plan, const CtaSteps& steps) {
  const double stages = as_double(plan.stages);
  const double on_sm = as_double(steps.busiest_sm_ctas);
  const double sm =
      on_sm * (stages * (longest_tensor_cycles(plan) + plan.shared_cycles + plan.decode_cycles +
                         quotient(plan.load_bytes, plan.port_bytes_per_clk)) +
               plan.store_cycles);
  const double chip = quotient(l2_bytes(plan), plan.l2_bytes_per_clk) +
                      quotient(hbm_bytes(plan), plan.hbm_bytes_per_clk);
  const double fills = ceil_quotient(stages, as_double(plan.buffers)) * plan.latency_cycles;
  const double slot = as_double(steps.rounds) *
                      (fills + (stages - 1) * plan.interval_cycles + plan.epilogue_cycles);
  return plan.launch_cycles + sm + chip + slot + plan.reduction_cycles;
}

void check(const CtaPlan& plan) {
  const CtaSteps steps = step_ctas(plan);
  EXPECT_EQ(steps.ctas, plan.cta_count());
  EXPECT_EQ(steps.stages, plan.stage_count());
  EXPECT_NEAR(steps.l2_bytes, l2_bytes(plan), 1e-9 * l2_bytes(plan));
  EXPECT_NEAR(steps.hbm_bytes, hbm_bytes(plan), 1e-9 * hbm_bytes(plan));
  EXPECT_GE(steps.total_cycles * kRounding, lower_bound_cycles(plan));
  EXPECT_LE(steps.total_cycles, upper_bound_cycles(plan, steps) * kRounding);
  // A mainloop computes or stalls.
  const double stalled = std::accumulate(steps.stall_cycles.begin(), steps.stall_cycles.end(), 0.0);
  EXPECT_NEAR(steps.mainloop_cycles,
              steps.busy_cycles[static_cast<size_t>(CtaResource::Tensor)] + stalled,
              1e-9 * steps.mainloop_cycles);
  for (const double cycles : steps.stall_cycles) EXPECT_GE(cycles, 0);
  for (const auto& [resource, name] : kCtaResourceNames) {
    EXPECT_LE(steps.busy_share(resource), kRounding) << name;
  }
  EXPECT_EQ(step_ctas(plan), steps) << "not the same when stepped again";
}

double random_cost(Rng& rng) { return rng.chance(0.3) ? 0 : std::exp(6 * rng.unit()); }

CtaPlan random_plan(Rng& rng) {
  CtaPlan plan;
  plan.schedule = kScheduleNames[static_cast<size_t>(rng.uniform(0, 3))].value;
  plan.sms = rng.uniform(1, 7);
  plan.ctas_per_sm = rng.uniform(1, 4);
  plan.rows = rng.uniform(1, 9);
  plan.columns = rng.uniform(1, 9);
  plan.batch = rng.uniform(1, 3);
  plan.splits = plan.schedule == Schedule::SplitK ? rng.uniform(2, 4) : 1;
  plan.stages = rng.uniform(1, 20);
  plan.block_rows = rng.uniform(1, plan.rows);
  plan.buffers = rng.uniform(1, 6);
  // More CTAs feed the tensor cores better, but none gets ahead of one alone.
  plan.tensor_cycles = {random_cost(rng)};
  for (int64_t i = 1; i < plan.ctas_per_sm; ++i) {
    const double least = as_double(i) / as_double(i + 1);
    plan.tensor_cycles.push_back(plan.tensor_cycles.back() * (least + (1 - least) * rng.unit()));
  }
  for (double CtaPlan::*cost :
       {&CtaPlan::shared_cycles, &CtaPlan::decode_cycles, &CtaPlan::latency_cycles,
        &CtaPlan::interval_cycles, &CtaPlan::load_bytes, &CtaPlan::row_panel_bytes,
        &CtaPlan::column_panel_bytes, &CtaPlan::again_bytes, &CtaPlan::epilogue_cycles,
        &CtaPlan::store_cycles, &CtaPlan::output_bytes, &CtaPlan::written_bytes,
        &CtaPlan::port_bytes_per_clk, &CtaPlan::l2_bytes_per_clk, &CtaPlan::hbm_bytes_per_clk,
        &CtaPlan::launch_cycles, &CtaPlan::reduction_cycles}) {
    plan.*cost = random_cost(rng);
  }
  return plan;
}

TEST(CtaStepperBounds, HoldForRandomPlans) {
  for (int seed = 0; seed < kRandomPlans; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{static_cast<uint64_t>(seed)};
    check(random_plan(rng));
  }
}

// Log-uniform, and now and then next to a power of two.
int64_t random_extent(Rng& rng, double least, double most) {
  const auto extent = static_cast<int64_t>(least * std::exp(rng.unit() * std::log(most / least)));
  if (rng.chance(0.5)) return extent;
  const auto power = static_cast<int64_t>(std::exp2(std::floor(std::log2(extent))));
  return std::max<int64_t>(1, power + rng.uniform(-1, 1));
}

GemmProblem random_problem(const Scheme& scheme, Rng& rng, double least, double most) {
  GemmProblem problem;
  problem.shape = {random_extent(rng, least, most), random_extent(rng, least, most),
                   random_extent(rng, least, most), 1};
  problem.scheme = scheme;
  return problem;
}

const GemmKernel& random_kernel(const KernelMenu& menu, Rng& rng) {
  return menu.kernels[static_cast<size_t>(rng.uniform(0, std::ssize(menu.kernels) - 1))];
}

std::string text_of(const GemmShape& shape) {
  return fmt::format("{} x {} x {} x {}", shape.m, shape.n, shape.k, shape.batch);
}

bool is_short(const CtaPlan& plan) {
  return !refuse_step(plan) && as_double(plan.stage_count()) <= kMostStages;
}

TEST(CtaStepperBounds, HoldForTheKernelsOfEveryMenu) {
  for (const std::string& name : shipped_gpus()) {
    const GemmModel model{load_gpu(name)};
    for (const Scheme& scheme : all_schemes()) {
      for (const std::string& library : model.libraries(scheme)) {
        Rng rng{1};
        const KernelMenu& menu = model.menu(scheme, library);
        for (int i = 0; i < kProblems; ++i) {
          GemmProblem problem = random_problem(scheme, rng, 1, 4096);
          if (rng.chance(0.2)) problem.shape.batch = rng.uniform(2, 16);
          const GemmKernel& kernel = random_kernel(menu, rng);
          if (kernel.on_cuda_cores) continue;
          SCOPED_TRACE(fmt::format("{} {} {} by {}, seed 1", name, scheme.name,
                                   text_of(problem.shape), kernel.name));
          const GemmContext context{.weight_sets = rng.chance(0.5) ? 0 : 4 * rng.unit()};
          const CtaPlan plan = model.cta_plan(kernel, problem, context, library);
          if (!is_short(plan)) continue;
          check(plan);
          const GemmTiming timing = model.time(kernel, problem, context, library);
          EXPECT_EQ(plan.cta_count(), timing.ctas);
          const bool has_pre_pass = kernel.decode_weights == DecodePlace::PrePass ||
                                    kernel.decode_activations == DecodePlace::PrePass;
          if (has_pre_pass) continue;  // whose bytes are not of CTAs
          EXPECT_NEAR(l2_bytes(plan), timing.l2_bytes, 1e-9 * timing.l2_bytes);
          EXPECT_NEAR(hbm_bytes(plan), timing.hbm_bytes, 1e-9 * timing.hbm_bytes);
        }
      }
    }
  }
}

KernelConstants everything_free() {
  KernelConstants constants;
  constants.launch_us = constants.split_us = constants.split_traffic = 0;
  constants.tensor_reached = constants.shared_reached = constants.decode_reached = kWithoutLimit;
  constants.l2_reached = constants.hbm_reached = kWithoutLimit;
  constants.l2_sm_bytes_per_clk = kWithoutLimit;
  constants.memory_latency_cycles = constants.l2_latency_cycles = constants.stage_cycles = 0;
  constants.serial_share = constants.epilogue_cycles = constants.store_cycles = 0;
  constants.one_warp_rate = 1;
  return constants;
}

// With one finite resource there is nothing to overlap, and both implementations must agree.
TEST(CtaStepperBounds, AgreeWithTheClosedFormOnOneFiniteResource) {
  const GpuMachine machine = load_gpu("h100_sxm");
  const GemmModel model{machine};
  const Scheme& scheme = parse_scheme("w16a16-bf16");
  const double clock_hz = machine.power.max_clock_hz;
  const KernelMenu& menu = model.menu(scheme, "cutlass_like");
  const KernelConstants usual;
  for (double KernelConstants::*finite :
       {&KernelConstants::tensor_reached, &KernelConstants::shared_reached,
        &KernelConstants::l2_sm_bytes_per_clk, &KernelConstants::l2_reached,
        &KernelConstants::hbm_reached}) {
    KernelConstants constants = everything_free();
    constants.*finite = usual.*finite;
    Rng rng{2};
    for (int i = 0; i < kProblems; ++i) {
      GemmProblem problem = random_problem(scheme, rng, 1, 4096);
      problem.output_bytes = 0;  // the closed form has them take no time of L2
      const GemmKernel& kernel = random_kernel(menu, rng);
      if (kernel.schedule == Schedule::StreamK) continue;  // whole stages only
      SCOPED_TRACE(fmt::format("{} by {}, seed 2", text_of(problem.shape), kernel.name));
      const KernelTimer timer{machine, constants, kernel, scheme};
      const GemmLoad load = gemm_load(machine, constants, problem, {});
      const CtaPlan plan = timer.cta_plan(load, clock_hz);
      if (!is_short(plan)) continue;
      const double closed_cycles = timer.time_s(load, clock_hz) * clock_hz;
      EXPECT_NEAR(step_ctas(plan).total_cycles, closed_cycles, 1e-9 * closed_cycles);
    }
  }
}

struct Distribution {
  std::vector<double> ratios;  // stepped over closed form, sorted

  [[nodiscard]] double quantile(double share) const {
    return ratios[static_cast<size_t>(share * as_double(std::ssize(ratios) - 1))];
  }
};

Distribution compare(const GemmModel& model, const KernelMenu& menu, const Scheme& scheme,
                     double least) {
  Rng rng{3};
  Distribution distribution;
  while (std::ssize(distribution.ratios) < kCompared) {
    const GemmProblem problem = random_problem(scheme, rng, least, 8192);
    const GemmTiming timing = model.best(menu, problem);
    const GemmKernel& kernel = *std::ranges::find(menu.kernels, timing.kernel, &GemmKernel::name);
    if (kernel.on_cuda_cores) continue;
    const CtaPlan plan = model.cta_plan(kernel, problem, {}, menu.library);
    if (!is_short(plan)) continue;
    const double closed_s = timing.time_s - timing.part_s(TimePart::Clock);
    distribution.ratios.push_back(step_ctas(plan).total_cycles /
                                  (closed_s * model.machine().power.max_clock_hz));
  }
  std::ranges::sort(distribution.ratios);
  return distribution;
}

// The closed form was fitted to measurements as it is, and stepping takes its constants over. Small
// problems: a pipeline's first latency is paid in full, where the closed form pays the share of a
// stage and its fitted launch covers the rest.
TEST(CtaStepperBounds, TheFittedNormIsCloseToSteppedCtas) {
  struct Case {
    const char* machine;
    const char* scheme;
    const char* library;
  };
  for (const Case& c : {Case{"a100_sxm", "w16a16-bf16", "cublas"},
                        {"a100_sxm", "w8a8-int8", "smoothquant"},
                        {"a100_sxm", "w4a16-int4", "weight_only"},
                        {"h100_sxm", "w16a16-bf16", "cublas"},
                        {"h200_sxm", "w16a16-bf16", "cublas"},
                        {"h200_sxm", "w8a8-int8", "smoothquant"},
                        {"h200_sxm", "w4a16-int4", "weight_only"}}) {
    const GemmModel model{load_gpu(c.machine)};
    const Scheme& scheme = parse_scheme(c.scheme);
    const KernelMenu& menu = model.menu(scheme, c.library);
    for (const double least : {1.0, 256.0}) {
      const Distribution d = compare(model, menu, scheme, least);
      fmt::print(
          "{:9} {:11} {:11} extents {:3}..8192: stepped / closed form p10 {:.3f} median "
          "{:.3f} p90 {:.3f}\n",
          c.machine, c.scheme, c.library, least, d.quantile(0.1), d.quantile(0.5), d.quantile(0.9));
      EXPECT_NEAR(d.quantile(0.5), 1, 0.2) << c.machine << ' ' << c.library;
      EXPECT_GT(d.quantile(0.1), 0.75) << c.machine << ' ' << c.library;
      EXPECT_LT(d.quantile(0.9), 1.3) << c.machine << ' ' << c.library;
    }
  }
}

}  // namespace
}  // namespace olivine

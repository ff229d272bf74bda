// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What physics says of every GEMM, whatever the constants: sampled over all machines, schemes,
// libraries and kernels.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/cuda_core_kernel.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

constexpr double kRounding = 1 + 1e-9;
constexpr double kSettled = 1 + 1e-5;  // the clock meets the power limit to a millionth of it
constexpr int kProblems = 40;          // of each menu
constexpr int kKernels = 40;           // of each menu

// Log-uniform, and now and then next to a power of two or prime.
int64_t random_extent(Rng& rng, double most) {
  const auto extent = static_cast<int64_t>(std::exp(rng.unit() * std::log(most)));
  if (rng.chance(0.5)) return std::max<int64_t>(1, extent);
  const auto power = static_cast<int64_t>(std::exp2(std::floor(std::log2(extent + 1))));
  return std::max<int64_t>(1, power + rng.uniform(-1, 1));
}

GemmProblem random_problem(const Scheme& scheme, Rng& rng) {
  const int64_t batch = rng.chance(0.2) ? rng.uniform(2, 64) : 1;
  const double most = batch > 1 ? 2048 : 32768;
  GemmProblem problem;
  problem.shape = {random_extent(rng, most), random_extent(rng, most), random_extent(rng, most),
                   batch};
  problem.scheme = scheme;
  return problem;
}

// How a benchmark may measure: weights hot or cold, power limited soon or late.
GemmContext random_context(Rng& rng) {
  if (rng.chance(0.3)) return {};
  return {.weight_sets = rng.chance(0.3) ? 0 : 20 * rng.unit(),
          .throttle_s = rng.chance(0.3) ? 0 : 2e-3 * rng.unit(),
          .launch_s = 2e-6 * rng.unit()};
}

std::string text_of(const GemmShape& shape) {
  return fmt::format("{} x {} x {} x {}", shape.m, shape.n, shape.k, shape.batch);
}

// Calls check(model, menu, scheme, rng) for every menu of every shipped machine.
template <class Check>
void for_each_menu(uint64_t seed, const Check& check) {
  for (const std::string& name : shipped_gpus()) {
    const GemmModel model{load_gpu(name)};
    for (const Scheme& scheme : all_schemes()) {
      for (const std::string& library : model.libraries(scheme)) {
        SCOPED_TRACE(fmt::format("{} {} {}, seed {}", name, scheme.name, library, seed));
        Rng rng{seed};
        check(model, model.menu(scheme, library), scheme, rng);
      }
    }
  }
}

const GemmKernel& kernel_named(const KernelMenu& menu, const std::string& name) {
  return *std::ranges::find(menu.kernels, name, &GemmKernel::name);
}

const GemmKernel& random_kernel(const KernelMenu& menu, Rng& rng) {
  return menu.kernels[static_cast<size_t>(rng.uniform(0, std::ssize(menu.kernels) - 1))];
}

double operand_bytes(const GemmShape& shape, const Scheme& scheme) {
  const Bytes weights =
      olivine::operand_bytes(scheme.weights, scheme.weight_pattern, shape.n, shape.k);
  const Bytes activations =
      olivine::operand_bytes(scheme.activations, Pattern::Dense, shape.m, shape.k);
  return static_cast<double>(shape.batch) *
         static_cast<double>(weights.count() + activations.count());
}

// At the tensor cores' peak and highest clock, and at the data sheet's bandwidth: every operand
// arrives once, outputs leave as far as L2 cannot keep them.
double roofline_s(const GpuMachine& machine, Format executed, const GemmProblem& problem) {
  const double sparse = problem.scheme.weight_pattern == Pattern::TwoFour ? 2 : 1;
  const double macs_per_s = dense_macs_per_clk(machine, executed) * sparse *
                            static_cast<double>(machine.sm.count) * machine.power.max_clock_hz;
  const GemmShape& shape = problem.shape;
  const double outputs = static_cast<double>(shape.m) * static_cast<double>(shape.n) *
                         static_cast<double>(shape.batch * problem.output_bytes);
  const double kept = static_cast<double>(machine.cache.bytes);
  const double bytes = operand_bytes(shape, problem.scheme) + std::max(0.0, outputs - kept);
  return std::max(static_cast<double>(shape.macs().count()) / macs_per_s,
                  bytes / machine.hbm.bytes_per_s);
}

TEST(GemmModelProperties, NoGemmIsFasterThanTheRoofline) {
  for_each_menu(1,
                [](const GemmModel& model, const KernelMenu& menu, const Scheme& scheme, Rng& rng) {
                  for (int i = 0; i < kProblems; ++i) {
                    const GemmProblem problem = random_problem(scheme, rng);
                    const GemmTiming timing = model.best(menu, problem);
                    const Format executed = kernel_named(menu, timing.kernel).instruction.format;
                    EXPECT_GE(timing.time_s, roofline_s(model.machine(), executed, problem))
                        << text_of(problem.shape) << " by " << timing.kernel;
                  }
                });
}

TEST(GemmModelProperties, PartsAddUpToTheTime) {
  for_each_menu(
      2, [](const GemmModel& model, const KernelMenu& menu, const Scheme& scheme, Rng& rng) {
        for (int i = 0; i < kKernels; ++i) {
          const GemmProblem problem = random_problem(scheme, rng);
          const GemmTiming timing = model.time(random_kernel(menu, rng), problem, {}, menu.library);
          const double sum = std::accumulate(timing.parts_s.begin(), timing.parts_s.end(), 0.0);
          EXPECT_NEAR(sum, timing.time_s, 1e-9 * timing.time_s) << text_of(problem.shape);
          for (const auto& [part, name] : kTimePartNames) {
            EXPECT_GE(timing.part_s(part), -1e-9 * timing.time_s)
                << name << " of " << text_of(problem.shape) << " by " << timing.kernel;
          }
          EXPECT_LE(timing.clock_hz, model.machine().power.max_clock_hz);
          EXPECT_GE(timing.clock_hz, model.machine().power.min_clock_hz);
        }
      });
}

// Calls check(name, machine) for the machine with one resource raised.
template <class Check>
void for_each_better_machine(const GpuMachine& machine, const Check& check) {
  const auto with = [&](const char* what, const auto& change) {
    GpuMachine better = machine;
    change(better);
    check(what, better);
  };
  with("HBM bandwidth", [](GpuMachine& m) { m.hbm.bytes_per_s *= 1.3; });
  with("L2 bandwidth", [](GpuMachine& m) { m.cache.bytes_per_clk *= 1.3; });
  with("L2 capacity", [](GpuMachine& m) { m.cache.bytes *= 2; });
  with("SMs", [](GpuMachine& m) { m.sm.count += 7; });
  with("highest clock", [](GpuMachine& m) { m.power.max_clock_hz *= 1.1; });
  with("power limit", [](GpuMachine& m) { m.power.limit_w *= 1.2; });
}

// Calls check(model, better model, menu, better menu, scheme, rng) for every menu and raised
// resource.
template <class Check>
void for_each_better_model(const GpuMachine& machine, uint64_t seed, const Check& check) {
  const GemmModel model{machine};
  for_each_better_machine(machine, [&](const char* what, const GpuMachine& better_machine) {
    const GemmModel better{better_machine};
    for (const Scheme& scheme : all_schemes()) {
      for (const std::string& library : model.libraries(scheme)) {
        SCOPED_TRACE(fmt::format("more {}: {} {} {}, seed {}", what, machine.name, scheme.name,
                                 library, seed));
        Rng rng{seed};
        check(model, better, model.menu(scheme, library), better.menu(scheme, library), scheme,
              rng);
      }
    }
  });
}

TEST(GemmModelProperties, NoKernelIsSlowerOnABetterMachine) {
  for (const std::string& name : shipped_gpus()) {
    for_each_better_model(
        load_gpu(name), 3,
        [](const GemmModel& model, const GemmModel& better, const KernelMenu& menu,
           const KernelMenu& /*better_menu*/, const Scheme& scheme, Rng& rng) {
          for (int i = 0; i < kKernels; ++i) {
            const GemmKernel& kernel = random_kernel(menu, rng);
            const GemmProblem problem = random_problem(scheme, rng);
            const GemmContext context = random_context(rng);
            EXPECT_LE(better.time(kernel, problem, context, menu.library).time_s,
                      model.time(kernel, problem, context, menu.library).time_s * kSettled)
                << text_of(problem.shape) << " by " << kernel.name;
          }
        });
  }
}

// Under the power limit too, however fast it sets in: the kernel is chosen at the clock that each
// one settles at.
TEST(GemmModelProperties, NoGemmIsSlowerOnABetterMachine) {
  for (const std::string& name : shipped_gpus()) {
    for_each_better_model(
        load_gpu(name), 8,
        [](const GemmModel& model, const GemmModel& better, const KernelMenu& menu,
           const KernelMenu& better_menu, const Scheme& scheme, Rng& rng) {
          for (int i = 0; i < kProblems; ++i) {
            const GemmProblem problem = random_problem(scheme, rng);
            const GemmContext context = random_context(rng);
            const GemmTiming timing = better.best(better_menu, problem, context);
            EXPECT_LE(timing.time_s, model.best(menu, problem, context).time_s * kSettled)
                << text_of(problem.shape) << " by " << timing.kernel;
          }
        });
  }
}

// Where SMs have one CTA, or one of them has two: as many SMs as CTAs are at least as quick.
TEST(GemmModelProperties, ACtaTooManyForTheSmsIsNeverQuicker) {
  for (const std::string& name : shipped_gpus()) {
    GpuMachine machine = load_gpu(name);
    GpuMachine larger = machine;
    ++larger.sm.count;
    const GemmModel model{machine};
    const GemmModel better{larger};
    for (const Scheme& scheme : all_schemes()) {
      for (const std::string& library : model.libraries(scheme)) {
        SCOPED_TRACE(fmt::format("{} {} {}", name, scheme.name, library));
        for (const GemmKernel& kernel : model.menu(scheme, library).kernels) {
          if (kernel.on_cuda_cores) continue;
          GemmProblem problem{{1, 1, 4096, 1}, scheme};
          (kernel.swapped ? problem.shape.n : problem.shape.m) = kernel.tile_m * larger.sm.count;
          EXPECT_LE(better.time(kernel, problem, {}, library).time_s,
                    model.time(kernel, problem, {}, library).time_s * kRounding)
              << kernel.name;
        }
      }
    }
  }
}

// But for clusters: with one tile along m, CTAs of a cluster may share the larger operand's tiles,
// and a second row of tiles lets them share the smaller one's only.
TEST(GemmModelProperties, NoKernelIsFasterOnALargerProblem) {
  for_each_menu(4, [](const GemmModel& model, const KernelMenu& menu, const Scheme& scheme,
                      Rng& rng) {
    for (int i = 0; i < kKernels; ++i) {
      GemmKernel kernel = random_kernel(menu, rng);
      kernel.cluster_m = kernel.cluster_n = 1;
      const GemmProblem problem = random_problem(scheme, rng);
      const double time_s = model.time(kernel, problem, {}, menu.library).time_s;
      for (int64_t GemmShape::*extent :
           {&GemmShape::m, &GemmShape::n, &GemmShape::k, &GemmShape::batch}) {
        GemmProblem larger = problem;
        larger.shape.*extent += rng.uniform(1, 2 * (larger.shape.*extent));
        EXPECT_GE(model.time(kernel, larger, {}, menu.library).time_s * kRounding, time_s)
            << text_of(problem.shape) << " and " << text_of(larger.shape) << " by " << kernel.name;
      }
    }
  });
}

TEST(GemmModelProperties, AnEmptyProblemIsOnlyALaunch) {
  for_each_menu(
      5, [](const GemmModel& model, const KernelMenu& menu, const Scheme& scheme, Rng& rng) {
        const GemmKernel& kernel = random_kernel(menu, rng);
        const double one_s = model.time(kernel, {{1, 1, 1, 1}, scheme}, {}, menu.library).time_s;
        for (int64_t GemmShape::*extent :
             {&GemmShape::m, &GemmShape::n, &GemmShape::k, &GemmShape::batch}) {
          GemmProblem problem{{17, 65, 129, 1}, scheme};
          problem.shape.*extent = 0;
          const GemmTiming timing = model.time(kernel, problem, {}, menu.library);
          EXPECT_EQ(timing.time_s, timing.part_s(TimePart::Launch)) << text_of(problem.shape);
          EXPECT_GT(timing.time_s, 0);
          EXPECT_LE(timing.time_s, one_s);
          EXPECT_EQ(timing.ctas, 0);
          EXPECT_EQ(timing.actions.tensor_macs, 0);
          EXPECT_EQ(timing.hbm_bytes, 0);
          const GemmTiming best = model.best(menu, problem);
          EXPECT_EQ(best.time_s, best.part_s(TimePart::Launch)) << text_of(problem.shape);
        }
      });
}

TEST(GemmModelProperties, TheBestKernelIsTheFastestOfItsMenu) {
  for_each_menu(6,
                [](const GemmModel& model, const KernelMenu& menu, const Scheme& scheme, Rng& rng) {
                  const GemmProblem problem = random_problem(scheme, rng);
                  const GemmContext context = random_context(rng);
                  const GemmTiming best = model.best(menu, problem, context);
                  for (const GemmKernel& kernel : menu.kernels) {
                    if (problem.shape.m < kernel.min_m || problem.shape.m > kernel.max_m) continue;
                    const GemmTiming timing = model.time(kernel, problem, context, menu.library);
                    EXPECT_LE(best.time_s, timing.time_s * kRounding)
                        << text_of(problem.shape) << ": " << best.kernel << " over " << kernel.name;
                  }
                });
}

TEST(GemmModelProperties, TheSameProblemTakesTheSameTime) {
  for_each_menu(7,
                [](const GemmModel& model, const KernelMenu& menu, const Scheme& scheme, Rng& rng) {
                  const GemmProblem problem = random_problem(scheme, rng);
                  const GemmModel again{model.machine()};
                  const GemmTiming first = model.best(menu, problem);
                  (void)model.best(menu, random_problem(scheme, rng));
                  const GemmTiming second = model.best(menu, problem);
                  const GemmTiming other = again.best(again.menu(scheme, menu.library), problem);
                  for (const GemmTiming* timing : {&second, &other}) {
                    EXPECT_EQ(timing->kernel, first.kernel);
                    EXPECT_EQ(timing->time_s, first.time_s);
                    EXPECT_EQ(timing->parts_s, first.parts_s);
                    EXPECT_EQ(timing->energy.total_pj(), first.energy.total_pj());
                  }
                });
}

}  // namespace
}  // namespace olivine

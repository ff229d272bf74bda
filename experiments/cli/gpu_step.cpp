// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/gpu_step.h"

#include <fmt/format.h>

#include <utility>

#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_explain.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/text_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kTracedSm = 0;  // the first one gets as many CTAs as any other
constexpr size_t kFirstShown = 9;
constexpr size_t kLastShown = 3;
constexpr size_t kBarColumns = 50;
constexpr double kMicrosecondsPerSecond = 1e6;

std::string busy_text(const CtaSteps& steps) {
  TextTable table;
  table.column("  resource", Align::Left).column("busy");
  for (const auto& [resource, name] : kCtaResourceNames) {
    const double share = steps.busy_share(resource);
    if (share == 0) continue;
    table.row({fmt::format("  {}", name), percent_text(share, 1.0)});
  }
  return table.render(false);
}

std::string mainloop_text(const CtaSteps& steps) {
  double stalled = 0;
  std::string causes;
  for (const auto& [cause, name] : kCtaStallNames) {
    const double cycles = steps.stalled(cause);
    if (cycles == 0) continue;
    stalled += cycles;
    causes += fmt::format(", {} {}", name, percent_text(cycles, steps.mainloop_cycles));
  }
  return fmt::format("  mainloops: tensor cores {}{}{}\n",
                     percent_text(steps.mainloop_cycles - stalled, steps.mainloop_cycles),
                     causes.empty() ? "" : "; stalled by ", causes.empty() ? "" : causes.substr(2));
}

std::string timeline_text(const GpuStep& step) {
  const std::vector<CtaSpan>& spans = step.steps.timeline;
  const auto microseconds = [&](double cycles) {
    return cycles / step.clock_hz * kMicrosecondsPerSecond;
  };
  TextTable table;
  table.column("  CTA").column("phase", Align::Left).column("begin us").column("end us");
  table.column("", Align::Left);
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i == kFirstShown && spans.size() > kFirstShown + kLastShown) {
      table.row(
          {"  ...", fmt::format("{} more", spans.size() - kFirstShown - kLastShown), "", "", ""});
      i = spans.size() - kLastShown;
    }
    const CtaSpan& span = spans[i];
    table.row(
        {fmt::format("  {}", span.cta), std::string{name_of<CtaPhase>(kCtaPhaseNames, span.phase)},
         fmt::format("{:.3f}", microseconds(span.begin_cycles)),
         fmt::format("{:.3f}", microseconds(span.end_cycles)),
         waterfall_bar(span.begin_cycles, span.end_cycles, step.steps.total_cycles, kBarColumns)});
  }
  return fmt::format("  CTAs of SM {}\n", kTracedSm) + table.render(false);
}

}  // namespace

GpuStep step_gpu_layer(const GpuExplanation& explanation) {
  const GpuExperiment& experiment = *explanation.experiment;
  const GpuLayerResult& result = *explanation.result;
  const Layer& layer = experiment.workload.layers.front();
  if (explanation.menu.empty() || explanation.menu[explanation.chosen].kernel.on_cuda_cores) {
    throw ConfigError{
        fmt::format("--step: {} runs on CUDA cores ({}) and has no CTAs on tensor cores to step",
                    layer.name, result.timing.kernel)};
  }
  const GemmModel& model = *experiment.model;
  const GemmKernel& kernel = explanation.menu[explanation.chosen].kernel;
  const CtaPlan plan =
      model.cta_plan(kernel, gpu_problem(layer, result.scheme), {}, result.library);
  if (const auto reason = refuse_step(plan)) throw ConfigError{"--step: " + *reason};
  GpuStep step;
  step.steps = step_ctas(plan, kTracedSm);
  step.clock_hz = experiment.machine.power.max_clock_hz;
  step.stepped_s = step.steps.total_cycles / step.clock_hz;
  step.waves_s = result.timing.time_s - result.timing.part_s(TimePart::Clock);
  return step;
}

std::string step_text(const GpuStep& step, bool is_colored) {
  const CtaSteps& steps = step.steps;
  return fmt::format("\n{}\n", bold("CTAs, stepped", is_colored)) +
         fmt::format(
             "  {} stepped, {} by the model of waves ({}), both at the highest clock\n"
             "  {} CTAs in {} rounds, {} stages\n",
             time_text(step.stepped_s), time_text(step.waves_s),
             percent_text(step.stepped_s, step.waves_s), steps.ctas, steps.rounds, steps.stages) +
         busy_text(steps) + mainloop_text(steps) + timeline_text(step);
}

Json step_json(const GpuStep& step) {
  const CtaSteps& steps = step.steps;
  Json json = {
      {"time_s", step.stepped_s},     {"waves_s", step.waves_s},    {"clock_hz", step.clock_hz},
      {"cycles", steps.total_cycles}, {"ctas", steps.ctas},         {"stages", steps.stages},
      {"rounds", steps.rounds},       {"l2_bytes", steps.l2_bytes}, {"hbm_bytes", steps.hbm_bytes}};
  for (const auto& [resource, name] : kCtaResourceNames) {
    json["busy_ratio"][std::string{name}] = steps.busy_share(resource);
  }
  json["mainloop_cycles"] = steps.mainloop_cycles;
  json["prologue_cycles"] = steps.prologue_cycles;
  for (const auto& [cause, name] : kCtaStallNames) {
    json["stall_cycles"][std::string{name}] = steps.stalled(cause);
  }
  Json timeline = Json::array();
  for (const CtaSpan& span : steps.timeline) {
    timeline.push_back({{"cta", span.cta},
                        {"phase", name_of<CtaPhase>(kCtaPhaseNames, span.phase)},
                        {"begin_cycles", span.begin_cycles},
                        {"end_cycles", span.end_cycles}});
  }
  json["sm"] = kTracedSm;
  json["timeline"] = std::move(timeline);
  return json;
}

}  // namespace olivine::cli

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/runner_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "experiments/regress/regression_tree.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "sim/cosim/model_builder.h"
#include "sim/cosim/verilated_model.h"

namespace olivine::regress {

VerilatedSource::VerilatedSource(std::string rtl, std::string work)
    : rtl_(std::move(rtl)), work_(std::move(work)) {}

void VerilatedSource::prepare() const { const ModelBuilder builder{work_}; }

std::string VerilatedSource::build(const Target& target, Instruments instruments) const {
  RtlBuild build;
  build.rtl = rtl_;
  build.top = target.bench->top;
  build.parameters = target.parameters;
  build.has_trace = instruments == Instruments::Trace;
  build.has_toggle_coverage = instruments == Instruments::LineAndToggleCoverage;
  build.has_line_coverage = build.has_toggle_coverage || instruments == Instruments::LineCoverage;
  std::string library = ModelBuilder{work_}.make_library(build);
  check_ports(target, library);
  return library;
}

std::unique_ptr<RtlModel> VerilatedSource::open(const std::string& built, uint64_t seed) const {
  return open_verilated_model(built, RtlStart::Random, seed);
}

void VerilatedSource::check_ports(const Target& target, const std::string& library) const {
  const auto model = open_verilated_model(library);
  std::vector<std::string> ports;
  for (const RtlSignal& signal : model->signals()) {
    if (signal.direction != RtlSignal::Direction::Inside) ports.push_back(signal.name);
  }
  for (const std::string_view port : target.bench->ports) {
    if (std::ranges::find(ports, port) != ports.end()) continue;
    const std::string top{target.bench->top};
    throw ConfigError{fmt::format("{}/{}: module {} has no port {}, which its bench needs{}", rtl_,
                                  RtlTree{rtl_}.place_of(top), top, port, suggestion(port, ports))};
  }
}

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/revision.h"
#include "kernels/measure/request.h"
#include "kernels/measure/run_measure.h"
#include "models/base/error.h"
#include "models/open_workload/open_workload.h"

namespace olivine::cli {
namespace {

constexpr unsigned kLineColumns = 100;
constexpr unsigned kMinDescriptionColumns = 60;

// GEMMs of a workload that have weights, each shape once; the others are named on stderr.
std::vector<measure::NamedShape> workload_shapes(const std::string& name) {
  const Workload workload = open_workload(name);
  std::vector<measure::NamedShape> shapes;
  size_t other_layers = 0;
  for (const Layer& layer : workload.layers) {
    const GemmShape& gemm = layer.gemm;
    const bool has_weights = layer.kind == LayerKind::Linear || layer.kind == LayerKind::Head ||
                             layer.kind == LayerKind::Conv2d;
    if (!has_weights || gemm.batch != 1) {
      ++other_layers;
      continue;
    }
    shapes.push_back({layer.name, gemm.m, gemm.n, gemm.k});
  }
  if (shapes.empty()) {
    throw ConfigError{fmt::format("--workload = {}: has no layer with weights", name)};
  }
  if (other_layers > 0) {
    fmt::print(stderr, "{}: {} layers without weights are not measured\n", workload.name,
               other_layers);
  }
  return measure::without_repeats(shapes);
}

// Layers of networks may be larger than what is measured.
void check_extents(const std::vector<measure::NamedShape>& shapes) {
  Problems problems;
  for (const measure::NamedShape& shape : shapes) {
    for (const int64_t extent : {shape.m, shape.n, shape.k}) {
      if (extent <= measure::kMaxMeasuredExtent) continue;
      problems.add(fmt::format("layer {} ({}): must be at most {} in every extent", shape.name,
                               measure::extents_text(shape), measure::kMaxMeasuredExtent));
      break;
    }
  }
  problems.throw_if_any();
}

measure::OptionValues values_of(const Arguments& arguments) {
  measure::OptionValues values;
  for (const measure::MeasureOption& option : measure::measure_option_table()) {
    if (const auto value = arguments.get(option.name)) values[option.name] = *value;
  }
  return values;
}

// Records name the workload, not the folder of its file.
std::string workload_text(const std::string& name) {
  return " --workload " + name.substr(name.find_last_of('/') + 1);
}

}  // namespace

OptionList measure_options() {
  namespace po = boost::program_options;
  OptionList options{"Options", kLineColumns, kMinDescriptionColumns};
  options.add_options()("workload,w", po::value<std::string>()->value_name("NAME|FILE"),
                        "measure the layers with weights of a network, each shape once");
  for (const measure::MeasureOption& option : measure::measure_option_table()) {
    const std::string names =
        option.letter == '\0' ? option.name : fmt::format("{},{}", option.name, option.letter);
    if (option.value_name == nullptr) {
      options.add_options()(names.c_str(), option.help);
    } else {
      options.add_options()(names.c_str(), po::value<std::string>()->value_name(option.value_name),
                            option.help);
    }
  }
  options.add_options()("help,h", "this text");
  return options;
}

// olivine measure: plan, check, time, record.
int run_measure(const Arguments& arguments) {
  measure::MeasureRequest request = measure::read_request(values_of(arguments));
  if (const auto workload = arguments.get("workload")) {
    if (!request.shapes.empty()) {
      throw ConfigError{"--workload excludes --gemm and --shapes"};
    }
    request.shapes = workload_shapes(*workload);
    check_extents(request.shapes);
    request.text += workload_text(*workload);
  }
  request.tool_version = kVersion;
  request.git_revision = kGitRevision;
  request.verb = "measure";
  return measure::run_measure(request, std::cout, std::cerr);
}

}  // namespace olivine::cli

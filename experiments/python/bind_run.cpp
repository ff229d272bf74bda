// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiments/python/bind.h"
#include "experiments/python/run.h"
#include "experiments/python/to_python.h"
#include "experiments/sweep/space/evaluate.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"
#include "models/numerics/format.h"
#include "models/workloads/workload_yaml.h"

namespace olivine::python {
namespace {

namespace py = pybind11;

using Path = std::filesystem::path;
using Gemm = std::vector<int64_t>;

// A value as the command line would have it: 32, 0.5, true, "64KiB"; NumPy's numbers too.
std::string setting_text(const py::handle& key, py::object value) {
  if (py::hasattr(value, "item")) value = value.attr("item")();
  if (py::isinstance<py::bool_>(value)) return value.cast<bool>() ? "true" : "false";
  if (py::isinstance<py::int_>(value)) return py::str(value);
  if (py::isinstance<py::float_>(value)) return sweep::to_text(value.cast<double>());
  if (py::isinstance<py::str>(value)) return value.cast<std::string>();
  throw py::type_error(fmt::format("settings[{}]: must be a number, text or bool",
                                   py::repr(key).cast<std::string>()));
}

GemmShape gemm_of(const Gemm& extents) {
  if (extents.size() != 3 && extents.size() != 4) {
    throw py::type_error("workload: must be a name, a path, (m, n, k) or (m, n, k, batch)");
  }
  return {extents[0], extents[1], extents[2], extents.size() == 4 ? extents[3] : 1};
}

py::dict layers_dict(const Table& layers) {
  py::dict dict;
  for (size_t i = 0; i < layers.names.size(); ++i) {
    dict[py::str(layers.names[i])] = to_numpy(layers.columns[i]);
  }
  return dict;
}

py::dict run_dict(const Path& machine, const std::variant<Path, Gemm>& workload,
                  const std::string& scheme, const py::dict& settings,
                  const std::vector<std::string>& layers) {
  RunRequest request;
  request.machine = machine;
  request.scheme = scheme;
  request.layers = layers;
  if (const auto* name = std::get_if<Path>(&workload)) {
    request.workload = name->string();
  } else {
    request.workload = gemm_of(std::get<Gemm>(workload));
  }
  for (const auto& [key, value] : settings) {
    request.settings.emplace_back(key.cast<std::string>(),
                                  setting_text(key, py::reinterpret_borrow<py::object>(value)));
  }
  RunResult result;
  {
    const py::gil_scoped_release release;
    result = run(request);
  }
  py::dict dict;
  dict["machine"] = result.machine;
  dict["workload"] = result.workload;
  dict["scheme"] = result.scheme;
  dict["model_version"] = std::string{sweep::model_version()};
  dict["config"] = to_python(result.config);
  for (const auto& [name, value] : result.total) dict[py::str(name)] = to_python(value);
  dict["layers"] = layers_dict(result.layers);
  return dict;
}

std::vector<std::string> machine_names() {
  std::vector<std::string> names = shipped_machines();
  for (std::string& name : shipped_gpus()) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  for (const Scheme& scheme : all_schemes()) names.emplace_back(scheme.name);
  return names;
}

}  // namespace

void bind_lists(py::module_& module) {
  module.def("machines", machine_names, "Names of the shipped machines, arrays and GPUs.");
  module.def("workloads", shipped_workloads, "Names of the shipped workloads.");
  module.def("schemes", scheme_names, "Names of all number formats and sparsity patterns.");
}

void bind_run(py::module_& module) {
  module.def(
      "run", run_dict, py::arg("machine"), py::arg("workload"), py::arg("scheme"),
      py::arg("settings") = py::dict(), py::arg("layers") = std::vector<std::string>{},
      R"(Runs a workload on a machine: arrays by the closed form, GPUs by their fastest kernels.

machine, workload: shipped names or paths; workload may be one GEMM, (m, n, k) or (m, n, k, batch).
settings: keys of the machine, and workload.NAME, with values as in a file: {'clock': '1GHz'}.
layers: kinds to run (linear, attention, head, conv2d, depthwise_conv2d, vector); all when empty.

The dict has figures of the whole under the names that `olivine run --json` uses, 'energy_pj' being
the total and 'energy_pj.dram' a part, and under 'layers' a NumPy array for each of them.)");
}

}  // namespace olivine::python

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <pybind11/pybind11.h>

#include <string>

#include "experiments/python/bind.h"
#include "experiments/sweep/space/evaluate.h"
#include "models/base/error.h"

// import olivine. Types and signatures for readers and editors: olivine.pyi.
PYBIND11_MODULE(olivine, module) {
  namespace py = pybind11;
  module.doc() = "Simulates low-bit and sparse accelerators, and sweeps their design spaces.";
  module.attr("__version__") = OLV_VERSION;
  module.attr("model_version") = std::string{olivine::sweep::model_version()};
  py::register_exception<olivine::UserError>(module, "Error", PyExc_ValueError).doc() =
      "A file, key, value or name that has to be corrected; one line for each.";
  olivine::python::bind_lists(module);
  olivine::python::bind_run(module);
  olivine::python::bind_results(module);
  olivine::python::bind_sweep(module);
}

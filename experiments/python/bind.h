// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <pybind11/pybind11.h>

// The parts of the module, in the order they are made.
namespace olivine::python {

void bind_lists(pybind11::module_& module);
void bind_run(pybind11::module_& module);
void bind_results(pybind11::module_& module);
void bind_sweep(pybind11::module_& module);

}  // namespace olivine::python

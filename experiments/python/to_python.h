// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiments/python/column.h"

// Values as Python has them. All are called with the GIL.
namespace olivine::python {

[[nodiscard]] pybind11::object to_python(const sweep::Value& value);
// Contract: an object of numbers, texts and booleans.
[[nodiscard]] pybind11::dict to_python(const nlohmann::json& object);

// A NumPy array: of int64, float64, bool or objects. Numbers are copied, or, where `owner` is
// given, stay where they are: read-only, and the owner lives as long as the array.
[[nodiscard]] pybind11::object to_numpy(const Column& column, pybind11::handle owner = {});
[[nodiscard]] pybind11::object to_numpy(const std::vector<int64_t>& numbers);

}  // namespace olivine::python

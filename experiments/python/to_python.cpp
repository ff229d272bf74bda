// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/python/to_python.h"

#include <pybind11/numpy.h>

#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

namespace olivine::python {
namespace {

namespace py = pybind11;

template <class T>
py::array array_of(const std::vector<T>& values, py::handle owner) {
  using Item = std::conditional_t<std::is_same_v<T, uint8_t>, bool, T>;
  static_assert(sizeof(Item) == sizeof(T));
  py::array array{py::dtype::of<Item>(), static_cast<py::ssize_t>(values.size()), values.data(),
                  owner};
  if (owner) array.attr("setflags")(py::arg("write") = false);
  return array;
}

// Rows of equal texts share one object.
py::array array_of(const Labels& labels) {
  std::vector<py::object> distinct;
  distinct.reserve(labels.distinct.size());
  for (const sweep::Value& value : labels.distinct) distinct.push_back(to_python(value));
  py::array array{py::dtype{"O"}, static_cast<py::ssize_t>(labels.codes.size())};
  auto* items = static_cast<PyObject**>(array.mutable_data());
  for (size_t i = 0; i < labels.codes.size(); ++i) {
    py::object item = distinct[labels.codes[i]];
    Py_XDECREF(std::exchange(items[i], item.release().ptr()));
  }
  return array;
}

}  // namespace

py::object to_python(const sweep::Value& value) {
  return std::visit([](const auto& item) -> py::object { return py::cast(item); }, value);
}

py::dict to_python(const nlohmann::json& object) {
  py::dict dict;
  for (const auto& [key, value] : object.items()) {
    const py::object item =
        value.is_boolean() ? py::bool_(value.get<bool>()) : to_python(sweep::value_of(value));
    dict[py::str(key)] = item;
  }
  return dict;
}

py::object to_numpy(const Column& column, py::handle owner) {
  return std::visit(
      [&](const auto& data) -> py::object {
        if constexpr (std::is_same_v<std::decay_t<decltype(data)>, Labels>) {
          return array_of(data);
        } else {
          return array_of(data, owner);
        }
      },
      column.data());
}

py::object to_numpy(const std::vector<int64_t>& numbers) { return array_of(numbers, {}); }

}  // namespace olivine::python

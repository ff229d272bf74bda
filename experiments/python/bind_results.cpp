// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/python/bind.h"
#include "experiments/python/results.h"
#include "experiments/python/to_python.h"
#include "models/base/text.h"

namespace olivine::python {
namespace {

namespace py = pybind11;

using Group = std::optional<std::string>;

// Arrays of numbers are the results' own memory.
py::object column(const py::object& self, const std::string& name) {
  const Table& table = self.cast<const Results&>().table;
  if (const Column* found = table.find(name)) return to_numpy(*found, self);
  throw py::key_error(fmt::format("{}: no column{}", name, suggestion(name, table.names)));
}

py::dict all_columns(const py::object& self) {
  py::dict dict;
  for (const std::string& name : self.cast<const Results&>().table.names) {
    dict[py::str(name)] = column(self, name);
  }
  return dict;
}

py::object front(const Results& results, const Group& group) {
  if (group || results.fronts.size() == 1) return to_numpy(results.front_of(group).rows);
  std::vector<int64_t> rows;
  for (const RowFront& front : results.fronts) {
    rows.insert(rows.end(), front.rows.begin(), front.rows.end());
  }
  return to_numpy(rows);
}

py::dict ideal(const Results& results, const Group& group) {
  const RowFront& front = results.front_of(group);
  py::dict dict;
  for (size_t i = 0; i < front.ideal.size(); ++i) {
    dict[py::str(results.header.objectives[i].name)] = front.ideal[i];
  }
  return dict;
}

py::dict objectives(const Results& results) {
  py::dict dict;
  for (const sweep::Objective& objective : results.header.objectives) {
    dict[py::str(objective.name)] = name_of<sweep::Goal>(sweep::kGoalNames, objective.goal);
  }
  return dict;
}

std::vector<std::string> groups(const Results& results) {
  std::vector<std::string> names;
  for (const RowFront& front : results.fronts) names.push_back(front.group);
  return names;
}

std::string description(const Results& results) {
  size_t front = 0;
  for (const RowFront& group : results.fronts) front += group.rows.size();
  return fmt::format("<olivine.Results {}: {} points, {} on the front>", results.header.name,
                     results.rows, front);
}

Results load_results(const std::filesystem::path& database, const Group& model) {
  const py::gil_scoped_release release;
  const sweep::Database opened = sweep::Database::open_to_read(database);
  return read_results(opened, choose_model(opened, model));
}

}  // namespace

void bind_results(py::module_& module) {
  py::class_<Results>(module, "Results",
                      "The points of a sweep, a row each, in the order of their parameters.")
      .def_property_readonly("name", [](const Results& self) { return self.header.name; })
      .def_readonly("model_version", &Results::model)
      .def_property_readonly(
          "columns", [](const Results& self) { return self.table.names; },
          "Parameters, status, failure, metrics, further objectives, feasible.")
      .def_property_readonly(
          "feasible", [](const py::object& self) { return column(self, "feasible"); },
          "Which points ran, satisfy all constraints and have all objectives.")
      .def_property_readonly("objectives", objectives, "Goals by name: 'min' or 'max'.")
      .def_property_readonly("groups", groups, "Values of group_by; [''] without it.")
      .def("front", front, py::arg("group") = Group{},
           "Rows of the Pareto front, best first; of all groups, one after the other, for None.")
      .def("ideal", ideal, py::arg("group") = Group{},
           "The best value of every objective among feasible points; {} where there is none.")
      .def(
          "hypervolume",
          [](const Results& self, const Group& group) { return self.front_of(group).hypervolume; },
          py::arg("group") = Group{},
          "Share of the box between best and worst objectives that the front dominates.")
      .def("to_dict", all_columns, "Every column by name: pandas.DataFrame(results.to_dict()).")
      .def("__getitem__", column, py::arg("column"))
      .def("__contains__",
           [](const Results& self, const py::object& name) {
             return py::isinstance<py::str>(name) &&
                    self.table.find(name.cast<std::string>()) != nullptr;
           })
      .def("__iter__", [](const Results& self) { return py::iter(py::cast(self.table.names)); })
      .def("__len__", [](const Results& self) { return self.rows; })
      .def("__repr__", description);
  module.def("results", load_results, py::arg("database"), py::arg("model") = Group{},
             "Reads the results in a database: of this program's model version, or another.");
}

}  // namespace olivine::python

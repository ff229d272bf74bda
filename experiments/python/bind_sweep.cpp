// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "experiments/python/bind.h"
#include "experiments/python/results.h"
#include "experiments/python/sweep_run.h"
#include "models/base/error.h"

namespace olivine::python {
namespace {

namespace py = pybind11;

using Path = std::filesystem::path;

constexpr int kMaxThreads = 1024;
// How often Ctrl-C is looked for and progress is reported.
constexpr std::chrono::milliseconds kPoll{50};

// json.dumps() asks this about what it does not know: NumPy's numbers and arrays.
py::object plain_value(const py::object& value) {
  if (py::hasattr(value, "tolist")) return value.attr("tolist")();
  throw py::type_error(fmt::format("spec: {}: must be a number, text, bool, list or dict",
                                   py::repr(value).cast<std::string>()));
}

// A dict becomes JSON, which is YAML.
void set_spec(SweepRequest& request, const py::object& spec) {
  if (py::isinstance<py::dict>(spec)) {
    const py::object text = py::module_::import("json").attr("dumps")(
        spec, py::arg("indent") = 1, py::arg("ensure_ascii") = false,
        py::arg("default") = py::cpp_function(plain_value));
    request.spec_text = text.cast<std::string>();
    return;
  }
  // TypeError where it is neither text nor a path.
  const py::object path = py::module_::import("os").attr("fspath")(spec);
  request.spec_path = path.cast<Path>();
  const bool is_text = request.spec_path.find('\n') != std::string::npos;
  if (is_text) request.spec_text = std::exchange(request.spec_path, "");
}

// A sweep on a thread of its own, which never needs the GIL: Python's signals are answered by the
// thread that Python runs on, and so are calls of `progress`.
class BackgroundSweep {
 public:
  explicit BackgroundSweep(SweepRequest request) : request_(std::move(request)) {
    request_.is_cancelled = [this] { return is_cancelled_.load(); };
    request_.on_progress = [this](const Progress& progress) {
      const std::lock_guard lock{mutex_};
      latest_ = progress;
    };
    result_ = std::async(std::launch::async, [this] { return run_sweep(request_); });
  }
  // Of one that was left by an exception: points under way are stored first.
  ~BackgroundSweep() {
    is_cancelled_ = true;
    const py::gil_scoped_release release;
    if (result_.valid()) result_.wait();
  }
  BackgroundSweep(const BackgroundSweep&) = delete;
  BackgroundSweep& operator=(const BackgroundSweep&) = delete;

  // Whether it ended in time. Throws what a signal handler raises: KeyboardInterrupt.
  bool wait() {
    std::future_status status{};
    {
      const py::gil_scoped_release release;
      status = result_.wait_for(kPoll);
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    return status == std::future_status::ready;
  }
  // Since the last call.
  std::optional<Progress> progress() {
    const std::lock_guard lock{mutex_};
    return std::exchange(latest_, std::nullopt);
  }
  // Contract: it has ended, and nobody cancelled it.
  Results take() { return result_.get().value(); }

 private:
  SweepRequest request_;
  std::atomic<bool> is_cancelled_ = false;
  std::mutex mutex_;
  std::optional<Progress> latest_;
  std::future<std::optional<Results>> result_;
};

Results sweep_points(const py::object& spec, const Path& database, int threads,
                     const py::object& progress) {
  if (threads < 0 || threads > kMaxThreads) {
    throw ConfigError{fmt::format("threads = {}: must be 0..{}", threads, kMaxThreads)};
  }
  SweepRequest request;
  set_spec(request, spec);
  request.database = database;
  request.threads = threads;
  BackgroundSweep sweep{std::move(request)};
  bool is_over = false;
  while (!is_over) {
    is_over = sweep.wait();
    const auto latest = sweep.progress();
    if (latest && !progress.is_none()) progress(*latest);
  }
  return sweep.take();
}

py::dict best(const Progress& progress) {
  py::dict dict;
  for (size_t i = 0; i < progress.objectives.size(); ++i) {
    dict[py::str(progress.objectives[i])] = progress.run.best[i];
  }
  return dict;
}

std::string description(const Progress& progress) {
  return fmt::format("<olivine.Progress {} of {} points, {} on the front>", progress.run.asked,
                     progress.run.budget, progress.run.front);
}

// A property of a counter of RunProgress.
template <class Count>
auto counter(Count sweep::RunProgress::*member) {
  return [member](const Progress& progress) { return progress.run.*member; };
}

void bind_progress(py::module_& module) {
  using sweep::RunProgress;
  py::class_<Progress>(module, "Progress", "What a sweep has done so far.")
      .def_property_readonly("asked", counter(&RunProgress::asked),
                             "Points the search has asked for, of at most `budget`.")
      .def_property_readonly("budget", counter(&RunProgress::budget))
      .def_property_readonly("computed", counter(&RunProgress::computed), "Evaluated now.")
      .def_property_readonly("repeated", counter(&RunProgress::repeated), "Were in the database.")
      .def_property_readonly("failed", counter(&RunProgress::failed), "Of both.")
      .def_property_readonly("excluded", counter(&RunProgress::excluded), "By constraints.")
      .def_property_readonly("front", counter(&RunProgress::front), "Points on the front.")
      .def_property_readonly("best", best, "By objective; None where nothing is feasible yet.")
      .def("__repr__", description);
}

}  // namespace

void bind_sweep(py::module_& module) {
  bind_progress(module);
  module.def(
      "sweep", sweep_points, py::arg("spec"), py::arg_v("database", Path{":memory:"}, "':memory:'"),
      py::arg("threads") = 0, py::arg("progress") = py::none(),
      R"(Evaluates the points of a sweep that the database does not have; returns all of them.

spec: a path, YAML text (of several lines) or the same as a dict; see `olivine sweep --help`.
database: a file, which the same sweep goes on with after an interruption, or ':memory:'.
threads: 0 stands for the cores.
progress: is called with a Progress now and then.

Ctrl-C raises KeyboardInterrupt after the points under way are stored.)");
}

}  // namespace olivine::python

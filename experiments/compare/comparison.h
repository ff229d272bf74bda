// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiments/compare/measured_file.h"
#include "experiments/compare/regime.h"
#include "models/base/enum_names.h"
#include "sim/tensor_core/gemm_timing.h"
#include "sim/tensor_core/kernel.h"

namespace olivine::compare {

// The kernels that stand for a measured library.
struct KernelSource {
  std::string library;               // as GemmModel calls it
  bool is_calibrated = false;        // its constants were fitted to measurements
  std::optional<uint64_t> fit_seed;  // of the split they were fitted with
};

// What times GEMMs: GemmModel, or a formula in tests. Machines by name.
class GemmTimer {
 public:
  virtual ~GemmTimer() = default;
  [[nodiscard]] virtual bool has_machine(const std::string& machine) const = 0;
  // `library` "": the one whose kernels are fastest. Throws ConfigError with the reason where the
  // machine or the library cannot run the scheme.
  [[nodiscard]] virtual KernelSource kernels(const std::string& machine, const Scheme& scheme,
                                             const std::string& library) = 0;
  // Streaming multiprocessors. Contract: kernels() was asked for the machine.
  [[nodiscard]] virtual int64_t sm_count(const std::string& machine) const = 0;
  // `source`: the collection, whose way of measuring is simulated too. Contract: kernels() named
  // the library for the machine and the problem's scheme. Called by many threads at once. Throws
  // UserError for a shape no kernel runs.
  [[nodiscard]] virtual GemmTiming time(const std::string& machine, const std::string& library,
                                        const std::string& source,
                                        const GemmProblem& problem) const = 0;
};

// The shapes that errors are stated on. HeldOut: those that no constant was fitted to.
enum class Half : uint8_t { HeldOut, Fit, All };
inline constexpr std::array kHalfNames = {EnumName<Half>{Half::HeldOut, "held-out"},
                                          EnumName<Half>{Half::Fit, "fit"},
                                          EnumName<Half>{Half::All, "all"}};

// Which measurements are compared.
struct Selection {
  std::optional<std::string> machine;  // all of the file when absent
  std::optional<std::string> library;  // as GemmModel calls it, or as in the file
  std::optional<std::string> dtype;    // as in the file, or a scheme
  Half half = Half::HeldOut;
  // The one that the constants of each library were fitted with when absent, else
  // kDefaultSplitSeed.
  std::optional<uint64_t> split_seed;
};

// One measured time, and what is simulated for it.
struct Point {
  Measurement measured;
  GemmProblem problem;
  size_t collection = 0;  // of Comparison::collections
  bool is_fit_half = false;
  std::optional<GemmTiming> timing;  // of the chosen half

  // Contract: it is simulated.
  [[nodiscard]] double error() const { return timing->time_s / measured.value - 1; }
};

// A measured power, beside the time of the same GEMM.
struct PowerPoint {
  Measurement measured;
  size_t time_point = 0;  // of Comparison::points
};

// The unit of statistics: one format, measured on one device by one program.
struct Collection {
  std::string machine;
  std::string device;
  std::string source;
  std::string library;  // as measured
  std::string dtype;
  Scheme scheme;
  KernelSource kernels;
  int64_t sm_count = 0;
  uint64_t split_seed = 0;
  std::vector<size_t> points;  // none: it has powers only, which are dropped rows
  std::vector<PowerPoint> powers;

  // False where another seed deals the shapes anew: constants were fitted to some of both halves.
  [[nodiscard]] bool is_split_as_fitted() const {
    return !kernels.fit_seed || *kernels.fit_seed == split_seed;
  }
};

// Rows of the file that were selected and cannot be compared.
struct Dropped {
  std::string reason;
  size_t rows = 0;
  size_t first_line = 0;
};

struct Comparison {
  std::vector<Point> points;
  std::vector<Collection> collections;  // in the order of the file
  std::vector<Dropped> dropped;
  size_t unselected_rows = 0;  // of other machines, libraries, formats
  Half half = Half::HeldOut;

  // Whether errors are stated on it.
  [[nodiscard]] bool is_chosen(const Point& point) const;
  // Counts a row that cannot be compared.
  void drop(const Measurement& row, const std::string& reason);
};

// Finds machine, scheme and kernels of every selected measurement; nothing is simulated yet.
// Throws ConfigError where a selection selects nothing, with what there is.
[[nodiscard]] Comparison join(const MeasuredFile& file, const Selection& selection,
                              GemmTimer& timer);

// Simulates every point of the chosen half, equal problems once, on `threads` threads.
// `on_progress` (done, total) is called by this thread now and then. Points that no kernel runs
// become dropped rows and stay without a timing.
void simulate(Comparison& comparison, const GemmTimer& timer, unsigned threads,
              const std::function<void(size_t, size_t)>& on_progress);

}  // namespace olivine::compare

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/calibrate/fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <exception>
#include <map>
#include <set>
#include <thread>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::calibrate {
namespace {

constexpr double kStep = 1e-4;  // of a mapped constant, for the derivative
constexpr std::string_view kHarnessPrefix = "harness.";

// One free number of a calibration. It is fitted as the logit of its place in its legal range,
// which is logarithmic where the range is of positive numbers.
struct Unknown {
  std::string name;
  std::string source;  // of a harness; "" for a constant of the kernels
  double low = 0;
  double high = 1;

  double& in(LibraryCalibration& calibration) const {
    if (source.empty()) {
      for (const auto& row : kernel_constant_rows()) {
        if (row.key == name) return calibration.constants.*(row.member);
      }
    }
    for (const auto& row : harness_rows()) {
      if (row.key == name) return calibration.harnesses.at(source).*(row.member);
    }
    OLV_CHECK(false, "no constant {}", name);
  }

  [[nodiscard]] bool is_logarithmic() const { return low > 0; }

  [[nodiscard]] double to_mapped(double value) const {
    const double share = is_logarithmic() ? std::log(value / low) / std::log(high / low)
                                          : (value - low) / (high - low);
    const double inside = std::clamp(share, 1e-3, 1 - 1e-3);
    return std::log(inside / (1 - inside));
  }
  [[nodiscard]] double from_mapped(double mapped) const {
    const double share = 1 / (1 + std::exp(-mapped));
    return is_logarithmic() ? low * std::pow(high / low, share) : low + (high - low) * share;
  }
};

template <class Constants>
const ConstantRow<Constants>& find_row(std::span<const ConstantRow<Constants>> rows,
                                       std::string_view key) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == key; });
  OLV_CHECK(row != rows.end(), "no constant {}", key);
  return *row;
}

std::vector<Unknown> unknowns_of(const std::vector<std::string>& free,
                                 const LibraryCalibration& start) {
  std::vector<Unknown> unknowns;
  for (const std::string& name : free) {
    if (!name.starts_with(kHarnessPrefix)) {
      const auto& row = find_row<KernelConstants>(kernel_constant_rows(), name);
      unknowns.push_back({name, "", row.low, row.high});
      continue;
    }
    const std::string key = name.substr(kHarnessPrefix.size());
    const auto& row = find_row<Harness>(harness_rows(), key);
    for (const auto& [source, harness] : start.harnesses) {
      unknowns.push_back({key, source, row.low, row.high});
    }
  }
  return unknowns;
}

LibraryCalibration with(LibraryCalibration calibration, const std::vector<Unknown>& unknowns,
                        const Eigen::VectorXd& mapped) {
  for (size_t i = 0; i < unknowns.size(); ++i) {
    unknowns[i].in(calibration) = unknowns[i].from_mapped(mapped[static_cast<Eigen::Index>(i)]);
  }
  return calibration;
}

// Contract: `run` may be called by several threads at once. Throws what a slice threw.
void for_each_slice(size_t count, const std::function<void(size_t, size_t)>& run) {
  const size_t workers = std::max<size_t>(1, std::thread::hardware_concurrency());
  std::vector<std::exception_ptr> failures(workers);
  {
    std::vector<std::jthread> threads;
    for (size_t w = 0; w < workers; ++w) {
      threads.emplace_back([&, w] {
        try {
          run(count * w / workers, count * (w + 1) / workers);
        } catch (...) {
          failures[w] = std::current_exception();
        }
      });
    }
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

// log(simulated / measured) of every point, and the kernel that was fastest.
struct Evaluation {
  Eigen::VectorXd residuals;
  std::vector<GemmKernel> kernels;
};

class Model {
 public:
  Model(const GpuMachine& machine, const LibraryCalibration& calibration,
        const std::vector<FitPoint>& points)
      : library_{calibration.library},
        model_{machine, Calibration{{{calibration.library, calibration}}}},
        points_{points} {
    std::set<std::string> sources;
    for (const FitPoint& point : points) sources.insert(point.source);
    for (const std::string& source : sources) {
      contexts_.emplace(source, model_.context(library_, source));
    }
    for (const FitPoint& point : points) menu(point);
  }

  [[nodiscard]] Evaluation evaluate() const {
    Evaluation result{Eigen::VectorXd(static_cast<Eigen::Index>(points_.size())), {}};
    result.kernels.resize(points_.size());
    for_each_slice(points_.size(), [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        const FitPoint& point = points_[i];
        const KernelMenu& kernels = model_.menu(point.problem.scheme, library_);
        const GemmTiming timing = model_.best(kernels, point.problem, contexts_.at(point.source));
        result.residuals[static_cast<Eigen::Index>(i)] = std::log(timing.time_s / point.seconds);
        result.kernels[i] = *by_name_.at(point.problem.scheme.name).at(timing.kernel);
      }
    });
    return result;
  }

  // The same kernels again, with this model's constants.
  [[nodiscard]] Eigen::VectorXd evaluate(const std::vector<GemmKernel>& kernels) const {
    Eigen::VectorXd residuals(static_cast<Eigen::Index>(points_.size()));
    for_each_slice(points_.size(), [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        const FitPoint& point = points_[i];
        const GemmTiming timing =
            model_.time(kernels[i], point.problem, contexts_.at(point.source), library_);
        residuals[static_cast<Eigen::Index>(i)] = std::log(timing.time_s / point.seconds);
      }
    });
    return residuals;
  }

 private:
  void menu(const FitPoint& point) {
    auto& names = by_name_[point.problem.scheme.name];
    if (!names.empty()) return;
    for (const GemmKernel& kernel : model_.menu(point.problem.scheme, library_).kernels) {
      names.emplace(kernel.name, &kernel);
    }
  }

  std::string library_;
  GemmModel model_;
  const std::vector<FitPoint>& points_;
  std::map<std::string, GemmContext> contexts_;
  std::map<std::string_view, std::map<std::string, const GemmKernel*>> by_name_;
};

double mean_error_pct(const Eigen::VectorXd& residuals) {
  return 100 * (residuals.array().exp() - 1).abs().mean();
}

// Sum of the soft-L1 loss, and the weight of each point in the equivalent least squares.
struct Loss {
  double sum = 0;
  Eigen::VectorXd weights;
};

Loss loss_of(const Eigen::VectorXd& residuals, double scale) {
  const Eigen::ArrayXd root = (1 + (residuals.array() / scale).square()).sqrt();
  return {2 * (root - 1).sum(), root.inverse().matrix()};
}

// Levenberg-Marquardt from several starts.
class Fit {
 public:
  struct State {
    Eigen::VectorXd mapped;
    LibraryCalibration calibration;
    Evaluation evaluation;
    Loss loss;
  };

  Fit(const GpuMachine& machine, const LibraryCalibration& start,
      const std::vector<FitPoint>& points, const std::vector<std::string>& free,
      const FitOptions& options)
      : machine_{machine},
        start_{start},
        points_{points},
        options_{options},
        unknowns_{unknowns_of(free, start)} {}

  [[nodiscard]] Eigen::VectorXd first() const {
    LibraryCalibration calibration = start_;
    Eigen::VectorXd mapped(static_cast<Eigen::Index>(unknowns_.size()));
    for (size_t i = 0; i < unknowns_.size(); ++i) {
      mapped[static_cast<Eigen::Index>(i)] = unknowns_[i].to_mapped(unknowns_[i].in(calibration));
    }
    return mapped;
  }

  [[nodiscard]] Eigen::VectorXd random(Rng& rng) const {
    Eigen::VectorXd mapped = first();
    for (double& value : mapped) value += kSpread * rng.normal();
    return mapped;
  }

  State descend(const Eigen::VectorXd& mapped,
                const std::function<void(int, double)>& on_progress) const {
    State state = at(mapped);
    double damping = 1e-2;
    for (int iteration = 0; iteration < options_.max_iterations; ++iteration) {
      on_progress(iteration, mean_error_pct(state.evaluation.residuals));
      const double before = state.loss.sum;
      if (!step(state, damping) || before - state.loss.sum < kLeastGain * before) break;
    }
    return state;
  }

 private:
  static constexpr double kSpread = 0.7;      // of random starts, of mapped constants
  static constexpr double kLeastGain = 1e-4;  // of the loss, else an iteration is the last
  static constexpr double kMostDamping = 1e6;

  [[nodiscard]] State at(const Eigen::VectorXd& mapped) const {
    State state{mapped, with(start_, unknowns_, mapped), {}, {}};
    state.evaluation = Model{machine_, state.calibration, points_}.evaluate();
    state.loss = loss_of(state.evaluation.residuals, options_.robust_error);
    return state;
  }

  // At the fastest kernel the derivative of the minimum is that of the kernel.
  [[nodiscard]] Eigen::MatrixXd jacobian(const State& state) const {
    const Eigen::VectorXd& residuals = state.evaluation.residuals;
    Eigen::MatrixXd result(residuals.size(), state.mapped.size());
    for (Eigen::Index i = 0; i < state.mapped.size(); ++i) {
      Eigen::VectorXd moved = state.mapped;
      moved[i] += kStep;
      const Model model{machine_, with(start_, unknowns_, moved), points_};
      result.col(i) = (model.evaluate(state.evaluation.kernels) - residuals) / kStep;
    }
    return result;
  }

  // False where no step lowers the loss.
  bool step(State& state, double& damping) const {
    const Eigen::MatrixXd slopes = jacobian(state);
    const auto weights = state.loss.weights.asDiagonal();
    const Eigen::MatrixXd normal = slopes.transpose() * weights * slopes;
    const Eigen::VectorXd gradient = slopes.transpose() * weights * state.evaluation.residuals;
    for (; damping < kMostDamping; damping *= 4) {
      Eigen::MatrixXd damped = normal;
      damped.diagonal() += damping * (normal.diagonal().array() + 1e-6).matrix();
      const Eigen::VectorXd move = damped.ldlt().solve(-gradient).cwiseMin(1.0).cwiseMax(-1.0);
      State trial = at(state.mapped + move);
      if (trial.loss.sum >= state.loss.sum) continue;
      state = std::move(trial);
      damping = std::max(damping / 8, 1e-7);
      return true;
    }
    return false;
  }

  const GpuMachine& machine_;
  const LibraryCalibration& start_;
  const std::vector<FitPoint>& points_;
  const FitOptions& options_;
  std::vector<Unknown> unknowns_;
};

}  // namespace

double mape_pct(const GpuMachine& machine, const LibraryCalibration& calibration,
                const std::vector<FitPoint>& points) {
  return mean_error_pct(Model{machine, calibration, points}.evaluate().residuals);
}

std::vector<std::string> free_constants(const GpuMachine& machine, const LibraryCalibration& start,
                                        const std::vector<FitPoint>& points) {
  bool has_decode = false;
  bool has_vector = false;
  bool has_clusters = false;
  const GemmModel model{machine, Calibration{{{start.library, start}}}};
  std::set<std::string_view> schemes;
  for (const FitPoint& point : points) {
    if (!schemes.insert(point.problem.scheme.name).second) continue;
    for (const GemmKernel& kernel : model.menu(point.problem.scheme, start.library).kernels) {
      has_decode |= kernel.decode_weights == DecodePlace::Mainloop;
      has_vector |= kernel.on_cuda_cores;
      has_clusters |= kernel.cluster_m * kernel.cluster_n > 1;
    }
  }
  std::vector<std::string> free;
  for (const auto& row : kernel_constant_rows()) {
    if (row.key == "decode_reached" && !has_decode) continue;
    if (row.key.starts_with("vector_") && !has_vector) continue;
    if (row.key == "multicast" && !has_clusters) continue;
    free.emplace_back(row.key);
  }
  free.emplace_back("harness.weight_sets");
  free.emplace_back("harness.throttle_us");
  if (start.harnesses.size() > 1) free.emplace_back("harness.launch_us");
  return free;
}

LibraryCalibration fit_library(const GpuMachine& machine, const LibraryCalibration& start,
                               const std::vector<FitPoint>& points,
                               const std::vector<std::string>& free, const FitOptions& options,
                               const std::function<void(int, int, double)>& on_progress) {
  Fit fit{machine, start, points, free, options};
  Rng rng{options.seed};
  Fit::State best = fit.descend(
      fit.first(), [&](int iteration, double mape) { on_progress(0, iteration, mape); });
  for (int i = 1; i < options.starts; ++i) {
    Fit::State state = fit.descend(
        fit.random(rng), [&](int iteration, double mape) { on_progress(i, iteration, mape); });
    if (state.loss.sum < best.loss.sum) best = std::move(state);
  }
  return best.calibration;
}

}  // namespace olivine::calibrate

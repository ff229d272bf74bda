// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/ratios.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "kernels/measure/peaks.h"
#include "kernels/runtime/device.h"

namespace olivine::measure {
namespace {

constexpr int64_t kSquare = 8192;
constexpr int64_t kSmallM = 16;
constexpr int64_t kSmallMExtent = 4096;
constexpr int64_t kOnceM = 2048;
constexpr double kDenseRatio = 0.85;
constexpr double kSparseRatio = 0.85;
constexpr double kSparseOverDense = 1.4;
constexpr double kBandwidthRatio = 0.75;
constexpr double kOnceRatio = 0.80;

class Cases {
 public:
  explicit Cases(const std::vector<CaseRecord>& cases) : cases_{cases} {}

  [[nodiscard]] const CaseRecord* find(const NamedShape& shape, std::string_view variant) const {
    const auto found = std::find_if(cases_.begin(), cases_.end(), [&](const CaseRecord& record) {
      return record.variant->name == variant && record.shape == shape;
    });
    return found == cases_.end() ? nullptr : &*found;
  }
  // Each once, in the order of the run.
  [[nodiscard]] std::vector<NamedShape> shapes() const {
    std::vector<NamedShape> shapes;
    for (const CaseRecord& record : cases_) shapes.push_back(record.shape);
    return without_repeats(shapes);
  }

 private:
  const std::vector<CaseRecord>& cases_;
};

// Why the case has no time; empty where it has.
std::string missing(const CaseRecord* record, std::string_view variant) {
  if (record == nullptr) return std::string{variant} + " was not measured";
  if (record->timed) return "";
  return std::string{variant} + ": " + (record->reason.empty() ? "not timed" : record->reason);
}

// Speed of one variant over that of another.
RatioRecord speed_ratio(const Cases& cases, const NamedShape& shape,
                        const std::array<std::string_view, 2>& variants, double required) {
  RatioRecord ratio;
  ratio.shape = shape;
  ratio.numerator = variants[0];
  ratio.denominator = variants[1];
  ratio.required = required;
  const CaseRecord* ours = cases.find(shape, variants[0]);
  const CaseRecord* theirs = cases.find(shape, variants[1]);
  ratio.reason = missing(ours, variants[0]);
  if (ratio.reason.empty()) ratio.reason = missing(theirs, variants[1]);
  if (ratio.reason.empty()) ratio.value = theirs->median_us() / ours->median_us();
  return ratio;
}

RatioRecord sparse_ratio(const Cases& cases, const NamedShape& shape) {
  RatioRecord ratio = speed_ratio(cases, shape, {"int8-2:4", "cusparselt-int8"}, kSparseRatio);
  if (ratio.value) return ratio;
  RatioRecord over_dense = speed_ratio(cases, shape, {"int8-2:4", "int8"}, kSparseOverDense);
  return over_dense.value ? over_dense : ratio;
}

// A GEMM kernel that reads dense 4-bit weights: what it moves, and its time.
struct WeightStream {
  std::string name;
  double bytes = 0;
  double us = 0;

  [[nodiscard]] double bytes_per_s() const { return us > 0 ? bytes / us * 1e6 : 0; }
};

WeightStream weight_stream(const CaseRecord& record) {
  WeightStream stream{std::string{record.variant->name} + " bytes", 0, 0};
  if (!record.timed) return stream;
  stream.bytes = static_cast<double>(record.work.moved_bytes());
  stream.us = record.median_us();
  for (const StepRecord& step : record.timed->steps) {
    if (step.name != "gemm") continue;
    // Activations as they were decoded.
    stream = {std::string{record.variant->name} + " bytes, GEMM alone",
              static_cast<double>(record.work.weight_bytes + record.work.decoded_bytes +
                                  record.work.c_bytes),
              step.median_us};
  }
  return stream;
}

std::vector<RatioRecord> bandwidth_ratios(const std::vector<CaseRecord>& records,
                                          const NamedShape& shape, const DeviceInfo& device) {
  const CaseRecord* best = nullptr;
  for (const CaseRecord& record : records) {
    // 2:4 weights move fewer bytes by other kernels.
    const bool is_one = record.variant->is_own() && record.variant->weights == WeightForm::Ovp4;
    if (record.shape != shape || !is_one) continue;
    const double rate = weight_stream(record).bytes_per_s();
    if (best == nullptr || rate > weight_stream(*best).bytes_per_s()) best = &record;
  }
  if (best == nullptr) return {};
  RatioRecord ratio;
  ratio.name = "small-m";
  ratio.shape = shape;
  ratio.numerator = weight_stream(*best).name;
  ratio.denominator = "memory bandwidth";
  ratio.required = kBandwidthRatio;
  ratio.reason = missing(best, best->variant->name);
  const double peak = peaks_of(*best->variant, device).bytes_per_s;
  if (ratio.reason.empty() && peak <= 0) ratio.reason = "the driver does not tell memory clocks";
  if (ratio.reason.empty()) ratio.value = weight_stream(*best).bytes_per_s() / peak;
  return {ratio};
}

std::string_view baseline_of(const Variant& variant) {
  if (!variant.is_own()) return "cublaslt-fp16";
  const bool is_two_four = std::string_view{variant.scheme}.ends_with("-2:4");
  return is_two_four ? "cusparselt-int8" : "cublaslt-int8";
}

}  // namespace

void set_baselines(std::vector<CaseRecord>& cases) {
  const Cases index{cases};
  for (CaseRecord& record : cases) {
    record.baseline = baseline_of(*record.variant);
    const CaseRecord* baseline = index.find(record.shape, record.baseline);
    if (baseline == nullptr || baseline == &record) continue;
    if (!baseline->timed || !record.timed) continue;
    record.speed_over_baseline = baseline->median_us() / record.median_us();
  }
}

std::vector<RatioRecord> acceptance_ratios(const std::vector<CaseRecord>& cases,
                                           const DeviceInfo& device) {
  std::vector<RatioRecord> ratios;
  const auto add = [&](const char* name, RatioRecord ratio) {
    ratio.name = name;
    ratios.push_back(std::move(ratio));
  };
  const Cases index{cases};
  for (const NamedShape& shape : index.shapes()) {
    const bool is_square = shape.m == kSquare && shape.n == kSquare && shape.k == kSquare;
    if (is_square && index.find(shape, "int8") != nullptr) {
      add("int8", speed_ratio(index, shape, {"int8", "cublaslt-int8"}, kDenseRatio));
    }
    if (is_square && index.find(shape, "int8-2:4") != nullptr) {
      add("int8-2:4", sparse_ratio(index, shape));
    }
    if (shape.m <= kSmallM && shape.n >= kSmallMExtent && shape.k >= kSmallMExtent) {
      for (RatioRecord& ratio : bandwidth_ratios(cases, shape, device)) {
        ratios.push_back(std::move(ratio));
      }
    }
    if (shape.m >= kOnceM && index.find(shape, "w4a4-ovp:once") != nullptr) {
      add("once", speed_ratio(index, shape, {"w4a4-ovp:once", "int8"}, kOnceRatio));
    }
  }
  return ratios;
}

}  // namespace olivine::measure

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/search.h"

#include <algorithm>
#include <utility>

#include "experiments/sweep/search/latin_hypercube.h"
#include "experiments/sweep/search/nsga2.h"
#include "experiments/sweep/search/random_order.h"
#include "experiments/sweep/space/mixed_radix.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

// A fixed sequence of points that needs no answers.
class Sequence : public Search {
 public:
  explicit Sequence(uint64_t budget) : budget_(budget) {}

  [[nodiscard]] std::vector<PointIndex> ask(size_t limit) final {
    const uint64_t end = next_ + std::min<uint64_t>(limit, budget_ - next_);
    std::vector<PointIndex> points;
    points.reserve(static_cast<size_t>(end - next_));
    for (; next_ < end; ++next_) points.push_back(at(next_));
    return points;
  }
  void tell(std::span<const Answer> /*answers*/) final {}
  [[nodiscard]] bool is_over() const final { return next_ == budget_; }
  [[nodiscard]] bool needs_answers() const final { return false; }
  [[nodiscard]] uint64_t budget() const final { return budget_; }

 private:
  [[nodiscard]] virtual PointIndex at(uint64_t place) const = 0;

  uint64_t budget_;
  uint64_t next_ = 0;
};

class Exhaustive final : public Sequence {
 public:
  explicit Exhaustive(uint64_t size) : Sequence(size) {}

 private:
  [[nodiscard]] PointIndex at(uint64_t place) const override { return place; }
};

class Random final : public Sequence {
 public:
  Random(const SearchSpec& spec, uint64_t size)
      : Sequence(std::min(spec.points, size)), order_(size, spec.seed) {}

 private:
  [[nodiscard]] PointIndex at(uint64_t place) const override { return order_.at(place); }

  RandomOrder order_;
};

class LatinSamples final : public Sequence {
 public:
  LatinSamples(const SearchSpec& spec, MixedRadix radix)
      : Sequence(std::min(spec.points, radix.size())),
        radix_(std::move(radix)),
        samples_(budget(), radix_.levels(), spec.seed) {}

 private:
  [[nodiscard]] PointIndex at(uint64_t place) const override {
    return radix_.index_of(samples_.at(place));
  }

  MixedRadix radix_;
  LatinHypercube samples_;
};

}  // namespace

std::vector<uint64_t> levels_of(const std::vector<Axis>& axes) {
  std::vector<uint64_t> levels;
  levels.reserve(axes.size());
  for (const Axis& axis : axes) levels.push_back(axis.values.size());
  return levels;
}

std::unique_ptr<Search> make_search(const SearchSpec& spec, const std::vector<Axis>& axes) {
  MixedRadix radix{levels_of(axes)};
  switch (spec.method) {
    case Method::Exhaustive:
      return std::make_unique<Exhaustive>(radix.size());
    case Method::Random:
      return std::make_unique<Random>(spec, radix.size());
    case Method::LatinHypercube:
      return std::make_unique<LatinSamples>(spec, std::move(radix));
    case Method::Nsga2:
      return make_nsga2(spec, axes);
  }
  OLV_CHECK(false, "method {}", static_cast<int>(spec.method));
}

}  // namespace olivine::sweep

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/sparse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/error.h"
#include "models/numerics/tensor_check.h"

namespace olivine {
namespace {

constexpr int64_t kGroup = 4;
using Positions = std::array<int64_t, 2>;

// One group of up to four dense elements; those past k score 0.
struct Group {
  std::span<const float> values;
};

using Scores = std::array<double, kGroup>;

// Of equals the one with the lower index.
Positions two_largest(const Scores& scores) {
  size_t first = 0;
  for (size_t i = 1; i < scores.size(); ++i) {
    if (scores[i] > scores[first]) first = i;
  }
  size_t second = first == 0 ? 1 : 0;
  for (size_t i = second + 1; i < scores.size(); ++i) {
    if (i != first && scores[i] > scores[second]) second = i;
  }
  const auto [low, high] = std::minmax(first, second);
  return {static_cast<int64_t>(low), static_cast<int64_t>(high)};
}

// Marked positions, filled up with the lowest free ones.
Positions marked(const std::array<bool, kGroup>& is_marked) {
  std::array<bool, kGroup> is_kept = is_marked;
  auto count = std::count(is_kept.begin(), is_kept.end(), true);
  for (size_t i = 0; i < is_kept.size() && count < 2; ++i) {
    count += is_kept[i] ? 0 : 1;
    is_kept[i] = true;
  }
  Positions result{};
  size_t next = 0;
  for (size_t i = 0; i < is_kept.size(); ++i) {
    if (is_kept[i]) result[next++] = static_cast<int64_t>(i);
  }
  return result;
}

class Builder {
 public:
  explicit Builder(const TensorView& tensor) : tensor_(tensor) {
    check_shape(tensor);
    check_finite(tensor);
    result_.rows = tensor.rows;
    result_.k = tensor.k;
    result_.kept.resize(static_cast<size_t>(tensor.rows * result_.kept_k()));
    result_.metadata.resize(metadata_bytes(Pattern::TwoFour, tensor.rows, tensor.k).count());
  }

  // `choose(row, first element of the group, group)` returns positions; `value(index)` reads.
  template <class Choose, class Value>
  TwoFourTensor build(const Choose& choose, const Value& value) {
    const int64_t groups = result_.kept_k() / 2;
    const auto stride =
        static_cast<int64_t>(metadata_bytes(Pattern::TwoFour, 1, tensor_.k).count());
    for (int64_t row = 0; row < tensor_.rows; ++row) {
      for (int64_t g = 0; g < groups; ++g) {
        const int64_t first = row * tensor_.k + g * kGroup;
        const int64_t length = std::min(kGroup, tensor_.k - g * kGroup);
        const Group group{
            tensor_.values.subspan(static_cast<size_t>(first), static_cast<size_t>(length))};
        const Positions positions = choose(row, first, group);
        float* kept = result_.kept.data() + row * result_.kept_k() + 2 * g;
        for (size_t i = 0; i < 2; ++i) {
          kept[i] = positions[i] < length ? value(first + positions[i]) : 0.0F;
        }
        uint8_t& byte = result_.metadata[static_cast<size_t>(row * stride + g / 2)];
        const int64_t nibble = positions[0] | positions[1] << 2;
        byte = static_cast<uint8_t>(byte | nibble << (4 * (g % 2)));
      }
    }
    return std::move(result_);
  }

 private:
  const TensorView& tensor_;
  TwoFourTensor result_;
};

}  // namespace

TwoFourTensor prune_two_four(const TensorView& tensor) {
  const auto choose = [](int64_t, int64_t, const Group& group) {
    Scores scores{};
    for (size_t i = 0; i < group.values.size(); ++i) {
      scores[i] = static_cast<double>(std::fabs(group.values[i]));
    }
    return two_largest(scores);
  };
  const auto value = [&](int64_t i) { return tensor.values[static_cast<size_t>(i)]; };
  return Builder{tensor}.build(choose, value);
}

TwoFourTensor prune_two_four_weighted(const TensorView& tensor, std::span<const float> importance) {
  check_importance(importance, tensor.k, tensor.name);
  const auto choose = [&](int64_t row, int64_t first, const Group& group) {
    const auto channel = static_cast<size_t>(first - row * tensor.k);
    Scores scores{};
    for (size_t i = 0; i < group.values.size(); ++i) {
      scores[i] = importance_score(group.values[i], importance[channel + i]);
    }
    return two_largest(scores);
  };
  const auto value = [&](int64_t i) { return tensor.values[static_cast<size_t>(i)]; };
  return Builder{tensor}.build(choose, value);
}

TwoFourTensor prune_two_four(const TensorView& tensor, std::span<const uint8_t> mask) {
  if (mask.size() != tensor.values.size()) {
    throw ShapeError{fmt::format("{}: mask has {} elements, tensor {}", tensor.name, mask.size(),
                                 tensor.values.size())};
  }
  const auto choose = [&](int64_t row, int64_t first, const Group& group) {
    std::array<bool, kGroup> is_marked{};
    for (size_t i = 0; i < group.values.size(); ++i) {
      is_marked[i] = mask[static_cast<size_t>(first) + i] != 0;
    }
    const auto count = std::count(is_marked.begin(), is_marked.end(), true);
    if (count > 2) {
      throw ShapeError{fmt::format("{}: row {}, group {}: mask keeps {} of 4, at most 2",
                                   tensor.name, row, (first - row * tensor.k) / kGroup, count)};
    }
    return marked(is_marked);
  };
  const auto value = [&](int64_t i) {
    const auto at = static_cast<size_t>(i);
    return mask[at] != 0 ? tensor.values[at] : 0.0F;
  };
  return Builder{tensor}.build(choose, value);
}

PackedMatrix encode_two_four(const TwoFourTensor& tensor, std::string_view name, Format format,
                             std::span<const float> scales) {
  PackedMatrix result = encode(tensor.view(name), format, scales);
  result.pattern = Pattern::TwoFour;
  result.k = tensor.k;
  result.metadata = tensor.metadata;
  return result;
}

}  // namespace olivine

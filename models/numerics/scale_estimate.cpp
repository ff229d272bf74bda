// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/scale_estimate.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/base/error.h"

// Into functions that are compiled for other instruction sets.
#define OLV_INLINE inline __attribute__((always_inline))

namespace olivine {
namespace {

// Adding and subtracting it rounds to the nearest integer, up to 2^22.
constexpr float kRounder = 12582912.0F;  // 1.5 * 2^23
constexpr uint32_t kFloatMantissaBits = 23;
constexpr int kSmallestLanes = 4;

using Sums = std::array<float, kEstimateScales>;

// The compiler's vectors: one source for every instruction set.
template <int Lanes>
struct Vector {
  typedef float Float __attribute__((vector_size(4 * Lanes)));
  typedef int32_t Int __attribute__((vector_size(4 * Lanes)));
};

struct GridConstants {
  explicit GridConstants(const Grid& grid)
      : max_normal(static_cast<float>(grid.max_normal)),
        boundary(grid.outlier_boundary()),
        outlier_min(static_cast<float>(grid.outlier.value(1))),
        outlier_max(static_cast<float>(grid.max_value())),
        half(1 << (kFloatMantissaBits - static_cast<uint32_t>(grid.outlier.mantissa_bits) - 1)),
        mask(-(1 << (kFloatMantissaBits - static_cast<uint32_t>(grid.outlier.mantissa_bits)))) {}

  float max_normal;
  float boundary;
  float outlier_min;
  float outlier_max;
  int32_t half;
  int32_t mask;
};

template <int Lanes>
struct Kernel {
  using Float = typename Vector<Lanes>::Float;
  using Int = typename Vector<Lanes>::Int;

  static OLV_INLINE Float load(const float* from) {
    Float value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  static OLV_INLINE Float lower(const Float& a, const Float& b) { return b < a ? b : a; }
  static OLV_INLINE Float magnitude(const Float& a) {
    return reinterpret_cast<Float>(reinterpret_cast<Int>(a) & 0x7FFFFFFF);
  }
  static OLV_INLINE float sum(const Float& value) {
    if constexpr (Lanes == kSmallestLanes) {
      return (value[0] + value[2]) + (value[1] + value[3]);
    } else {
      typename Vector<Lanes / 2>::Float halves[2];
      std::memcpy(halves, &value, sizeof value);
      return Kernel<Lanes / 2>::sum(halves[0] + halves[1]);
    }
  }

  // Distance of quotients from the nearest normal point, with either sign.
  template <bool IsFlint>
  static OLV_INLINE Float normal_distance(const Float& quotient, const GridConstants& grid) {
    const Float rounded = quotient + kRounder - kRounder;
    if constexpr (!IsFlint) return quotient - lower(rounded, Float{} + grid.max_normal);
    Float distance = magnitude(quotient - lower(rounded, Float{} + 4.0F));
    distance = lower(distance, magnitude(magnitude(quotient - 7.0F) - 1.0F));  // 6 and 8
    return lower(distance, magnitude(quotient - 16.0F));
  }

  static OLV_INLINE Float outlier_distance(const Float& quotient, const GridConstants& grid) {
    const Int bits = (reinterpret_cast<Int>(quotient) + grid.half) & grid.mask;
    const Float rounded = lower(reinterpret_cast<Float>(bits), Float{} + grid.outlier_max);
    const Float smallest = Float{} + grid.outlier_min;
    return quotient - (rounded > smallest ? rounded : smallest);
  }

  template <bool IsFlint>
  static OLV_INLINE Float pair_error(const Float& left, const Float& right,
                                     const GridConstants& grid) {
    const Int is_left = left >= grid.boundary;
    const Int is_right = right >= grid.boundary;
    const Int keeps_left = is_left & (~is_right | (left > right));
    const Int keeps_right = is_right & ~keeps_left;
    const Float left_normal = keeps_right ? left : normal_distance<IsFlint>(left, grid);
    const Float right_normal = keeps_left ? right : normal_distance<IsFlint>(right, grid);
    const Float left_error = keeps_left ? outlier_distance(left, grid) : left_normal;
    const Float right_error = keeps_right ? outlier_distance(right, grid) : right_normal;
    return left_error * left_error + right_error * right_error;
  }

  template <bool IsFlint>
  static OLV_INLINE void add_singles(std::span<const float> singles, const GridConstants& grid,
                                     const Sums& scales, Sums& sums) {
    Float total[kEstimateScales] = {};
    float inverse[kEstimateScales];
    for (size_t c = 0; c < kEstimateScales; ++c) inverse[c] = 1.0F / scales[c];
    for (size_t i = 0; i < singles.size(); i += Lanes) {
      const Float x = load(singles.data() + i);
      for (size_t c = 0; c < kEstimateScales; ++c) {
        const Float distance = normal_distance<IsFlint>(x * inverse[c], grid);
        total[c] += distance * distance;
      }
    }
    for (size_t c = 0; c < kEstimateScales; ++c) sums[c] += sum(total[c]);
  }

  template <bool IsFlint>
  static OLV_INLINE void add_pairs(const EstimateSlice& slice, const GridConstants& grid,
                                   const Sums& scales, Sums& sums) {
    Float total[kEstimateScales] = {};
    for (size_t i = 0; i < slice.left.size(); i += Lanes) {
      const Float left = load(slice.left.data() + i);
      const Float right = load(slice.right.data() + i);
      for (size_t c = 0; c < kEstimateScales; ++c) {
        total[c] += pair_error<IsFlint>(left / scales[c], right / scales[c], grid);
      }
    }
    for (size_t c = 0; c < kEstimateScales; ++c) sums[c] += sum(total[c]);
  }

  static OLV_INLINE void extend(std::span<const float> values, RunExtent& extent) {
    for (size_t first = 0; first < values.size(); first += kEstimateElems) {
      const size_t end = std::min(values.size(), first + kEstimateElems);
      Float squares{};
      Float largest{};
      size_t i = first;
      for (; i + Lanes <= end; i += Lanes) {
        const Float x = magnitude(load(values.data() + i));
        squares += x * x;
        largest = x > largest ? x : largest;
      }
      float rest = sum(squares);
      for (int lane = 0; lane < Lanes; ++lane)
        extent.largest = std::max(extent.largest, largest[lane]);
      for (; i < end; ++i) {
        rest += values[i] * values[i];
        extent.largest = std::max(extent.largest, std::fabs(values[i]));
      }
      extent.squares += static_cast<double>(rest);
    }
  }
};

struct Estimate {
  const EstimateSlice& slice;
  const GridConstants& grid;
  const Sums& scales;
  bool is_flint;
};

template <int Lanes, bool IsFlint>
OLV_INLINE void add_all(const Estimate& estimate, Sums& sums) {
  // Of comparisons that 16 lanes leave in mask registers GCC 12 makes scalar code.
  constexpr int kPairLanes = std::min(Lanes, 8);
  const EstimateSlice& slice = estimate.slice;
  Kernel<Lanes>::template add_singles<IsFlint>(slice.singles, estimate.grid, estimate.scales, sums);
  if (slice.left.empty()) return;
  Kernel<kPairLanes>::template add_pairs<IsFlint>(slice, estimate.grid, estimate.scales, sums);
}

template <int Lanes>
OLV_INLINE void run_estimate(const Estimate& estimate, Sums& sums) {
  if (estimate.is_flint) {
    add_all<Lanes, true>(estimate, sums);
  } else {
    add_all<Lanes, false>(estimate, sums);
  }
}

#if OLV_X86_KERNELS
__attribute__((target("avx2"))) void estimate_avx2(const Estimate& estimate, Sums& sums) {
  run_estimate<8>(estimate, sums);
}
__attribute__((target("avx512f,avx512bw"))) void estimate_avx512(const Estimate& estimate,
                                                                 Sums& sums) {
  run_estimate<16>(estimate, sums);
}
__attribute__((target("avx2"))) void extend_avx2(std::span<const float> values, RunExtent& extent) {
  Kernel<8>::extend(values, extent);
}
#endif

}  // namespace

std::array<float, kEstimateScales> estimate_errors(const EstimateSlice& slice, const Grid& grid,
                                                   const std::array<float, kEstimateScales>& scales,
                                                   InstructionSet set) {
  const GridConstants constants{grid};
  const Estimate estimate{slice, constants, scales, grid.is_flint};
  Sums sums{};
#if OLV_X86_KERNELS
  if (set == InstructionSet::Avx512) {
    estimate_avx512(estimate, sums);
    return sums;
  }
  if (set == InstructionSet::Avx2) {
    estimate_avx2(estimate, sums);
    return sums;
  }
#endif
  OLV_CHECK(set == InstructionSet::Portable, "no kernel for instruction set {}",
            static_cast<int>(set));
  run_estimate<kSmallestLanes>(estimate, sums);
  return sums;
}

EstimateBound estimate_bound(uint64_t elements) {
  constexpr double kUnit = 0x1.0p-24;
  // Additions in a lane, and up to 16 for the rest: difference and square of an element, its pair,
  // the tree, singles and pairs. Slices are added in double.
  constexpr double kRoundings = static_cast<double>(kEstimateElems) / kSmallestLanes + 16.0;
  return {0.51 * (kRoundings * kUnit + static_cast<double>(elements) * 0x1.0p-53), 8.0 * kUnit};
}

RunExtent find_extent(std::span<const float> values, InstructionSet set) {
  RunExtent extent;
#if OLV_X86_KERNELS
  if (set != InstructionSet::Portable) {
    extend_avx2(values, extent);
  } else {
    Kernel<kSmallestLanes>::extend(values, extent);
  }
#else
  Kernel<kSmallestLanes>::extend(values, extent);
#endif
  extent.squares *= 1.001;  // far above what float32 sums of 512 lose
  return extent;
}

}  // namespace olivine

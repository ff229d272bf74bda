// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <ratio>
#include <type_traits>

namespace olivine {

// A count of one kind of thing. Counts of different kinds do not mix: Cycles + Bytes does not
// compile. The constructor is explicit, so a bare number says what it counts where it enters.
template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(uint64_t count) : count_(count) {}

  [[nodiscard]] constexpr uint64_t count() const { return count_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity other) {
    count_ += other.count_;
    return *this;
  }
  // Contract: other <= *this. Quantities are unsigned; a difference below zero is a bug.
  constexpr Quantity& operator-=(Quantity other) {
    count_ -= other.count_;
    return *this;
  }
  constexpr Quantity& operator*=(uint64_t factor) {
    count_ *= factor;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
  friend constexpr Quantity operator*(Quantity a, uint64_t factor) { return a *= factor; }
  friend constexpr Quantity operator*(uint64_t factor, Quantity a) { return a *= factor; }

 private:
  uint64_t count_ = 0;
};

using Cycles = Quantity<struct CyclesTag>;
using Bytes = Quantity<struct BytesTag>;
using Bits = Quantity<struct BitsTag>;
using Elems = Quantity<struct ElemsTag>;
using Macs = Quantity<struct MacsTag>;

// Simulated time at clock boundaries. Cycles are exact; picoseconds are derived from them once.
using Picoseconds = std::chrono::duration<int64_t, std::pico>;

inline constexpr uint64_t kKiB = 1024;
inline constexpr uint64_t kMiB = 1024 * kKiB;
inline constexpr uint64_t kGiB = 1024 * kMiB;

// Contract: numerator >= 0, denominator > 0.
template <std::integral T>
constexpr T ceil_div(T numerator, std::type_identity_t<T> denominator) {
  return numerator / denominator + (numerator % denominator != 0 ? 1 : 0);
}
template <std::integral T>
constexpr T round_up(T value, std::type_identity_t<T> multiple) {
  return ceil_div(value, multiple) * multiple;
}

constexpr Bytes to_bytes(Bits bits) { return Bytes{ceil_div(bits.count(), 8)}; }

constexpr double to_seconds(Cycles cycles, double clock_hz) {
  return static_cast<double>(cycles.count()) / clock_hz;
}

}  // namespace olivine

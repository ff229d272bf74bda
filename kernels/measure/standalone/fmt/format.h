// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Stands in for the {fmt} library where only the measuring program is built (OLV_MEASURE_ONLY), on
// machines that have a compiler and CUDA alone. It knows what models/base and models/numerics use
// in their messages: {}, and {:...} with a printf-like specification. Not installed, not for
// results: JSON has its own writer.
namespace fmt {
namespace detail {

// A printf conversion of `spec` ("02X", ".6g", "#x"); `fallback` where it names none.
inline std::string conversion(std::string_view spec, std::string_view length, char fallback) {
  std::string text{"%"};
  const bool has_letter =
      !spec.empty() && std::string_view{"dxXgf"}.find(spec.back()) != std::string_view::npos;
  text += spec.substr(0, spec.size() - (has_letter ? 1 : 0));
  text += length;
  text += has_letter ? spec.back() : fallback;
  return text;
}

template <class T>
std::string print_number(const std::string& conversion, T value) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), conversion.c_str(), value);
  return {buffer.data(), static_cast<size_t>(length)};
}

template <class T>
std::string print(std::string_view spec, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, char>) {
    return std::string(1, value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return print_number(conversion(spec, "", 'g'), static_cast<double>(value));
  } else if constexpr (std::is_unsigned_v<T>) {
    return print_number(conversion(spec, "ll", 'u'), static_cast<unsigned long long>(value));
  } else if constexpr (std::is_integral_v<T>) {
    return print_number(conversion(spec, "ll", 'd'), static_cast<long long>(value));
  } else {
    return std::string{std::string_view{value}};
  }
}

struct Argument {
  const void* value;
  std::string (*print)(std::string_view spec, const void* value);
};

template <class T>
Argument argument(const T& value) {
  return {&value, [](std::string_view spec, const void* pointer) {
            return print(spec, *static_cast<const T*>(pointer));
          }};
}

inline std::string format(std::string_view pattern, const std::vector<Argument>& arguments) {
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool is_doubled = i + 1 < pattern.size() && pattern[i + 1] == c;
    if ((c != '{' && c != '}') || is_doubled) {
      text += c;
      if (c == '{' || c == '}') ++i;
      continue;
    }
    const size_t end = pattern.find('}', i);
    std::string_view spec = pattern.substr(i + 1, end - i - 1);
    if (spec.starts_with(':')) spec.remove_prefix(1);
    if (next < arguments.size()) text += arguments[next].print(spec, arguments[next].value);
    ++next;
    i = end;
  }
  return text;
}

}  // namespace detail

template <class... Types>
std::string format(std::string_view pattern, const Types&... values) {
  return detail::format(pattern, {detail::argument(values)...});
}

template <class... Types>
void print(std::FILE* file, std::string_view pattern, const Types&... values) {
  std::fputs(format(pattern, values...).c_str(), file);
}

// The elements with `separator` between them.
template <class Range>
std::string join(const Range& range, std::string_view separator) {
  std::string text;
  for (const auto& value : range) {
    if (!text.empty()) text += separator;
    text += format("{}", value);
  }
  return text;
}

}  // namespace fmt

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace olivine {

namespace detail {
[[noreturn]] void fail_on_nameless_enum(int64_t value);
}

// One spelling of an enum value, as written in YAML, on the command line and in JSON.
template <class Enum>
struct EnumName {
  Enum value;
  std::string_view name;
};

template <class Enum>
[[nodiscard]] std::string_view name_of(std::span<const EnumName<Enum>> names, Enum value) {
  for (const auto& entry : names) {
    if (entry.value == value) return entry.name;
  }
  detail::fail_on_nameless_enum(static_cast<int64_t>(value));
}

template <class Enum>
[[nodiscard]] std::optional<Enum> value_of(std::span<const EnumName<Enum>> names,
                                           std::string_view text) {
  for (const auto& entry : names) {
    if (entry.name == text) return entry.value;
  }
  return std::nullopt;
}

template <class Enum>
[[nodiscard]] std::string joined_names(std::span<const EnumName<Enum>> names) {
  std::string joined;
  for (const auto& entry : names) {
    if (!joined.empty()) joined += '|';
    joined += entry.name;
  }
  return joined;
}

}  // namespace olivine

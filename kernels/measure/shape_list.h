// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::measure {

// A GEMM to be measured. A layer that runs several times is measured once.
struct NamedShape {
  std::string name;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;

  bool operator==(const NamedShape&) const = default;
};

// Largest extent that is measured: operands of one stay inside the memory of a GPU.
inline constexpr int64_t kMaxMeasuredExtent = int64_t{1} << 20;

// "8192x4096x4096"
[[nodiscard]] std::string extents_text(const NamedShape& shape);

// Lines "m,n,k" or "m,n,k,name"; empty lines and lines that begin with # are skipped; a name is
// the extents where there is none. Throws ConfigError with `source:line: key = value: must be ...`
// for every problem.
[[nodiscard]] std::vector<NamedShape> parse_shapes(std::string_view text,
                                                   const std::string& source);
[[nodiscard]] std::vector<NamedShape> load_shapes(const std::string& path);

// "8192x4096x4096", MxNxK. Throws ConfigError that begins with `source`.
[[nodiscard]] NamedShape parse_extents(const std::string& text, const std::string& source);

// Each shape once, where it stands first.
[[nodiscard]] std::vector<NamedShape> without_repeats(const std::vector<NamedShape>& shapes);

}  // namespace olivine::measure

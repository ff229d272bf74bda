// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/shape_list.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "kernels/measure/print_text.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::measure {
namespace {

constexpr std::array kExtentNames = {"m", "n", "k"};

// `texts` has three entries or more; the first three are extents.
NamedShape read_extents(const std::vector<std::string>& texts, const std::string& source,
                        Problems& problems) {
  std::array<int64_t, 3> extents{};
  for (size_t i = 0; i < extents.size(); ++i) {
    const std::string text{trim(texts[i])};
    const auto value = parse_int(text);
    if (value && *value >= 1 && *value <= kMaxMeasuredExtent) {
      extents[i] = *value;
    } else {
      problems.add(print_text("%s: %s = %s: must be 1..%lld", source.c_str(), kExtentNames[i],
                              text.c_str(), static_cast<long long>(kMaxMeasuredExtent)));
    }
  }
  NamedShape shape{"", extents[0], extents[1], extents[2]};
  shape.name = extents_text(shape);
  return shape;
}

}  // namespace

std::string extents_text(const NamedShape& shape) {
  return std::to_string(shape.m) + "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k);
}

std::vector<NamedShape> parse_shapes(std::string_view text, const std::string& source) {
  Problems problems;
  std::vector<NamedShape> shapes;
  size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    const std::string place = source + ":" + std::to_string(++number);
    const std::string_view content = trim(line);
    if (content.empty() || content.front() == '#') continue;
    const std::vector<std::string> fields = split(content, ',');
    if (fields.size() != 3 && fields.size() != 4) {
      problems.add(place + ": line = " + std::string{content} + ": must be m,n,k or m,n,k,name");
      continue;
    }
    shapes.push_back(read_extents(fields, place, problems));
    if (fields.size() == 4 && !trim(fields[3]).empty()) shapes.back().name = trim(fields[3]);
  }
  if (shapes.empty() && problems.is_empty()) problems.add(source + ": no shape in it");
  problems.throw_if_any();
  return shapes;
}

std::vector<NamedShape> load_shapes(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw ConfigError{path + ": cannot be read: " + std::strerror(errno)};
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad() || text.bad()) throw ConfigError{path + ": cannot be read"};
  return parse_shapes(text.str(), path);
}

NamedShape parse_extents(const std::string& text, const std::string& source) {
  const std::vector<std::string> parts = split(text, 'x');
  if (parts.size() != 3) throw ConfigError{source + " = " + text + ": must be MxNxK"};
  Problems problems;
  NamedShape shape = read_extents(parts, source + " = " + text, problems);
  problems.throw_if_any();
  return shape;
}

std::vector<NamedShape> without_repeats(const std::vector<NamedShape>& shapes) {
  std::vector<NamedShape> once;
  for (const NamedShape& shape : shapes) {
    const bool is_known = std::any_of(once.begin(), once.end(), [&](const NamedShape& other) {
      return other.m == shape.m && other.n == shape.n && other.k == shape.k;
    });
    if (!is_known) once.push_back(shape);
  }
  return once;
}

}  // namespace olivine::measure

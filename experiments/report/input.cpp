// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "models/base/error.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDatabaseMagic = "SQLite format 3";
constexpr uintmax_t kMaxBytes = uintmax_t{256} << 20;
constexpr int kMaxDepth = 64;  // of nested values; a result has 8

constexpr std::array kSchemas = {std::pair{std::string_view{"olivine.run/1"}, Kind::Run},
                                 std::pair{std::string_view{"olivine.platform/1"}, Kind::Platform},
                                 std::pair{std::string_view{"olivine.compare/1"}, Kind::Compare},
                                 std::pair{std::string_view{"olivine.measure/1"}, Kind::Measure},
                                 std::pair{std::string_view{"olivine.quality/1"}, Kind::Quality}};

std::string known_schemas() {
  std::string text;
  for (const auto& [schema, kind] : kSchemas) text += fmt::format("{}, ", schema);
  return text + "or the database of a sweep";
}

std::string read_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw ConfigError{path + ": does not exist"};
  if (!std::filesystem::is_regular_file(status)) throw ConfigError{path + ": is no file"};
  if (std::filesystem::file_size(path, error) > kMaxBytes && !error) {
    throw ConfigError{fmt::format("{}: is larger than {} MiB", path, kMaxBytes >> 20)};
  }
  std::ifstream file{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw ConfigError{path + ": cannot be read"};
  return text;
}

bool is_database(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream file{path, std::ios::binary};
  std::string magic(kDatabaseMagic.size(), '\0');
  file.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  return file && magic == kDatabaseMagic;
}

Json parse(const std::string& path, const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw ConfigError{path + ": is empty"};
  }
  try {
    return Json::parse(text, [&](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth) {
        throw ConfigError{fmt::format("{}: values nested deeper than {}", path, kMaxDepth)};
      }
      return true;
    });
  } catch (const Json::parse_error& error) {
    const std::string_view what = error.what();
    const size_t place = what.find("at line");
    throw ConfigError{fmt::format("{}: is neither JSON nor the database of a sweep ({})", path,
                                  place == what.npos ? what : what.substr(place))};
  } catch (const Json::exception& error) {
    throw ConfigError{fmt::format("{}: {}", path, error.what())};
  }
}

// Arrays and GPUs share a schema; only GPUs have one limiter.
bool is_gpu(const Json& run) {
  const auto total = run.find("total");
  return total != run.end() && total->is_object() && total->contains("limiter");
}

Kind kind_of(const Input& input) {
  const auto* const found = std::find_if(kSchemas.begin(), kSchemas.end(), [&](const auto& known) {
    return known.first == input.schema;
  });
  if (found == kSchemas.end()) {
    throw ConfigError{fmt::format("{}: schema = {}: must be {}", input.path,
                                  input.schema.empty() ? "(none)" : input.schema, known_schemas())};
  }
  const bool is_gpu_run = found->second == Kind::Run && is_gpu(input.json);
  return is_gpu_run ? Kind::GpuRun : found->second;
}

std::pair<Kind, Input> read_input(const std::string& path) {
  Input input;
  input.path = path;
  if (is_database(path)) return {Kind::Sweep, std::move(input)};
  input.json = parse(path, read_file(path));
  if (input.json.is_object()) {
    const auto schema = input.json.find("schema");
    if (schema != input.json.end() && schema->is_string())
      input.schema = schema->get<std::string>();
  }
  const Kind kind = kind_of(input);
  return {kind, std::move(input)};
}

}  // namespace

InputSet read_inputs(std::span<const std::string> paths) {
  if (paths.empty()) throw ConfigError{"missing: a result; olivine report RESULT... -o FILE"};
  InputSet set;
  Problems problems;
  std::optional<Kind> first;
  for (const std::string& path : paths) {
    try {
      auto [kind, input] = read_input(path);
      if (!first) first = kind;
      if (kind != *first) {
        problems.add(fmt::format("{}: is of kind {}, and {} of kind {}; one report shows one kind",
                                 path, name_of<Kind>(kKindNames, kind), set.inputs.front().path,
                                 name_of<Kind>(kKindNames, *first)));
        continue;
      }
      set.inputs.push_back(std::move(input));
    } catch (const ConfigError& error) {
      for (const std::string& problem : error.problems()) problems.add(problem);
    }
  }
  problems.throw_if_any();
  set.kind = *first;
  if (set.kind == Kind::Sweep && set.inputs.size() > 1) {
    throw ConfigError{fmt::format(
        "{}: one report shows one sweep; olivine sweep merge joins shards", set.inputs[1].path)};
  }
  return set;
}

}  // namespace olivine::report

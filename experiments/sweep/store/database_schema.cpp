// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/database_schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "experiments/sweep/spec/metrics.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

constexpr const char* kReadHeader = "SELECT value FROM meta WHERE key = 'header'";
constexpr const char* kReadColumns = "SELECT name FROM pragma_table_info('point') ORDER BY cid";
constexpr size_t kOwnColumns = 4;  // of a point: id, hash, model, failure

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Parameters and metrics have no declared type: a value stays the integer, text or real number that
// it was. A column of type REAL would turn -0.0 into 0.
std::string create_points_sql(const SweepHeader& header) {
  std::string sql =
      "CREATE TABLE point (id INTEGER PRIMARY KEY, hash BLOB NOT NULL,"
      " model INTEGER NOT NULL REFERENCES model(id), failure TEXT";
  const std::vector<std::string> columns = point_columns(header);
  for (size_t i = kOwnColumns; i < columns.size(); ++i) sql += ", " + sql_name(columns[i]);
  return sql + ", UNIQUE (hash, model))";
}

[[noreturn]] void damaged(const SqliteConnection& connection, std::string_view problem) {
  throw ConfigError{fmt::format("{}: damaged database: {}", connection.path(), problem)};
}

void check_identity(const SqliteConnection& connection) {
  const int64_t application = connection.integer("PRAGMA application_id");
  const int64_t schema = connection.integer("PRAGMA user_version");
  if (application != kApplicationId) {
    throw ConfigError{fmt::format("{}: no database of a sweep: {}", connection.path(),
                                  is_blank(connection) ? "it is empty" : "of another program")};
  }
  if (schema != kSchemaVersion) {
    throw ConfigError{fmt::format(
        "{}: schema version {}, {} than {} of this program: {}", connection.path(), schema,
        schema > kSchemaVersion ? "newer" : "older", kSchemaVersion,
        schema > kSchemaVersion ? "use a newer olivine" : "export it with an older olivine")};
  }
}

// Versions of the program differ in their metrics; anything else is damage.
void check_columns(const SqliteConnection& connection, const SweepHeader& header) {
  std::vector<std::string> found;
  SqliteStatement statement{connection, kReadColumns};
  while (statement.step()) found.emplace_back(statement.text(0));
  const std::vector<std::string> expected = point_columns(header);
  if (found == expected) return;
  const size_t parameters = kOwnColumns + header.columns.size();
  if (found.size() < parameters ||
      !std::equal(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(parameters),
                  expected.begin())) {
    damaged(connection, "its columns are not those of its sweep");
  }
  throw ConfigError{fmt::format(
      "{}: its metrics are those of another version of olivine: {}", connection.path(),
      fmt::join(found.begin() + static_cast<std::ptrdiff_t>(parameters), found.end(), ", "))};
}

std::string axis_keys(const SweepHeader& header) {
  std::vector<std::string> axes;
  for (const Axis& axis : header.axes) axes.push_back(fmt::format("{}", fmt::join(axis.keys, "+")));
  return fmt::format("{}", fmt::join(axes, ", "));
}

}  // namespace

std::vector<std::string> point_columns(const SweepHeader& header) {
  std::vector<std::string> columns = {"id", "hash", "model", "failure"};
  OLV_CHECK(columns.size() == kOwnColumns);
  columns.insert(columns.end(), header.columns.begin(), header.columns.end());
  for (const MetricInfo& metric : kMetrics) columns.emplace_back(metric.name);
  std::set<std::string> taken;
  for (const std::string& column : columns) {
    if (!taken.insert(lower(column)).second) {
      throw ConfigError{fmt::format(
          "parameter '{}': has the name of another column (upper and lower case are the same)",
          column)};
    }
  }
  return columns;
}

bool is_blank(const SqliteConnection& connection) {
  return connection.integer("PRAGMA application_id") == 0 &&
         connection.integer("PRAGMA user_version") == 0 &&
         connection.integer("SELECT count(*) FROM sqlite_schema") == 0;
}

void create_schema(const SqliteConnection& connection, const SweepHeader& header) {
  connection.run(fmt::format("PRAGMA application_id = {}", kApplicationId));
  connection.run(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  connection.run("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
  connection.run("CREATE TABLE model (id INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE)");
  connection.run(create_points_sql(header));
  connection.run("CREATE INDEX point_failed ON point (model) WHERE failure IS NOT NULL");
  store_header(connection, header);
}

SweepHeader load_header(const SqliteConnection& connection) {
  check_identity(connection);
  const auto json = nlohmann::json::parse(connection.text(kReadHeader), nullptr, false);
  if (json.is_discarded()) damaged(connection, "what it says about its sweep is no JSON");
  SweepHeader header;
  try {
    header = header_of(json);
  } catch (const ConfigError& error) {
    damaged(connection, error.problems().front());
  }
  check_columns(connection, header);
  return header;
}

void store_header(const SqliteConnection& connection, const SweepHeader& header) {
  // Bytes of a file that are no UTF-8 must not stop a sweep.
  const std::string json =
      to_json(header).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  SqliteStatement statement{connection,
                            "INSERT INTO meta (key, value) VALUES ('header', ?)"
                            " ON CONFLICT (key) DO UPDATE SET value = excluded.value"};
  statement.bind_text(1, json);
  statement.step();
}

std::optional<std::string> sweep_mismatch(const SweepHeader& header, const SweepHeader& wanted) {
  const std::string found = fmt::format("sweep '{}' over {}", header.name, axis_keys(header));
  if (header.name != wanted.name) return fmt::format("{}, not '{}'", found, wanted.name);
  if (axis_keys(header) != axis_keys(wanted)) {
    return fmt::format("{}, not over {}", found, axis_keys(wanted));
  }
  if (header.columns != wanted.columns) {
    return fmt::format("{} with parameters {}, not {}", found, fmt::join(header.columns, ", "),
                       fmt::join(wanted.columns, ", "));
  }
  if (header.base_digest != wanted.base_digest) {
    return found + " with other contents of its files or other settings";
  }
  return std::nullopt;
}

bool have_same_settings(const SweepHeader& a, const SweepHeader& b) {
  const auto settings = [](SweepHeader header) {
    header.spec_text.clear();
    header.expected_points = 0;
    return to_json(header);
  };
  return settings(a) == settings(b);
}

}  // namespace olivine::sweep

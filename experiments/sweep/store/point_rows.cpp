// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/point_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>

#include "models/base/error.h"

namespace olivine::sweep {
namespace {

using Type = SqliteStatement::Type;

// Rows begin with the outcome: failure, then metrics.
constexpr int kFirstMetric = 1;
constexpr int kHashColumn = kFirstMetric + static_cast<int>(kMetrics.size());
constexpr int kFirstParameter = kHashColumn + 1;

std::string outcome_columns() {
  std::string columns = "failure";
  for (const MetricInfo& metric : kMetrics) columns += ", " + sql_name(metric.name);
  return columns;
}

// Of a row: outcome, hash, parameters.
std::string row_columns(const SweepHeader& header) {
  std::string columns = outcome_columns() + ", hash";
  for (const std::string& column : header.columns) columns += ", " + sql_name(column);
  return columns;
}

[[noreturn]] void damaged(const SqliteConnection& connection, std::string_view what) {
  throw ConfigError{
      fmt::format("{}: damaged database: {} has the wrong type", connection.path(), what)};
}

void bind_value(SqliteStatement& statement, int parameter, const Value& value) {
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, int64_t>) {
          statement.bind_integer(parameter, v);
        } else if constexpr (std::is_same_v<T, double>) {
          OLV_CHECK(!std::isnan(v), "a parameter is not a number");  // SQLite has no NaN
          statement.bind_real(parameter, v);
        } else {
          statement.bind_text(parameter, v);
        }
      },
      value);
}

Value read_value(const SqliteStatement& statement, const SqliteConnection& connection, int column) {
  switch (statement.type(column)) {
    case Type::Integer:
      return statement.integer(column);
    case Type::Real:
      return statement.real(column);
    case Type::Text:
      return std::string(statement.text(column));
    case Type::Null:
    case Type::Bytes:
      break;
  }
  damaged(connection, "a parameter of a point");
}

}  // namespace

std::string insert_point_sql(const SweepHeader& header) {
  std::string sql = fmt::format("INSERT INTO point (model, {}) VALUES (?", row_columns(header));
  const size_t columns = static_cast<size_t>(kFirstParameter) + header.columns.size();
  for (size_t i = 0; i < columns; ++i) sql += ", ?";
  return sql + ") ON CONFLICT (hash, model) DO NOTHING";
}

void bind_point(SqliteStatement& statement, const StoredPoint& point) {
  int parameter = 2;
  if (point.outcome.is_ok()) {
    statement.bind_null(parameter++);
  } else {
    statement.bind_text(parameter++, point.outcome.failure);
  }
  for (const MetricInfo& info : kMetrics) {
    const std::optional<double> value = point.outcome.metrics.get(info.metric);
    if (value) {
      OLV_CHECK(!std::isnan(*value), "{} is not a number", info.name);
      statement.bind_real(parameter++, *value);
    } else {
      statement.bind_null(parameter++);
    }
  }
  statement.bind_bytes(parameter++, point.hash.bytes);
  for (const Value& value : point.parameters) bind_value(statement, parameter++, value);
}

std::string find_outcome_sql() {
  return fmt::format(
      "SELECT {} FROM point WHERE hash = ?1"
      " AND model = (SELECT id FROM model WHERE version = ?2)",
      outcome_columns());
}

Outcome read_outcome(const SqliteStatement& statement, const SqliteConnection& connection) {
  Outcome outcome;
  const Type failure = statement.type(0);
  if (failure != Type::Null && failure != Type::Text) damaged(connection, "a failure");
  if (failure == Type::Text) outcome.failure = statement.text(0);
  int column = kFirstMetric;
  for (const MetricInfo& info : kMetrics) {
    const Type type = statement.type(column);
    if (type != Type::Null) {
      if (type != Type::Real) damaged(connection, info.name);
      outcome.metrics.set(info.metric, statement.real(column));
    }
    ++column;
  }
  return outcome;
}

std::string select_points_sql(const SweepHeader& header, RowOrder order) {
  std::string keys;
  if (order == RowOrder::Commit) {
    keys = "id";
  } else {  // numbers before texts in SQL too; the hash makes the order total
    for (const std::string& column : header.columns) keys += sql_name(column) + ", ";
    keys += "hash";
  }
  return fmt::format(
      "SELECT {} FROM point WHERE model = (SELECT id FROM model WHERE version = ?1) ORDER BY {}",
      row_columns(header), keys);
}

void read_point(const SqliteStatement& statement, const SqliteConnection& connection,
                size_t parameters, StoredPoint& point) {
  point.outcome = read_outcome(statement, connection);
  const std::span<const uint8_t> hash = statement.bytes(kHashColumn);
  if (statement.type(kHashColumn) != Type::Bytes || hash.size() != point.hash.bytes.size()) {
    damaged(connection, "the hash of a point");
  }
  std::copy(hash.begin(), hash.end(), point.hash.bytes.begin());
  point.parameters.resize(parameters);
  int column = kFirstParameter;
  for (Value& value : point.parameters) value = read_value(statement, connection, column++);
}

}  // namespace olivine::sweep

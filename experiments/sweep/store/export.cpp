// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/export.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "experiments/sweep/analysis/judge.h"

namespace olivine::sweep {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

// A value as text; `is_text` where JSON has it in quotes.
struct Cell {
  std::string text;
  bool is_text = false;
  bool is_json = true;  // false: JSON has no such number
};
using Row = std::vector<std::optional<Cell>>;  // by column

Cell cell_of(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return {to_text(value), std::holds_alternative<std::string>(value),
          number == nullptr || std::isfinite(*number)};
}

Cell cell_of(bool value) { return {value ? "true" : "false", false, true}; }

// Names columns, and makes the rows of a sweep's points.
class Table {
 public:
  explicit Table(const SweepHeader& header) : judge_(header), columns_(header.columns) {
    columns_.insert(columns_.end(), {"status", "failure"});
    for (const MetricInfo& metric : kMetrics) columns_.emplace_back(metric.name);
    columns_.emplace_back("feasible");
    const auto end_of_fixed = columns_.end() - 1;
    std::vector<std::string> objectives;
    for (size_t i = 0; i < header.objectives.size(); ++i) {
      const std::string& name = header.objectives[i].name;
      if (find_metric(name) != nullptr) continue;
      const bool is_taken = std::find(columns_.begin(), columns_.end(), name) != columns_.end();
      objectives.push_back(is_taken ? "objective." + name : name);
      objectives_.push_back(i);
    }
    columns_.insert(end_of_fixed, objectives.begin(), objectives.end());
  }

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }

  // Nothing of a point outside of the sweep's space.
  [[nodiscard]] std::optional<Row> row(const StoredPoint& point) const {
    const Verdict verdict = judge_.judge(point);
    if (!verdict.is_member) return std::nullopt;
    Row row;
    row.reserve(columns_.size());
    for (const Value& value : point.parameters) row.emplace_back(cell_of(value));
    const Outcome& outcome = point.outcome;
    row.emplace_back(Cell{outcome.is_ok() ? "ok" : "failed", true, true});
    row.push_back(outcome.is_ok() ? std::nullopt
                                  : std::optional{Cell{outcome.failure, true, true}});
    for (const MetricInfo& info : kMetrics) row.push_back(number(outcome.metrics.get(info.metric)));
    for (const size_t objective : objectives_) row.push_back(number(value_of(verdict, objective)));
    row.emplace_back(cell_of(verdict.is_feasible));
    return row;
  }

 private:
  static std::optional<Cell> number(std::optional<double> value) {
    return value ? std::optional{cell_of(Value{*value})} : std::nullopt;
  }
  [[nodiscard]] std::optional<double> value_of(const Verdict& verdict, size_t objective) const {
    if (!verdict.is_feasible) return std::nullopt;
    return judge_.value_of_cost(objective, verdict.costs[objective]);
  }

  Judge judge_;
  std::vector<std::string> columns_;
  std::vector<size_t> objectives_;  // those that are no metric
};

// RFC 4180.
void append_csv_field(std::string& text, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    text += field;
    return;
  }
  text += '"';
  for (const char c : field) {
    text += c;
    if (c == '"') text += c;
  }
  text += '"';
}

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_csv(std::string& text, const Row& row) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) text += ',';
    if (row[i]) append_csv_field(text, row[i]->text);
  }
  text += '\n';
}

// `keys`: of the columns, in quotes.
void append_json(std::string& text, const Row& row, const std::vector<std::string>& keys) {
  char separator = '{';
  for (size_t i = 0; i < row.size(); ++i) {
    if (!row[i] || !row[i]->is_json) continue;
    text += std::exchange(separator, ',');
    text += keys[i];
    text += ':';
    text += row[i]->is_text ? json_text(row[i]->text) : row[i]->text;
  }
  text += "}\n";
}

template <class Append>
uint64_t write_rows(const Database& database, const std::string& model, const Table& table,
                    std::string text, const TextSink& sink, const Append& append) {
  uint64_t rows = 0;
  database.for_each(model, RowOrder::Parameters, [&](const StoredPoint& point) {
    const std::optional<Row> row = table.row(point);
    if (!row) return true;
    append(text, *row);
    ++rows;
    if (text.size() >= kBufferBytes) {
      sink(text);
      text.clear();
    }
    return true;
  });
  if (!text.empty()) sink(text);
  return rows;
}

}  // namespace

uint64_t export_csv(const Database& database, const std::string& model, const TextSink& sink) {
  const Table table{database.header()};
  std::string head;
  for (const std::string& column : table.columns()) {
    if (!head.empty()) head += ',';
    append_csv_field(head, column);
  }
  head += '\n';
  return write_rows(database, model, table, std::move(head), sink, append_csv);
}

uint64_t export_json_lines(const Database& database, const std::string& model,
                           const TextSink& sink) {
  const Table table{database.header()};
  std::vector<std::string> keys;
  for (const std::string& column : table.columns()) keys.push_back(json_text(column));
  return write_rows(database, model, table, "", sink,
                    [&](std::string& text, const Row& row) { append_json(text, row, keys); });
}

}  // namespace olivine::sweep

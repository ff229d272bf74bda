// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/python/column.h"

#include <algorithm>

#include "models/base/error.h"

namespace olivine::python {
namespace {

using sweep::Value;

// What a row has under a name that only other rows know.
Value nothing_like(const Value& value) {
  if (std::holds_alternative<std::string>(value)) return std::string{};
  if (std::holds_alternative<double>(value)) return 0.0;
  return int64_t{0};
}

}  // namespace

void Column::add(const Value& value) {
  OLV_CHECK(!std::holds_alternative<Flags>(data_));
  auto* integers = std::get_if<std::vector<int64_t>>(&data_);
  const auto* integer = std::get_if<int64_t>(&value);
  if (std::holds_alternative<Labels>(data_) || std::holds_alternative<std::string>(value)) {
    add_label(value);
  } else if (integers != nullptr && integer != nullptr) {
    integers->push_back(*integer);
  } else {
    add_number(integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value));
  }
}

void Column::add_number(double value) {
  if (!std::holds_alternative<std::vector<double>>(data_)) become_numbers();
  std::get<std::vector<double>>(data_).push_back(value);
}

void Column::add_label(const Value& value) {
  if (!std::holds_alternative<Labels>(data_)) become_labels();
  auto& labels = std::get<Labels>(data_);
  const auto next = static_cast<uint32_t>(labels.distinct.size());
  const auto [known, is_new] = code_of_.try_emplace(value, next);
  if (is_new) labels.distinct.push_back(value);
  labels.codes.push_back(known->second);
}

void Column::become_numbers() {
  std::vector<double> numbers;
  for (const int64_t integer : std::get<std::vector<int64_t>>(data_)) {
    numbers.push_back(static_cast<double>(integer));
  }
  data_ = std::move(numbers);
}

void Column::become_labels() {
  std::vector<Value> values;
  if (const auto* integers = std::get_if<std::vector<int64_t>>(&data_)) {
    values.assign(integers->begin(), integers->end());
  } else {
    const auto& numbers = std::get<std::vector<double>>(data_);
    values.assign(numbers.begin(), numbers.end());
  }
  data_ = Labels{};
  for (const Value& value : values) add_label(value);
}

const Column* Table::find(const std::string& name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &columns[static_cast<size_t>(found - names.begin())];
}

Table table_of(const std::vector<Figures>& rows) {
  Table table;
  std::map<std::string, size_t> index_of;
  std::vector<Value> nothing;  // by column
  for (const Figures& row : rows) {
    for (const auto& [name, value] : row) {
      if (!index_of.try_emplace(name, table.names.size()).second) continue;
      table.names.push_back(name);
      nothing.push_back(nothing_like(value));
    }
  }
  table.columns.resize(table.names.size());
  for (const Figures& row : rows) {
    std::vector<const Value*> values(table.names.size(), nullptr);
    for (const auto& [name, value] : row) values[index_of.at(name)] = &value;
    for (size_t i = 0; i < values.size(); ++i) {
      table.columns[i].add(values[i] == nullptr ? nothing[i] : *values[i]);
    }
  }
  return table;
}

}  // namespace olivine::python

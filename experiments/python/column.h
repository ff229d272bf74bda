// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiments/sweep/spec/value.h"

namespace olivine::python {

// Texts, or texts among numbers: each distinct one is kept once.
struct Labels {
  std::vector<sweep::Value> distinct;
  std::vector<uint32_t> codes;  // by row
};

// The values that rows have under one name, as NumPy will have them: whole numbers until one is not
// whole, numbers until one is text.
class Column {
 public:
  using Flags = std::vector<uint8_t>;  // 0 or 1
  using Data = std::variant<std::vector<int64_t>, std::vector<double>, Flags, Labels>;

  Column() = default;
  explicit Column(Data data) : data_(std::move(data)) {}

  // Contract: not of flags, which are given whole.
  void add(const sweep::Value& value);
  [[nodiscard]] const Data& data() const { return data_; }

 private:
  void add_number(double value);
  void add_label(const sweep::Value& value);
  void become_numbers();
  void become_labels();

  Data data_;
  std::map<sweep::Value, uint32_t> code_of_;  // of labels
};

// Named values, in order: "time_s", "energy_pj", "energy_pj.dram", ...
using Figures = std::vector<std::pair<std::string, sweep::Value>>;

// Columns of one length.
struct Table {
  std::vector<std::string> names;
  std::vector<Column> columns;

  [[nodiscard]] const Column* find(const std::string& name) const;
};

// A row each. What a row lacks is 0, or "" in a column of texts.
[[nodiscard]] Table table_of(const std::vector<Figures>& rows);

}  // namespace olivine::python

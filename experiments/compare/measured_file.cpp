// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/measured_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "experiments/compare/csv.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::compare {
namespace {

// Problems that are printed; a file of another kind would have one a line.
constexpr size_t kMaxProblems = 20;

constexpr std::array<std::string_view, 10> kColumns = {
    "device", "source", "library", "M", "N", "K", "dtype", "sparse", "value", "unit"};
constexpr std::string_view kNoteColumn = "note";

struct Unit {
  std::string_view name;
  Quantity quantity;
  double factor;
};
constexpr std::array kUnits = {Unit{"s", Quantity::Time, 1.0}, Unit{"ms", Quantity::Time, 1e-3},
                               Unit{"us", Quantity::Time, 1e-6}, Unit{"W", Quantity::Power, 1.0}};

std::string_view first_line(std::string_view text) { return trim(text.substr(0, text.find('\n'))); }

// Names are printed, and written to JSON and SVG: no control characters, no broken UTF-8.
bool is_printable(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

class Parser {
 public:
  explicit Parser(const std::string& source) : source_(source) {}

  std::vector<Measurement> parse(std::string_view text) {
    for (const std::string& line : split(text, '\n')) {
      ++line_;
      const std::string_view record = trim(line);
      if (record.empty()) continue;
      const std::optional<std::vector<std::string>> fields = csv_fields(record);
      if (!fields) {
        add("a quote that is not closed, or stands inside a field");
      } else if (columns_.empty()) {
        read_header(*fields);
      } else {
        read_row(*fields);
      }
    }
    if (columns_.empty()) {
      line_ = 1;
      add(fmt::format("must have a header: {}", fmt::join(kColumns, ",")));
    } else if (rows_.empty() && problem_count_ == 0) {
      add("must have rows below the header");
    }
    throw_problems();
    return std::move(rows_);
  }

 private:
  void add(const std::string& problem) {
    if (++problem_count_ > kMaxProblems) return;
    problems_.add(fmt::format("{}:{}: {}", source_, line_, problem));
  }
  void add(std::string_view column, const std::string& value, const std::string& rule) {
    add(fmt::format("{} = {}: must be {}", column, value, rule));
  }

  void throw_problems() {
    if (problem_count_ > kMaxProblems) {
      problems_.add(
          fmt::format("{}: and {} problems more", source_, problem_count_ - kMaxProblems));
    }
    problems_.throw_if_any();
  }

  // Rows below a header that is not understood would only repeat its problems.
  void read_header(const std::vector<std::string>& names) {
    std::vector<std::string> known(kColumns.begin(), kColumns.end());
    known.emplace_back(kNoteColumn);
    column_count_ = names.size();
    for (size_t i = 0; i < names.size(); ++i) {
      if (std::ranges::find(known, names[i]) == known.end()) {
        add(fmt::format("{}: unknown column{}", names[i], suggestion(names[i], known)));
      } else if (!columns_.emplace(names[i], i).second) {
        add(fmt::format("{}: column given twice", names[i]));
      }
    }
    for (const std::string_view name : kColumns) {
      if (!columns_.contains(name)) add(fmt::format("missing column: {}", name));
    }
    throw_problems();
  }

  [[nodiscard]] const std::string& field(std::string_view column) const {
    return (*fields_)[columns_.find(column)->second];
  }

  std::string name(std::string_view column) {
    const std::string& text = field(column);
    if (!is_printable(text)) add(column, text, "printable ASCII");
    return text;
  }

  int64_t extent(std::string_view column) {
    const std::string& text = field(column);
    const std::optional<int64_t> extent = parse_int(text);
    if (extent && *extent >= 1 && *extent <= kMaxExtent) return *extent;
    add(column, text, fmt::format("1..{}", kMaxExtent));
    return 1;
  }

  void read_value(Measurement& row) {
    const std::string& unit_text = field("unit");
    const auto* unit = std::ranges::find(kUnits, unit_text, &Unit::name);
    const std::optional<double> value = parse_number(field("value"));
    if (unit == kUnits.end()) add("unit", unit_text, "s|ms|us|W");
    if (!value || *value <= 0) add("value", field("value"), "a number above 0");
    if (unit == kUnits.end() || !value) return;
    row.quantity = unit->quantity;
    row.value = *value * unit->factor;
  }

  void read_row(const std::vector<std::string>& fields) {
    if (fields.size() != column_count_) {
      add(fmt::format("{} fields: must be {}, as in the header", fields.size(), column_count_));
      return;
    }
    fields_ = &fields;
    Measurement row;
    row.line = line_;
    row.device = name("device");
    row.source = name("source");
    row.library = name("library");
    row.dtype = name("dtype");
    row.shape = {extent("M"), extent("N"), extent("K")};
    if (field("sparse") == name_of(Pattern::TwoFour)) {
      row.weight_pattern = Pattern::TwoFour;
    } else if (field("sparse") != name_of(Pattern::Dense)) {
      add("sparse", field("sparse"), "dense|2:4");
    }
    check_macs(row.shape);
    read_value(row);
    rows_.push_back(std::move(row));
  }

  void check_macs(const GemmShape& shape) {
    const int64_t limit = kMaxLayerMacs / shape.m / shape.n;
    if (limit < shape.k) {
      add(fmt::format("M x N x K = {}x{}x{}: must be at most {} multiplications", shape.m, shape.n,
                      shape.k, kMaxLayerMacs));
    }
  }

  const std::string& source_;
  size_t line_ = 0;
  std::map<std::string, size_t, std::less<>> columns_;  // name -> index
  size_t column_count_ = 0;
  const std::vector<std::string>* fields_ = nullptr;  // of the row being read
  std::vector<Measurement> rows_;
  Problems problems_;
  size_t problem_count_ = 0;
};

}  // namespace

MeasuredFile parse_measurements(std::string_view text, const std::string& source) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  MeasuredFile file;
  file.name = std::filesystem::path{source}.filename().string();
  file.rows = Parser{source}.parse(text);
  return file;
}

bool has_microbenchmarks(std::string_view text) {
  const std::optional<std::vector<std::string>> names = csv_fields(first_line(text));
  if (!names) return false;
  const auto has = [&](std::string_view name) {
    return std::ranges::find(*names, name) != names->end();
  };
  return has("instr") && has("metric");
}

}  // namespace olivine::compare

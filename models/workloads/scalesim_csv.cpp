// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/scalesim_csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/workloads/conv.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

// Every accepted spelling of a column, in lower case without blanks; the first is shown.
struct Column {
  const char* title;
  std::vector<std::string> spellings;
};

struct Form {
  LayerKind kind;
  std::vector<Column> columns;  // after the name
  size_t required;              // columns that must be there; the rest is optional
};

const std::vector<Form>& forms() {
  static const std::vector<Form> kForms = {
      {LayerKind::Linear, {{"M", {"m"}}, {"N", {"n"}}, {"K", {"k"}}}, 3},
      {LayerKind::Conv2d,
       {{"IFMAP Height", {"ifmapheight", "ifmaph"}},
        {"IFMAP Width", {"ifmapwidth", "ifmapw"}},
        {"Filter Height", {"filterheight", "filterh"}},
        {"Filter Width", {"filterwidth", "filterw"}},
        {"Channels", {"channels", "channel"}},
        {"Num Filter", {"numfilter", "numfilters"}},
        {"Strides", {"strides", "stride", "strideheight", "strideh"}},
        {"Stride Width", {"stridewidth", "stridew", "strides", "stride"}}},
       7}};
  return kForms;
}

std::string normalized(std::string_view cell) {
  std::string text;
  for (const char c : cell) {
    if (c == ' ' || c == '_' || c == '\t') continue;
    text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

// Cells of one line without the empty ones that trailing commas leave.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  for (const std::string& cell : split(line, ',')) cells.emplace_back(trim(cell));
  while (!cells.empty() && cells.back().empty()) cells.pop_back();
  return cells;
}

bool matches(const Column& column, std::string_view cell) {
  const auto& spellings = column.spellings;
  return std::find(spellings.begin(), spellings.end(), normalized(cell)) != spellings.end();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) != 0x7f;
  });
}

class CsvReader {
 public:
  explicit CsvReader(const std::string& source) : source_(source) {}

  Workload read(std::string_view text) {
    size_t begin = 0;
    while (begin < text.size() && problems_.list().size() < kMaxReportedProblems) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      ++line_;
      read_line(cells_of(text.substr(begin, end - begin)));
      begin = end + 1;
    }
    if (!form_) throw ConfigError{fmt::format("{}: empty file", source_)};
    if (problems_.is_empty() && workload_.layers.empty()) add("no layers after the header");
    problems_.throw_if_any();
    return std::move(workload_);
  }

 private:
  void add(const std::string& problem) {
    problems_.add(fmt::format("{}:{}: {}", source_, line_, problem));
  }

  void read_line(const std::vector<std::string>& cells) {
    if (cells.empty()) return;
    if (!form_) {
      read_header(cells);
    } else {
      read_row(cells);
    }
  }

  void read_header(const std::vector<std::string>& cells) {
    for (const Form& form : forms()) {
      if (cells.size() > 1 && matches(form.columns.front(), cells[1])) form_ = form;
    }
    // Without a known header no row can be read: the one problem that ends the reading.
    if (!form_) {
      throw ConfigError{
          fmt::format("{}:{}: header '{}': must be 'Layer, M, N, K,' or 'Layer name, "
                      "IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, "
                      "Num Filter, Strides,'",
                      source_, line_, fmt::join(cells, ", "))};
    }
    for (size_t i = 0; i < form_->columns.size(); ++i) {
      const bool is_there = i + 1 < cells.size();
      if (!is_there && i < form_->required) {
        add(fmt::format("column '{}' is missing", form_->columns[i].title));
      } else if (is_there && !matches(form_->columns[i], cells[i + 1])) {
        add(fmt::format("column '{}': must be '{}'", cells[i + 1], form_->columns[i].title));
      }
    }
    for (size_t i = form_->columns.size() + 1; i < cells.size(); ++i) {
      add(fmt::format("column '{}': not supported", cells[i]));
    }
  }

  void read_row(const std::vector<std::string>& cells) {
    const size_t numbers = cells.size() - 1;
    if (numbers < form_->required || numbers > form_->columns.size()) {
      add(fmt::format("{} numbers after the layer name: must be {}..{}", numbers, form_->required,
                      form_->columns.size()));
      return;
    }
    if (cells[0].empty() || !is_printable(cells[0])) {
      add("the layer name must be printable text");
      return;
    }
    const size_t problems_before = problems_.list().size();
    std::vector<int64_t> values;
    for (size_t i = 0; i < numbers; ++i) {
      const auto value = parse_int(cells[i + 1]);
      if (!value || *value < 1 || *value > kMaxExtent) {
        add(fmt::format("layer '{}': {} = {}: must be 1..{}", cells[0], form_->columns[i].title,
                        cells[i + 1], kMaxExtent));
      }
      values.push_back(value.value_or(0));
    }
    if (problems_.list().size() != problems_before) return;
    add_layer(form_->kind == LayerKind::Conv2d ? conv_layer(cells[0], values)
                                               : gemm_layer(cells[0], values));
  }

  std::optional<Layer> gemm_layer(const std::string& name, const std::vector<int64_t>& values) {
    const GemmShape gemm{values[0], values[1], values[2], 1};
    if (!report(name, shape_problems(gemm))) return std::nullopt;
    return Layer{name, LayerKind::Linear, gemm, std::nullopt, 0, 0};
  }

  std::optional<Layer> conv_layer(const std::string& name, const std::vector<int64_t>& values) {
    const bool is_depthwise = name.find("DP") != std::string::npos;
    ConvShape conv;
    conv.h = values[0];
    conv.w = values[1];
    conv.r = values[2];
    conv.s = values[3];
    conv.c = values[4];
    conv.filters = is_depthwise ? conv.c : values[5];
    conv.stride_h = values[6];
    conv.stride_w = values.back();
    if (is_depthwise && values[5] != 1) {
      add(fmt::format("layer '{}': Num Filter = {}: must be 1 in a depthwise (DP) layer", name,
                      values[5]));
      return std::nullopt;
    }
    // A filter larger than the ifmap has no output extent; shape_problems() reports it.
    if (conv.r <= conv.h) conv.p = output_extent_ceil(conv.h, conv.r, conv.stride_h);
    if (conv.s <= conv.w) conv.q = output_extent_ceil(conv.w, conv.s, conv.stride_w);
    const LayerKind kind = is_depthwise ? LayerKind::DepthwiseConv2d : LayerKind::Conv2d;
    if (!report(name, shape_problems(conv, kind))) return std::nullopt;
    return Layer{name, kind, is_depthwise ? lower_depthwise(conv) : lower_conv(conv), conv, 0, 0};
  }

  // True when there is nothing to report.
  bool report(const std::string& name, const std::vector<std::string>& shape_problem_list) {
    for (const std::string& problem : shape_problem_list) {
      add(fmt::format("layer '{}': {}", name, problem));
    }
    return shape_problem_list.empty();
  }

  void add_layer(std::optional<Layer> layer) {
    if (!layer) return;
    macs_ += layer->gemm.macs().count();
    workload_.layers.push_back(std::move(*layer));
    if (workload_.layers.size() > kMaxWorkloadLayers) {
      throw ConfigError{
          fmt::format("{}:{}: more than {} layers", source_, line_, kMaxWorkloadLayers)};
    }
    if (macs_ > kMaxWorkloadMacs) {
      throw ConfigError{fmt::format("{}:{}: {} MACs so far: must be at most {}", source_, line_,
                                    macs_, kMaxWorkloadMacs)};
    }
  }

  const std::string& source_;
  std::optional<Form> form_;
  size_t line_ = 0;
  uint64_t macs_ = 0;
  Workload workload_;
  Problems problems_;
};

}  // namespace

Workload parse_scalesim_csv(std::string_view text, const std::string& source) {
  if (text.size() > kMaxCsvBytes) {
    throw ConfigError{fmt::format("{}: {} bytes: must be at most {}", source, text.size(),
                                  format_bytes(static_cast<int64_t>(kMaxCsvBytes)))};
  }
  Workload workload = CsvReader{source}.read(text);
  workload.name = std::filesystem::path{source}.stem().string();
  workload.description = "SCALE-Sim topology";
  workload.source = source;
  return workload;
}

Workload load_scalesim_csv(const std::filesystem::path& path) {
  return parse_scalesim_csv(read_text_file(path, kMaxCsvBytes), path.string());
}

}  // namespace olivine

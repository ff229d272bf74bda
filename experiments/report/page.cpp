// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/report/page_files.h"
#include "models/base/error.h"

namespace olivine::report {
namespace {

// Scripts of page/ that every kind needs, in this order.
constexpr std::array<std::string_view, 4> kCommonScripts = {"core", "controls", "palette", "chart"};

// Scripts of page/ that a kind needs after those, in this order.
struct KindScripts {
  Kind kind;
  std::vector<std::string_view> names;
};

const std::vector<KindScripts>& all_scripts() {
  static const std::vector<KindScripts> kScripts = {
      {Kind::Run, {"layers", "runs", "roofline", "floorplan", "run"}},
      {Kind::GpuRun, {"layers", "runs", "roofline", "gpu_run"}},
      {Kind::Platform, {"layers", "runs", "platform"}},
      {Kind::Sweep,
       {"sweep_model", "sweep_scale", "sweep_effects", "sweep_filter", "sweep_front", "sweep_table",
        "sweep_point", "sweep_views", "sweep_style", "sweep"}},
      {Kind::Compare,
       {"statistics", "compare_points", "compare_charts", "compare_breakdowns", "compare"}},
      {Kind::Measure, {"measure_charts", "measure"}},
      {Kind::Quality, {"statistics", "quality_charts", "quality"}}};
  return kScripts;
}

std::string_view page_file(std::string_view name) {
  for (const EmbeddedFile& file : report_page_files()) {
    if (file.name == name) return file.text;
  }
  OLV_CHECK(false, "no page file {}", name);
}

std::string_view library() { return report_library_files().front().text; }

std::string scripts_of(Kind kind) {
  std::string text;
  for (const std::string_view name : kCommonScripts) text += page_file(name);
  for (const KindScripts& scripts : all_scripts()) {
    if (scripts.kind != kind) continue;
    for (const std::string_view name : scripts.names) text += page_file(name);
  }
  return text;
}

std::string escaped_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Within a script element no text may look like markup.
std::string script_json(const nlohmann::ordered_json& data) {
  const std::string json =
      data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string escaped;
  escaped.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      escaped += "\\u003c";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

using Values = std::vector<std::pair<std::string_view, std::string>>;

// `text` with every {{name}} replaced; what is put in is not looked at again.
std::string filled_in(std::string_view text, const Values& values) {
  std::string result;
  for (size_t open = text.find("{{"); open != text.npos; open = text.find("{{")) {
    const size_t close = text.find("}}", open);
    OLV_CHECK(close != text.npos, "page.html has an open {{{{");
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& known) { return known.first == name; });
    OLV_CHECK(value != values.end(), "page.html has an unknown {}", name);
    result += text.substr(0, open);
    result += value->second;
    text.remove_prefix(close + 2);
  }
  result += text;
  return result;
}

}  // namespace

bool has_charts() { return !library().empty(); }

std::string page_html(Kind kind, const nlohmann::ordered_json& data) {
  OLV_CHECK(has_charts());
  return filled_in(page_file("page"), {{"title", escaped_html(data.at("title").get<std::string>())},
                                       {"style", std::string{page_file("style")}},
                                       {"data", script_json(data)},
                                       {"library", std::string{library()}},
                                       {"scripts", scripts_of(kind)}});
}

}  // namespace olivine::report

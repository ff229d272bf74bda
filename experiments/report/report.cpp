// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/report.h"

#include <filesystem>
#include <utility>

#include "experiments/report/input.h"
#include "experiments/report/page.h"
#include "experiments/report/page_data.h"
#include "models/base/error.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

Json data_of(const InputSet& set) {
  switch (set.kind) {
    case Kind::Run:
      return run_data(set.inputs);
    case Kind::GpuRun:
      return gpu_run_data(set.inputs);
    case Kind::Platform:
      return platform_data(set.inputs);
    case Kind::Sweep:
      return sweep_data(set.inputs.front().path);
    case Kind::Compare:
      return compare_data(set.inputs);
    case Kind::Measure:
      return measure_data(set.inputs);
    case Kind::Quality:
      return quality_data(set.inputs);
  }
  OLV_CHECK(false, "kind {}", static_cast<int>(set.kind));
}

// File names alone: a report is handed on, and folders say who made it.
Json sources(const InputSet& set) {
  Json list = Json::array();
  for (const Input& input : set.inputs) {
    Json source = {{"file", std::filesystem::path{input.path}.filename().string()},
                   {"schema", input.schema}};
    if (input.json.contains("provenance")) source["provenance"] = input.json["provenance"];
    list.push_back(std::move(source));
  }
  return list;
}

}  // namespace

std::string make_report(std::span<const std::string> paths, const Json& made_by) {
  const InputSet set = read_inputs(paths);
  if (!has_charts()) {
    throw ConfigError{
        "report: built without the charting library; ./olivine fetches it, or name the file with "
        "cmake -D OLV_ECHARTS_JS=FILE"};
  }
  Json data = {{"kind", name_of<Kind>(kKindNames, set.kind)}};
  data.update(data_of(set));
  data["sources"] = sources(set);
  data["report"] = {{"version", made_by.at("olivine_version")},
                    {"revision", made_by.at("git_revision")},
                    {"date_utc", made_by.at("date_utc")}};
  return page_html(set.kind, data);
}

}  // namespace olivine::report

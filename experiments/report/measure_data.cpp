// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "experiments/report/input.h"
#include "experiments/report/json_fields.h"
#include "experiments/report/page_data.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kStatuses = {"timed", "checked", "refused", "wrong"};

// Every member of `keys` that the object has; the page shows what is there.
template <size_t N>
Json picked(const Fields& fields, const std::array<std::string_view, N>& keys) {
  Json json = Json::object();
  for (const std::string_view key : keys) {
    if (fields.has(key)) json[std::string{key}] = fields.json()[std::string{key}];
  }
  return json;
}

double positive(const Fields& fields, std::string_view key) {
  const double number = fields.number(key);
  if (number <= 0) fields.fail(key, "must be above 0");
  return number;
}

// A number, or null. Throws where it is something else, or not above 0.
Json positive_or_null(const Fields& fields, std::string_view key) {
  if (!fields.optional_number(key)) return nullptr;
  return positive(fields, key);
}

Json device_data(const Fields& result) {
  if (!result.has("device") || result.json()["device"].is_null()) return nullptr;
  const Fields device = result.object("device");
  (void)device.text("name");
  Json json =
      picked(device, std::array<std::string_view, 13>{
                         "name", "uuid", "driver_version", "cuda_driver_version",
                         "cuda_runtime_version", "compute_capability", "compute_mode", "sm_count",
                         "l2_bytes", "memory_bytes", "ecc", "persistence_mode", "temperature_c"});
  for (const char* key : {"max_sm_clock_hz", "max_memory_clock_hz", "power_limit_w"}) {
    const auto number = device.optional_number(key);
    json[key] = number && *number > 0 ? Json(*number) : Json(nullptr);
  }
  json["throttle_reasons"] = device.texts("throttle_reasons");
  return json;
}

// Every GPU has a UUID that its driver tells; a stand-in has none.
bool is_real_device(const Json& device) {
  if (!device.is_object()) return false;
  const auto uuid = device.find("uuid");
  return uuid != device.end() && uuid->is_string() &&
         uuid->get_ref<const std::string&>().starts_with("GPU-");
}

Json timed_data(const Fields& result) {
  const Fields time = result.object("time_us");
  Json json = Json::object();
  for (const char* key : {"median", "p10", "p90", "min"}) json[key] = positive(time, key);
  for (const char* key : {"relative_spread", "round_drift", "samples"})
    json[key] = time.number(key);
  json["is_steady"] = time.flag("is_steady");
  Json data = {{"time_us", std::move(json)}};
  for (const char* key : {"ops_per_s", "bytes_per_s"}) data[key] = result.number(key);
  for (const char* key : {"roofline_ratio", "sm_clock_hz"}) {
    data[key] = positive_or_null(result, key);
  }
  data["throttle_reasons"] = result.texts("throttle_reasons");
  if (result.has("did_settle")) data["did_settle"] = result.flag("did_settle");
  if (result.has("l2")) data["l2_state"] = result.object("l2").text("state");
  if (result.has("baseline")) {
    data["baseline"] = result.text("baseline");
    data["speed_over_baseline"] = positive_or_null(result, "speed_over_baseline");
  }
  return data;
}

// Null where no energy was asked for.
Json energy_data(const Fields& result) {
  if (!result.has("energy")) return nullptr;
  const Fields energy = result.object("energy");
  if (!energy.has("power_w")) return {{"reason", energy.text("reason")}};
  Json json = Json::object();
  for (const char* key : {"launch_uj", "power_w"}) json[key] = positive(energy, key);
  for (const char* key : {"net_launch_uj", "idle_power_w"}) json[key] = energy.number(key);
  json["throttle_reasons"] = energy.texts("throttle_reasons");
  return json;
}

Json case_data(const Fields& result) {
  Json data = Json::object();
  for (const char* key : {"name", "variant", "scheme", "provider", "decoding", "kernel", "tile"}) {
    data[key] = result.text(key);
  }
  for (const char* key : {"m", "n", "k", "ops", "moved_bytes"}) data[key] = result.number(key);
  const std::string& status = result.text("status");
  if (std::find(kStatuses.begin(), kStatuses.end(), status) == kStatuses.end()) {
    result.fail("status", "must be timed|checked|refused|wrong");
  }
  data["status"] = status;
  if (result.has("reason")) data["reason"] = result.text("reason");
  data["outputs_exact"] = result.flag("outputs_exact");
  const bool is_checked_after = result.has("outputs_exact_after_timing") &&
                                !result.json()["outputs_exact_after_timing"].is_null();
  data["exact_after_timing"] =
      is_checked_after ? Json(result.flag("outputs_exact_after_timing")) : Json(nullptr);
  if (status == "timed") {
    if (result.number("ops") <= 0) result.fail("ops", "must be above 0 where a case is timed");
    data.update(timed_data(result));
    data["energy"] = energy_data(result);
  }
  return data;
}

Json check_data(const Fields& check) {
  return {{"kernel", check.text("kernel")},
          {"variants", check.texts("variants")},
          {"outputs_exact", check.flag("outputs_exact")},
          {"runs", check.number("runs")},
          {"failures", check.texts("failures")}};
}

Json ratio_data(const Fields& ratio) {
  Json data = Json::object();
  for (const char* key : {"ratio", "name", "numerator", "denominator"}) data[key] = ratio.text(key);
  data["value"] = positive_or_null(ratio, "value");
  data["required"] = ratio.number("required");
  data["is_met"] = ratio.flag("is_met");
  if (ratio.has("reason")) data["reason"] = ratio.text("reason");
  return data;
}

Json micro_data(const Fields& micro) {
  Json data = Json::object();
  for (const char* key : {"name", "instruction", "unit"}) data[key] = micro.text(key);
  for (const char* key : {"value", "spread_ratio"}) data[key] = micro.number(key);
  data["expected"] = micro.optional_number("expected") ? Json(micro.number("expected")) : Json();
  if (micro.has("parameters")) data["parameters"] = micro.object("parameters").json();
  return data;
}

Json power_data(const Fields& power) {
  Json data = Json::object();
  for (const char* key : {"instruction", "data"}) data[key] = power.text(key);
  for (const char* key : {"seconds", "tera_ops", "sm_clock_hz"}) data[key] = power.number(key);
  data["power_w"] = positive_or_null(power, "power_w");
  data["throttle_reasons"] = power.texts("throttle_reasons");
  return data;
}

template <class Read>
Json each(const Fields& result, std::string_view key, Read read) {
  Json list = Json::array();
  const Fields items = result.list(key);
  for (size_t i = 0; i < items.size(); ++i) list.push_back(read(items.item(i)));
  return list;
}

Json record_data(const Input& input) {
  const Fields result{input.path, input.json};
  Json device = device_data(result);
  const bool is_measured = is_real_device(device);
  const std::string name = device.is_null() ? "no device" : device["name"].get<std::string>();
  Json data = {{"file", std::filesystem::path{input.path}.filename().string()},
               {"label", fmt::format("{}, {}", name, result.text("date_utc"))},
               {"is_measured", is_measured},
               {"complete", result.flag("complete")}};
  if (result.has("incomplete_reason")) data["incomplete_reason"] = result.text("incomplete_reason");
  data["device"] = std::move(device);
  data["run"] =
      picked(result, std::array<std::string_view, 6>{"tool_version", "git_revision", "date_utc",
                                                     "processor", "request", "elapsed_s"});
  data["idle_power_w"] = positive_or_null(result, "idle_power_w");
  data["notes"] = result.texts("notes");
  data["libraries"] = each(result, "libraries", [](const Fields& library) {
    return Json{{"name", library.text("name")}, {"version", library.text("version")}};
  });
  data["checks"] = each(result, "checks", check_data);
  data["results"] = each(result, "results", case_data);
  data["ratios"] = each(result, "ratios", ratio_data);
  data["micro"] = each(result, "micro", micro_data);
  data["power"] = each(result, "power", power_data);
  return data;
}

}  // namespace

Json measure_data(std::span<const Input> inputs) {
  Json records = Json::array();
  bool is_measured = true;
  for (const Input& input : inputs) {
    records.push_back(record_data(input));
    is_measured = is_measured && records.back()["is_measured"].get<bool>();
  }
  const std::string what = records.size() == 1 ? records[0]["label"].get<std::string>()
                                               : fmt::format("{} records", records.size());
  return {{"title", fmt::format("GEMM kernels: {}", what)},
          {"subtitle", is_measured ? "Exactness first, then time and energy. Measured."
                                   : "Not measured: no GPU made these numbers."},
          {"origin", is_measured ? "measured" : "not measured"},
          {"records", std::move(records)}};
}

}  // namespace olivine::report

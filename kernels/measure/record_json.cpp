// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/json_writer.h"
#include "kernels/measure/record.h"

namespace olivine::measure {
namespace {

// Rate in SI units from a count and microseconds.
double per_second(double count, double us) { return count / us * 1e6; }

void write_device(JsonWriter& json, const DeviceRecord& device) {
  json.begin_object();
  json.member("name", device.name);
  json.member("uuid", device.uuid);
  json.member("pci_bus_id", device.pci_bus_id);
  json.member("driver_version", device.driver_version);
  json.member("cuda_driver_version", device.cuda_driver_version);
  json.member("cuda_runtime_version", device.cuda_runtime_version);
  json.member("compute_capability", device.compute_capability);
  json.member("compute_mode", device.compute_mode);
  json.member("sm_count", device.sm_count);
  json.member("shared_bytes_per_block", device.shared_bytes_per_block);
  json.member("l2_bytes", device.l2_bytes);
  json.member("memory_bytes", device.memory_bytes);
  json.member("memory_bus_bits", device.memory_bus_bits);
  json.member("max_sm_clock_hz", device.max_sm_clock_hz);
  json.member("max_memory_clock_hz", device.max_memory_clock_hz);
  json.member("ecc", device.is_ecc_enabled);
  json.member("persistence_mode", device.is_persistent);
  json.member("power_limit_w", device.power_limit_w);
  json.member("temperature_c", device.temperature_c);
  json.member("throttle_reasons", device.throttle_reasons);
  json.end_object();
}

void write_options(JsonWriter& json, const MeasureRecord& record) {
  json.begin_object();
  json.member("extent", record.extent == Extent::Quick ? "quick" : "full");
  json.member("rounds", record.timing.rounds);
  json.member("samples_per_round", record.timing.samples);
  json.member("sample_us", record.timing.sample_us);
  json.member("warmup_us", record.timing.warmup_us);
  json.member("max_warmup_us", record.timing.max_warmup_us);
  json.member("screening_us", record.timing.screening_us);
  json.member("energy_trials", record.energy.trials);
  json.member("energy_settle_s", record.energy.settle_s);
  json.member("energy_window_s", record.energy.window_s);
  json.end_object();
}

void write_check(JsonWriter& json, const CheckRecord& check) {
  json.begin_object();
  json.member("kernel", check.kernel);
  json.member("variants", check.variants);
  json.member("outputs_exact", check.is_exact());
  json.member("runs", check.runs);
  json.member("failures", check.failures);
  json.end_object();
}

void write_spread(JsonWriter& json, const Spread& spread) {
  json.begin_object();
  json.member("median", spread.median);
  json.member("p10", spread.p10);
  json.member("p90", spread.p90);
  json.member("min", spread.min);
  json.member("samples", spread.samples);
  json.member("relative_spread", spread.relative_spread());
  json.member("round_medians", spread.round_medians);
  json.member("round_drift", spread.round_drift());
  json.member("is_steady", spread.is_steady());
  json.end_object();
}

void write_timed(JsonWriter& json, const CaseRecord& record) {
  const TimedRecord& timed = *record.timed;
  const double median_us = record.median_us();
  json.key("time_us");
  write_spread(json, timed.time_us);
  json.member("launches_per_sample", timed.graph_launches);
  json.member("did_settle", timed.did_settle);
  json.key("l2");
  json.begin_object();
  json.member("state", timed.rotation.is_cold ? "cold" : "warm");
  json.member("operand_sets", timed.rotation.sets);
  json.member("rotated_bytes", timed.rotation.bytes);
  json.end_object();
  json.key("steps");
  json.begin_array();
  for (const StepRecord& step : timed.steps) {
    json.begin_object();
    json.member("name", step.name);
    json.member("median_us", step.median_us);
    json.end_object();
  }
  json.end_array();
  json.member("ops_per_s", per_second(record.work.ops, median_us));
  json.member("bytes_per_s", per_second(static_cast<double>(record.work.moved_bytes()), median_us));
  json.member("roofline_us", timed.roofline_us);
  const auto ratio =
      timed.roofline_us ? std::optional{*timed.roofline_us / median_us} : std::optional<double>{};
  json.member("roofline_ratio", ratio);
  json.member("sm_clock_hz", timed.sm_clock_hz);
  json.member("throttle_reasons", timed.throttle_reasons);
}

void write_energy(JsonWriter& json, const EnergyRecord& energy) {
  json.key("energy");
  json.begin_object();
  if (!energy.result) {
    json.member("reason", energy.reason);
    json.end_object();
    return;
  }
  const EnergyResult& result = *energy.result;
  json.member("launch_uj", result.energy_uj);
  json.member("net_launch_uj", result.net_energy_uj);
  json.member("power_w", result.power_w);
  json.member("idle_power_w", energy.idle_w);
  json.member("trial_power_w", result.trial_power_w);
  json.member("launches", result.launches);
  json.member("measured_s", result.measured_s);
  json.member("sm_clock_hz", result.sm_clock_hz);
  json.member("temperature_c", result.temperature_c);
  json.member("throttle_reasons", energy.throttle_reasons);
  json.end_object();
}

void write_candidate(JsonWriter& json, const CandidateRecord& candidate) {
  json.begin_object();
  json.member("name", candidate.name);
  json.member("outputs_exact", candidate.is_exact);
  if (!candidate.reason.empty()) json.member("reason", candidate.reason);
  json.member("screened_us", candidate.screened_us);
  json.end_object();
}

void write_shape(JsonWriter& json, const NamedShape& shape) {
  json.member("name", shape.name);
  json.member("m", shape.m);
  json.member("n", shape.n);
  json.member("k", shape.k);
}

void write_case(JsonWriter& json, const CaseRecord& record) {
  json.begin_object();
  write_shape(json, record.shape);
  json.member("variant", record.variant->name);
  json.member("scheme", record.variant->scheme);
  json.member("provider", name_of(record.variant->provider));
  json.member("decoding", name_of(record.variant->decoding));
  json.member("status", name_of(record.status));
  if (!record.reason.empty()) json.member("reason", record.reason);
  json.member("kernel", record.kernel);
  json.member("tile", record.tile);
  json.member("launched_kernels", record.launched_kernels);
  json.member("outputs_exact",
              record.status == CaseStatus::Checked || record.status == CaseStatus::Timed);
  json.member("checked_against", record.checked_against);
  json.member("output_hash", record.output_hash);
  json.member("outputs_exact_after_timing", record.is_exact_after_timing);
  json.member("ops", record.work.ops);
  json.member("weight_bytes", record.work.weight_bytes);
  json.member("activation_bytes", record.work.activation_bytes);
  json.member("c_bytes", record.work.c_bytes);
  json.member("moved_bytes", record.work.moved_bytes());
  if (record.timed) write_timed(json, record);
  if (record.speed_over_baseline) {
    json.member("baseline", record.baseline);
    json.member("speed_over_baseline", record.speed_over_baseline);
  }
  if (record.energy) write_energy(json, *record.energy);
  json.key("candidates");
  json.begin_array();
  for (const CandidateRecord& candidate : record.candidates) write_candidate(json, candidate);
  json.end_array();
  if (!record.counters.empty()) {
    json.key("counters");
    json.begin_object();
    for (const auto& [name, value] : record.counters) json.member(name, value);
    json.end_object();
  }
  json.end_object();
}

void write_ratio(JsonWriter& json, const RatioRecord& ratio) {
  json.begin_object();
  json.member("ratio", ratio.name);
  write_shape(json, ratio.shape);
  json.member("numerator", ratio.numerator);
  json.member("denominator", ratio.denominator);
  json.member("value", ratio.value);
  json.member("required", ratio.required);
  json.member("is_met", ratio.is_met());
  if (!ratio.reason.empty()) json.member("reason", ratio.reason);
  json.end_object();
}

void write_micro(JsonWriter& json, const MicroResult& result) {
  json.begin_object();
  json.member("name", result.name);
  json.member("instruction", result.instruction);
  json.member("value", result.value);
  json.member("unit", result.unit);
  json.member("spread_ratio", result.spread_ratio);
  json.member("samples", result.samples);
  json.member("expected", result.expected);
  json.key("parameters");
  json.begin_object();
  const auto put = [&](const char* name, const auto& content) {
    if (content) json.member(name, content);
  };
  put("warps", result.parameters.warps);
  put("ilp", result.parameters.ilp);
  put("n", result.parameters.n);
  put("a_in_registers", result.parameters.a_in_registers);
  put("is_sparse", result.parameters.is_sparse);
  put("blocks", result.parameters.blocks);
  put("footprint_bytes", result.parameters.footprint_bytes);
  json.end_object();
  json.end_object();
}

// Entries in full only where they are news.
void write_metadata_map(JsonWriter& json, const MetadataMap& map) {
  json.begin_object();
  json.member("instruction", name_of(map.instruction));
  json.member("is_as_expected", map.is_as_expected());
  json.key("different");
  json.begin_array();
  for (const MetadataEntry& entry : map.entries) {
    if (entry.seen == entry.expected) continue;
    json.begin_object();
    json.member("thread", entry.thread);
    json.member("nibble", entry.nibble);
    json.member("row", entry.seen ? std::optional{entry.seen->row} : std::nullopt);
    json.member("group", entry.seen ? std::optional{entry.seen->group} : std::nullopt);
    json.member("pair", entry.seen ? std::optional{entry.seen->pair} : std::nullopt);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_power(JsonWriter& json, const PowerRecord& power) {
  json.begin_object();
  json.member("instruction", power.instruction);
  json.member("data", power.data);
  json.member("seconds", power.seconds);
  json.member("tera_ops", power.tera_ops);
  json.member("sm_clock_hz", power.sm_clock_hz);
  json.member("power_w", power.power_w);
  json.member("throttle_reasons", power.throttle_reasons);
  json.end_object();
}

template <class T, class Write>
void write_array(JsonWriter& json, const char* name, const std::vector<T>& content, Write write) {
  json.key(name);
  json.begin_array();
  for (const T& element : content) write(json, element);
  json.end_array();
}

void write_library(JsonWriter& json, const LibraryRecord& library) {
  json.begin_object();
  json.member("name", library.name);
  json.member("version", library.version);
  if (!library.reason.empty()) json.member("reason", library.reason);
  json.end_object();
}

}  // namespace

std::string record_json(const MeasureRecord& record) {
  JsonWriter json;
  json.begin_object();
  json.member("schema", kRecordSchema);
  json.member("complete", record.is_complete);
  if (!record.incomplete_reason.empty()) {
    json.member("incomplete_reason", record.incomplete_reason);
  }
  json.member("tool_version", record.tool_version);
  json.member("git_revision", record.git_revision);
  json.member("date_utc", record.date_utc);
  json.member("processor", record.processor);
  json.member("request", record.request);
  json.member("seed", record.seed);
  json.member("elapsed_s", record.elapsed_s);
  json.key("device");
  if (record.device) {
    write_device(json, *record.device);
  } else {
    json.null();
  }
  write_array(json, "libraries", record.libraries, write_library);
  json.key("options");
  write_options(json, record);
  json.member("notes", record.notes);
  json.member("idle_power_w", record.idle_w);
  write_array(json, "ratios", record.ratios, write_ratio);
  write_array(json, "checks", record.checks, write_check);
  write_array(json, "results", record.cases, write_case);
  write_array(json, "micro", record.micro, write_micro);
  write_array(json, "metadata_maps", record.metadata_maps, write_metadata_map);
  write_array(json, "power", record.power, write_power);
  json.end_object();
  return json.text();
}

}  // namespace olivine::measure

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/regression_result.h"

#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace olivine::regress {
namespace {

using Json = nlohmann::ordered_json;

// The places that have a value, by the names they have in JSON.
template <class Value, class Visit>
void visit_places(Value& divergence, const Visit& visit) {
  visit("row", divergence.row);
  visit("col", divergence.col);
  visit("lane", divergence.lane);
}

Json to_json(const Divergence& divergence) {
  Json json = {{"cycle", divergence.cycle},   {"block", divergence.block},
               {"signal", divergence.signal}, {"expected", divergence.expected},
               {"got", divergence.got},       {"context", divergence.context}};
  visit_places(divergence, [&](const char* name, const std::optional<int64_t>& place) {
    if (place) json[name] = *place;
  });
  return json;
}

Divergence parse_divergence(const Json& json) {
  Divergence divergence;
  divergence.cycle = json.at("cycle");
  divergence.block = json.at("block");
  divergence.signal = json.at("signal");
  divergence.expected = json.at("expected");
  divergence.got = json.at("got");
  divergence.context = json.at("context");
  visit_places(divergence, [&](const char* name, std::optional<int64_t>& place) {
    if (json.contains(name)) place = json.at(name).get<int64_t>();
  });
  return divergence;
}

}  // namespace

std::string to_line(const SeedResult& result) {
  Json json = {{"seed", result.seed},
               {"cycles", result.cycles},
               {"checks", result.checks},
               {"seconds", result.seconds}};
  if (result.failure) {
    const Failure& failure = *result.failure;
    json["failure"] = {{"kind", name_of<FailureKind>(kFailureKindNames, failure.kind)},
                       {"seed", failure.seed},
                       {"cases", failure.cases},
                       {"text", failure.text}};
    if (failure.divergence) json["failure"]["divergence"] = to_json(*failure.divergence);
  }
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

SeedResult parse_seed_result(const std::string& line) {
  const Json json = Json::parse(line);
  SeedResult result{json.at("seed"), json.at("cycles"), json.at("checks"), json.at("seconds"), {}};
  if (json.contains("failure")) {
    const Json& from = json.at("failure");
    Failure failure;
    const auto kind = value_of<FailureKind>(kFailureKindNames, from.at("kind").get<std::string>());
    OLV_CHECK(kind.has_value(), "{}", line);
    failure.kind = *kind;
    failure.seed = from.at("seed");
    failure.cases = from.at("cases");
    failure.text = from.at("text");
    if (from.contains("divergence")) failure.divergence = parse_divergence(from.at("divergence"));
    result.failure = std::move(failure);
  }
  return result;
}

void TargetResult::add(const SeedResult& result) {
  ++seeds;
  cycles += result.cycles;
  checks += result.checks;
  seconds += result.seconds;
  const bool is_first = !failure || (result.failure && result.failure->seed < failure->seed);
  if (result.failure && is_first) failure = result.failure;
}

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <map>
#include <nlohmann/json.hpp>

#include "experiments/view/page.h"
#include "experiments/view/stage.h"
#include "models/machines/machine.h"

namespace olivine::view {
namespace {

using Json = nlohmann::ordered_json;

Json span_json(const Span& span) { return Json::array({span.begin, span.end()}); }

// Short keys: there are thousands of these.
Json event_json(const PortEvent& event, bool has_slices) {
  Json json{{"fold", event.fold},
            {"label", label(event, has_slices)},
            {"matrix", event.matrix == Matrix::A ? "A" : "B"},
            {"at", Json::array({event.outer, event.k, event.slice})}};
  Json values = Json::array();
  Json marks = Json::array();
  bool has_marks = false;
  for (size_t i = 0; i < event.elements; ++i) {
    values.push_back(Json::array({event.values[i].integer, event.values[i].exponent}));
    marks.push_back(event.outliers[i] ? "outlier" : event.victims[i] ? "victim" : "");
    has_marks = has_marks || event.outliers[i] || event.victims[i];
  }
  json["values"] = std::move(values);
  if (has_marks) json["marks"] = std::move(marks);
  if (event.is_padding) json["padding"] = true;
  if (event.position != 0) json["position"] = event.position;
  return json;
}

Json fold_json(const FoldRecord& fold) {
  return Json{{"m", span_json(fold.m)},
              {"n", span_json(fold.n)},
              {"k", span_json(fold.k)},
              {"stream", fold.stream},
              {"preload", fold.preload_at ? Json(*fold.preload_at) : Json(nullptr)},
              {"start", fold.start_at},
              {"first_output", fold.first_output_at},
              {"last_output", fold.last_output_at}};
}

template <class Get>
Json column(const Frame& frame, Get get) {
  Json values = Json::array();
  for (const PeView& pe : frame.pes) values.push_back(get(pe));
  return values;
}

Json registers_json(const Recording& recording, const Frame& frame) {
  Json json{{"left", column(frame, [](const PeView& pe) { return pe.left; })},
            {"top", column(frame, [](const PeView& pe) { return pe.top; })},
            {"sum", column(frame, [](const PeView& pe) { return pe.registers.sum; })},
            {"sum_of", column(frame, [](const PeView& pe) { return pe.sum; })},
            {"first", column(frame, [](const PeView& pe) { return pe.registers.first ? 1 : 0; })}};
  if (recording.geometry.is_output_stationary()) {
    json["hold"] = column(frame, [](const PeView& pe) { return pe.registers.hold; });
    json["hold_of"] = column(frame, [](const PeView& pe) { return pe.hold; });
    json["last"] = column(frame, [](const PeView& pe) { return pe.registers.last ? 1 : 0; });
  } else {
    json["next"] = column(frame, [](const PeView& pe) { return pe.next; });
    json["active"] = column(frame, [](const PeView& pe) { return pe.active; });
  }
  return json;
}

// Sentences repeat from cycle to cycle: each is kept once.
class Sentences {
 public:
  size_t index_of(const std::string& text) {
    const auto [entry, is_new] = index_.try_emplace(text, texts_.size());
    if (is_new) texts_.push_back(text);
    return entry->second;
  }
  [[nodiscard]] const Json& texts() const { return texts_; }

 private:
  std::map<std::string, size_t> index_;
  Json texts_ = Json::array();
};

Json header_json(const Recording& recording) {
  const ArrayGeometry& geometry = recording.geometry;
  return Json{{"title", title(recording)},
              {"subtitle", subtitle(recording)},
              {"machine", recording.machine},
              {"scheme", recording.scheme.name},
              {"dataflow", name_of<Dataflow>(kDataflowNames, geometry.dataflow)},
              {"pipelining", name_of<Pipelining>(kPipeliningNames, geometry.pipelining)},
              {"rows", geometry.rows},
              {"cols", geometry.cols},
              {"left_lanes", geometry.left_lanes},
              {"top_lanes", geometry.top_lanes},
              {"sparse", geometry.is_sparse},
              {"seed", recording.seed},
              {"shape", Json::array({recording.shape.m, recording.shape.n, recording.shape.k})},
              {"cycles", recording.timing.cycles}};
}

}  // namespace

nlohmann::ordered_json page_data(const Recording& recording, int64_t first, int64_t last) {
  Json data = header_json(recording);
  const ArrayGeometry& geometry = recording.geometry;
  const bool has_slices = geometry.left_lanes > 1 || geometry.top_lanes > 1;
  for (const char* name : {"folds", "events", "results", "border", "frames"}) {
    data[name] = Json::array();
  }
  for (const FoldRecord& fold : recording.folds) data["folds"].push_back(fold_json(fold));
  for (const PortEvent& event : recording.events) {
    data["events"].push_back(event_json(event, has_slices));
  }
  for (const Result& result : recording.results) {
    data["results"].push_back(Json::array({result.fold, result.m, result.n, result.left_slice,
                                           result.top_slice, result.is_padding ? 1 : 0}));
  }
  Sentences sentences;
  for (const Frame& frame : recording.frames) {
    Json outputs = Json::array();
    for (const Output& output : frame.outputs) {
      outputs.push_back(Json::array({output.col, output.result, output.value}));
    }
    const Phase phase = phase_of(recording, frame);
    data["border"].push_back(Json{{"left", frame.left},
                                  {"top", frame.top},
                                  {"out", std::move(outputs)},
                                  {"phase", name_of(phase)}});
    if (frame.cycle < first || frame.cycle > last) continue;
    data["frames"].push_back(
        Json{{"cycle", frame.cycle},
             {"caption", caption(recording, frame)},
             {"explanation", sentences.index_of(explanation(recording, frame))},
             {"registers", registers_json(recording, frame)}});
  }
  data["sentences"] = sentences.texts();
  return data;
}

}  // namespace olivine::view

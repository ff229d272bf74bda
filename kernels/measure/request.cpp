// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/request.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "kernels/measure/plan.h"
#include "kernels/measure/print_text.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::measure {
namespace {

constexpr std::array kOptions = {
    MeasureOption{"gemm", "MxNxK,...", "measure these GEMMs", 'g'},
    MeasureOption{"shapes", "FILE", "measure the GEMMs of a file: lines m,n,k or m,n,k,name"},
    MeasureOption{"scheme", "NAME,...",
                  "only these schemes (w4a4-ovp: every way to run it) or variants (w4a4-ovp:once, "
                  "cublaslt-fp16)",
                  's'},
    MeasureOption{"quick", nullptr, "two minutes at most (default)"},
    MeasureOption{"full", nullptr, "more shapes, rounds and samples, energy over 5 s"},
    MeasureOption{"kernels", "TEXT,...", "only own kernels with one of these in their names"},
    MeasureOption{"exclude", "NAME,...", "all own kernels but these"},
    MeasureOption{"list-kernels", nullptr, "print the names of own kernels and stop"},
    MeasureOption{"check-only", nullptr,
                  "compare outputs only; of GEMMs that are given, on those shapes alone"},
    MeasureOption{"no-energy", nullptr, "no energy, no idle power"},
    MeasureOption{"micro", nullptr, "instructions, memories, power against clock too"},
    MeasureOption{"micro-only", nullptr, "nothing but them"},
    MeasureOption{"ncu", nullptr, "counters of Nsight Compute for own kernels on the first shape"},
    MeasureOption{"seconds", "S", "each energy window (default 2, --full 5)"},
    MeasureOption{"budget", "S",
                  "begin no shape after so many seconds (default 120, --full: none)"},
    MeasureOption{"device", "N", "index of the GPU (default 0)"},
    MeasureOption{"seed", "N", "of the operands (default 1)"},
    MeasureOption{"output", "FILE", "write the record, olivine.measure/1, to a file", 'o'},
    MeasureOption{"json", nullptr, "print the record instead of the table"},
    MeasureOption{"dry-run", nullptr, "print what would be done, with estimated times"}};

constexpr int64_t kMaxDevices = 1024;
constexpr double kMinSeconds = 0.2;
constexpr double kMaxSeconds = 86'400;

const MeasureOption* find_option(std::string_view name) {
  const auto* const found = std::find_if(kOptions.begin(), kOptions.end(),
                                         [&](const auto& option) { return option.name == name; });
  return found == kOptions.end() ? nullptr : found;
}

class RequestReader {
 public:
  explicit RequestReader(const OptionValues& values) : values_{values} {}

  MeasureRequest read() {
    MeasureRequest request;
    read_shapes(request);
    request.schemes = list("scheme");
    request.kernels = list("kernels");
    request.excluded = list("exclude");
    if (has("quick") && has("full")) problems_.add("--quick and --full exclude each other");
    request.extent = has("full") ? Extent::Full : Extent::Quick;
    request.checks_only = has("check-only");
    request.takes_energy = !has("no-energy");
    request.runs_gemms = !has("micro-only");
    request.runs_micro = has("micro") || has("micro-only");
    if (has("micro-only") && (has("gemm") || has("shapes") || has("check-only"))) {
      problems_.add("--micro-only excludes --gemm, --shapes and --check-only");
    }
    request.runs_ncu = has("ncu");
    request.is_dry_run = has("dry-run");
    request.lists_kernels = has("list-kernels");
    request.is_json = has("json");
    request.device = static_cast<int>(integer("device", kMaxDevices - 1).value_or(0));
    request.seed =
        static_cast<uint64_t>(integer("seed", std::numeric_limits<int64_t>::max()).value_or(1));
    request.energy_window_s = seconds("seconds");
    request.budget_s = seconds("budget");
    if (!request.budget_s && request.extent == Extent::Quick)
      request.budget_s = kQuickBudgetSeconds;
    request.output = one("output").value_or("");
    request.text = text();
    problems_.throw_if_any();
    return request;
  }

 private:
  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(option); }
  [[nodiscard]] std::optional<std::string> one(std::string_view option) const {
    const auto found = values_.find(option);
    return found == values_.end() ? std::nullopt : std::optional{found->second};
  }
  [[nodiscard]] std::vector<std::string> list(std::string_view option) const {
    std::vector<std::string> words;
    for (const std::string& word : split(one(option).value_or(""), ',')) {
      if (!trim(word).empty()) words.emplace_back(trim(word));
    }
    return words;
  }

  template <class Step>
  void attempt(Step step) {
    try {
      step();
    } catch (const UserError& error) {
      for (const std::string& problem : error.problems()) problems_.add(problem);
    }
  }

  void read_shapes(MeasureRequest& request) {
    for (const std::string& text : list("gemm")) {
      attempt([&] { request.shapes.push_back(parse_extents(text, "--gemm")); });
    }
    if (const auto path = one("shapes")) {
      attempt([&] {
        const std::vector<NamedShape> shapes = load_shapes(*path);
        request.shapes.insert(request.shapes.end(), shapes.begin(), shapes.end());
      });
    }
  }

  std::optional<int64_t> integer(const char* option, int64_t high) {
    const auto text = one(option);
    if (!text) return std::nullopt;
    const auto value = parse_int(*text);
    if (value && *value >= 0 && *value <= high) return value;
    problems_.add("--" + std::string{option} + " = " + *text + ": must be 0.." +
                  std::to_string(high));
    return std::nullopt;
  }

  std::optional<double> seconds(const char* option) {
    const auto text = one(option);
    if (!text) return std::nullopt;
    const auto value = parse_number(*text);
    if (value && *value >= kMinSeconds && *value <= kMaxSeconds) return value;
    problems_.add(
        print_text("--%s = %s: must be %g..%g", option, text->c_str(), kMinSeconds, kMaxSeconds));
    return std::nullopt;
  }

  // Records are public: no folders of a machine in them.
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const MeasureOption& option : kOptions) {
      const std::string name = option.name;
      if (name == "output" || name == "json") continue;
      const auto value = one(name);
      if (!value) continue;
      text += (text.empty() ? "--" : " --") + name;
      if (option.value_name == nullptr) continue;
      text += " " + (name == "shapes" ? std::filesystem::path{*value}.filename().string() : *value);
    }
    return text;
  }

  const OptionValues& values_;
  Problems problems_;
};

}  // namespace

std::span<const MeasureOption> measure_option_table() { return kOptions; }

MeasureRequest read_request(const OptionValues& values) { return RequestReader{values}.read(); }

OptionValues parse_words(std::span<const std::string> words) {
  Problems problems;
  std::vector<std::string> known;
  known.reserve(kOptions.size());
  for (const MeasureOption& option : kOptions) known.push_back(std::string{"--"} + option.name);
  OptionValues values;
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const MeasureOption* option = name.starts_with("--") ? find_option(name.substr(2)) : nullptr;
    if (option == nullptr) {
      problems.add(words[i] + ": unknown option" + suggestion(name, known));
      continue;
    }
    const bool takes_value = option->value_name != nullptr;
    const bool has_value = equals != std::string::npos;
    if (!takes_value && has_value) problems.add(name + " takes no value");
    if (takes_value && !has_value && i + 1 == words.size()) {
      problems.add(name + ": missing " + option->value_name);
      continue;
    }
    const std::string value = has_value     ? words[i].substr(equals + 1)
                              : takes_value ? words[++i]
                                            : "";
    const bool is_new = values.try_emplace(option->name, value).second;
    if (!is_new) problems.add(name + " is given twice");
  }
  problems.throw_if_any();
  return values;
}

std::string options_help() {
  std::string text;
  for (const MeasureOption& option : kOptions) {
    const std::string left =
        std::string{"--"} + option.name +
        (option.value_name == nullptr ? "" : std::string{" "} + option.value_name);
    text += print_text("  %-20s %s\n", left.c_str(), option.help);
  }
  return text;
}

}  // namespace olivine::measure

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/junit.h"

#include <fmt/format.h>

#include "experiments/regress/report.h"

namespace olivine::regress {
namespace {

bool is_error(const TargetResult& result) {
  return result.failure && result.failure->kind != FailureKind::Divergence &&
         result.failure->kind != FailureKind::Assertion;
}

bool is_skipped(const Target& target, const TargetResult& result) {
  return !result.failure && result.seeds < target.seeds.count();
}

std::string test_case(const Target& target, const TargetResult& result,
                      const std::string& extra_options) {
  std::string text = fmt::format(
      "    <testcase classname=\"olivine.regress.{}\" name=\"{} seeds {}\" time=\"{:.3f}\"",
      xml_text(target.bench->block), xml_text(name_of(target)), to_string(target.seeds),
      result.seconds);
  if (is_skipped(target, result)) {
    return text + fmt::format(
                      ">\n      <skipped message=\"{} of {} seeds ran\"/>\n"
                      "    </testcase>\n",
                      result.seeds, target.seeds.count());
  }
  if (!result.failure) return text + "/>\n";
  const char* element = is_error(result) ? "error" : "failure";
  return text + fmt::format(
                    ">\n      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n"
                    "    </testcase>\n",
                    element, xml_text(summary_of(*result.failure)),
                    name_of<FailureKind>(kFailureKindNames, result.failure->kind),
                    xml_text(failure_text(target, result, extra_options)));
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&apos;";
    } else if (is_control || static_cast<unsigned char>(c) >= 0x7F) {
      escaped += '?';
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string junit_xml(std::span<const Target> targets, std::span<const TargetResult> results,
                      const std::string& extra_options) {
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;
  double seconds = 0.0;
  std::string cases;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (is_error(results[i])) ++errors;
    if (results[i].failure && !is_error(results[i])) ++failures;
    if (is_skipped(targets[i], results[i])) ++skipped;
    seconds += results[i].seconds;
    cases += test_case(targets[i], results[i], extra_options);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"olivine regress\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "skipped=\"{}\" time=\"{:.3f}\">\n{}  </testsuite>\n</testsuites>\n",
      targets.size(), failures, errors, skipped, seconds, cases);
}

}  // namespace olivine::regress

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/kernel_checks.h"

#include <algorithm>
#include <array>
#include <memory>

#include "kernels/launch/gemm_kernels.h"
#include "kernels/measure/bench.h"
#include "kernels/measure/record.h"
#include "kernels/measure/scheme_data.h"
#include "kernels/measure/session.h"
#include "kernels/measure/variants.h"
#include "models/numerics/format.h"

namespace olivine::measure {
namespace {

constexpr double kCheckLimitSeconds = 60;
constexpr std::array kForms = {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16};
constexpr std::array kColumns = {GuardColumns::Aligned, GuardColumns::Odd};

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// An own variant with a kernel that is asked for.
bool has_wanted_kernel(const SessionOptions& options, const Variant& variant) {
  const auto kernels = gemm_kernels();
  return variant.is_own() &&
         std::any_of(kernels.begin(), kernels.end(), [&](const GemmKernel& kernel) {
           return kernel.weights == variant.weights && kernel.activations == variant.activations &&
                  is_wanted(options, std::string{kernel.name});
         });
}

}  // namespace

bool is_wanted(const SessionOptions& options, const std::string& kernel) {
  if (contains(options.excluded, kernel)) return false;
  return options.kernels.empty() ||
         std::any_of(options.kernels.begin(), options.kernels.end(), [&](const std::string& part) {
           return kernel.find(part) != std::string::npos;
         });
}

void KernelChecks::check_shape(const NamedShape& shape) {
  for (const Scheme& scheme : all_schemes()) {
    std::vector<const Variant*> of_scheme;
    for (const Variant* variant : variants_) {
      if (variant->scheme == scheme.name && has_wanted_kernel(options_, *variant)) {
        of_scheme.push_back(variant);
      }
    }
    if (of_scheme.empty() || hooks_.should_stop()) continue;
    hooks_.begin_step("check " + extents_text(shape) + " " + std::string{scheme.name},
                      kCheckLimitSeconds);
    const SchemeData data =
        make_scheme_data(bench_, shape, scheme, {options_.seed, options_.threads, false});
    if (!data.problem.empty()) {
      add_failure(record_of("reference", *of_scheme.front()),
                  extents_text(shape) + ": " + data.problem);
      continue;
    }
    for (const Variant* variant : of_scheme) check_variant(*variant, data);
  }
}

void KernelChecks::check_variant(const Variant& variant, const SchemeData& data) {
  std::unique_ptr<CaseRunner> runner;
  const CaseInputs inputs{&variant, &data.checked, &data.checked, &data.expectation};
  if (!bench_.make_runner(inputs, runner)) return;  // too many rows for it: note_unchecked() looks
  for (size_t i = 0; i < runner->candidates().size(); ++i) {
    if (is_wanted(options_, runner->candidates()[i].name)) {
      check_kernel(variant, *runner, i, data.expectation);
    }
  }
}

void KernelChecks::check_kernel(const Variant& variant, CaseRunner& runner, size_t candidate,
                                const Expectation& expectation) {
  const std::string& kernel = runner.candidates()[candidate].name;
  hooks_.begin_step(
      "check " + extents_text(expectation.shape) + " " + std::string{variant.name} + " " + kernel,
      kCheckLimitSeconds);
  for (const OutputForm form : kForms) {
    const std::vector<uint8_t> expected = expected_output(expectation, form);
    for (const GuardColumns columns : kColumns) {
      const GuardedOutput output = runner.run_guarded(candidate, form, columns);
      const Status status = check_output(output.layout, output.bytes, expected);
      CheckRecord& check = record_of(kernel, variant);
      ++check.runs;
      if (status) continue;
      add_failure(check, extents_text(expectation.shape) + " " + std::string{variant.name} + " " +
                             std::string{name_of(form)} + ", stride " +
                             std::to_string(output.layout.c_stride) + ": " + status.reason());
      return;
    }
  }
}

CheckRecord& KernelChecks::record_of(const std::string& kernel, const Variant& variant) {
  auto found = std::find_if(record_.checks.begin(), record_.checks.end(),
                            [&](const CheckRecord& check) { return check.kernel == kernel; });
  if (found == record_.checks.end()) {
    record_.checks.push_back({kernel, {}, 0, {}});
    found = record_.checks.end() - 1;
  }
  const std::string name{variant.name};
  if (!contains(found->variants, name)) found->variants.push_back(name);
  return *found;
}

void KernelChecks::add_failure(CheckRecord& check, const std::string& failure) {
  check.failures.push_back(failure);
  failed_.insert(check.kernel);
}

void KernelChecks::note_unchecked() {
  for (const GemmKernel& kernel : gemm_kernels()) {
    const std::string name{kernel.name};
    const bool is_checked =
        std::any_of(record_.checks.begin(), record_.checks.end(),
                    [&](const CheckRecord& check) { return check.kernel == name; });
    if (!is_checked && is_wanted(options_, name)) {
      record_.notes.push_back(name +
                              " was not checked: it does not run on this device, or no "
                              "shape and scheme of this run is for it");
    }
  }
}

}  // namespace olivine::measure

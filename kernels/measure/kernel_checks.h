// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <set>
#include <string>
#include <vector>

#include "kernels/measure/shape_list.h"

namespace olivine::measure {

class Bench;
class CaseRunner;
struct CheckRecord;
struct Expectation;
struct MeasureRecord;
struct SchemeData;
struct SessionHooks;
struct SessionOptions;
struct Variant;

// Whether an own kernel is asked for by SessionOptions.
[[nodiscard]] bool is_wanted(const SessionOptions& options, const std::string& kernel);

// Checks own kernels on shapes: every output form, both kinds of guard columns, every variant.
class KernelChecks {
 public:
  // Contract: all live longer.
  KernelChecks(Bench& bench, const std::vector<const Variant*>& variants,
               const SessionOptions& options, const SessionHooks& hooks, MeasureRecord& record)
      : bench_{bench}, variants_{variants}, options_{options}, hooks_{hooks}, record_{record} {}

  void check_shape(const NamedShape& shape);
  // Kernels that no check could run are named in the notes. Call once, at the end.
  void note_unchecked();
  // Kernels that failed: not to be timed.
  [[nodiscard]] const std::set<std::string>& failed() const { return failed_; }

 private:
  void check_variant(const Variant& variant, const SchemeData& data);
  void check_kernel(const Variant& variant, CaseRunner& runner, size_t candidate,
                    const Expectation& expectation);
  [[nodiscard]] CheckRecord& record_of(const std::string& kernel, const Variant& variant);
  void add_failure(CheckRecord& check, const std::string& failure);

  Bench& bench_;
  const std::vector<const Variant*>& variants_;
  const SessionOptions& options_;
  const SessionHooks& hooks_;
  MeasureRecord& record_;
  std::set<std::string> failed_;
};

}  // namespace olivine::measure

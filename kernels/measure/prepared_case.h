// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/measure/case_record.h"
#include "kernels/measure/timing.h"

namespace olivine::measure {

struct GroupContext;
struct PlannedCase;
struct PlannedGroup;
struct SchemeData;

// A case that can be timed: checked, with its fastest correct candidate captured.
struct PreparedCase {
  const PlannedCase* planned = nullptr;
  size_t record = 0;  // in MeasureRecord::cases
  const SchemeData* data = nullptr;
  std::unique_ptr<CaseRunner> runner;
  Rotation rotation;
  size_t chosen = 0;
  std::vector<StepRecord> steps;
  std::optional<CaseTimer> timer;
};

// Prepares the cases of one shape. Operands and expected outputs are made once for each scheme.
class CasePreparer {
 public:
  // Contract: both live longer.
  CasePreparer(const GroupContext& context, const PlannedGroup& group);
  ~CasePreparer();
  CasePreparer(const CasePreparer&) = delete;
  CasePreparer& operator=(const CasePreparer&) = delete;
  CasePreparer(CasePreparer&&) = delete;
  CasePreparer& operator=(CasePreparer&&) = delete;

  // From case `next` of the group on, as many as fit the device's memory together, but at least
  // one; `next` then is the first of the rest. Each gets its place in the record; of those that are
  // refused, wrong, or only to be checked nothing more is needed.
  std::vector<PreparedCase> prepare_some(size_t& next);

  // Whether C of a case, without gaps, is the expected one.
  [[nodiscard]] bool is_expected(const PreparedCase& prepared, std::span<const uint8_t> c) const;

 private:
  // A candidate whose C is right, and its place in CaseRecord::candidates.
  struct Exact {
    size_t candidate = 0;
    size_t record = 0;
  };

  void begin(const std::string& what, const Variant& variant) const;
  [[nodiscard]] CaseRecord& record_of(const PreparedCase& prepared) const;
  const SchemeData& data_of(std::string_view scheme_name);
  std::optional<PreparedCase> prepare(const PlannedCase& planned);
  bool try_to_prepare(PreparedCase& prepared);
  std::vector<Exact> check_candidates(PreparedCase& prepared);
  void choose(PreparedCase& prepared, const std::vector<Exact>& exact);

  const GroupContext& context_;
  const PlannedGroup& group_;
  std::map<std::string_view, std::unique_ptr<SchemeData>> data_;
  std::map<std::string_view, std::string> hashes_;  // of outputs, by scheme
};

}  // namespace olivine::measure

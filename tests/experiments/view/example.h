// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "experiments/view/recorder.h"
#include "models/base/enum_names.h"

namespace olivine::view::testing {

inline Example example_of(Dataflow dataflow, Pipelining pipelining, int64_t rows, int64_t cols,
                          std::string_view scheme) {
  Example example;
  example.machine = default_machine();
  example.machine.array.dataflow = dataflow;
  example.machine.array.pipelining = pipelining;
  example.machine.array.rows = rows;
  example.machine.array.cols = cols;
  example.scheme = parse_scheme(scheme);
  return example;
}

// Every dataflow and pipelining, sizes of 1, more columns than rows and the reverse, primes and the
// largest, one lane and two, dense and 2:4; whatever of it the array can run.
inline std::vector<Example> all_examples() {
  constexpr std::array kSizes = {std::array{1, 1}, std::array{1, 5}, std::array{4, 1},
                                 std::array{4, 4}, std::array{7, 5}, std::array{16, 16}};
  std::vector<Example> examples;
  for (const auto& dataflow : kDataflowNames) {
    for (const auto& pipelining : kPipeliningNames) {
      for (const auto& [rows, cols] : kSizes) {
        for (const char* scheme :
             {"w4a4-int4", "w4a4-ovp", "w4a4-ovp-2:4", "w8a8-int8", "w8a8-ovp-2:4", "w4a8-ovp"}) {
          Example example = example_of(dataflow.value, pipelining.value, rows, cols, scheme);
          if (!refusal(example.machine, example.scheme)) examples.push_back(std::move(example));
        }
      }
    }
  }
  return examples;
}

inline std::string name_of(const Example& example) {
  const ArrayConfig& array = example.machine.array;
  return fmt::format("{}x{} {} {} {}", array.rows, array.cols,
                     olivine::name_of<Dataflow>(kDataflowNames, array.dataflow),
                     olivine::name_of<Pipelining>(kPipeliningNames, array.pipelining),
                     example.scheme.name);
}

}  // namespace olivine::view::testing

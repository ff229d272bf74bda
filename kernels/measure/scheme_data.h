// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>

#include "kernels/launch/status.h"
#include "kernels/measure/expectation.h"

namespace olivine::measure {

class Bench;

// Operands of a shape and scheme with what must come out.
struct SchemeData {
  Operands checked;
  Operands timed;  // of float schemes; of integer ones `checked` are timed
  Expectation expectation;
  std::string problem;  // why nothing can be checked with it

  [[nodiscard]] const Operands& timed_operands() const {
    return timed.activations.rows > 0 ? timed : checked;
  }
};

struct SchemeDataOptions {
  uint64_t seed = 1;
  int threads = 1;
  bool is_timed = false;
};

[[nodiscard]] SchemeData make_scheme_data(Bench& bench, const NamedShape& shape,
                                          const Scheme& scheme, const SchemeDataOptions& options);

}  // namespace olivine::measure

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/scheme_data.h"

#include "kernels/measure/bench.h"

namespace olivine::measure {

SchemeData make_scheme_data(Bench& bench, const NamedShape& shape, const Scheme& scheme,
                            const SchemeDataOptions& options) {
  SchemeData data;
  data.checked = make_operands(shape, scheme, options.seed, options.threads);
  if (options.is_timed && !info(scheme.activations).is_integer) {
    data.timed = make_timed_operands(shape, scheme, options.seed, options.threads);
  }
  const ReferenceGemm reference = [&](const PackedMatrix& activations,
                                      const PackedMatrix& weights) {
    return bench.reference_sums(activations, weights);
  };
  const Status status =
      make_expectation(data.checked, reference, options.threads, data.expectation);
  data.problem = status.reason();
  return data;
}

}  // namespace olivine::measure

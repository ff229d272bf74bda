// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/benches.h"

#include <array>

namespace olivine::regress {

// Copied at the first call: the benches are complete then, in whatever order their files start.
std::span<const BlockBench> all_benches() {
  static const std::array kBenches = {kOutlierDecoderBench,
                                      kOvpDecoder4Bench,
                                      kOvpDecoder8Bench,
                                      kOvpDecoderBench,
                                      kOvpEncoderBench,
                                      kSparseSelectBench,
                                      kPeBench,
                                      kSystolicArrayBench,
                                      kSystolicArrayLoopBench,
                                      kFoldControllerBench,
                                      kDotProductUnitBench,
                                      kMmaUnitBench,
                                      kAcceleratorBench};
  return kBenches;
}

}  // namespace olivine::regress

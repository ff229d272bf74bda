// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "experiments/regress/bench.h"

namespace olivine::regress {

// One line a block, in the order of the data path. The list that the regression walks is
// all_benches() in bench.h.
extern const BlockBench kOutlierDecoderBench;
extern const BlockBench kOvpDecoder4Bench;
extern const BlockBench kOvpDecoder8Bench;
extern const BlockBench kOvpDecoderBench;
extern const BlockBench kOvpEncoderBench;
extern const BlockBench kSparseSelectBench;
extern const BlockBench kPeBench;
extern const BlockBench kSystolicArrayBench;
extern const BlockBench kSystolicArrayLoopBench;
extern const BlockBench kFoldControllerBench;
extern const BlockBench kAcceleratorBench;
extern const BlockBench kDotProductUnitBench;
extern const BlockBench kMmaUnitBench;

}  // namespace olivine::regress

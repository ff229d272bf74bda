// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/accelerator_core.h"

#include "sim/cosim/model_builder.h"
#include "sim/cosim/verilated_accelerator.h"
#include "sim/platform/platform_config.h"
#include "sim/systolic/stream_accelerator.h"

namespace olivine {

std::unique_ptr<AcceleratorCore> make_accelerator_core(const PlatformAccelerator& accelerator) {
  const ArrayConfig& array = accelerator.machine.array;
  const AcceleratorLimits limits{
      .rows = array.rows,
      .cols = array.cols,
      .is_output_stationary = array.dataflow == Dataflow::OutputStationary,
      .is_sparse = array.has_sparse_select,
      .buffer_depth = accelerator.buffer_depth,
      .output_depth = accelerator.output_depth};
  switch (accelerator.model) {
    case AcceleratorModel::Event:
    case AcceleratorModel::Cycle:
      return nullptr;
    case AcceleratorModel::Stream:
      return std::make_unique<StreamAccelerator>(limits);
    case AcceleratorModel::Rtl:
      break;
  }
  const std::string rtl = accelerator.rtl.empty() ? default_rtl_folder() : accelerator.rtl;
  return make_verilated_accelerator(rtl, kDefaultModelFolder, limits);
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/own_case.h"

#include <algorithm>

#include "kernels/launch/operand_layout.h"
#include "kernels/measure/bench.h"
#include "kernels/measure/expectation.h"
#include "kernels/measure/variants.h"
#include "kernels/quant/quant_kernels.h"

namespace olivine::measure {

Status OwnCase::make(const CaseInputs& inputs, OwnCase& own) {
  OwnCase made;
  made.inputs_ = &inputs;
  made.weight_form_ = inputs.variant->weights;
  made.activation_form_ = inputs.variant->activations;
  const Operands& operands = *inputs.checked;
  if (Status status = make_weight_image(operands.weights, made.weights_); !status) return status;
  Status status = make_activation_image(operands.activations, stored_activations(operands.scheme),
                                        made.activations_);
  if (!status) return status;
  own = std::move(made);
  return {};
}

int64_t OwnCase::decoded_weight_stride() const {
  return operand_stride(weight_row_bytes(weight_form_, weights_.k));
}

int64_t OwnCase::decoded_activation_stride() const {
  return operand_stride(activation_row_bytes(activation_form_, activations_.k));
}

int64_t OwnCase::decoded_plane_stride() const {
  return activation_form_ == ActivationForm::Int8Planes
             ? activations_.rows * decoded_activation_stride()
             : 0;
}

int64_t OwnCase::decoded_weight_bytes() const {
  return weight_form_ == weights_.form ? 0 : weights_.rows * decoded_weight_stride();
}

int64_t OwnCase::decoded_activation_bytes() const {
  if (activation_form_ == activations_.form) return 0;
  return activations_.rows * decoded_activation_stride() + decoded_plane_stride();
}

DecodeOvpArgs OwnCase::decode_args(const OwnAddresses& addresses) const {
  DecodeOvpArgs args;
  if (decoded_weight_bytes() > 0) {
    args.first.format = Format::Ovp4;
    args.first.rows = weights_.rows;
    args.first.columns = is_sparse(weights_.form) ? 2 * group_count(weights_.k) : weights_.k;
    args.first.codes = addresses.weights;
    args.first.code_stride = weights_.stride;
    args.first.values = static_cast<int8_t*>(addresses.decoded_weights);
    args.first.value_stride = decoded_weight_stride();
  }
  if (decoded_activation_bytes() > 0) {
    args.second.format = activations_.form == ActivationForm::Ovp8 ? Format::Ovp8 : Format::Ovp4;
    args.second.rows = activations_.rows;
    args.second.columns = activations_.k;
    args.second.codes = addresses.activations;
    args.second.code_stride = activations_.stride;
    args.second.values = static_cast<int8_t*>(addresses.decoded_activations);
    args.second.value_stride = decoded_activation_stride();
    args.second.plane_stride = decoded_plane_stride();
  }
  return args;
}

GemmArgs OwnCase::gemm_args(const OwnAddresses& addresses, OutputForm output, void* c,
                            int64_t c_stride) const {
  const Expectation& expectation = *inputs_->expectation;
  const bool has_decoded_weights = weight_form_ != weights_.form;
  const bool has_decoded_activations = activation_form_ != activations_.form;
  GemmArgs args;
  args.m = activations_.rows;
  args.n = weights_.rows;
  args.k = weights_.k;
  args.weight_form = weight_form_;
  args.activation_form = activation_form_;
  args.output = output;
  args.weights = has_decoded_weights ? addresses.decoded_weights : addresses.weights;
  args.weight_stride = has_decoded_weights ? decoded_weight_stride() : weights_.stride;
  args.metadata = addresses.metadata;
  args.activations =
      has_decoded_activations ? addresses.decoded_activations : addresses.activations;
  args.activation_stride =
      has_decoded_activations ? decoded_activation_stride() : activations_.stride;
  args.plane_stride = has_decoded_activations ? decoded_plane_stride() : activations_.plane_stride;
  args.c = c;
  args.c_stride = c_stride;
  args.weight_scales = addresses.weight_scales;
  args.activation_scale = expectation.activation_scale;
  args.output_scale = expectation.output_scale;
  args.are_weights_settled = !has_decoded_weights;  // copied long before
  return args;
}

std::vector<const GemmKernel*> OwnCase::kernels(const OwnAddresses& addresses, void* c,
                                                const DeviceLimits& device,
                                                std::string& reasons) const {
  const GemmArgs args = gemm_args(addresses, OutputForm::Int32, c, weights_.rows);
  std::vector<const GemmKernel*> kernels;
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.weights != weight_form_ || kernel.activations != activation_form_) continue;
    const Status status = can_implement(kernel, args, device);
    if (status) {
      kernels.push_back(&kernel);
    } else {
      reasons += (reasons.empty() ? "" : "; ") + status.reason();
    }
  }
  std::stable_partition(kernels.begin(), kernels.end(), [](const GemmKernel* kernel) {
    return kernel->family == KernelFamily::Wgmma;
  });
  return kernels;
}

std::string tile_text(const GemmKernel& kernel) {
  std::string text = "n" + std::to_string(kernel.tile_n) + "m" + std::to_string(kernel.tile_m) +
                     "k" + std::to_string(kernel.tile_k) + ", " + std::to_string(kernel.stages) +
                     " stages";
  if (kernel.cluster > 1) text += ", cluster " + std::to_string(kernel.cluster);
  return text;
}

}  // namespace olivine::measure

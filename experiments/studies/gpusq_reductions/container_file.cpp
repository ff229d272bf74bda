// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/gpusq_reductions/container_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/checkpoint/packed_container.h"
#include "models/checkpoint/safetensors.h"
#include "models/numerics/quantize.h"
#include "models/numerics/sparse.h"

namespace olivine {
namespace {

constexpr uint64_t kSeed = 2305;

// Sizes depend on no value.
std::vector<float> draw_weights(int64_t n, int64_t k) {
  Rng rng{kSeed};
  std::vector<float> weights(static_cast<size_t>(n * k));
  for (float& weight : weights) weight = static_cast<float>(2 * rng.unit() - 1);
  return weights;
}

// The largest magnitude of a row becomes the largest integer.
std::vector<float> row_scales(const TwoFourTensor& tensor, Format format) {
  const auto largest_integer = static_cast<float>((1 << (info(format).bits - 1)) - 1);
  const std::span<const float> kept = tensor.kept;
  const auto kept_k = static_cast<size_t>(tensor.kept_k());
  std::vector<float> scales;
  for (size_t row = 0; row < static_cast<size_t>(tensor.rows); ++row) {
    float largest = 0;
    for (const float value : kept.subspan(row * kept_k, kept_k)) {
      largest = std::max(largest, std::abs(value));
    }
    scales.push_back(largest / largest_integer);
  }
  return scales;
}

PackedMatrix pack_random(Format format, int64_t n, int64_t k) {
  const std::vector<float> weights = draw_weights(n, k);
  const TwoFourTensor pruned = prune_two_four({"weights", weights, n, k});
  PackedMatrix packed = encode_two_four(pruned, "weights", format, row_scales(pruned, format));
  const uint64_t byte_count = packed.codes.size() + packed.metadata.size();
  const uint64_t stated = operand_bytes(format, Pattern::TwoFour, n, k).count();
  if (byte_count != stated) {
    throw CheckFailed{fmt::format("{} x {} weights of {} on 2:4: {} bytes packed, {} stated", n, k,
                                  name_of(format), byte_count, stated)};
  }
  return packed;
}

void write_container(const std::vector<ParameterTensor>& tensors, Format format,
                     WeightPacker& packer, const std::filesystem::path& path) {
  std::vector<TensorHeader> headers;
  std::map<std::string, std::string> metadata = {packed_version_entry()};
  for (const ParameterTensor& tensor : tensors) {
    if (!is_weight(tensor.kind)) {
      headers.push_back({tensor.name, ElementType::F32, {tensor.n, tensor.k}});
      continue;
    }
    const PackedMatrix& matrix = packer.pack(format, tensor.n, tensor.k);
    const PackedTensorInfo info = packed_info(tensor.name, matrix, {tensor.n, tensor.k});
    for (TensorHeader& header : packed_headers(info)) headers.push_back(std::move(header));
    metadata.insert(packed_entry(info));
  }
  SafetensorsWriter writer{path, headers, metadata};
  for (const ParameterTensor& tensor : tensors) {
    if (!is_weight(tensor.kind)) {
      writer.append(std::vector<uint8_t>(static_cast<size_t>(tensor.count()) * sizeof(float)));
      continue;
    }
    for (const auto bytes : packed_bytes(packer.pack(format, tensor.n, tensor.k))) {
      writer.append(bytes);
    }
  }
  writer.commit();
}

}  // namespace

const PackedMatrix& WeightPacker::pack(Format format, int64_t n, int64_t k) {
  const auto [found, is_new] = packed_.try_emplace({format, n, k});
  if (is_new) found->second = pack_random(format, n, k);
  return found->second;
}

uint64_t container_file_bytes(const std::vector<ParameterTensor>& tensors, Format format,
                              WeightPacker& packer, const std::filesystem::path& path) {
  write_container(tensors, format, packer, path);
  const uint64_t byte_count = std::filesystem::file_size(path);
  const size_t found = PackedContainer{open_safetensors(path)}.packed().size();
  std::filesystem::remove(path);
  const auto written = std::count_if(tensors.begin(), tensors.end(),
                                     [](const auto& tensor) { return is_weight(tensor.kind); });
  if (found != static_cast<size_t>(written)) {
    throw CheckFailed{
        fmt::format("{}: {} packed tensors, {} written", path.string(), found, written)};
  }
  return byte_count;
}

}  // namespace olivine

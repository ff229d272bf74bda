// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/tensor_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include "models/base/error.h"
#include "models/checkpoint/packed_container.h"
#include "models/checkpoint/safetensors.h"
#include "models/quantization/quant_scheme.h"
#include "models/quantization/quantized_tensor.h"

namespace olivine::quality {
namespace {

constexpr size_t kPieceBytes = size_t{8} << 20;

template <class Source>
std::vector<const StoredTensor*> others(const Checkpoint& checkpoint,
                                        const std::vector<Source>& written,
                                        const std::string& (*name_of)(const Source&)) {
  std::set<std::string> names;
  for (const Source& source : written) names.insert(name_of(source));
  std::vector<const StoredTensor*> result;
  for (const StoredTensor& tensor : checkpoint.tensors()) {
    if (!names.contains(tensor.name)) result.push_back(&tensor);
  }
  return result;
}

const std::string& planned_name(const PlannedTensor& planned) { return planned.source.tensor; }
const std::string& source_name(const WeightSource& source) { return source.tensor; }

PackedTensorInfo info_of(const Checkpoint& checkpoint, const PlannedTensor& planned) {
  PackedTensorInfo info;
  info.name = planned.source.tensor;
  info.format = planned.format;
  info.pattern = planned.pattern;
  info.rows = planned.source.rows;
  info.k = planned.source.k;
  info.shape = checkpoint.at(info.name).shape;
  info.scale_count = planned.has_row_scales ? info.rows : 1;
  return info;
}

void append_plain(std::vector<TensorHeader>& headers,
                  const std::vector<const StoredTensor*>& tensors) {
  for (const StoredTensor* tensor : tensors) {
    headers.push_back({tensor->name, tensor->type, tensor->shape});
  }
}

std::vector<TensorHeader> packed_file_headers(const Checkpoint& checkpoint,
                                              const std::vector<PlannedTensor>& planned,
                                              const std::vector<const StoredTensor*>& plain) {
  std::vector<TensorHeader> headers;
  for (const PlannedTensor& tensor : planned) {
    for (TensorHeader& header : packed_headers(info_of(checkpoint, tensor))) {
      headers.push_back(std::move(header));
    }
  }
  append_plain(headers, plain);
  return headers;
}

std::map<std::string, std::string> packed_file_metadata(
    const Checkpoint& checkpoint, const std::vector<PlannedTensor>& planned,
    std::map<std::string, std::string> metadata) {
  for (const PlannedTensor& tensor : planned) {
    metadata.insert(packed_entry(info_of(checkpoint, tensor)));
  }
  metadata.insert(packed_version_entry());
  return metadata;
}

std::vector<TensorHeader> decoded_headers(const Checkpoint& checkpoint,
                                          const std::vector<WeightSource>& sources,
                                          const std::vector<const StoredTensor*>& plain) {
  std::vector<TensorHeader> headers;
  headers.reserve(sources.size() + plain.size());
  for (const WeightSource& source : sources) {
    headers.push_back({source.tensor, ElementType::F32, checkpoint.at(source.tensor).shape});
  }
  append_plain(headers, plain);
  return headers;
}

// Copies tensors piece by piece; pages that were copied need not stay in memory.
void finish_file(SafetensorsWriter& writer, const Checkpoint& checkpoint,
                 const std::vector<const StoredTensor*>& plain) {
  for (const StoredTensor* tensor : plain) {
    for (auto rest = tensor->bytes; !rest.empty();) {
      const auto piece = rest.first(std::min(rest.size(), kPieceBytes));
      writer.append(piece);
      rest = rest.subspan(piece.size());
      checkpoint.release(*tensor);
    }
  }
  writer.commit();
}

}  // namespace

PlannedTensor plan_tensor(const WeightSource& source, const QuantScheme& scheme,
                          const QuantizeOptions& options) {
  Format format = std::get<Format>(scheme.weights);
  if (format == Format::Ovp4 && options.ovp4 == Ovp4Normals::Flint4) format = Format::Ovp4f;
  const bool is_sparse = scheme.sparsity == Sparsity::TwoFour;
  const bool is_unscaled = format == Format::Fp16 || format == Format::Bf16;
  return {source, format, is_sparse ? Pattern::TwoFour : Pattern::Dense,
          !is_unscaled && options.granularity == Granularity::PerRow};
}

PackedFile::PackedFile(const std::filesystem::path& path, const Checkpoint& checkpoint,
                       const std::vector<PlannedTensor>& planned,
                       std::map<std::string, std::string> metadata)
    : checkpoint_(&checkpoint),
      plain_(others(checkpoint, planned, planned_name)),
      writer_(std::make_unique<SafetensorsWriter>(
          path, packed_file_headers(checkpoint, planned, plain_),
          packed_file_metadata(checkpoint, planned, std::move(metadata)))) {}

PackedFile::~PackedFile() = default;

void PackedFile::append(const QuantizedTensor& tensor) {
  const auto* matrix = std::get_if<PackedMatrix>(&tensor.stored);
  OLV_CHECK(matrix != nullptr, "only packed matrices were planned");
  for (const auto bytes : packed_bytes(*matrix)) writer_->append(bytes);
}

void PackedFile::finish() { finish_file(*writer_, *checkpoint_, plain_); }

DecodedFile::DecodedFile(const std::filesystem::path& path, const Checkpoint& checkpoint,
                         const std::vector<WeightSource>& sources,
                         const std::map<std::string, std::string>& metadata)
    : checkpoint_(&checkpoint),
      plain_(others(checkpoint, sources, source_name)),
      writer_(std::make_unique<SafetensorsWriter>(
          path, decoded_headers(checkpoint, sources, plain_), metadata)) {}

DecodedFile::~DecodedFile() = default;

void DecodedFile::append(const WeightSource& source, const QuantizedTensor& tensor) {
  const std::vector<float> values =
      in_stored_order(checkpoint_->at(source.tensor), source, tensor.decoded());
  const auto* first = reinterpret_cast<const uint8_t*>(values.data());
  writer_->append({first, values.size() * sizeof(float)});
}

void DecodedFile::finish() { finish_file(*writer_, *checkpoint_, plain_); }

}  // namespace olivine::quality

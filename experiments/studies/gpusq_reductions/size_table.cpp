// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/gpusq_reductions/size_table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "experiments/studies/expected_rows.h"

namespace olivine {

// A format as published, and what we have for it.
struct PublishedSize {
  const char* title;
  Format format;
  double metadata_share;  // of the metadata in our container
  const char* reduction;
};

namespace {

constexpr double kFloatBits = 32;
constexpr double kBitsPerByte = 8;
constexpr double kSparseGain = 2;  // 2:4 leaves out half of the weights
// An index of 2 bits a kept element, as int8 and our containers have it. NVIDIA's int4 keeps pairs
// of neighbours (4:8), one index a pair.
constexpr double kIndexShareOfPairs = 0.5;

constexpr std::array kFormats = {
    PublishedSize{"INT8", Format::Int8, 1, "6.4"}, PublishedSize{"INT4", Format::Int4, 1, "12.7"},
    PublishedSize{"INT4, 4:8 pairs", Format::Int4, kIndexShareOfPairs, "12.7"}};

// Half of the codes, and 4 bits for the two indices of four weights or a share of it.
double stated_bits(const PublishedSize& format) {
  return info(format.format).bits / kSparseGain + format.metadata_share;
}

double size_of(const std::vector<uint8_t>& bytes) { return static_cast<double>(bytes.size()); }

}  // namespace

SizeTable::SizeTable(ExpectedRows& rows)
    : rows_{rows},
      file_{std::filesystem::temp_directory_path() /
            fmt::format("gpusq_reductions_{}.safetensors", getpid())} {}

void SizeTable::print_title() const {
  rows_.print(
      "\n## Size: float32 over packed\n\n| network | format | bits a weight | weights alone | and "
      "their scales | all parameters | as a file | classifier and patch embedding float32 too | "
      "published |\n|---|---|---|---|---|---|---|---|---|");
}

void SizeTable::print(const std::string& network, const std::vector<ParameterTensor>& parameters) {
  const auto weights = static_cast<double>(weight_count(parameters));
  const double whole = kFloatBits * static_cast<double>(parameter_count(parameters));
  for (const PublishedSize& format : kFormats) {
    const PackedBits all = bits(parameters, format, false);
    const PackedBits blocks = bits(parameters, format, true);
    rows_.row(
        fmt::format("| {} | {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {} | {:.2f} | {} |", network,
                    format.title, all.packed / weights, kFloatBits * weights / all.packed,
                    kFloatBits * weights / (all.packed + all.scales), whole / all.total(),
                    file_ratio(parameters, format), whole / blocks.total(), format.reduction));
    rows_.expect(
        all.packed / weights == stated_bits(format),
        fmt::format("{}: {} has {} bits a weight", network, format.title, stated_bits(format)));
  }
}

SizeTable::PackedBits SizeTable::bits(const std::vector<ParameterTensor>& parameters,
                                      const PublishedSize& format, bool blocks_only) {
  PackedBits sum;
  for (const ParameterTensor& tensor : parameters) {
    if (!is_weight(tensor.kind) || (blocks_only && tensor.kind != ParameterKind::Blocks)) {
      sum.floats += kFloatBits * static_cast<double>(tensor.count());
      continue;
    }
    const PackedMatrix& matrix = packer_.pack(format.format, tensor.n, tensor.k);
    sum.packed +=
        kBitsPerByte * (size_of(matrix.codes) + format.metadata_share * size_of(matrix.metadata));
    sum.scales += kFloatBits * static_cast<double>(matrix.scales.size());
  }
  return sum;
}

std::string SizeTable::file_ratio(const std::vector<ParameterTensor>& parameters,
                                  const PublishedSize& format) {
  if (format.metadata_share != 1) return "none";
  const uint64_t byte_count = container_file_bytes(parameters, format.format, packer_, file_);
  const double float_bytes =
      kFloatBits / kBitsPerByte * static_cast<double>(parameter_count(parameters));
  return fmt::format("{:.2f}", float_bytes / static_cast<double>(byte_count));
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/studies/gpusq_reductions/container_file.h"
#include "experiments/studies/gpusq_reductions/network_parameters.h"

namespace olivine {

class ExpectedRows;
struct PublishedSize;

// How much smaller networks become with their weights on 2:4 in INT8 and INT4: bits of float32 over
// bits packed, with more and more of what a network has beside codes.
class SizeTable {
 public:
  // Contract: `rows` outlives the table.
  explicit SizeTable(ExpectedRows& rows);

  void print_title() const;
  // A row a format. Throws ConfigError where the temporary folder cannot be written.
  void print(const std::string& network, const std::vector<ParameterTensor>& parameters);

 private:
  struct PackedBits {
    double packed = 0;  // codes and metadata
    double scales = 0;
    double floats = 0;

    [[nodiscard]] double total() const { return packed + scales + floats; }
  };

  PackedBits bits(const std::vector<ParameterTensor>& parameters, const PublishedSize& format,
                  bool blocks_only);
  // Of the network's container, "none" where there is no such container.
  std::string file_ratio(const std::vector<ParameterTensor>& parameters,
                         const PublishedSize& format);

  ExpectedRows& rows_;
  std::filesystem::path file_;
  WeightPacker packer_;
};

}  // namespace olivine

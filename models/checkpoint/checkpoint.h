// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/element_type.h"

namespace olivine {

class MappedFile;

// One tensor of a checkpoint, row-major (the last extent varies fastest) and little-endian. `bytes`
// points into storage that its Checkpoint keeps; no alignment is promised.
struct StoredTensor {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;  // empty: a scalar
  std::span<const uint8_t> bytes;

  [[nodiscard]] int64_t element_count() const;

  // Elements first, first + 1, ... as float32. Throws ShapeError: beyond the tensor; ConfigError
  // that names tensor and type where it holds no floats.
  void read_floats(int64_t first, std::span<float> out) const;
  [[nodiscard]] std::vector<float> floats() const;
};

// Named tensors, whatever file they come from. Copies share the storage (a mapped file, or bytes
// that a reader had to unpack).
class Checkpoint {
 public:
  Checkpoint() = default;
  // Contract: names are distinct, every tensor has as many bytes as its shape and type say, and
  // `storage` and `files` keep what the tensors point to.
  Checkpoint(std::string source, std::vector<StoredTensor> tensors,
             std::map<std::string, std::string> metadata, std::shared_ptr<const void> storage,
             std::vector<std::shared_ptr<const MappedFile>> files = {});

  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] std::span<const StoredTensor> tensors() const { return tensors_; }  // file's order
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  [[nodiscard]] const StoredTensor* find(std::string_view name) const;
  // Throws ConfigError with the source and the nearest name.
  [[nodiscard]] const StoredTensor& at(std::string_view name) const;

  // Says that `tensor` will not be read soon: the pages of a mapped file that hold it leave this
  // process's memory. Whoever goes through a checkpoint tensor by tensor, and calls this after
  // each (or after each part of a large one), holds one at a time. Reading the tensor again is
  // right, only slower.
  void release(const StoredTensor& tensor) const;

 private:
  std::string source_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, size_t, std::less<>> index_;
  std::shared_ptr<const void> storage_;
  std::vector<std::shared_ptr<const MappedFile>> files_;
};

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {

int64_t StoredTensor::element_count() const {
  const auto count = checked_element_count(shape);
  OLV_CHECK(count, "{}: {}", name, shape_text(shape));
  return *count;
}

Checkpoint::Checkpoint(std::string source, std::vector<StoredTensor> tensors,
                       std::map<std::string, std::string> metadata,
                       std::shared_ptr<const void> storage,
                       std::vector<std::shared_ptr<const MappedFile>> files)
    : source_(std::move(source)),
      tensors_(std::move(tensors)),
      metadata_(std::move(metadata)),
      storage_(std::move(storage)),
      files_(std::move(files)) {
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const bool is_new = index_.emplace(tensors_[i].name, i).second;
    OLV_CHECK(is_new, "{}: tensor {} twice", source_, tensors_[i].name);
    const auto byte_count = checked_byte_count(tensors_[i].type, tensors_[i].shape);
    OLV_CHECK(byte_count && static_cast<uint64_t>(*byte_count) == tensors_[i].bytes.size(),
              "{}: tensor {} has {} bytes", source_, tensors_[i].name, tensors_[i].bytes.size());
  }
}

const StoredTensor* Checkpoint::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const StoredTensor& Checkpoint::at(std::string_view name) const {
  if (const StoredTensor* tensor = find(name)) return *tensor;
  std::vector<std::string> names;
  for (const StoredTensor& tensor : tensors_) names.push_back(tensor.name);
  throw ConfigError{fmt::format("{}: no tensor '{}'{}", source_, name, suggestion(name, names))};
}

void Checkpoint::release(const StoredTensor& tensor) const {
  for (const auto& file : files_) file->release(tensor.bytes);
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/sharded.h"

#include <fmt/format.h>

#include <set>

#include "models/base/error.h"
#include "models/checkpoint/bounded_json.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/safetensors.h"

namespace olivine {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kWhole = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";
constexpr int kMaxIndexDepth = 8;  // "metadata" may hold anything

// Tensors by shard.
using ShardMap = std::map<std::string, std::set<std::string>>;

bool is_plain_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view{"/\\\0", 3}) == std::string::npos;
}

ShardMap read_index(const std::filesystem::path& path) {
  const std::string source = path.string();
  const MappedFile file{path};
  if (file.bytes().size() > kMaxSafetensorsHeaderBytes) {
    throw ConfigError{fmt::format("{}: {} bytes: must be at most {}", source, file.bytes().size(),
                                  kMaxSafetensorsHeaderBytes)};
  }
  const Json index = parse_bounded_json(file.bytes(), kMaxIndexDepth, source);
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object()) {
    throw ConfigError{fmt::format("{}: weight_map must be an object", source)};
  }
  ShardMap shards;
  for (const auto& [tensor, shard] : map->items()) {
    if (!shard.is_string() || !is_plain_file_name(shard.get<std::string>())) {
      throw ConfigError{
          fmt::format("{}: weight_map: {}: must name a file of the same folder", source, tensor)};
    }
    shards[shard.get<std::string>()].insert(tensor);
  }
  return shards;
}

void check_shard(const Checkpoint& shard, const std::set<std::string>& wanted,
                 const std::filesystem::path& index) {
  for (const StoredTensor& tensor : shard.tensors()) {
    if (wanted.contains(tensor.name)) continue;
    throw ConfigError{fmt::format("{}: tensor {} is not of this file by {}", shard.source(),
                                  tensor.name, index.filename().string())};
  }
  for (const std::string& name : wanted) (void)shard.at(name);
}

Checkpoint open_shards(const std::filesystem::path& folder) {
  const auto index = folder / kIndex;
  std::vector<StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
  std::vector<std::shared_ptr<const MappedFile>> files;
  for (const auto& [name, wanted] : read_index(index)) {
    const auto file = std::make_shared<const MappedFile>(folder / name);
    const std::string source = (folder / name).string();
    const Checkpoint shard = parse_safetensors(file->bytes(), source);
    check_shard(shard, wanted, index);
    tensors.insert(tensors.end(), shard.tensors().begin(), shard.tensors().end());
    metadata.insert(shard.metadata().begin(), shard.metadata().end());
    files.push_back(file);
  }
  return {folder.string(), std::move(tensors), std::move(metadata), nullptr, std::move(files)};
}

}  // namespace

Checkpoint open_safetensors_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder / kWhole, ignored)) return open_safetensors(folder / kWhole);
  if (std::filesystem::exists(folder / kIndex, ignored)) return open_shards(folder);
  throw ConfigError{fmt::format("{}: no checkpoint: a folder must have {} or {}", folder.string(),
                                kWhole, kIndex)};
}

}  // namespace olivine

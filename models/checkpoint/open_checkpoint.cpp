// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/open_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "models/base/error.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/npy.h"
#include "models/checkpoint/npz.h"
#include "models/checkpoint/onnx/onnx_model.h"
#include "models/checkpoint/safetensors.h"
#include "models/checkpoint/sharded.h"
#include "models/checkpoint/zip_archive.h"

namespace olivine {
namespace {

enum class FileKind { Unknown, Safetensors, Npy, Npz, Onnx };

// By the first bytes. A safetensors file has none of its own, but a brace behind eight of them.
FileKind kind_of(std::span<const uint8_t> bytes) {
  if (looks_like_npy(bytes)) return FileKind::Npy;
  if (looks_like_zip(bytes)) return FileKind::Npz;
  if (looks_like_onnx(bytes)) return FileKind::Onnx;
  if (bytes.size() > 8 && bytes[8] == '{') return FileKind::Safetensors;
  return FileKind::Unknown;
}

[[noreturn]] void fail_on_unknown(const std::filesystem::path& path,
                                  std::span<const uint8_t> bytes) {
  const auto first = bytes.first(std::min<size_t>(bytes.size(), 8));
  throw ConfigError{
      fmt::format("{}: no checkpoint: {} bytes that begin with {:02X}: must be safetensors, .npy, "
                  ".npz, ONNX or a folder of safetensors",
                  path.string(), bytes.size(), fmt::join(first, " "))};
}

}  // namespace

Checkpoint open_checkpoint(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_safetensors_folder(path);
  const MappedFile file{path};
  switch (kind_of(file.bytes())) {
    case FileKind::Safetensors:
      return open_safetensors(path);
    case FileKind::Npy:
      return open_npy(path);
    case FileKind::Npz:
      return open_npz(path);
    case FileKind::Onnx:
      return open_onnx_checkpoint(path);
    case FileKind::Unknown:
      break;
  }
  fail_on_unknown(path, file.bytes());
}

}  // namespace olivine

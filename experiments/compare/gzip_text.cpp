// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/gzip_text.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "models/base/error.h"

namespace olivine::compare {
namespace {

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};
using GzipFile = std::unique_ptr<gzFile_s, CloseGzip>;

[[noreturn]] void fail(const std::string& path, std::string_view reason) {
  throw ConfigError{fmt::format("{}: cannot be read: {}", path, reason)};
}

// Reading past the end of a damaged or cut stream is an error only when asked for.
void check_state(const std::string& path, gzFile file, int read) {
  int code = Z_OK;
  const char* message = gzerror(file, &code);
  if (read >= 0 && code == Z_OK) return;
  fail(path, code == Z_ERRNO ? std::strerror(errno) : message);
}

}  // namespace

std::string read_text_or_gzip(const std::string& path) {
  std::error_code ignored;  // what cannot be looked at cannot be opened either, with the reason
  if (std::filesystem::is_directory(path, ignored)) fail(path, "is a folder");
  const GzipFile file{gzopen(path.c_str(), "rb")};
  if (!file) fail(path, std::strerror(errno));
  std::string text;
  std::array<char, size_t{1} << 16> buffer;
  int read = 0;
  do {
    read = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    check_state(path, file.get(), read);
    text.append(buffer.data(), static_cast<size_t>(read));
    if (text.size() > kMaxTextBytes) {
      fail(path, fmt::format("longer than {} bytes of text", kMaxTextBytes));
    }
  } while (read > 0);
  return text;
}

}  // namespace olivine::compare

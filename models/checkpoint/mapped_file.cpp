// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <system_error>

#include "models/base/error.h"

namespace olivine {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int system_error) {
  throw ConfigError{fmt::format("{}: cannot be read: {}", path.string(),
                                std::generic_category().message(system_error))};
}

// Closes at the end of the scope: a mapping does not need its descriptor.
class Descriptor {
 public:
  // Without O_NONBLOCK, opening a pipe would wait for its writer before it can be refused.
  explicit Descriptor(const std::filesystem::path& path)
      : value_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (value_ < 0) fail(path, errno);
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int value() const { return value_; }

 private:
  int value_;
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const Descriptor descriptor{path};
  struct stat status {};
  if (::fstat(descriptor.value(), &status) != 0) fail(path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw ConfigError{fmt::format("{}: must be a regular file", path.string())};
  }
  if (status.st_size == 0) return;
  const auto length = static_cast<size_t>(status.st_size);
  void* address = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, descriptor.value(), 0);
  if (address == MAP_FAILED) fail(path, errno);
  bytes_ = {static_cast<const uint8_t*>(address), length};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

void MappedFile::release(std::span<const uint8_t> part) const {
  const std::less<const uint8_t*> is_before;
  const uint8_t* end = bytes_.data() + bytes_.size();
  if (part.empty() || is_before(part.data(), bytes_.data()) ||
      is_before(end, part.data() + part.size())) {
    return;
  }
  // Whole pages, also those shared with neighbours: they only have to be looked up again.
  static const auto kPageBytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const auto offset = static_cast<size_t>(part.data() - bytes_.data());
  const size_t first = offset / kPageBytes * kPageBytes;
  auto* address = const_cast<uint8_t*>(bytes_.data() + first);
  // Advice; where the system does not take it, the pages stay.
  (void)::madvise(address, offset - first + part.size(), MADV_DONTNEED);
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/output_check.h"

#include <algorithm>
#include <cstring>

#include "kernels/measure/print_text.h"
#include "models/base/units.h"

namespace olivine::measure {
namespace {

constexpr int64_t kAlignedElements = 16;

bool is_poisoned(std::span<const uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == kPoison; });
}

// An element as it lies, lowest byte last.
std::string element_text(std::span<const uint8_t> element) {
  std::string text = "0x";
  for (size_t i = element.size(); i > 0; --i) text += print_text("%02x", element[i - 1]);
  if (element.size() == sizeof(int32_t)) {
    int32_t value = 0;
    std::memcpy(&value, element.data(), sizeof value);
    text = std::to_string(value);
  }
  return text;
}

struct Wrong {
  int64_t count = 0;
  int64_t row = 0;  // of the first
  int64_t column = 0;
};

class OutputView {
 public:
  OutputView(const OutputLayout& layout, std::span<const uint8_t> bytes,
             std::span<const uint8_t> expected)
      : layout_{layout}, bytes_{bytes}, expected_{expected} {}

  [[nodiscard]] std::span<const uint8_t> row(int64_t i) const {
    const int64_t start = layout_.guard_bytes + i * layout_.c_stride * layout_.element_bytes;
    return bytes_.subspan(static_cast<size_t>(start), row_bytes());
  }
  [[nodiscard]] std::span<const uint8_t> expected_row(int64_t i) const {
    return expected_.subspan(static_cast<size_t>(i) * row_bytes(), row_bytes());
  }
  [[nodiscard]] std::span<const uint8_t> element(std::span<const uint8_t> row, int64_t j) const {
    const auto size = static_cast<size_t>(layout_.element_bytes);
    return row.subspan(static_cast<size_t>(j) * size, size);
  }

  [[nodiscard]] Wrong find_wrong() const {
    Wrong wrong;
    for (int64_t i = 0; i < layout_.m; ++i) {
      if (std::equal(row(i).begin(), row(i).end(), expected_row(i).begin())) continue;
      for (int64_t j = 0; j < layout_.n; ++j) {
        const auto got = element(row(i), j);
        const auto want = element(expected_row(i), j);
        if (std::equal(got.begin(), got.end(), want.begin())) continue;
        if (wrong.count++ == 0) wrong = {1, i, j};
      }
    }
    return wrong;
  }

  [[nodiscard]] std::string wrong_text(const Wrong& wrong) const {
    const auto got = element(row(wrong.row), wrong.column);
    const auto want = element(expected_row(wrong.row), wrong.column);
    const std::string place = print_text("c[%lld][%lld]", static_cast<long long>(wrong.row),
                                         static_cast<long long>(wrong.column));
    const std::string what = is_poisoned(got) ? " was not written" : " = " + element_text(got);
    return place + what + ", must be " + element_text(want) + " (" + std::to_string(wrong.count) +
           " of " + std::to_string(layout_.m * layout_.n) + " differ)";
  }

  // Bytes [begin, end) of all memory.
  [[nodiscard]] Status check_guard(int64_t begin, int64_t end, const std::string& place) const {
    const auto guard = bytes_.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    const auto written =
        std::find_if(guard.begin(), guard.end(), [](uint8_t byte) { return byte != kPoison; });
    if (written == guard.end()) return {};
    return Status::refuse("byte " + std::to_string(written - guard.begin()) + " " + place +
                          " was written");
  }

  [[nodiscard]] Status check_guards() const {
    const int64_t c_end = layout_.guard_bytes + layout_.c_bytes();
    if (Status s = check_guard(0, layout_.guard_bytes, "of the guard before c"); !s) return s;
    for (int64_t i = 0; i < layout_.m; ++i) {
      const int64_t start = layout_.guard_bytes + i * layout_.c_stride * layout_.element_bytes;
      const int64_t end = start + layout_.c_stride * layout_.element_bytes;
      const std::string place = "past the end of row " + std::to_string(i) + " of c";
      Status s = check_guard(start + layout_.n * layout_.element_bytes, end, place);
      if (!s) return s;
    }
    return check_guard(c_end, c_end + layout_.guard_bytes, "of the guard behind c");
  }

 private:
  [[nodiscard]] size_t row_bytes() const {
    return static_cast<size_t>(layout_.n * layout_.element_bytes);
  }

  const OutputLayout& layout_;
  std::span<const uint8_t> bytes_;
  std::span<const uint8_t> expected_;
};

}  // namespace

OutputLayout guarded_layout(int64_t m, int64_t n, int element_bytes, GuardColumns columns) {
  OutputLayout layout;
  layout.m = m;
  layout.n = n;
  layout.element_bytes = element_bytes;
  layout.c_stride = round_up(n, kAlignedElements) + kAlignedElements;
  if (columns == GuardColumns::Odd) {
    layout.c_stride = n + 1 + n % 2;
    layout.guard_bytes += element_bytes;
  }
  return layout;
}

Status check_output(const OutputLayout& layout, std::span<const uint8_t> bytes,
                    std::span<const uint8_t> expected) {
  const OutputView view{layout, bytes, expected};
  const Wrong wrong = view.find_wrong();
  if (wrong.count > 0) return Status::refuse(view.wrong_text(wrong));
  return view.check_guards();
}

std::vector<uint8_t> extract_output(const OutputLayout& layout, std::span<const uint8_t> bytes) {
  const OutputView view{layout, bytes, {}};
  std::vector<uint8_t> c;
  c.reserve(static_cast<size_t>(layout.m * layout.n * layout.element_bytes));
  for (int64_t i = 0; i < layout.m; ++i) {
    const auto row = view.row(i);
    c.insert(c.end(), row.begin(), row.end());
  }
  return c;
}

uint64_t fnv1a(std::span<const uint8_t> bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

std::string hash_text(uint64_t hash) {
  return print_text("%016llx", static_cast<unsigned long long>(hash));
}

}  // namespace olivine::measure

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <utility>

namespace olivine {

// Whether a kernel can do what it is asked, and if not, why: which operand, which value, what is
// legal. Every launch is preceded by one.
class [[nodiscard]] Status {
 public:
  Status() = default;
  [[nodiscard]] static Status refuse(std::string reason) { return Status{std::move(reason)}; }

  [[nodiscard]] explicit operator bool() const { return reason_.empty(); }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  explicit Status(std::string reason) : reason_{std::move(reason)} {}

  std::string reason_;
};

}  // namespace olivine

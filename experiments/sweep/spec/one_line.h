// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <string>

#include "models/base/error.h"

namespace olivine::sweep {

// Why a point failed: a line of its own in the database.
[[nodiscard]] inline std::string one_line(const UserError& error) {
  const size_t others = error.problems().size() - 1;
  const std::string& first = error.problems().front();
  return others == 0 ? first : fmt::format("{} (and {} more)", first, others);
}

}  // namespace olivine::sweep

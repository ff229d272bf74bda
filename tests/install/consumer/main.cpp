// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/format.h"

// 3 rows of 5 elements of 4 bits, each row padded to whole bytes: 3 * ceil(5 * 4 / 8) = 9 bytes.
int main() {
  const auto bytes =
      olivine::code_bytes(olivine::Format::Int4, olivine::Pattern::Dense, /*rows=*/3, /*k=*/5);
  return bytes.count() == 9 ? 0 : 1;
}

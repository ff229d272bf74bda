// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

namespace olivine {

// The cycle at which something happened, shared between the unit it happens in and those that
// wait for it. Empty until it is known; it may be set ahead of its time.
using EventCycle = std::shared_ptr<std::optional<int64_t>>;
[[nodiscard]] inline EventCycle make_event() { return std::make_shared<std::optional<int64_t>>(); }
[[nodiscard]] inline bool has_happened(const EventCycle& event, int64_t now) {
  return event->has_value() && **event <= now;
}

}  // namespace olivine

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <tlm>
#include <vector>

#include "sim/memory/memory_model.h"

namespace olivine {

// What travels with a TLM-2.0 generic payload beyond its standard fields.
struct PacketTag final : tlm::tlm_extension<PacketTag> {
  uint64_t tag = 0;        // the initiator's
  size_t initiator = 0;    // set by the bus, as are
  int64_t granted_at = 0;  // the cycle of the grant

  [[nodiscard]] tlm::tlm_extension_base* clone() const override { return new PacketTag{*this}; }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = dynamic_cast<const PacketTag&>(other);
  }
};

[[nodiscard]] inline PacketTag& tag_of(tlm::tlm_generic_payload& payload) {
  return *payload.get_extension<PacketTag>();
}

// The payload as a memory model sees it; `tag` is left for the caller.
[[nodiscard]] MemoryRequest to_request(const tlm::tlm_generic_payload& payload);

// Memory manager of payloads: one that is released is used again. A payload of timing alone has a
// null data pointer, which TLM-2.0 would not allow between models of different makers.
class PacketPool final : public tlm::tlm_mm_interface {
 public:
  PacketPool() = default;
  ~PacketPool() override = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // A payload for `request`, acquired once; release() gives it back.
  [[nodiscard]] tlm::tlm_generic_payload& make(const MemoryRequest& request);
  void free(tlm::tlm_generic_payload* payload) override { free_.push_back(payload); }

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

}  // namespace olivine

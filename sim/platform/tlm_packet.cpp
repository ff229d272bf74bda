// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/tlm_packet.h"

namespace olivine {

MemoryRequest to_request(const tlm::tlm_generic_payload& payload) {
  MemoryRequest request;
  request.access = payload.is_read() ? Access::Read : Access::Write;
  request.address = payload.get_address();
  request.bytes = payload.get_data_length();
  request.data = payload.get_data_ptr();
  return request;
}

tlm::tlm_generic_payload& PacketPool::make(const MemoryRequest& request) {
  if (free_.empty()) {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    all_.back()->set_extension(new PacketTag);  // owned by the payload
    free_.push_back(all_.back().get());
  }
  tlm::tlm_generic_payload& payload = *free_.back();
  free_.pop_back();
  payload.acquire();
  payload.set_command(request.access == Access::Read ? tlm::TLM_READ_COMMAND
                                                     : tlm::TLM_WRITE_COMMAND);
  payload.set_address(request.address);
  payload.set_data_length(static_cast<unsigned>(request.bytes));
  payload.set_streaming_width(static_cast<unsigned>(request.bytes));
  payload.set_data_ptr(request.data);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  tag_of(payload).tag = request.tag;
  return payload;
}

}  // namespace olivine

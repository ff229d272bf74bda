// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace olivine {

// The wire format of protocol buffers (their documentation, "Encoding"): a message is a row of
// fields; a field is a tag, a varint that holds number and type, and a value.
enum class WireType : uint8_t { Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5 };

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::Varint;
  uint64_t value = 0;              // of a varint; the bits of a fixed one
  std::span<const uint8_t> bytes;  // LengthDelimited: inside the message
};

// The file that messages lie in, for places in errors. Contract: outlives its readers.
struct WireInput {
  std::span<const uint8_t> bytes;
  const std::string& source;

  // Throws ConfigError: "model.onnx: byte 17: ...".
  [[noreturn]] void fail(const uint8_t* place, std::string_view reason) const;
};

// Reads the fields of one message, or the values of one packed field, in order. Allocates nothing
// and copies nothing. Untrusted input: every length is checked against the enclosing message.
// Groups (deprecated before ONNX was) are refused.
class WireReader {
 public:
  // Contract: `message` lies in input.bytes.
  WireReader(const WireInput& input, std::span<const uint8_t> message)
      : input_(&input), rest_(message), first_(message.data()) {}

  // Nothing at the end of the message. Throws ConfigError.
  [[nodiscard]] std::optional<WireField> next_field();

  // The next value of a packed field. Nothing at its end. Throws ConfigError.
  [[nodiscard]] std::optional<uint64_t> next_varint();

  // Throws ConfigError at the field that was read last.
  [[noreturn]] void fail(std::string_view reason) const { input_->fail(first_, reason); }
  // Throws ConfigError unless the field read last has this type.
  void expect(const WireField& field, WireType type) const;

 private:
  uint64_t read_varint();
  std::span<const uint8_t> take(uint64_t byte_count);

  const WireInput* input_;
  std::span<const uint8_t> rest_;
  const uint8_t* first_;  // of the field that was read last
};

// Reads the next field without an error. False where it is none; for telling formats apart.
[[nodiscard]] bool try_next_field(std::span<const uint8_t>& rest, WireField& field);

}  // namespace olivine

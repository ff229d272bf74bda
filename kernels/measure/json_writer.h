// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace olivine::measure {

// Writes one JSON text, indented by two blanks, members in the order in which they are given.
// Numbers are the shortest that read back to the same bits; bytes that are no UTF-8 become U+FFFD.
// Throws std::domain_error for infinities and NaN, which JSON does not have: a measurement that is
// one is a mistake to be found, not to be written down. The message names the path of the member.
class JsonWriter {
 public:
  // Contract: calls nest as JSON does; key() before each value of an object, never in an array.
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view{text}); }
  void value(const std::string& text) { value(std::string_view{text}); }
  void value(double number);
  void null();
  template <class T>
  requires std::is_integral_v<T>
  void value(T number) {
    if constexpr (std::is_same_v<T, bool>) {
      put_scalar(number ? "true" : "false");
    } else {
      put_scalar(std::to_string(number));
    }
  }

  template <class T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }
  // null where there is nothing.
  template <class T>
  void member(std::string_view name, const std::optional<T>& content) {
    key(name);
    if (content) {
      value(*content);
    } else {
      null();
    }
  }
  template <class T>
  void member(std::string_view name, const std::vector<T>& content) {
    key(name);
    begin_array();
    for (const T& element : content) value(element);
    end_array();
  }

  // Contract: everything that was begun has ended.
  [[nodiscard]] std::string text() const { return out_ + "\n"; }

 private:
  struct Level {
    bool is_empty = true;
    std::string key;  // the last one; for messages
  };
  void begin(char bracket);
  void end(char bracket);
  void put_scalar(std::string_view text);
  void separate();
  [[nodiscard]] std::string path() const;

  std::string out_;
  std::vector<Level> levels_;
  bool has_key_ = false;
};

}  // namespace olivine::measure

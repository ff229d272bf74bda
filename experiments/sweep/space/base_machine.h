// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiments/sweep/spec/value.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"

namespace olivine::sweep {

inline constexpr std::string_view kEnergyTableKey = "energy.table";
inline constexpr std::string_view kCalibrationKey = "calibration";

enum class KeyType : uint8_t { Integer, Number, Boolean, Text };

// A key of a machine that a sweep can set (all but name, description, source), and its value.
struct MachineKey {
  std::string name;
  KeyType type = KeyType::Integer;
  Value value;
};

// The value of a key as the machine's table reads it, or what is wrong with it.
struct KeyReading {
  std::optional<Value> value;
  std::string problem;  // "array.rows = 0: must be 1..1024"
};

// The two kinds of machines behind one face.
using AnyMachine = std::variant<MachineConfig, GpuMachine>;

// Sets a key from text that its table accepted before, or from a computed one: then there may be a
// problem.
[[nodiscard]] std::optional<std::string> set_key(AnyMachine& machine, std::string_view key,
                                                 std::string_view text);

// A machine that points start from, ready to be copied: without its texts and places.
class BaseMachine {
 public:
  // Throws ConfigError.
  explicit BaseMachine(const std::string& name_or_path);

  [[nodiscard]] const std::string& name() const { return name_; }  // of the parameter `machine`
  [[nodiscard]] const std::string& path() const { return path_; }  // or name, as it was loaded
  [[nodiscard]] bool is_gpu() const { return std::holds_alternative<GpuMachine>(config_); }
  [[nodiscard]] std::string_view kind() const;  // "systolic", "gpu"
  [[nodiscard]] const AnyMachine& config() const { return config_; }
  [[nodiscard]] const std::vector<MachineKey>& keys() const { return keys_; }  // as in the table
  [[nodiscard]] const MachineKey* find(std::string_view key) const;
  // Where its file sets the key; "" where it does not.
  [[nodiscard]] const std::string& place(const std::string& key) const;
  // Of the kind's key, without changing the machine.
  [[nodiscard]] KeyReading read(std::string_view key, std::string_view text) const;
  // Contract: the key exists and read() finds no problem.
  void set(std::string_view key, std::string_view text);

 private:
  std::string name_;
  std::string path_;
  AnyMachine config_;
  std::map<std::string, std::string> places_;
  std::vector<MachineKey> keys_;
};

// Whether machines of any kind have the key.
[[nodiscard]] bool is_machine_key(std::string_view key);

// "a" of "a" and of "folder/a.yaml": what a file is called in results, wherever it lies.
[[nodiscard]] std::string plain_name(const std::string& name_or_path);
// Whether a name means a file instead of something shipped.
[[nodiscard]] bool is_file(std::string_view name_or_path);

}  // namespace olivine::sweep

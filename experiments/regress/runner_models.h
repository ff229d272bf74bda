// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>

#include "experiments/regress/runner.h"

namespace olivine::regress {

// Verilated models of an RTL tree, kept in the work folder.
class VerilatedSource : public ModelSource {
 public:
  VerilatedSource(std::string rtl, std::string work);

  void prepare() const override;
  // Also checks that the top has the ports the bench needs.
  [[nodiscard]] std::string build(const Target& target, Instruments instruments) const override;
  [[nodiscard]] std::unique_ptr<RtlModel> open(const std::string& built,
                                               uint64_t seed) const override;

 private:
  void check_ports(const Target& target, const std::string& library) const;

  std::string rtl_;
  std::string work_;
};

}  // namespace olivine::regress

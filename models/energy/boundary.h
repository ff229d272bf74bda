// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/base/enum_names.h"

namespace olivine {

// What an energy number includes. Device: the silicon itself with its own I/O. Board: measured at
// a supply, controllers and regulators included; for DRAM about three times the device.
enum class EnergyBoundary : uint8_t { Device, Board };

inline constexpr std::array kEnergyBoundaryNames = {
    EnumName<EnergyBoundary>{EnergyBoundary::Device, "device"},
    EnumName<EnergyBoundary>{EnergyBoundary::Board, "board"}};

}  // namespace olivine

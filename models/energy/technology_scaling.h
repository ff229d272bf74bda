// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine {

// Scaling of dynamic energy and of area between technology nodes, for synthesis results in a cell
// library of another node. After Stillmaker and Baas, "Scaling equations for the accurate
// prediction of CMOS device performance from 180 nm to 7 nm", Integration 58 (2017) 74-81:
// high-performance devices throughout. Nodes between two of theirs (22 between 32 and 20, 12
// between 14 and 10) are interpolated in log-log. Leakage must not be scaled with these factors.
struct TechnologyPoint {
  double node_nm = 0;
  double voltage = 0;
};

// Energy of an operation at `from` over that at `to`: E(180 nm, 1.8 V) / E(22 nm, 0.9 V) = 111.
// The energy factor of a node is a quadratic in its voltage. Throws ConfigError: a node outside
// 180 .. 7 nm, a voltage at which the fit is not positive.
[[nodiscard]] double energy_divisor(TechnologyPoint from, TechnologyPoint to);

// Area at `from_nm` over that at `to_nm`: 75 from 180 to 22 nm.
[[nodiscard]] double area_divisor(double from_nm, double to_nm);

}  // namespace olivine

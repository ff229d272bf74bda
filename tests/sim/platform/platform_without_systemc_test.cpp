// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "sim/platform/platform.h"
#include "sim/platform/platform_config.h"

namespace olivine {
namespace {

TEST(PlatformWithoutSystemc, SaysWhatToInstall) {
  EXPECT_FALSE(has_systemc());
  try {
    const Platform platform{PlatformConfig{}, PlatformOptions{}};
    FAIL() << "a platform without SystemC";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("libsystemc-dev"));
  }
}

}  // namespace
}  // namespace olivine

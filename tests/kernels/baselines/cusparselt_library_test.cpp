// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/baselines/cusparselt_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/kernels/baselines/fake_cusparselt.h"

namespace olivine::cusparselt {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kFolder = OLV_FAKE_CUSPARSELT_FOLDER;
constexpr const char* kOtherFolder = OLV_FAKE_CUSPARSELT_OTHER_FOLDER;
constexpr const char* kEmptyFolder = OLV_FAKE_CUSPARSELT_EMPTY_FOLDER;

void set_version(const char* folder, const Version& version, DynamicLibrary& kept_open) {
  ASSERT_TRUE(DynamicLibrary::open({std::string{folder} + "/libcusparseLt.so.0"}, kept_open));
  FakeCusparseLtState* (*find_state)() = nullptr;
  ASSERT_TRUE(kept_open.load("fake_cusparselt_state", find_state));
  *find_state() = {.major = version.major, .minor = version.minor, .patch = version.patch};
}

TEST(CusparseLtVersion, From081ToBelow10WillDo) {
  EXPECT_TRUE(check_version({0, 8, 1}));
  EXPECT_TRUE(check_version({0, 9, 0}));
  EXPECT_TRUE(check_version({0, 10, 0}));
}

TEST(CusparseLtVersion, OthersAreRefusedBad) {
  EXPECT_EQ(check_version({0, 8, 0}).reason(),
            "version 0.8.0: must be 0.8.1 or later and below 1.0");
  EXPECT_FALSE(check_version({0, 7, 9}));
  EXPECT_FALSE(check_version({1, 0, 0}));
}

TEST(CusparseLtLibrary, PassesOverAFileWithTheWrongVersion) {
  DynamicLibrary old_file;
  DynamicLibrary new_file;
  set_version(kFolder, {0, 7, 1}, old_file);
  set_version(kOtherFolder, {0, 9, 2}, new_file);
  Library library;
  const Status status = library.open({kFolder, kOtherFolder});
  ASSERT_TRUE(status) << status.reason();
  EXPECT_EQ(library.library.path(), std::string{kOtherFolder} + "/libcusparseLt.so.0");
  EXPECT_EQ(text_of(library.version), "0.9.2");
}

TEST(CusparseLtLibrary, ThatIsMissingIsRefusedBad) {
  Library library;
  const Status status = library.open({"/no/such/folder"});
  EXPECT_THAT(status.reason(), StartsWith("cuSPARSELt: library not found: libcusparseLt.so.0: "));
}

TEST(CusparseLtLibrary, WithoutItsFunctionsIsRefusedBad) {
  Library library;
  EXPECT_THAT(library.open({kEmptyFolder}).reason(),
              HasSubstr("function cusparseLtGetProperty is missing: " + std::string{kEmptyFolder} +
                        "/libcusparseLt.so.0"));
}

}  // namespace
}  // namespace olivine::cusparselt

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/dynamic_library.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace olivine {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kEmpty = OLV_FAKE_EMPTY;

class DynamicLibraryFolders : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::canonical(fs::temp_directory_path()) /
            ("olivine_dynamic_library_" + std::string{info->name()});
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string make(const fs::path& folder) {
    fs::create_directories(root_ / folder);
    return (root_ / folder).string();
  }
  void touch(const fs::path& file) { std::ofstream{root_ / file}; }

  fs::path root_;
};

TEST(DynamicLibrary, CallsAFunctionOfTheFirstCandidateThatOpens) {
  DynamicLibrary library;
  ASSERT_TRUE(DynamicLibrary::open({"/no/such/library.so", kEmpty}, library));
  EXPECT_EQ(library.path(), kEmpty);
  int (*answer)() = nullptr;
  ASSERT_TRUE(library.load("fake_empty_answer", answer));
  EXPECT_EQ(answer(), 42);
}

bool is_mapped(const char* path) {
  void* handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  if (handle != nullptr) dlclose(handle);
  return handle != nullptr;
}

TEST(DynamicLibrary, StaysMappedWhenAskedToAndOnlyThen) {
  // In this order: what is kept once stays.
  for (const bool is_kept : {false, true}) {
    {
      DynamicLibrary library;
      ASSERT_TRUE(DynamicLibrary::open({kEmpty}, library));
      EXPECT_TRUE(is_mapped(kEmpty));
      if (is_kept) library.keep_mapped();
    }
    EXPECT_EQ(is_mapped(kEmpty), is_kept);
  }
}

TEST(DynamicLibrary, TellsTheFileOfABareName) {
  DynamicLibrary library;
  ASSERT_TRUE(DynamicLibrary::open({"libm.so.6"}, library));
  EXPECT_TRUE(fs::path{library.path()}.is_absolute()) << library.path();
}

TEST(DynamicLibrary, ThatIsMissingIsRefusedWithEveryCandidateBad) {
  DynamicLibrary library;
  const Status status = DynamicLibrary::open({"/no/such/a.so", "libnosuch.so.7"}, library);
  EXPECT_THAT(status.reason(), HasSubstr("/no/such/a.so: "));
  EXPECT_THAT(status.reason(), HasSubstr("libnosuch.so.7: "));
  EXPECT_EQ(DynamicLibrary::open({}, library).reason(), "library not found: no candidates");
}

TEST(DynamicLibrary, FunctionThatIsMissingIsRefusedBad) {
  DynamicLibrary library;
  int (*function)() = nullptr;
  EXPECT_EQ(library.load("f", function).reason(), "function f is missing: no library is open");
  ASSERT_TRUE(DynamicLibrary::open({kEmpty}, library));
  EXPECT_EQ(library.load("no_such_function", function).reason(),
            std::string{"function no_such_function is missing: "} + kEmpty);
  EXPECT_EQ(function, nullptr);
}

TEST(DynamicLibrary, MovesWithItsHandle) {
  DynamicLibrary library;
  ASSERT_TRUE(DynamicLibrary::open({kEmpty}, library));
  const DynamicLibrary moved{std::move(library)};
  int (*answer)() = nullptr;
  ASSERT_TRUE(moved.load("fake_empty_answer", answer));
  EXPECT_EQ(answer(), 42);
}

TEST(FunctionLoader, StopsAtTheFirstFunctionThatIsMissing) {
  DynamicLibrary library;
  ASSERT_TRUE(DynamicLibrary::open({kEmpty}, library));
  FunctionLoader loader{library};
  int (*answer)() = nullptr;
  int (*missing)() = nullptr;
  int (*unread)() = nullptr;
  loader.load("fake_empty_answer", answer);
  EXPECT_TRUE(loader.status());
  loader.load("first_missing", missing);
  loader.load("fake_empty_answer", unread);
  EXPECT_THAT(loader.status().reason(), HasSubstr("first_missing"));
  EXPECT_NE(answer, nullptr);
  EXPECT_EQ(unread, nullptr);
}

TEST_F(DynamicLibraryFolders, CandidatesAreFilesOfANameBeforeTheBareNameBeforeTheNextName) {
  const std::string first = make("first");
  const std::string second = make("second");
  touch("first/libx.so.12");
  touch("second/libx.so.13");
  touch("second/libx.so.12");
  EXPECT_THAT(library_candidates({"libx.so.13", "libx.so.12"}, {first, second, "/no/such/folder"}),
              ElementsAre(second + "/libx.so.13", "libx.so.13", first + "/libx.so.12",
                          second + "/libx.so.12", "libx.so.12"));
}

TEST_F(DynamicLibraryFolders, PythonPackagesAreFoundInEnvironmentsAndSystemFolders) {
  const std::string environment = make("venv/lib/python3.11/site-packages");
  const std::string system = make("usr/lib/python3/dist-packages");
  const std::string local = make("local/python3.12/dist-packages");
  make("usr/lib/python2.7/dist-packages");
  make("usr/share/site-packages");
  const std::vector<std::string> roots = {(root_ / "venv").string(), (root_ / "usr").string(),
                                          (root_ / "local").string(), environment, "/no/such/root"};
  EXPECT_THAT(python_package_folders(roots), ElementsAre(environment, system, local));
}

TEST_F(DynamicLibraryFolders, PythonLibrariesOfCuda13ComeBeforeThoseOfSinglePackages) {
  const std::string packages = make("site-packages");
  const std::string single = make("site-packages/nvidia/cusparselt/lib");
  const std::string cuda13 = make("site-packages/nvidia/cu13/lib");
  const std::string cublas = make("site-packages/nvidia/cublas/lib");
  make("site-packages/nvidia/headers_only/include");
  make("site-packages/other/lib");
  EXPECT_THAT(python_library_folders({packages, "/no/such/packages"}),
              ElementsAre(cuda13, cublas, single));
}

}  // namespace
}  // namespace olivine

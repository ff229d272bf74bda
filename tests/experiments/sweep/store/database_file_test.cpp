// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "experiments/sweep/store/database.h"
#include "experiments/sweep/store/database_schema.h"
#include "experiments/sweep/store/sqlite.h"
#include "tests/experiments/sweep/store/forked.h"
#include "tests/experiments/sweep/store/stored_points.h"

namespace olivine::sweep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const std::string kModel = "1.0-a";

class DatabaseFile : public testing::Test {
 protected:
  [[nodiscard]] Database open() const { return Database::open_for_run(path_, header_); }
  [[nodiscard]] std::string run_problem() const {
    return problem_of([&] { (void)open(); });
  }
  [[nodiscard]] std::string read_problem() const {
    return problem_of([&] { (void)all_points(Database::open_to_read(path_), kModel); });
  }
  // Of all three ways to open; the file must stay as it is.
  void expect_refused(const std::string& problem) const {
    const std::string before = bytes_of_file(path_);
    const auto names = folder_.names();
    EXPECT_EQ(run_problem(), path_ + ": " + problem);
    EXPECT_EQ(read_problem(), path_ + ": " + problem);
    EXPECT_EQ(problem_of([&] { (void)Database::open_to_change(path_); }), path_ + ": " + problem);
    EXPECT_TRUE(bytes_of_file(path_) == before);
    EXPECT_EQ(folder_.names(), names);
  }
  void run_sql(const std::string& sql) const {
    SqliteConnection{path_, SqliteMode::Create}.run(sql);
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("x.db");
  SweepHeader header_ = small_header();
};

TEST_F(DatabaseFile, NothingRemainsBesideItAtTheEnd) {
  {
    Database database = open();
    database.add(small_points(0, 1000), kModel);
    EXPECT_THAT(folder_.names(), ElementsAre("x.db", "x.db-shm", "x.db-wal"));
  }
  EXPECT_THAT(folder_.names(), ElementsAre("x.db"));
  (void)all_points(Database::open_to_read(path_), kModel);
  EXPECT_THAT(folder_.names(), ElementsAre("x.db"));
}

TEST_F(DatabaseFile, NamesMayHaveAnyCharacter) {
  for (const char* name :
       {"a b.db", "x?mode=ro#%41&.db", "\xC3\xA4'\".db", "file:x.db", "-x", "a\nb"}) {
    path_ = folder_.file(name);
    open().add(small_points(0, 3), kModel);
    EXPECT_TRUE(fs::exists(path_)) << name;
    EXPECT_THAT(all_points(Database::open_to_read(path_), kModel), SizeIs(3)) << name;
  }
}

TEST_F(DatabaseFile, RefusesPathsThatAreNoFile) {
  const std::string folder = folder_.path();
  path_ = folder + "/none/x.db";
  EXPECT_EQ(run_problem(), path_ + ": folder '" + folder + "/none' does not exist");
  path_ = folder;
  expect_refused("is a folder, not a database");
  path_ = folder_.file("pipe");
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(run_problem(), path_ + ": is no regular file");
  EXPECT_EQ(read_problem(), path_ + ": is no regular file");
  path_ = "/dev/null";
  EXPECT_EQ(run_problem(), path_ + ": is no regular file");
  path_ = "";
  EXPECT_EQ(run_problem(), "database: its path is empty");
  EXPECT_EQ(read_problem(), "database: its path is empty");
  path_ = folder_.file("missing.db");
  EXPECT_EQ(read_problem(), path_ + ": no such database");
  EXPECT_EQ(problem_of([&] { (void)Database::open_to_change(path_); }),
            path_ + ": no such database");
  EXPECT_THAT(folder_.names(), ElementsAre("pipe"));
}

TEST_F(DatabaseFile, RefusesFilesOfOtherKinds) {
  // Around the sizes of SQLite's magic, its head and its pages.
  for (const size_t size : {1u, 15u, 16u, 17u, 99u, 100u, 101u, 511u, 512u, 513u, 4096u, 5003u}) {
    write_file(path_, std::string(size, 'x'));
    expect_refused("no database of a sweep: not an SQLite file");
  }
}

TEST_F(DatabaseFile, StartsInAnEmptyFile) {
  write_file(path_, "");
  EXPECT_EQ(read_problem(), path_ + ": no database of a sweep: it is empty");
  EXPECT_EQ(fs::file_size(path_), 0u);
  EXPECT_EQ(open().add(small_points(0, 3), kModel), 3u);
  EXPECT_EQ(open().add(small_points(0, 4), kModel), 1u);
}

TEST_F(DatabaseFile, RefusesDatabasesOfOtherPrograms) {
  run_sql("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  expect_refused("no database of a sweep: of another program");
  run_sql("DROP TABLE t; PRAGMA application_id = 1234");
  expect_refused("no database of a sweep: of another program");
}

TEST_F(DatabaseFile, RefusesOtherSchemas) {
  (void)open();
  run_sql(fmt::format("PRAGMA user_version = {}", kSchemaVersion + 1));
  expect_refused(
      fmt::format("schema version {}, newer than {} of this program: use a newer olivine",
                  kSchemaVersion + 1, kSchemaVersion));
  run_sql("PRAGMA user_version = 0");
  EXPECT_THAT(run_problem(), HasSubstr("schema version 0, older than 1"));
}

TEST_F(DatabaseFile, RefusesMetricsOfAnotherVersion) {
  (void)open();
  run_sql("ALTER TABLE point RENAME COLUMN pes TO lanes");
  EXPECT_THAT(run_problem(), StartsWith(path_ + ": its metrics are those of another version of"));
  EXPECT_THAT(read_problem(), HasSubstr("leakage_pj, lanes, buffer_bytes"));
}

TEST_F(DatabaseFile, ReportsADamagedHeader) {
  (void)open();
  run_sql("ALTER TABLE point RENAME COLUMN scheme TO schema");
  expect_refused("damaged database: its columns are not those of its sweep");
  run_sql("ALTER TABLE point RENAME COLUMN schema TO scheme");
  run_sql("UPDATE meta SET value = replace(value, 'array.rows', 7)");
  EXPECT_THAT(run_problem(), StartsWith(path_ + ": damaged database: "));
  run_sql("UPDATE meta SET value = '{\"name\": 1}'");
  EXPECT_THAT(read_problem(), StartsWith(path_ + ": damaged database: header of the sweep: "));
  run_sql("UPDATE meta SET value = '{'");
  expect_refused("damaged database: what it says about its sweep is no JSON");
  run_sql("DELETE FROM meta");
  expect_refused("damaged database: what it says about its sweep is no JSON");
  run_sql("DROP TABLE meta");
  EXPECT_THAT(run_problem(), StartsWith(path_ + ": no such table: meta"));
}

TEST_F(DatabaseFile, ReportsValuesOfTheWrongType) {
  const struct {
    const char* change;
    const char* what;
  } kCases[] = {{"hash = x'0102'", "the hash of a point"},
                {"hash = '0123456789abcdef'", "the hash of a point"},
                {"\"array.rows\" = NULL", "a parameter of a point"},
                {"clock = x'00'", "a parameter of a point"},
                {"time_s = 'fast'", "time_s"},
                {"failure = x'00'", "a failure"}};
  for (const auto& [change, what] : kCases) {
    fs::remove(path_);
    open().add(small_points(0, 5), kModel);
    run_sql(fmt::format("UPDATE point SET {} WHERE id = 3", change));
    EXPECT_EQ(read_problem(),
              fmt::format("{}: damaged database: {} has the wrong type", path_, what));
  }
}

TEST_F(DatabaseFile, ReportsACutFile) {
  open().add(small_points(0, 2000), kModel);
  const std::string whole = bytes_of_file(path_);
  for (const size_t size :
       {whole.size() - 1, whole.size() / 2, size_t{8192}, size_t{4097}, size_t{100}}) {
    write_file(path_, whole.substr(0, size));
    const std::string problem =
        path_ + ": damaged database: take a copy of it, or start another one";
    EXPECT_EQ(run_problem(), problem) << size;
    EXPECT_EQ(read_problem(), problem) << size;
    EXPECT_EQ(fs::file_size(path_), size);
  }
}

// A page of noise anywhere: points are read as they were stored, or there is one line.
TEST_F(DatabaseFile, NoiseInAPageNeverPassesUnnoticedIntoTheNumberOfPoints) {
  constexpr size_t kPage = 4096;
  open().add(small_points(0, 500), kModel);
  const std::string whole = bytes_of_file(path_);
  Rng rng{3};
  uint64_t reported = 0;
  const size_t pages = whole.size() / kPage;
  for (size_t page = 0; page < pages; ++page) {
    std::string bytes = whole;
    for (size_t i = 0; i < kPage; ++i) bytes[page * kPage + i] = static_cast<char>(rng.next());
    write_file(path_, bytes);
    std::vector<StoredPoint> points;
    const std::string problem =
        problem_of([&] { points = all_points(Database::open_to_read(path_), kModel); });
    if (problem == "none") {  // a page of an index that no scan needs
      EXPECT_THAT(points, SizeIs(500)) << "page " << page;
    } else {
      EXPECT_THAT(problem, StartsWith(path_ + ": "));
      EXPECT_EQ(problem.find('\n'), std::string::npos);
      ++reported;
    }
  }
  EXPECT_GT(reported, pages / 2);
}

TEST_F(DatabaseFile, CanBeReadWhereNothingCanBeWritten) {
  open().add(small_points(0, 20), kModel);
  for (const bool is_file_writable : {true, false}) {
    for (const bool is_folder_writable : {true, false}) {
      fs::permissions(path_, static_cast<fs::perms>(is_file_writable ? 0666 : 0444));
      fs::permissions(folder_.path(), static_cast<fs::perms>(is_folder_writable ? 0777 : 0555));
      Forked child{[&] {
        give_up_privileges();
        const Database database = Database::open_to_read(path_);
        const size_t count = all_points(database, kModel, RowOrder::Parameters).size();
        return fmt::format("{} {}", count, database.models().at(0).failed);
      }};
      EXPECT_EQ(child.message(), "20 2") << is_file_writable << is_folder_writable;
      EXPECT_THAT(folder_.names(), ElementsAre("x.db"));
    }
  }
}

TEST_F(DatabaseFile, IsRefusedForARunWhereNothingCanBeWritten) {
  open().add(small_points(0, 2), kModel);
  const std::string before = bytes_of_file(path_);
  const auto problem = [&](bool is_change) {
    Forked child{[&] {
      give_up_privileges();
      return problem_of([&] { (void)(is_change ? Database::open_to_change(path_) : open()); });
    }};
    return child.message();
  };
  fs::permissions(path_, static_cast<fs::perms>(0444));
  EXPECT_EQ(problem(false), path_ + ": cannot be written: Permission denied");
  EXPECT_EQ(problem(true), path_ + ": cannot be written: Permission denied");
  fs::permissions(path_, static_cast<fs::perms>(0666));
  fs::permissions(folder_.path(), static_cast<fs::perms>(0555));
  const std::string of_folder =
      fmt::format("{}: folder '{}' cannot be written: Permission denied", path_, folder_.path());
  EXPECT_EQ(problem(false), of_folder);
  EXPECT_EQ(problem(true), of_folder);
  EXPECT_TRUE(bytes_of_file(path_) == before);
  path_ = folder_.file("new.db");
  EXPECT_THAT(problem(false), HasSubstr("new.db: folder '"));
  EXPECT_THAT(folder_.names(), ElementsAre("x.db"));
  fs::permissions(folder_.path(), static_cast<fs::perms>(0777));
}

TEST_F(DatabaseFile, CannotBeReadWithoutPermission) {
  open().add(small_points(0, 2), kModel);
  fs::permissions(path_, static_cast<fs::perms>(0));
  Forked child{[&] {
    give_up_privileges();
    return read_problem();
  }};
  EXPECT_EQ(child.message(), path_ + ": cannot be read: Permission denied");
}

// What a killed process left: points are in the log.
TEST_F(DatabaseFile, KeepsWhatAKilledProcessCommitted) {
  Forked child{[&] {
    Database database = open();
    for (uint64_t i = 0; i < 10; ++i) database.add(small_points(i * 100, 100), kModel);
    _exit(0);
    return std::string{};
  }};
  EXPECT_EQ(child.message(), "");
  EXPECT_THAT(folder_.names(), ElementsAre("x.db", "x.db-shm", "x.db-wal"));
  fs::permissions(folder_.path(), static_cast<fs::perms>(0555));
  Forked reader{[&] {
    give_up_privileges();
    return fmt::format("{}", all_points(Database::open_to_read(path_), kModel).size());
  }};
  EXPECT_EQ(reader.message(), "1000");
  fs::permissions(folder_.path(), static_cast<fs::perms>(0777));
  EXPECT_EQ(hashes_of(all_points(Database::open_to_read(path_), kModel)),
            hashes_of(small_points(0, 1000)));
  EXPECT_THAT(folder_.names(), ElementsAre("x.db"));
}

// Kills of a child that adds batches and tells how many are committed.
TEST_F(DatabaseFile, AKillAtAnyMomentLosesNoCommittedPoint) {
  constexpr uint64_t kBatch = 50;
  Rng rng{17};
  uint64_t next = 0;
  for (int kill = 0; kill < 12; ++kill) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    Forked child{[&] {
      Database database = open();
      for (uint64_t i = next;; i += kBatch) {
        if (database.add(small_points(i, kBatch), kModel) != kBatch) return std::string{"doubled"};
        if (write(ends[1], &i, sizeof i) != sizeof i) return std::string{"no pipe"};
      }
    }};
    std::this_thread::sleep_for(std::chrono::microseconds{rng.uniform(0, 100000)});
    child.kill();
    close(ends[1]);
    uint64_t told = next, first = 0;
    while (read(ends[0], &first, sizeof first) == sizeof first) told = first + kBatch;
    close(ends[0]);
    const auto points = all_points(open(), kModel);
    ASSERT_GE(points.size(), told) << "kill " << kill;
    ASSERT_EQ(points.size() % kBatch, 0u);
    next = points.size();
    ASSERT_EQ(hashes_of(points), hashes_of(small_points(0, next)));
  }
  EXPECT_GT(next, 0u);
}

TEST_F(DatabaseFile, AKillWhileItIsMadeLeavesOneThatCanBeUsed) {
  Rng rng{19};
  uint64_t complete = 0;
  constexpr int kKills = 16;
  for (int kill = 0; kill < kKills; ++kill) {
    path_ = folder_.file(fmt::format("{}.db", kill));
    Forked child{[&] {
      Database database = open();
      pause();
      return std::string{};
    }};
    std::this_thread::sleep_for(std::chrono::microseconds{rng.uniform(0, 60000)});
    child.kill();
    if (problem_of([&] { (void)Database::open_to_read(path_); }) == "none") ++complete;
    EXPECT_EQ(open().add(small_points(0, 2), kModel), 2u);
  }
  RecordProperty("complete", std::to_string(complete));
}

TEST_F(DatabaseFile, ProcessesMayMakeItAtTheSameTime) {
  for (int round = 0; round < 5; ++round) {
    path_ = folder_.file(fmt::format("{}.db", round));
    std::vector<std::unique_ptr<Forked>> children;
    for (uint64_t i = 0; i < 4; ++i) {
      children.push_back(std::make_unique<Forked>(
          [&, i] { return fmt::format("{}", open().add(small_points(i * 100, 100), kModel)); }));
    }
    for (const auto& child : children) EXPECT_EQ(child->message(), "100");
    EXPECT_THAT(all_points(open(), kModel), SizeIs(400));
  }
}

TEST_F(DatabaseFile, CanBeReadWhileAnotherProcessWrites) {
  open().add(small_points(0, 50), kModel);
  for (const unsigned folder_mode : {0777u, 0555u}) {
    Forked writer{[&] {
      Database database = open();
      for (uint64_t i = 1;; ++i) database.add(small_points(i * 50, 50), kModel);
      return std::string{};
    }};
    size_t last = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
    while (!fs::exists(path_ + "-wal")) std::this_thread::yield();
    fs::permissions(folder_.path(), static_cast<fs::perms>(folder_mode));
    Forked reader{[&]() -> std::string {
      give_up_privileges();
      while (std::chrono::steady_clock::now() < end) {
        const size_t count = all_points(Database::open_to_read(path_), kModel).size();
        if (count % 50 != 0 || count < last) return fmt::format("{} after {}", count, last);
        last = count;
      }
      return "ok";
    }};
    EXPECT_EQ(reader.message(), "ok");
    fs::permissions(folder_.path(), fs::perms::all);
  }
}

TEST_F(DatabaseFile, SaysThatAnotherProcessHasIt) {
  (void)open();
  const SqliteConnection other{path_, SqliteMode::Change};
  const SqliteTransaction transaction{other};
  Database database = Database::open_to_change(path_);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(problem_of([&] { database.add(small_points(0, 1), kModel); }),
            fmt::format("{}: locked by another process for {} s", path_,
                        SqliteConnection::kBusyMs / 1000));
  EXPECT_GE(std::chrono::steady_clock::now() - begin,
            std::chrono::milliseconds{SqliteConnection::kBusyMs});
}

// A limit of the file's size stands for a disk that is full at some byte.
TEST_F(DatabaseFile, AFullDiskIsOneLineAndLosesNothing) {
  const std::string full =
      path_ + ": disk full: free some space and go on, points committed before are safe";
  for (const rlim_t limit : {1000u, 5000u, 40000u, 100001u, 400000u}) {
    fs::remove(path_);
    Forked child{[&]() -> std::string {
      (void)std::signal(SIGXFSZ, SIG_IGN);
      rlimit limits{};
      getrlimit(RLIMIT_FSIZE, &limits);
      limits.rlim_cur = limit;
      setrlimit(RLIMIT_FSIZE, &limits);
      uint64_t committed = 0;
      std::optional<Database> database;
      const std::string problem = problem_of([&] {
        database.emplace(open());
        for (uint64_t i = 0; i < 100; ++i) {
          committed += database->add(small_points(i * 100, 100), kModel);
        }
      });
      if (problem != full) return problem;
      if (!database) return "0";
      const size_t count = all_points(*database, kModel).size();
      if (count != committed) return fmt::format("{} of {}", count, committed);
      limits.rlim_cur = limits.rlim_max;  // there is space again
      setrlimit(RLIMIT_FSIZE, &limits);
      return fmt::format("{}", committed + database->add(small_points(committed, 7), kModel));
    }};
    const std::string count = child.message();
    EXPECT_EQ(count.find_first_not_of("0123456789"), std::string::npos) << count;
    const auto points = all_points(open(), kModel);
    EXPECT_EQ(fmt::format("{}", points.size()), count) << limit;
    EXPECT_EQ(hashes_of(points), hashes_of(small_points(0, points.size())));
  }
}

}  // namespace
}  // namespace olivine::sweep

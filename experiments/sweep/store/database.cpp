// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/database.h"

#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "experiments/sweep/store/database_file.h"
#include "experiments/sweep/store/database_schema.h"
#include "experiments/sweep/store/point_rows.h"
#include "experiments/sweep/store/sqlite.h"
#include "models/base/error.h"

namespace olivine::sweep {

struct Database::State {
  State(std::unique_ptr<SqliteConnection> opened, SweepHeader read, bool may_change)
      : connection(std::move(opened)),
        header(std::move(read)),
        is_writable(may_change),
        find(*connection, find_outcome_sql()),
        insert(*connection, insert_point_sql(header)) {}

  [[nodiscard]] uint64_t count(const std::string& sql) const {
    return static_cast<uint64_t>(connection->integer(sql));
  }
  // Contract: in a transaction.
  [[nodiscard]] int64_t id_of_model(const std::string& model) const;
  void check_writable() const {
    OLV_CHECK(is_writable, "{} was opened to read", connection->path());
  }

  mutable std::mutex mutex;  // of all below
  std::unique_ptr<SqliteConnection> connection;
  SweepHeader header;
  bool is_writable;
  SqliteStatement find;
  SqliteStatement insert;
};

int64_t Database::State::id_of_model(const std::string& model) const {
  SqliteStatement add{*connection, "INSERT INTO model (version) VALUES (?) ON CONFLICT DO NOTHING"};
  add.bind_text(1, model);
  add.step();
  SqliteStatement read{*connection, "SELECT id FROM model WHERE version = ?"};
  read.bind_text(1, model);
  OLV_CHECK(read.step(), "{}", model);
  return read.integer(0);
}

namespace {

// The tables of a new database, all or none of them. Whether they were made: another process may
// have been faster.
bool create_if_blank(const SqliteConnection& connection, const SweepHeader& header) {
  if (!is_blank(connection)) return false;
  use_wal(connection);
  SqliteTransaction transaction{connection};
  if (!is_blank(connection)) return false;
  create_schema(connection, header);
  transaction.commit();
  return true;
}

// Takes over the header of this run. Whether its settings are others than before.
bool replace_header(const SqliteConnection& connection, const SweepHeader& found,
                    SweepHeader& header) {
  if (const auto mismatch = sweep_mismatch(found, header)) {
    throw ConfigError{
        fmt::format("{}: holds {}: choose another --db", connection.path(), *mismatch)};
  }
  const bool is_same = have_same_settings(found, header);
  if (is_same && header.expected_points == 0) header.expected_points = found.expected_points;
  if (is_same && found.spec_text == header.spec_text &&
      found.expected_points == header.expected_points) {
    return false;
  }
  SqliteTransaction transaction{connection};
  store_header(connection, header);
  transaction.commit();
  return !is_same;
}

}  // namespace

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::open_for_run(const std::string& path, const SweepHeader& header,
                                uint64_t* kept) {
  (void)point_columns(header);  // before there is a file
  if (kept != nullptr) *kept = 0;
  auto connection = open_or_create_file(path);
  SweepHeader current = header;
  bool has_changed = false;
  if (!create_if_blank(*connection, header)) {
    has_changed = replace_header(*connection, load_header(*connection), current);
    use_wal(*connection);
  }
  auto state = std::make_unique<State>(std::move(connection), std::move(current), true);
  if (has_changed && kept != nullptr) *kept = state->count("SELECT count(*) FROM point");
  return Database{std::move(state)};
}

Database Database::open_to_read(const std::string& path) {
  auto connection = open_file_to_read(path);
  SweepHeader header = load_header(*connection);
  return Database{std::make_unique<State>(std::move(connection), std::move(header), false)};
}

Database Database::open_to_change(const std::string& path) {
  auto connection = open_file_to_change(path);
  SweepHeader header = load_header(*connection);
  return Database{std::make_unique<State>(std::move(connection), std::move(header), true)};
}

const std::string& Database::path() const { return state_->connection->path(); }

const SweepHeader& Database::header() const { return state_->header; }

void Database::set_expected_points(uint64_t count) {
  const std::lock_guard lock{state_->mutex};
  state_->check_writable();
  if (state_->header.expected_points == count) return;
  SweepHeader header = state_->header;
  header.expected_points = count;
  SqliteTransaction transaction{*state_->connection};
  store_header(*state_->connection, header);
  transaction.commit();
  state_->header.expected_points = count;
}

std::optional<Outcome> Database::find(const PointHash& hash, const std::string& model) const {
  const std::lock_guard lock{state_->mutex};
  SqliteStatement& find = state_->find;
  const SqliteRun run{find};
  find.bind_bytes(1, hash.bytes);
  find.bind_text(2, model);
  if (!find.step()) return std::nullopt;
  return read_outcome(find, *state_->connection);
}

uint64_t Database::add(std::span<const StoredPoint> points, const std::string& model) {
  if (points.empty()) return 0;
  const std::lock_guard lock{state_->mutex};
  state_->check_writable();
  const SqliteConnection& connection = *state_->connection;
  SqliteTransaction transaction{connection};
  state_->insert.bind_integer(1, state_->id_of_model(model));
  uint64_t added = 0;
  for (const StoredPoint& point : points) {
    OLV_CHECK(point.parameters.size() == state_->header.columns.size(), "{} parameters of {}",
              point.parameters.size(), state_->header.columns.size());
    const SqliteRun run{state_->insert};
    bind_point(state_->insert, point);
    state_->insert.step();
    added += connection.changes();
  }
  transaction.commit();
  return added;
}

uint64_t Database::remove_failed(const std::string& model) {
  const std::lock_guard lock{state_->mutex};
  state_->check_writable();
  SqliteTransaction transaction{*state_->connection};
  SqliteStatement remove{*state_->connection,
                         "DELETE FROM point WHERE failure IS NOT NULL"
                         " AND model = (SELECT id FROM model WHERE version = ?)"};
  remove.bind_text(1, model);
  remove.step();
  const uint64_t removed = state_->connection->changes();
  transaction.commit();
  return removed;
}

std::vector<ModelCount> Database::models() const {
  const std::lock_guard lock{state_->mutex};
  SqliteStatement statement{
      *state_->connection,
      "SELECT version, (SELECT count(*) FROM point WHERE model = m.id),"
      " (SELECT count(*) FROM point WHERE model = m.id AND failure IS NOT NULL)"
      " FROM model AS m ORDER BY id"};
  std::vector<ModelCount> counts;
  while (statement.step()) {
    const auto all = static_cast<uint64_t>(statement.integer(1));
    const auto failed = static_cast<uint64_t>(statement.integer(2));
    if (all > 0) counts.push_back({std::string(statement.text(0)), all - failed, failed});
  }
  return counts;
}

struct PointStream::State {
  State(const SqliteConnection& database, std::mutex& shared, const SweepHeader& header,
        std::string version, RowOrder order)
      : connection(database),
        mutex(shared),
        parameters(header.columns.size()),
        model(std::move(version)),
        rows(std::in_place, database, select_points_sql(header, order)) {
    rows->bind_text(1, model);
  }
  ~State() {
    const std::lock_guard lock{mutex};
    rows.reset();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const SqliteConnection& connection;
  std::mutex& mutex;  // of the database
  size_t parameters;
  std::string model;
  std::optional<SqliteStatement> rows;  // none at the end
};

PointStream::PointStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
PointStream::PointStream(PointStream&&) noexcept = default;
PointStream& PointStream::operator=(PointStream&&) noexcept = default;
PointStream::~PointStream() = default;

bool PointStream::next(StoredPoint& point) {
  const std::lock_guard lock{state_->mutex};
  if (!state_->rows) return false;
  if (!state_->rows->step()) {
    state_->rows.reset();
    return false;
  }
  read_point(*state_->rows, state_->connection, state_->parameters, point);
  return true;
}

void Database::for_each(const std::string& model, RowOrder order,
                        const std::function<bool(const StoredPoint&)>& visit) const {
  PointStream points = stream(model, order);
  StoredPoint point;
  while (points.next(point) && visit(point)) {
  }
}

uint64_t Database::keep_only(const std::string& model) {
  const std::lock_guard lock{state_->mutex};
  state_->check_writable();
  const SqliteConnection& connection = *state_->connection;
  SqliteTransaction transaction{connection};
  SqliteStatement remove{connection,
                         "DELETE FROM point"
                         " WHERE model IS NOT (SELECT id FROM model WHERE version = ?)"};
  remove.bind_text(1, model);
  remove.step();
  const uint64_t removed = connection.changes();
  SqliteStatement forget{connection, "DELETE FROM model WHERE version <> ?"};
  forget.bind_text(1, model);
  forget.step();
  transaction.commit();
  connection.run("VACUUM");
  connection.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return removed;
}

PointStream Database::stream(const std::string& model, RowOrder order) const {
  const std::lock_guard lock{state_->mutex};
  return PointStream{std::make_unique<PointStream::State>(*state_->connection, state_->mutex,
                                                          state_->header, model, order)};
}

}  // namespace olivine::sweep

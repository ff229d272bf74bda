// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/coverage_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::regress {
namespace {

// Least count of the points that a line belongs to.
std::map<std::string, std::map<int, uint64_t>> line_counts(const Coverage& coverage) {
  std::map<std::string, std::map<int, uint64_t>> files;
  for (const auto& [point, counted] : coverage) {
    if (point.kind != PointKind::Line) continue;
    for (const int line : counted.lines) {
      const auto [at, is_new] = files[point.file].emplace(line, counted.count);
      if (!is_new) at->second = std::min(at->second, counted.count);
    }
  }
  return files;
}

class ReportMaker {
 public:
  ReportMaker(const RtlTree& tree, const std::vector<Waiver>& waivers) : waivers_(waivers) {
    for (const RtlFile& file : tree.files()) lines_[file.path] = split(file.text, '\n');
  }

  CoverageReport make(const Coverage& coverage) {
    for (const auto& [file, lines] : line_counts(coverage)) {
      for (const auto& [line, count] : lines) {
        add({file, line, PointKind::Line, source_line(file, line), ""}, count);
      }
    }
    for (const auto& [point, counted] : coverage) {
      if (point.kind != PointKind::Toggle) continue;
      add({point.file, point.line, PointKind::Toggle, point.name, ""}, counted.count);
    }
    for (size_t i = 0; i < waivers_.size(); ++i) {
      if (!used_.contains(i)) report_.stale.push_back(waivers_[i]);
    }
    return std::move(report_);
  }

 private:
  void add(CoverageHole hole, uint64_t count) {
    FileCoverage& file = report_.files[hole.file];
    for (FileCoverage* sums : {&file, &report_.total}) {
      Ratio& ratio = hole.kind == PointKind::Line ? sums->lines : sums->toggles;
      const bool is_waived = count == 0 && waiver_of(hole).has_value();
      if (is_waived) ++ratio.waived;
      if (!is_waived) ++ratio.total;
      if (count > 0) ++ratio.hit;
    }
    if (count > 0) return;
    if (const auto waiver = waiver_of(hole)) {
      used_.insert(*waiver);
      hole.reason = waivers_[*waiver].reason;
    }
    report_.holes.push_back(std::move(hole));
  }

  [[nodiscard]] std::optional<size_t> waiver_of(const CoverageHole& hole) const {
    for (size_t i = 0; i < waivers_.size(); ++i) {
      const Waiver& waiver = waivers_[i];
      if (waiver.kind == hole.kind && matches(waiver.file, hole.file) &&
          matches(waiver.pattern, hole.name)) {
        return i;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string source_line(const std::string& file, int line) const {
    const auto found = lines_.find(file);
    const auto index = static_cast<size_t>(line) - 1;
    if (found == lines_.end() || index >= found->second.size()) return "";
    return std::string{trim(found->second[index])};
  }

  const std::vector<Waiver>& waivers_;
  std::map<std::string, std::vector<std::string>> lines_;
  std::set<size_t> used_;
  CoverageReport report_;
};

std::string lcov_file(const std::string& path, const std::map<int, uint64_t>& lines,
                      const std::map<int, std::vector<uint64_t>>& toggles) {
  std::string text = fmt::format("TN:\nSF:{}\n", path);
  uint64_t bits = 0;
  uint64_t bits_hit = 0;
  for (const auto& [line, counts] : toggles) {
    for (size_t i = 0; i < counts.size(); ++i) {
      text += fmt::format("BRDA:{},0,{},{}\n", line, i, counts[i]);
      ++bits;
      if (counts[i] > 0) ++bits_hit;
    }
  }
  text += fmt::format("BRF:{}\nBRH:{}\n", bits, bits_hit);
  for (const auto& [line, count] : lines) text += fmt::format("DA:{},{}\n", line, count);
  const auto lines_hit = std::ranges::count_if(lines, [](const auto& it) { return it.second > 0; });
  return text + fmt::format("LF:{}\nLH:{}\nend_of_record\n", lines.size(), lines_hit);
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t at = star; at <= text.size(); ++at) {
    if (matches(rest, text.substr(at))) return true;
  }
  return false;
}

std::vector<Waiver> parse_waivers(std::string_view text, const std::string& path) {
  std::vector<Waiver> waivers;
  Problems problems;
  int line_number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++line_number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string> fields;
    for (const std::string& part : split(line, '|')) fields.emplace_back(trim(part));
    // A source line may hold bars itself: the pattern is all between the second and the last one.
    const bool has_fields = fields.size() >= 4 && !fields[0].empty() && !fields.back().empty();
    if (!has_fields || (fields[1] != "line" && fields[1] != "toggle")) {
      problems.add(fmt::format("{}:{}: must be: file | line or toggle | pattern | reason", path,
                               line_number));
      continue;
    }
    const size_t begin = line.find('|', line.find('|') + 1) + 1;
    const std::string_view pattern = line.substr(begin, line.rfind('|') - begin);
    waivers.push_back({fields[0], fields[1] == "line" ? PointKind::Line : PointKind::Toggle,
                       std::string{trim(pattern)}, fields.back(), line_number});
  }
  problems.throw_if_any();
  return waivers;
}

CoverageReport make_coverage_report(const Coverage& coverage, const RtlTree& tree,
                                    const std::vector<Waiver>& waivers) {
  return ReportMaker{tree, waivers}.make(coverage);
}

std::string hole_text(const CoverageHole& hole) {
  return fmt::format("{}:{}: {}: {}", hole.file, hole.line,
                     hole.kind == PointKind::Line ? "never run" : "never toggled", hole.name);
}

std::string holes_text(const CoverageReport& report) {
  std::string open;
  std::string waived;
  for (const CoverageHole& hole : report.holes) {
    if (hole.reason.empty()) {
      open += hole_text(hole) + "\n";
    } else {
      waived += fmt::format("{}  (waived: {})\n", hole_text(hole), hole.reason);
    }
  }
  return open + waived;
}

std::string lcov_text(const Coverage& coverage, const std::string& folder) {
  std::map<std::string, std::map<int, std::vector<uint64_t>>> toggles;
  for (const auto& [point, counted] : coverage) {
    if (point.kind == PointKind::Toggle) toggles[point.file][point.line].push_back(counted.count);
  }
  auto lines = line_counts(coverage);
  for (const auto& [file, unused] : toggles) lines[file];
  std::string text;
  for (const auto& [file, counts] : lines) {
    text += lcov_file(fmt::format("{}/{}", folder, file), counts, toggles[file]);
  }
  return text;
}

}  // namespace olivine::regress

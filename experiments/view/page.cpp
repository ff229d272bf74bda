// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/page.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "experiments/view/page_files.h"
#include "experiments/view/stage.h"
#include "models/base/error.h"

namespace olivine::view {
namespace {

std::string_view file_text(size_t index) { return view_page_files()[index].text; }

// Inside a script element no text may hold "</script" or "<!--".
std::string script_safe(const std::string& json) {
  std::string safe;
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string html_safe(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string page(const Recording& recording, int64_t first, int64_t last, double fps) {
  nlohmann::ordered_json data = page_data(recording, first, last);
  data["fps"] = fps;
  std::string scripts;
  for (size_t i = 2; i < view_page_files().size(); ++i) scripts += file_text(i);
  // Text that was put in is not looked at again.
  const std::string_view frame = file_text(0);
  std::string page;
  for (size_t at = 0; at < frame.size();) {
    const size_t open = frame.find("{{", at);
    page += frame.substr(at, open - at);
    if (open == std::string_view::npos) break;
    const size_t close = frame.find("}}", open);
    const std::string_view name = frame.substr(open + 2, close - open - 2);
    if (name == "title") {
      page += html_safe(title(recording));
    } else if (name == "style") {
      page += file_text(1);
    } else if (name == "script") {
      page += scripts;
    } else {
      OLV_CHECK(name == "data", "unknown marker {}", name);
      page += script_safe(data.dump());
    }
    at = close + 2;
  }
  return page;
}

}  // namespace olivine::view

// docs/configuration.md says what the code does: every option, its default, and an example that loads.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "config/config.h"
#include "support/temporary_folder.h"

namespace {

const std::string page = contents(JOBS_SOURCE_DIR "/docs/configuration.md");

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The rows "| `option` | default | text |", as option to default.
std::map<std::string, std::string> documented() {
  std::map<std::string, std::string> rows;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const auto name_end = line.find('`', 3);
    const auto first = line.find('|', name_end);
    const auto second = line.find('|', first + 1);
    const std::string name = line.substr(3, name_end - 3);
    INFO(name);
    CHECK_FALSE(rows.contains(name));
    rows[name] = trimmed(line.substr(first + 1, second - first - 1));
  }
  return rows;
}

TEST_CASE("every option is documented once, and nothing else is", "[configuration]") {
  std::vector<std::string> names = jobsd::option_names();
  std::vector<std::string> rows;
  for (const auto& [name, value] : documented()) rows.push_back(name);
  std::sort(names.begin(), names.end());
  CHECK(rows == names);
}

TEST_CASE("writing a documented default out changes nothing", "[configuration]") {
  const jobsd::Config defaults = jobsd::parse_config("", "/x/jobsd.yaml");
  int compared = 0;
  for (const auto& [name, value] : documented()) {
    if (!value.starts_with('`')) continue;
    const std::string literal = value.substr(1, value.size() - 2);
    const auto dot = name.find('.');
    const std::string text = dot == std::string::npos
                                 ? name + ": " + literal
                                 : name.substr(0, dot) + ": {" + name.substr(dot + 1) + ": " + literal + "}";
    INFO(text);
    CHECK(jobsd::parse_config(text, "/x/jobsd.yaml") == defaults);
    ++compared;
  }
  CHECK(compared >= 15);
}

TEST_CASE("the page's example loads", "[configuration]") {
  const auto begin = page.find("```yaml\n") + 8;
  const auto config = jobsd::parse_config(page.substr(begin, page.find("```", begin) - begin), "/x/jobsd.yaml");
  CHECK(config.models.size() == 1);
  CHECK(config.models[0].branches.size() == 1);
}

TEST_CASE("the packaged configuration loads", "[configuration]") {
  const auto config = jobsd::load_config(JOBS_SOURCE_DIR "/packaging/jobsd.yaml");
  CHECK(config.data_dir == "/var/lib/jobsd");
}

}  // namespace

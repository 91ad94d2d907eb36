// The folder of a semantic model: read, or refused with problems. What was read can be seen by a user and asked about.
//
// The input is a folder as one text: "#file NAME" on a line of its own begins the file NAME.yaml.
#include "analyst/model.h"

#include "analyst/model/model_fixture.h"
#include "analyst/query.h"
#include "compile/dialect.h"
#include "fuzz/require.h"

namespace {

using fuzz::require;

constexpr std::string_view heading = "#file ";
constexpr std::size_t files_max = 16;

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 && !name.starts_with('.') &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ") == std::string_view::npos;
}

void write(model_tests::ModelFolder& folder, std::string_view text) {
  std::string name = "orders.view";
  std::string content;
  std::size_t files = 0;
  const auto keep = [&] {
    if (!content.empty() && ++files <= files_max) folder.write(name + ".yaml", content);
    content.clear();
  };
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(heading) && is_file_name(line.substr(heading.size()))) {
      keep();
      name = line.substr(heading.size());
    } else {
      content.append(line).append("\n");
    }
  }
  keep();
}

// A model that loads may still hold an expression that cannot be meant: that is an error in words, and nothing else.
void ask(const analyst::Model& model, const analyst::User& user, analyst::SemanticQuery query) {
  try {
    const auto compiled = analyst::compile(model, query, user, {1'741'775'400}, analyst::sqlite_dialect());
    require(!compiled.statement.sql.empty() && compiled.columns.size() == query.fields.size(), "a query has its columns");
  } catch (const analyst::Error& error) {
    require(error.code() != analyst::Errc::database, "compiling asks no database");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  model_tests::ModelFolder folder;
  write(folder, fuzz::text_of(data, size));
  std::shared_ptr<const analyst::Model> model;
  try {
    model = folder.load();
  } catch (const analyst::ModelError& error) {
    require(!error.problems().empty(), "a refusal says why");
    return 0;
  }
  const analyst::User user{.id = "u", .attributes = {{"region", {"all"}}}};
  const auto visible = analyst::visible_model(model, user);
  std::vector<std::string> topics = {""};
  for (const auto& topic : visible->topics) topics.push_back(topic.name);
  topics.resize(std::min<std::size_t>(topics.size(), 4));
  for (const auto& view : visible->views) {
    for (const auto& topic : topics) {
      analyst::SemanticQuery query{.table = view.name, .topic = topic};
      for (const auto& field : view.dimensions) query.fields.push_back({view.name, field.name});
      for (const auto& field : view.measures) query.fields.push_back({view.name, field.name});
      query.fields.resize(std::min<std::size_t>(query.fields.size(), 8));
      if (!query.fields.empty()) ask(*visible, user, query);
    }
  }
  return 0;
}

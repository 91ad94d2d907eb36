// A model folder and a database made for one test, with verbs for what tests do to them.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyst/database.h"
#include "analyst/model.h"

namespace model_tests {

// A database that only describes itself: what loading a model asks of one.
class DescribedDatabase : public analyst::Database {
 public:
  explicit DescribedDatabase(std::vector<analyst::TableInfo> tables) : tables_(std::move(tables)) {}
  analyst::Rows run(const analyst::Statement&, const analyst::Limits&, std::stop_token) override { std::abort(); }
  std::vector<analyst::TableInfo> describe() override { return tables_; }
  const analyst::Dialect& dialect() const override { std::abort(); }

 private:
  std::vector<analyst::TableInfo> tables_;
};

inline analyst::ColumnInfo text(std::string name) { return {.name = std::move(name), .type = analyst::ValueType::text}; }
inline analyst::ColumnInfo number(std::string name) {
  return {.name = std::move(name), .type = analyst::ValueType::number};
}
inline analyst::ColumnInfo timestamp(std::string name) {
  return {.name = std::move(name), .type = analyst::ValueType::timestamp};
}
inline analyst::ColumnInfo boolean(std::string name) {
  return {.name = std::move(name), .type = analyst::ValueType::boolean};
}
inline analyst::ColumnInfo key(std::string name = "id") {
  return {.name = std::move(name), .type = analyst::ValueType::number, .primary_key = true};
}

inline analyst::ForeignKey reference(std::string column, std::string table, std::string to = "id") {
  return {.columns = {std::move(column)}, .to_table = std::move(table), .to_columns = {std::move(to)}};
}

// orders -> users -> cities, items -> orders.
inline std::vector<analyst::TableInfo> small_shop() {
  return {
      {.schema = "main", .name = "cities", .columns = {key(), text("name")}, .foreign_keys = {}},
      {.schema = "main",
       .name = "items",
       .columns = {key(), number("order_id"), number("price"), number("quantity")},
       .foreign_keys = {reference("order_id", "orders")}},
      {.schema = "main",
       .name = "orders",
       .columns = {key(), number("user_id"), text("status"), boolean("gift"), timestamp("created_at")},
       .foreign_keys = {reference("user_id", "users")}},
      {.schema = "main",
       .name = "users",
       .columns = {key(), text("name"), text("email"), number("city_id")},
       .foreign_keys = {reference("city_id", "cities")}},
  };
}

class ModelFolder {
 public:
  ModelFolder() : root_(std::filesystem::temp_directory_path() / unique_name()) {
    std::filesystem::create_directories(base());
    std::filesystem::create_directories(branch());
  }
  ~ModelFolder() {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
  }
  ModelFolder(const ModelFolder&) = delete;
  ModelFolder& operator=(const ModelFolder&) = delete;

  std::filesystem::path base() const { return root_ / "base"; }
  std::filesystem::path branch() const { return root_ / "branch"; }

  ModelFolder& write(const std::string& name, const std::string& text) {
    put(base() / name, text);
    return *this;
  }
  ModelFolder& write_branch(const std::string& name, const std::string& text) {
    put(branch() / name, text);
    return *this;
  }

  std::vector<analyst::TableInfo> tables = small_shop();

  std::shared_ptr<const analyst::Model> load(bool with_branch = false) {
    DescribedDatabase database(tables);
    auto loaded =
        analyst::load_model("1", "test", base(), with_branch ? branch() : std::filesystem::path(), database);
    warnings = lines(loaded.warnings);
    return loaded.model;
  }

  // Each problem as "file:line:column: severity: message", with the file's name alone.
  std::vector<std::string> check(bool with_branch = false) {
    DescribedDatabase database(tables);
    return lines(analyst::check_model(base(), with_branch ? branch() : std::filesystem::path(), database));
  }

  // Of the last load.
  std::vector<std::string> warnings = {};

 private:
  static std::string unique_name() {
    static int count = 0;
    return "analyst-model-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  }
  static void put(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  static std::vector<std::string> lines(std::vector<analyst::Problem> problems) {
    std::vector<std::string> result;
    for (analyst::Problem& problem : problems) {
      problem.file = std::filesystem::path(problem.file).filename().string();
      result.push_back(problem.to_string());
    }
    return result;
  }

  std::filesystem::path root_;
};

}  // namespace model_tests

#include "store/integrity.h"

#include <array>
#include <cstddef>

#include "jobs/job.h"
#include "store/database.h"
#include "store/errors.h"
#include "store/statement.h"

namespace jobs::store {
namespace {

constexpr std::size_t problems_max = 100;
// Of one rule: the first few say what is wrong, and the others of its kind would hide the rest.
constexpr std::size_t problems_of_a_rule_max = 10;

struct Rule {
  CheckDepth depth = CheckDepth::full;
  const char* broken = "";
  // Yields what to name: a job's id, or a number of the table that the text speaks of.
  const char* finds = "";
};

constexpr std::array rules = {
    Rule{CheckDepth::quick, "a RUNNING job was never started",
         "SELECT id FROM jobs WHERE state = 1 AND (attempt < 1 OR started_at IS NULL)"},
    Rule{CheckDepth::quick, "a PENDING job waits for nothing that could come",
         "SELECT id FROM jobs WHERE state = 0 AND (due NOT BETWEEN 0 AND 2 OR "
         "(due = 2 AND CASE WHEN awaits IS NULL THEN open_jobs = 0 ELSE EXISTS "
         "(SELECT 1 FROM signals WHERE signals.job = jobs.number AND signals.name = jobs.awaits) END))"},
    Rule{CheckDepth::quick, "a live job counts others than it waits for",
         "SELECT id FROM jobs WHERE state IN (0, 1) AND open_jobs <> "
         "(SELECT count(*) FROM dependencies WHERE dependencies.job = jobs.number AND settled = 0)"},
    Rule{CheckDepth::quick, "a job waits for one that is not there",
         "SELECT jobs.id FROM dependencies JOIN jobs ON jobs.number = dependencies.job WHERE jobs.state IN (0, 1) AND "
         "NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.number = dependencies.on_job)"},
    Rule{CheckDepth::quick, "a job is not told of the end that it waits for",
         "SELECT jobs.id FROM dependencies JOIN jobs ON jobs.number = dependencies.job JOIN jobs AS other ON "
         "other.number = dependencies.on_job WHERE settled = 0 AND "
         "(other.has_dependents = 0 OR (other.state >= 2 AND other.unsettled = 0))"},
    Rule{CheckDepth::full, "a step failed that was never tried",
         "SELECT jobs.id FROM step_failures JOIN jobs ON jobs.number = step_failures.job "
         "WHERE step_failures.failures < 1 OR step_failures.attempt < 1"},
    Rule{CheckDepth::quick, "a job is in a queue without a name",
         "SELECT id FROM jobs WHERE queue NOT IN (SELECT id FROM queues)"},
    Rule{CheckDepth::quick, "a live job lacks its newest event",
         "SELECT id FROM jobs WHERE state IN (0, 1) AND last_event <> 0 AND NOT EXISTS "
         "(SELECT 1 FROM events WHERE events.id = jobs.last_event AND events.job = jobs.number)"},
    Rule{CheckDepth::quick, "a job with a webhook has no receiver",
         "SELECT id FROM jobs WHERE webhook <> 0 AND NOT EXISTS (SELECT 1 FROM webhooks WHERE webhooks.number = jobs.number)"},
    Rule{CheckDepth::quick, "a delivery has no receiver",
         "SELECT jobs.id FROM deliveries JOIN jobs ON jobs.number = deliveries.job "
         "WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE webhooks.number = deliveries.job)"},
    Rule{CheckDepth::full, "an ended job lacks the delivery of its webhook",
         "SELECT id FROM jobs WHERE state >= 2 AND webhook <> 0 AND NOT EXISTS "
         "(SELECT 1 FROM deliveries WHERE deliveries.job = jobs.number)"},
    Rule{CheckDepth::full, "the log of a delivery has an attempt that was not made",
         "SELECT jobs.id FROM delivery_attempts JOIN deliveries ON deliveries.id = delivery_attempts.delivery "
         "JOIN jobs ON jobs.number = deliveries.job WHERE delivery_attempts.number > deliveries.attempts"},
    Rule{CheckDepth::full, "an ended job lacks its newest event",
         "SELECT id FROM jobs WHERE state >= 2 AND last_event <> 0 AND NOT EXISTS "
         "(SELECT 1 FROM events WHERE events.id = jobs.last_event AND events.job = jobs.number)"},
    Rule{CheckDepth::full, "an event belongs to no job",
         "SELECT id FROM events WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.number = events.job)"},
    Rule{CheckDepth::full, "the event before an event is missing",
         "SELECT id FROM events WHERE previous <> 0 AND NOT EXISTS "
         "(SELECT 1 FROM events AS earlier WHERE earlier.id = events.previous AND earlier.job = events.job AND "
         "earlier.id < events.id)"},
    Rule{CheckDepth::full, "an event is in no list",
         "SELECT id FROM events EXCEPT SELECT previous FROM events EXCEPT SELECT last_event FROM jobs"},
    Rule{CheckDepth::full, "a payload is stored twice",
         "SELECT jobs.id FROM payloads JOIN jobs ON jobs.number = payloads.number WHERE jobs.payload IS NOT NULL"},
    Rule{CheckDepth::full, "a job that is not COMPLETE has a result",
         "SELECT jobs.id FROM results JOIN jobs ON jobs.number = results.number WHERE jobs.state <> 2"},
    Rule{CheckDepth::full, "the tags of a job are not those that it is found by",
         "SELECT id FROM jobs WHERE coalesce(json_array_length(tags), 0) <> "
         "(SELECT count(*) FROM job_tags WHERE job_tags.number = jobs.number)"},
};

class Check {
 public:
  explicit Check(SQLite::Database& database) : database_(database) {}

  std::vector<std::string> run(CheckDepth depth) {
    structure(depth);
    references();
    for (const Rule& rule : rules) {
      if (rule.depth == CheckDepth::quick || depth == CheckDepth::full) hold(rule);
    }
    if (depth == CheckDepth::full) ids();
    return std::move(problems_);
  }

 private:
  void structure(CheckDepth depth) {
    guarded("the structure of the file", [&] {
      Statement check(database_, depth == CheckDepth::full ? "PRAGMA integrity_check" : "PRAGMA quick_check");
      auto row = check();
      while (row.step()) {
        if (const std::string found = row.text(0); found != "ok") add("the structure of the file: " + found);
      }
    });
  }

  void references() {
    guarded("references between the tables", [&] {
      Statement check(database_, "PRAGMA foreign_key_check");
      auto row = check();
      std::size_t found = 0;
      while (found < problems_of_a_rule_max && row.step()) {
        ++found;
        add("a row of " + row.text(0) + " belongs to a row of " + row.text(2) + " that is missing: row " + row.text(1));
      }
    });
  }

  void hold(const Rule& rule) {
    guarded(rule.broken, [&] {
      Statement find(database_, rule.finds);
      auto row = find();
      for (std::size_t found = 0; row.step(); ++found) {
        if (found == problems_of_a_rule_max) return add(std::string(rule.broken) + ": and more");
        add(std::string(rule.broken) + ": " + name_of(row));
      }
    });
  }

  // The number of a job is a part of its id, which finds it.
  void ids() {
    guarded("the ids of jobs", [&] {
      Statement all(database_, "SELECT id, number FROM jobs");
      auto row = all();
      while (row.step()) {
        const JobId id(row.uuid(0));
        if (id.number() != row.integer(1)) add("the id of a job is not that of its row: " + id.to_string());
      }
    });
  }

  static std::string name_of(const Statement::Use& row) {
    return row.blob(0).size() == 16 ? row.uuid(0).to_string() : row.text(0);
  }

  // A damaged page ends what is being looked at, not the check.
  template <class Look>
  void guarded(const std::string& what, const Look& look) {
    try {
      look();
    } catch (const SQLite::Exception& fault) {
      const Error error = to_error(fault);
      if (error.code() != Errc::corrupt && error.code() != Errc::wrong_file) throw error;
      add(what + ": cannot be read, the file is damaged");
    }
  }

  void add(std::string problem) {
    if (problems_.size() < problems_max) problems_.push_back(std::move(problem));
  }

  SQLite::Database& database_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> check_integrity(const std::filesystem::path& path, CheckDepth depth) {
  return translated([&] {
    const auto database = open_reader(path);
    database->exec("BEGIN");
    return Check(*database).run(depth);
  });
}

}  // namespace jobs::store

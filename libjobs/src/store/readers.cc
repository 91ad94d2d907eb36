#include "store/readers.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/database.h"
#include "store/errors.h"
#include "store/transaction.h"

namespace jobs::store {
namespace {

// Connections kept for the next reads; more are made when more read at once, and closed again.
constexpr std::size_t idle_max = 8;

}  // namespace

class Readers::Connection : public Reader {
 public:
  explicit Connection(const std::filesystem::path& path)
      : database_(open_reader(path)),
        begin_(*database_, "BEGIN"),
        end_(*database_, "COMMIT"),
        reader_(*database_),
        flow_(*database_) {}

  void run(const std::function<void(Reader&)>& work) {
    begin_().run();
    try {
      work(*this);
    } catch (...) {
      end();
      throw;
    }
    end();
  }

  void query(std::string_view sql, std::span<const SqlValue> values,
             const std::function<void(const Row&)>& each) override {
    reader_.query(sql, values, each);
  }
  std::optional<Job> find(const JobId& job) override { return reader_.find(job); }
  std::vector<Job> list(const JobFilter& filter) override { return reader_.list(filter); }
  std::optional<std::string> output(const JobId& job) override { return reader_.output(job); }
  std::optional<std::string> output_piece(const JobId& job, std::size_t offset, std::size_t size) override {
    return reader_.output_piece(job, offset, size);
  }
  std::vector<Event> events(const JobId& job, std::int64_t after, int limit) override {
    return reader_.events(job, after, limit);
  }
  std::vector<Event> events(std::int64_t after, int limit) override { return reader_.events(after, limit); }
  std::vector<Delivery> deliveries(const JobId& job) override { return reader_.deliveries(job); }
  std::vector<AttemptFailure> failures(const JobId& job) override { return reader_.failures(job); }
  std::optional<std::string> step(const JobId& job, std::string_view name) override { return reader_.step(job, name); }
  FlowReader& flow() { return flow_; }

 private:
  void end() { end_().run(); }

  std::unique_ptr<SQLite::Database> database_;
  Statement begin_;
  Statement end_;
  ConnectionReader reader_;
  FlowReader flow_;
};

// Takes a connection out of the pool and puts it back. One that failed is not put back.
class Readers::Loan {
 public:
  explicit Loan(Readers& pool) : pool_(pool) {
    {
      const Lock lock(pool_.mutex_);
      if (!pool_.idle_.empty()) {
        connection_ = std::move(pool_.idle_.back());
        pool_.idle_.pop_back();
      }
    }
    if (!connection_) connection_ = std::make_unique<Connection>(pool_.path_);
  }
  Connection& operator*() { return *connection_; }
  void give_back() {
    const Lock lock(pool_.mutex_);
    if (pool_.idle_.size() < idle_max) pool_.idle_.push_back(std::move(connection_));
  }

 private:
  Readers& pool_;
  std::unique_ptr<Connection> connection_;
};

Readers::Readers(std::filesystem::path path) : path_(std::move(path)) {}
Readers::~Readers() = default;

void Readers::read(const std::function<void(Reader&)>& work) {
  translated([&] {
    Loan connection(*this);
    (*connection).run(work);
    connection.give_back();
  });
}

std::optional<std::string> Readers::step(const JobId& job, std::string_view name) {
  return translated([&] {
    Loan connection(*this);
    auto result = (*connection).step(job, name);
    connection.give_back();
    return result;
  });
}

void Readers::ask(const std::function<void(FlowReader&)>& question) {
  translated([&] {
    Loan connection(*this);
    question((*connection).flow());
    connection.give_back();
  });
}

}  // namespace jobs::store

// store/readers.h - read-only connections beside the writer, each with a consistent snapshot.
// Thread safety: every member may be called from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "core/guarded.h"
#include "jobs/transaction.h"
#include "store/flow_reader.h"

namespace jobs::store {

class Readers {
 public:
  explicit Readers(std::filesystem::path path);
  ~Readers();

  // Runs `work` in a read transaction of a connection of its own. Connections are made as needed and a few are kept.
  void read(const std::function<void(Reader&)>& work);
  // The result of one step, if it is stored.
  std::optional<std::string> step(const JobId& job, std::string_view name);
  // What one statement says about the flow of a job.
  template <class Question>
  auto flow(Question&& question) {
    std::invoke_result_t<Question, FlowReader&> answer = {};
    ask([&](FlowReader& reader) { answer = question(reader); });
    return answer;
  }

 private:
  class Connection;
  class Loan;
  void ask(const std::function<void(FlowReader&)>& question);

  const std::filesystem::path path_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ JOBS_GUARDED_BY(mutex_);
};

}  // namespace jobs::store

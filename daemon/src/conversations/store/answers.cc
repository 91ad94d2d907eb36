#include "conversations/conversations.h"

namespace jobsd {

void save_answer(jobs::Transaction& tx, const jobs::JobId& job, std::string_view message, std::string_view query) {
  tx.execute("INSERT OR REPLACE INTO answers (number, message, query) VALUES (?1, ?2, ?3)",
             {job.number(), std::string(message),
              query.empty() ? jobs::SqlValue(nullptr) : jobs::SqlValue(std::string(query))});
}

}  // namespace jobsd

// store/deliveries.h - the outbox as the courier sees it: what is due, what an attempt met with.
//
// Finding what is due must stay cheap when a receiver has been down for a day and a hundred thousand deliveries wait
// for it. So there are two ways: a short list in the order of time is read whole; a long one is read host by host,
// which passes over the backlog of a host whose places are taken in one step of an index. Hosts then take turns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/delivery.h"
#include "core/key_ring.h"
#include "store/endpoints.h"
#include "store/notices.h"
#include "store/statement.h"

namespace jobs::store {

// Reads on a connection of its own. Used by one thread at a time.
class DeliveryReader {
 public:
  DeliveryReader(SQLite::Database& database, const KeyRing& keys);

  DueDeliveries due(const DueQuery& query);
  // Empty when the job is not RUNNING, nobody asked for its progress, its secret cannot be opened, or its receiver is held
  // back.
  std::optional<ProgressTarget> progress_target(const JobId& job);

 private:
  void due_in_order_of_time(const DueQuery& query, DueDeliveries& found, bool& complete);
  void due_host_by_host(const DueQuery& query, DueDeliveries& found);
  // What may be sent to `host` beside what is on its way. A receiver that is held back has one place, for a probe.
  int free_places(const DueQuery& query, const std::string& host, DueDeliveries& found);
  void load(std::int64_t id, DueDeliveries& found);
  void open_secret_into(const Statement::Use& row, int column, const JobId& job, DueDelivery& delivery) const;

  const KeyRing& keys_;
  EndpointReader endpoints_;
  Statement begin_;
  Statement end_;
  Statement due_;
  Statement next_host_;
  Statement due_at_host_;
  Statement load_;
  Statement next_at_;
  Statement progress_target_;
};

// Writes what became of attempts. Used inside the writer's turn only.
class DeliveryTable {
 public:
  explicit DeliveryTable(SQLite::Database& database);

  // A delivery that is gone by now, with its job, is passed over. Returns the host when its receiver is disabled with this.
  std::optional<std::string> record(const AttemptRecord& made, std::uint64_t random);
  // Makes a delivery due now, whatever became of it. It goes on in its schedule; after the last attempt of that, one
  // more is made. False: the job has no such delivery.
  bool send_again(const JobId& job, std::int64_t delivery, Time now);
  // The same for one of read_deliveries().
  bool send_again(std::int64_t delivery, Time now);

  EndpointTable& endpoints() { return endpoints_; }
  // Whom to tell of attempts. Null: nobody.
  void observe(Notices* notices) { notices_ = notices; }

 private:
  EndpointTable endpoints_;
  Statement record_;
  Statement insert_attempt_;
  Statement forget_attempts_;
  Statement send_again_;
  Statement send_one_again_;
  Notices* notices_ = nullptr;
};

// Up to `limit` ids of deliveries that were queued from `since` to `until` and match, after id `after`, in their order.
std::vector<std::int64_t> read_deliveries(Reader& reader, Time since, Time until, const DeliveryFilter& filter,
                                          std::int64_t after, int limit);

}  // namespace jobs::store

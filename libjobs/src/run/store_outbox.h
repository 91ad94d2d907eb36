// run/store_outbox.h - the courier's outbox in the engine's file: reads on a connection of its own, writes in the
// writer's turn. Used by the courier's thread alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "core/key_ring.h"
#include "core/random.h"
#include "run/courier.h"
#include "store/database.h"
#include "store/deliveries.h"
#include "store/writer.h"

namespace jobs::run {

class StoreOutbox : public Outbox {
 public:
  StoreOutbox(const std::filesystem::path& path, const KeyRing& keys, store::Writer& writer,
              store::DeliveryTable& table)
      : writer_(writer), table_(table), database_(store::open_reader(path)), reader_(*database_, keys) {}

  DueDeliveries due(const DueQuery& query) override;
  std::vector<std::string> record(std::span<const AttemptRecord> attempts) override;
  std::optional<ProgressTarget> progress_target(const JobId& job) override;
  std::uint64_t random() override { return random_(); }

 private:
  store::Writer& writer_;
  store::DeliveryTable& table_;
  std::unique_ptr<SQLite::Database> database_;
  store::DeliveryReader reader_;
  std::function<std::uint64_t()> random_ = random_source();
};

}  // namespace jobs::run

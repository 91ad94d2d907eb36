// metrics/counting_transport.h - the transport of webhooks, with its answers counted.
//
// Thread safety: as jobs::Transport; write() from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "jobs/webhook.h"
#include "metrics/exposition.h"

namespace jobsd {

class CountingTransport final : public jobs::Transport {
 public:
  // `inner` must outlive this, and this the engine that it is given to and whatever `inner` still has on its way.
  explicit CountingTransport(jobs::Transport& inner) : inner_(inner) {}

  void send(jobs::WebhookRequest request, std::function<void(jobs::WebhookResponse)> done) override;
  void write(Exposition& out) const;

 private:
  jobs::Transport& inner_;
  // No answer, 1xx, 2xx, 3xx, 4xx, 5xx.
  std::array<std::atomic<std::uint64_t>, 6> answers_ = {};
};

}  // namespace jobsd

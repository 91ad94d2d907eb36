#include "metrics/counting_transport.h"

#include <utility>

namespace jobsd {

void CountingTransport::send(jobs::WebhookRequest request, std::function<void(jobs::WebhookResponse)> done) {
  inner_.send(std::move(request), [this, done = std::move(done)](jobs::WebhookResponse response) {
    const auto kind = static_cast<std::size_t>(response.status / 100);
    answers_[kind < answers_.size() ? kind : 0].fetch_add(1, std::memory_order_relaxed);
    done(std::move(response));
  });
}

void CountingTransport::write(Exposition& out) const {
  constexpr std::array<std::string_view, 6> names = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  out.family("jobsd_webhook_attempts_total", Exposition::Type::counter,
             "Requests to receivers of webhooks, by the kind of answer; none: there was no answer.");
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    out.sample("jobsd_webhook_attempts_total", {{"answer", names[i]}}, static_cast<double>(answers_[i]));
  }
}

}  // namespace jobsd

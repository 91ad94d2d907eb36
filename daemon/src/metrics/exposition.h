// metrics/exposition.h - the text that Prometheus reads, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
//   Exposition out;
//   out.family("jobsd_http_requests_total", Exposition::Type::counter, "Requests that were answered.");
//   out.sample("jobsd_http_requests_total", {{"status", "200"}}, 7);
//
// Names are the caller's constants and are not checked; values of labels are escaped, whatever is in them.
// Thread safety: none.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace jobsd {

class Exposition {
 public:
  enum class Type { counter, gauge, histogram };
  using Label = std::pair<std::string_view, std::string_view>;
  static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

  // Once, before the family's samples.
  void family(std::string_view name, Type type, std::string_view help);
  void sample(std::string_view name, std::initializer_list<Label> labels, double value);
  // A family of one sample without labels.
  void single(std::string_view name, Type type, std::string_view help, double value);

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// As the format writes it: "7", "0.25", "+Inf".
std::string number_text(double value);

}  // namespace jobsd

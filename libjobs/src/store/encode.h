// store/encode.h - small values as the JSON text the tables hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/job.h"

namespace jobs::store {

std::string encode(const Progress& progress);
std::string encode(const Failure& failure);
// What an event of that kind carries.
std::string progress_data(int iteration, std::string_view message);
std::string failure_data(const Failure& failure);
std::string step_data(std::string_view name);
std::string signal_data(std::string_view name);
std::string wait_data(std::string_view waits_for, std::string_view name);

// A JSON array.
std::string encode_tags(const std::vector<std::string>& tags);

std::vector<std::string> decode_tags(const std::string& text);
Progress decode_progress(const std::string& text);
Failure decode_failure(const std::string& text);

}  // namespace jobs::store

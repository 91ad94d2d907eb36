// store/open.h - how this daemon opens its store, the same for `serve` and for commands.
#pragma once

#include "config/config.h"
#include "jobs/engine.h"

namespace jobsd {

// Creates the data directory, and the secret key unless it is a credential, when they are missing, and returns the engine options that follow from
// the configuration: file, migrations, secret key, durability, workers. Transport and log are the caller's to add.
// Throws std::runtime_error with what to do.
jobs::Options store_options(const Config& config);

}  // namespace jobsd

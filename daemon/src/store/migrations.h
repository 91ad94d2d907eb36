// store/migrations.h - the daemon's own tables, in the engine's file.
#pragma once

#include <vector>

#include "jobs/engine.h"

namespace jobsd {

// Every migration in schema/daemon, in order: for jobs::Options::migrations. The text lives as long as the program.
std::vector<jobs::Migration> migrations();

}  // namespace jobsd

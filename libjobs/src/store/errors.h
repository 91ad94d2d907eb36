// store/errors.h - what SQLite says, as what the caller should do next.
#pragma once

#include <SQLiteCpp/Exception.h>

#include "jobs/error.h"

namespace jobs::store {

Error to_error(const SQLite::Exception& fault);

// Runs `work`, turning SQLite's exceptions into ours.
template <class Work>
auto translated(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const SQLite::Exception& fault) {
    throw to_error(fault);
  }
}

}  // namespace jobs::store

#include "jobs/error.h"

namespace jobs {
namespace {

class Category : public std::error_category {
 public:
  const char* name() const noexcept override { return "jobs"; }

  std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::in_use: return "another process owns the file: stop it, or open another file";
      case Errc::wrong_file: return "the file is not one this release can open: check the path, or upgrade";
      case Errc::disk_full: return "the disk is full: free space and try again";
      case Errc::io: return "reading or writing the file failed: look at the disk and try again";
      case Errc::store_failed: return "a commit failed with its outcome unknown: restart the process and look at the disk";
      case Errc::corrupt: return "the file is damaged: restore a backup";
      case Errc::overloaded: return "too many writes are waiting: slow down and try again";
      case Errc::wrong_key: return "the secret key is missing or is not the one the secret was encrypted with";
      case Errc::exists: return "there is a file of that name: choose another";
      case Errc::no_such_job: return "a job that was named does not exist, or no longer: look at its id";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace jobs

// What a line of the log becomes in the journal.
#include "app/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace {

using Lines = std::vector<std::string>;
using jobs::LogLevel;

TEST_CASE("a line keeps its words and gets its level", "[journal]") {
  CHECK(jobsd::journal_fields(LogLevel::info, "stopped") == Lines{"MESSAGE=stopped", "PRIORITY=6"});
  CHECK(jobsd::journal_fields(LogLevel::error, "") == Lines{"MESSAGE=", "PRIORITY=3"});
  CHECK(jobsd::journal_fields(LogLevel::warning, "x")[1] == "PRIORITY=4");
  CHECK(jobsd::journal_fields(LogLevel::debug, "x")[1] == "PRIORITY=7");
}

TEST_CASE("what a line is about becomes fields", "[journal]") {
  CHECK(jobsd::journal_fields(LogLevel::info, "job=7 failed") == Lines{"MESSAGE=job=7 failed", "PRIORITY=6", "JOBSD_JOB=7"});
  CHECK(jobsd::journal_fields(LogLevel::info, "request=a=b trace=c GET /x") ==
        Lines{"MESSAGE=request=a=b trace=c GET /x", "PRIORITY=6", "JOBSD_REQUEST=a=b", "JOBSD_TRACE=c"});
  CHECK(jobsd::journal_fields(LogLevel::info, "request=a")[2] == "JOBSD_REQUEST=a");
}

TEST_CASE("only the beginning of a line names fields", "[journal]") {
  CHECK(jobsd::journal_fields(LogLevel::info, "said job=7").size() == 2);
  CHECK(jobsd::journal_fields(LogLevel::info, "job=7 said trace=9").size() == 3);
  CHECK(jobsd::journal_fields(LogLevel::info, " job=7").size() == 2);
}

TEST_CASE("a descriptor is the journal when JOURNAL_STREAM names it, and not another", "[journal]") {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  struct stat status {};
  REQUIRE(::fstat(null, &status) == 0);
  ::unsetenv("JOURNAL_STREAM");
  CHECK_FALSE(jobsd::is_journal(null));
  ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(), 1);
  CHECK(jobsd::is_journal(null));
  ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino + 1)).c_str(), 1);
  CHECK_FALSE(jobsd::is_journal(null));
  ::unsetenv("JOURNAL_STREAM");
  ::close(null);
}

}  // namespace

// The answers to GET /ai/jobs/{id} that are given again.
#include "api/status_cache.h"

#include <catch2/catch.hpp>

#include "test_daemon.h"

using jobs::JobId;
using jobs::Uuid;

namespace {

JobId job_of(int number) { return JobId(Uuid::from_number(number, 7)); }

std::string found(jobsd::StatusCache& cache, const JobId& job, const jobsd::Viewer& viewer, std::uint64_t changes) {
  const std::string* const body = cache.find(job, viewer, changes);
  return body ? *body : "";
}

}  // namespace

TEST_CASE("an answer is given again to whom it was given, until the job changes", "[status_cache]") {
  const jobsd::Viewer ada = {.organization = Uuid::from_number(1, 2), .user = Uuid::from_number(3, 4)};
  const jobsd::Viewer organization = {.organization = ada.organization};
  jobsd::StatusCache cache(10);
  cache.keep(job_of(1), ada, 5, "PENDING");
  CHECK(found(cache, job_of(1), ada, 5) == "PENDING");
  CHECK(found(cache, job_of(1), ada, 6).empty());
  CHECK(found(cache, job_of(1), organization, 5).empty());
  CHECK(found(cache, job_of(2), ada, 5).empty());
  cache.keep(job_of(1), ada, 6, "RUNNING");
  CHECK(found(cache, job_of(1), ada, 6) == "RUNNING");
  CHECK(found(cache, job_of(1), ada, 5).empty());
}

TEST_CASE("the answer that was used least recently makes way, and a long one is not kept", "[status_cache]") {
  const jobsd::Viewer viewer = {.organization = Uuid::from_number(1, 2)};
  jobsd::StatusCache cache(2);
  cache.keep(job_of(1), viewer, 0, "1");
  cache.keep(job_of(2), viewer, 0, "2");
  CHECK(found(cache, job_of(1), viewer, 0) == "1");
  cache.keep(job_of(3), viewer, 0, "3");
  CHECK(found(cache, job_of(1), viewer, 0) == "1");
  CHECK(found(cache, job_of(2), viewer, 0).empty());
  CHECK(found(cache, job_of(3), viewer, 0) == "3");
  cache.keep(job_of(4), viewer, 0, std::string(4097, 'x'));
  CHECK(found(cache, job_of(4), viewer, 0).empty());
  cache.keep(job_of(4), viewer, 0, std::string(4096, 'x'));
  CHECK(found(cache, job_of(4), viewer, 0).size() == 4096);
}

TEST_CASE("a job that was looked at by one is no easier to see for another", "[status_cache][states]") {
  TestDaemon daemon;
  const auto ada = daemon.person("Ada");
  const auto bob = daemon.person("Bob");
  const std::string path = jobs_path + "/" + daemon.submit(daemon.client(ada.token));
  for (int i = 0; i < 2; ++i) {
    CHECK(daemon.client(ada.token).get(path).status == 200);
    CHECK(daemon.client(bob.token).get(path).status == 404);
    CHECK(daemon.organization().get(path).status == 200);
    CHECK(daemon.organization().get(path + "?userId=" + bob.id).status == 404);
  }
}

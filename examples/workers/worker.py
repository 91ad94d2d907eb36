#!/usr/bin/env python3
"""A worker in Python, standard library alone: takes jobs of one queue from jobsd and runs them.

    JOBSD_KEY=jobs_org_… python3 worker.py --url http://127.0.0.1:8080 --queue texts [--jobs N]

It knows one kind, "word_count", whose payload is {"text": …}. The count is a durable step: a worker that dies after storing
it leaves the result to the next. With --jobs it ends after so many jobs. Ctrl-C hands its job back.
"""

import argparse
import json
import os
import threading
import urllib.error
import urllib.parse
import urllib.request

LEASE_SECONDS = 30
WAIT_SECONDS = 30


class LeaseLost(Exception):
    """The run is over: another worker has the job, or it was ended."""


class NotFound(RuntimeError):
    """There is no such thing, or not yet."""


class Jobsd:
    def __init__(self, url, key):
        self.url = url.rstrip("/") + "/api/v1"
        self.key = key

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", "Bearer " + self.key)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=WAIT_SECONDS + 10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if problem.get("code") in ("lease_lost", "deadline_passed"):
                raise LeaseLost(problem["detail"]) from None
            if error.code == 404:
                raise NotFound(problem["detail"]) from None
            raise RuntimeError(f"{method} {path}: {error.code} {problem.get('detail')}") from None

    def claim(self, queue):
        path = f"/queues/{urllib.parse.quote(queue, safe='')}/claim"
        jobs = self.call("POST", path, {"waitSeconds": WAIT_SECONDS, "leaseSeconds": LEASE_SECONDS})["data"]
        return Run(self, jobs[0]) if jobs else None


class Run:
    """One run of a job. Keeps its lease alive on a thread of its own."""

    def __init__(self, jobsd, job):
        self.jobsd = jobsd
        self.job = job
        self.over = threading.Event()
        self.cancelled = threading.Event()
        self.heart = threading.Thread(target=self._beat, daemon=True)
        self.heart.start()

    def say(self, what, **fields):
        return self.jobsd.call("POST", f"/jobs/{self.job['id']}/{what}", {"attempt": self.job["attempt"], **fields})

    def step(self, name, work):
        """The stored result of the step, or that of `work`, stored first."""
        path = f"/jobs/{self.job['id']}/steps/{urllib.parse.quote(name, safe='')}"
        try:
            return self.jobsd.call("GET", path)["result"]
        except NotFound:
            pass
        return self.jobsd.call("PUT", path, {"attempt": self.job["attempt"], "result": work()})["result"]

    def end(self, what, **fields):
        self.over.set()
        self.heart.join()
        return self.say(what, **fields)["state"]

    def _beat(self):
        while not self.over.wait(LEASE_SECONDS / 3):
            try:
                if self.say("heartbeat", leaseSeconds=LEASE_SECONDS)["cancelRequested"]:
                    self.cancelled.set()
            except LeaseLost:
                self.cancelled.set()
                return
            except (RuntimeError, OSError):
                pass  # The lease outlives two beats that fail.


def word_count(run):
    text = run.job["payload"]["text"]
    count = run.step("count", lambda: len(text.split()))
    return {"summary": f"{count} words", "output": {"words": count}}


HANDLERS = {"word_count": word_count}


def work_on(run):
    handler = HANDLERS.get(run.job["kind"])
    try:
        if handler is None:
            return run.end("fail", code="no_handler", message=f"no handler for {run.job['kind']}", retry=False)
        return run.end("complete", **handler(run))
    except LeaseLost:
        return "lost"
    except KeyboardInterrupt:
        run.end("release")
        raise
    except Exception as error:  # Whatever a handler meets fails its attempt.
        return run.end("fail", code="handler_error", message=str(error))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("--url", default="http://127.0.0.1:8080")
    arguments.add_argument("--queue", default="default")
    arguments.add_argument("--jobs", type=int)
    arguments = arguments.parse_args()
    jobsd = Jobsd(arguments.url, os.environ["JOBSD_KEY"])
    done = 0
    while arguments.jobs is None or done < arguments.jobs:
        run = jobsd.claim(arguments.queue)
        if run is None:
            continue
        print(run.job["kind"], run.job["payload"], work_on(run), flush=True)
        done += 1


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass

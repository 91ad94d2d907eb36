#!/usr/bin/env python3
"""Kills jobsd without warning, again and again, while it works, and then asks what it still owes.

    python3 kill_test.py --jobsd PROGRAM --make-shop PROGRAM [--kills N] [--seed N]

Clients submit jobs, cancel some, and repeat a submission whose answer was lost under the same idempotency key. A receiver
takes the webhooks and refuses some at first. The process is killed (SIGKILL) at random moments and started again. At the
end it must hold that

1. every job that was answered 201 has reached a terminal state, and reached it once;
2. the webhook of every such job has arrived, and every repeat of it says the same;
3. no job ran twice at the same time: a run begins only after the one before it was given back, or its process had died;
4. a terminal state, once seen by anyone, never changed;
5. one idempotency key made one job.

The random choices come from a seed that is printed; the machine's own timing is not replayed by it.
"""

import argparse
import collections
import http.client
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "examples")]
import jobsd  # noqa: E402
import webhook_receiver  # noqa: E402

SECRET = "a secret between the test and itself"
CLIENTS = 4
# Enough that every worker is busy and some jobs wait; few enough that the end comes soon after the last kill.
UNFINISHED_MAX = 40
PROMPTS = [
    "What are the top 5 products by revenue?",
    "revenue by month for the last 3 years",
    "number of customers by country",
    "average order value by channel last year",
    "returns by reason",
    "bottom 3 categories by profit last year",
    "What is the weather in Paris?",
]
# As jobs/job.h and the schema number them.
STATES = ["PENDING", "RUNNING", "COMPLETE", "FAILED", "CANCELLED"]
EVENTS = ["created", "started", "progress", "step", "retry", "completed", "failed", "cancelled", "returned"]


class Violation(Exception):
    """A promise was broken."""


def require(condition, what):
    if not condition:
        raise Violation(what)


class Trial:
    """The shared state of clients, auditor and receiver; guarded by one lock."""

    def __init__(self, seed):
        self.lock = threading.Lock()
        self.seed = seed
        self.stopping = threading.Event()
        self.client = None         # speaks to the process that runs now
        self.jobs_of_key = collections.defaultdict(set)
        self.accepted = {}         # job id → idempotency key
        self.told = {}             # job id → the webhook event that came first
        self.seen_terminal = {}    # job id → (state, the time it ended), as first read over HTTP
        self.refused_once = set()
        self.refuse = random.Random(f"{seed}/receiver")
        self.violations = []
        self.lost_answers = 0

    def violation(self, what):
        with self.lock:
            self.violations.append(what)

    # ---- The receiver's side ----

    def answer(self, event):
        """One first attempt in twenty meets a receiver in trouble."""
        with self.lock:
            if event["event_id"] not in self.refused_once and self.refuse.random() < 0.05:
                self.refused_once.add(event["event_id"])
                return 500
        return 200

    def on_event(self, event):
        with self.lock:
            first = self.told.setdefault(event["jobId"], event)
        if first != event:
            self.violation(f"two webhooks of one job differ: {first} and {event}")

    def unfinished(self):
        with self.lock:
            return len(self.accepted.keys() - self.told.keys())

    # ---- The clients' side ----

    def current(self):
        with self.lock:
            return self.client

    def submit_for_ever(self, number, url):
        choice = random.Random(f"{self.seed}/client {number}")
        while not self.stopping.is_set():
            if self.unfinished() >= UNFINISHED_MAX:
                self.stopping.wait(0.01)
                continue
            key = str(uuid.UUID(int=choice.getrandbits(128), version=4))
            body = {"modelId": jobsd.MODEL_ID, "prompt": choice.choice(PROMPTS), "webhookUrl": url,
                    "webhookSigningSecret": SECRET, "webhookMetadata": {"key": key}}
            job_id = self.submit(key, body)
            if job_id and choice.random() < 0.1:
                self.try_request("POST", f"/api/v1/ai/jobs/{job_id}/cancel", {})

    def submit(self, key, body):
        """Tries until there is an answer, under the same key: what was lost must not become a second job."""
        lost = False
        while True:
            answer = self.try_request("POST", "/api/v1/ai/jobs", body, {"Idempotency-Key": key})
            if answer is not None and answer.status == 201:
                job_id = answer.json["jobId"]
                with self.lock:
                    self.jobs_of_key[key].add(job_id)
                    self.accepted[job_id] = key
                    self.lost_answers += lost
                return job_id
            if answer is not None and answer.status != 503:
                self.violation(f"POST jobs: {answer.status} {answer.text}")
                return None
            lost = True
            # The last submission goes on past the end of the load, until it has its answer.
            threading.Event().wait(0.02)
            if self.stopping.is_set() and self.current() is None:
                return None

    def try_request(self, method, path, body=None, headers=None):
        """The answer, or None when the process went away before it came."""
        client = self.current()
        if client is None:
            return None
        try:
            return client.request(method, path, body, headers, seconds=30)
        except (OSError, http.client.HTTPException):
            return None

    # ---- Looking twice ----

    def look_again_for_ever(self):
        choice = random.Random(f"{self.seed}/auditor")
        while not self.stopping.wait(0.005):
            with self.lock:
                known = list(self.told)
            if known:
                self.look_again(choice.choice(known))

    def look_again(self, job_id):
        answer = self.try_request("GET", f"/api/v1/ai/jobs/{job_id}")
        if answer is None:
            return
        if answer.status != 200:
            self.violation(f"GET of an accepted job: {answer.status} {answer.text}")
            return
        job = answer.json
        now = (job["state"], job.get("completedAt") or job.get("cancelledAt"))
        with self.lock:
            told = self.told.get(job_id)
            first = self.seen_terminal.setdefault(job_id, now) if jobsd.is_terminal(job["state"]) else None
            before = self.seen_terminal.get(job_id)
        if told and told["status"] != job["state"]:
            self.violation(f"{job_id} is {job['state']} after its webhook said {told['status']}")
        if (first or before) and (first or before) != now:
            self.violation(f"{job_id} was {first or before} and is {now}")


def pending_deliveries(daemon):
    with urllib.request.urlopen(f"{daemon.url}/metrics", timeout=30) as answer:
        return int(re.search(rb"^jobsd_webhook_deliveries_pending (\d+)", answer.read(), re.MULTILINE).group(1))


def check_store(store, trial, lives):
    """Reads the history of every accepted job from the store of the stopped daemon."""
    database = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    require(database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the store is damaged")
    numbers = {uuid.UUID(bytes=id): (number, STATES[state])
               for number, id, state in database.execute("SELECT number, id, state FROM jobs")}
    events = collections.defaultdict(list)
    for job, kind, at, attempt in database.execute("SELECT job, type, at, attempt FROM events ORDER BY id"):
        events[job].append((kind, at, attempt))
    steps = database.execute("SELECT count(*) FROM steps").fetchone()[0]
    pending = database.execute("SELECT count(*) FROM deliveries WHERE state <> 1").fetchone()[0]
    database.close()

    require(pending == 0, f"{pending} deliveries are not marked delivered")
    cut_short = 0
    for job_id in trial.accepted:
        found = numbers.get(uuid.UUID(job_id))
        require(found is not None, f"{job_id} was answered 201 and is not in the store")
        number, state = found
        require(jobsd.is_terminal(state), f"{job_id} is {state}")
        cut_short += check_history(job_id, state, events[number], lives)
    # Jobs that were stored but whose answer was lost are found again through their key; there are no others.
    require(len(numbers) == len(trial.accepted), f"{len(numbers)} jobs in the store, {len(trial.accepted)} answered 201")
    return cut_short, steps


def life_at(lives, at):
    """Which process was running at that moment, in milliseconds."""
    for index, (born, died) in enumerate(lives):
        if born <= at <= died:
            return index
    return None


def check_history(job_id, state, history, lives):
    """Holds the events of one job against the order that they must have. Returns how many of its runs a kill cut short."""
    running = None  # (attempt, the process it ran in)
    last_attempt = 0
    ended = False
    cut_short = 0
    require(history and EVENTS[history[0][0]] == "created", f"{job_id} does not begin with its creation: {history}")
    for kind, at, attempt in history:
        name = EVENTS[kind]
        require(not ended, f"{job_id}: {name} after the end: {history}")
        if name == "started":
            require(attempt > last_attempt, f"{job_id}: attempt {attempt} follows {last_attempt}: {history}")
            life = life_at(lives, at)
            require(life is not None, f"{job_id} started while no process ran: {history}")
            if running is not None:
                require(life > running[1], f"{job_id} ran twice at the same time: {history}")
                cut_short += 1
            running, last_attempt = (attempt, life), attempt
        elif name in ("retry", "returned"):
            if running is not None and life_at(lives, at) != running[1]:
                cut_short += 1
            running = None
        elif name in ("progress", "step"):
            require(running is not None and attempt == running[0], f"{job_id}: {name} outside its run: {history}")
        elif name in ("completed", "failed", "cancelled"):
            wanted = {"completed": "COMPLETE", "failed": "FAILED", "cancelled": "CANCELLED"}[name]
            require(state == wanted, f"{job_id} is {state} and its history says {name}")
            if name == "completed":
                require(running is not None and attempt == running[0], f"{job_id} was completed by no run: {history}")
            ended = True
    require(ended, f"{job_id} is {state} without an event that says so: {history}")
    return cut_short


def now_ms():
    return time.time_ns() // 1_000_000


def run(arguments, folder):
    trial = Trial(arguments.seed)
    database = folder / "shop.db"
    subprocess.run([arguments.make_shop, database, "--orders", "10000", "--today", "2026-03-14"], check=True)
    receiver = webhook_receiver.Receiver(SECRET, answer=trial.answer, on_event=trial.on_event)
    daemon = jobsd.Daemon(arguments.jobsd, jobsd.write_config(folder, database), folder / "jobsd.log")
    user = daemon.command("user", "create", "--name", "kill test", "--attribute", "region=all")
    token = daemon.command("key", "create", "--kind", "personal", "--user", user)
    threads = [threading.Thread(target=trial.submit_for_ever, args=(number, receiver.url), daemon=True)
               for number in range(CLIENTS)]
    threads.append(threading.Thread(target=trial.look_again_for_ever, daemon=True))
    lives = []
    moment = random.Random(f"{arguments.seed}/moments")

    def start():
        born = now_ms()
        daemon.start()
        with trial.lock:
            trial.client = jobsd.Client(daemon.url, token)
        return born

    try:
        born = start()
        for thread in threads:
            thread.start()
        for kill in range(1, arguments.kills + 1):
            trial.stopping.wait(moment.uniform(0.02, 0.8))
            require(daemon.running(), f"jobsd ended by itself:\n{daemon.last_log_lines()}")
            daemon.kill()
            lives.append((born, now_ms()))
            with trial.lock:
                accepted, told = len(trial.accepted), len(trial.told)
            print(f"kill {kill:3d}: {accepted} accepted, {told} webhooks", flush=True)
            born = start()
        trial.stopping.set()
        for thread in threads:
            thread.join(timeout=60)
            require(not thread.is_alive(), "a client hangs")
        began = time.monotonic()
        finished = receiver.wait_for(lambda _: trial.unfinished() == 0, arguments.patience)
        missing = sorted(trial.accepted.keys() - trial.told.keys())
        if not finished:
            states = [f"{job_id}: {answer.json.get('state') if answer and answer.json else None}"
                      for job_id in missing[:5] for answer in [trial.try_request("GET", f"/api/v1/ai/jobs/{job_id}")]]
            raise Violation(f"{len(missing)} of {len(trial.accepted)} jobs without their webhook after "
                            f"{arguments.patience} s: {states}; turned away: {receiver.rejected()[:3]}")
        print(f"the last webhook came {time.monotonic() - began:.1f} s after the load ended", flush=True)
        # The store knows of an answer a moment after the receiver gave it.
        while (pending := pending_deliveries(daemon)) > 0:
            require(time.monotonic() - began < arguments.patience,
                    f"{pending} deliveries are not marked delivered after {arguments.patience} s")
            time.sleep(0.02)
        for job_id in list(trial.accepted):
            trial.look_again(job_id)
        unended = trial.accepted.keys() - trial.seen_terminal.keys()
        require(not unended, f"{len(unended)} jobs have not ended: {sorted(unended)[:5]}")
        unknown = trial.told.keys() - trial.accepted.keys()
        require(not unknown, f"{len(unknown)} webhooks of jobs that nobody was told of: {sorted(unknown)[:5]}")
        status = daemon.stop()
        lives.append((born, now_ms()))
        require(status == 0, f"jobsd ended with {status}, not 0:\n{daemon.last_log_lines()}")
    finally:
        trial.stopping.set()
        with trial.lock:
            trial.client = None
        daemon.kill()
        receiver.close()

    require(not trial.violations, "; ".join(trial.violations[:10]))
    require(not receiver.rejected(), f"webhooks with a wrong signature: {receiver.rejected()[:3]}")
    doubled = {key: ids for key, ids in trial.jobs_of_key.items() if len(ids) > 1}
    require(not doubled, f"idempotency keys that made several jobs: {doubled}")
    cut_short, steps = check_store(folder / "data" / "jobs.db", trial, lives)
    repeats = len(receiver.events()) - len(trial.told)
    ends = collections.Counter(state for state, _ in trial.seen_terminal.values())
    print(f"{len(trial.accepted)} jobs ({', '.join(f'{count} {state}' for state, count in sorted(ends.items()))}), "
          f"{cut_short} runs cut short, {steps} steps kept, {trial.lost_answers} submissions repeated, "
          f"{len(trial.refused_once)} webhooks refused at first, {repeats} came again")
    # Without these the kills met an idle process, and nothing was shown.
    require(cut_short > 0, "no kill met a running job")
    require(ends["COMPLETE"] > 0 and ends["CANCELLED"] > 0, "no job completed, or none was cancelled")


def tell(run, arguments, prefix, held):
    """Runs a trial in a folder of its own. Returns what the process should exit with, after saying how it went."""
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        folder = pathlib.Path(name)
        try:
            run(arguments, folder)
        except (Violation, jobsd.Failed) as error:
            print(f"FAILED (seed {arguments.seed}): {error}", file=sys.stderr)
            log = folder / "jobsd.log"
            if log.exists():
                print("the end of the log:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-30:]),
                      file=sys.stderr)
            return 1
    print(held)
    return 0


def parser_of(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--jobsd", required=True)
    parser.add_argument("--make-shop", required=True)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--patience", type=int, default=120, help="seconds for what is left after the last blow")
    return parser


def main():
    parser = parser_of("Kills jobsd while it works and checks what it still owes.")
    parser.add_argument("--kills", type=int, default=20)
    return tell(run, parser.parse_args(), "jobs-kill-", "every promise held")


if __name__ == "__main__":
    sys.exit(main())

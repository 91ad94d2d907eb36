#!/usr/bin/env python3
"""Kills and stops a program that embeds the engine, again and again, and holds its file against what it said before.

    python3 engine_kill_test.py --engine-load PROGRAM [--cycles N] [--seed N]

Each cycle starts the program on the same file, lets it work for a random moment, stops it (SIGSTOP) for longer than a lease
in every third, and kills it (SIGKILL). After the last one a run without new load finishes what is left. It must hold that

1. no job that was acknowledged is missing, and each has ended;
2. no job ended twice, and none ended otherwise than a subscriber was told;
3. no two attempts overlap: what an attempt wrote lies between its start and the next one's;
4. no step's function ran again after its result was stored;
5. a job that waits gets the same answer each time, "gone" if its signal was stored, and has each of its children once; when
   it completes they have completed.

The random choices come from a seed that is printed; the machine's own timing is not replayed by it.
"""

import argparse
import collections
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

LEASE_SECONDS = 1.0
# As jobs/job.h numbers them.
CREATED, STARTED, PROGRESS, STEP, RETRY, COMPLETED, FAILED, CANCELLED, RETURNED = range(9)
STATE_OF_END = {COMPLETED: 2, FAILED: 3, CANCELLED: 4}
NAME_OF_END = {COMPLETED: "completed", FAILED: "failed", CANCELLED: "cancelled"}


class Violation(Exception):
    """A promise was broken."""


def require(condition, what):
    if not condition:
        raise Violation(what)


def start(program, store, history, *options):
    process = subprocess.Popen([program, store, history, *options], stdout=subprocess.PIPE, text=True)
    require(process.stdout.readline() == "ready\n", "the engine did not open its file again")
    return process


def torment(program, store, history, cycles, choice):
    for cycle in range(cycles):
        process = start(program, store, history)
        time.sleep(choice.uniform(0.0, 0.25))
        if cycle % 3 == 2:
            process.send_signal(signal.SIGSTOP)
            time.sleep(LEASE_SECONDS * choice.uniform(0.8, 1.4))
            process.send_signal(signal.SIGCONT)
            time.sleep(choice.uniform(0.0, 0.2))
        process.kill()
        process.wait()
        process.stdout.close()
        if cycles >= 50 and cycle % 25 == 24:
            print(f"{cycle + 1} of {cycles} cycles", flush=True)
    with start(program, store, history, "--finish") as process:
        require(process.wait(timeout=120) == 0, "the last run did not finish what was left")


def check(lines, database):
    """Raises Violation for the first broken promise. `lines`: the history; `database`: the file of the stopped engine."""
    require(database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the file is damaged")
    jobs = {str(uuid.UUID(bytes=id)): (number, state)
            for number, id, state in database.execute("SELECT number, id, state FROM jobs")}
    events = collections.defaultdict(list)
    for job, kind, attempt in database.execute("SELECT job, type, attempt FROM events "
                                             "WHERE coalesce(data, '') NOT LIKE '{\"signal\"%' ORDER BY id"):
        events[job].append((kind, attempt))

    stored = set()
    told = {}
    signalled = set()
    answers = {}
    acknowledged = 0
    for line in lines:
        fact, job, *rest = line.split()
        if fact == "submitted":
            acknowledged += 1
            require(job in jobs, f"{job} was acknowledged and is missing")
        elif fact == "stored":
            stored.add((job, rest[0]))
        elif fact == "ran":
            require((job, rest[1]) not in stored, f"{job} ran its step {rest[1]} again after its result was stored")
        elif fact == "signalled":
            signalled.add(job)
        elif fact == "answered":
            require(answers.setdefault(job, rest[0]) == rest[0], f"{job} was answered {answers[job]}, then {rest[0]}")
        elif fact == "told":
            require(told.setdefault(job, rest[0]) == rest[0], f"{job} ended {told[job]}, then {rest[0]}")

    for job in signalled & answers.keys():
        require(answers[job] == "gone", f"{job} had its signal and was answered {answers[job]}")

    for job, (number, state) in jobs.items():
        check_events(job, events[number])
        kind, _ = events[number][-1]
        require(STATE_OF_END.get(kind) == state, f"{job} is in state {state} and its last event is {kind}")
        require(told.get(job, NAME_OF_END[kind]) == NAME_OF_END[kind], f"{job} ended otherwise than was told")
    return acknowledged, len(jobs)


def check_flows(database):
    """Returns how many jobs waited for all that they wait for, and completed."""
    kind = {number: kind for number, kind in database.execute("SELECT number, kind FROM jobs")}
    children = collections.defaultdict(list)
    for parent, child, state, settled in database.execute(
            "SELECT d.job, d.on_job, jobs.state, d.settled FROM dependencies AS d JOIN jobs ON jobs.number = d.on_job"):
        require(settled == 1, f"{parent} does not know that {child} ended")
        children[parent].append(state)
    made = collections.Counter(kind.values())["part"]
    require(made == sum(len(states) for states in children.values()), "a child has no parent, or two")
    flows = 0
    for number, state in database.execute("SELECT number, state FROM jobs WHERE kind = 'flow'"):
        require(len(children[number]) <= 2, f"{number} has {len(children[number])} children of two")
        if state == STATE_OF_END[COMPLETED]:
            flows += 1
            require(children[number] == [STATE_OF_END[COMPLETED]] * 2, f"{number} completed before its children")
    return flows


def check_events(job, events):
    ends = [kind for kind, _ in events if kind in STATE_OF_END]
    require(len(ends) == 1, f"{job} ended {len(ends)} times")
    running = None
    newest = 0
    for kind, attempt in events:
        if kind == STARTED:
            require(running is None, f"{job}: attempt {attempt} began while {running} ran")
            require(attempt == newest + 1, f"{job}: attempt {attempt} came after {newest}")
            running = newest = attempt
        elif kind in (PROGRESS, STEP):
            require(running == attempt, f"{job}: attempt {attempt} wrote while {running} ran")
        elif kind in (RETRY, RETURNED):
            require(running == attempt, f"{job}: attempt {attempt} was given back while {running} ran")
            running = None
    steps = [kind for kind, _ in events if kind == STEP]
    require(len(steps) <= 3, f"{job} stored {len(steps)} results for its steps, which are three at most")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("--engine-load", required=True)
    arguments.add_argument("--cycles", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = arguments.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        store = pathlib.Path(folder) / "jobs.db"
        history = pathlib.Path(folder) / "history"
        torment(arguments.engine_load, store, history, arguments.cycles, random.Random(arguments.seed))
        # The last line of a killed process is whole, or was never written.
        lines = history.read_text().splitlines()
        database = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        acknowledged, kept = check(lines, database)
        require(check_flows(database) > 0, "no job waited to its end: the test did not test")
        lost = database.execute("SELECT count(*) FROM events WHERE type = ?", (RETRY,)).fetchone()[0]
        database.close()
    require(lost > 0, "no attempt was cut short: the test did not test")
    print(f"{arguments.cycles} cycles, {acknowledged} jobs acknowledged, {kept} kept, {lost} attempts were tried again")


if __name__ == "__main__":
    try:
        main()
    except Violation as violation:
        sys.exit(f"broken: {violation}")

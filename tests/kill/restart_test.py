#!/usr/bin/env python3
"""Restarts jobsd under load, by SIGTERM and by SIGKILL, and then asks everybody what they missed.

    python3 restart_test.py --jobsd PROGRAM --make-shop PROGRAM [--cycles N] [--seed N]

Clients submit jobs, followers read the event streams of those jobs, a receiver takes their webhooks. Each cycle stops the
process once gracefully and once without warning, at a random moment, and starts it again. Whoever loses the connection comes
back: a submission under its idempotency key, a stream with Last-Event-ID. At the end it must hold that

1. every job that was answered 201 has ended, and its webhook has arrived, each repeat saying the same;
2. every follower has read every event of its jobs, in order and none twice, over all its connections;
3. a stop by SIGTERM ends with status 0, and a stream that it ends says so.

The random choices come from a seed that is printed; the machine's own timing is not replayed by it.
"""

import http.client
import queue
import random
import subprocess
import sys
import threading
import time
import urllib.parse

import kill_test
from kill_test import Trial, require, jobsd, webhook_receiver

FOLLOWERS = 6


class Follower:
    """Reads the event streams of jobs to their end, one after the other, across any number of connections."""

    def __init__(self, trial, jobs, number):
        self.trial = trial
        self.jobs = jobs
        self.read = {}          # job id → the ids of its events, as they came
        self.connections = 0
        self.told_of_stop = 0   # streams that ended with a note
        self.thread = threading.Thread(target=self._run, name=f"follower {number}", daemon=True)

    def _run(self):
        while True:
            job = self.jobs.get()
            if job is None:
                return
            self.read[job] = []
            while not self._follow(job, self.read[job]):
                self.trial.pause()

    def _follow(self, job, ids):
        """Reads from where it was. True: the last event has come."""
        client = self.trial.current()
        if client is None:
            return False
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(client.url).netloc, timeout=60)
        try:
            headers = {"Authorization": f"Bearer {client.token}", "Accept": "text/event-stream"}
            if ids:
                headers["Last-Event-ID"] = str(ids[-1])
            connection.request("GET", f"/api/v1/ai/jobs/{job}/events", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                if response.status != 503:
                    self.trial.violation(f"the stream of an accepted job: {response.status}")
                return False
            self.connections += 1
            return self._read(response, ids)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _read(self, response, ids):
        """An event counts when its empty line has come: what was cut is not an event, and comes again."""
        number, ended = None, False
        for line in response:
            line = line.decode().rstrip("\n")
            if line.startswith("id: "):
                number = int(line[4:])
            elif line in ("event: completed", "event: failed", "event: cancelled"):
                ended = True
            elif line.startswith(": the server is stopping"):
                self.told_of_stop += 1
            elif line == "" and number is not None:
                ids.append(number)
                number = None
                if ended:
                    return True
        return False


class Load(Trial):
    """A trial whose accepted jobs are followed."""

    def __init__(self, seed):
        super().__init__(seed)
        self.to_follow = queue.Queue()
        self.submitted = threading.Event()

    def submit(self, key, body):
        job = super().submit(key, body)
        if job:
            self.to_follow.put(job)
            self.submitted.set()
        return job

    @staticmethod
    def pause():
        """Between two tries of somebody whose server is away."""
        threading.Event().wait(0.01)


def check_followers(trial, followers, patience):
    until = time.monotonic() + patience
    for follower in followers:
        trial.to_follow.put(None)
    for follower in followers:
        follower.thread.join(timeout=max(0.0, until - time.monotonic()))
        require(not follower.thread.is_alive(), f"{follower.thread.name} has not seen the end of its job")
    read = {job: ids for follower in followers for job, ids in follower.read.items()}
    require(read.keys() == trial.accepted.keys(), "not every accepted job was followed")
    events = 0
    for job, ids in read.items():
        answer = trial.try_request("GET", f"/api/v1/ai/jobs/{job}/events")
        require(answer is not None and answer.status == 200, f"the log of {job} cannot be read")
        logged = [event["id"] for event in answer.json["data"]]
        require(answer.json["done"], f"the log of {job} has no end")
        require(ids == logged, f"{job}: a follower read {ids}, and the log has {logged}")
        events += len(ids)
    return events


def run(arguments, folder):
    trial = Load(arguments.seed)
    database = folder / "shop.db"
    subprocess.run([arguments.make_shop, database, "--orders", "5000", "--today", "2026-03-14"], check=True)
    receiver = webhook_receiver.Receiver(kill_test.SECRET, answer=trial.answer, on_event=trial.on_event)
    config = jobsd.write_config(folder, database)
    # Some running jobs end within it, others are handed back.
    config.write_text(config.read_text() + "stop_grace: 50ms\n")
    daemon = jobsd.Daemon(arguments.jobsd, config, folder / "jobsd.log")
    user = daemon.command("user", "create", "--name", "restart test", "--attribute", "region=all")
    token = daemon.command("key", "create", "--kind", "personal", "--user", user)
    submitters = [threading.Thread(target=trial.submit_for_ever, args=(number, receiver.url), daemon=True)
                  for number in range(kill_test.CLIENTS)]
    followers = [Follower(trial, trial.to_follow, number) for number in range(FOLLOWERS)]
    moment = random.Random(f"{arguments.seed}/moments")
    longest = 0.0

    def start():
        began = time.monotonic()
        daemon.start()
        with trial.lock:
            trial.client = jobsd.Client(daemon.url, token)
        return time.monotonic() - began

    try:
        start()
        for thread in submitters + [follower.thread for follower in followers]:
            thread.start()
        for cycle in range(1, 2 * arguments.cycles + 1):
            # At least one job since the start, so that no cycle meets an idle process.
            trial.submitted.clear()
            require(trial.submitted.wait(60), "nothing is submitted any more")
            trial.stopping.wait(moment.uniform(0.0, 0.4))
            require(daemon.running(), f"jobsd ended by itself:\n{daemon.last_log_lines()}")
            if cycle % 2:
                status = daemon.stop()
                require(status == 0, f"jobsd ended with {status} after SIGTERM:\n{daemon.last_log_lines()}")
            else:
                daemon.kill()
            longest = max(longest, start())
        trial.stopping.set()
        for thread in submitters:
            thread.join(timeout=60)
            require(not thread.is_alive(), "a client hangs")
        finished = receiver.wait_for(lambda _: trial.unfinished() == 0, arguments.patience)
        missing = sorted(trial.accepted.keys() - trial.told.keys())
        require(finished, f"{len(missing)} of {len(trial.accepted)} jobs without their webhook: {missing[:5]}")
        events = check_followers(trial, followers, arguments.patience)
        for job in list(trial.accepted):
            trial.look_again(job)
        unended = trial.accepted.keys() - trial.seen_terminal.keys()
        require(not unended, f"{len(unended)} jobs have not ended: {sorted(unended)[:5]}")
        require(daemon.stop() == 0, f"the last stop failed:\n{daemon.last_log_lines()}")
    finally:
        trial.stopping.set()
        with trial.lock:
            trial.client = None
        daemon.kill()
        receiver.close()

    require(not trial.violations, "; ".join(trial.violations[:10]))
    require(not receiver.rejected(), f"webhooks with a wrong signature: {receiver.rejected()[:3]}")
    connections = sum(follower.connections for follower in followers)
    noted = sum(follower.told_of_stop for follower in followers)
    print(f"{2 * arguments.cycles} restarts, the slowest start {longest:.2f} s; {len(trial.accepted)} jobs, "
          f"{trial.lost_answers} submissions repeated; {events} events read over {connections} connections, "
          f"{noted} of them ended with a note; {len(receiver.events())} webhooks for {len(trial.told)} jobs")
    # Without these the restarts met nobody, and nothing was shown.
    require(connections > len(trial.accepted), "no stream was ever resumed")
    if arguments.cycles >= 10:
        require(noted > 0, "no stream was told of a stop")


def main():
    parser = kill_test.parser_of("Restarts jobsd under load and checks that nobody missed anything.")
    parser.add_argument("--cycles", type=int, default=2, help="of one SIGTERM and one SIGKILL each")
    return kill_test.tell(run, parser.parse_args(), "jobs-restart-", "nobody missed anything")


if __name__ == "__main__":
    sys.exit(main())

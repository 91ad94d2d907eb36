#!/usr/bin/env python3
"""Slow clients hold on to jobsd, as slowhttptest makes them, and a well-behaved client is served all the while.

    python3 slow_test.py --jobsd PROGRAM --make-shop PROGRAM [--seconds N] [--patience SECONDS]

Three attacks, each for N seconds: headers that never end, bodies that never end, and answers that are hardly read. Each is made
from 127.0.0.1 against two servers at once:

- "as installed" has the limits that a configuration without an `api` section has. The attack stays below connections_max.
- "capped" has fewer connections than the attack opens, and a limit for each address. The well-behaved client comes from another
  address, 127.0.0.2, and must find room.

The well-behaved client submits jobs and reads them, on a new connection each time and on one that it keeps. Every answer must be
a 2xx within the patience, its jobs must end, and what the attack held must be given back when it is over.
Exits with 77 when slowhttptest (a package of Debian's) is not installed.
"""

import argparse
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import jobsd  # noqa: E402

SKIPPED = 77
CLIENT_ADDRESS = "127.0.0.2"
CAPPED = {"connections_max": 600, "connections_per_address_max": 200}
# The attack's connections: below the 10,000 that are allowed as installed, above CAPPED.
CONNECTIONS = 1000
PER_SECOND = 400
ATTACKS = {
    "slow headers": ["-H", "-i", "5", "-x", "24", "-u", "/api/v1/ai/jobs"],
    "slow bodies": ["-B", "-i", "5", "-x", "24", "-s", "8192", "-f", "application/json", "-u", "/api/v1/ai/jobs"],
    # The largest answer that there is without a token, several times over, through a window of a few bytes.
    "slow reads": ["-X", "-k", "10", "-n", "5", "-w", "64", "-y", "128", "-z", "16", "-u", "/api/openapi.yaml"],
}
PROMPTS = ["What are the top 5 products by revenue?", "returns by reason", "number of customers by country"]


class Wrong(Exception):
    """The server did not keep its promise."""


class Client:
    """Well behaved: one request at a time, each read to its end."""

    def __init__(self, url, token, patience):
        self.address = urllib.parse.urlsplit(url).netloc
        self.token = token
        self.patience = patience
        self.kept = self._connect()
        self.seconds = []
        self.jobs = []
        self.wrong = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _connect(self):
        return http.client.HTTPConnection(self.address, timeout=self.patience, source_address=(CLIENT_ADDRESS, 0))

    def request(self, method, path, body=None, kept=False):
        connection = self.kept if kept else self._connect()
        began = time.monotonic()
        try:
            # The metrics are for whoever is on this machine, and not for every token.
            headers = {} if path == "/metrics" else {"Authorization": f"Bearer {self.token}"}
            if body is not None:
                headers["Content-Type"] = "application/json"
                body = json.dumps(body)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise Wrong(f"{method} {path} was not answered: {error!r} after {time.monotonic() - began:.1f} s") from None
        finally:
            if not kept:
                connection.close()
        took = time.monotonic() - began
        if not 200 <= response.status < 300:
            raise Wrong(f"{method} {path}: {response.status} {text[:200]}")
        if took > self.patience:
            raise Wrong(f"{method} {path} took {took:.1f} s")
        self.seconds.append(took)
        return text

    def _run(self):
        try:
            while not self.stopping.is_set():
                prompt = PROMPTS[len(self.jobs) % len(PROMPTS)]
                for kept in (False, True):
                    job = json.loads(self.request("POST", "/api/v1/ai/jobs", {"modelId": jobsd.MODEL_ID, "prompt": prompt}, kept))
                    self.jobs.append(job["jobId"])
                    self.request("GET", f"/api/v1/ai/jobs/{job['jobId']}", kept=kept)
                self.request("GET", "/api/v1/ai/jobs?pageSize=10")
                self.stopping.wait(0.05)
        except Wrong as wrong:
            self.wrong = wrong

    def connections(self):
        """How many the server holds, this one among them."""
        return int(re.search(r"^jobsd_http_connections (\d+)", self.request("GET", "/metrics"), re.MULTILINE).group(1))


class Attack:
    """One run of slowhttptest, watched from its beginning to its end."""

    def __init__(self, name, arguments, daemon, token, options):
        self.name = name
        self.client = Client(daemon.url, token, options.patience)
        self.watcher = Client(daemon.url, token, options.patience)
        self.most = 0
        self.left = None
        self.wrong = None
        *flags, path = arguments
        # -p: its own probe is a client at the attacker's address, and finds no room where that has a limit.
        self.command = [shutil.which("slowhttptest"), *flags, daemon.url + path, "-c", str(CONNECTIONS), "-r", str(PER_SECOND),
                        "-l", str(options.seconds), "-p", "5", "-v", "1"]
        self.patience = options.patience
        self.output = ""
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            self.client.thread.start()
            process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            read = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
            read.start()
            while process.poll() is None:
                self.most = max(self.most, self.watcher.connections())
                threading.Event().wait(0.2)
            read.join()
            # The attacker's process has ended, and with it its sockets.
            until = time.monotonic() + self.patience
            while True:
                self.left = self.watcher.connections()
                if self.left <= 4 or time.monotonic() > until:
                    break
                threading.Event().wait(0.1)
            self.client.stopping.set()
            self.client.thread.join(timeout=60)
            for job in self.client.jobs:
                self._must_end(job)
        except Wrong as wrong:
            self.wrong = wrong
        finally:
            self.client.stopping.set()

    def _read(self, stream):
        self.output = stream.read().decode(errors="replace")

    def _must_end(self, job):
        until = time.monotonic() + 60
        while json.loads(self.watcher.request("GET", f"/api/v1/ai/jobs/{job}"))["state"] != "COMPLETE":
            if time.monotonic() > until:
                raise Wrong(f"the job {job} has not ended")
            threading.Event().wait(0.05)

    def ending(self):
        """Why slowhttptest ended, in its words, which it writes in colours."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.output)
        found = re.search(r"Exit status: *(.+)", plain)
        return found.group(1).strip() if found else "without a word"

    def check(self, least, most):
        for wrong in (self.wrong, self.client.wrong):
            if wrong:
                raise Wrong(f"{self.name}: {wrong}; the attack held {self.most} connections")
        if len(self.client.jobs) < 10:
            raise Wrong(f"{self.name}: the client came to submit {len(self.client.jobs)} jobs only:\n{self.output[-2000:]}")
        # Without these nothing was shown.
        if not least <= self.most <= most:
            raise Wrong(f"{self.name}: {self.most} connections at most, expected {least} to {most}:\n{self.output[-2000:]}")
        if self.left > 4:
            raise Wrong(f"{self.name}: {self.left} connections are left after the attack")
        seconds = sorted(self.client.seconds)
        print(f"{self.name}: up to {self.most} connections; {len(seconds)} requests of the well-behaved client, all 2xx, half of them "
              f"within {seconds[len(seconds) // 2] * 1000:.1f} ms, the slowest {seconds[-1] * 1000:.0f} ms; "
              f"{len(self.client.jobs)} jobs COMPLETE; slowhttptest ended: {self.ending()}", flush=True)


def serve(options, folder, database, api):
    config = jobsd.write_config(folder, database)
    if api:
        config.write_text(config.read_text() + f"api: {json.dumps(api)}\n")
    daemon = jobsd.Daemon(options.jobsd, config, folder / "jobsd.log")
    user = daemon.command("user", "create", "--name", "Ana", "--attribute", "region=all")
    token = daemon.command("key", "create", "--kind", "personal", "--user", user)
    daemon.start()
    return daemon, token


def run(options, folder):
    database = folder / "shop.db"
    subprocess.run([options.make_shop, database, "--orders", "500", "--today", "2026-03-14"], check=True)
    servers = {"as installed": serve(options, folder / "installed", database, {}),
               "capped": serve(options, folder / "capped", database, CAPPED)}
    # What holds beside the attack: the client's two connections, the watcher's one, slowhttptest's probe.
    beside = 4
    expected = {"as installed": (CONNECTIONS // 2, CONNECTIONS + beside),
                "capped": (CAPPED["connections_per_address_max"], CAPPED["connections_per_address_max"] + beside)}
    try:
        for name, arguments in ATTACKS.items():
            attacks = {server: Attack(f"{name}, {server}", arguments, *at, options) for server, at in servers.items()}
            for attack in attacks.values():
                attack.thread.start()
            for attack in attacks.values():
                attack.thread.join()
            for server, attack in attacks.items():
                attack.check(*expected[server])
        for server, (daemon, _) in servers.items():
            if not daemon.running():
                raise Wrong(f"{server}: jobsd ended by itself:\n{daemon.last_log_lines()}")
            if daemon.stop() != 0:
                raise Wrong(f"{server}: jobsd did not stop well:\n{daemon.last_log_lines()}")
    finally:
        for daemon, _ in servers.values():
            daemon.kill()


def main():
    parser = argparse.ArgumentParser(description="Attacks jobsd with slow clients and checks that others are served.")
    parser.add_argument("--jobsd", required=True)
    parser.add_argument("--make-shop", required=True)
    parser.add_argument("--seconds", type=int, default=20, help="of each attack")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds within which every answer must come")
    options = parser.parse_args()
    if not shutil.which("slowhttptest"):
        print("skipped: slowhttptest is not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="jobs-slow-") as name:
        try:
            run(options, pathlib.Path(name))
        except (Wrong, jobsd.Failed) as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
    print("the well-behaved client was served throughout")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""How fast jobsd is over HTTP, beside a bare route of the same server and the engine's own submit_64, in one run.

    python3 bench/http_bench.py [--build build/release] [--seconds S] [--rounds N] [--streams N]

Prints one JSON object a line. The load generator shares the machine. Every submission is durable (fsync) before it is answered.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import jobsd  # noqa: E402

CONNECTIONS = 64


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{pathlib.Path(str(command[0])).name}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def request_file(folder, name, method, path, key, body=None, headers=()):
    text = "" if body is None else json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(text)}"]
    file = folder / name
    file.write_bytes(("\r\n".join(lines) + "\r\n\r\n" + text).encode())
    return file


def hello(build, seconds):
    process = subprocess.Popen([build / "bench" / "http_hello", "0"], stdout=subprocess.PIPE, text=True)
    try:
        port = re.search(r":(\d+)$", process.stdout.readline()).group(1)
        return run(build / "bench" / "http_load", port, CONNECTIONS, seconds)[0]["value"]
    finally:
        process.terminate()
        process.wait()


class Bench:
    def __init__(self, arguments, folder):
        self.build = pathlib.Path(arguments.build).resolve()
        self.seconds = arguments.seconds
        self.folder = folder
        shop = folder / "shop.db"
        subprocess.run([self.build / "examples/shop/make_shop", shop, "--orders", "300"], check=True, stdout=subprocess.DEVNULL)
        config = jobsd.write_config(folder, shop)
        # Nothing runs the jobs: what is measured is taking them.
        config.write_text(config.read_text() + "workers: 0\n" +
                          f"api: {{pending_jobs_max: 10000000, streams_max: {arguments.streams + 10}, "
                          f"connections_max: {arguments.streams + 200}, connections_per_address_max: {arguments.streams + 200}}}\n")
        self.daemon = jobsd.Daemon(self.build / "daemon/jobsd", config, folder / "log")
        self.daemon.start()
        self.port = self.daemon.url.rsplit(":", 1)[1]
        self.key = self.daemon.command("key", "create", "--kind", "organization")
        self.client = jobsd.Client(self.daemon.url, self.key)
        self.submission = {"modelId": jobsd.MODEL_ID, "prompt": "What are the top 5 products by revenue?"}

    def submit(self):
        return self.client.request("POST", "/api/v1/ai/jobs", self.submission).json["jobId"]

    def load(self, file, *rate):
        return run(self.build / "bench/http_load", self.port, CONNECTIONS, self.seconds, file, *rate)[0]

    def submissions(self):
        return request_file(self.folder, "submit.http", "POST", "/api/v1/ai/jobs", self.key, self.submission)

    def status(self):
        return request_file(self.folder, "status.http", "GET", f"/api/v1/ai/jobs/{self.submit()}", self.key)

    def streams(self, count):
        job = self.submit()
        stream = request_file(self.folder, "stream.http", "GET", f"/api/v1/ai/jobs/{job}/events", self.key,
                              headers=["Accept: text/event-stream"])
        trigger = request_file(self.folder, "cancel.http", "POST", f"/api/v1/ai/jobs/{job}/cancel", self.key)
        return run(self.build / "bench/http_streams", self.port, self.daemon.pid, count, stream, trigger)


def say(case, value, unit, **more):
    print(json.dumps({"case": case, "value": value, "unit": unit, **more}), flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("--build", default=ROOT / "build/release")
    arguments.add_argument("--seconds", type=int, default=3)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--streams", type=int, default=5000)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        try:
            rounds = []
            for _ in range(arguments.rounds):
                rounds.append({
                    "hello": hello(bench.build, arguments.seconds),
                    "engine": run(bench.build / "bench/engine_bench", "--rounds", 1, "--seconds", arguments.seconds, "submit_64")[0]["value"],
                    "submit": bench.load(bench.submissions()),
                    "status": bench.load(bench.status())})
            value = {name: statistics.median(one[name] if name in ("hello", "engine") else one[name]["value"] for one in rounds)
                     for name in rounds[0]}
            ratio = statistics.median(one["submit"]["value"] / min(one["hello"], one["engine"]) for one in rounds)
            say("http_hello_64", value["hello"], "1/s")
            say("engine_submit_64", value["engine"], "1/s")
            say("http_submit_64", value["submit"], "1/s", of_the_smaller=round(ratio, 2))
            say("http_status_64", value["status"], "1/s")
            half = bench.load(bench.submissions(), value["submit"] / 2)
            say("http_submit_half_load_p99", half["p99_ms"], "ms", rate=round(value["submit"] / 2))
            for line in bench.streams(arguments.streams):
                say(line.pop("case"), line.pop("value"), line.pop("unit"), **line)
        finally:
            bench.daemon.stop()


if __name__ == "__main__":
    main()

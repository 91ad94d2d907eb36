"""Starts, stops and speaks to a jobsd, with Python's standard library alone. Used by the demo and by tests."""

import http.client
import json
import pathlib
import queue
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

MODEL_ID = "770e8400-e29b-41d4-a716-446655440002"
BRANCH_ID = "550e8400-e29b-41d4-a716-446655440000"

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ROOT / "examples" / "shop" / "models"


def write_config(folder, database, listen="127.0.0.1:0", tls=None):
    """A configuration for the demo shop in `folder`, which keeps the daemon's data as well. Returns the file.

    `listen` may be "unix:PATH"; `tls` is the pair of a certificate and its key, as PEM files."""
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # JSON strings are YAML strings: no path can break out of its quotes.
    text = "\n".join([
        f"listen: {json.dumps(listen)}",
        *([f"tls: {{certificate: {json.dumps(str(tls[0]))}, key: {json.dumps(str(tls[1]))}}}"] if tls else []),
        "data_dir: data",
        "connections:",
        f"  shop: {{driver: sqlite, path: {json.dumps(str(pathlib.Path(database).resolve()))}}}",
        "models:",
        f"  - id: {MODEL_ID}",
        "    name: shop",
        "    connection: shop",
        f"    path: {json.dumps(str(MODELS / 'shop'))}",
        "    branches:",
        f"      - {{id: {BRANCH_ID}, name: draft, path: {json.dumps(str(MODELS / 'shop-draft'))}}}",
        "analyst: {provider: builtin}",
        "# The receiver of the webhooks is on this machine, without TLS.",
        "webhooks: {allow_http: true, allow_networks: [127.0.0.0/8]}",
        ""])
    file = folder / "jobsd.yaml"
    file.write_text(text)
    return file


class Failed(Exception):
    """The daemon did not do what it should."""


class Daemon:
    """One jobsd process and its configuration."""

    def __init__(self, program, config, log):
        self.program = str(program)
        self.config = str(config)
        self.log = pathlib.Path(log)
        self.url = None
        self._process = None

    def command(self, *arguments):
        """Runs another command of jobsd and returns what it printed."""
        done = subprocess.run([self.program, *arguments, "--config", self.config], capture_output=True, text=True,
                              timeout=60, check=False)
        if done.returncode != 0:
            raise Failed(f"jobsd {' '.join(arguments)}: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def start(self, seconds=60):
        """Returns when the daemon says that it listens."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([self.program, "serve", "--config", self.config], stdout=subprocess.PIPE,
                                             stderr=log, stdin=subprocess.DEVNULL, text=True, start_new_session=True)
        lines = queue.Queue()

        def read(stream):
            for line in stream:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, args=(self._process.stdout,), daemon=True).start()
        until = time.monotonic() + seconds
        while True:
            try:
                line = lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise Failed(f"jobsd did not listen within {seconds} s; see {self.log}") from None
            if line is None:
                raise Failed(f"jobsd ended with {self._process.wait()} before it listened:\n{self.last_log_lines()}")
            ready = re.fullmatch(r"jobsd listening on ((?:https?://|unix:)\S+)\n", line)
            if ready:
                self.url = ready.group(1)
                return self

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process is not None and self._process.poll() is None

    def kill(self):
        """As a power cut would: no warning, no clean-up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, seconds=40):
        """As an operator would. Returns the exit status."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"jobsd did not stop within {seconds} s; see {self.log}") from None
        self._process = None
        return status

    def last_log_lines(self, count=20):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


class Answer:
    """A response: status, headers, and its body as text and, if it is JSON, as data."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.text = body.decode("utf-8", errors="replace")
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Client:
    """Speaks HTTP to a jobsd, at the address that it printed. One connection a request, so that it may be used from several threads."""

    def __init__(self, url, token, certificate=None):
        """`certificate`: the PEM file that a server on TLS is known by."""
        self.url = url
        self.token = token
        self._tls = ssl.create_default_context(cafile=certificate) if url.startswith("https:") else None

    def _connect(self, seconds):
        if self.url.startswith("unix:"):
            return UnixConnection(self.url.removeprefix("unix:"), seconds)
        address = urllib.parse.urlsplit(self.url).netloc
        if self._tls:
            return http.client.HTTPSConnection(address, timeout=seconds, context=self._tls)
        return http.client.HTTPConnection(address, timeout=seconds)

    def request(self, method, path, body=None, headers=None, seconds=90):
        connection = self._connect(seconds)
        try:
            sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
            if body is not None:
                sent["Content-Type"] = "application/json"
                body = json.dumps(body).encode()
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body if body is not None else {}, **more)


def is_terminal(state):
    return state in ("COMPLETE", "FAILED", "CANCELLED")

#!/usr/bin/env python3
"""Receives webhooks and verifies their signatures, with Python's standard library alone.

    JOBS_WEBHOOK_SECRET=… python3 webhook_receiver.py [PORT]

Two forms of signature come with each request, made from the same secret; checking one of them is enough:

    X-Omni-Signature    "sha256=" and the hex of HMAC-SHA256(secret, timestamp "." body),
                        where timestamp is X-Omni-Signature-Timestamp
    webhook-signature   Standard Webhooks: "v1," and the base64 of HMAC-SHA256(key, id "." timestamp "." body),
                        where id is webhook-id, timestamp is webhook-timestamp, and key is the secret's bytes,
                        or what its base64 says when it starts with "whsec_"

What a receiver must do: check the signature over the bytes as they came, before parsing them; compare in constant time;
refuse an old timestamp, or a request once overheard could be sent again for ever; and drop an event_id it has seen,
because delivery is at least once.
"""

import base64
import binascii
import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time

TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1024 * 1024


class BadSignature(Exception):
    """The request does not come from whom it says, or comes too late."""


def _check_time(timestamp, now):
    if not timestamp.isascii() or not timestamp.isdigit():
        raise BadSignature("the timestamp is missing or no number")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("the timestamp is more than five minutes off")


def verify_hex_form(headers, body, secret, now=None):
    """Checks X-Omni-Signature. `headers` is any mapping with get(), `body` and `secret` are bytes and text."""
    timestamp = headers.get("X-Omni-Signature-Timestamp") or ""
    _check_time(timestamp, time.time() if now is None else now)
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = headers.get("X-Omni-Signature") or ""
    if not hmac.compare_digest(given.encode(), ("sha256=" + digest).encode()):
        raise BadSignature("X-Omni-Signature does not match")


def verify_standard_form(headers, body, secret, now=None):
    """Checks webhook-signature, which may hold several signatures, separated by spaces, while secrets are changed."""
    event_id = headers.get("webhook-id") or ""
    timestamp = headers.get("webhook-timestamp") or ""
    _check_time(timestamp, time.time() if now is None else now)
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret[len("whsec_"):], validate=True)
        except binascii.Error as error:
            raise BadSignature("the secret after whsec_ is no base64") from error
    else:
        key = secret.encode()
    signed = event_id.encode() + b"." + timestamp.encode() + b"." + body
    wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = (headers.get("webhook-signature") or "").split()
    if not any(hmac.compare_digest(one.encode(), wanted) for one in given):
        raise BadSignature("webhook-signature does not match")


def verify(headers, body, secret, now=None):
    """Checks both forms. Raises BadSignature."""
    verify_hex_form(headers, body, secret, now)
    verify_standard_form(headers, body, secret, now)


class Receiver:
    """An HTTP server on loopback that keeps what it is sent. Thread safe."""

    def __init__(self, secret, port=0, answer=None, on_event=None):
        """`answer(event)` may give another status than 200, to play a receiver in trouble."""
        self._secret = secret
        self._answer = answer or (lambda event: 200)
        self._on_event = on_event or (lambda event: None)
        self._changed = threading.Condition()
        self._events = []
        self._rejected = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_POST(self):
                status = receiver._receive(self)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            # A burst of deliveries after a restart must not be turned away.
            request_queue_size = 256

            def handle_error(self, request, client_address):
                pass  # a sender that went away in the middle of a request is none of ours

        self._server = Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _receive(self, request):
        length = request.headers.get("Content-Length") or ""
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            return 413
        body = request.rfile.read(int(length))
        try:
            verify(request.headers, body, self._secret)
            event = json.loads(body)
            if event["event_id"] != request.headers["webhook-id"]:
                raise BadSignature("webhook-id and event_id differ")
        except (BadSignature, ValueError, KeyError) as error:
            with self._changed:
                self._rejected.append(str(error))
                self._changed.notify_all()
            return 400
        status = self._answer(event)
        if 200 <= status < 300:
            with self._changed:
                self._events.append(event)
                self._changed.notify_all()
            self._on_event(event)
        return status

    def events(self):
        with self._changed:
            return list(self._events)

    def rejected(self):
        """Why requests were turned away."""
        with self._changed:
            return list(self._rejected)

    def wait_for(self, condition, seconds):
        """Until condition(events) holds. False when it does not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self._events), timeout=seconds)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def main():
    secret = os.environ.get("JOBS_WEBHOOK_SECRET")
    if not secret:
        sys.exit("webhook_receiver.py: set JOBS_WEBHOOK_SECRET to the webhookSigningSecret of your jobs")
    seen = set()

    def show(event):
        repeat = " (a repeat)" if event["event_id"] in seen else ""
        seen.add(event["event_id"])
        print(f"{event['event_id']}: {event['status']}{repeat}: {event.get('result_summary')}", flush=True)

    receiver = Receiver(secret, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8090, on_event=show)
    print(f"receiving at {receiver.url}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        receiver.close()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Asks a jobsd about the demo shop, over HTTP, and checks every answer against SQL written by hand.

    python3 examples/demo.py --jobsd PROGRAM --database shop.db [--serve]

Exit status 0 only when every expectation held. ./demo builds what this needs and then runs it.
"""

import argparse
import csv
import datetime
import io
import json
import pathlib
import re
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "examples")]
import jobsd  # noqa: E402
import webhook_receiver  # noqa: E402

COLOUR = sys.stdout.isatty()
TABLE_ROWS_SHOWN = 12
SALES = """order_items i JOIN orders o ON o.id = i.order_id JOIN products p ON p.id = i.product_id
           JOIN customers c ON c.id = o.customer_id JOIN regions r ON r.id = c.region_id"""
REVENUE = "round(sum(i.unit_price * i.quantity - i.discount), 2)"


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class Unexpected(Exception):
    """An expectation of the demo did not hold."""


def expect(condition, what):
    if not condition:
        raise Unexpected(what)


class Prompt:
    """A question, and what must come of it."""

    def __init__(self, text, check, follows=None, webhook=False):
        self.text = text
        self.check = check
        # The prompt whose conversation it continues.
        self.follows = follows
        self.webhook = webhook


# ---- What the answers must be ----

def months_before(day, months):
    """The first day of the month so many months before that of `day`."""
    index = day.year * 12 + day.month - 1 - months
    return datetime.date(index // 12, index % 12 + 1, 1)


def number(cell):
    """"$1,234.50" → 1234.5; empty stays empty."""
    digits = re.sub(r"[^0-9.\-]", "", cell)
    return float(digits) if digits else None


def table_of(result):
    """The rows of the query that says most, header first: beside it an answer may ask for the total."""
    tables = [list(csv.reader(io.StringIO(action["result"]["csvResult"]))) for action in result["actions"]
              if action["type"] == "generate_query" and action["result"]["status"] == "success"]
    expect(tables, "no query of the answer succeeded")
    return max(tables, key=lambda table: len(table[0]))


def column(table, label):
    names = [name.lower() for name in table[0]]
    expect(label.lower() in names, f"a column {label!r} is missing: {table[0]}")
    at = names.index(label.lower())
    return [row[at] for row in table[1:]]


def same_numbers(table, label, wanted, ordered=False):
    """The column holds these numbers, to half a cent."""
    got = [number(cell) for cell in column(table, label)]
    if not ordered:
        got, wanted = (sorted(x for x in numbers if x is not None) for numbers in (got, wanted))
    expect(len(got) == len(wanted), f"{len(got)} rows, not {len(wanted)}")
    for one, other in zip(got, wanted):
        expect(one is not None and abs(one - other) < 0.0051, f"{label}: {one}, not {other}")
    return f"{len(got)} rows equal SQL written by hand"


class Expectations:
    """Answers computed by SQL over the same file."""

    def __init__(self, database, today):
        self._database = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self.today = today

    def column(self, sql, *values):
        return [row[0] for row in self._database.execute(sql, [str(value) for value in values])]

    def close(self):
        self._database.close()

    def top_products(self, result):
        table = table_of(result)
        rows = self._database.execute(
            f"SELECT p.name, {REVENUE} FROM {SALES} GROUP BY p.name ORDER BY 2 DESC LIMIT 5").fetchall()
        expect(column(table, "Product") == [row[0] for row in rows], "other products")
        return same_numbers(table, "Revenue", [row[1] for row in rows], ordered=True)

    def regions_by_month(self, result):
        table = table_of(result)
        start = months_before(self.today, 12)
        return same_numbers(table, "Revenue", self.column(
            f"SELECT {REVENUE} FROM {SALES} WHERE o.created_at >= ? AND o.created_at < ? "
            "GROUP BY r.name, strftime('%Y-%m', o.created_at)", start, months_before(self.today, 0)))

    def shoes_in_germany(self, result):
        return same_numbers(table_of(result), "Revenue", self.column(
            f"SELECT {REVENUE} FROM {SALES} WHERE p.category = 'Shoes' AND c.country = 'Germany' AND o.created_at >= ? "
            "GROUP BY strftime('%Y-%m', o.created_at)", f"{self.today.year}-01-01"))

    def shoes_by_region(self, result):
        return same_numbers(table_of(result), "Revenue", self.column(
            f"SELECT {REVENUE} FROM {SALES} WHERE p.category = 'Shoes' AND c.country = 'Germany' AND o.created_at >= ? "
            "GROUP BY r.name", f"{self.today.year}-01-01"))

    def weather(self, result):
        expect(any(action["type"] == "clarify" for action in result["actions"]), "it did not ask back")
        expect(not any(action["type"] == "generate_query" for action in result["actions"]), "it ran a query all the same")
        message = result["message"].lower()
        expect("weather" in message, "it did not say what it did not understand")
        expect("revenue" in message, "it did not say what it can answer")
        return "it says what it did not understand, and what it can answer"

    def orders_compared(self, result):
        months = [months_before(self.today, back) for back in (2, 1, 0)]
        counts = [self.column("SELECT count(*) FROM orders WHERE created_at >= ? AND created_at < ?", start, end)[0]
                  for start, end in zip(months, months[1:])]
        cells = [number(cell) for action in result["actions"] if action["type"] == "generate_query"
                 for row in csv.reader(io.StringIO(action["result"]["csvResult"])) for cell in row]
        for count in counts:
            expect(count in cells, f"{count} orders are not in the rows")
            expect(f"{count:,}" in result["message"], f"{count:,} is not in the answer")
        return "both months equal SQL written by hand"

    def order_value_by_channel(self, result):
        quarter = datetime.date(self.today.year, (self.today.month - 1) // 3 * 3 + 1, 1)
        return same_numbers(table_of(result), "Average order value", self.column(
            f"SELECT round({REVENUE} / count(DISTINCT o.id), 2) FROM {SALES} WHERE o.created_at >= ? GROUP BY o.channel",
            quarter))

    def bottom_categories(self, result):
        year = self.today.year - 1
        return same_numbers(table_of(result), "Profit", self.column(
            "SELECT round(sum(i.unit_price * i.quantity - i.discount - p.cost * i.quantity), 2) AS profit "
            f"FROM {SALES} WHERE o.created_at >= ? AND o.created_at < ? GROUP BY p.category ORDER BY profit LIMIT 3",
            f"{year}-01-01", f"{year + 1}-01-01"), ordered=True)

    def customers_by_country(self, result):
        return same_numbers(table_of(result), "Number of customers",
                            self.column("SELECT count(*) FROM customers GROUP BY country"))


def prompts(expected):
    shoes = Prompt("revenue from shoes in Germany by month this year", expected.shoes_in_germany)
    return [
        Prompt("What are the top 5 products by revenue?", expected.top_products),
        Prompt("Analyze sales trends by region for the past year", expected.regions_by_month),
        shoes,
        Prompt("and by region?", expected.shoes_by_region, follows=shoes),
        Prompt("What is the weather in Paris?", expected.weather),
        Prompt("How many orders did we get last month compared to the month before?", expected.orders_compared),
        Prompt("average order value by channel this quarter", expected.order_value_by_channel, webhook=True),
        Prompt("bottom 3 categories by profit last year", expected.bottom_categories),
        Prompt("number of customers by country", expected.customers_by_country),
    ]


# ---- Asking ----

def print_table(table):
    shown = table[:TABLE_ROWS_SHOWN + 1]
    widths = [max(len(row[i]) for row in shown) for i in range(len(table[0]))]
    numeric = [all(re.fullmatch(r"[^A-Za-z]*\d[^A-Za-z]*|", row[i]) for row in shown[1:]) for i in range(len(table[0]))]
    for at, row in enumerate(shown):
        cells = [cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(row, widths, numeric)]
        line = "    " + "  ".join(cells).rstrip()
        print(paint("1", line) if at == 0 else line)
    if len(table) > len(shown):
        print(f"    … and {len(table) - len(shown)} more rows")


def print_answer(result):
    """The message without its own tables, then the rows."""
    lines = [line for line in result["message"].splitlines() if not line.lstrip().startswith("|")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    for line in text.splitlines():
        print("  " + line if line else "")
    for action in result["actions"]:
        if action["type"] == "generate_query" and action["result"]["status"] == "success":
            table = list(csv.reader(io.StringIO(action["result"]["csvResult"])))
            if table:
                print()
                print_table(table)


def wait_for_end(client, job_id):
    """Follows a job, showing its progress as it comes, and returns it in its last state."""
    shown = None
    until = time.monotonic() + 120
    while time.monotonic() < until:
        answer = client.get(f"/api/v1/ai/jobs/{job_id}", headers={"Prefer": "wait=10"} if shown else {})
        expect(answer.status == 200, f"GET job: {answer.status} {answer.text}")
        job = answer.json
        message = (job.get("progress") or {}).get("message") or job["state"].lower()
        if message != shown:
            print(paint("2", f"  … {message}"), flush=True)
            shown = message
        if jobsd.is_terminal(job["state"]):
            return job
    raise Unexpected("not finished within two minutes")


def ask(client, prompt, conversations, receiver, secret):
    began = time.monotonic()
    body = {"modelId": jobsd.MODEL_ID, "prompt": prompt.text}
    if prompt.follows:
        body["conversationId"] = conversations[prompt.follows]
    metadata = {"ticket": "DEMO-7", "nested": {"list": [1, 2.5, "drei"]}}
    if prompt.webhook:
        body.update(webhookUrl=receiver.url, webhookSigningSecret=secret, webhookMetadata=metadata)
    answer = client.post("/api/v1/ai/jobs", body)
    expect(answer.status == 201, f"POST jobs: {answer.status} {answer.text}")
    job_id = answer.json["jobId"]
    conversations[prompt] = answer.json["conversationId"]

    job = wait_for_end(client, job_id)
    took = time.monotonic() - began
    expect(job["state"] == "COMPLETE", f"{job['state']}: {job.get('error')}")
    answer = client.get(f"/api/v1/ai/jobs/{job_id}/result")
    expect(answer.status == 200, f"GET result: {answer.status} {answer.text}")
    print_answer(answer.json)
    print()
    held = [prompt.check(answer.json)]

    if prompt.webhook:
        expect(receiver.wait_for(lambda events: any(event["jobId"] == job_id for event in events), 30),
               f"no webhook within 30 s; turned away: {receiver.rejected()}")
        expect(not receiver.rejected(), f"webhooks turned away: {receiver.rejected()}")
        event = next(event for event in receiver.events() if event["jobId"] == job_id)
        expect(event["status"] == "COMPLETE", f"webhook says {event['status']}")
        expect(event["metadata"] == metadata, f"webhook metadata changed: {event['metadata']}")
        expect(event["result_summary"] == job["resultSummary"], "webhook tells another summary")
        held.append(f"webhook {event['event_id']} came, both signatures verified")
    for line in held:
        print(paint("32", f"  ✓ {line}"))
    print(f"  {took:.2f} s")
    return job_id


def ask_all(client, expected, receiver, secret):
    """Asks every prompt. Returns how many went as they should, of how many, and the last job."""
    conversations = {}
    good = 0
    job_id = None
    questions = prompts(expected)
    for at, prompt in enumerate(questions, 1):
        print(f"\n{paint('1;36', f'{at}. {prompt.text}')}"
              + (paint("2", "  (same conversation)") if prompt.follows else ""))
        try:
            if prompt.follows and prompt.follows not in conversations:
                raise Unexpected("the prompt it follows was not answered")
            job_id = ask(client, prompt, conversations, receiver, secret)
            good += 1
        except (Unexpected, KeyError, OSError, ValueError) as error:
            print(paint("31", f"  ✗ {type(error).__name__ + ': ' if not isinstance(error, Unexpected) else ''}{error}"))
    return good, len(questions), job_id, conversations.get(questions[0])


def curls(url, tokens, ids):
    """A ready curl for each route: (title, command). `tokens`: of a user, an organization, an administrator; None: no token.
    `ids` has what stands for {job}, {conversation} and {delivery}; what is of a worker's making has names of its own."""
    question = {"modelId": jobsd.MODEL_ID, "prompt": "returns by reason in the last 90 days"}
    query = {"modelId": jobsd.MODEL_ID, "fields": ["products.name", "order_items.revenue"], "topic": "sales"}
    run = {"attempt": 1}
    nightly = {"expression": "0 3 * * *", "timeZone": "Europe/Berlin", "job": {"kind": "report", "queue": "texts"}}
    routes = [
        ("ask", "user", "POST", "/api/v1/ai/jobs", question),
        ("the job, waiting for news", "user", "GET", "/api/v1/ai/jobs/{job}", "-H 'Prefer: wait=30'"),
        ("its result", "user", "GET", "/api/v1/ai/jobs/{job}/result", ""),
        ("its chart", "user", "GET", "/api/v1/ai/jobs/{job}/vis", ""),
        ("its events, live", "user", "GET", "/api/v1/ai/jobs/{job}/events", "-N -H 'Accept: text/event-stream'"),
        ("cancel it", "user", "POST", "/api/v1/ai/jobs/{job}/cancel", ""),
        ("all jobs", "user", "GET", "/api/v1/ai/jobs?pageSize=5", ""),
        ("all conversations", "user", "GET", "/api/v1/ai/conversations", ""),
        ("one conversation", "user", "GET", "/api/v1/ai/conversations/{conversation}", ""),
        ("a query, not run", "user", "POST", "/api/v1/ai/generate-query", question),
        ("the topic of a prompt", "user", "POST", "/api/v1/ai/pick-topic", question),
        ("run a query", "user", "POST", "/api/v1/query/run", {"query": query}),
        ("a job's webhooks", "user", "GET", "/api/v1/webhook-deliveries?jobId={job}", ""),
        ("send one again", "user", "POST", "/api/v1/webhook-deliveries/{delivery}/resend", ""),
        ("send all since a time again", "user", "POST", "/api/v1/webhook-deliveries/resend", {"since": "2025-01-24T00:00:00Z"}),
        ("a job for a worker of one's own; ID is the jobId it answers", "organization", "POST", "/api/v1/jobs",
         {"kind": "count", "queue": "texts", "payload": {"text": "one two"}}),
        ("many at once", "organization", "POST", "/api/v1/jobs/batch", {"jobs": [{"kind": "count", "queue": "texts"}]}),
        ("a worker takes one", "organization", "POST", "/api/v1/queues/texts/claim", {"waitSeconds": 5}),
        ("it keeps it", "organization", "POST", "/api/v1/jobs/ID/heartbeat", run),
        ("says how far it is", "organization", "POST", "/api/v1/jobs/ID/progress", {**run, "message": "half"}),
        ("stores a step", "organization", "PUT", "/api/v1/jobs/ID/steps/count", {**run, "result": 2}),
        ("reads it", "organization", "GET", "/api/v1/jobs/ID/steps/count", ""),
        ("hands it back", "organization", "POST", "/api/v1/jobs/ID/release", run),
        ("fails it", "organization", "POST", "/api/v1/jobs/ID/fail", {**run, "code": "busy"}),
        ("or completes it", "organization", "POST", "/api/v1/jobs/ID/complete", {**run, "output": {"words": 2}}),
        ("the job", "organization", "GET", "/api/v1/jobs/ID", ""),
        ("its result", "organization", "GET", "/api/v1/jobs/ID/result", ""),
        ("its events", "organization", "GET", "/api/v1/jobs/ID/events", ""),
        ("cancel it", "organization", "POST", "/api/v1/jobs/ID/cancel", ""),
        ("try it again", "organization", "POST", "/api/v1/jobs/ID/retry", ""),
        ("all of them", "organization", "GET", "/api/v1/jobs?queue=texts", ""),
        ("the queues", "organization", "GET", "/api/v1/queues", ""),
        ("one queue", "organization", "GET", "/api/v1/queues/texts", ""),
        ("let it rest", "organization", "POST", "/api/v1/queues/texts/pause", ""),
        ("let it go on", "organization", "POST", "/api/v1/queues/texts/resume", ""),
        ("a schedule", "organization", "PUT", "/api/v1/schedules/nightly", nightly),
        ("read it", "organization", "GET", "/api/v1/schedules/nightly", ""),
        ("all schedules", "organization", "GET", "/api/v1/schedules", ""),
        ("let it rest", "organization", "POST", "/api/v1/schedules/nightly/pause", ""),
        ("let it go on", "organization", "POST", "/api/v1/schedules/nightly/resume", ""),
        ("remove it", "organization", "DELETE", "/api/v1/schedules/nightly", ""),
        ("the users", "administrator", "GET", "/api/v1/users", ""),
        ("the tokens", "administrator", "GET", "/api/v1/keys", ""),
        ("end a token; KEY is its id", "administrator", "POST", "/api/v1/keys/KEY/revoke", ""),
        ("who did what", "administrator", "GET", "/api/v1/audit-log", ""),
        ("is it up", None, "GET", "/healthz", ""),
        ("is it ready", None, "GET", "/readyz", ""),
        ("what it counts", None, "GET", "/metrics", ""),
        ("the description of all this", None, "GET", "/api/openapi.yaml", ""),
    ]
    for title, who, method, path, more in routes:
        parts = ["curl -s"]
        if method != "GET":
            parts.append(f"-X {method}")
        if who:
            parts.append(f"-H 'Authorization: Bearer {tokens[who]}'")
        if isinstance(more, dict):
            parts.append(f"-H 'Content-Type: application/json' -d '{json.dumps(more)}'")
        elif more:
            parts.append(more)
        for name, value in ids.items():
            path = path.replace("{" + name + "}", str(value))
        yield title, " ".join([*parts, f"'{url}{path}'"])


def print_curls(daemon, token, job_id, conversation_id):
    root = daemon.command("user", "create", "--name", "administrator", "--role", "admin")
    tokens = {"user": token, "organization": daemon.command("key", "create", "--kind", "organization"),
              "administrator": daemon.command("key", "create", "--kind", "personal", "--user", root)}
    for title, command in curls(daemon.url, tokens, {"job": job_id, "conversation": conversation_id, "delivery": 1}):
        print(f"{paint('2', '# ' + title)}\n{command}")


def run(arguments):
    work = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=arguments.database.resolve().parent))
    secret = "whsec_" + secrets.token_urlsafe(24).replace("-", "A").replace("_", "B")
    receiver = webhook_receiver.Receiver(secret)
    expected = Expectations(arguments.database, datetime.datetime.now(datetime.timezone.utc).date())
    log = arguments.database.resolve().parent / "jobsd.log"
    log.unlink(missing_ok=True)
    daemon = jobsd.Daemon(arguments.jobsd, jobsd.write_config(work, arguments.database, arguments.listen), log)
    good = False
    try:
        daemon.command("check")
        user = daemon.command("user", "create", "--name", "demo", "--attribute", "region=all")
        daemon.start()
        token = daemon.command("key", "create", "--kind", "personal", "--user", user)
        print(f"jobsd listens on {daemon.url}; its log is {log}")
        client = jobsd.Client(daemon.url, token)
        began = time.monotonic()
        held, count, job_id, conversation_id = ask_all(client, expected, receiver, secret)
        good = held == count
        print(f"\n{paint('1', f'{held} of {count} prompts went as they should')}, in {time.monotonic() - began:.1f} s.")
        if arguments.serve:
            print(f"\nServing on {daemon.url} until Ctrl-C.\n")
            print_curls(daemon, token, job_id, conversation_id)
            sys.stdout.flush()
            try:
                while daemon.running():
                    time.sleep(0.5)
                raise jobsd.Failed(f"jobsd ended by itself:\n{daemon.last_log_lines()}")
            except KeyboardInterrupt:
                print()
        status = daemon.stop()
        expect(status == 0, f"jobsd ended with {status}, not 0")
        print("jobsd stopped.")
    except (jobsd.Failed, Unexpected) as error:
        print(paint("31", f"✗ {error}"), file=sys.stderr)
        good = False
    finally:
        daemon.kill()
        receiver.close()
        expected.close()
        shutil.rmtree(work, ignore_errors=True)
    return good


def main():
    parser = argparse.ArgumentParser(description="Asks a jobsd about the demo shop and checks its answers.")
    parser.add_argument("--jobsd", type=pathlib.Path, required=True)
    parser.add_argument("--database", type=pathlib.Path, required=True)
    parser.add_argument("--serve", action="store_true", help="leave it running until Ctrl-C")
    parser.add_argument("--listen", default=None, help="HOST:PORT; default any port, with --serve 127.0.0.1:8080")
    arguments = parser.parse_args()
    arguments.listen = arguments.listen or ("127.0.0.1:8080" if arguments.serve else "127.0.0.1:0")
    # A termination becomes an exception, so that the daemon is stopped on every way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return 0 if run(arguments) else 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

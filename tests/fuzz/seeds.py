#!/usr/bin/env python3
"""What the fuzzers start from: the bodies, queries, configurations and models that stand in the repository already.

    python3 seeds.py FOLDER

Writes FOLDER/NAME/ for each fuzzer NAME_fuzz but the one of the request path, whose seeds are kept in corpus/http. A seed is
named for what is in it, so that the same one is written once.
"""

import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RAW_STRING = re.compile(r'R"(\w*)\((.*?)\)\1"', re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
POSTED = re.compile(r"-d '(\{.*?\})'", re.DOTALL)
BYTES_MAX = 16 * 1024


def read(*patterns):
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            yield path.read_text(encoding="utf-8")


def raw_strings(*patterns):
    return [match.group(2) for text in read(*patterns) for match in RAW_STRING.finditer(text)]


def blocks(language, *patterns):
    return [match.group(2) for text in read(*patterns) for match in BLOCK.finditer(text) if match.group(1) == language]


def objects(texts):
    """Those that are a JSON object."""
    for text in texts:
        try:
            if isinstance(json.loads(text), dict):
                yield text
        except ValueError:
            pass


def bodies():
    written = raw_strings("tests/daemon/api/*.cc") + blocks("json", "docs/*.md")
    posted = [match.group(1) for text in read("docs/*.md", "README.md") for match in POSTED.finditer(text)]
    yield from objects(written + posted)
    for query in objects(raw_strings("tests/analyst/compile/query_json_test.cc")):
        yield query
        yield json.dumps({"query": json.loads(query)})
    # One of each field that the readers know.
    yield json.dumps({
        "modelId": "770e8400-e29b-41d4-a716-446655440002", "branchId": "550e8400-e29b-41d4-a716-446655440000",
        "conversationId": "990e8400-e29b-41d4-a716-446655440003", "prompt": "orders by month", "topicName": "sales",
        "webhookUrl": "https://user.example:8443/hook?a=b", "webhookSigningSecret": "whsec_c2VjcmV0",
        "webhookOldSigningSecret": "old", "webhookMetadata": {"a": [1, 2.5e3, None]}, "progressWebhookEnabled": True})
    job = {"kind": "mail", "queue": "default", "payload": {"to": "x"}, "key": "k", "metadata": [1], "tags": ["a", "b"],
           "priority": 7, "deadlineSeconds": 3600, "delaySeconds": 2.5, "timeLimitSeconds": 60, "uniqueKey": "u",
           "uniqueForSeconds": 1, "onConflict": "replace", "maxAttempts": 5}
    yield json.dumps(job)
    yield json.dumps({"kind": "mail", "runAt": "2025-01-15T10:00:05.000Z", "webhookUrl": "http://127.0.0.1:1/"})
    yield json.dumps({"expression": "0 3 * * *", "timeZone": "Europe/Berlin", "job": job, "catchUp": "latest",
                      "overlap": "skip", "paused": False})


def queries():
    yield from objects(raw_strings("tests/analyst/compile/*.cc"))


def configurations():
    yield from blocks("yaml", "docs/*.md", "README.md")
    yield from raw_strings("tests/daemon/admin/configuration.cc")
    yield from read("packaging/**/*.yaml")


def models():
    """Folders as model_fuzz.cc reads them: each file under a line that names it."""
    shop = ROOT / "examples" / "shop" / "models" / "shop"
    files = {path.name.removesuffix(".yaml"): path.read_text(encoding="utf-8") for path in sorted(shop.rglob("*.yaml"))}
    for name, text in files.items():
        yield f"#file {name}\n{text}"
    yield "".join(f"#file {name}\n{text}" for name, text in files.items())
    for source in read("tests/analyst/model/*_test.cc"):
        # folder.write("orders.view.yaml", R"(…)") or with a plain string.
        written = re.compile(r'write(?:_branch)?\("([\w./]+)\.yaml",\s*(?:R"(\w*)\((.*?)\)\2"|"((?:[^"\\]|\\.)*)")', re.DOTALL)
        for case in source.split("TEST_CASE(")[1:]:
            found = [(match.group(1).split("/")[-1], match.group(3) if match.group(3) is not None
                      else match.group(4).replace("\\n", "\n").replace('\\"', '"')) for match in written.finditer(case)]
            if found:
                yield "".join(f"#file {name}\n{text}\n" for name, text in found)


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, seeds in {"body": bodies(), "query": queries(), "config": configurations(), "model": models()}.items():
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        for old in target.iterdir():
            old.unlink()
        for text in seeds:
            data = text.encode()
            if len(data) <= BYTES_MAX:
                (target / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        count = len(list(target.iterdir()))
        if count == 0:
            sys.exit(f"seeds.py: nothing found for {name}: what it reads has moved")
        print(f"{name}: {count} seeds")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The arrows of ARCHITECTURE.md hold in the code: who includes whom, where SQL may stand, what tests may not do.

    python3 tidy_test.py [ROOT]

Looks only at what git knows of, or at every file when there is no git. Each rule is first held against a line that breaks
it, so that a rule that finds nothing is known to work.
"""

import os
import pathlib
import re
import subprocess
import sys

SOURCES = (".h", ".cc")

# A room's own folder, and the beginnings of the includes that it may not have.
FORBIDDEN_INCLUDES = [
    ("libjobs/", ("analyst/", "http/", "outbound/", "api/", "identity/", "conversations/", "config/", "control/",
                  "asio", "curl/", "llhttp", "spdlog/", "yaml-cpp/", "CLI/", "shop/"),
     "libjobs knows SQLite only"),
    ("libjobs/include/", ("sqlite3", "SQLiteCpp", "nlohmann/", "openssl/", "date/", "core/", "store/", "run/"),
     "the door of libjobs shows no library and no room behind it"),
    ("analyst/", ("jobs/", "http/", "outbound/", "api/", "identity/", "conversations/", "config/", "control/",
                  "asio", "curl/", "llhttp", "spdlog/", "CLI/", "shop/"),
     "the analyst knows nothing of jobs, HTTP or users' tokens"),
    ("analyst/include/", ("sqlite3", "SQLiteCpp", "nlohmann/json.hpp", "yaml-cpp/", "model/", "plan/", "compile/", "answer/"),
     "the door of the analyst shows no library but json_fwd, and no room behind it"),
    ("libjobs/src/core/", ("sqlite3", "SQLiteCpp", "store/", "run/"), "core holds rules without I/O"),
    ("libjobs/src/store/", ("run/",), "store is below run"),
    ("daemon/src/http/", ("jobs/", "analyst/", "api/", "identity/", "conversations/", "config/", "outbound/", "sqlite3",
                          "SQLiteCpp"),
     "http knows nothing of what is served"),
    ("daemon/src/outbound/", ("analyst/", "api/", "identity/", "conversations/", "config/", "http/", "sqlite3", "SQLiteCpp"),
     "outbound knows nothing of who sends"),
    ("daemon/src/", ("SQLiteCpp", "sqlite3", "shop/"), "the daemon reaches SQLite through the engine"),
    ("examples/shop/", ("jobs/", "analyst/", "http/"), "the shop is data, not a user of the libraries"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')

# The beginning of a statement, inside a string or a raw string: upper case, as this project writes SQL.
SQL = re.compile(r"\b(SELECT\s.+\sFROM\b|SELECT\s+\w+\(|INSERT\s+(OR\s+\w+\s+)?INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b|"
                 r"CREATE\s+(UNIQUE\s+)?(TABLE|INDEX|VIEW|TRIGGER)\b|ALTER\s+TABLE\b|DROP\s+TABLE\b|PRAGMA\s+\w+|BEGIN\s+IMMEDIATE\b)")
SQL_MAY_STAND_IN = ("analyst/src/compile/", "analyst/src/database/", "schema/", "examples/", "tests/", "bench/", "scripts/")

SLEEP = re.compile(r"\bsleep_(for|until)\s*\(|\b(u|nano)sleep\s*\(")
MACHINE_PATH = re.compile(r"(?<![\w./])/(home|work|root|Users)/\w+")
BINARY = (".png", ".ico", ".db", ".woff2", ".gz")
TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def is_comment(line):
    return line.lstrip().startswith(("//", "#", "--"))


def find_include(path, line):
    """What the include on this line breaks, or None."""
    match = INCLUDE.match(line)
    if not match:
        return None
    for room, beginnings, reason in FORBIDDEN_INCLUDES:
        if path.startswith(room) and match.group(1).startswith(beginnings):
            return f"{room} includes {match.group(1)}: {reason}"
    return None


def find_sql(path, line):
    if not path.endswith(SOURCES) or path.startswith(SQL_MAY_STAND_IN) or "/store/" in path or is_comment(line):
        return None
    code = line.split("//")[0]
    return "SQL outside store/ and schema/" if SQL.search(code) else None


def find_sleep(path, line):
    if not path.startswith("tests/") or not path.endswith(SOURCES) or is_comment(line):
        return None
    return "a test that sleeps: wait for what it waits for, or use a manual clock" if SLEEP.search(line) else None


def find_machine_path(path, line):
    return "the path of one machine" if MACHINE_PATH.search(line) else None


def find_todo(path, line):
    return "a note to oneself in the code: do it, or file it" if path.endswith(SOURCES) and TODO.search(line) else None


RULES = [find_include, find_sql, find_sleep, find_machine_path, find_todo]

# (a path, a line there, whether it is an offence): the rules themselves under test.
CASES = [
    ("libjobs/src/run/x.cc", '#include "analyst/model.h"', True),
    ("libjobs/src/run/x.cc", '#include "jobs/engine.h"', False),
    ("libjobs/src/run/x.cc", "#include <asio/io_context.hpp>", True),
    ("libjobs/include/jobs/x.h", "#include <SQLiteCpp/SQLiteCpp.h>", True),
    ("libjobs/src/store/x.cc", "#include <SQLiteCpp/SQLiteCpp.h>", False),
    ("libjobs/include/jobs/x.h", "#  include <nlohmann/json_fwd.hpp>", True),
    ("analyst/src/plan/x.cc", '#include "jobs/job.h"', True),
    ("analyst/include/analyst/x.h", "#include <nlohmann/json_fwd.hpp>", False),
    ("analyst/include/analyst/x.h", "#include <nlohmann/json.hpp>", True),
    ("libjobs/src/core/x.cc", '#include "store/writer.h"', True),
    ("daemon/src/http/x.cc", '#include "jobs/job.h"', True),
    ("daemon/src/api/x.cc", '#include "jobs/job.h"', False),
    ("daemon/src/api/x.cc", '  run("SELECT id FROM jobs");', True),
    ("daemon/src/conversations/store/x.cc", '  run("SELECT id FROM jobs");', False),
    ("analyst/src/compile/x.cc", '  run("SELECT id FROM jobs");', False),
    ("analyst/src/plan/x.cc", '  run("INSERT OR REPLACE INTO t VALUES (1)");', True),
    ("daemon/src/api/x.cc", "// The writer's SELECT stands FROM old times.", False),
    ("daemon/src/api/x.cc", 'fail("nothing to update, please select one from the list");', False),
    ("tests/jobs/x.cc", "std::this_thread::sleep_for(1s);", True),
    ("tests/jobs/x.cc", "engine.clock.advance(1s);", False),
    ("docs/x.md", "see " + "/home" + "/me/project", True),
    ("packaging/x", "/usr/bin/jobsd --config /etc/jobsd/jobsd.yaml", False),
    ("docs/x.md", "GET https://example.com/home/page", False),
    ("daemon/src/api/x.cc", "// TO" + "DO: later", True),
]


def files_of(root):
    known = subprocess.run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard"],
                           capture_output=True, text=True, check=False)
    if known.returncode == 0:
        names = known.stdout.splitlines()
    else:
        names = [str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith(("build/", ".git/"))]
    return sorted(name for name in names if (pathlib.Path(root) / name).is_file())


def unlisted_sources(root, names):
    """Sources, and headers of a door, that no CMakeLists.txt names: they are not built, so nothing checks them."""
    listed = set()
    for name in names:
        if not name.endswith("CMakeLists.txt"):
            continue
        text = (pathlib.Path(root) / name).read_text(encoding="utf-8")
        text = re.sub(r"\$\{(PROJECT_SOURCE_DIR)\}/", "/", text)
        for source in re.findall(r"[\w./-]+\.(?:cc|h)\b", text):
            # A path from the root, or from the folder of the list.
            listed.add(source[1:] if source.startswith("/") else os.path.normpath(os.path.join(os.path.dirname(name), source)))
    return [f"{name}: in no CMakeLists.txt" for name in names
            if (name.endswith(".cc") or (name.endswith(".h") and "/include/" in name))
            and name not in listed and not name.startswith("tests/consumer/")]


def globbing(root, names):
    return [f"{name}: sources are listed one by one, never globbed" for name in names
            if (name.endswith("CMakeLists.txt") or name.startswith("cmake/"))
            and re.search(r"\bfile\s*\(\s*GLOB", (pathlib.Path(root) / name).read_text(encoding="utf-8"))]


def invented_code(root, page):
    """C++ that is not cut from an example. Above each block stands <!-- examples/x.cc: part -->, and in the example the
    block stands between the lines // [part and // part]."""
    offences = []
    for above, code in re.findall(r"([^\n]*)\n```cpp\n(.*?)```", page, re.DOTALL):
        source = re.fullmatch(r"<!-- (examples/[\w./]+): ([\w-]+) -->", above)
        if not source:
            offences.append(f"C++ that names no example above it: {code.splitlines()[:1]}")
            continue
        path, part = source.groups()
        example = (pathlib.Path(root) / path).read_text(encoding="utf-8")
        found = re.search(rf"// \[{part}\n(.*)// {part}\]\n", example, re.DOTALL)
        if not found or found.group(1) != code:
            offences.append(f"the C++ there is not what {path} has between [{part} and {part}]")
    return offences


def undocumented_errors(root):
    """The reference page has a row for each error code."""
    header = (pathlib.Path(root) / "libjobs" / "include" / "jobs" / "error.h").read_text(encoding="utf-8")
    page = (pathlib.Path(root) / "docs" / "reference.md").read_text(encoding="utf-8")
    codes = re.findall(r"^  (\w+)(?: = 1)?,$", re.search(r"enum class Errc \{\n(.*?)\};", header, re.DOTALL).group(1), re.MULTILINE)
    return [f"docs/reference.md: does not say what to do about {code}" for code in codes if f"| `{code}` |" not in page]


def stale_documents(root, names):
    """The C++ on a page is that of an example; a link, or a file named in backquotes, leads to something."""
    offences = []
    text = {name: (pathlib.Path(root) / name).read_text(encoding="utf-8") for name in names if name.endswith(".md")}
    for name, page in text.items():
        if name == "README.md" or name.startswith("docs/") and not name.startswith("docs/design/"):
            offences += [f"{name}: {what}" for what in invented_code(root, page)]
    for name, page in text.items():
        folder = pathlib.PurePosixPath(name).parent
        page = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page):
            if not (pathlib.Path(root) / folder / target).exists():
                offences.append(f"{name}: links to {target}, which is not there")
        for target in re.findall(r"`((?:libjobs|analyst|daemon|schema|examples|tests|scripts|docs|packaging)/[\w./-]+)`", page):
            if not (pathlib.Path(root) / target).exists():
                offences.append(f"{name}: names {target}, which is not there")
    return offences


def main():
    for path, line, offends in CASES:
        found = [what for rule in RULES for what in [rule(path, line)] if what]
        if bool(found) != offends:
            sys.exit(f"a rule is wrong about {path}: {line!r}: {found}")

    root = sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).resolve().parents[2])
    for page in ["Text.\n```cpp\nint x;\n```", "<!-- examples/embed.cc: readme -->\n```cpp\nint x;\n```"]:
        if not invented_code(root, page):
            sys.exit(f"C++ that is in no example went unnoticed: {page!r}")
    names = files_of(root)
    if len(names) < 50:
        sys.exit(f"only {len(names)} files in {root}: that is not the project")
    offences = unlisted_sources(root, names) + globbing(root, names) + stale_documents(root, names) + undocumented_errors(root)
    for name in names:
        if name.endswith(BINARY) or name == "tests/tidy/tidy_test.py":
            continue
        try:
            lines = (pathlib.Path(root) / name).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            if "corpus" not in name:
                offences.append(f"{name}: not UTF-8")
            continue
        offences += [f"{name}:{number}: {what}" for number, line in enumerate(lines, 1) for rule in RULES
                     for what in [rule(name, line)] if what]
    print("\n".join(offences) if offences else f"{len(names)} files are tidy")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())

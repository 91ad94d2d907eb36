#!/usr/bin/env python3
"""What the headers promise not to compile does not. A source compiles as it is; with all its macros, each of its parts that
hang on a macro has an error in it.

    python3 promises_test.py COMPILER promises.cc INCLUDE|-OPTION...
"""

import os
import pathlib
import re
import subprocess
import sys

PART = re.compile(r"^#ifdef (\w+)$")
ERROR = re.compile(r"^[^\s:]*\.cc:(\d+):\d+: error: ", re.MULTILINE)


def read_parts(text):
    """The lines, from 1, that each macro switches on."""
    parts = {}
    macro = None
    for number, line in enumerate(text.splitlines(), 1):
        if begin := PART.match(line):
            macro = begin.group(1)
            parts[macro] = []
        elif line.startswith("#"):
            macro = None
        elif macro:
            parts[macro].append(number)
    return parts


def compile_with(compiler, source, options, macros):
    command = [compiler, "-std=c++20", "-fsyntax-only", *options, *(f"-D{macro}" for macro in macros), source]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


def main():
    compiler, source, *rest = sys.argv[1:]
    options = [one if one.startswith("-") else f"-I{one}" for one in rest]
    parts = read_parts(pathlib.Path(source).read_text())
    good = compile_with(compiler, source, options, [])
    if good.returncode != 0:
        sys.exit(f"what must compile does not:\n{good.stderr}")
    bad = compile_with(compiler, source, options, parts)
    wrong = {int(line) for line in ERROR.findall(bad.stderr)}
    broken = [macro for macro, lines in parts.items() if not wrong.intersection(lines)]
    elsewhere = wrong.difference(*parts.values())
    if broken or elsewhere or not parts:
        sys.exit(f"these compile: {broken}; errors in other lines: {sorted(elsewhere)}\n{bad.stderr}")
    print(f"{len(parts)} promises are kept")


if __name__ == "__main__":
    main()

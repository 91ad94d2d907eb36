#!/usr/bin/env python3
"""Which sources of a target are compiled together: neighbours by their path, in groups of about the same size, in none of
which two sources keep the same name to themselves.

    python3 unite.py SIZE_MAX < list > groups

Reads one "target|path" a line and prints "target|number|path" for each source that has company.
"""

import collections
import re
import sys

# What stands at the margin inside an unnamed namespace and gives something a name: a type, or a function or object. A
# function is its parameters too, so far as they stand on the line.
LOCAL_TYPE = re.compile(r"(?:struct|class|enum class|enum) (\w+)(?! *;)")
LOCAL_ALIAS = re.compile(r"using (\w+) = ")
LOCAL_NAME = re.compile(r"(?:\[\[\w+\]\] )?(?!using |namespace |template |TEST_CASE)"
                        r"\w[\w:<>,&*\[\] ]*?[ &*>](\w+)(\(.*?\)|(?=\(| =|\{|\[|;))")


def local_names(text):
    """The names that a source keeps to itself, as it writes them."""
    found = set()
    for block in re.findall(r"^namespace \{\n(.*?)^\}  // namespace$", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            plain = LOCAL_TYPE.match(line) or LOCAL_ALIAS.match(line)
            match = plain or LOCAL_NAME.match(line)
            if not match:
                continue
            parameters = "" if plain else match.group(2) or ""
            types = [re.sub(r"[ &*]\w+$", "", re.sub(r" = .*$", "", part.strip())) for part in parameters[1:-1].split(",")]
            # `void fail(const std::string& path)` and `void fail(const std::string&)` are one function.
            types = [kind.rstrip("&* ") for kind in types]
            found.add(f"{match.group(1)}({', '.join(types)})" if parameters else match.group(1))
    return found


def clash(some, others):
    """Functions may share a name if their parameters differ; a function and something else may not."""
    def plain(names):
        return {name for name in names if "(" not in name}

    def called(names):
        return {name.partition("(")[0] for name in names}
    return bool(some & others or called(some) & plain(others) or plain(some) & called(others))


def grouped(sources, size_max):
    """`sources` are (path, names). A list of groups, each a list of paths, in order and of about the same size."""
    count = -(-len(sources) // size_max)
    groups = [[] for _ in range(count)]
    names = [set() for _ in range(count)]
    for index, (path, own) in enumerate(sources):
        wanted = index * count // len(sources)
        free = [at for at in [*range(wanted, len(groups)), *range(wanted)] if not clash(names[at], own)]
        if not free:
            groups.append([])
            names.append(set())
            free = [len(groups) - 1]
        groups[free[0]].append(path)
        names[free[0]] |= own
    return groups


def main():
    targets = collections.defaultdict(list)
    for line in sys.stdin.read().splitlines():
        target, path = line.split("|")
        targets[target].append(path)
    for target, paths in targets.items():
        sources = []
        for path in sorted(paths):
            with open(path, encoding="utf-8") as file:
                sources.append((path, local_names(file.read())))
        for number, group in enumerate(grouped(sources, int(sys.argv[1]))):
            for path in group if len(group) > 1 else []:
                print(f"{target}|{number}|{path}")


if __name__ == "__main__":
    main()

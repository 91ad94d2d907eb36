#!/usr/bin/env python3
"""Sources that keep the same name to themselves are compiled apart, and others together.

    python3 unite_test.py ROOT
"""

import pathlib
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
sys.path.insert(0, str(root / "cmake"))
sys.dont_write_bytecode = True
from unite import grouped, local_names  # noqa: E402

# (what one source has in its unnamed namespace, what its neighbour has, whether they must be apart).
NEIGHBOURS = [
    ("int one(int x) {\n}\n", "int one(int y) {\n}\n", True),
    ("int one(int x) {\n}\n", "int one(const std::string& x) {\n}\n", False),
    ("int one(const std::string&) {\n}\n", "int one(const std::string& x) {\n}\n", True),
    ("int one(int x) {\n}\n", "int two(int x) {\n}\n", False),
    ("[[noreturn]] void fail(int x) {\n}\n", "struct A {\n};\nvoid fail(int x) {\n}\n", True),
    ("constexpr int size_max = 1;\n", "constexpr std::size_t size_max = 2;\n", True),
    ("int one(int x) {\n}\n", "const std::string one = \"1\";\n", True),
    ("struct Row {\n};\n", "class Row {\n};\n", True),
    ("using Names = std::set<int>;\n", "using Names = std::vector<int>;\n", True),
    ("using nlohmann::json;\n", "using nlohmann::json;\n", False),
    ("struct A {\n  int one = 1;\n};\n", "struct B {\n  int one = 1;\n};\n", False),
]


def require(holds, what):
    if not holds:
        sys.exit(f"unite.py is wrong about {what}")


for one, other, apart in NEIGHBOURS:
    sources = [(path, local_names(f"namespace {{\n\n{body}\n}}  // namespace\n")) for path, body in (("x", one), ("y", other))]
    require((len(grouped(sources, 10)) == 2) == apart, f"{one!r} beside {other!r}")

plain = [(f"{i:02}", {f"own{i}"}) for i in range(25)]
require([len(group) for group in grouped(plain, 10)] == [9, 8, 8], "groups of about the same size")
require(sorted(sum(grouped(plain, 10), [])) == [path for path, _ in plain], "a source that is lost or there twice")
same = [(f"{i:02}", {"fail()"}) for i in range(12)]
require(all(len(group) == 1 for group in grouped(same, 10)), "twelve sources with the same name")
print("sources are grouped well")

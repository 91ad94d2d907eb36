"""The demo that goes on serving shows a curl for each route of the API's description."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples"), str(ROOT / "scripts")]
import demo  # noqa: E402

URL = "http://127.0.0.1:1"
# What stands in a path for a name of one's own.
NAMES = {"ID": "{id}", "KEY": "{id}", "texts": "{name}", "nightly": "{name}", "count": "{name}"}


def described():
    """(method, path) of each operation; the description's form is plain enough to be read by its margins."""
    path = None
    for line in (ROOT / "schema/openapi.yaml").read_text().splitlines():
        if found := re.match(r"  (/\S*):$", line):
            path = found[1]
        elif re.match(r"\S", line):
            path = None
        elif path and (found := re.match(r"    (get|post|put|delete):$", line)):
            yield found[1].upper(), path


def shown():
    tokens = {"user": "U", "organization": "O", "administrator": "A"}
    for _, command in demo.curls(URL, tokens, {"job": "{id}", "conversation": "{id}", "delivery": "{id}"}):
        method = re.search(r" -X (\w+)", command)
        path = re.search(rf"'{URL}(/[^'?]*)(\?[^']*)?'$", command)[1]
        yield method[1] if method else "GET", "/".join(NAMES.get(part, part) for part in path.split("/"))


class DemoCurlsTest(unittest.TestCase):
    def test_each_route_has_a_curl_and_each_curl_a_route(self):
        self.assertGreater(len(list(described())), 40)
        self.assertEqual(sorted(described()), sorted(shown()))


if __name__ == "__main__":
    unittest.main()

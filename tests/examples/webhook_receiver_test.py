"""The example receiver accepts what the known answers sign, and nothing else."""

import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))
import webhook_receiver  # noqa: E402  (the path has to be set first)

VECTORS = json.loads((ROOT / "tests" / "jobs" / "webhook_vectors.json").read_text(encoding="utf-8"))


def headers_of(vector):
    return {"X-Omni-Signature-Timestamp": vector["timestamp"], "X-Omni-Signature": vector["x_omni_signature"],
            "webhook-id": vector["event_id"], "webhook-timestamp": vector["timestamp"],
            "webhook-signature": vector["webhook_signature"]}


class ReceiverTest(unittest.TestCase):
    def each(self):
        self.assertGreater(len(VECTORS), 3)
        for vector in VECTORS:
            with self.subTest(vector["name"]):
                yield vector, headers_of(vector), vector["body"].encode(), int(vector["timestamp"])

    def refuses(self, headers, body, secret, now):
        with self.assertRaises(webhook_receiver.BadSignature):
            webhook_receiver.verify_hex_form(headers, body, secret, now)
        with self.assertRaises(webhook_receiver.BadSignature):
            webhook_receiver.verify_standard_form(headers, body, secret, now)

    def test_known_answers_verify(self):
        for vector, headers, body, now in self.each():
            webhook_receiver.verify(headers, body, vector["secret"], now)

    def test_a_changed_body_is_refused(self):
        for vector, headers, body, now in self.each():
            self.refuses(headers, body + b" ", vector["secret"], now)

    def test_another_secret_is_refused(self):
        for _, headers, body, now in self.each():
            self.refuses(headers, body, "another", now)

    def test_five_minutes_are_the_limit_either_way(self):
        for vector, headers, body, now in self.each():
            webhook_receiver.verify(headers, body, vector["secret"], now + 300)
            webhook_receiver.verify(headers, body, vector["secret"], now - 300)
            self.refuses(headers, body, vector["secret"], now + 301)
            self.refuses(headers, body, vector["secret"], now - 301)

    def test_missing_headers_are_refused(self):
        for vector, _, body, now in self.each():
            self.refuses({}, body, vector["secret"], now)

    def test_one_of_several_standard_signatures_is_enough(self):
        for vector, headers, body, now in self.each():
            headers["webhook-signature"] = "v1,AAAA " + headers["webhook-signature"]
            webhook_receiver.verify_standard_form(headers, body, vector["secret"], now)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""scripts/jobsd.py starts a server however it listens, and speaks to it.

    python3 jobsd_test.py --jobsd PROGRAM --make-shop PROGRAM
"""

import argparse
import pathlib
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
import jobsd  # noqa: E402

arguments = None


def make_certificate(folder):
    certificate, key = folder / "server.crt", folder / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class JobsdTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="jobsd-py-")
        self.folder = pathlib.Path(self._folder.name)
        self.shop = self.folder / "shop.db"
        subprocess.run([arguments.make_shop, self.shop, "--orders", "20"], check=True, capture_output=True)

    def tearDown(self):
        self._folder.cleanup()

    def serve(self, **options):
        """A server, and the answer to a list of jobs from it."""
        config = jobsd.write_config(self.folder, self.shop, **options)
        daemon = jobsd.Daemon(arguments.jobsd, config, self.folder / "jobsd.log").start()
        self.addCleanup(daemon.kill)
        return daemon, daemon.command("key", "create", "--kind", "organization")

    def test_a_server_on_tcp_answers(self):
        daemon, token = self.serve()
        self.assertRegex(daemon.url, r"^http://127\.0\.0\.1:[0-9]+$")
        self.assertEqual(jobsd.Client(daemon.url, token).get("/api/v1/ai/jobs").json["data"], [])
        self.assertEqual(daemon.stop(), 0)

    def test_a_server_on_tls_answers_and_is_known_by_its_certificate(self):
        certificate, key = make_certificate(self.folder)
        daemon, token = self.serve(tls=(certificate, key))
        self.assertRegex(daemon.url, r"^https://127\.0\.0\.1:[0-9]+$")
        self.assertEqual(jobsd.Client(daemon.url, token, certificate).get("/api/v1/ai/jobs").status, 200)
        with self.assertRaises(ssl.SSLError):
            jobsd.Client(daemon.url, token).get("/api/v1/ai/jobs")
        self.assertEqual(daemon.stop(), 0)

    def test_a_server_on_a_unix_socket_answers(self):
        path = self.folder / "api.sock"
        daemon, token = self.serve(listen=f"unix:{path}")
        self.assertEqual(daemon.url, f"unix:{path}")
        self.assertEqual(jobsd.Client(daemon.url, token).get("/api/v1/ai/jobs").status, 200)
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(path.exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobsd", required=True)
    parser.add_argument("--make-shop", required=True)
    arguments = parser.parse_args()
    unittest.main(argv=sys.argv[:1])

"""Runs the example workers against a jobsd of their own, as their users would."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import jobsd  # noqa: E402

WORKERS = ROOT / "examples" / "workers"
options = argparse.Namespace()


class WorkersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        config = folder / "jobsd.yaml"
        config.write_text("listen: 127.0.0.1:0\ndata_dir: data\n")
        cls.daemon = jobsd.Daemon(options.jobsd, config, folder / "log").start()
        cls.key = cls.daemon.command("key", "create", "--kind", "organization")
        cls.client = jobsd.Client(cls.daemon.url, cls.key)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.stop()
        cls.folder.cleanup()

    def submit(self, queue, **job):
        answer = self.client.post("/api/v1/jobs", {"queue": queue, **job})
        self.assertEqual(201, answer.status, answer.text)
        return answer.json["jobId"]

    def work(self, queue, *command, jobs=2):
        done = subprocess.run([*command, "--url", self.daemon.url, "--queue", queue, "--jobs", str(jobs)], capture_output=True,
                              text=True, timeout=60, check=False, env={**os.environ, "JOBSD_KEY": self.key})
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return done.stdout

    def check_worker(self, queue, *command):
        counted = self.submit(queue, kind="word_count", payload={"text": "to be or not to be"})
        strange = self.submit(queue, kind="strange")
        output = self.work(queue, *command)
        self.assertIn("COMPLETE", output)
        self.assertIn("FAILED", output)
        result = self.client.get(f"/api/v1/jobs/{counted}/result").json
        self.assertEqual({"jobId": counted, "summary": "6 words", "output": {"words": 6}}, result)
        self.assertEqual(6, self.client.get(f"/api/v1/jobs/{counted}/steps/count").json["result"])
        self.assertEqual("no_handler", self.client.get(f"/api/v1/jobs/{strange}").json["error"]["code"])

    def test_the_worker_in_python_runs_what_it_knows_and_refuses_the_rest(self):
        self.check_worker("python", sys.executable, WORKERS / "worker.py")

    def test_the_worker_in_javascript_runs_what_it_knows_and_refuses_the_rest(self):
        if options.node is None:
            self.skipTest("needs node")
        self.check_worker("javascript", options.node, WORKERS / "worker.mjs")

    def test_a_stored_step_is_not_done_again(self):
        job = self.submit("again", kind="word_count", payload={"text": "one two"})
        claimed = self.client.post("/api/v1/queues/again/claim").json["data"][0]
        step = self.client.request("PUT", f"/api/v1/jobs/{job}/steps/count", {"attempt": claimed["attempt"], "result": 40})
        self.assertEqual(200, step.status, step.text)
        self.client.post(f"/api/v1/jobs/{job}/release", {"attempt": claimed["attempt"]})
        self.work("again", sys.executable, WORKERS / "worker.py", jobs=1)
        self.assertEqual({"words": 40}, self.client.get(f"/api/v1/jobs/{job}/result").json["output"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobsd", required=True)
    parser.add_argument("--node")
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])

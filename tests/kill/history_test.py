"""The kill tests find a broken promise in a job's history: a test that cannot fail would hold nothing."""

import sqlite3
import unittest
import uuid

import engine_kill_test
import kill_test

# Two processes, one after the other.
LIVES = [(0, 99), (100, 199)]


def history(*events):
    return [(kill_test.EVENTS.index(name), at, attempt) for name, at, attempt in events]


class HistoryTest(unittest.TestCase):
    def holds(self, state, *events):
        return kill_test.check_history("job", state, history(*events), LIVES)

    def breaks(self, state, *events):
        with self.assertRaises(kill_test.Violation):
            self.holds(state, *events)

    def test_a_quiet_life_holds(self):
        self.assertEqual(0, self.holds("COMPLETE", ("created", 1, 0), ("started", 2, 1), ("step", 3, 1), ("completed", 4, 1)))

    def test_a_cancelled_wait_holds(self):
        self.assertEqual(0, self.holds("CANCELLED", ("created", 1, 0), ("cancelled", 2, 0)))

    def test_a_run_after_the_death_of_the_first_holds_and_counts(self):
        self.assertEqual(1, self.holds("COMPLETE", ("created", 1, 0), ("started", 99, 1), ("started", 100, 2), ("completed", 101, 2)))
        self.assertEqual(1, self.holds("COMPLETE", ("created", 1, 0), ("started", 50, 1), ("returned", 100, 1),
                                       ("started", 101, 2), ("completed", 102, 2)))

    def test_a_retry_within_one_process_holds(self):
        self.assertEqual(0, self.holds("FAILED", ("created", 1, 0), ("started", 2, 1), ("retry", 3, 1), ("started", 4, 2), ("failed", 5, 2)))

    def test_two_runs_at_once_are_found(self):
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 2, 1), ("started", 99, 2), ("completed", 100, 2))

    def test_the_end_of_a_run_that_was_given_up_is_found(self):
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 50, 1), ("started", 101, 2), ("completed", 102, 1))
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 50, 1), ("started", 101, 2), ("step", 102, 1), ("completed", 103, 2))

    def test_a_second_end_is_found(self):
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 2, 1), ("completed", 3, 1), ("cancelled", 4, 1))
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 2, 1), ("completed", 3, 1), ("completed", 4, 1))

    def test_a_run_after_the_end_is_found(self):
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 2, 1), ("completed", 3, 1), ("started", 101, 2))

    def test_a_history_without_an_end_or_with_another_is_found(self):
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 2, 1))
        self.breaks("FAILED", ("created", 1, 0), ("started", 2, 1), ("completed", 3, 1))
        self.breaks("COMPLETE")

    def test_a_fence_that_does_not_rise_is_found(self):
        self.breaks("COMPLETE", ("created", 1, 0), ("started", 2, 1), ("retry", 3, 1), ("started", 4, 1), ("completed", 5, 1))


class EngineHistoryTest(unittest.TestCase):
    """What engine_load noted, beside the file that its engine left."""

    JOB = str(uuid.UUID(int=7))
    LIFE = ("created", 0), ("started", 1), ("step", 1), ("completed", 1)

    def check(self, lines, events=LIFE, state="COMPLETE"):
        database = sqlite3.connect(":memory:")
        database.executescript("CREATE TABLE jobs (number, id, state); "
                               "CREATE TABLE events (id INTEGER PRIMARY KEY, job, type, attempt, data)")
        if events:
            database.execute("INSERT INTO jobs VALUES (1, ?, ?)", (uuid.UUID(self.JOB).bytes, kill_test.STATES.index(state)))
        database.executemany("INSERT INTO events (job, type, attempt) VALUES (1, ?, ?)",
                             [(kill_test.EVENTS.index(name), attempt) for name, attempt in events])
        return engine_kill_test.check([line.replace("J", self.JOB) for line in lines], database)

    def breaks(self, what, *arguments):
        with self.assertRaisesRegex(engine_kill_test.Violation, what):
            self.check(*arguments)

    def test_a_quiet_life_holds(self):
        self.assertEqual((1, 1), self.check(["submitted J", "ran J 1 first", "stored J first", "told J completed"]))

    def test_a_step_that_ran_twice_before_its_result_was_stored_holds(self):
        self.check(["ran J 1 first", "ran J 2 first", "stored J first"])

    def test_a_lost_job_is_found(self):
        self.breaks("missing", ["submitted J"], ())

    def test_two_answers_to_one_wait_are_found(self):
        self.check(["answered J gone", "signalled J", "answered J gone"])
        self.breaks("answered gone, then late", ["answered J gone", "answered J late"])
        self.breaks("had its signal", ["signalled J", "answered J late"])

    def test_a_step_that_ran_after_its_result_was_stored_is_found(self):
        self.breaks("again", ["ran J 1 first", "stored J first", "ran J 2 first"])

    def test_two_attempts_at_once_are_found(self):
        self.breaks("began while", [], (("created", 0), ("started", 1), ("started", 2), ("completed", 2)))

    def test_a_write_of_an_attempt_that_was_given_up_is_found(self):
        self.breaks("wrote while", [], (("created", 0), ("started", 1), ("retry", 1), ("started", 2), ("step", 1), ("completed", 2)))

    def test_a_second_end_and_one_that_was_told_otherwise_are_found(self):
        self.breaks("ended 2 times", [], (*self.LIFE, ("completed", 1)))
        self.breaks("ended completed, then", ["told J completed", "told J failed"])
        self.breaks("otherwise", ["told J failed"])

    def test_a_job_without_an_end_is_found(self):
        self.breaks("ended 0 times", [], (("created", 0), ("started", 1)), "RUNNING")


if __name__ == "__main__":
    unittest.main()

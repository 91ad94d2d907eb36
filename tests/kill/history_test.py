"""The kill test finds a broken promise in a job's history: a test that cannot fail would hold nothing."""

import unittest

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


if __name__ == "__main__":
    unittest.main()

import unittest

from greenhouse.round import to_do
from greenhouse.sensors import Reading


class Round(unittest.TestCase):
    def test_a_hot_and_dry_day_asks_for_both(self) -> None:
        self.assertEqual(to_do(Reading(35.0, 10)), ["water", "open the windows"])

    def test_a_good_day_asks_for_nothing(self) -> None:
        self.assertEqual(to_do(Reading(20.0, 50)), [])

import unittest

from greenhouse.frost import alarm
from greenhouse.sensors import Reading


class Frost(unittest.TestCase):
    def test_frost_is_an_alarm(self) -> None:
        self.assertEqual(alarm(Reading(1.0, 40)), "frost at 1.0 degrees")

    def test_a_warm_night_is_none(self) -> None:
        self.assertEqual(alarm(Reading(9.0, 40)), "")

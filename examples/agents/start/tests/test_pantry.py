import unittest
from datetime import date

from kitchen.pantry import Jar

JAM = Jar("jam", 300, date(2026, 5, 1))
HONEY = Jar("honey", 500, date(2031, 1, 1))


class Spoilt(unittest.TestCase):
    def test_what_was_good_until_yesterday_is_spoilt(self) -> None:
        from kitchen.pantry import spoilt

        self.assertEqual(spoilt([JAM, HONEY], date(2026, 5, 2)), [JAM])


class Weight(unittest.TestCase):
    def test_all_jars_count(self) -> None:
        from kitchen.pantry import weight

        self.assertEqual(weight([JAM, HONEY]), 800)

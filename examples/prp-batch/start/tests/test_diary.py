import unittest

from greenhouse.diary import entry
from greenhouse.sensors import Reading


class Diary(unittest.TestCase):
    def test_an_entry_tells_of_the_windows(self) -> None:
        self.assertEqual(entry(Reading(30.0, 40)), "30.0 degrees, windows open")
        self.assertEqual(entry(Reading(20.0, 40)), "20.0 degrees, windows shut")

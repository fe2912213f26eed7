import unittest

from greenhouse.sensors import Reading
from greenhouse.windows import are_open


class Windows(unittest.TestCase):
    def test_windows_are_open_when_it_is_hot(self) -> None:
        self.assertEqual([are_open(Reading(degrees, 40)) for degrees in (20.0, 30.0)], [False, True])

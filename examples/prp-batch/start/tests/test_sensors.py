import unittest

from greenhouse.sensors import Reading, parse


class Parse(unittest.TestCase):
    def test_a_line_is_a_temperature_and_a_moisture(self) -> None:
        self.assertEqual(parse("21.5 40"), Reading(21.5, 40))

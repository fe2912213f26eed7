import unittest

from greenhouse.sensors import Reading
from greenhouse.watering import is_thirsty


class Thirst(unittest.TestCase):
    def test_dry_soil_is_thirsty(self) -> None:
        self.assertTrue(is_thirsty(Reading(20.0, 20)))

    def test_wet_soil_is_not(self) -> None:
        self.assertFalse(is_thirsty(Reading(20.0, 60)))

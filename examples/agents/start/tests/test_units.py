import unittest


class Cups(unittest.TestCase):
    def test_half_a_litre_is_a_bit_more_than_two_cups(self) -> None:
        from kitchen.units import cups

        self.assertAlmostEqual(cups(500), 2.08, places=2)


class Spoons(unittest.TestCase):
    def test_a_cup_is_sixteen_spoons(self) -> None:
        from kitchen.units import spoons

        self.assertEqual(spoons(240), 16)

import unittest


class Cheapest(unittest.TestCase):
    def test_it_is_the_shop_with_the_lowest_price(self) -> None:
        from kitchen.shopping import cheapest

        self.assertEqual(cheapest({"corner shop": 320, "market": 250}), "market")


class Written(unittest.TestCase):
    def test_liquids_are_bought_in_cups(self) -> None:
        from kitchen.shopping import written

        self.assertEqual(written("milk", 480), "2.0 cups of milk")

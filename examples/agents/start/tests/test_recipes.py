import unittest

from kitchen.recipes import Recipe

OMELETTE = Recipe("omelette", 2, {"egg": 120, "ham": 30}, {"beat": 2, "fry": 5})


class Scaled(unittest.TestCase):
    def test_twice_the_guests_eat_twice_as_much(self) -> None:
        from kitchen.recipes import scaled

        large = scaled(OMELETTE, 4)
        self.assertEqual((large.guests, large.grams), (4, {"egg": 240, "ham": 60}))


class Minutes(unittest.TestCase):
    def test_one_step_comes_after_the_other(self) -> None:
        from kitchen.recipes import minutes

        self.assertEqual(minutes(OMELETTE), 7)


class Vegetarian(unittest.TestCase):
    def test_ham_is_no_vegetable(self) -> None:
        from kitchen.recipes import vegetarian

        self.assertFalse(vegetarian(OMELETTE))

    def test_an_egg_is_fine(self) -> None:
        from kitchen.recipes import vegetarian

        self.assertTrue(vegetarian(Recipe("boiled egg", 1, {"egg": 60}, {"boil": 6})))

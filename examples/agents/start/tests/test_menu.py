import unittest


class Tuesday(unittest.TestCase):
    def test_there_are_lentils(self) -> None:
        from kitchen.menu import MENU

        self.assertEqual(MENU["tuesday"], "lentils")


class Wednesday(unittest.TestCase):
    def test_there_are_pancakes(self) -> None:
        from kitchen.menu import MENU

        self.assertEqual(MENU["wednesday"], "pancakes")


class FreeDays(unittest.TestCase):
    def test_days_with_a_dish_are_not_free(self) -> None:
        from kitchen.menu import free_days

        self.assertEqual(free_days({"monday": "soup", "friday": "fish"}), ["tuesday", "wednesday", "thursday"])

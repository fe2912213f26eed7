import unittest

from greenhouse.page import page
from greenhouse.sensors import Reading


class Page(unittest.TestCase):
    def test_a_page_has_the_entry_and_what_is_to_do(self) -> None:
        self.assertEqual(page(Reading(35.0, 10)), "35.0 degrees, windows open\n- water\n- open the windows\n")

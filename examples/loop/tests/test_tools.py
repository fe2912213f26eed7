import pytest

from shed.tools import Inventory, Tool

SAW = Tool(12, "saw", 2000)
SPADE = Tool(7, "spade", 1500)


def inventory() -> Inventory:
    found = Inventory()
    found.add(SAW)
    found.add(SPADE)
    return found


def test_a_tool_is_found_by_its_number():
    assert inventory().find(12) == SAW
    assert inventory().find(13) is None


def test_no_two_tools_share_a_number():
    with pytest.raises(ValueError, match="number 12 is taken"):
        inventory().add(Tool(12, "drill"))


def test_what_is_lent_cannot_be_lent_again():
    found = inventory()
    assert found.lend(7) == SPADE
    with pytest.raises(ValueError, match="number 7 is not here"):
        found.lend(7)


def test_what_is_lent_is_not_available():
    found = inventory()
    assert found.available() == [SAW, SPADE]
    found.lend(12)
    assert found.available() == [SPADE]

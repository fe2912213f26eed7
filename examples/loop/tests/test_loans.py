from datetime import date

from shed.loans import Loan, due_date
from shed.tools import Tool

SAW = Tool(12, "saw", 2000)
A_WEDNESDAY = date(2025, 3, 5)


def test_a_tool_is_due_after_the_days_it_was_asked_for():
    assert due_date(Loan(SAW, "Ada", A_WEDNESDAY)) == date(2025, 3, 12)


def test_a_tool_due_at_a_weekend_comes_back_on_monday():
    assert due_date(Loan(SAW, "Ada", A_WEDNESDAY, days=3)) == date(2025, 3, 10)
    assert due_date(Loan(SAW, "Ada", A_WEDNESDAY, days=4)) == date(2025, 3, 10)

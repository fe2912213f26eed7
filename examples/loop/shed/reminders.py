"""What members are told shortly before a tool is due."""

from __future__ import annotations


def reminder(member: str, tool: str, days_left: int) -> str:
    """Write the text of a message."""
    if days_left < 0:
        return f"Hello {member}, the {tool} should have been back by now."
    when = {0: "today", 1: "tomorrow"}.get(days_left, f"in {days_left} days")
    return f"Hello {member}, please bring back the {tool} {when}."

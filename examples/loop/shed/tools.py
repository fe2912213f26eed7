"""What stands in the shed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tool:
    """Something that can be borrowed; its number is painted on it."""

    number: int
    name: str
    deposit_cents: int = 0


@dataclass
class Inventory:
    """All tools by their numbers, and the numbers of those that are lent."""

    tools: dict[int, Tool] = field(default_factory=dict)
    lent: set[int] = field(default_factory=set)

    def add(self, tool: Tool) -> None:
        if tool.number in self.tools:
            raise ValueError(f"number {tool.number} is taken")
        self.tools[tool.number] = tool

    def find(self, number: int) -> Tool | None:
        return self.tools.get(number)

    def lend(self, number: int) -> Tool:
        if number in self.lent or number not in self.tools:
            raise ValueError(f"number {number} is not here")
        self.lent.add(number)
        return self.tools[number]

"""What a customer is about to buy."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    """Something the shop sells."""

    name: str
    cents: int


@dataclass
class Cart:
    """The items a customer chose, in the order they were chosen."""

    items: list[Item] = field(default_factory=list)

    def add(self, item: Item, count: int = 1) -> None:
        self.items.extend([item] * count)

    def total(self) -> int:
        return sum(item.cents for item in self.items)

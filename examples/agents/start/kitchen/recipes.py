"""What goes into a dish, for how many, and for how long."""

from dataclasses import dataclass

MEAT = {"bacon", "chicken", "ham"}


@dataclass(frozen=True)
class Recipe:
    name: str
    guests: int
    grams: dict[str, int]
    steps: dict[str, int]


def scaled(recipe: Recipe, guests: int) -> Recipe:
    raise NotImplementedError


def heaviest(recipe: Recipe) -> str:
    return max(recipe.grams, key=recipe.grams.__getitem__)


def minutes(recipe: Recipe) -> int:
    raise NotImplementedError

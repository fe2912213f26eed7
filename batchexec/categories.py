"""The many ways people write the name of a category, and the one we keep."""

from __future__ import annotations

import re

from batchexec.model import CATEGORIES

_NUMBER = re.compile(r"^\d+[-_. ]+")


def category_of(text: str) -> str | None:
    """Name the category a file name or an option means: `01-Missing-Test.md` is `missing_tests`."""
    name = _NUMBER.sub("", text.strip().lower().removesuffix(".md"))
    name = "_".join(name.replace("-", " ").replace("_", " ").split())
    return next((form for form in _forms(name) if form in CATEGORIES), None)


def _forms(name: str) -> tuple[str, ...]:
    return name, f"{name}s", name.removesuffix("s"), name.replace("uncategorized", "uncategorised")

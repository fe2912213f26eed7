"""Which tasks `doit prompts` writes prompts for, as people say it on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.categories import category_of
from batchexec.errors import Problem, SelectionError
from batchexec.model import CATEGORIES

if TYPE_CHECKING:
    from pathlib import Path

_WITH_PROMPTS = [category for category in CATEGORIES if category != "uncategorised"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tasks get a prompt, and by which report; empty means all, and the latest."""

    categories: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    report: Path | None = None

    @classmethod
    def parse(cls, category: str | None, priority: str | None, report: str | None, base: Path) -> Filters:
        """Understand lists with commas; raises SelectionError with all that is wrong."""
        categories = {name: category_of(name) for name in _listed(category)}
        problems = [
            Problem(
                None, f"--category: there is no category {name!r}", f"there are: {', '.join(_WITH_PROMPTS)}"
            )
            for name, found in categories.items()
            if found not in _WITH_PROMPTS
        ]
        wrong = [word for word in _listed(priority) if word not in ("1", "2", "3", "4")]
        problems += [Problem(None, f"--priority: {word!r} is no priority", "1 to 4") for word in wrong]
        given = {"--category": category, "--priority": priority}
        problems += [
            Problem(None, f"{option}: this names none", "leave it out for all")
            for option, text in given.items()
            if text is not None and not _listed(text)
        ]
        path = base / report if report else None
        if path and not path.is_file():
            problems.append(Problem(None, f"--from-report: {report} is no file", "name a summary.json"))
        if problems:
            raise SelectionError(*problems)
        found = tuple(name for name in categories.values() if name)
        return cls(found, tuple(int(word) for word in _listed(priority)), path)


def _listed(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]

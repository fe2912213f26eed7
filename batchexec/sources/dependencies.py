"""Reads what `Depends on:` says: ids, `Task 2` of the same file, or nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.model import Dependency
from batchexec.sources import ids

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from batchexec.model import Location

_REMARK = re.compile(r"\([^()]*\)")
_NUMBERED = re.compile(r"\btasks?\s+#?(\d[\d.]*(?:\s*(?:,|&|and)\s*#?\d[\d.]*)*)", re.IGNORECASE)
_COUNT = re.compile(r"\d[\d.]*")
_NOTHING = frozenset({"", "none", "n/a", "na", "nothing", "no", "-", "–", "—"})
_JOINERS = frozenset({"and", "or", "&", "+", "-", "–", "—", "task", "tasks", "then", "plus"})
_EDGES = "*_`[](){}.,;:\"'"


class Names:
    """Everything a dependency can be called: ids of the batch, ids of tasks.md, numbers within a file."""

    def __init__(self, names: Mapping[str, str], listed: Container[str]) -> None:
        self.names = {task_id.casefold(): name for task_id, name in names.items()}
        self.listed = listed

    def parse(
        self, value: str, location: Location, numbers: Mapping[str, str]
    ) -> Iterator[Dependency | Problem]:
        """Yield what each word stands for; `numbers` are the tasks of the same file by `Task n`."""
        value = _REMARK.sub(" ", value) if "(" in value else value
        if value.strip(_EDGES + " ").lower() in _NOTHING or value.lower().startswith("none"):
            return
        for numbered in _NUMBERED.finditer(value):
            for count in _COUNT.findall(numbered[1]):
                yield self._numbered(count.rstrip("."), location, numbers)
        other = []
        for raw in re.split(r"[\s,;]+", _NUMBERED.sub(" ", value)):
            word = raw.strip(_EDGES)
            if found := self._named(word, location):
                yield found
            elif word and word.lower() not in _JOINERS:
                other.append(word)
        if other:
            words = " ".join(other)
            message = f"{words!r} in the dependencies is no task and is ignored"
            yield Problem(location, message, "name ids, `Task n` or `none`", Severity.WARNING)

    def _numbered(self, count: str, location: Location, numbers: Mapping[str, str]) -> Dependency | Problem:
        if count in numbers:
            return Dependency(numbers[count], location)
        known = ", ".join(f"Task {number}" for number in list(numbers)[:8])
        return Problem(
            location, f"there is no Task {count} in this file", f"there is {known}" if known else "name an id"
        )

    def _named(self, word: str, location: Location) -> Dependency | Problem | None:
        if name := self.names.get(word.casefold()):
            return Dependency(name, location)
        if word in self.listed:
            message = f"{word} has no prompt here, so nothing waits for it"
            return Problem(location, message, severity=Severity.NOTICE)
        if ids.is_task_id(word) or (ids.is_other_id(word) and word.partition("-")[0].isupper()):
            return Dependency(f"smartspec:{word}", location)
        return None

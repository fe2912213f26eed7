"""Turns what a script says into answers, and collects what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from batchexec.errors import Problem
from batchexec.executors.parameters import near
from batchexec.executors.replay.answer import Answer
from batchexec.model import Status, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from enum import StrEnum

    from batchexec.strict_yaml import Document, Place

    Word = TypeVar("Word", bound=StrEnum)

_ANSWER = tuple(field.name for field in fields(Answer))


@dataclass(frozen=True, slots=True)
class Reader:
    document: Document
    problems: list[Problem]

    def answers(self, place: Place, value: object) -> tuple[Answer, ...]:
        given = self.mapping(place, value, (*_ANSWER, "attempts"))
        base = self._answer(place, {key: part for key, part in given.items() if key != "attempts"}, Answer())
        if "attempts" not in given:
            return (base,)
        return tuple(self._attempts((*place, "attempts"), given["attempts"], base))

    def _attempts(self, place: Place, value: object, base: Answer) -> Iterator[Answer]:
        if not isinstance(value, list) or not value:
            self._refuse(place, "attempts is a list of answers")
            return
        for at, one in enumerate(value):
            yield self._answer((*place, at), one, base)

    def _answer(self, place: Place, value: object, base: Answer) -> Answer:
        given = self.mapping(place, value, _ANSWER)
        return replace(base, **{key: self._part((*place, key), part) for key, part in given.items()})

    def _part(self, place: Place, value: object) -> Any:
        readers: dict[object, Callable[[Place, object], Any]] = {
            "files": self._texts,
            "edit": self._edits,
            "delete": self._paths,
            "delay_s": self._seconds,
            "retry_after_s": self._seconds,
            "cost_usd": self._dollars,
            "input_tokens": self._count,
            "output_tokens": self._count,
            "status": lambda place, value: self._word(place, value, Status),
            "trouble": lambda place, value: self._word(place, value, Trouble),
        }
        return readers.get(place[-1], self.text)(place, value)

    def mapping(self, place: Place, value: object, known: tuple[str, ...] | None = None) -> dict[str, object]:
        if not isinstance(value, dict):
            self._refuse(place, f"{_said(place)} has to be a mapping")
            return {}
        for key in value:
            if known is not None and key not in known:
                self._refuse((*place, key), f"unknown key '{key}'", near(key, known))
        return {key: part for key, part in value.items() if known is None or key in known}

    def text(self, place: Place, value: object) -> str:
        if not isinstance(value, str):
            self._refuse(place, f"{_said(place)} has to be text")
            return ""
        return value

    def _texts(self, place: Place, value: object) -> dict[str, str]:
        return {key: self.text((*place, key), text) for key, text in self.mapping(place, value).items()}

    def _edits(self, place: Place, value: object) -> dict[str, dict[str, str]]:
        return {
            path: self._texts((*place, path), found) for path, found in self.mapping(place, value).items()
        }

    def _paths(self, place: Place, value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            self._refuse(place, f"{_said(place)} has to be a list")
            return ()
        return tuple(self.text((*place, at), path) for at, path in enumerate(value))

    def _seconds(self, place: Place, value: object) -> float:
        return self._number(place, value, "a number of seconds")

    def _dollars(self, place: Place, value: object) -> float:
        return self._number(place, value, "a number of US dollars")

    def _number(self, place: Place, value: object, what: str) -> float:
        try:
            number = float(str(value))
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            self._refuse(place, f"{_said(place)} has to be {what}")
            return 0.0
        return number

    def _count(self, place: Place, value: object) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and len(text) < 19):
            self._refuse(place, f"{_said(place)} has to be a whole number")
            return 0
        return int(text)

    def _word(self, place: Place, value: object, words: type[Word]) -> Word | None:
        if not isinstance(value, str) or value not in [*words]:
            self._refuse(place, f"unknown {place[-1]} '{value}'", near(str(value), [*words]))
            return None
        return words(value)

    def _refuse(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.document.location(place), message, hint))


def _said(place: Place) -> str:
    return str(place[-1]) if place else "the script"

"""What the model is to answer: rules, the turns of a conversation, and what one turn does."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

TASK = r"\b[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+\b|\bT\d{1,5}\b"
_NOW = re.compile(r"\{now([+-]\d{1,9})?\}")


class ScriptError(ValueError):
    """A scenario that cannot be played."""


@dataclass(frozen=True, slots=True)
class Write:
    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Edit:
    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Delete:
    path: str


@dataclass(frozen=True, slots=True)
class Run:
    command: str


Act = Write | Edit | Delete | Run


@dataclass(frozen=True, slots=True)
class Tokens:
    input: int = 1000
    output: int = 100
    cached: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """
    One answer.

    `say` and `acts` are what a good one holds. `status`, with `error` (its type),
    `message`, `headers` or a whole `body`, refuses instead. `cut` closes the
    connection in mid-stream, `garbage` sends what is no JSON, `hang` begins and
    never goes on. `delay_s` passes before the first byte, `silence_s` after it.
    `stop` ends the answer for another reason: `length` or `refusal`.
    """

    say: str = ""
    acts: tuple[Act, ...] = ()
    status: int = 200
    error: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    delay_s: float = 0
    silence_s: float = 0
    cut: bool = False
    garbage: bool = False
    hang: bool = False
    stop: str = ""
    usage: Tokens = Tokens()
    times: int = 1

    @property
    def fails(self) -> bool:
        return self.status != 200 or self.cut or self.garbage or self.hang


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    Who is meant, and what they are answered.

    `when` is searched in the first thing the user said, `last` in the last,
    `anywhere` in the whole conversation, `model` and `path` in those; all that
    are given must be found. A group in `when` is the name of the conversation.
    `attempts` holds the turns of the first conversation of that name, of the
    second, …; the last goes for all that follow.
    """

    attempts: tuple[tuple[Turn, ...], ...]
    name: str = ""
    when: str = ""
    last: str = ""
    anywhere: str = ""
    model: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    rules: tuple[Rule, ...] = ()
    models: tuple[str, ...] = ("loop",)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file, YAML or JSON."""
    return parse_scenario(yaml.safe_load(path.read_text(encoding="utf-8")))


def parse_scenario(data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None) -> Scenario:
    """Take a scenario, or only its rules."""
    given: dict[str, Any] = data if isinstance(data, dict) else {"rules": data or ()}
    _known(given, {"rules", "models", "usage"}, "a scenario")
    usage = Tokens(**given.get("usage", {}))
    rules = tuple(_rule(rule, number, usage) for number, rule in enumerate(given.get("rules", ()), 1))
    return Scenario(rules=rules, models=tuple(given.get("models", ("loop",))))


def filled(value: Any) -> Any:
    """Put the time in for `{now}` and `{now+60}`, in all texts of a value; alone it is a number."""
    if isinstance(value, str):
        text = _NOW.sub(lambda found: str(int(time.time()) + int(found[1] or 0)), value)
        return int(text) if _NOW.fullmatch(value) else text
    if isinstance(value, dict):
        return {key: filled(part) for key, part in value.items()}
    return [filled(part) for part in value] if isinstance(value, list) else value


def _rule(data: Mapping[str, Any], number: int, usage: Tokens) -> Rule:
    words = {field.name for field in fields(Rule)}
    _known(data, words | {"turns"}, f"rule {number}")
    if ("turns" in data) == ("attempts" in data):
        raise ScriptError(f"rule {number} has `turns` and `attempts` or neither; give one of them")
    attempts = data["attempts"] if "attempts" in data else [data["turns"]]
    return Rule(
        attempts=tuple(tuple(_turn(turn, usage) for turn in turns) for turns in attempts),
        name=data.get("name") or data.get("when") or f"rule {number}",
        **{key: data[key] for key in words - {"attempts", "name"} if key in data},
    )


def _turn(data: Mapping[str, Any], usage: Tokens) -> Turn:
    words = {field.name for field in fields(Turn)} - {"acts"}
    _known(data, words | set(_ACTS), "a turn")
    plain = {key: value for key, value in data.items() if key in words - {"usage", "headers"}}
    acts = tuple(_act(kind, one) for kind in data if kind in _ACTS for one in _listed(data[kind]))
    headers = {key: str(value) for key, value in data.get("headers", {}).items()}
    own = Tokens(**data["usage"]) if "usage" in data else usage
    return Turn(acts=acts, usage=own, headers=headers, **plain)


_ACTS: Mapping[str, Callable[..., Act]] = {"write": Write, "edit": Edit, "delete": Delete, "run": Run}


def _act(kind: str, given: Any) -> Act:
    return _ACTS[kind](**given) if isinstance(given, dict) else _ACTS[kind](given)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _known(data: Mapping[str, Any], words: set[str], where: str) -> None:
    if unknown := sorted(set(data) - words):
        raise ScriptError(f"{where} has {', '.join(unknown)}; it may have {', '.join(sorted(words))}")

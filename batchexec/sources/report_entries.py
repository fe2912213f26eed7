"""Reads what the report of a verification tells of one task, whichever tool's words it uses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchexec.categories import category_of
from batchexec.model import Candidate
from batchexec.verification import FINDINGS, INVALID_EVIDENCE, NO_EVIDENCE, VERIFIED
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESULT_KEYS = ("verified", "ok", "category", "status")
"""Where a report may say how a task came out: two keys for yes or no, two for a word."""

_IDS = ("task_id", "id")
_FLAGS, _WORDS = RESULT_KEYS[:2], RESULT_KEYS[2:]
_STATUS = {
    "missing_evidence": NO_EVIDENCE,
    "invalid_scope": INVALID_EVIDENCE,
    "naming_violation": "naming_issue",
}
"""What other tools call a finding, where it is not our word for it."""
_UNNAMED = frozenset({"not_verified", "uncategorised"})
_BOXES = {"x": True, "[x]": True, "": False, "[]": False, "[ ]": False}
_LONGEST = 1000

Facts = dict[str, Any]
HookResults = dict[tuple[int, str], Facts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """
    What a report says of a task; what it does not say is empty or None.

    `hooks` is how the hooks came out, by line and text; `payloads` are the
    claims of a report that knows no hooks, written as hooks. `complaints` say
    what of the entry cannot be used.
    """

    id: str
    title: str
    ticked: bool | None
    finding: str
    hooks: HookResults | None
    payloads: tuple[str, ...]
    similar: tuple[Candidate, ...]
    suggestions: tuple[str, ...]
    complaints: tuple[str, ...]


def parse_id(item: Facts) -> str | None:
    """Read the id of an entry; None if it is no text, empty if there is none."""
    value = next((item[key] for key in _IDS if item.get(key) is not None), "")
    return one_line(value) if isinstance(value, str) else None


def parse_entry(item: Facts, task_id: str) -> Told:
    complaints: list[str] = []
    return Told(
        id=task_id,
        title=text_of(item, "title"),
        ticked=_tick(item, complaints),
        finding=_finding(item, complaints),
        hooks=_results(item.get("hooks")),
        payloads=tuple(_payloads(item)),
        similar=tuple(_similar(item.get("similar_files"))),
        suggestions=tuple(_suggestions(item.get("suggestions"))),
        complaints=tuple(complaints),
    )


def _tick(item: Facts, complaints: list[str]) -> bool | None:
    checked = _flag(item, "checked", complaints)
    state = item.get("checkbox_state")
    if checked is not None or state is None:
        return checked
    tick = _BOXES.get(state.strip().lower()) if isinstance(state, str) else None
    if tick is None:
        complaints.append("'checkbox_state' is neither 'x' nor ' '")
    return tick


def _finding(item: Facts, complaints: list[str]) -> str:
    """Name what was found, if the entry says it and does not contradict itself."""
    flags = [flag for key in _FLAGS if (flag := _flag(item, key, complaints)) is not None]
    findings = [word for key in _WORDS if (word := _word(item, key, complaints)) is not None]
    says = {*flags, *(finding == VERIFIED for finding in findings)}
    if len(says) > 1:
        complaints.append("it is said to be verified and not to be")
        return ""
    return VERIFIED if says == {True} else next(filter(None, findings), "")


def _flag(item: Facts, key: str, complaints: list[str]) -> bool | None:
    value = item.get(key)
    if value is None or isinstance(value, bool):
        return value
    complaints.append(f"{key!r} is neither true nor false")
    return None


def _word(item: Facts, key: str, complaints: list[str]) -> str | None:
    value = item.get(key)
    if value is None or value == "":
        return None
    finding = finding_of(value) if isinstance(value, str) else None
    if finding is None:
        said = repr(one_line(value)[:60]) if isinstance(value, str) else "no text"
        complaints.append(f"{key!r} is {said}, which is no finding")
    return finding


def finding_of(word: str) -> str | None:
    """Name the finding a word means, empty where it says only that something is wrong."""
    name = "_".join(word.lower().replace("-", " ").replace("_", " ").split())
    name = _STATUS.get(name) or (name if name in FINDINGS else category_of(word) or name)
    if name in _UNNAMED:
        return ""
    return name if name in FINDINGS else None


def _results(hooks: object) -> HookResults | None:
    told = _objects(hooks)
    if not isinstance(hooks, list) or len(told) < len(hooks):
        return None
    if not all(isinstance(one.get("raw"), str) for one in told):
        return None
    return {(_number(one.get("line")), one["raw"]): one for one in told}


def _payloads(item: Facts) -> Iterator[str]:
    for kind, keys in (("code", ("path", "symbol", "contains")), ("test", ("path", "contains"))):
        told = {key: text_of(item, f"{kind}_{key}") for key in keys}
        if told["path"]:
            yield " ".join((kind, *(f"{key}={_quoted(value)}" for key, value in told.items() if value)))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _similar(files: object) -> Iterator[Candidate]:
    for one in _objects(files):
        if path := text_of(one, "file"):
            yield Candidate(path, min(100, max(0, _number(one.get("similarity")))))


def _suggestions(told: object) -> Iterator[str]:
    return (one_line(one) for one in told if isinstance(one, str)) if isinstance(told, list) else iter(())


def _objects(value: object) -> list[Facts]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return one_line(value) if isinstance(value, str) else ""


def one_line(text: str) -> str:
    return " ".join(printable(text[:_LONGEST]).split())


def _number(value: Any) -> int:
    """Read a whole number; 0, which is no line and no share, if it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and math.isfinite(value) else 0

"""Finds the prompts directory a run means, and says what each of its files is read as."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from batchexec.categories import category_of
from batchexec.errors import Problem, Severity
from batchexec.model import Location
from batchexec.sources.files import shown

if TYPE_CHECKING:
    from pathlib import Path

_RUN = re.compile(r"\d{8}_\d{6}(?:_\d+)?")
_NUMBER = re.compile(r"(\d+)")
_NUMBERED = re.compile(r"\d+[-_. ]+")
_PROMPT = re.compile(r"prompt[-_ ]?\d+", re.IGNORECASE)
_URGENCY = re.compile(r"(critical|high|medium|low)(?:_priority)?_issues?")
_URGENCIES = {"critical": 1, "high": 2, "medium": 3, "low": 4}
_CONTEXT = frozenset({"00_system_and_rules", "10_context", "20_plan_of_attack", "40_risks_and_guards"})
_LATEST = "latest"
_MANY = 8


class Kind(Enum):
    """What a Markdown file of the directory is read as."""

    CATEGORY = auto()
    URGENCY = auto()
    TASKS = auto()  # task headings, or else the whole file is one task
    TICKS = auto()
    CONTEXT = auto()
    OTHER = auto()  # tasks if it has task headings, else nothing


@dataclass(frozen=True, slots=True)
class Found:
    """The directory to read, if there is one, and what there is to say about finding it."""

    directory: Path | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FileName:
    """What the name of a file says: how to read it, and the category or priority of its tasks."""

    stem: str
    kind: Kind
    category: str | None = None
    priority: int | None = None


def find_run(path: Path) -> Found:
    """
    Follow `path` to the directory that holds the prompts of one run.

    It may be that directory, `latest`, or the directory that holds the runs.
    Where `latest` is missing the newest run stands in, with a notice.
    """
    if path.is_dir():
        return _inside(_followed(path))
    if path.name == _LATEST and not path.is_file():
        return _newest(path.parent, path)
    if path.exists():
        return _nothing(path, "this is a file, not a directory", "give the directory it is in")
    return _nothing(path, "there is no such directory", _nearby(path))


def _followed(path: Path) -> Path:
    """Name the run that `latest` stands for: it will stand for another one, and places are remembered."""
    if path.name != _LATEST or not path.is_symlink():
        return path
    target = path.readlink()
    return path.parent / target if len(target.parts) == 1 else path


def markdown_files(directory: Path) -> list[str]:
    """
    List the Markdown files of a directory, numbers in order: `prompt_2.md` before `prompt_10.md`.

    Hidden files are left out: editors and file managers keep their notes in them.
    """
    with os.scandir(directory) as entries:
        names = [entry.name for entry in entries if _is_markdown(entry.name) and not entry.is_dir()]
    return sorted(names, key=_natural)


def _is_markdown(name: str) -> bool:
    return name.lower().endswith(".md") and not name.startswith(".")


def parse_file_name(name: str) -> FileName:
    stem = name[: -len(".md")]
    folded = "_".join(re.split(r"[-_ ]+", _NUMBERED.sub("", stem.lower(), count=1)))
    if category := category_of(name):
        return FileName(stem, Kind.CATEGORY, category=category)
    if urgency := _URGENCY.fullmatch(folded):
        return FileName(stem, Kind.URGENCY, priority=_URGENCIES[urgency[1]])
    if stem.lower() == "readme":
        return FileName(stem, Kind.TICKS)
    if stem.lower() in _CONTEXT:
        return FileName(stem, Kind.CONTEXT)
    if _NUMBERED.match(stem) or _PROMPT.match(stem):
        return FileName(stem, Kind.TASKS)
    return FileName(stem, Kind.OTHER)


def _inside(path: Path) -> Found:
    if any(parse_file_name(name).kind is not Kind.TICKS for name in markdown_files(path)):
        return Found(path)
    if (path / _LATEST).is_dir():
        return Found(_followed(path / _LATEST))
    if _runs(path):
        return _newest(path, path / _LATEST)
    return Found(path / "prompts") if (path / "prompts").is_dir() else Found(path)


def _newest(parent: Path, latest: Path) -> Found:
    runs = _runs(parent)
    if not runs:
        return _nothing(latest, "there is no such directory, and no run beside it", _nearby(latest))
    newest = parent / runs[-1]
    message = f"there is no {_LATEST}; the newest run is used: {shown(newest)}"
    return Found(newest, (Problem(Location(shown(latest), 1), message, severity=Severity.NOTICE),))


def _runs(parent: Path) -> list[str]:
    if not parent.is_dir():
        return []
    with os.scandir(parent) as entries:
        return sorted(
            (entry.name for entry in entries if entry.is_dir() and _RUN.fullmatch(entry.name)), key=_natural
        )


def _nothing(path: Path, message: str, hint: str) -> Found:
    return Found(None, (Problem(Location(shown(path), 1), message, hint),))


def _nearby(path: Path) -> str:
    parent = next((one for one in path.absolute().parents if one.is_dir()), None)
    if parent is None:
        return ""
    names = sorted(entry.name for entry in parent.iterdir() if not entry.name.startswith("."))
    listed = ", ".join(names[:_MANY]) + (", …" if len(names) > _MANY else "")
    return f"{shown(parent)} has {listed}" if listed else f"{shown(parent)} is empty"


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort digits as numbers: every second piece is a run of digits."""
    pieces = _NUMBER.split(name.lower())
    return [(int(piece), "") if place % 2 else (0, piece) for place, piece in enumerate(pieces)]

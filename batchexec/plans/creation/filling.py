"""Asks for what is missing in new documents, and puts an answer in its places."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.errors import BatchError, Problem, SelectionError, SourceError
from batchexec.markdown import Excerpt
from batchexec.plans.creation.choosing import subplan_of
from batchexec.plans.creation.ending import Ending
from batchexec.plans.creation.places import inside, shown, why
from batchexec.plans.status import TERMINAL
from batchexec.rendering import render
from batchexec.sources.plan import parse_execution, parse_subplan, unfilled, valid_id
from batchexec.workspace import Workspace, digest_of, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from batchexec.journal import Journal, Writing
    from batchexec.plans import Loaded

_MARK = re.compile(r"={3}[ \t]{1,9}(\S.{0,253}\S)[ \t]{1,9}={3}[ \t]*")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(?:markdown|md)?[ \t]*")
_END = "END"
_ASKED = "answers/plan_fill.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file with places to fill, as it was when somebody was asked."""

    id: str
    file: Path
    text: str
    digest: str
    count: int

    @property
    def is_subplan(self) -> bool:
        return self.file.name.startswith("SUBPLAN_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The files of an answer by name, and what cannot be used of it."""

    texts: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """
    What an answer came to: files that were written, with the places left in each, and why others were not.

    Paths are relative to the workspace. `run_id` is empty if nothing was written.
    """

    filled: tuple[tuple[str, int], ...]
    errors: tuple[tuple[str, str], ...]
    run_id: str

    @property
    def ending(self) -> Ending:
        return Ending.FAILED if self.errors else Ending.DONE


def wanted(loaded: Loaded, ids: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """
    Find the files with places to fill: of these ids, or of all that can be worked on.

    Raises SelectionError for ids there are not, and for blocked ones.
    """
    _check(loaded, ids)
    standing = loaded.standing
    chosen = ids or [
        id_
        for id_ in standing.order
        if standing.statuses[id_] not in TERMINAL and id_ not in standing.blocked
    ]
    return tuple(one for id_ in dict.fromkeys(chosen) for one in _of(loaded, id_))


def prompt(loaded: Loaded, files: Sequence[Wanted], overrides: Path | None = None) -> str:
    """Write the question: what the PLAN and the SUBPLANs say, and each file with its places."""
    achievements = {one.id: one for one in loaded.plan.achievements}
    asked = []
    for one in files:
        achievement, subplan = achievements.get(one.id), subplan_of(loaded, one.id)
        asked.append(
            {
                "id": one.id,
                "title": loaded.standing.titles.get(one.id, ""),
                "name": one.file.name,
                "body": achievement.body if achievement else "",
                "subplan": "" if one.is_subplan or subplan is None else _read(subplan)[1],
                "subplan_name": subplan.name if subplan else "",
                "text": one.text,
                "count": one.count,
            }
        )
    facts = {"plan": loaded.plan.name, "goal": loaded.plan.goal, "files": asked}
    return render("plan_fill.md.j2", facts, overrides)


def remember(journal: Journal, files: Sequence[Wanted]) -> None:
    """Note what files were when a question about them was given away, for the time its answer comes back."""
    state = journal.state()
    asked = {**_asked(state), **{_key(state, one): one.digest for one in files}}
    write_atomic(state, _ASKED, f"{json.dumps(asked, indent=2)}\n".encode())


def as_asked(journal: Journal, files: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """Go by what was noted of these files; of one nobody asked about, by what it is now."""
    state = journal.state()
    asked = _asked(state)
    return tuple(replace(one, digest=str(asked.get(_key(state, one), one.digest))) for one in files)


def parse_answer(text: str, files: Sequence[Wanted]) -> Answer:
    """
    Take an answer apart: `=== NAME ===`, the text of that file, `=== END ===`.

    What stands between files is talk. Inside one, only its end and the name of
    another wanted file are marks.
    """
    names = {one.file.name for one in files}
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    name = ""
    lines: list[str] = []
    for line in [*text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), None]:
        mark = _mark(line)
        if name and (line is None or mark == _END or mark in names):
            if mark == _END and name not in texts:
                texts[name] = _unwrapped(lines)
            else:
                problems.append(_unusable(name, is_twice=mark == _END))
            name, lines = "", []
        if mark in names:
            name, lines = mark, []
        elif name and line is not None:
            lines.append(line)
        elif mark.endswith(".md"):
            problems.append(Problem(None, f"{mark} was not asked for", "it is left out"))
    return Answer(texts=texts, problems=tuple(problems))


def save(
    loaded: Loaded, files: Sequence[Wanted], answer: Answer, journal: Journal, command: Sequence[str]
) -> Filled:
    """Put the texts of an answer in their files: only where nobody wrote since, and it is still that file."""
    filled: list[tuple[str, int]] = []
    errors = [("", why(BatchError(problem))) for problem in answer.problems]
    with journal.run(command) as writing:
        for one in files:
            text = answer.texts.get(one.file.name)
            name = shown(one.file, loaded)
            trouble = "the answer does not hold it" if text is None else _trouble(one, text)
            if text is not None and not trouble:
                trouble = _written(one, text, journal.root, writing)
            if text is None or trouble:
                errors.append((name, trouble))
            else:
                filled.append((name, unfilled(text)))
    return Filled(filled=tuple(filled), errors=tuple(errors), run_id=writing.run_id)


def _asked(state: Path) -> dict[str, object]:
    try:
        found = json.loads((state / _ASKED).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(state: Path, one: Wanted) -> str:
    return os.path.relpath(one.file, state)


def _check(loaded: Loaded, ids: Sequence[str]) -> None:
    problems = []
    for id_ in ids:
        if id_ not in loaded.standing.statuses:
            hint = valid_id(id_) or f"there are: {', '.join(loaded.standing.ids) or 'none'}"
            problems.append(Problem(None, f"{loaded.plan.name} has no achievement {id_}", hint))
        elif blockers := loaded.standing.blocked.get(id_):
            message = f"{id_} is blocked by {', '.join(blockers)}"
            problems.append(Problem(None, message, "these have to be complete first"))
    if problems:
        raise SelectionError(*problems)


def _of(loaded: Loaded, id_: str) -> Iterator[Wanted]:
    """Look into the files of an achievement; one that cannot be read is for `plan_lint` to complain of."""
    evidence = loaded.evidence
    for sheet in (*evidence.subplans.get(id_, ()), *evidence.executions.get(id_, ())):
        data, text = _read(sheet.file)
        if count := unfilled(text):
            yield Wanted(id=id_, file=sheet.file, text=text, digest=digest_of(data), count=count)


def _read(path: Path) -> tuple[bytes, str]:
    try:
        data = path.read_bytes()
        return data, Excerpt.of(str(path), data).text
    except (OSError, SourceError):
        return b"", ""


def _mark(line: str | None) -> str:
    found = _MARK.fullmatch(line) if line is not None and len(line) < 300 else None
    return found[1] if found else ""


def _unusable(name: str, *, is_twice: bool) -> Problem:
    if is_twice:
        return Problem(None, f"{name} is answered twice", "the first one counts")
    return Problem(None, f"{name} has no `=== END ===`", "the answer was cut short; ask again")


def _unwrapped(lines: Sequence[str]) -> str:
    """Take off the fence that some answers put around a file."""
    text = "\n".join(lines).strip("\n")
    first, _, rest = text.partition("\n")
    body, _, last = rest.rpartition("\n")
    fence = _FENCE.fullmatch(first)
    if fence and last.strip() == fence[1]:
        text = body.strip("\n")
    return f"{text}\n"


def _trouble(one: Wanted, text: str) -> str:
    """Say why a text may not take the place of a file."""
    if _heading(text) != _heading(one.text):
        return f"its first heading is to stay: {_heading(one.text)}"
    before, after = _id(one, one.text), _id(one, text)
    if before != after:
        return f"its id is to stay {before}, not {after or 'nothing'}"
    if unfilled(text) >= one.count:
        return "nothing in it was filled"
    return ""


def _heading(text: str) -> str:
    return next((" ".join(line.split()) for line in text.split("\n") if line.startswith("# ")), "")


def _id(one: Wanted, text: str) -> str:
    source = Excerpt(str(one.file), tuple(text.split("\n")))
    return (parse_subplan if one.is_subplan else parse_execution)(source, one.file).id


def _written(one: Wanted, text: str, root: Path, writing: Writing) -> str:
    try:
        path = inside(root, one.file)
        if Workspace(root).digest(path) == one.digest and writing.replace(path, text.encode(), one.digest):
            return ""
    except (BatchError, OSError) as error:
        return why(error)
    return "somebody changed it since it was asked about; ask again"

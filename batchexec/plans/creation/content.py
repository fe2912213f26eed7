"""What a new SUBPLAN or EXECUTION_TASK says, taken from the PLAN and the documents there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from batchexec.errors import SourceError
from batchexec.markdown import Excerpt, Fence, Heading, scan
from batchexec.plans.creation.choosing import subplan_of
from batchexec.plans.creation.targets import Kind, part_number, parts_of
from batchexec.rendering import render
from batchexec.sources.plan import (
    UNFILLED,
    Marker,
    Part,
    execution_name,
    file_number,
    read_fix,
    read_subplan,
    subplan_name,
    unfilled,
)
from batchexec.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from batchexec.parallel import Work
    from batchexec.plans import Loaded
    from batchexec.plans.creation.targets import Target
    from batchexec.sources.plan import Hours

_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]*)?(?=\S)")
_DEEPEST = 6


def content(target: Target, loaded: Loaded, overrides: Path | None, today: date) -> tuple[str, int]:
    """
    Render the text of a file to create; also counts the places that nobody could fill.

    `overrides` holds the project's templates. Raises SourceError where one of
    them, or the SUBPLAN an EXECUTION_TASK is made from, cannot be read.
    """
    return Author(loaded, overrides, today).write(target)


class Author:
    """Writes the contents of many files of one plan."""

    def __init__(self, loaded: Loaded, overrides: Path | None, today: date) -> None:
        self._loaded = loaded
        self._overrides = overrides
        self._today = today
        self._achievements = {one.id: one for one in loaded.plan.achievements}
        self._parts = parts_of(loaded)

    def write(self, target: Target) -> tuple[str, int]:
        is_subplan = target.kind is Kind.SUBPLANS
        facts = {
            **self._common(target),
            **(self._of_subplan(target) if is_subplan else self._of_execution(target)),
        }
        template = "subplan.md.j2" if is_subplan else "execution_task.md.j2"
        text = render(template, facts, self._overrides, _FUNCTIONS).rstrip("\n") + "\n"
        return text, unfilled(text)

    def _common(self, target: Target) -> dict[str, str]:
        title = one_line(self._loaded.standing.titles.get(target.id, ""))
        return {
            "plan": self._loaded.plan.name,
            "id": target.id,
            "title": or_fill(title, "title"),
            "created": self._today.isoformat(),
        }

    def _said(self, id_: str) -> Mapping[Part, str]:
        achievement = self._achievements.get(id_)
        return achievement.parts if achievement else {}

    def _of_subplan(self, target: Target) -> dict[str, Any]:
        standing, parts = self._loaded.standing, self._parts.get(target.id, ())
        effort = _effort(standing.hours.get(target.id))
        return {
            **_parts(self._said(target.id), (*Part,)),
            "effort": effort,
            "dependencies": ", ".join(standing.dependencies.get(target.id, ())) or "None",
            "executions": [self._row(target.id, parts, place) for place in range(len(parts))]
            or [self._only_row(target.id, effort)],
        }

    def _row(self, id_: str, parts: Sequence[Work], place: int) -> dict[str, str]:
        part, number = parts[place], part_number(parts, place)
        return {
            "number": f"{file_number(id_)}_{number:02d}",
            "file": execution_name(self._loaded.plan.name, id_, number),
            "title": _named(part),
            "effort": _effort(part.hours),
            "dependencies": ", ".join(part.dependencies),
        }

    def _only_row(self, id_: str, effort: str) -> dict[str, str]:
        return {
            "number": f"{file_number(id_)}_01",
            "file": execution_name(self._loaded.plan.name, id_, 1),
            "title": "the whole achievement",
            "effort": effort,
            "dependencies": "",
        }

    def _of_execution(self, target: Target) -> dict[str, Any]:
        loaded = self._loaded
        path = subplan_of(loaded, target.id)
        told = read_subplan(path).parts if path else {}
        said = {**self._said(target.id), **{part: text for part, text in told.items() if text.strip()}}
        part = next((one for one in self._parts.get(target.id, ()) if one.id == target.part), None)
        return {
            **_parts(told, (Part.OBJECTIVE, Part.APPROACH, Part.SUCCESS)),
            **_parts(said, (Part.DELIVERABLES, Part.TESTS)),
            "checks": said.get(Part.SUCCESS, ""),
            "subplan": path.name if path else subplan_name(loaded.plan.name, target.id),
            "task": f"{target.number:02d}",
            "part": one_line(_named(part)) if part else "",
            "part_dependencies": ", ".join(part.dependencies) if part else "",
            "effort": _effort((part.hours if part else None) or loaded.standing.hours.get(target.id)),
            "fix": _open_fix(loaded, target.id),
        }


def or_fill(text: str, hint: str) -> str:
    """Mark a place where nothing is known."""
    return text if text.strip() else f"{UNFILLED}: {hint}]"


def one_line(text: str) -> str:
    return " ".join(printable(text).split())


def cell(text: str) -> str:
    """Make text that stays in its cell of a table."""
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def below(text: str, level: int) -> str:
    """Fit text under a heading of this level: its headings are deeper, and each block in it ends."""
    source = Excerpt("", tuple(printable(text).strip("\n").split("\n")))
    items = scan(source)
    headings = [item for item in items if isinstance(item, Heading)]
    open_fences = [item for item in items if isinstance(item, Fence) and not item.closed]
    shift = max(0, level + 1 - min((item.level for item in headings), default=level + 1))
    lines = list(source.lines)
    for item in headings:
        marks = "#" * min(_DEEPEST, item.level + shift)
        lines[item.line - 1] = f"{marks} {item.text}"
    return "\n".join((*lines, *(_closing(source.lines[fence.line - 1]) for fence in open_fences)))


def checklist(text: str) -> str:
    """Turn the items of a list, or else the paragraphs of a text, into boxes to tick."""
    text = below(text, 2)
    lines = text.split("\n")
    if any(line.lstrip().startswith(("```", "~~~")) for line in lines):
        return f"- [ ] All of this holds:\n\n{text}"
    if any(_ITEM.match(line) for line in lines):
        return "\n".join(_ITEM.sub("- [ ] ", line, count=1) if line[:1].strip() else line for line in lines)
    paragraphs = (one_line(paragraph) for paragraph in re.split(r"\n[ \t]*\n", text))
    return "\n".join(f"- [ ] {paragraph}" for paragraph in paragraphs if paragraph)


_FUNCTIONS: Mapping[str, Callable[..., str]] = {
    "or_fill": or_fill,
    "below": below,
    "checklist": checklist,
    "cell": cell,
}


def _closing(opener: str) -> str:
    bare = opener.lstrip(" \t>-*+0123456789.)")
    return opener[: len(opener) - len(opener.lstrip())] + bare[: len(bare) - len(bare.lstrip(bare[:1]))]


def _named(part: Work) -> str:
    return " ".join(filter(None, (part.id, part.title)))


def _parts(said: Mapping[Part, str], wanted: Sequence[Part]) -> dict[str, str]:
    return {part.value: said.get(part, "") for part in wanted}


def _effort(hours: Hours | None) -> str:
    if hours is None:
        return ""
    span = f"{hours.low:g}" if hours.low == hours.high else f"{hours.low:g}-{hours.high:g}"
    return f"{span} hour{'' if span == '1' else 's'}"


def _open_fix(loaded: Loaded, id_: str) -> dict[str, str] | None:
    path = loaded.evidence.marked(Marker.FIX, id_)
    if path is None or loaded.evidence.marked(Marker.APPROVED, id_):
        return None
    try:
        fix = read_fix(path)
    except SourceError:
        return None
    return {
        "file": path.name,
        "summary": fix.summary,
        "issues": fix.issues,
        "next_steps": fix.next_steps,
    }

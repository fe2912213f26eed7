"""Takes steps, gates and files off the lists of a batch plan."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from batchexec.markdown import indent_of
from batchexec.sources.batch_plan import fields
from batchexec.sources.batch_plan.plan import Item
from batchexec.sources.prp import Action, paths
from batchexec.sources.prp.paths import Listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from batchexec.sources.batch_plan.fields import Below, Field

_BOLD_STEP = re.compile(r"\W{0,6}\*\*\s*Step\s+\d[\w.]{0,20}\s*[:.)–—-]?\s*(?:\*\*\s*[:.)–—-]?\s*)?")
_BOX = re.compile(r"\[[ xX]\][ \t]+")
_NOTHING = re.compile(r"(?:none|n/a|nothing|tbd|-)\W*(?:\(.*)?", re.IGNORECASE)
_LONGEST = 1000

Starts = dict[int, str]
"""The items of a list: which lines they begin on, and what stands there."""


def steps_of(found: Iterable[Field]) -> tuple[Item, ...]:
    """List the steps: those called `**Step 1**` or numbered ones if there are any, else all items."""
    return tuple(item for field in found for item in _items(field, _step_starts))


def gates_of(found: Iterable[Field]) -> tuple[Item, ...]:
    return tuple(item for field in found for item in _items(field, _all_starts))


def files_of(found: Iterable[Field]) -> tuple[list[Listed], list[tuple[str, int]]]:
    """Give the files, each once, and the paths that lead out of the repository with their lines."""
    files: dict[str, Listed] = {}
    outside = []
    for field in found:
        usual = _usual_action(field.label)
        for listed, line in _listed(field):
            path = paths.normal(listed.path)
            if path is None:
                outside.append((listed.path, line))
                continue
            action = listed.action or usual
            if path not in files or action is Action.CREATE:
                files[path] = Listed(path, action)
    return list(files.values()), outside


def _usual_action(label: str) -> Action:
    actions = {"creat": Action.CREATE, "delet": Action.DELETE, "affect": Action.UNSAID}
    return next((action for word, action in actions.items() if word in label), Action.MODIFY)


def _listed(field: Field) -> Iterator[tuple[Listed, int]]:
    yield from ((listed, field.line) for listed in paths.comma_text(field.value))
    for line in field.below:
        if not line.is_code and (listed := paths.item(line.text)):
            yield listed, line.number


def _items(field: Field, starts_of: Callable[[Sequence[Below]], Starts]) -> Iterator[Item]:
    lines = field.below
    starts = starts_of(lines)
    if not starts:
        yield from _whole(field)
        return
    places = list(starts)
    for place, end in zip(places, [*places[1:], len(lines)], strict=True):
        yield Item(starts[place], _body(lines[place + 1 : end]))


def _whole(field: Field) -> Iterator[Item]:
    """Take what is no list as one item."""
    lines = field.below
    text = field.value
    if not text:
        first = next((place for place, line in enumerate(lines) if line.text.strip()), len(lines))
        if first < len(lines) and not lines[first].is_code:
            text = lines[first].text.strip()
            lines = lines[first + 1 :]
    body = _body(lines)
    if body or (text and not _NOTHING.fullmatch(text)):
        yield Item(_BOX.sub("", text, count=1) if text.startswith("[") else text, body)


def _step_starts(lines: Sequence[Below]) -> Starts:
    bold = {
        place: _balanced(line.text[found.end() :].strip())
        for place, line in enumerate(lines)
        if not line.is_code and "**" in line.text and (found := _BOLD_STEP.match(line.text[:_LONGEST]))
    }
    if bold:
        return bold
    starts = _all_starts(lines)
    numbered = {place: text for place, text in starts.items() if fields.is_numbered(lines[place].text)}
    return numbered or starts


def _balanced(text: str) -> str:
    """Drop the end of the emphasis that began with the label: `**Step 1: Wrap it** at once`."""
    return text.replace("**", "", 1) if text.count("**") % 2 else text


def _all_starts(lines: Sequence[Below]) -> Starts:
    items = [
        (place, line) for place, line in enumerate(lines) if not line.is_code and fields.is_item(line.text)
    ]
    top = indent_of(items[0][1].text) if items else 0
    starts = {}
    for place, line in items:
        text = fields.without_marker(line.text).strip()
        if indent_of(line.text) <= top and text:
            starts[place] = _BOX.sub("", text, count=1) if _BOX.match(text) else text
    return starts


def _body(lines: Sequence[Below]) -> str:
    text = textwrap.dedent("\n".join(line.text.expandtabs(4).rstrip() for line in lines))
    return text.strip("\n")

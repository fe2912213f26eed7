"""Reads what stands below the heading of a gate: its commands, and what is said of how they end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.markdown import Fence
from batchexec.sources.prp import labels
from batchexec.sources.prp.document import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchexec.sources.prp.document import Event
    from batchexec.sources.prp.labels import Label

_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console"})
_RUN = ("command", "run", "test", "validation", "verify", "verification", "check")
_INLINE = re.compile(rf"commands?|(?:{'|'.join(_RUN)})(?: commands?)?")
_SHOWN = ("expected", "output", "on failure", "failure", "rollback", "troubleshooting", "example")
_CRITERIA = frozenset({"success criteria", "criteria", "pass criteria", "requirements"})
_EXPECTED = frozenset({"expected", "expected output"})
_EXIT = frozenset({"exit code", "exit status"})
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,4}[.)])\s+(?P<box>\[[ xX]\]\s+)?")
_PROMPT = re.compile(r"^([ \t]*)\$ ", re.MULTILINE)


@dataclass(slots=True)
class Expected:
    """What stands at `Expected`: the rest of its line, the lines below it, or a block."""

    text: str = ""
    below: list[str] = field(default_factory=list)
    fence: str | None = None


@dataclass(slots=True)
class Body:
    scripts: list[str] = field(default_factory=list)
    setup: list[str] = field(default_factory=list)
    cleanup: list[str] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    exit_code: str = ""
    on_failure: list[str] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    prose: bool = False


def read_body(events: Iterable[Event]) -> Body:
    reader = _Reader()
    for event in events:
        reader.take(event)
    return reader.body


def boxed_command(text: str) -> str:
    """Give the command of a check box: a code span, or one of two or more words after `:` or `Run`."""
    text = text.strip()
    if (whole := labels.leading_span(text)) and not whole[1].strip("."):
        return whole[0]
    found = labels.trailing_span(text.rstrip("."))
    if found is None:
        return ""
    before, span = found[0].rstrip("* "), found[1]
    is_command = before.endswith(":") or before.split()[-1:] == ["Run"]
    return span if is_command and len(span.split()) > 1 else ""


class _Reader:
    def __init__(self) -> None:
        self.body = Body()
        self.label: Label | None = None
        self.expected: Expected | None = None
        self.is_fresh = False
        self.is_after_list = False
        self.is_after_blank = False

    def take(self, event: Event) -> None:
        if isinstance(event, Line):
            self._line(event)
        elif isinstance(event, Fence):
            self._fence(event)
        else:
            self._leave()
        self.is_after_blank = isinstance(event, Line) and not event.text.strip()

    def _leave(self) -> None:
        self.label = self.expected = None
        self.is_fresh = self.is_after_list = False

    def _line(self, line: Line) -> None:
        text = line.text.strip()
        if text in {"", "---"}:
            if self.label and self.label.value and not self._is_only_shown():
                self._leave()
            return
        item = _ITEM.match(line.text)
        label = labels.parse_label(line.text, line.number)
        if label and not (item and (item["box"] or _is_wording(label))):
            self._label(label)
            return
        ends_list = self.is_after_list and self.is_after_blank and not item and line.text[0] not in " \t"
        if ends_list and not self._is_only_shown():
            self._leave()
        self._text(line.text[item.end() :].strip() if item else text, boxed=bool(item and item["box"]))
        self.is_after_list |= bool(item)
        self.is_fresh = False

    def _label(self, label: Label) -> None:
        self._leave()
        self.label, self.is_fresh = label, True
        body, name, value = self.body, label.name, label.value
        if name in _EXPECTED:
            self.expected = Expected(value)
            body.expected.append(self.expected)
        elif name in _EXIT:
            body.exit_code = body.exit_code or value
        elif name == "on failure":
            body.on_failure += [value] if value else []
        elif name in _CRITERIA:
            body.criteria += [value] if value else []
        elif value and _INLINE.fullmatch(name):
            self._inline(name, value)
        elif value:
            body.prose = True

    def _inline(self, name: str, value: str) -> None:
        span = labels.leading_span(value)
        is_command = span and (name.endswith(("command", "commands", "run")) or len(span[0].split()) > 1)
        if span and is_command:
            self.body.scripts.append(span[0])
        else:
            self.body.prose = True

    def _text(self, text: str, *, boxed: bool) -> None:
        name = self.label.name if self.label else ""
        if self.expected is not None:
            self.expected.below.append(text)
        elif name == "on failure":
            self.body.on_failure.append(text)
        elif boxed:
            self.body.boxes.append(text)
        elif name in _CRITERIA:
            self.body.criteria.append(text)
        elif not self._is_only_shown():
            self.body.prose = True

    def _is_only_shown(self) -> bool:
        return self.label is not None and self.label.name.startswith(_SHOWN)

    def _fence(self, fence: Fence) -> None:
        name = self.label.name if self.label else ""
        if self.expected is not None:
            self.expected.fence = fence.text if self.expected.fence is None else self.expected.fence
            self._leave()
            return
        is_labelled = self.is_fresh and name.startswith((*_RUN, "setup", "cleanup"))
        if fence.language in _SHELLS or (not fence.language and is_labelled):
            self._script(name, _commands(fence))
        self.is_fresh = False
        # A label is that of one block, or of a list with blocks in it.
        if name.startswith(("expected", "output")) or not (self.is_after_list or self._is_only_shown()):
            self._leave()

    def _script(self, name: str, script: str) -> None:
        if name.startswith("setup"):
            self.body.setup.append(script)
        elif name.startswith("cleanup"):
            self.body.cleanup.append(script)
        elif not name or name.startswith(_RUN):
            self.body.scripts.append(script)


def _is_wording(label: Label) -> bool:
    """Say whether the bold start of a list item is only its wording: `- **Fast**: under 1 s`."""
    return (
        not label.name.startswith((*_RUN, *_SHOWN, "setup", "cleanup"))
        and label.name not in _CRITERIA | _EXIT
    )


def _commands(fence: Fence) -> str:
    """Give the commands of a block without their prompts, and without what a console printed."""
    lines = fence.lines
    if fence.language == "console" and any(line.lstrip().startswith("$ ") for line in lines):
        lines = tuple(_typed(lines))
    text = "".join(f"{line}\n" for line in lines)
    return _PROMPT.sub(r"\1", text)


def _typed(lines: Iterable[str]) -> Iterable[str]:
    goes_on = False
    for line in lines:
        goes_on = goes_on or line.lstrip().startswith("$ ")
        if goes_on:
            yield line
        goes_on = goes_on and line.endswith("\\")

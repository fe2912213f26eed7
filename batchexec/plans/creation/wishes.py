"""Takes what somebody wants changed apart into the sections of a FIX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.markdown import Excerpt
from batchexec.plans.creation.content import below
from batchexec.sources.plan.document import Document, metadata, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.sources.plan.document import Section

_UNDER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted, each part fit to stand under its heading."""

    summary: str
    issues: str = ""
    next_steps: str = ""


def wish(text: str) -> Wish:
    """
    Read what somebody wrote: a text, or a document with sections of a FIX.

    Only these go into the next prompt, so what else such a document says belongs to its summary.
    """
    document = Document(Excerpt("", tuple(text.replace("\r\n", "\n").split("\n"))))
    summary, issues, steps = map(document.first_section, ("Summary", "Issues Found", "Next Steps"))
    if not (summary or issues or steps):
        return Wish(summary=below(text.replace("\r\n", "\n"), _UNDER))
    elsewhere = {*_head(document), *([summary.line] if summary else ())}
    elsewhere.update(n for one in (issues, steps) if one for n in range(one.line, one.end))
    rest = [line for n, line in enumerate(document.lines, 1) if n not in elsewhere]
    return Wish(
        summary=below(trimmed(rest), _UNDER),
        issues=_body(document, issues),
        next_steps=_body(document, steps),
    )


def _body(document: Document, section: Section | None) -> str:
    return below(document.text(section.line + 1, section.end), _UNDER) if section else ""


def _head(document: Document) -> Iterator[int]:
    """Find the lines that our own header stands for: the title, and `**Key**: value`."""
    has_title = False
    for n, line in document.visible(1, document.sections[0].line):
        if metadata(line):
            yield n
        elif line[:2] == "# " and not has_title:
            has_title = True
            yield n

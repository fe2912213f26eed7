"""Makes a gate of each block of commands in the sections of a document that say how it is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.markdown import Fence
from batchexec.sources.prp import labels
from batchexec.sources.prp.document import Line, Section, parse_document
from batchexec.sources.prp.gate_body import read_body
from batchexec.sources.prp.gate_places import Place
from batchexec.sources.prp.gates import gate_at

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from batchexec.markdown import Excerpt
    from batchexec.model import Gate
    from batchexec.sources.prp.document import Document, Event

_LONGEST_TITLE = 80
_STAYS = ("expected", "output", "cleanup")


def section_gates(source: Excerpt, names: re.Pattern[str], roots: Sequence[str] = ()) -> tuple[Gate, ...]:
    """
    List the gates of all sections whose folded heading is one of these, numbered as they stand.

    A block of commands is one, with the setup before it, and what is expected of it, behind it.
    """
    document = parse_document(source)
    gates: list[Gate] = []
    end = 0
    for section in document.sections:
        if section.line < end or not names.fullmatch(section.name):
            continue
        end = section.end
        for place in _places(document, section):
            gates.append(gate_at(document, place, len(gates) + 1, roots))
    return tuple(gates)


def _places(document: Document, section: Section) -> Iterator[Place]:
    for piece in _pieces(document.walk(section.line + 1, section.end)):
        body = read_body(piece)
        if body.scripts:
            first = body.scripts[0].strip().partition("\n")[0]
            title = _title(piece) or first
            yield Place(title[:_LONGEST_TITLE], _line(piece[0]), section.end, body)


def _pieces(events: Iterator[Event]) -> Iterator[list[Event]]:
    """Cut at what leads to the next block of commands, once there was one."""
    piece: list[Event] = []
    lead: list[Event] = []
    has_script = False
    for event in events:
        if not isinstance(event, Fence):
            lead.append(event)
            continue
        name = _label(lead)
        begins = not name.startswith(_STAYS) and bool(read_body([*lead, event]).scripts or name == "setup")
        if begins and has_script:
            cut = _cut(lead)
            yield [*piece, *lead[:cut]]
            piece, lead, has_script = [], lead[cut:], False
        piece += [*lead, event]
        has_script |= begins and name != "setup"
        lead = []
    yield [*piece, *lead]


def _cut(lead: Sequence[Event]) -> int:
    """Find where the words for the next block begin: at its heading, else at the label right before it."""
    for place, event in enumerate(lead):
        if isinstance(event, Section):
            return place
    told = [place for place, event in enumerate(lead) if isinstance(event, Line) and event.text.strip()]
    return told[-1] if told else 0


def _label(lead: Sequence[Event]) -> str:
    """Name the label right before a block."""
    for event in reversed(lead):
        if isinstance(event, Section):
            return ""
        if isinstance(event, Line) and event.text.strip():
            found = labels.parse_label(event.text, event.number)
            return found.name if found else ""
    return ""


def _title(piece: Sequence[Event]) -> str:
    return next((event.text for event in piece if isinstance(event, Section)), "")


def _line(event: Event) -> int:
    return event.number if isinstance(event, Line) else event.line

"""Makes gates of the places where they stand, and says of each whether it can be run."""

from __future__ import annotations

import re
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from batchexec.gates.expectations import expectation_of
from batchexec.model import Expectation, Gate, Kind
from batchexec.sources.prp import gate_places
from batchexec.sources.prp.gate_body import boxed_command
from batchexec.sources.prp.runnable import NO_COMMAND, reason_against

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from batchexec.sources.prp.document import Document
    from batchexec.sources.prp.gate_body import Body
    from batchexec.sources.prp.gate_places import Place
    from batchexec.sources.prp.phases import Stretch

_LEVEL = re.compile(r"\W*(?:\d+(?:\.\d+)*[.)]?\s+)?(?:Level\s+|L)(?P<level>[1-4])\b", re.IGNORECASE)
_WORDS = (
    (re.compile(r"\b(?:syntax|style|lint|linting|formatting)\b", re.IGNORECASE), 1),
    (re.compile(r"\bunit\b", re.IGNORECASE), 2),
    (re.compile(r"\bintegration\b", re.IGNORECASE), 3),
    (re.compile(r"\bacceptance\b", re.IGNORECASE), 4),
)


def read_gates(document: Document, phases: Sequence[Stretch], roots: Sequence[str] = ()) -> list[Gate]:
    """List the gates as they stand; `roots` are directories whose absolute paths mean the repository."""
    headed = gate_places.headed(document)
    places = [*headed, *gate_places.listed(document, phases, headed)]
    gates = _made(document, places, roots)
    if all(gate.manual for gate in gates):
        tests = gate_places.test_commands(document)
        more = [place for place in tests if not gate_at(document, place, 0, roots).manual]
        gates = _made(document, [*places, *more], roots) if more else gates
    return gates


def with_syntax(gate: Gate, fault: Callable[[str], str]) -> Gate:
    """
    Hold a gate's commands to bash itself, which costs a process: only what is run or linted is.

    `fault` says what bash has against a script, or nothing.
    """
    if gate.manual:
        return gate
    found = next(filter(None, map(fault, (*gate.setup, *gate.scripts, *gate.cleanup))), "")
    return replace(gate, manual=f"not bash: {found}") if found else gate


def level_of(title: str) -> int:
    """Say on which level a gate checks: 1 style, 2 unit tests, 3 integration, 4 acceptance."""
    if found := _LEVEL.match(title):
        return int(found["level"])
    return next((level for words, level in _WORDS if words.search(title)), 2)


def _made(document: Document, places: Sequence[Place], roots: Sequence[str]) -> list[Gate]:
    in_order = sorted(places, key=attrgetter("line"))
    return [gate_at(document, place, number, roots) for number, place in enumerate(in_order, 1)]


def gate_at(document: Document, place: Place, number: int, roots: Sequence[str]) -> Gate:
    """Make the gate of a place, and say whether it can be run."""
    body = place.body
    judged = _Judged(roots)
    scripts = judged.real(body.scripts)
    boxes = {text: "" if scripts else boxed_command(text) for text in body.boxes}
    scripts = scripts or judged.real(filter(None, boxes.values()))
    setup, cleanup = judged.real(body.setup), judged.real(body.cleanup)
    says_level = place.level is not None and not _LEVEL.match(place.title)
    return Gate(
        number=number,
        title=place.title,
        location=document.at(place.line),
        level=place.level if says_level and place.level else level_of(place.title),
        scripts=scripts,
        setup=setup,
        cleanup=cleanup,
        expectation=_expectation(body),
        on_failure="\n".join(body.on_failure),
        criteria=(*body.criteria, *(text for text, command in boxes.items() if not command)),
        manual=judged.reason if scripts else "prose" if body.prose else NO_COMMAND,
    )


class _Judged:
    """Judges scripts one after the other; `reason` is the first there is against one of them."""

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = roots
        self.reason = ""

    def real(self, scripts: Iterable[str]) -> tuple[str, ...]:
        """Give those that hold a command, and not only comments."""
        found = [(script, reason_against(script, self.roots)) for script in scripts]
        kept = [(script, reason) for script, reason in found if reason != NO_COMMAND]
        self.reason = self.reason or next((reason for _, reason in kept if reason), "")
        return tuple(script for script, _ in kept)


def _expectation(body: Body) -> Expectation:
    """
    Choose between all that a gate says it expects.

    A list of sentences is for people, and so is more than one `Expected` in a
    gate with several scripts: nobody says which belongs to which.
    """
    lists = ["\n".join([each.text, *each.below]).strip() for each in body.expected if len(each.below) > 1]
    if len(body.expected) > 1 and len(body.scripts) > 1:
        texts = ["\n".join([each.text, *each.below, each.fence or ""]).strip() for each in body.expected]
        return Expectation(kind=Kind.PROSE, text="\n".join(texts))
    said = [
        ("expected", " ".join([each.text, *each.below]), each.fence)
        for each in body.expected
        if len(each.below) < 2
    ]
    if body.exit_code:
        said.append(("exit code", body.exit_code, None))
    found = expectation_of(said, "".join(body.scripts))
    return Expectation(kind=Kind.PROSE, text=lists[0]) if lists and found.kind is Kind.NOTHING else found

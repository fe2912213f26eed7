"""Makes a PRP of the text of its file."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from batchexec.errors import Problem, Severity
from batchexec.markdown import Excerpt
from batchexec.sources.prp import names
from batchexec.sources.prp.dependencies import parse_dependencies
from batchexec.sources.prp.document import parse_document
from batchexec.sources.prp.effort import parse_effort
from batchexec.sources.prp.files import read_files
from batchexec.sources.prp.gate_places import is_gate
from batchexec.sources.prp.gates import read_gates
from batchexec.sources.prp.header import read_header
from batchexec.sources.prp.phases import find_phases, is_no_work
from batchexec.sources.prp.prp import Phase, Prp
from batchexec.sources.prp.steps import read_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchexec.model import Gate
    from batchexec.sources.prp.document import Document
    from batchexec.sources.prp.effort import Hours
    from batchexec.sources.prp.header import Header
    from batchexec.sources.prp.labels import Label
    from batchexec.sources.prp.phases import Stretch

_NUMBER = re.compile(r"\d{1,9}")


def parse_prp(text: str, path: str, *, file: str = "", roots: Sequence[str] = ()) -> Prp:
    """
    Read a PRP; whatever is wrong with it is among its problems.

    The name in `path` decides the id. `file` is the path as people would open
    it here. Absolute paths below `roots` mean the repository.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    return read_prp(Excerpt(file or path, tuple(lines)), path, roots)


def read_prp(source: Excerpt, path: str, roots: Sequence[str] = ()) -> Prp:
    """Read a PRP from the lines of its file. Raises ValueError if the file is not named like one."""
    name = names.parse_file_name(posixpath.basename(path))
    if name is None:
        raise ValueError(f"{path} is not the name of a PRP")
    header = read_header(source)
    document = parse_document(source, header.span)
    if not header.values:
        header.take(_above_sections(document))
    stretches, problems = find_phases(document)
    gates = read_gates(document, stretches, roots)
    phases = _phases(document, stretches, gates)
    files = read_files(document, header, stretches, [step for phase in phases for step in phase.steps])
    depends = parse_dependencies(
        header.values.get("dependencies"), source.file, _lines(header, "dependencies")
    )
    prp = Prp(
        **_of_id(name.id),
        title=header.text("feature_name", "name", "title") or _heading(document),
        path=path,
        location=source.at(1),
        text=source.text,
        header=header.values,
        status=header.text("status"),
        stage_hint=_first_number(header.text("stage", "phase")),
        order=_first_number(header.text("order")),
        execution_order=_first_number(header.text("execution_order")),
        merge_order=_first_number(header.text("merge_order")),
        dependencies=depends.edges,
        requirements=depends.requirements,
        effort=_effort(header, document),
        complexity=header.text("complexity").lower(),
        files=tuple(files.found.values()),
        phases=tuple(phases),
        gates=tuple(gates),
        branch_name=header.text("branch_name", "branch"),
        worktree_path=header.text("worktree_path"),
        conflict_potential=header.text("conflict_potential"),
    )
    missing = tuple(_missing(prp))
    found = [*header.problems, *_id_problems(prp), *depends.problems, *document.problems, *problems]
    found += files.ignored.values()
    return replace(prp, missing=missing, problems=(*found, *_told(prp, missing)))


class _OfId(TypedDict):
    id: str
    batch: int | None
    stage_of_id: int | None
    number: int | None


def _of_id(prp_id: str) -> _OfId:
    parts: Sequence[int | None] = names.parts_of(prp_id)
    batch, stage, number = parts if len(parts) == 3 else (None, None, None)
    return {"id": prp_id, "batch": batch, "stage_of_id": stage, "number": number}


def _above_sections(document: Document) -> Iterator[Label]:
    first = next((section.line for section in document.sections if section.level > 1), document.source.end)
    return (label for label in document.labels if label.line < first)


def _heading(document: Document) -> str:
    return next((section.text for section in document.sections if section.level == 1), "")


def _lines(header: Header, key: str) -> list[int]:
    """Give the lines of a list's items, or the one of a value."""
    lines = header.lines.get(key, [1])
    return lines[1:] or lines


def _first_number(text: str) -> int | None:
    found = _NUMBER.search(text)
    return int(found[0]) if found else None


def _effort(header: Header, document: Document) -> Hours | None:
    said = header.text("estimated_hours", "effort_hours")
    in_body = (label.value for label in document.labels if label.name == "effort")
    return next(filter(None, map(parse_effort, (said, *in_body))), None)


def _phases(document: Document, stretches: Sequence[Stretch], gates: Sequence[Gate]) -> list[Phase]:
    passed_over = {
        line
        for section in document.sections
        if is_no_work(section) or is_gate(section)
        for line in range(section.line, section.end)
    }
    phases: list[Phase] = []
    count = 0
    for stretch in stretches:
        steps = read_steps(document, stretch, count, passed_over)
        count += len(steps)
        own = tuple(gate.number for gate in gates if stretch.line <= gate.location.line < stretch.end)
        phases.append(Phase(stretch.number, stretch.title, tuple(steps), document.at(stretch.line), own))
    return phases


def _id_problems(prp: Prp) -> Iterator[Problem]:
    said = prp.header.get("prp_id")
    if not isinstance(said, str) or names.canonical(said) == prp.id:
        return
    other = names.canonical(said)
    message = f"the header calls this {said}, and the file's name {prp.id}"
    if other and prp.batch is not None and len(names.parts_of(other)) == 3:
        yield Problem(prp.location, message, "give both the same id", code="two-ids")
    else:
        yield Problem(prp.location, message, "the name counts", Severity.WARNING, "other-id")


def _missing(prp: Prp) -> Iterator[str]:
    """Name what a PRP had better say, and this one does not."""
    has = {
        "id": "prp_id" in prp.header,
        "title": prp.title,
        "status": prp.status,
        "dependencies": "dependencies" in prp.header,
        "effort": prp.effort,
        "file list": prp.files,
        "step": prp.steps,
        "runnable gate": any(not gate.manual for gate in prp.gates),
    }
    return (what for what, there in has.items() if not there)


def _told(prp: Prp, missing: Sequence[str]) -> Iterator[Problem]:
    if missing:
        message = f"{prp.id} says nothing of: {', '.join(missing)}"
        yield Problem(prp.location, message, "it runs all the same", Severity.WARNING, "incomplete")

"""Says everything there is to say against PRPs before anybody runs them."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SelectionError, Severity
from batchexec.gates import syntax_error
from batchexec.model import Location
from batchexec.sources.files import shown
from batchexec.sources.prp import parse_file_name, read_batches, with_syntax
from batchexec.sources.prp.staging import stage_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from batchexec.model import Gate
    from batchexec.sources.prp import Batches, Prp

ROOTS = (Path("PRPs"),)
"""Where PRPs are looked for unless somebody says otherwise."""

_DIGITS = re.compile(r"(\d+)")


@dataclass(slots=True)
class Findings:
    """How many PRPs were looked at, and what was found, in the order of files and lines."""

    prps: int = 0
    problems: list[Problem] = field(default_factory=list)

    def count(self, severity: Severity) -> int:
        return sum(problem.severity is severity for problem in self.problems)


def lint_prps(paths: Sequence[Path], root: Path) -> Findings:
    """
    Check the PRPs at these paths, and the batches they belong to.

    What stands beside them is read, too, as they may depend on it; of that
    only the errors of these batches are told. Raises SelectionError where a path leads to nothing.
    """
    check_paths(paths)
    found = read_batches([_around(path) for path in paths], root)
    told = _Told(paths)
    prps = [prp for prp in _all(found) if told.holds(prp.location)]
    numbers = {prp.batch for prp in prps if prp.batch is not None}
    problems = [*found.problems]
    for batch in found.batches.values():
        problems += stage_batch(batch).problems
    kept = [problem for problem in problems if told.holds(problem.location) or _stops(problem, numbers)]
    kept += _unread(paths)
    fault = bash_fault(root)
    kept += (problem for prp in prps for problem in _against_gates(prp, fault))
    return Findings(len(prps), sorted(kept, key=_key))


def check_paths(paths: Iterable[Path]) -> None:
    """Raise SelectionError with every path that leads to nothing."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        hint = "name files of PRPs, or directories that hold some"
        raise SelectionError(*(Problem(None, f"there is no '{path}'", hint) for path in missing))


def repository_root(path: Path) -> Path:
    """Name the directory that absolute paths of gates are held against: the repository's, else this one."""
    start = Path(os.path.abspath(path))  # noqa: PTH100  # Path.absolute() keeps `..`
    return next((one for one in (start, *start.parents) if os.path.lexists(one / ".git")), Path.cwd())


def bash_fault(root: Path) -> Callable[[str], str]:
    """Give what asks bash about a script, and about the same one only once."""
    return lru_cache(maxsize=None)(lambda script: syntax_error(script, root))


class _Told:
    """The paths somebody asked about."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = [os.path.abspath(path) for path in paths]  # noqa: PTH100  # as above

    def holds(self, location: Location | None) -> bool:
        if location is None:
            return True
        file = os.path.abspath(location.file)  # noqa: PTH100  # as above
        return any(file == path or file.startswith(f"{path.rstrip('/')}/") for path in self.paths)


def _around(path: Path) -> Path:
    """Name the directory whose PRPs one at this path may depend on: they move between those below it."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100  # as above
    inside = next((one for one in (whole, *whole.parents) if one.name == ROOTS[0].name), None)
    return inside or (whole if whole.is_dir() else whole.parent)


def _all(found: Batches) -> Iterator[Prp]:
    for batch in found.batches.values():
        yield from batch.prps.values()
    yield from found.others


def _stops(problem: Problem, numbers: Collection[int]) -> bool:
    """Say whether a problem keeps one of these batches from being run."""
    if problem.severity is not Severity.ERROR or problem.location is None:
        return False
    name = parse_file_name(Path(problem.location.file).name)
    return name is not None and name.batch in numbers


def _unread(paths: Iterable[Path]) -> Iterator[Problem]:
    """Yield which of the files somebody named are no PRPs."""
    for path in paths:
        if path.is_dir():
            continue
        name = parse_file_name(path.name)
        where = Location(shown(path), 1)
        if name is None:
            message = "this is not named like a PRP, and is not read"
            yield Problem(where, message, "call it `PRP-<id>-<slug>.md`", Severity.WARNING, "no-prp")
        elif name.is_companion:
            message = "this goes with a PRP and is none itself, and is not read"
            yield Problem(where, message, "", Severity.NOTICE, "companion")


def _against_gates(prp: Prp, fault: Callable[[str], str]) -> Iterator[Problem]:
    """Yield which gates have commands that are not run; those with the same reason are told together."""
    manual: dict[str, list[Gate]] = defaultdict(list)
    for gate in prp.gates:
        checked = with_syntax(gate, fault)
        if checked.manual and not gate.manual:
            message = f"gate {gate.number} is left to a person: {checked.manual}"
            yield Problem(gate.location, message, "mend its commands", Severity.WARNING, "not-bash")
        elif gate.manual and gate.scripts:
            manual[gate.manual].append(gate)
    for reason, gates in manual.items():
        numbers = ", ".join(str(gate.number) for gate in gates)
        what = (
            f"gates {numbers} have commands and are" if gates[1:] else f"gate {numbers} has commands and is"
        )
        message = f"{what} left to a person: {reason}"
        yield Problem(gates[0].location, message, "", Severity.NOTICE, "manual-gate")


def _key(problem: Problem) -> tuple[list[tuple[int, str]], int, str, str]:
    file, line = (problem.location.file, problem.location.line) if problem.location else ("", 0)
    return _natural(file), line, problem.code, problem.message


def _natural(file: str) -> list[tuple[int, str]]:
    """Sort PRP-12.2.1 before PRP-12.10.1."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(file)]

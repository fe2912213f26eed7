"""Collects who said what: defaults, batchexec.yaml, the environment and options, the later ones winning."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchexec.errors import Problem
from batchexec.model import Location
from batchexec.settings.schema import (
    PREFIX,
    broken_rule,
    complaint,
    converted,
    keys,
    long_name,
    nearest,
    schema,
    schema_text,
    typed,
    variable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.strict_yaml import Document, Place

FILE = "batchexec.yaml"

_OTHERS_VARIABLES = frozenset({"BATCHEXEC_FAILPOINT"})
_MEMO = Path(".batchexec", "settings.valid")


@dataclass(frozen=True, slots=True)
class Given:
    """A value as somebody gave it, who, where the paths in it start, and the document it stands in."""

    value: Any  # of the type its key has in the schema
    origin: str
    base: Path
    document: Document | None = None

    def path(self) -> Path:
        return Path(self.base, self.value)

    def problem(self, place: Place, message: str, hint: str = "") -> Problem:
        """Complain about the value, or about what stands at a place in it."""
        if self.document is None:
            return Problem(None, f"{self.origin}: {message}", hint)
        where = ".".join(map(str, place))
        return Problem(self.document.location(place), f"{where}: {message}", hint)


class Gathering:
    """The values collected so far and what is wrong with those that were left out."""

    def __init__(self, home: Path, cwd: Path, *, remembers: bool = True) -> None:
        """`remembers` may note that a file was found to be right, to spare the next call the work."""
        self.home = home
        self._remembers = remembers
        self.cwd = cwd
        self.given: dict[str, Given] = {}
        self.problems: list[Problem] = []
        self.unread: set[str] = set()

    def defaults(self) -> None:
        for key, spec in keys().items():
            self.given[key] = Given(spec.get("default"), "default", self.home)

    def file(self) -> None:
        path = self.home / FILE
        if not path.exists() and not path.is_symlink():
            return
        shown = _shown(path, self.cwd)
        data = self._bytes(path, shown)
        if data is None:
            return
        # Lazy for speed: batches without a file need no YAML.
        from batchexec.strict_yaml import parse  # noqa: PLC0415  # loads PyYAML

        self._take_document(parse(data, shown), data)

    def _take_document(self, document: Document, data: bytes) -> None:
        value = typed(document, schema())
        lines = {_line(problem) for problem in document.problems}
        found = self._violations(value, document, data)
        self.problems += sorted(
            (*document.problems, *(problem for _, problem in found if _line(problem) not in lines)), key=_line
        )
        if not isinstance(value, dict):
            self.unread = set(keys()) if self.problems else set()
            return
        self.unread = {str(place[0]) for place, _ in found if place}
        for key in keys().keys() & value.keys() - self.unread:
            where = document.location((key,))
            self.given[key] = Given(value[key], str(where), self.home, document)

    def _violations(self, value: object, document: Document, data: bytes) -> list[tuple[Place, Problem]]:
        """Find what the schema has against a file, unless these very bytes are known to be right."""
        digest = hashlib.sha256(data + b"\0" + schema_text().encode()).hexdigest()
        if value is None or _remembered(self.home) == digest:
            return []
        # Lazy for speed: these bytes are new, which is rare.
        from batchexec.settings.violations import violations  # noqa: PLC0415

        found = violations(value, document)
        if not found and not document.problems and self._remembers:
            _remember(self.home, digest)
        return found

    def _bytes(self, path: Path, shown: str) -> bytes | None:
        if not path.is_file():
            self.problems.append(Problem(Location(shown, 1), "this is not a file"))
            return None
        try:
            return path.read_bytes()
        except OSError as error:
            self.problems.append(Problem(Location(shown, 1), f"the file cannot be read: {error.strerror}"))
            return None

    def environment(self, environ: Mapping[str, str]) -> None:
        known = {variable(key): key for key, spec in keys().items() if spec["type"] != "object"}
        for name in sorted(environ):
            if not name.startswith(PREFIX) or name in _OTHERS_VARIABLES or not environ[name]:
                continue
            if name in known:
                self._take(known[name], environ[name], name)
            else:
                self.problems.append(_unknown_variable(name, known))

    def options(self, options: Mapping[str, object]) -> None:
        for key in keys():
            if options.get(key) is not None:
                self._take(key, options[key], "-n" if key == "slots" else f"--{long_name(key)}")

    def _take(self, key: str, said: object, origin: str) -> None:
        spec = keys()[key]
        given = Given(converted(said, spec), origin, self.cwd)
        rule = broken_rule(given.value, spec)
        if rule:
            self.problems.append(given.problem((key,), *complaint(rule, given.value, spec)))
        else:
            self.given[key] = given


def _shown(path: Path, cwd: Path) -> str:
    return str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)


def _line(problem: Problem) -> int:
    return problem.location.line if problem.location else 0


def _unknown_variable(name: str, known: Mapping[str, str]) -> Problem:
    described = next((key for key in keys() if variable(key) == name), None)
    if described:
        return Problem(None, f"{name}: {described} can only be described in {FILE}")
    return Problem(None, f"{name}: there is no such setting", nearest(name, known))


def _remembered(home: Path) -> str | None:
    try:
        return (home / _MEMO).read_text(encoding="ascii")
    except (OSError, ValueError):
        return None


def _remember(home: Path, digest: str) -> None:
    """Spare the next call the validation; only where there is a batch, and only if it can be done."""
    memo = home / _MEMO
    if not memo.parent.is_dir():
        return
    try:
        memo.write_text(digest, encoding="ascii")
    except OSError:
        return

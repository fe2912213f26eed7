"""Finds and reads a parallel.json."""

from __future__ import annotations

import stat
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from batchexec.errors import Severity
from batchexec.parallel.checking import check, in_order
from batchexec.parallel.dialects import normalise
from batchexec.parallel.parallel import Checked, Finding
from batchexec.parallel.scanning import NotJsonError, scan
from batchexec.parallel.shape import shape
from batchexec.parallel.source import Source, pointer_of
from batchexec.sources.files import shown
from batchexec.sources.plan import PARALLEL_FILES
from batchexec.sources.plan.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def find_parallel(directory: Path) -> Path | None:
    return next(iter(_there(directory)), None)


def passed_over(directory: Path) -> tuple[Path, ...]:
    """Name the files that do not count because another one does."""
    return tuple(_there(directory)[1:])


def _there(directory: Path) -> list[Path]:
    return [path for name in PARALLEL_FILES if (path := directory / name).is_file()]


def read_parallel(path: Path) -> Checked:
    """Read a file and everything there is to say about it; a name it lacks comes from the PLAN beside it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return _unread(path, f"Cannot read {shown(path)}: it is no file")
        data = path.read_bytes()
    except FileNotFoundError:
        return _unread(path, f"File not found: {shown(path)}")
    except (OSError, ValueError) as error:
        return _unread(path, f"Cannot read {shown(path)}: {getattr(error, 'strerror', None) or error}")
    return parse_parallel(data, path, _name_beside(path), passed_over=_others(path))


def _unread(path: Path, message: str) -> Checked:
    return Checked(
        path=path, findings=(Source(shown(path)).error("J01", "", message, "name a file that is there"),)
    )


def _name_beside(path: Path) -> str:
    place = place_of(path.absolute().parent)
    return place.name if place and place.file else ""


def _others(path: Path) -> tuple[str, ...]:
    there = [one.name for one in _there(path.parent)]
    return tuple(there[1:]) if there[:1] == [path.name] else ()


def parse_parallel(
    text: bytes, path: Path, name_if_missing: str = "", *, passed_over: Sequence[str] = ()
) -> Checked:
    """Check the content of a file, or an answer that is to become one; never raises, whatever it is given."""
    text = text.removeprefix(BOM_UTF8)
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        good = text[: error.start].decode()
        return _broken(Source(shown(path), good + "\ufffd"), path, "the text is not UTF-8", len(good))
    try:
        scanned = scan(decoded)
    except NotJsonError as error:
        return _broken(Source(shown(path), decoded), path, error.reason, error.offset)
    source = Source(shown(path), decoded, scanned)
    normal = normalise(scanned.value, source, name_if_missing)
    said = [*normal.findings, *shape(normal, source), *_twice(source), *_passed_over(source, passed_over)]
    if not isinstance(normal.value, dict):
        return Checked(path=path, findings=in_order(said), value=scanned.value, normalised=normal.value)
    return check(normal, path, source, said)


def _broken(source: Source, path: Path, reason: str, offset: int) -> Checked:
    line, column = source.position(offset)
    finding = Finding(
        code="J02",
        severity=Severity.ERROR,
        pointer="",
        message=f"Invalid JSON: {reason} (line {line}, column {column})",
        file=source.file,
        line=line,
        column=column,
        hint="mend the text there",
    )
    return Checked(path=path, findings=(finding,))


def _twice(source: Source) -> Iterator[Finding]:
    for keys in source.scanned.twice:
        message = f"key '{keys[-1]}' listed twice, the last one counts"
        yield source.warning("W23", pointer_of(keys), message, "leave one of them out")


def _passed_over(source: Source, names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        message = f"{name} is passed over, a file of another name counts"
        yield source.warning("W23", "", message, f"keep only {PARALLEL_FILES[0]}")

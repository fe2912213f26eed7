"""Says which files around a plan count for which achievement, by their names and headers."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Problem, Severity
from batchexec.model import Location
from batchexec.sources.files import shown
from batchexec.sources.plan import ids
from batchexec.sources.plan.heads import read_head
from batchexec.sources.plan.listing import entries, is_file
from batchexec.sources.plan.names import FileName, Kind, names_plan, parse_name
from batchexec.sources.plan.places import WORK_SPACE
from batchexec.sources.plan.plan import Evidence, Marker, Sheet

if TYPE_CHECKING:
    from collections.abc import Collection

    from batchexec.sources.plan.plan import Plan

_SUBPLANS, _EXECUTION, _FEEDBACKS = "subplans", "execution", "execution/feedbacks"
_FOLDERS = (_SUBPLANS, _EXECUTION, _FEEDBACKS)
_PLAN_KEYS = ("PLAN", "Plan", "Mother Plan")


def read_evidence(plan: Plan, workspace: Path, known: Collection[str] | None = None) -> Evidence:
    """
    Gather the files of a plan; of each its name and header are read.

    `known` are the ids that plain digits may stand for where they are not those of the PLAN.
    """
    directory = workspace / WORK_SPACE if plan.flat else plan.directory
    return _Gathering(plan, directory, plan.ids if known is None else known).evidence()


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    name: FileName

    @property
    def base(self) -> str:
        return self.path.rpartition("/")[2]


class _Gathering:
    def __init__(self, plan: Plan, directory: Path, known: Collection[str]) -> None:
        self.plan = plan
        self.directory = directory
        self.known = frozenset(known)
        self.by_digits = ids.by_digits(known)
        self.sheets: dict[Kind, dict[str, list[Sheet]]] = {kind: defaultdict(list) for kind in Kind}
        self.markers: dict[Marker, dict[str, Path]] = {marker: {} for marker in Marker}
        self.problems: list[Problem] = []

    def evidence(self) -> Evidence:
        self._look_beside_the_plan()
        for folder in _FOLDERS:
            for path in self._files(f"{self.directory}/{folder}"):
                if file := self._ours(path, folder):
                    self._count(file)
        return Evidence(
            subplans=_arranged(self.sheets[Kind.SUBPLAN]),
            executions=_arranged(self.sheets[Kind.EXECUTION]),
            markers=self.markers,
            problems=tuple(self.problems),
        )

    def _look_beside_the_plan(self) -> None:
        for path in self._files(str(self.directory)):
            name = parse_name(path.rpartition("/")[2])
            if name and self._is_of_plan(path, name) and not name.archived:
                self._misplaced(path, name)

    def _ours(self, path: str, folder: str) -> _File | None:
        """Say whether a file is one of this plan and lies where it counts."""
        base = path.rpartition("/")[2]
        name = parse_name(base)
        if name is None:
            self._unknown(path, base)
            return None
        if not self._is_of_plan(path, name):
            return None
        if name.archived:
            self._notice(path, f"{base} is archived and counts for nothing", "archived")
            return None
        if folder != _folder_of(name):
            self._misplaced(path, name)
            return None
        return _File(path, name)

    def _misplaced(self, path: str, name: FileName) -> None:
        message = f"{path.rpartition('/')[2]} counts for nothing here"
        self._warn(path, message, f"move it to {_folder_of(name)}/", "misplaced")

    def _files(self, directory: str) -> list[str]:
        try:
            return [entry.path for entry in entries(directory) if is_file(entry)]
        except FileNotFoundError:
            return []
        except OSError as error:
            message = f"{directory.rpartition('/')[2]}/ cannot be read: {os.strerror(error.errno or 0)}"
            hint = "make it a directory you may read, as what is in it decides the status"
            self._report(directory, message, hint, "unreadable", Severity.ERROR)
            return []

    def _unknown(self, path: str, base: str) -> None:
        # Directories that plans share are full of what belongs to others.
        if base.endswith(".md") and (not self.plan.flat or names_plan(base, self.plan.name)):
            message = f"{base} has no name of a SUBPLAN, an EXECUTION_TASK or a marker and counts for nothing"
            self._notice(path, message, "other-name")

    def _is_of_plan(self, path: str, name: FileName) -> bool:
        if name.kind is not Kind.MARKER:
            if name.plan != self.plan.name and not self.plan.flat:
                base = path.rpartition("/")[2]
                message = f"{base} is a file of the plan {name.plan} and counts for nothing here"
                self._warn(path, message, f"move it there, or call it after {self.plan.name}", "other-plan")
            return name.plan == self.plan.name
        if not self.plan.flat:
            return True
        header = read_head(path).header
        if names_plan(header.text, self.plan.name):
            return True
        if not header.first(*_PLAN_KEYS):
            message = f"{path.rpartition('/')[2]} names no plan, and plans share this directory"
            self._warn(path, message, "add a line `**PLAN**: NAME` before the first ##", "no-plan")
        return False

    def _count(self, file: _File) -> None:
        id_ = self._numbered_id(file) if file.name.marker else self._sheet_id(file)
        if not id_:
            return
        if self.known and id_ not in self.known:
            self._orphan(file)
        if file.name.marker:
            self.markers[file.name.marker].setdefault(id_, Path(file.path))
        else:
            self.sheets[file.name.kind][id_].append(Sheet(Path(file.path), id_, file.name.execution))

    def _sheet_id(self, file: _File) -> str:
        """Take the id from the header; the number in the name is a hint that may disagree."""
        head = read_head(file.path)
        if head.trouble:
            message = f"the header of {file.base} cannot be read: {head.trouble}"
            self._warn(file.path, message, "its name alone counts", "unreadable")
        header = head.header
        if not header.id:
            return self._numbered_id(file)
        if hint := ids.valid_id(header.written_id):
            message = f"{header.written_id} is no id of an achievement"
            self._report(file.path, message, hint, "id", Severity.ERROR)
        if not _agrees(file.name.num, header.id):
            message = (
                f"{file.base} says in its header that it is of {header.id}, by its name it is of"
                f" {self._named(file.name.num)}"
            )
            self._warn(file.path, message, "the header counts", "number")
        return header.id

    def _named(self, num: str) -> str:
        if "-" in num:
            return ids.only_reading(num)
        return " or ".join(self.by_digits.get(num, ())) or ids.only_reading(num) or num

    def _numbered_id(self, file: _File) -> str:
        num = file.name.num
        meant = (ids.only_reading(num),) if "-" in num else self.by_digits.get(num, ())
        if len(meant) == 1:
            return meant[0]
        if not meant:
            self._orphan(file)
            return ""
        said = read_head(file.path).header.heading_id
        if said in meant:
            return said
        either = " or ".join(sorted(meant, key=ids.id_key))
        hint = f"call it {' or '.join(ids.file_number(one) for one in sorted(meant, key=ids.id_key))}"
        self._warn(file.path, f"ambiguous file number {num}: {either}", hint, "ambiguous-number")
        return ""

    def _orphan(self, file: _File) -> None:
        message = f"{file.base} is of no achievement of {self.plan.name}"
        self._warn(file.path, message, "name it after one that is listed", "orphan")

    def _warn(self, path: str, message: str, hint: str, code: str) -> None:
        self._report(path, message, hint, code, Severity.WARNING)

    def _notice(self, path: str, message: str, code: str) -> None:
        self._report(path, message, "", code, Severity.NOTICE)

    def _report(self, path: str, message: str, hint: str, code: str, severity: Severity) -> None:
        where = Location(shown(Path(path)), 1)
        self.problems.append(Problem(where, message, hint, severity, code))


def _folder_of(name: FileName) -> str:
    if name.kind is Kind.SUBPLAN:
        return _SUBPLANS
    is_feedback = name.marker and name.marker is not Marker.SKIPPED
    return _FEEDBACKS if is_feedback else _EXECUTION


def _agrees(num: str, id_: str) -> bool:
    return ids.only_reading(num) == id_ if "-" in num else num == ids.digits(id_)


def _arranged(found: dict[str, list[Sheet]]) -> dict[str, tuple[Sheet, ...]]:
    return {id_: tuple(sorted(sheets, key=_number)) for id_, sheets in found.items()}


def _number(sheet: Sheet) -> tuple[int, str]:
    return sheet.number, sheet.file.name

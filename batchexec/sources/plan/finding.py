"""Finds the plan somebody means by a word on the command line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.errors import Problem, SelectionError
from batchexec.sources.files import shown
from batchexec.sources.plan import names
from batchexec.sources.plan.heads import read_head
from batchexec.sources.plan.places import WORK_SPACE, Place, place_of, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PLAN_KEYS = ("PLAN", "Plan", "Mother Plan")


@dataclass(frozen=True, slots=True)
class Found:
    """The PLAN somebody means; None where only the directory of a dependency graph is there."""

    plan_file: Path | None
    directory: Path


def find_plan(word: str, workspace: Path) -> Found:
    """
    Find the plan that a word means: `@PART-OF-NAME`, `@FILE.md`, or a path.

    Raises SelectionError with the plans there are, or the ones that match.
    """
    if not word.strip():
        raise SelectionError(Problem(None, "no plan is named", "write @ and a part of its name"))
    if not word.startswith("@"):
        return _by_path(word, workspace)
    name = word[1:].strip()
    if not name:
        raise SelectionError(Problem(None, "@ alone names no plan", "write a part of its name after it"))
    if name.endswith((".md", ".json")):
        return _of_file(find_file(word, workspace), workspace)
    return _found(_named(name, workspace))


def find_file(word: str, workspace: Path) -> Path:
    """Find the one file below `work-space/` that `@NAME` or `@PATH/NAME` means."""
    wanted = word.removeprefix("@").removeprefix(f"{WORK_SPACE}/").removeprefix("./")
    matches = sorted({os.path.realpath(path) for path in _walked(workspace) if _ends_with(path, wanted)})
    if not matches:
        raise _nothing(f"no file below {WORK_SPACE}/ is called {wanted}", places(workspace))
    if len(matches) > 1:
        message = f"{word} means several files: {', '.join(_shown(path, workspace) for path in matches)}"
        raise SelectionError(Problem(None, message, "give the path of one of them"))
    return Path(matches[0])


def _by_path(word: str, workspace: Path) -> Found:
    path = Path(os.path.abspath(word))  # noqa: PTH100  # Path.absolute() keeps `..`
    # Not Path.is_dir(), which raises where a name is too long.
    if os.path.isdir(word):  # noqa: PTH112
        return _of_directory(path)
    if os.path.isfile(word):  # noqa: PTH113
        return _of_file(path, workspace)
    raise _nothing(f"{word} is no directory, PLAN or parallel file", places(workspace))


def _of_directory(directory: Path) -> Found:
    place = place_of(directory) or _alone(directory)
    return _found(place)


def _alone(directory: Path) -> Place:
    """Take the only PLAN of a directory that nothing else makes one of a plan."""
    found = sorted(path for path in directory.glob("PLAN_*.md") if path.is_file())
    return Place(directory.name, directory, found[0] if len(found) == 1 else None, tuple(found))


def _of_file(file: Path, workspace: Path) -> Found:
    if names.is_plan_file(file.name):
        return Found(file, file.parent)
    if file.suffix == ".json":
        place = place_of(file.parent)
        return Found(place.file if place else None, file.parent)
    around = (place_of(directory) for directory in file.parents if _is_inside(directory, workspace))
    place = next(filter(None, around), None) or _shared(file, workspace)
    if place is None:
        raise _nothing(f"{file.name} is no file of a plan", places(workspace))
    return _found(place)


def _shared(file: Path, workspace: Path) -> Place | None:
    """Find the plan of a file that lies where plans share their directories, by its name or its header."""
    name = names.parse_name(file.name)
    header = read_head(file).header
    said = name.plan if name and name.plan else names.plan_named_in(header.first(*_PLAN_KEYS))
    return next((place for place in places(workspace) if place.name == said), None)


def _is_inside(directory: Path, workspace: Path) -> bool:
    plans = os.path.realpath(workspace / WORK_SPACE / "plans") + os.sep
    return os.path.realpath(directory).startswith(plans)


def _named(name: str, workspace: Path) -> Place:
    there = places(workspace)
    folded = name.casefold()
    for matches in (
        [place for place in there if place.name == name],
        [place for place in there if place.name.casefold() == folded],
        [place for place in there if folded in place.name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise _several(name, matches, workspace)
    raise _nothing(f"no plan is called {name}", there)


def _found(place: Place) -> Found:
    if place.file:
        return Found(place.file, place.directory)
    if place.rivals:
        names_ = ", ".join(path.name for path in place.rivals)
        hint = f"rename one to PLAN_{place.name}.md, or give the path of the one that is meant"
        raise SelectionError(Problem(None, f"{shown(place.directory)} holds several PLANs: {names_}", hint))
    if any((place.directory / name).is_file() for name in names.PARALLEL_FILES):
        return Found(None, place.directory)
    raise SelectionError(Problem(None, f"No PLAN_*.md file found in {shown(place.directory)}"))


def _nothing(message: str, there: Iterable[Place]) -> SelectionError:
    listed = ", ".join(dict.fromkeys(place.name for place in there))
    hint = f"the plans are {listed}" if listed else f"there are no plans in {WORK_SPACE}/plans/"
    return SelectionError(Problem(None, message, hint))


def _several(name: str, matches: Sequence[Place], workspace: Path) -> SelectionError:
    listed = ", ".join(f"{one.name} ({_shown(one.file or one.directory, workspace)})" for one in matches)
    return SelectionError(
        Problem(None, f"@{name} means several plans: {listed}", "give more of the name, or the path")
    )


def _walked(workspace: Path) -> Iterator[str]:
    for directory, below, files in os.walk(workspace / WORK_SPACE):
        below[:] = [name for name in below if name[0] != "."]
        for name in files:
            yield f"{directory}/{name}"


def _ends_with(path: str, wanted: str) -> bool:
    return path.endswith(f"/{wanted}") and os.path.isfile(path)  # noqa: PTH113  # thousands of names


def _shown(path: str | Path, workspace: Path) -> str:
    return os.path.relpath(path, os.path.realpath(workspace))

"""What the values people gave stand for: directories, categories, executors, patterns."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from batchexec.categories import category_of
from batchexec.model import CATEGORIES
from batchexec.settings.gathering import FILE
from batchexec.settings.schema import keys, nearest, there_are

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from batchexec.settings.gathering import Gathering, Given
    from batchexec.settings.schema import Spec
    from batchexec.strict_yaml import Place

_NEEDS_NOTHING = frozenset({"apply"})


class Meaning:
    """Reads what was gathered, and adds what is wrong with it to the problems there."""

    def __init__(self, gathering: Gathering, *, makes_root: bool) -> None:
        self._given = gathering.given
        self._problems = gathering.problems
        self._unread = gathering.unread
        self._home = gathering.home
        self._makes_root = makes_root

    def place(self, key: str, *usual: str) -> Path | None:
        given = self._given[key]
        if given.value is not None:
            return given.path()
        root = self._given["repo_root"].path()
        return next((root / place for place in usual if (root / place).exists()), None)

    def repo_root(self) -> Path:
        root = self._given["repo_root"].path()
        return root if self._makes_root and not root.exists() else self._directory("repo_root")

    def templates(self) -> Path | None:
        if self._given["templates"].value is not None:
            return self._directory("templates")
        usual = self._home / "templates"
        return usual if usual.is_dir() else None

    def _directory(self, key: str) -> Path:
        given = self._given[key]
        path = given.path()
        if not path.is_dir():
            what = "is not a directory" if path.exists() else "does not exist"
            self._refuse(given, (key,), f"the directory '{given.value}' {what}")
        return path

    def categories(self, key: str) -> tuple[str, ...]:
        given = self._given[key]
        names = _names(given.value)
        if not names and given.value != []:
            self._refuse(given, (key,), "this names no category", there_are(CATEGORIES))
        found = (self._category(given, (key,), name) for name in names)
        return tuple(dict.fromkeys(category for category in found if category))

    def _category(self, given: Given, place: Place, name: str) -> str | None:
        category = category_of(name)
        if category is None:
            self._refuse(given, place, f"there is no category '{name}'", nearest(name, CATEGORIES))
        return category

    def words(self, key: str) -> tuple[str, ...]:
        """Split text at its commas, unless a comma may be part of what is said."""
        value = self._given[key].value
        if keys()[key].get("x-whole"):
            return (value,) if isinstance(value, str) else tuple(value)
        return tuple(dict.fromkeys(_names(value)))

    def paths(self, key: str, start: str) -> tuple[Path, ...]:
        """Place directories: where the value was given, and the usual ones at that of another key."""
        given = self._given[key]
        base = self._given[start].path() if given.origin == "default" else given.base
        return tuple(base / name for name in _names(given.value))

    def path_map(self, key: str, start: str) -> dict[str, Path]:
        given = self._given[key]
        for name in given.value:
            if not name.startswith("/"):
                self._refuse(given, (key, name), f"'{name}' is no absolute path")
        return {name.rstrip("/"): self._given[start].path() / path for name, path in given.value.items()}

    def inside(self, key: str) -> str:
        """Give a path that stays below `repo_root`, without what means nothing in it."""
        given = self._given[key]
        path: str = posixpath.normpath(given.value)
        if path.startswith(("/", "..")) or path == ".":
            hint = "it is relative to repo_root, and stays below it"
            self._refuse(given, (key,), f"'{given.value}' is outside of the repository", hint)
        return path

    def globs(self, key: str) -> tuple[str, ...]:
        given = self._given[key]
        found = _names(given.value) if isinstance(given.value, str) else given.value
        for at, glob in enumerate(found):
            if glob.startswith("/") or ".." in glob.split("/"):
                hint = "a pattern is relative to repo_root, and stays below it"
                self._refuse(given, _item(given, key, at), f"'{glob}' is outside of the repository", hint)
        return tuple(found)

    def patterns(self, key: str) -> tuple[str, ...]:
        found = self.words(key)
        if found:
            # Lazy for speed: hardly any batch has patterns.
            from batchexec.redaction import problem_with  # noqa: PLC0415

            given = self._given[key]
            for at, pattern in enumerate(found):
                if problem := problem_with(pattern):
                    self._refuse(given, _item(given, key, at), *problem)
        return found

    def places(self, key: str) -> dict[str, str]:
        """Tell for each entry of a mapping where it stands, by `KEY.NAME`."""
        given = self._given[key]
        if given.document is None:
            return {}
        return {f"{key}.{name}": str(given.document.location((key, name))) for name in given.value}

    def executor(self) -> tuple[str, ...]:
        given = self._given["executor"]
        return self._executor_names(given, ("executor",), given.value)

    def executor_by_category(self) -> dict[str, tuple[str, ...]]:
        key = "executor_by_category"
        given = self._given[key]
        found: dict[str, tuple[str, ...]] = {}
        for name, value in given.value.items():
            names = self._executor_names(given, (key, name), value)
            category = self._category(given, (key, name), name)
            if category in found:
                self._refuse(given, (key, name), f"the category {category} is said twice")
            elif category is not None:
                found[category] = names
        return found

    def _executor_names(self, given: Given, place: Place, value: str | list[str]) -> tuple[str, ...]:
        names = _names(value)
        if not names:
            self._refuse(given, place, "this names no executor")
        return tuple(name for name in names if self._is_executor(given, place, name))

    def _is_executor(self, given: Given, place: Place, name: str) -> bool:
        known = sorted({*self._given["executors"].value, *_NEEDS_NOTHING})
        if name in known or "executors" in self._unread:
            return True
        if name in _executor_keys()["kind"]["enum"]:
            message = f"the executor '{name}' needs to be told more; describe it under executors in {FILE}"
            self._refuse(given, place, message)
        else:
            self._refuse(given, place, f"there is no executor '{name}'", nearest(name, known))
        return False

    def executors(self) -> dict[str, dict[str, Any]]:
        given = self._given["executors"]
        known = _executor_keys()
        return {
            name: {key: _placed(given.base, known[key], value) for key, value in entry.items()}
            for name, entry in given.value.items()
        }

    def _refuse(self, given: Given, place: Place, message: str, hint: str = "") -> None:
        self._problems.append(given.problem(place, message, hint))


def _executor_keys() -> Mapping[str, Spec]:
    found: Mapping[str, Spec] = keys()["executors"]["additionalProperties"]["properties"]
    return found


def _placed(base: Path, spec: Spec, value: Any) -> Any:
    """Let a path start at the file; a program is a path if it has a slash, and else looked for in PATH."""
    if not spec.get("x-program"):
        return str(base / value) if spec.get("x-path") else value
    if isinstance(value, list):
        return [_placed(base, spec, value[0]), *value[1:]]
    return str(base / value) if "/" in value else value


def _item(given: Given, key: str, at: int) -> Place:
    return (key, at) if isinstance(given.value, list) else (key,)


def _names(value: str | list[str]) -> list[str]:
    return list(_split([value] if isinstance(value, str) else value))


def _split(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from (name.strip() for name in text.split(",") if name.strip())

"""What a batch is told: defaults, batchexec.yaml, the environment and options, as one frozen value."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from batchexec.categories import category_of
from batchexec.errors import Problem, SettingsError
from batchexec.model import CATEGORIES, Location, Resolution
from batchexec.settings.schema import (
    PREFIX,
    Option,
    broken_rule,
    complaint,
    converted,
    keys,
    long_name,
    nearest,
    options,
    schema,
    schema_text,
    there_are,
    typed,
    variable,
    violations,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchexec.strict_yaml import Document, Place

__all__ = ["FILE", "IfExists", "Option", "Settings", "load", "options", "schema_text"]

FILE = "batchexec.yaml"

_OTHERS_VARIABLES = frozenset({"BATCHEXEC_FAILPOINT"})
_NEEDS_NOTHING = frozenset({"apply"})
_MEMO = Path(".batchexec", "settings.valid")

IfExists = Literal["skip", "overwrite", "fail"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Every setting of a batch; paths are absolute, those in `executors` too.

    `prompts_dir`, `tasks` and `templates` are None where nothing was said and
    nothing stands in the usual place. `origins` tells for each key who said
    it: `default`, `batchexec.yaml:7`, `BATCHEXEC_SLOTS` or `--max-failures`.
    """

    home: Path
    prompts_dir: Path | None
    tasks: Path | None
    repo_root: Path
    dry_run: bool
    checkpoint: bool
    resume: bool
    max_failures: int
    only_category: tuple[str, ...]
    skip_category: tuple[str, ...]
    if_exists: IfExists
    naming: Resolution
    verify_after_each: bool
    verify_at_end: bool
    run_commands: bool
    strict: bool
    slots: int
    executor: tuple[str, ...]
    executors: Mapping[str, Mapping[str, str]]
    templates: Path | None
    origins: Mapping[str, str]


def load(
    home: Path,
    options: Mapping[str, object] = {},
    environ: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
    *,
    makes_root: bool = False,
) -> Settings:
    """
    Read the settings of the batch in `home`: defaults < file < environment < options.

    An option that is None was not given. Text is converted to the type of its
    key. With `makes_root` the batch itself makes `repo_root` before it writes
    there, so that it need not exist yet. Raises SettingsError with everything that is wrong anywhere.
    """
    cwd = (cwd or Path.cwd()).absolute()
    home = cwd / home
    gathering = _Gathering(home, cwd, makes_root=makes_root)
    gathering.defaults()
    gathering.file()
    gathering.environment(environ)
    gathering.options(options)
    settings = gathering.settings()
    if gathering.problems:
        raise SettingsError(*gathering.problems)
    return settings


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as somebody gave it, who, and where the paths in it start."""

    value: Any  # of the type its key has in the schema
    origin: str
    base: Path
    location: Location | None = None

    def path(self) -> Path:
        return Path(self.base, self.value)

    def problem(self, key: str, message: str, hint: str = "") -> Problem:
        where = key if self.location else self.origin
        return Problem(self.location, f"{where}: {message}", hint)


class _Gathering:
    """The values collected so far and what is wrong with those that were left out."""

    def __init__(self, home: Path, cwd: Path, *, makes_root: bool) -> None:
        self.home = home
        self.cwd = cwd
        self.makes_root = makes_root
        self.given: dict[str, _Given] = {}
        self.problems: list[Problem] = []
        self.unread: set[str] = set()

    def defaults(self) -> None:
        for key, spec in keys().items():
            self.given[key] = _Given(spec.get("default"), "default", self.home)

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
            self.given[key] = _Given(value[key], str(where), self.home, where)

    def _violations(self, value: object, document: Document, data: bytes) -> list[tuple[Place, Problem]]:
        """Find what the schema has against a file, unless these very bytes are known to be right."""
        digest = hashlib.sha256(data + b"\0" + schema_text().encode()).hexdigest()
        if value is None or _remembered(self.home) == digest:
            return []
        found = violations(value, document)
        if not found and not document.problems:
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
        known = {variable(key): key for key in keys() if key != "executors"}
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
        given = _Given(converted(said, spec), origin, self.cwd)
        rule = broken_rule(given.value, spec)
        if rule:
            self.problems.append(given.problem(key, *complaint(rule, given.value, spec)))
        else:
            self.given[key] = given

    def settings(self) -> Settings:
        value = {key: given.value for key, given in self.given.items()}
        return Settings(
            home=self.home,
            prompts_dir=self._place("prompts_dir", ".spec/prompts/latest", ".spec/prompts"),
            tasks=self._place("tasks", "tasks.md"),
            repo_root=self._repo_root(),
            dry_run=value["dry_run"],
            checkpoint=value["checkpoint"],
            resume=value["resume"],
            max_failures=value["max_failures"],
            only_category=self._categories("only_category"),
            skip_category=self._categories("skip_category"),
            if_exists=value["if_exists"],
            naming=Resolution(value["naming"]),
            verify_after_each=value["verify_after_each"],
            verify_at_end=value["verify_at_end"],
            run_commands=value["run_commands"],
            strict=value["strict"],
            slots=value["slots"],
            executor=self._executor(),
            executors=self._executors(),
            templates=self._templates(),
            origins={key: given.origin for key, given in self.given.items()},
        )

    def _place(self, key: str, *usual: str) -> Path | None:
        given = self.given[key]
        if given.value is not None:
            return given.path()
        root = self.given["repo_root"].path()
        return next((root / place for place in usual if (root / place).exists()), None)

    def _repo_root(self) -> Path:
        root = self.given["repo_root"].path()
        return root if self.makes_root and not root.exists() else self._directory("repo_root")

    def _templates(self) -> Path | None:
        if self.given["templates"].value is not None:
            return self._directory("templates")
        usual = self.home / "templates"
        return usual if usual.is_dir() else None

    def _directory(self, key: str) -> Path:
        given = self.given[key]
        path = given.path()
        if not path.is_dir():
            what = "is not a directory" if path.exists() else "does not exist"
            self.problems.append(given.problem(key, f"the directory '{given.value}' {what}"))
        return path

    def _categories(self, key: str) -> tuple[str, ...]:
        given = self.given[key]
        found: dict[str, None] = {}
        names = _names(given.value)
        if not names and given.value != []:
            self.problems.append(given.problem(key, "this names no category", there_are(CATEGORIES)))
        for name in names:
            category = category_of(name)
            if category is None:
                hint = nearest(name, CATEGORIES)
                self.problems.append(given.problem(key, f"there is no category '{name}'", hint))
            else:
                found[category] = None
        return tuple(found)

    def _executors(self) -> dict[str, dict[str, str]]:
        given = self.given["executors"]
        known = keys()["executors"]["additionalProperties"]["properties"]
        return {
            name: {
                key: str(given.base / value) if known[key].get("x-path") else value
                for key, value in entry.items()
            }
            for name, entry in given.value.items()
        }

    def _executor(self) -> tuple[str, ...]:
        given = self.given["executor"]
        names = _names(given.value)
        if not names:
            self.problems.append(given.problem("executor", "this names no executor"))
        return tuple(name for name in names if self._is_executor(given, name))

    def _is_executor(self, given: _Given, name: str) -> bool:
        known = sorted({*self.given["executors"].value, *_NEEDS_NOTHING})
        if name in known or "executors" in self.unread:
            return True
        if name in keys()["executors"]["additionalProperties"]["properties"]["kind"]["enum"]:
            message = f"the executor '{name}' needs to be told more; describe it under executors in {FILE}"
            self.problems.append(given.problem("executor", message))
        else:
            self.problems.append(
                given.problem("executor", f"there is no executor '{name}'", nearest(name, known))
            )
        return False


def _shown(path: Path, cwd: Path) -> str:
    return str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)


def _line(problem: Problem) -> int:
    return problem.location.line if problem.location else 0


def _unknown_variable(name: str, known: Mapping[str, str]) -> Problem:
    if name == variable("executors"):
        return Problem(None, f"{name}: executors can only be described in {FILE}")
    return Problem(None, f"{name}: there is no such setting", nearest(name, known))


def _names(value: str | list[str]) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


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

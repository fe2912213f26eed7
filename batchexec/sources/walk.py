"""Walks through a section line by line and collects the parts of its task."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchexec.errors import Severity
from batchexec.markdown import Fence, Heading, Label, parse_label
from batchexec.model import Role
from batchexec.roles import role_of
from batchexec.sources import clues, naming
from batchexec.sources.blocks import Assignment
from batchexec.sources.dialects import LABELS, PAIR_LABELS, Dialect, dialect_of, fold_heading
from batchexec.sources.parts import Above, Parts

if TYPE_CHECKING:
    from batchexec.markdown import Item
    from batchexec.sources.sections import Section

_TEMPLATES = {"implementation template": Role.CODE, "implementation": Role.CODE, "test template": Role.TEST}
_SHOWN_ONLY = ("verification", "suggestion", "existing")
# `/etc/passwd` is no route: it has to be refused, not passed over.
_SYSTEM = frozenset(
    {
        "bin",
        "boot",
        "dev",
        "etc",
        "home",
        "lib",
        "mnt",
        "opt",
        "private",
        "proc",
        "root",
        "run",
        "sbin",
        "srv",
    }
    | {"sys", "tmp", "usr", "var", "Users", "Applications", "Library", ""}
)
_TEST_WORD = re.compile(r"\btest(?:s|ing)?\b")


def read_parts(section: Section) -> Parts:
    """Collect what a section says besides its prose, problems included."""
    walk = _Walk(section)
    for item in section.items:
        walk.take(item)
    walk.blocks.finish()
    naming.finish(walk.parts)
    return walk.parts


class _Walk:
    def __init__(self, section: Section) -> None:
        self.level = section.level
        self.dialect = dialect_of(section)
        self.parts = Parts(section)
        self.above = Above()
        self.blocks = Assignment(self.parts, self.above, self.dialect)

    def take(self, item: Item) -> None:
        if isinstance(item, Fence):
            self.blocks.take(item)
        elif isinstance(item, Label):
            headings = self.above.headings
            self._label(item.name, item.value, item.line, headings[-1][0] if headings else self.level)
        elif isinstance(item, Heading):
            self._heading(item)

    def _heading(self, heading: Heading) -> None:
        above = self.above
        text = fold_heading(heading.text)
        while above.headings and above.headings[-1][0] >= heading.level:
            above.headings.pop()
        above.headings.append((heading.level, text))
        above.region = next((name for _, name in above.headings if name.startswith(_SHOWN_ONLY)), "")
        above.template = None
        if above.pending and heading.level <= above.pending.level and self._ends_labels():
            above.pending = None
        has_value = ":" in heading.text
        label = parse_label(heading.text if has_value else f"{heading.text}:", LABELS)
        if (
            label
            and label[0] != "verification"
            and (has_value or label[0] not in {"file", "path", *PAIR_LABELS})
        ):
            self._label(*label, heading.line, heading.level)

    def _ends_labels(self) -> bool:
        """Say whether a heading ends what the label above it waits for."""
        # A report template has its blocks below headings of their own, beside the path's.
        return self.dialect not in {Dialect.REPORT, Dialect.SINGLE, Dialect.COMPACT}

    def _label(self, name: str, value: str, line: int, level: int) -> None:
        match name:
            case "file" | "path" | "code file" | "test file":
                self._file(name, value, line, level)
            case "depends on" | "dependencies":
                self._dependencies(value, line)
            case "implementation" | "implementation template" | "test template":
                self.above.template = _TEMPLATES[name]
            case "files to create":
                self._listed(value, line)
            case "expected path":
                naming.take_expected(self.parts, value, line)
            case "similar files found":
                naming.take_similar(self.parts, line)
            case "resolution":
                naming.take_resolution(self.parts, value, line)
            case "missing symbol":
                self.above.symbol = value.strip("` ") or None
            case _:
                self._only_shown(name, value, line)

    def _file(self, name: str, value: str, line: int, level: int) -> None:
        above = self.above
        above.pending = None
        if above.region == "verification:":
            above.region = ""
        path = clues.token(value)
        if path is None:
            self._warn_if_path(name, value, line)
        elif above.region.startswith("existing"):
            self.parts.context(path, line)
        elif name == "path" and self._is_no_file(path):
            self.parts.problem(
                line,
                f"{path} looks like a route or a directory and is read as text",
                "use `File:` for a file the task is to write",
                Severity.WARNING,
            )
        elif not above.region:
            role = Role(name.removesuffix(" file")) if name in PAIR_LABELS else self._role(path)
            above.pending = self.parts.target(path, line, role, label=name, level=level)

    def _is_no_file(self, path: str) -> bool:
        """Say whether free prose calls a route of a program, or a directory, a path."""
        if self.dialect is not Dialect.FREE or not path:
            return False
        first, _, rest = path[1:].partition("/")
        is_route = path[0] == "/" and "." not in rest and first not in _SYSTEM
        return is_route or (path[0] != "/" and path[-1] == "/")

    def _warn_if_path(self, name: str, value: str, line: int) -> None:
        path = clues.listed_path(value) or ""
        if clues.looks_like_path(path):
            self.parts.problem(
                line,
                f"`{name.capitalize()}:` says more than a path and is read as text",
                f"leave only `{path}` there if the task is to write it",
                Severity.WARNING,
            )

    def _role(self, path: str) -> Role:
        """Take the role from the headings that introduce the file, else from its path."""
        for _, text in reversed(self.above.headings):
            if not text.startswith(("file:", "path:")):
                if _TEST_WORD.search(text):
                    return Role.TEST
                if text.startswith("implementation file"):
                    return Role.CODE
        return role_of(path)

    def _dependencies(self, value: str, line: int) -> None:
        if value:
            self.parts.deps.append((value, line))
        else:
            below = self.parts.bullets(line) or self.parts.paragraph(line)
            self.parts.deps.extend((text, number) for number, text in below)

    def _listed(self, value: str, line: int) -> None:
        beside = [(line, text.strip()) for text in value.split(",")] if value else []
        for number, text in [*beside, *self.parts.bullets(line)]:
            path = clues.listed_path(text)
            if path is not None:
                self.parts.target(path, number, self._role(path), label="listed")

    def _only_shown(self, name: str, value: str, line: int) -> None:
        if name == "verification":
            self.above.region = "verification:"
            self.above.pending = None
        elif name.startswith("existing") and (path := clues.token(value)):
            self.parts.context(path, line)

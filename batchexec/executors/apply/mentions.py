"""Finds the lines that speak of a file, and would lead nowhere if it had another name."""

from __future__ import annotations

import re
from posixpath import basename, dirname, join, normpath, splitext
from typing import TYPE_CHECKING

from batchexec.symbols import language_of
from batchexec.workspace import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchexec.workspace import Workspace

_LARGEST = 1 << 20
_LONGEST_PATH = 300
_AROUND_PATHS = " \t\"'`()<>[]{}=:,;|*!#"
_IMPORTING = re.compile(r"\b(?:import|from|require|include|use|mod)\b")
_FROM = re.compile(r"\s*from\s+([\w.]+)\s+import\b")
_IMPORT_ROOTS = frozenset({"", "src", "lib"})
_IMPORTS_PATHS = frozenset({"javascript", "typescript", "tsx"})
_PACKAGE_FILES = frozenset({"__init__", "index", "mod"})


def mentions(workspace: Workspace, old: str, new: str) -> Iterator[tuple[str, int]]:
    """Yield file and line of whatever speaks of `old` and would have to speak of `new` instead."""
    file = (_Moved if basename(old) == basename(new) else _Renamed)(old, new)
    for other in files(workspace.root):
        if other == old or (workspace.root / other).stat().st_size > _LARGEST:
            continue
        text = (workspace.read(other) or b"").decode(errors="replace")
        if file.stem in text:
            yield from ((other, line) for line in file.lines(text, other))


class _Renamed:
    """A file whose name changes: each place counts that has the name, or imports something called so."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new
        self.stem = splitext(basename(old))[0]
        self._name = _word(basename(old))
        self._module = _word(self.stem)

    def lines(self, text: str, other: str) -> Iterator[int]:
        is_code = language_of(other) is not None
        for number, line in enumerate(text.split("\n"), 1):
            if self.stem in line and (self._names(line, other) or (is_code and self._imports(line, other))):
                yield number

    def _names(self, line: str, other: str) -> bool:
        return any(self.is_meant(line, found.end(), other) for found in self._name.finditer(line))

    def _imports(self, line: str, other: str) -> bool:
        if not _IMPORTING.search(line):
            return False
        line = line.replace("::", ".")
        return any(self.is_imported(line, found, other) for found in self._module.finditer(line))

    def is_meant(self, line: str, end: int, other: str) -> bool:  # noqa: ARG002  # the name alone says it
        return True

    def is_imported(self, line: str, found: re.Match[str], other: str) -> bool:  # noqa: ARG002  # as above
        return True


class _Moved(_Renamed):
    """A file that keeps its name: the path before it tells the old place from the new one."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__(old, new)
        self.modules = _module(old), _module(new)
        self.stem = basename(self.modules[0]) or self.stem
        self._module = _word(self.stem)

    def is_meant(self, line: str, end: int, other: str) -> bool:
        paths = sorted((self.old, self.new), key=len, reverse=True)
        # A path with blanks in it is known only as a whole.
        known = next((path for path in paths if line.endswith(path, 0, end)), basename(self.old))
        start = end - len(known)
        return _leads_to(_path_before(line, start) + known, other, self.old, self.new)

    def is_imported(self, line: str, found: re.Match[str], other: str) -> bool:
        if line.startswith(splitext(self.old)[1] or "\n", found.end()):
            return False  # as a path it is looked at already
        before = _path_before(line, found.start())
        package = _FROM.match(line) if not before and found.start() else None
        if package and found.start() > package.end():
            before = package[1] if package[1].endswith(".") else f"{package[1]}."
        return self._is_module(f"{before}{self.stem}", other)

    def _is_module(self, written: str, other: str) -> bool:
        old, new = self.modules
        if "/" in written:
            alias = not written.startswith(".") and _shares_end(written.split("/"), old, new)
            return alias or _leads_to(written, other, old, new)
        name = written.lstrip(".")
        if above := len(written) - len(name):
            return normpath(join(dirname(other), "../" * (above - 1), name.replace(".", "/"))) == old
        if "." not in name:
            # In JavaScript this is what the importing file calls it.
            is_name = language_of(other) in _IMPORTS_PATHS
            return not is_name and dirname(old) in {*_IMPORT_ROOTS, dirname(other)}
        return _shares_end(name.split("."), old, new)


def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(text)}(?![\w-])")


def _module(path: str) -> str:
    stem = splitext(path)[0]
    return dirname(stem) if basename(stem) in _PACKAGE_FILES else stem


def _path_before(line: str, end: int) -> str:
    """Give what a path has in front of a name that starts at `end`."""
    window = line[max(0, end - _LONGEST_PATH) : end]
    return window[max(map(window.rfind, _AROUND_PATHS)) + 1 :]


def _leads_to(written: str, other: str, old: str, new: str) -> bool:
    """Say whether a path, seen from the root or from the file it stands in, is the old one alone."""
    if written.startswith("//"):  # a URL, without what stands before its colon
        return written.endswith(f"/{old}") and not written.endswith(f"/{new}")
    meant = {normpath(written.lstrip("/")), normpath(join(dirname(other), written))}
    return old in meant and new not in meant


def _shares_end(parts: list[str], old: str, new: str) -> bool:
    """Say whether an import from some root ends like the old path, and does not name all of the new one."""
    ours, theirs = old.split("/"), new.split("/")
    return len(ours) > 1 and parts[-2:] == ours[-2:] and parts[-len(theirs) :] != theirs

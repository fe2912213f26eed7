"""Puts a Python fragment into a file: what is missing is added, every other line stays as it is."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchexec.executors.apply.lines import Edit, UnfitError, join, newline_of, split
from batchexec.executors.apply.python_imports import import_edits, is_import, is_import_block
from batchexec.symbols.python import (
    Definition,
    definitions,
    find,
    first_line,
    is_placeholder,
    is_stub,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_INDENTATION = re.compile(r"[ \t]*")
# Comments of the block's author to the reader of the block, not to the reader of the file.
_ASIDE = re.compile(
    r"[ \t]*#(?:[^\n]*(?:\.\.\.|…|existing|rest of|EVIDENCE_HOOK)|[ \t]*(?:In[ \t]+)?\S+\.\w+[ \t]*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Merged:
    """The file with the fragment in it, and the names it had already, in other words."""

    text: str
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """Statements of a fragment that go into a file together, and what they define."""

    names: tuple[str, ...]
    nodes: tuple[ast.stmt, ...]
    lines: list[str]
    indentation: str

    @property
    def simple(self) -> bool:
        return not isinstance(self.nodes[0], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where units go: a module, or a class of it."""

    body: Sequence[ast.stmt]
    end: int
    indentation: str
    blank: int

    def defined(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = {}
        for definition in definitions(self.body, fields=self.blank == 1):
            found.setdefault(definition.name, []).append(definition)
        return found


@dataclass
class _Merge:
    """One fragment on its way into one file."""

    lines: list[str]
    tree: ast.Module
    fragment: list[str]
    comment: str | None
    edits: list[Edit] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    def place(self, body: Sequence[ast.stmt], scope: _Scope) -> None:
        missing: list[_Unit] = []
        defined = scope.defined()
        for unit in _distinct(_units(body, self.fragment, fields=scope.blank == 1)):
            there = [d for name in unit.names for d in defined.get(name, ())]
            if not there:
                missing.append(unit)
            elif all(d.stub for d in there) and not all(map(is_stub, unit.nodes)):
                self.replace(unit, there)
            else:
                self.keep(unit, there)
        if missing:
            self.insert(missing, scope)

    def keep(self, unit: _Unit, there: Sequence[Definition]) -> None:
        """Leave what is defined alone; a class may gain the members it lacks."""
        ours, theirs = unit.nodes[0], there[-1].node
        if isinstance(ours, ast.ClassDef) and isinstance(theirs, ast.ClassDef) and len(unit.nodes) == 1:
            self.place(ours.body, self.scope_of(theirs))
        elif not {ast.dump(node) for node in unit.nodes} <= {ast.dump(d.node) for d in there}:
            self.differing += unit.names

    def replace(self, unit: _Unit, there: Sequence[Definition]) -> None:
        for stub in there[:-1]:
            self.edits.append(Edit(stub.first - 1, self.extent(stub.node) - stub.first + 1, []))
        stub = there[-1]
        indentation = _indentation(self.lines[stub.first - 1])
        text = [*self.remark(indentation), *_shifted(unit, indentation)]
        self.edits.append(Edit(stub.first - 1, self.extent(stub.node) - stub.first + 1, text))

    def insert(self, units: Sequence[_Unit], scope: _Scope) -> None:
        text: list[str] = []
        for at, unit in enumerate(units):
            close = unit.simple and (units[at - 1].simple if at else self.after_simple(scope))
            text += ["\n"] * (0 if close else scope.blank)
            text += self.remark(scope.indentation) if not at else []
            text += _shifted(unit, scope.indentation)
        if scope.end == 0 or not any(line.strip() for line in self.lines[: scope.end]):
            text = text[next(i for i, line in enumerate(text) if line.strip()) :]
        if scope.end < len(self.lines) and self.lines[scope.end].strip():
            text += ["\n"] * scope.blank
        self.edits.append(Edit(scope.end, 0, text))

    def after_simple(self, scope: _Scope) -> bool:
        above = [node for node in scope.body if (node.end_lineno or 0) <= scope.end]
        return bool(above) and isinstance(above[-1], ast.Assign | ast.AnnAssign)

    def remark(self, indentation: str) -> list[str]:
        """Return the hook comment the first time, to stand above what the fragment brings."""
        said, self.comment = self.comment, None
        return [f"{indentation}{said}\n"] if said else []

    def module_scope(self) -> _Scope:
        body = self.tree.body
        guard = next((at for at, node in enumerate(body) if _is_main_guard(node)), len(body))
        above = body[:guard]
        anchors = [node for node in above if any(definitions([node]))] or above
        if anchors:
            end = self.extent(anchors[-1])
        elif guard < len(body):
            end = first_line(body[guard]) - 1
        else:
            end = len(self.lines)
        return _Scope(body, end, "", 2)

    def scope_of(self, node: ast.ClassDef) -> _Scope:
        first = node.body[0]
        if first.lineno == node.lineno or self.lines[first_line(first) - 1][: first.col_offset].strip():
            raise UnfitError(f"the body of class {node.name} stands on the line of its name")
        return _Scope(node.body, self.extent(node), _indentation(self.lines[first_line(first) - 1]), 1)

    def extent(self, node: ast.stmt) -> int:
        """Count the lines to the end of a statement, what shares its last line and indented comments too."""
        end = node.end_lineno or node.lineno
        column = len(_indentation(self.lines[first_line(node) - 1]))
        for other in ast.walk(self.tree):
            if isinstance(other, ast.stmt) and other.lineno == end:
                end = max(end, other.end_lineno or 0)
        while end < len(self.lines) and _is_comment_deeper_than(self.lines[end], column):
            end += 1
        return end


def merge_python(current: str, fragment: str, symbol: str | None, comment: str | None) -> Merged:
    """
    Merge a fragment into a module.

    Really defined: nothing to do. A stub: replaced. Missing: inserted after
    the last definition, or for the symbol `A.b` at the end of class A. Imports
    the file lacks go below those it has. Raises UnfitError where this would
    not make sense, SyntaxError for a fragment that is none.
    """
    bom = "\ufeff" if current.startswith("\ufeff") else ""
    text = current.removeprefix(bom) if bom else current
    newline = newline_of(text)
    fragment = textwrap.dedent(fragment)
    piece = parse(fragment)
    _check(piece, fields="." in (symbol or ""))
    merge = _Merge(split(text), parse(text), split(fragment), comment)
    _place_all(merge, piece, symbol)
    if merge.edits or not any(_defining(piece.body)):
        merge.edits = [*import_edits(merge.lines, merge.tree, piece, merge.fragment), *merge.edits]
    result = _applied(merge.lines, merge.edits, newline)
    _prove(result, symbol)
    return Merged(bom + result, tuple(dict.fromkeys(merge.differing)))


def _check(piece: ast.Module, *, fields: bool) -> None:
    for node in piece.body:
        known = is_import(node) or any(definitions([node], fields=fields)) or _says_nothing(node)
        if not known:
            raise UnfitError(f"line {node.lineno} of the block is neither an import nor a definition")


def _place_all(merge: _Merge, piece: ast.Module, symbol: str | None) -> None:
    *classes, _ = (symbol or "").split(".")
    if not classes or any(isinstance(node, ast.ClassDef) and node.name == classes[0] for node in piece.body):
        merge.place(_defining(piece.body), merge.module_scope())
        return
    owner = ".".join(classes)
    found = [d.node for d in find(merge.tree, owner) if isinstance(d.node, ast.ClassDef)]
    if not found:
        raise UnfitError(f"it has no class {owner}")
    merge.place(piece.body, merge.scope_of(found[-1]))


def _prove(result: str, symbol: str | None) -> None:
    try:
        tree = parse(result)
    except SyntaxError as error:
        raise UnfitError(f"with the fragment in it, line {error.lineno} would not parse") from None
    if symbol is not None:
        found = find(tree, symbol)
        if not found or all(d.stub for d in found):
            raise UnfitError(f"the block does not define {symbol}")


def _applied(lines: list[str], edits: Iterable[Edit], newline: str) -> str:
    lines = list(lines)
    ordered = sorted(enumerate(edits), key=lambda pair: (pair[1].at, pair[0]), reverse=True)
    for _, edit in ordered:
        new = [line.removesuffix("\n") + newline for line in edit.lines]
        if new and edit.at and not lines[edit.at - 1].endswith(("\n", "\r")):
            lines[edit.at - 1] += newline
        lines[edit.at : edit.at + edit.drop] = new
    return join(lines)


def _units(body: Sequence[ast.stmt], lines: list[str], *, fields: bool) -> Iterator[_Unit]:
    """Group statements that define the same name or share a line."""
    groups: list[tuple[list[str], list[ast.stmt]]] = []
    for node in body:
        found = list(dict.fromkeys(d.name for d in definitions([node], fields=fields)))
        if not found:
            continue
        last = groups[-1] if groups else None
        if last and (set(found) & set(last[0]) or node.lineno <= (last[1][-1].end_lineno or 0)):
            last[0].extend(found)
            last[1].append(node)
        else:
            groups.append((found, [node]))
    for found, nodes in groups:
        first = first_line(nodes[0]) - 1
        own = _indentation(lines[first])
        while first and lines[first - 1].startswith(f"{own}#") and not _ASIDE.match(lines[first - 1]):
            first -= 1
        yield _Unit(tuple(dict.fromkeys(found)), tuple(nodes), lines[first : nodes[-1].end_lineno], own)


def _distinct(units: Iterable[_Unit]) -> Iterator[_Unit]:
    """Refuse a name that comes back further down: which of the two is meant is not said."""
    seen: set[str] = set()
    for unit in units:
        twice = seen.intersection(unit.names)
        if twice:
            raise UnfitError(f"the block defines {min(twice)} twice")
        seen.update(unit.names)
        yield unit


def _shifted(unit: _Unit, indentation: str) -> list[str]:
    """Return the lines of a unit at another indentation; the text of strings keeps its own."""
    if unit.indentation == indentation:
        return [_ended(line) for line in unit.lines]
    base = (unit.nodes[-1].end_lineno or 0) - len(unit.lines) + 1
    strings = {line - base for node in unit.nodes for line in _inside_strings(node)}
    return [
        _ended(_shift(line, unit.indentation, indentation, at in strings))
        for at, line in enumerate(unit.lines)
    ]


def _shift(line: str, old: str, new: str, fixed: bool) -> str:
    if fixed or not line.strip() or not line.startswith(old):
        return line
    return new + line.removeprefix(old)


def _inside_strings(node: ast.stmt) -> Iterator[int]:
    documentation = {id(part.value) for part in ast.walk(node) if isinstance(part, ast.Expr)}
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr) or (
            isinstance(part, ast.Constant)
            and isinstance(part.value, str | bytes)
            and id(part) not in documentation
        ):
            yield from range(part.lineno + 1, (part.end_lineno or part.lineno) + 1)


def _ended(line: str) -> str:
    return line.rstrip("\r\n") + "\n"


def _indentation(line: str) -> str:
    found = _INDENTATION.match(line)
    return found[0] if found else ""


def _is_comment_deeper_than(line: str, column: int) -> bool:
    return line.strip().startswith("#") and len(_indentation(line)) > column


def _defining(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    return [node for node in body if any(definitions([node])) and not is_import_block(node)]


def _says_nothing(node: ast.stmt) -> bool:
    return is_placeholder(node) or _is_main_guard(node)


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in {
        n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)
    }

"""Syntax trees that can be asked for many names."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from batchexec.symbols import python, trees
from batchexec.symbols.sighting import ABSENT, Sighted, Sighting
from batchexec.symbols.skeletons import is_hollow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

_LONGEST_STUB = 4000
_T = TypeVar("_T")

Path = tuple[str, ...]


class _Place(NamedTuple):
    line: int
    stub: bool
    overload: bool


class PythonView:
    """
    A module of Python; a name on its own is looked for at the top first, then in the classes.

    The tree itself is let go: thousands of them would keep the garbage
    collector busy.
    """

    def __init__(self, module: ast.Module) -> None:
        self._found: dict[Path, list[_Place]] = {}
        self._in_classes: dict[str, list[_Place]] = {}
        self._complete = python.complete_classes(module)
        todo: list[tuple[Path, ast.Module | ast.ClassDef]] = [((), module)]
        while todo:
            path, owner = todo.pop()
            # What a protocol asks for is said elsewhere.
            asked = isinstance(owner, ast.ClassDef) and python.is_protocol(owner)
            for definition in python.definitions(owner.body, fields=bool(path)):
                inside = (*path, definition.name)
                self._add(inside, self._place(definition.node, asked=asked))
                if isinstance(definition.node, ast.ClassDef):
                    todo.append((inside, definition.node))

    def look_up(self, parts: Sequence[str]) -> Sighted:
        found = self._found.get(tuple(parts), [])
        if not found and len(parts) == 1:
            found = self._in_classes.get(parts[0], [])
        # An overload is nothing but beside the function that it is an overload of.
        real = [place for place in found if not place.overload] or found
        return _judged(real, lambda place: place.stub, lambda place: place.line)

    def _place(self, node: ast.stmt, *, asked: bool) -> _Place:
        overload = python.is_overload(node)
        stub = overload or python.is_stub(node, self._complete)
        return _Place(node.lineno, stub and not asked, overload)

    def _add(self, path: Path, place: _Place) -> None:
        self._found.setdefault(path, []).append(place)
        if len(path) > 1:
            self._in_classes.setdefault(path[-1], []).append(place)


class TreeView:
    """A file that a grammar has read; `A.b` is any b that is somewhere inside A."""

    def __init__(self, root: Node, language: str | None) -> None:
        self._root = root
        self._language = language

    def look_up(self, parts: Sequence[str]) -> Sighted:
        *owners, name = parts
        found = self._inside(owners, name)
        if not found and not owners and name in self._exported:
            found = self._inside([], self._exported[name])
        # A signature is nothing but beside the function that it is of.
        real = [d for d in found if not d.signature] or found
        return _judged(real, self._is_stub, lambda d: d.line)

    def _inside(self, owners: Sequence[str], name: str) -> list[trees.TreeDefinition]:
        if owners:
            return [d for d in self._members.get((owners[-1], name), ()) if _is_inside(d.owner, owners)]
        found = self._definitions.get(name, ())
        return [d for d in found if not d.owner] or [d for d in found if d.own]

    @cached_property
    def _definitions(self) -> dict[str, list[trees.TreeDefinition]]:
        found: dict[str, list[trees.TreeDefinition]] = {}
        for definition in trees.definitions(self._root):
            found.setdefault(definition.name, []).append(definition)
        return found

    @cached_property
    def _members(self) -> dict[tuple[str, str], list[trees.TreeDefinition]]:
        """By each name that they are inside of, so that many members of one name are told apart at once."""
        found: dict[tuple[str, str], list[trees.TreeDefinition]] = {}
        for definition in (one for some in self._definitions.values() for one in some):
            for owner in set(definition.owner):
                found.setdefault((owner, definition.name), []).append(definition)
        return found

    @cached_property
    def _exported(self) -> dict[str, str]:
        return dict(trees.renamings(self._root))

    def _is_stub(self, definition: trees.TreeDefinition) -> bool:
        node = definition.node
        if node.end_byte - node.start_byte > _LONGEST_STUB:
            return False
        return is_hollow((node.text or b"").decode(errors="replace"), self._language)


def _is_inside(owner: Sequence[str], owners: Sequence[str]) -> bool:
    outer = iter(owner)
    return all(name in outer for name in owners)


def _judged(found: Sequence[_T], is_stub: Callable[[_T], bool], line: Callable[[_T], int]) -> Sighted:
    if not found:
        return ABSENT
    real = next((definition for definition in found if not is_stub(definition)), None)
    if real is None:
        return Sighted(Sighting.STUB, line(found[0]))
    return Sighted(Sighting.DEFINED, line(real))

"""What Python text defines, by its syntax tree, and which definitions only hold a place."""

from __future__ import annotations

import ast
import re
import sys
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef

# The filters are state of the whole process, and tasks run in threads.
_filters = threading.Lock()


def parse(text: str) -> ast.Module:
    """Parse Python; whatever is wrong with the text is a SyntaxError."""
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is the author's business, not a line on stderr
        try:
            return ast.parse(text)
        except SyntaxError:
            raise
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "nested too deeply", (None, 1, None, None)) from error


@dataclass(frozen=True, slots=True)
class Definition:
    """A statement that gives a name a meaning, and the name."""

    name: str
    node: ast.stmt
    complete: frozenset[str] = frozenset()

    @property
    def stub(self) -> bool:
        return is_stub(self.node, self.complete)

    @property
    def first(self) -> int:
        """The first line, decorators included."""
        return first_line(self.node)

    @property
    def last(self) -> int:
        return self.node.end_lineno or self.node.lineno


def first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def definitions(body: Sequence[ast.stmt], *, fields: bool = False) -> Iterator[Definition]:
    """
    Yield what a module or class body defines, also in its `if`, `try` and `with`.

    `fields`: an annotation without a value counts, as it does in a class.
    """
    # An `elif` is an `if` in an `else`: a long chain of them is too deep for recursion.
    todo = [*reversed(body)]
    while todo:
        node = todo.pop()
        for name in names(node, fields=fields):
            yield Definition(name, node)
        todo += [inner for branch in reversed([*_branches(node)]) for inner in reversed(branch)]


def names(node: ast.stmt, *, fields: bool = False) -> list[str]:
    """Name what a statement itself defines."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [name for target in node.targets for name in _targets(target)]
        case ast.AnnAssign() if fields or node.value:
            return list(_targets(node.target))
    alias = getattr(ast, "TypeAlias", None)  # new in 3.12
    return [node.name.id] if alias and isinstance(node, alias) else []


def _targets(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name():
            yield target.id
        case ast.Tuple() | ast.List():
            for part in target.elts:
                yield from _targets(part)
        case ast.Starred():
            yield from _targets(target.value)


def _branches(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    match node:
        case ast.If():
            yield from (node.body, node.orelse)
        case ast.With():
            yield node.body
        case ast.Try() | ast.TryStar():
            yield from (node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody)


def find(module: ast.Module, name: str) -> list[Definition]:
    """Find every definition of a name; `A.b` is the member b of the class A."""
    *classes, last = name.split(".")
    bodies: list[list[ast.stmt]] = [module.body]
    for part in classes:
        found = (d.node for body in bodies for d in definitions(body) if d.name == part)
        bodies = [node.body for node in found if isinstance(node, ast.ClassDef)]
    complete = complete_classes(module)
    return [
        Definition(d.name, d.node, complete)
        for body in bodies
        for d in definitions(body, fields=bool(classes))
        if d.name == last
    ]


_PASSIVE_DECORATORS = {
    "overload", "abstractmethod", "group", "callback", "singledispatch", "singledispatchmethod",
}  # fmt: skip
_ERROR = re.compile(r"(?:Error|Exception|Warning|Exit|Interrupt|StopIteration|StopAsyncIteration)$")
# Of these a class has all it needs, and hands it on to the classes below it.
_COMPLETE_BASES = re.compile(rf"{_ERROR.pattern}|(?:Enum|Flag|NamedTuple|TypedDict)$")
_ABSTRACT_BASES = re.compile(r"(?:Protocol|ABC)$")


def is_stub(node: ast.stmt, complete: Collection[str] = ()) -> bool:
    """
    Say whether a definition only holds its place: a body without code, or a class of such methods.

    `complete` are classes of the same file that need no more than a name,
    and neither does what inherits from them.
    """
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return not _passive(node) and all(map(is_placeholder, node.body))
        case ast.ClassDef():
            return not (_is_complete(node, complete) or _is_abstract(node)) and _is_hollow(node)
        case ast.Assign(value=ast.Constant(value=value)):
            return value is ...
    return False


def _passive(node: Function) -> bool:
    return any(_last_name(decorator) in _PASSIVE_DECORATORS for decorator in node.decorator_list)


def is_overload(node: ast.stmt) -> bool:
    return isinstance(node, Function) and any(_last_name(d) == "overload" for d in node.decorator_list)


def complete_classes(module: ast.Module) -> frozenset[str]:
    """Name the classes at the top of a module that are finished when they are empty, be it by inheritance."""
    found: set[str] = set()
    for definition in definitions(module.body):
        if isinstance(definition.node, ast.ClassDef) and _is_complete(definition.node, found):
            found.add(definition.name)
    return frozenset(found)


def _is_complete(node: ast.ClassDef, known: Collection[str]) -> bool:
    """Say whether a class is an exception, an enum or a record."""
    bases = _bases(node)
    return any(base in known or _COMPLETE_BASES.search(base) for base in bases) or (
        bases != [] and _ERROR.search(node.name) is not None
    )


def is_protocol(node: ast.ClassDef) -> bool:
    return "Protocol" in _bases(node)


def _is_abstract(node: ast.ClassDef) -> bool:
    metaclasses = [_last_name(keyword.value) for keyword in node.keywords if keyword.arg == "metaclass"]
    return any(map(_ABSTRACT_BASES.search, _bases(node))) or "ABCMeta" in metaclasses


def _bases(node: ast.ClassDef) -> list[str]:
    return [_last_name(base) for base in node.bases]


def _is_hollow(node: ast.ClassDef) -> bool:
    return all(is_placeholder(part) or is_stub(part) for part in node.body)


def is_placeholder(node: ast.stmt) -> bool:
    match node:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ... or isinstance(value, str)
        case ast.Raise(exc=error) if error is not None:
            return _last_name(error) == "NotImplementedError"
        case ast.Return(value=ast.Name(id=name)):
            return name == "NotImplemented"
    return False


def complaint(error: SyntaxError) -> str:
    """Say what is wrong, and which Python says so: another one may read the text."""
    return f"{error.msg} (Python {sys.version_info.major}.{sys.version_info.minor})"


def _last_name(node: ast.expr) -> str:
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

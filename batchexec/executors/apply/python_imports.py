"""The imports a fragment needs and its file lacks."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.executors.apply.lines import Edit, UnfitError
from batchexec.symbols.python import definitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class _Name:
    """One name an import brings: `module` is None for `import name`."""

    module: str | None
    name: str
    alias: str | None

    @property
    def bound(self) -> str:
        return self.alias or (self.name if self.module is not None else self.name.partition(".")[0])


def is_import(node: ast.stmt) -> bool:
    return isinstance(node, _Import) or is_import_block(node)


def is_import_block(node: ast.stmt) -> bool:
    """Recognise `if TYPE_CHECKING:` and `try: import …` as one piece."""
    if not isinstance(node, ast.If | ast.Try):
        return False
    inner = [part for part in ast.walk(node) if isinstance(part, ast.stmt) and part is not node]
    quiet = ast.Import | ast.ImportFrom | ast.Assign | ast.Pass
    return any(isinstance(part, _Import) for part in inner) and all(isinstance(part, quiet) for part in inner)


def import_edits(
    lines: Sequence[str], tree: ast.Module, piece: ast.Module, fragment: Sequence[str]
) -> Iterator[Edit]:
    """Add what is missing below the imports there are; `from __future__` stays on top."""
    has = {name for node in tree.body for name in _names_in(node)}
    defined = {d.name for d in definitions(tree.body)}
    future: list[str] = []
    others: list[str] = []
    for node in (node for node in piece.body if is_import(node)):
        wanted = [n for n in _names_in(node) if n not in has and n.bound not in defined]
        if not wanted:
            continue
        _refuse_clashes(wanted, has)
        text = _text(node, wanted, fragment)
        (future if _is_future(node) else others).extend(text)
        has.update(wanted)
    if future:
        yield _edit(lines, tree, _top(lines, tree), future)
    if others:
        yield _edit(lines, tree, _below_imports(lines, tree), others)


def _names_in(node: ast.stmt) -> Iterator[_Name]:
    for part in ast.walk(node) if is_import(node) else ():
        if isinstance(part, ast.Import):
            yield from (_Name(None, alias.name, alias.asname) for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            module = "." * part.level + (part.module or "")
            yield from (_Name(module, alias.name, alias.asname) for alias in part.names)


def _refuse_clashes(wanted: Sequence[_Name], has: set[_Name]) -> None:
    for name in wanted:
        plain = name.module is None and name.alias is None
        for other in has:
            both_plain = plain and other.module is None and other.alias is None
            if other.bound == name.bound != "*" and not both_plain:
                raise UnfitError(f"it has another import of the name {name.bound}")


def _text(node: ast.stmt, wanted: Sequence[_Name], fragment: Sequence[str]) -> list[str]:
    if isinstance(node, _Import) and len(wanted) < len(node.names):
        left = {(name.name, name.alias) for name in wanted}
        names = [alias for alias in node.names if (alias.name, alias.asname) in left]
        rest = ast.Import(names) if isinstance(node, ast.Import) else _from(node, names)
        return [f"{ast.unparse(rest)}\n"]
    if isinstance(node, _Import) and (node.col_offset or ";" in fragment[node.lineno - 1]):
        return [f"{ast.unparse(node)}\n"]
    return [line.rstrip("\r\n") + "\n" for line in fragment[node.lineno - 1 : node.end_lineno]]


def _from(node: ast.ImportFrom, names: list[ast.alias]) -> ast.ImportFrom:
    return ast.ImportFrom(node.module, names, node.level)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _edit(lines: Sequence[str], tree: ast.Module, at: int, text: list[str]) -> Edit:
    """Keep a blank line below a docstring, and above what is no import."""
    above = bool(tree.body) and _is_docstring(tree.body[0]) and at == tree.body[0].end_lineno
    below = at < len(lines) and lines[at].strip() and not lines[at].startswith(("import ", "from "))
    return Edit(at, 0, [*(["\n"] if above else []), *text, *(["\n"] if below else [])])


def _top(lines: Sequence[str], tree: ast.Module) -> int:
    """Count the lines above the first statement that is neither the docstring nor a future import."""
    body = tree.body
    head = [node for at, node in enumerate(body) if _is_future(node) or (at == 0 and _is_docstring(node))]
    if head:
        return _line_end(body, head[-1])
    return next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))


def _below_imports(lines: Sequence[str], tree: ast.Module) -> int:
    """Count the lines down to the last import that stands above the first definition."""
    last = None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if isinstance(node, _Import):
            last = node
    return _top(lines, tree) if last is None else _line_end(tree.body, last)


def _line_end(body: Sequence[ast.stmt], node: ast.stmt) -> int:
    """Return where the line a statement ends on is over, with everything else that stands on it."""
    end = node.end_lineno or node.lineno
    for other in body:
        if other.lineno <= end:
            end = max(end, other.end_lineno or other.lineno)
    return end


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )

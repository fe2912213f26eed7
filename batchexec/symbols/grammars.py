"""Reads other languages than Python with tree-sitter, where the extra `langs` is installed."""

from __future__ import annotations

import importlib
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node, Parser

_GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "rust": ("tree_sitter_rust", "language"),
}
_RUST_ITEMS = (
    "attribute const enum extern_crate foreign_mod function impl mod static struct trait type union use"
)
# The grammars accept more at the top of a file than the compilers do: per language what may stand there,
# in the order it has to come.
_TOP: dict[str, tuple[str, ...]] = {
    "go": ("package_clause", "import_declaration", "function method type const var"),
    "java": (
        "package_declaration",
        "import_declaration",
        "class interface enum record annotation_type module",
    ),
    "rust": ("inner_attribute_item", f"{_RUST_ITEMS} expression_statement macro_definition macro_invocation"),
}


def accepts(text: str, language: str | None) -> bool | None:
    """Say whether a text is a correct file of the language; None where there is no grammar to ask."""
    root = tree(text, language)
    return None if root is None else not root.has_error and _in_order(root, _TOP.get(language or "", ()))


def tree(text: str, language: str | None) -> Node | None:
    """Parse a text, as far as it can be read; None where there is no grammar for it."""
    make = _parser(language)
    # A parser holds state while it reads, and tasks run in threads: each text gets its own.
    return make().parse(text.encode(errors="replace")).root_node if make else None


@cache
def _parser(language: str | None) -> Callable[[], Parser] | None:
    """Find what makes parsers of a language; the packages are an extra, and slow to load."""
    if language not in _GRAMMARS:
        return None
    package, function = _GRAMMARS[language]
    try:
        core, grammar = importlib.import_module("tree_sitter"), importlib.import_module(package)
    except ImportError:
        return None
    return partial(core.Parser, core.Language(getattr(grammar, function)()))


def _in_order(root: Node, top: Sequence[str]) -> bool:
    if not top:
        return True
    ranks = [_rank(child, top) for child in root.named_children if not child.type.endswith("comment")]
    return None not in ranks and ranks == sorted(ranks, key=lambda rank: rank or 0)


def _rank(node: Node, top: Sequence[str]) -> int | None:
    if node.type == "expression_statement" and [c.type for c in node.named_children] != ["macro_invocation"]:
        return None
    said = {node.type, node.type.removesuffix("_declaration"), node.type.removesuffix("_item")}
    return next((rank for rank, kinds in enumerate(top) if said & set(kinds.split())), None)

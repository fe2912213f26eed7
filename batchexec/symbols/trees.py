"""What a syntax tree of tree-sitter defines, and inside what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_DEFINING = ("_declaration", "_definition", "_item", "_declarator", "_spec", "_signature", "type_alias")
_ALSO_DEFINING = {
    "associated_type", "enum_assignment", "enum_constant", "enum_variant", "internal_module", "method_elem",
    "module",
}  # fmt: skip
_NOT_DEFINING = {
    "extern_crate_declaration", "import_spec", "parameter_declaration", "type_parameter_declaration",
    "variadic_parameter_declaration",
}  # fmt: skip
_LOCAL = {"arrow_function", "class_static_block", "static_initializer"}
_FUNCTIONS = {"arrow_function", "function_expression", "generator_function"}
_PATTERNS = {"object_pattern", "array_pattern"}
_BOUND = {"identifier", "shorthand_property_identifier_pattern"}
_REQUIRED = re.compile(rb"(?:await\s+)?(?:require|import)\s*\(\s*[\"'`][^\"'`]*[\"'`]\s*\)(?:\.\w+)*")
_GLOBALS = {"exports", "module.exports", "window", "globalThis", "global"}
# Nobody asks for what is deeper inside than this, and each name says all that it is inside of.
_DEEPEST = 50
_QUOTES = "\"'`"

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeDefinition:
    """
    A name, what it is defined inside of from the outermost on, and the node that does it.

    `own` is false for an entry of an object: it has no meaning but as a part of it.
    """

    name: str
    owner: Path
    node: Node
    own: bool = True

    @property
    def line(self) -> int:
        return self.node.start_point[0] + 1

    @property
    def signature(self) -> bool:
        return self.node.type.endswith("_signature")


def definitions(root: Node) -> Iterator[TreeDefinition]:
    """Yield the definitions of a file, but not those inside the bodies of functions."""
    todo: list[tuple[Node, Path]] = [(root, ())]
    while todo:
        node, owner = todo.pop()
        here = list(_defined(node, owner))
        yield from here
        if len(owner) < _DEEPEST and not _is_function(node):
            inner = (*here[0].owner, here[0].name) if here else (*owner, *_implemented(node))
            todo += [(child, inner) for child in reversed(node.named_children) if child.named_child_count]


def renamings(root: Node) -> Iterator[tuple[str, str]]:
    """Yield b and a for each `export { a as b }`; with a `from` neither is of this file."""
    for statement in root.named_children:
        if statement.type == "export_statement" and statement.child_by_field_name("source") is None:
            for specifier in (each for clause in statement.named_children for each in clause.named_children):
                alias, name = (specifier.child_by_field_name(field) for field in ("alias", "name"))
                if specifier.type == "export_specifier" and alias and name:
                    yield _text(alias), _text(name)


def _is_function(node: Node) -> bool:
    if node.type in _LOCAL:
        return True
    return node.type != "record_declaration" and node.child_by_field_name("parameters") is not None


def _implemented(node: Node) -> Path:
    """Name the type that an `impl` of Rust is about."""
    about = node.child_by_field_name("type") if node.type == "impl_item" else None
    return (_last_identifier(about),) if about else ()


def _defined(node: Node, owner: Path) -> Iterator[TreeDefinition]:
    kind = node.type
    if kind == "assignment_expression":
        yield from _assigned(node, owner)
    elif kind == "pair":
        own = _is_function_value(node)
        yield from (TreeDefinition(name, owner, node, own) for name in _said(node, "key"))
    elif kind == "field_definition":
        yield from (TreeDefinition(name, owner, node) for name in _said(node, "property"))
    elif kind == "enum_body":
        names = [child for child in node.named_children if child.type == "property_identifier"]
        yield from (TreeDefinition(_text(name), owner, name) for name in names)
    elif kind in _ALSO_DEFINING or (kind.endswith(_DEFINING) and kind not in _NOT_DEFINING):
        inside = (*owner, *_receiver(node))
        for path in _said(node, "name"):
            *outer, name = path.split(".")
            yield TreeDefinition(name, (*inside, *outer), node)


def _said(node: Node, field: str) -> Iterator[str]:
    """Say the names in a field of a node; a value that is brought in from another file has none."""
    if node.type == "variable_declarator" and _is_required(node.child_by_field_name("value")):
        return
    for name in node.children_by_field_name(field):
        if name.type in _PATTERNS:
            yield from _bound(name)
        elif name.is_named:
            yield _text(name)


def _bound(pattern: Node) -> Iterator[str]:
    todo = [pattern]
    while todo:
        node = todo.pop()
        if node.type in _BOUND:
            yield _text(node)
        elif node.type in {"assignment_pattern", "object_assignment_pattern"}:
            todo += node.named_children[:1]
        else:
            todo += reversed(node.named_children)


def _is_required(value: Node | None) -> bool:
    short = value is not None and value.end_byte - value.start_byte < 500
    return short and value is not None and _REQUIRED.fullmatch(value.text or b"") is not None


def _is_function_value(node: Node) -> bool:
    value = node.child_by_field_name("value")
    return value is not None and value.type in _FUNCTIONS


def _assigned(node: Node, owner: Path) -> Iterator[TreeDefinition]:
    """Read `exports.a = …` as a, `A.b = …` and `A.prototype.b = …` as b inside A."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if not left or left.type != "member_expression" or not right or right.type == "identifier":
        return
    target, _, name = _text(left).rpartition(".")
    if not name.isidentifier() or (target, name) == ("module", "exports") or _is_required(right):
        return
    inside = () if target in _GLOBALS else tuple(target.removesuffix(".prototype").split("."))
    yield TreeDefinition(name, (*owner, *inside), node)


def _receiver(node: Node) -> Path:
    """Name the type that a method of Go belongs to."""
    receiver = node.child_by_field_name("receiver")
    declared = receiver.named_children[:1] if receiver else []
    about = declared[0].child_by_field_name("type") if declared else None
    return (_last_identifier(about),) if about else ()


def _last_identifier(about: Node) -> str:
    """Name a type without its pointer, its parameters and its path."""
    while True:
        inner = about.child_by_field_name("name") or about.child_by_field_name("type")
        if inner is None and about.type in {"pointer_type", "reference_type", "parenthesized_type"}:
            inner = about.named_children[-1] if about.named_children else None
        if inner is None:
            return _text(about)
        about = inner


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace").strip(_QUOTES)

"""Tells whether a file that looks like one of tests holds any."""

from __future__ import annotations

import ast
import re
from posixpath import basename
from typing import TYPE_CHECKING

from batchexec.hooks.marks import has_assertion, has_mark
from batchexec.model import Role
from batchexec.roles import role_of
from batchexec.symbols import language_of
from batchexec.symbols.python import parse
from batchexec.symbols.text import without_comments_and_strings

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"test_.*|.*(?:_spec|Tests?|Spec)\.\w+")
_HELPERS = frozenset(
    "conftest.py __init__.py test_helper.exs test_helper.rb spec_helper.rb rails_helper.rb".split()  # noqa: SIM905  # a table
)
# Scripts and schemas have no mark that tells a test from the rest.
_WITHOUT_MARKS = frozenset({"shell", "sql", "proto", "prisma"})
_COMMENT = re.compile(r"^[ \t]*/\*.*?(?:\*/|\Z)", re.DOTALL | re.MULTILINE)
_MARK = re.compile(
    r"""[ \t]*(?:
    (?:export[ ]default[ ]|await[ ]|RSpec\.)?
        (?:describe|it|test|suite|specify|context|scenario|feature)(?:\.(?!todo)\w+)*[ \t]*[(`<"']
    |func[ ](?:Test|Benchmark|Fuzz|Example|test)
    |[^"'`/#]{0,200}\bfunction[ ]test
    |def[ ]test_
    |\#\[(?:[\w:]*test\b|rstest|Test\b)
    |@(?:Parameterized|Repeated)?Test(?:Factory|Template)?\b
    |(?:/?\*{1,2}[ ])?@test\b
    |\[(?:Fact|Theory|Test|TestMethod|TestCase)\b
    |(?:TEST|TEST_F|TEST_P|TEST_CASE|SCENARIO|BOOST_AUTO_TEST_CASE)[ ]?\(
    |(?:static[ ])?(?:void|int)[ ](?:test|main)
    )""",
    re.VERBOSE,
)


def is_test_shaped(path: str) -> bool:
    """Say whether by its path a file should hold tests; data and helpers among tests need not."""
    language, name = language_of(path), basename(path)
    if language is None or language in _WITHOUT_MARKS or name in _HELPERS:
        return False
    return role_of(path) is Role.TEST or _NAME.fullmatch(name) is not None


def holds_test(text: str, path: str) -> bool:
    """Say whether there is a test; raises SyntaxError for Python that cannot be parsed."""
    if language_of(path) == "python":
        return _holds_python_test(parse(text).body)
    if "/*" in text and not path.endswith(".php"):  # there the mark may be a comment
        text = _COMMENT.sub("", text)
    if any(_MARK.match(line[:1000]) for line in text.split("\n")):
        return True
    return has_mark(_code(text, path), language_of(path))


def asserts(text: str, path: str) -> bool:
    """Say whether a file checks something, as a test does that is written in no known way."""
    return language_of(path) != "python" and has_assertion(_code(text, path))


def _code(text: str, path: str) -> str:
    return without_comments_and_strings(text, language_of(path))


def _holds_python_test(body: Sequence[ast.stmt]) -> bool:
    return any(map(_is_test, body))


def _is_test(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return node.name.startswith("test")
        case ast.ClassDef():
            return _is_test_class(node)
        case ast.Assign():
            # `TestCart = CartMachine.TestCase`, as stateful tests of hypothesis are made.
            return isinstance(node.value, ast.Attribute) and node.value.attr == "TestCase"
        case ast.If() | ast.Try() | ast.With() | ast.For():
            return any(_is_test(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt))
    return False


def _is_test_class(node: ast.ClassDef) -> bool:
    bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]
    if not (node.name.startswith("Test") or any("Test" in base for base in bases)):
        return False
    # The tests may stand in a class that this one is made of.
    return _holds_python_test(node.body) or not {"object", "TestCase", "IsolatedAsyncioTestCase"}.issuperset(
        bases
    )

from __future__ import annotations

import sys
import time

import pytest
from hook_bench import parsed
from hypothesis import given
from hypothesis import strategies as st

from batchexec.hooks import SYMBOL_REASONS, Document, Judgement, judge

PYTHON = "class Cart:\n    total = 1\n\n\ndef hollow():\n    pass\n"
HTML = """<b id="go" class='a big'>\n<i className={`tall wide`} data-x>\n<u id=bare>"""
TS = "import { test } from 'vitest';\n"


def judged(payload: str, text: str, path: str | None = None) -> Judgement:
    hook = parsed(payload)
    return judge(hook, Document(path or hook.path, text))


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("code path=a.py symbol=Cart", PYTHON),
        ("code path=a.py symbol=Cart.total", PYTHON),
        ("code path=a.py symbol=Cart contains=hollow regex=^class", PYTHON),
        ("code path=a.py contains='class Cart:'", PYTHON.replace("\n", "\r\n")),
        ('code path=a.py regex="^class Cart:$"', PYTHON.replace("\n", "\r\n")),
        ('code path=a.py regex="^class"', f"\ufeff{PYTHON}"),
        ("code path=a.py symbol=Cart", f"\ufeff{PYTHON}"),
        ("code path=a.prisma contains=User", "model User {}\n"),
        ("docs path=a.md heading='Set up'", "# Set up #\n"),
        ("docs path=a.md heading='Set up'", "# **Set** up\n"),
        ("docs path=a.md heading='The `x` file'", "The _x_ [file](x.md)\n===\n"),
        ("docs path=a.rst heading='Set up'", "Set up\n~~~~~~\n\ntext\n"),
        ("docs path=a.rst heading='Use'", "Set up\n~~~~~~\n\nUse\n^^^\n"),
        ("ui path=a.html selector=#go", HTML),
        ("ui path=a.html selector=.big", HTML),
        ("ui path=a.html selector=.wide", HTML),
        ("ui path=a.html selector=#bare", HTML),
        ("ui path=a.html selector=data-x", HTML),
        ("ui path=a.css selector=.x", ".x { }"),
        ("test path=test_a.py contains=test_b", "def test_b(): pass\n"),
        ("test path=tests/data.json contains=x", '"x"'),
    ],
)
def test_a_file_holds_what_is_claimed(payload: str, text: str) -> None:
    assert judged(payload, text) == Judgement()


@pytest.mark.parametrize(
    ("payload", "text", "reason"),
    [
        ("code path=a.py", "", "file is empty"),
        ("code path=a.py", " \r\n\t\n", "file is empty"),
        ("code path=a.py", "\ufeff", "file is empty"),
        ("code path=__init__.py symbol=A", "", "symbol not found"),
        ("code path=a.py symbol=Car", PYTHON, "symbol not found"),
        ("code path=a.py symbol=User", "class UserAuth:\n    x = 1\n", "symbol not found"),
        ("code path=a.py symbol=User", "# User\nfrom users import User\nx = 'User'\n", "symbol not found"),
        ("code path=a.py symbol=Cart contains=Total", PYTHON, "contains not found"),
        ("code path=a.py contains=cart", PYTHON, "contains not found"),
        ('code path=a.py regex="^Cart"', PYTHON, "regex not matched"),
        ("docs path=a.md heading=Set", "# Set up\n", "heading not found"),
        ("docs path=a.md heading='set up'", "# Set up\n", "heading not found"),
        ("docs path=a.md heading=Use", "```\n# Use\n```\n", "heading not found"),
        ("docs path=a.md heading=23", "# 2*3\n", "heading not found"),
        ("docs path=a.md heading=ab", "# a_b\n", "heading not found"),
        ("docs path=a.md heading=**", "# \n", "heading not found"),
        ("ui path=a.html selector=.bi", "<b class='big'>", "selector not found"),
        ("ui path=a.html selector=.big", "<b class='very-big bigger'>", "selector not found"),
        ("ui path=a.html selector=#go", "<b class='go' data-id='go'>", "selector not found"),
        ("ui path=a.html selector=#", "<b id='go'>", "selector not found"),
        ("ui path=a.html selector=#id", "<b id='go'>", "selector not found"),
        ("ui screen=Login", "x", "needs a person"),
        ("test path=test_a.py contains=test", "# test\nx = 1\n", "no test found"),
        ("test path=test_a.py contains=test_b", "def test_a(): pass\n", "contains not found"),
    ],
)
def test_a_file_does_not_hold_what_is_claimed(payload: str, text: str, reason: str) -> None:
    assert judged(payload, text) == Judgement(reason)


def test_a_stub_is_told_with_its_line() -> None:
    found = judged("code path=a.py symbol=hollow", PYTHON)
    assert (found.reason, found.detail.partition(": ")[0]) == ("symbol is a stub", "a.py:5")


@pytest.mark.parametrize("payload", ["code path=test_a.py symbol=A", "test path=test_a.py"])
def test_python_that_does_not_parse_is_told_with_its_line(payload: str) -> None:
    text = "def test_a():\n    return (\n"
    version = ".".join(map(str, sys.version_info[:2]))
    assert judged(payload, text) == Judgement(
        "file does not parse", detail=f"test_a.py:2: '(' was never closed (Python {version})"
    )


def test_code_that_is_too_large_to_be_read_is_told() -> None:
    found = judged("code path=a.py symbol=A", "# " + "x" * 2_000_001)
    assert found == Judgement("file does not parse", detail="a.py: too large to be read as code")


def test_what_speaks_against_a_symbol_can_be_told_from_the_rest() -> None:
    assert {"symbol not found", "symbol is a stub", "file does not parse"} == SYMBOL_REASONS


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("code path=a.py", "x"),
        ("code path=src symbol=Directory", "x"),
        ("test path=test_a.py command='pytest -q'", "def test_a(): pass\n"),
        ("npm test", "{}"),
        ("code path=src/__init__.py", ""),
        ("code path=src/py.typed", ""),
        ("code path=data/.gitkeep", "\n"),
    ],
)
def test_that_a_file_is_there_proves_little(payload: str, text: str) -> None:
    assert judged(payload, text) == Judgement(weak=True)


def test_a_name_without_a_definition_in_sight_proves_little() -> None:
    found = judged("code path=a.c symbol=total contains=total", "int total(void) { return 1; }\n")
    assert (found.reason, found.weak) == ("", True)


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ("code path=a.py regex=x*", "the regex is found in any text"),
        ("code path=a.py regex='(a|b|)'", "the regex is found in any text"),
        ("code path=a.py regex=$", "the regex is found in any text"),
        ("code path=a.py regex=x* symbol=Cart", ""),
        ("code path=a.py regex=x* contains=Cart", ""),
        ("code path=a.py regex=Cart*", ""),
        ("code path=a.py regex='(?=.*Cart)'", ""),
    ],
)
def test_a_regex_that_any_text_has_proves_little(payload: str, detail: str) -> None:
    assert judged(payload, PYTHON) == Judgement(weak=detail != "", detail=detail)


def test_a_test_in_no_known_way_proves_little() -> None:
    assert judged("test path=a.test.ts contains=go", "go(() => assert.equal(1, 1));\n") == Judgement(
        weak=True, detail="a.test.ts: it asserts something, but no test is seen"
    )
    assert judged(
        "test path=a.test.ts contains=go", "go(() => 'assert.equal(1)'); // assert()\n"
    ) == Judgement("no test found")


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.yaml", "# Use\nb: 1\n", False),
        ("a.yml", "# Use\n", False),
        ("a.json", "# Use\n", False),
        ("a.toml", "# Use\n", False),
        ("a.py", "# Use\n", False),
        ("a.md.yaml", "# Use\n", False),
        ("Makefile", "# Use\n", False),
        (".env", "# Use\n", False),
        ("a.MD", "# Use\n", True),
        ("a.mdx", "# Use\n", True),
        ("a.txt", "# Use\n", True),
        ("README", "# Use\n", True),
        ("a.md.j2", "# Use\n", True),
    ],
)
def test_a_heading_stands_in_prose(path: str, text: str, found: bool) -> None:
    reason = "" if found else "heading not found"
    assert judged(f"docs path={path} heading=Use", text) == Judgement(reason)


def test_in_a_directory_the_file_looked_at_counts() -> None:
    assert judged("code path=src/ symbol=Cart", PYTHON, "src/a.py") == Judgement()
    assert judged("test path=tests/", "x = 1\n", "tests/test_a.py") == Judgement("no test found")
    assert judged("test path=tests/", "x = 1\n", "tests/conftest.py") == Judgement(weak=True)


def test_a_document_is_read_once() -> None:
    document = Document("a.md", "# A\n")
    assert document.headings is document.headings
    assert document.source is document.source


def test_a_regex_that_explodes_is_given_up() -> None:
    start = time.monotonic()
    assert judged('code path=a regex="(a|aa)+$"', "a" * 60 + "b") == Judgement("regex took too long")
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|b|ab)*c", ".*.*=x", r"\bfoo\b", "[[a]", "x{e}"])
def test_a_regex_ends_in_time_on_a_large_text(pattern: str) -> None:
    start = time.monotonic()
    judged(f"code path=a regex='{pattern}'", ("a" * 40 + "b\n") * 20_000)
    assert time.monotonic() - start < 3


SYMBOLS = ("code path=a.py symbol=A", "code path=a.ts symbol=A.b", "code path=a.txt symbol=A")
OTHERS = (
    "test path=test_a.py", "test path=a.test.ts", "docs path=a.md heading=A", "docs path=a.rst heading=A",
    "ui path=a.html selector=#a", "ui path=a.html selector=.a", "code path=a contains=A",
    "code path=a regex=A.*b",
)  # fmt: skip
PIECES = st.sampled_from([
    "class A", "def ", "test_a", "():", "\n", "    ", "pass", "it(", "/*", "*/", "# A", "===", "---", "```",
    "id=", '"', "<!--", "-->", "{", "}", "A", "\0", "\ud800", "\ufeff", "\r\n", "import ", "`", "'", "\\",
])  # fmt: skip


@given(st.sampled_from(SYMBOLS + OTHERS), st.lists(PIECES).map("".join) | st.text())
def test_any_text_is_judged(payload: str, text: str) -> None:
    found = judged(payload, text)
    assert not (found.reason and found.weak)


@pytest.mark.parametrize("payload", OTHERS)
@pytest.mark.parametrize(
    "piece",
    ["(", "id=", "id = ", "class", "'", "`", "/*", "[](", "[", "*", "# *\n", "-\n", "a\n=\n", "\n", "\0"],
    ids=repr,
)
def test_a_large_text_is_judged_in_time(payload: str, piece: str) -> None:
    start = time.monotonic()
    judged(payload, piece * (200_000 // len(piece)))
    assert time.monotonic() - start < 3

from __future__ import annotations

import pytest

from batchexec.errors import Problem
from batchexec.hooks import Hook, HookType, headings, matches, parse_hook
from batchexec.model import HookLine, Location

WHERE = Location("tasks.md", 7)


def parsed(payload: str) -> Hook:
    hook = parse_hook(HookLine(payload, WHERE))
    assert isinstance(hook, Hook)
    return hook


@pytest.mark.parametrize(
    ("payload", "hook"),
    [
        ("code path=a.py symbol=A", Hook(type=HookType.CODE, path="a.py", location=WHERE, symbol="A")),
        ("code path=src/", Hook(type=HookType.CODE, path="src/", location=WHERE)),
        ("CODE\tpath=./a.py", Hook(type=HookType.CODE, path="a.py", location=WHERE)),
        ("code path=.github/x.yml", Hook(type=HookType.CODE, path=".github/x.yml", location=WHERE)),
        (
            'test path="a b.py" command="pytest -q"',
            Hook(type=HookType.TEST, path="a b.py", location=WHERE, command="pytest -q"),
        ),
        (
            r'code path=a regex="class\s+\"X\""',
            Hook(type=HookType.CODE, path="a", location=WHERE, regex=r'class\s+"X"'),
        ),
        (
            'code path=a contains=\'"node": "22.x"\'',
            Hook(type=HookType.CODE, path="a", location=WHERE, contains='"node": "22.x"'),
        ),
        (
            "code path=a contains=\"'a=b'\"",
            Hook(type=HookType.CODE, path="a", location=WHERE, contains="a=b"),
        ),
        (
            "docs path=a heading=#1 implements=US-1",
            Hook(type=HookType.DOCS, path="a", location=WHERE, heading="#1"),
        ),
        (
            "ui path=a.html selector=.big",
            Hook(type=HookType.UI, path="a.html", location=WHERE, selector=".big"),
        ),
    ],
)
def test_a_hook_says(payload: str, hook: Hook) -> None:
    assert parsed(payload) == hook


@pytest.mark.parametrize(
    ("payload", "message", "hint"),
    [
        ("", "unknown evidence type ''", "it is one of code, test, docs, ui"),
        ("kode path=a", "unknown evidence type 'kode'", "it is one of code, test, docs, ui"),
        ("code symbol=A", "the hook has no path", "add path=the/file"),
        ("code path=", "the hook has no path", "add path=the/file"),
        (
            "code path=a contains=don't",
            "a quote is not closed",
            'put the value in double quotes: contains="don\'t"',
        ),
        (
            r"code path=a regex=class\s+X",
            "a backslash stands outside quotes",
            r'put the value in double quotes: regex="class\s+X"',
        ),
        (
            "code path=../a",
            "the path has the component ..",
            "write it as seen from the root of the repository",
        ),
        ("code path=.", "the path has the component .", "write it as seen from the root of the repository"),
        ("code path=a Total", "'Total' has no =", "write key=value, and quotes around a value with blanks"),
        ("code path=a Path=b", "unknown key 'Path'", "the keys are contains, path, regex, symbol"),
        ("docs path=a symbol=b", "unknown key 'symbol'", "the keys are contains, heading, path, regex"),
        ("code path=a path=b", "the key 'path' is there twice", "write two hooks"),
        (
            'code path=a regex="("',
            "the regex cannot be read: missing ), unterminated subpattern at position 0",
            "it is a Python regular expression",
        ),
    ],
)
def test_an_invalid_hook_is_a_problem_at_its_line(payload: str, message: str, hint: str) -> None:
    assert parse_hook(HookLine(payload, WHERE)) == Problem(WHERE, message, hint)


@pytest.mark.parametrize(
    ("payload", "text", "reason"),
    [
        ("code path=a.py", "", None),
        ("code path=a.py symbol=A", "class A:\n    x = 1\n", None),
        ("code path=a.py symbol=A", "class AB:\n    x = 1\n", "symbol not found"),
        ("code path=a.go symbol=A", "package a\nfunc A() {}\n", None),
        ("code path=a.go symbol=A", "package a\n// A\n", "symbol not found"),
        ("code path=a.py contains=Total", "total", "contains not found"),
        ("code path=a.py contains=total", "total", None),
        ('code path=a.py regex="^b$"', "a\nb\n", None),
        ('code path=a.py regex="^c$"', "a\nb\n", "regex not matched"),
        ('docs path=a.md heading="Set up"', "# Set up #\n", None),
        ('docs path=a.md heading="Set"', "# Set up\n", "heading not found"),
        ("ui path=a.html selector=#go", '<b id="go">', None),
        ("ui path=a.tsx selector=.big", '<b className="a big">', None),
        ("ui path=a.html selector=.big", '<b class="bigger">', "selector not found"),
        ("ui path=a.html selector=data-x", "<b data-x>", None),
    ],
)
def test_a_text_satisfies_a_hook_or_there_is_a_reason(payload: str, text: str, reason: str | None) -> None:
    assert matches(parsed(payload), text) == reason


def test_headings_are_those_people_see() -> None:
    text = (
        "# One\n\n   ### Two ##\n\nThree\n=====\nFour\n---\n\n```md\n# Fenced\n~~~\n# Still\n```\n"
        "    # Code\n#NoBlank\n\n---\n####### Seven\r\n## Last\r\n"
    )
    assert headings(text) == {"One", "Two", "Three", "Four", "Last"}

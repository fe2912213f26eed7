from __future__ import annotations

import time

import pytest
from hook_bench import WHERE, hook, parsed
from hypothesis import example, given
from hypothesis import strategies as st

from batchexec.errors import Problem, Severity
from batchexec.hooks import Hook, HookType, parse_hook
from batchexec.model import HookLine

CODE, TEST, DOCS, UI = HookType
KEYS = "write key=value, and quotes around a value with blanks"
FROM_ROOT = "write it as seen from the root of the repository"
ONE_FILE = "name one file, or a directory with / at its end"
NO_LINE = "leave out the line number"
ONE_HOOK = "write one hook per file, and blanks between its keys"
ONE_SYMBOL = "write one hook per symbol, and blanks between its keys"
FILL_IN = "write what proves the task, as in code path=src/cart.py symbol=Cart"
QUOTE = 'put the value in double quotes: contains="don\'t"'
BACKSLASH = r'put the value in double quotes: regex="class\s+X"'
CURLY = 'write straight ones, as in contains="two words"'


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("code path=a.py symbol=A", hook(CODE, "a.py", symbol="A")),
        ("code path=src/", hook(CODE, "src/")),
        ("code path=src symbol=Directory", hook(CODE, "src", symbol="Directory")),
        ("CODE\tpath=./a.py", hook(CODE, "a.py")),
        ("  code   path=a.py  ", hook(CODE, "a.py")),
        ("code path=.github/x.yml", hook(CODE, ".github/x.yml")),
        ("code path=app/[id]/page.tsx", hook(CODE, "app/[id]/page.tsx")),
        ("docs path=./TODO", hook(DOCS, "TODO")),
        ("docs path=TODO.md", hook(DOCS, "TODO.md")),
        ("docs path=todo", hook(DOCS, "todo")),
        ("code path=`src/a.py` symbol=`A`", hook(CODE, "src/a.py", symbol="A")),
        ('code path="README.md "', hook(CODE, "README.md")),
        ("code path=a,b.txt", hook(CODE, "a,b.txt")),
        ('code path="Smith, John.txt"', hook(CODE, "Smith, John.txt")),
        ("code path=ab:c.py", hook(CODE, "ab:c.py")),
        ("code path=a.c,v", hook(CODE, "a.c,v")),
        ("code path=a.py symbol=User2()", hook(CODE, "a.py", symbol="User2")),
        ('code path=a.py symbol="Cart.total(items, tax)"', hook(CODE, "a.py", symbol="Cart.total")),
        ('code path=a.py symbol=" A "', hook(CODE, "a.py", symbol="A")),
        ("code path=a.go symbol=(*Cart).Total", hook(CODE, "a.go", symbol="(*Cart).Total")),
        ('docs path=a.md heading="## Beta gamma"', hook(DOCS, "a.md", heading="Beta gamma")),
        ('docs path=a.md heading="C# and F"', hook(DOCS, "a.md", heading="C# and F")),
        ("docs path=a.md heading=##", hook(DOCS, "a.md", heading="##")),
        ("code path=a.py contains=`x`", hook(CODE, "a.py", contains="`x`")),
        ('code path="a b.py"', hook(CODE, "a b.py")),
        ('code "path=a b.py"', hook(CODE, "a b.py")),
        ("code path=a.py contains=x=y", hook(CODE, "a.py", contains="x=y")),
        ("code path=a.py contains=a#b;c|d", hook(CODE, "a.py", contains="a#b;c|d")),
        ('test path=t.py command="pytest -q"', hook(TEST, "t.py", command="pytest -q")),
        (r'code path=a regex="class\s+\"X\""', hook(CODE, "a", regex=r'class\s+"X"')),
        (r'code path=a contains="a\\b"', hook(CODE, "a", contains=r"a\b")),
        (r"code path=a regex='\d+'", hook(CODE, "a", regex=r"\d+")),
        ('code path=a contains=\'"node": "22.x"\'', hook(CODE, "a", contains='"node": "22.x"')),
        ("code path=a contains=\"'a=b'\"", hook(CODE, "a", contains="a=b")),
        ("code path=a contains=\"'a' or 'b'\"", hook(CODE, "a", contains="'a' or 'b'")),
        ('code path=a contains="don\'t"', hook(CODE, "a", contains="don't")),
        ("code path=a contains='“x”'", hook(CODE, "a", contains="“x”")),
        ("docs path=a heading=#1 implements=US-1 t_ref= acceptance=AC", hook(DOCS, "a", heading="#1")),
        ("ui path=a.html selector=.big", hook(UI, "a.html", selector=".big")),
    ],
)
def test_a_hook_says(payload: str, expected: Hook) -> None:
    assert parsed(payload) == expected


@pytest.mark.parametrize(
    ("payload", "message", "hint"),
    [
        ("", "the hook is not filled in", FILL_IN),
        ("TODO", "the hook is not filled in", FILL_IN),
        ("TODO: find out", "the hook is not filled in", FILL_IN),
        ("??? path=a", "the hook is not filled in", FILL_IN),
        ("<type> path=<path>", "the hook is not filled in", FILL_IN),
        ("kode path=a", "unknown evidence type 'kode'", "did you mean code?"),
        ("file_exist path=a", "unknown evidence type 'file_exist'", "did you mean file_exists?"),
        ("picture path=a", "unknown evidence type 'picture'", "it is one of code, test, docs, ui"),
        ("... path=a", "the hook is not filled in", FILL_IN),
        ("./run build", "unknown evidence type './run'", "it is one of code, test, docs, ui"),
        ("path=a.py", "the hook has no type", "start with it: it is one of code, test, docs, ui"),
        (
            "src/a.py symbol=A",
            "'src/a.py' is no evidence type",
            "write code path=… for a file, or test or docs",
        ),
        ("code", "the hook has no path", "add path=the/file"),
        ("code symbol=A", "the hook has no path", "add path=the/file"),
        ("code path=", "the hook has no path", "add path=the/file"),
        ("code path=./", "the hook has no path", "add path=the/file"),
        ("code path=???", "the path is not filled in", FILL_IN),
        ("code path=<path>", "the path is not filled in", FILL_IN),
        ("code path=...", "the path is not filled in", FILL_IN),
        ("code path=TODO", "the path is not filled in", FILL_IN),
        ("code path=TBD", "the path is not filled in", FILL_IN),
        ("code path=FIXME", "the path is not filled in", FILL_IN),
        ("test path=FILE command=x", "the path is not filled in", FILL_IN),
        ('code path=" "', "the hook has no path", "add path=the/file"),
        ("code path=``", "the hook has no path", "add path=the/file"),
        ("code path=src/a.py:12", "the path has the line number :12", NO_LINE),
        ("code path=src/a.py:12:3", "the path has the line number :12:3", NO_LINE),
        ("code path=src/a.py:12-20", "the path has the line number :12-20", NO_LINE),
        ("code path=src/a.py#L12-L20", "the path has the line number #L12-L20", NO_LINE),
        ("code path=src/a.py,", "the path holds more than a file", ONE_HOOK),
        ("code path=a.py,b.py", "the path holds more than a file", ONE_HOOK),
        ('code path="a.py, b.py"', "the path holds more than a file", ONE_HOOK),
        ("code path=a.py;src/b", "the path holds more than a file", ONE_HOOK),
        ("code path=src/a.py,symbol=X", "the path holds more than a file", ONE_HOOK),
        ("code path=https://a.b/c.py", "the path is a web address", "name a file of the repository"),
        ("code path=file:///a.py", "the path is a web address", "name a file of the repository"),
        ("code path=a.py symbol=A,B", "the symbol holds a comma", ONE_SYMBOL),
        ('code path=a.py symbol="A, B"', "the symbol holds a comma", ONE_SYMBOL),
        ('code path=a symbol=" "', "the key 'symbol' has no value", 'write symbol="…", or leave it out'),
        ("code path=../a", "the path has the component ..", FROM_ROOT),
        ("code path=.", "the path has the component .", FROM_ROOT),
        ("code path=/", "the path is absolute", FROM_ROOT),
        ("code path=/etc/passwd", "the path is absolute", FROM_ROOT),
        ("code path=~/a", "the path starts with ~", FROM_ROOT),
        ("code path=C:/a", "the path starts with a drive letter", FROM_ROOT),
        (r'code path="a\b"', "the path holds a backslash; components are separated by /", FROM_ROOT),
        ("code path=src/*.py", "the path holds the wildcard *", ONE_FILE),
        ("code path=a?.py", "the path holds the wildcard ?", ONE_FILE),
        ("code path=.git/config", "the path has the protected component .git", FROM_ROOT),
        ("code path=a contains=don't", "a quote is not closed", QUOTE),
        ('code path="a', "a quote is not closed", QUOTE),
        (r"code path=a regex=class\s+X", "a backslash stands outside quotes", BACKSLASH),
        (r"code path=a regex='x'\s", "a backslash stands outside quotes", BACKSLASH),
        ("code path=a contains=“b”", "a value stands in curly quotes", CURLY),
        ("code path=“a b” symbol=X", "a value stands in curly quotes", CURLY),
        ("code path=a contains=‘b' c'", "a value stands in curly quotes", CURLY),
        ("code path=a Total", "'Total' has no =", KEYS),
        ("code a.py", "'a.py' has no =", KEYS),
        ("code path=a Path=b", "unknown key 'Path'", "keys are in lower case: path="),
        ("code path=a simbol=b", "unknown key 'simbol'", "did you mean symbol?"),
        ("code path=a =b", "unknown key ''", "the keys are path, symbol, contains, regex"),
        ("code path=a.py heading=b", "unknown key 'heading'", "the keys are path, symbol, contains, regex"),
        ("docs path=a symbol=b", "unknown key 'symbol'", "the keys are path, heading, contains, regex"),
        ("test path=a symbol=b", "unknown key 'symbol'", "the keys are path, contains, regex, command"),
        ("ui path=a symbol=b", "unknown key 'symbol'", "the keys are path, selector, contains, regex"),
        ("code path=a path=b", "the key 'path' is there twice", "write two hooks"),
        ("code path=a contains=", "the key 'contains' has no value", 'write contains="…", or leave it out'),
        ('code path=a symbol=""', "the key 'symbol' has no value", 'write symbol="…", or leave it out'),
        (
            'code path=a regex="("',
            "the regex cannot be read: missing ), unterminated subpattern",
            "it is a Python regular expression",
        ),
        (f"code path=a {'x' * 100}", f"'{'x' * 60}…' has no =", KEYS),
    ],
)
def test_an_invalid_hook_is_a_problem_at_its_line(payload: str, message: str, hint: str) -> None:
    assert parse_hook(HookLine(payload, WHERE)) == Problem(WHERE, message, hint, Severity.ERROR)


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ("ui screen=Login", ""),
        ('ui route=/login component=Login states="loading, error"', ""),
        ("ui path=src/login.tsx screen=Login selector=#go", "src/login.tsx"),
    ],
)
def test_a_hook_with_old_keys_of_ui_is_for_a_person_to_check(payload: str, path: str) -> None:
    hook = parsed(payload)
    assert (hook.type, hook.manual, hook.path) == (UI, True, path)


def test_the_path_of_a_hook_for_a_person_is_checked_if_there_is_one() -> None:
    problem = parse_hook(HookLine("ui screen=Login path=../a", WHERE))
    assert problem == Problem(WHERE, "the path has the component ..", FROM_ROOT)


@pytest.mark.parametrize(
    ("payload", "directory", "matcher"),
    [
        ("code path=src/", True, False),
        ("code path=src symbol=Directory", True, False),
        ("code path=src symbol=Directory contains=x", True, True),
        ("code path=src/ symbol=A", True, True),
        ("code path=src", False, False),
        ("code path=a.py symbol=A", False, True),
        ("test path=a.py command=x", False, False),
        ("docs path=a.md heading=x", False, True),
        ("ui path=a.html selector=x", False, True),
        ("code path=a.py regex=x", False, True),
    ],
)
def test_a_hook_knows_whether_it_wants_a_directory_and_looks_inside(
    payload: str, directory: bool, matcher: bool
) -> None:
    hook = parsed(payload)
    assert (hook.wants_directory, hook.has_matcher) == (directory, matcher)


WORDS = st.sampled_from([
    "code", "test", "docs", "ui", "file", "route", "prisma", "cmd", "npm", "test_exists", "TODO", " ", "\t",
    "path=", "name=", "model=", "route=", "command=", "heading=", "regex=", "a.md", "/x", "npm x", "GET /",
    '"', "'", "\\", "=", "“", "[", "(", "{e}", "??", "..", "\0", "\ud800", "\u00a0", "ก",
])  # fmt: skip


@given(st.lists(WORDS).map("".join) | st.lists(WORDS).map(" ".join) | st.text())
@example("command ")
@example("prisma path=")
@example("code path=a regex=" + "(" * 400)
def test_any_text_is_a_hook_or_a_problem_at_its_line(payload: str) -> None:
    hook = parse_hook(HookLine(payload, WHERE))
    assert hook.location == WHERE
    assert isinstance(hook, Problem) or hook.path or hook.manual


@pytest.mark.parametrize(
    "payload",
    [
        "code " + "a" * 1_000_000,
        "x" * 1_000_000,
        "code path=" + "a/" * 500_000,
        "code path=a " + "b=" * 500_000,
        "code path=a contains='" + '"' * 1_000_000,
        'code path=a contains="' + r"\"" * 500_000,
        "?" * 1_000_000,
        "code path=" + "a.py," * 200_000,
        "code path=" + "`" * 1_000_000,
        "code path=a symbol=" + "a(" * 500_000,
        "docs path=a heading='" + "# " * 500_000 + "'",
        "command " + " " * 1_000_000,
        "<" * 1_000_000,
    ],
    ids=lambda payload: payload[:20],
)
def test_a_million_characters_are_read_at_once(payload: str) -> None:
    start = time.monotonic()
    parse_hook(HookLine(payload, WHERE))
    assert time.monotonic() - start < 2

from __future__ import annotations

import time

import pytest

from batchexec.executors.api.answer import Gone, Hunks, Part, Whole, parse_answer
from batchexec.executors.api.file_text import Hunk

KNOWN = ["src/cart.py", "docs/a.md", "Makefile"]


def read(text: str) -> dict[str, str]:
    """Give the whole files of an answer that has nothing wrong with it."""
    answer = parse_answer(text, KNOWN)
    assert answer.problems == ()
    assert all(isinstance(part, Whole) for part in answer.parts)
    return {part.path: part.fence.text for part in answer.parts if isinstance(part, Whole)}


def parts(text: str) -> tuple[Part, ...]:
    answer = parse_answer(text, KNOWN)
    assert answer.problems == ()
    return answer.parts


def wrong(text: str, known: list[str] = KNOWN) -> list[str]:
    return [
        f"{problem.location}: {problem.message}" + (f"; {problem.hint}" if problem.hint else "")
        for problem in parse_answer(text, known).problems
    ]


@pytest.mark.parametrize(
    "head",
    [
        "File: src/cart.py\n```python",
        "File: `src/cart.py`\n\n```py",
        "**File:** src/cart.py\n\n```python",
        "#### File: src/cart.py\n```",
        "- Path: src/cart.py\n```python",
        "File: ./src/cart.py\n```python",
        "File: cart.py\n```python",
        "src/cart.py\n```python",
        "`src/cart.py`:\n```python",
        "**src/cart.py**\n\n```python",
        "### `src/cart.py` (new)\n```python",
        "`cart.py`\n```python",
        "```python:src/cart.py",
        '```python title="src/cart.py"',
        "```python src/cart.py",
        "```src/cart.py",
        "File: src/cart.py\n```python:src/cart.py",
        "File: src/cart.py\n```bash\npip install x\n```\n```python",
    ],
)
def test_a_block_is_the_file_it_names(head: str) -> None:
    assert read(f"Here it is.\n\n{head}\nRATE = 7\n```\nThat is all.") == {"src/cart.py": "RATE = 7\n"}


@pytest.mark.parametrize("thought", ["File: src/no.py\n```python\nno\n```\n", "```", ""])
def test_what_a_model_thinks_aloud_is_no_answer(thought: str) -> None:
    answer = f"\n<think>{thought}</think>\nFile: src/cart.py\n```python\nRATE = 7\n```"
    assert read(answer) == {"src/cart.py": "RATE = 7\n"}


def test_a_first_line_that_is_a_path_names_the_file_and_stays() -> None:
    assert read("```python\n# src/cart.py\nRATE = 7\n```") == {"src/cart.py": "# src/cart.py\nRATE = 7\n"}


def test_lines_and_windows_line_ends_are_counted_alike() -> None:
    one, other = (parts(f"a{end}b{end}File: x.py{end}```{end}1{end}```") for end in ("\n", "\r\n"))
    assert one == other
    assert [part.line for part in one] == [5]


@pytest.mark.parametrize(
    "text",
    [
        "Run it:\n```bash\npytest\n```\nIt prints\n```\n2 passed\n```",
        "Node.js:\n```text\nv20\n```",
        "File: src/cart.py was not touched.",
        "",
    ],
)
def test_what_is_only_shown_is_no_file(text: str) -> None:
    assert parts(text) == ()


def test_a_longer_fence_holds_shorter_ones() -> None:
    assert read("File: docs/a.md\n````\n```python\nx\n```\n````") == {"docs/a.md": "```python\nx\n```\n"}


EDIT = "<<<<<<< SEARCH\n{}=======\n{}>>>>>>> REPLACE\n"


@pytest.mark.parametrize(
    "answer",
    [
        f"File: src/cart.py\n```python\n{EDIT}```",
        f"```python:src/cart.py\n\n{EDIT}\n```",
        f"src/cart.py\n```\n{EDIT}```",
        f"```\nsrc/cart.py\n{EDIT}```",
        "File: src/cart.py\n```\n<<<<<<< SEARCH>\n{}=======\n{}>>>>>>> REPLACE  \n```",
        "File: src/cart.py\n```\n<<<<< SEARCH\n{}=====\n{}>>>>> REPLACE\n```",
    ],
)
def test_an_edit_searches_and_replaces(answer: str) -> None:
    (part,) = parts(answer.format("a\n\n  b\n", "c\n"))
    assert isinstance(part, Hunks)
    assert part.path == "src/cart.py"
    assert [(hunk.before, hunk.after) for hunk in part.hunks] == [(("a", "", "  b"), ("c",))]


def test_a_page_about_edits_is_a_file() -> None:
    assert read(f"File: docs/a.md\n```\n# Edits\n\n{EDIT}```") == {"docs/a.md": f"# Edits\n\n{EDIT}"}


def test_a_block_holds_several_edits_and_a_file_several_blocks() -> None:
    edits = EDIT.format("a\n", "") + "\n" + EDIT.format("b\n", "c\n")
    found = parts(
        f"```python:src/cart.py\n{edits}```\n```python:src/cart.py\n{EDIT.format('d', 'e')}```".replace(
            "d==", "d\n=="
        ).replace("e>>", "e\n>>")
    )
    assert [[hunk.line for hunk in part.hunks] for part in found if isinstance(part, Hunks)] == [[2, 7], [14]]


DIFF = """```diff
diff --git a/src/cart.py b/src/cart.py
index 1234567..89abcde 100644
--- a/src/cart.py\t2026-11-21
+++ b/src/cart.py
@@ -10,3 +10,4 @@ def total():
 a
-b
+c
+d
 e
@@ -20,2 +21,1 @@
-x

--- a/docs/a.md
+++ b/docs/a.md
@@ ... @@
-1
+2

```"""


def test_a_diff_changes_several_files() -> None:
    assert parts(DIFF) == (
        Hunks(
            "src/cart.py",
            2,
            (Hunk(("a", "b", "e"), ("a", "c", "d", "e"), 6, 10), Hunk(("x", ""), ("",), 12, 20)),
        ),
        Hunks("docs/a.md", 15, (Hunk(("1",), ("2",), 17),)),
    )


def test_a_line_that_looks_like_the_name_of_a_file_belongs_to_a_hunk_that_counts_it() -> None:
    (part,) = parts("```diff\n--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n a\n--- b\n+++ c\n```")
    assert part == Hunks("q.sql", 2, (Hunk(("a", "-- b"), ("a", "++ c"), 4, 1),))


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        ("-a\n+b", None),
        ("-a\n+b\n\\ No newline at end of file", False),
        ("-a\n\\ No newline at end of file\n+b", True),
        ("-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file", False),
    ],
)
def test_a_diff_may_say_how_the_file_ends(lines: str, ends: bool | None) -> None:
    (part,) = parts(f"```diff\n--- a/f.txt\n+++ b/f.txt\n@@ -1 +1 @@\n{lines}\n```")
    assert isinstance(part, Hunks)
    assert [hunk.final_newline for hunk in part.hunks] == [ends]


@pytest.mark.parametrize(
    "head",
    [
        "--- a/f.txt\n+++ b/f.txt",
        "--- f.txt\n+++ f.txt",
        "diff --git a/f.txt b/f.txt\n--- a/f.txt\n+++ b/f.txt",
        'Here:\n--- "a/f.txt"\n+++ "b/f.txt"',
    ],
)
def test_a_diff_names_its_file(head: str) -> None:
    assert parts(f"```diff\n{head}\n@@ -1 +1 @@\n-a\n+b\n```")[0].path == "f.txt"


def test_a_diff_without_a_name_is_of_the_file_above_it() -> None:
    found = parts(
        "File: src/cart.py\n```diff\n@@ -1 +1 @@\n-a\n+b\n```\n```\n--- a/f.txt\n+++ b/f.txt\n@@\n-1\n+2\n```"
    )
    assert [part.path for part in found] == ["src/cart.py", "f.txt"]


def test_a_diff_makes_and_deletes_files() -> None:
    made = "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,2 @@\n+a\n+b\n"
    empty = "diff --git a/e/__init__.py b/e/__init__.py\nnew file mode 100644\n"
    gone = "--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    also = "diff --git a/bye.bin b/bye.bin\ndeleted file mode 100644\n"
    found = parts(f"```diff\n{made}{empty}{gone}{also}```")
    assert [(part.path, type(part)) for part in found] == [
        ("new.txt", Whole),
        ("e/__init__.py", Whole),
        ("old.txt", Gone),
        ("bye.bin", Gone),
    ]
    assert [part.fence.text for part in found if isinstance(part, Whole)] == ["a\nb\n", ""]


def test_a_patch_may_be_a_file_itself() -> None:
    assert read("File: fix.patch\n```diff\n--- a/x\n+++ b/x\n```") == {"fix.patch": "--- a/x\n+++ b/x\n"}


ONLY_ONCE = "send it once: whole, as edits, or deleted"
NAME_IT = "put `File: PATH` on the line above it, or leave it out"
LONGER = "around a file that holds ``` use a longer fence"
ONCE = "an edit is SEARCH, =======, REPLACE; for lines that look like these, send the whole file"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```python\nx = 1\n```", f"answer:1: the block does not say which file it is; {NAME_IT}"),
        ("\nNode.js:\n```js\nx\n```", f"answer:3: the block does not say which file it is; {NAME_IT}"),
        (
            "File: a.py\n```python\nx = 1",
            f"answer:2: the block that starts here is never closed; close it; {LONGER}",
        ),
        (
            "File: a.md\n```\n```bash\nls\n```\nend",
            f"answer:3: a block opens inside of the one above it; {LONGER}",
        ),
        (
            "File: ../a.py\n```\n1\n```",
            "answer:2: the path '../a.py' has the component ..; name a file below the repository's root",
        ),
        (
            "File: /etc/passwd\n```\n1\n```",
            "answer:2: the path '/etc/passwd' is absolute; name a file below the repository's root",
        ),
        (
            "File: a.py\n```python:b.py\n1\n```",
            "answer:2: the block says it is b.py, line 1 says a.py; name one file by its whole path",
        ),
        (
            '```py title="a.py\n1\n```',
            "answer:1: the quote after title= is not closed; name one file by its whole path",
        ),
        (
            "```python:a.py\n1\n```\n```python:a.py\n2\n```",
            f"answer:5: a.py stands in the answer twice, here and in line 2; {ONLY_ONCE}",
        ),
        (
            f"```python:a.py\n1\n```\n```python:a.py\n{EDIT.format('', '')}```",
            f"answer:4: a.py stands in the answer twice, here and in line 2; {ONLY_ONCE}",
        ),
        (
            "```python:a.py\n1\n```\n```python:A.py\n2\n```",
            "answer:5: A.py and a.py (line 2) are one file to some systems",
        ),
        (
            "```python:a.py\n1\n```\n```python:a.py/b.py\n2\n```",
            "answer:5: a.py/b.py lies below a.py, which is a file here; name another path",
        ),
        ("```python:a.py\nx\n\x1b[31m\n```", "answer:3: the file would hold the control character U+001B"),
        (
            "```python:a.py\n<<<<<<< SEARCH\na\n```",
            f"answer:2: the edit that starts here has no >>>>>>> REPLACE; {ONCE}",
        ),
        (
            "```python:a.py\n<<<<<<< SEARCH\na\n=======\nb\n=======\nc\n>>>>>>> REPLACE\n```",
            f"answer:6: '=======' has no place here; {ONCE}",
        ),
        (f"```\n{EDIT}```", f"answer:1: the block does not say which file it is; {NAME_IT}"),
        (f"```python:a.py\n# Edits:\n\n{EDIT}```", f"answer:2: '# Edits:' has no place here; {ONCE}"),
        (
            f"```python:a.py\n{EDIT.format('', '')}# and more\n```",
            f"answer:5: '# and more' has no place here; {ONCE}",
        ),
        (
            "Change a.py:\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE",
            "answer:2: an edit stands outside of a block; put ``` above and below it",
        ),
        (
            "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py",
            "answer:1: an edit stands outside of a block; put ``` above and below it",
        ),
        ("```diff\n```", "answer:2: the diff names no file; start it with --- a/PATH and +++ b/PATH"),
        (
            "```diff\n@@ -1 +1 @@\n-a\n+b\n```",
            "answer:2: the diff names no file; start it with --- a/PATH and +++ b/PATH",
        ),
        (
            "```diff\n--- a/a.py\n+++ b/b.py\n@@ -1 +1 @@\n-a\n+b\n```",
            "answer:2: the diff names two files, a.py and b.py; delete one and write the other",
        ),
        (
            "```diff\n--- a/a.py\n+++ b/a.py\n```",
            "answer:2: the diff of a.py has no hunk; a hunk starts with @@",
        ),
        (
            "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\nb\n```",
            "answer:6: 'b' is no line of a hunk; a line of a hunk starts with a blank, + or -",
        ),
        (
            "```diff\ndiff --git a/a b/c\nrename from a\n--- a/x\n+++ b/x\n@@\n-1\n```",
            "answer:3: 'rename from a' cannot be carried out; delete a file and write another instead",
        ),
        (
            "```patch\n*** Begin Patch\n*** Update File: a.py\n```",
            "answer:2: '*** Begin Patch' cannot be carried out; delete a file and write another instead",
        ),
        (
            "".join(f"```python:{n}.py\n```\n" for n in range(201)),
            "answer:1: the answer writes more than 200 files; send only those the task needs",
        ),
        (
            f"```python:a.py\n{EDIT.format('a', 'b') * 1001}```".replace("a==", "a\n==").replace(
                "b>>", "b\n>>"
            ),
            "answer:1: the answer holds more than 1,000 edits; send the files whole",
        ),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(text: str, message: str) -> None:
    assert wrong(text) == [message]


def test_all_problems_are_said_in_the_order_they_stand() -> None:
    assert [
        line.split(": ")[0] for line in wrong("```py\n1\n```\nFile: ../x\n```\n1\n```\n```go\nx\n```")
    ] == [
        "answer:1",
        "answer:5",
        "answer:8",
    ]


def test_a_single_block_is_the_one_file_the_task_is_to_make() -> None:
    answer = parse_answer("```bash\npytest\n```\n```python\nx = 1\n```", KNOWN, sole="src/cart.py")
    assert [(part.path, part.line) for part in answer.parts] == [("src/cart.py", 5)]
    assert answer.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "```python\n1\n```\n```python\n2\n```",
        "```go\npackage x\n```",
        "```python\n1\n```\n```python:b.py\n```",
    ],
)
def test_a_block_that_may_be_something_else_is_not_guessed(text: str) -> None:
    answer = parse_answer(text, KNOWN, sole="src/cart.py")
    assert answer.problems
    assert "src/cart.py" not in {part.path for part in answer.parts}


def test_a_text_that_was_asked_for_may_change_files_that_it_names() -> None:
    files = "File: a.py\n```python\nx = 2\n```\n```diff\n--- a/b.txt\n+++ /dev/null\n```"
    answer = parse_answer(f"So:\n```python\nx = 1\n```\n{files}", free=True)
    assert [part.path for part in answer.parts] == ["a.py", "b.txt"]
    assert answer.problems == ()


def test_a_text_that_was_asked_for_may_hold_blocks_without_names() -> None:
    answer = parse_answer("It works so:\n```python\nx = 1\n```\nand\n```go\nx", free=True)
    assert (answer.parts, answer.problems) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "```" + "`" * 200_000,
        "File: " * 40_000,
        "```py:a.py\n" * 20_000,
        "```diff\n" + "@@ -1,999999999 +1,999999999 @@\n" * 20_000,
        "```diff\n--- a/x\n+++ b/x\n" + "@@ -1,2 +1,2 @@\n\n\n\n" * 20_000,
        "```py:a.py\n<<<<<<< SEARCH\n" + "=======\n" * 40_000,
        "\n" * 200_000 + "```",
        "```\n\n\n\n```\n" * 20_000,
        "<think>" * 40_000,
        "(" * 200_000 + "\n```py\n```",
        "".join(f"```py:{n}.py\nx\n```\n" for n in range(20_000)),
    ],
)
def test_a_hostile_answer_takes_no_longer_than_its_length(text: str) -> None:
    started = time.perf_counter()
    parse_answer(text, KNOWN)
    assert time.perf_counter() - started < 5

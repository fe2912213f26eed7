"""Which file a block belongs to, and the complaints about blocks and paths."""

from __future__ import annotations

import pytest
from reading_bench import files_of, messages, one, read

from batchexec.errors import Severity

STEP = "## TASK-1: T\n"


def fence(info: str, content: str = "x\n") -> str:
    return f"{STEP}```{info}\n{content}```\n"


@pytest.mark.parametrize(
    ("info", "path"),
    [
        ("python:src/a.py", "src/a.py"),
        ("python:./src/a.py", "src/a.py"),
        ('ts file="src/my file.ts"', "src/my file.ts"),
        ("ts title='a.ts'", "a.ts"),
        ("ts title=a.ts", "a.ts"),
        ("ts {file=src/a.ts}", "src/a.ts"),
        ("ts filename=src/a.ts showLineNumbers", "src/a.ts"),
        ("dockerfile:Dockerfile", "Dockerfile"),
        ("python:a.py title=a.py", "a.py"),
    ],
)
def test_the_words_after_a_fence_may_name_its_file(info: str, path: str) -> None:
    assert [block.path for block in one(fence(info)).blocks] == [path]


@pytest.mark.parametrize(
    "info", ["python", "ts title='An example'", "text:note", "js {1,3-4}", "diff -u a.py b.py"]
)
def test_other_words_name_none(info: str) -> None:
    assert one(fence(info)).blocks == ()


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("python:a.py file=b.py", "the fence names two files, a.py and b.py"),
        ("python file=", "the fence names a file with an empty path"),
        ("python:", "the fence names a file with an empty path"),
        ('python file="a.py', "the quote after file= is not closed"),
    ],
)
def test_words_that_name_no_single_file_are_an_error(info: str, message: str) -> None:
    assert messages(read(fence(info))) == [
        f"run/topic.md:2: error: {message}; name one file by its whole path"
    ]


@pytest.mark.parametrize(
    ("language", "line", "path"),
    [
        ("python", "# src/a.py", "src/a.py"),
        ("python", "# In src/a.py", "src/a.py"),
        ("ts", "// src/a.ts", "src/a.ts"),
        ("ts", "// File: src/a.ts", "src/a.ts"),
        ("css", "/* web/a.css */", "web/a.css"),
        ("html", "<!-- web/a.html -->", "web/a.html"),
        ("sql", "-- db/a.sql", "db/a.sql"),
        ("", "# Makefile", "Makefile"),
        ("tsx", "// app/[id]/page.tsx", "app/[id]/page.tsx"),
    ],
)
def test_a_first_line_that_is_only_a_path_names_the_file_and_stays(
    language: str, line: str, path: str
) -> None:
    (block,) = one(fence(language, f"{line}\nx\n")).blocks
    assert (block.path, block.text) == (path, f"{line}\nx\n")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("python", "# see src/a.py for more"),
        ("python", "# TODO"),
        ("python", "# v1.2.3"),
        ("bash", "# In src/a.py"),
        ("js", "// https://example.com/a.js"),
        ("sh", "#!/bin/sh"),
        ("nginx", "# /etc/nginx/nginx.conf"),
        ("python", "# python"),
    ],
)
def test_a_first_line_of_prose_names_none(language: str, line: str) -> None:
    assert one(fence(language, f"{line}\nx\n")).blocks == ()


def test_a_block_and_its_label_may_name_the_file_in_two_ways() -> None:
    task = one(
        f"{STEP}**File:** src/a.py\n```python\n# a.py\n```\n#### x\n**File:** b.py\n```python:b.py\n```\n"
    )
    assert [block.path for block in task.blocks] == ["src/a.py", "b.py"]


def test_a_block_that_contradicts_its_label_is_an_error() -> None:
    assert messages(read(f"{STEP}**File:** src/a.py\n```python:src/b.py\n```\n")) == [
        (
            "run/topic.md:3: error: the block says it is src/b.py, the label above it says src/a.py (line 2);"
            " let both name one file"
        )
    ]


def test_a_block_of_another_language_contradicts_nobody() -> None:
    task = one(f"{STEP}**File:** a.ts\n```css\n/* b.css */\n```\n```ts\nx\n```\n")
    assert [block.path for block in task.blocks] == ["b.css", "a.ts"]


@pytest.mark.parametrize(
    ("path", "language", "takes"),
    [
        ("a.py", "python", True),
        ("a.py", "py", True),
        ("a.py", "", True),
        ("a.py", "text", True),
        ("a.py", "klingon", True),
        ("a.py", "bash", False),
        ("a.py", "diff", False),
        ("a.tsx", "typescript", True),
        ("a.ts", "json", False),
        ("a.klingon", "python", True),
        (".env.example", "env", True),
        (".env", "python", False),
        ("Dockerfile", "dockerfile", True),
        ("Dockerfile.dev", "python", False),
        ("docs/a.md", "markdown", True),
        ("config.yml", "yaml", True),
        ("deploy.sh", "bash", True),
        ("nginx.conf", "nginx", True),
        ("site.conf", "apache", True),
    ],
)
def test_a_label_takes_the_next_block_whose_language_suits(path: str, language: str, *, takes: bool) -> None:
    task = one(f"{STEP}#### File: {path}\n```{language}\nx\n```\n")
    assert len(task.blocks) == takes


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("# local\nPORT=80\nexport NAME='a b'  # me\n\n", True),
        ("cp .env.example .env\n", False),
        ("PORT=80 npm start\n", False),
        ("", False),
    ],
)
def test_variables_fenced_as_shell_may_be_an_env_file(text: str, *, takes: bool) -> None:
    task = one(f"{STEP}#### File: api/.env.local\n```bash\n{text}```\n")
    assert len(task.blocks) == takes


def test_a_label_takes_one_block_and_waits_for_the_one_that_suits() -> None:
    task = one(f"{STEP}#### File: a.py\n```bash\nmkdir x\n```\n```python\none\n```\n```python\ntwo\n```\n")
    assert [(block.path, block.text) for block in task.blocks] == [("a.py", "one\n")]


@pytest.mark.parametrize(
    "heading", ["### Verification", "### Verification Steps", "**Verification:**", "### Suggestions"]
)
def test_blocks_below_verification_and_suggestions_are_text(heading: str) -> None:
    task = one(f"{STEP}**File:** a.sh\n{heading}\n```bash\nls\n```\n```sh:b.sh\nls\n```\n")
    assert files_of(task) == [("a.sh", "code", "-")]


def test_a_file_label_ends_a_verification_label() -> None:
    task = one(f"{STEP}**Verification:** run it\n**File:** a.sh\n```bash\nls\n```\n")
    assert files_of(task) == [("a.sh", "code", "merge")]


def test_a_block_that_only_shows_evidence_is_text() -> None:
    task = one(f"{STEP}**File:** a.md\n```markdown\n- evidence: code path=a.py\n```\n```markdown\n# A\n```\n")
    assert [block.text for block in task.blocks] == ["# A\n"]


def test_an_empty_block_is_an_empty_file() -> None:
    (block,) = one(f"{STEP}#### File: pkg/__init__.py\n```python\n```\n").blocks
    assert block.text == ""


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("`a b/c.py`", "a b/c.py"),
        ('"a b/c.py"', "a b/c.py"),
        ("**`a.py`**", "a.py"),
        ("[a.py](a.py)", "a.py"),
        ("[`a.py`](../a.py)", "a.py"),
        ("./a.py", "a.py"),
        (".github/x.yml", ".github/x.yml"),
        ("app/[id]/page.tsx", "app/[id]/page.tsx"),
        ("ไทย/ราคา.md", "ไทย/ราคา.md"),
    ],
)
def test_the_value_of_a_file_label_is_one_token(value: str, path: str) -> None:
    assert [output.path for output in one(f"{STEP}**File:** {value}\n").outputs] == [path]


@pytest.mark.parametrize("value", ["a.py and b.py", "`a.py` and `b.py`", "the `a.py` file"])
def test_anything_else_is_text(value: str) -> None:
    assert read(f"{STEP}**File:** {value}\n").tasks[0].outputs == ()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "the path is empty"),
        ("``", "the path is empty"),
        ("`../x`", "the path '../x' has the component .."),
        ("/etc/passwd", "the path '/etc/passwd' is absolute"),
        ("C:/x", "the path 'C:/x' starts with a drive letter"),
        ("~/x", "the path '~/x' starts with ~"),
        ("src/*.py", "the path 'src/*.py' holds the wildcard *"),
        (".git/config", "the path '.git/config' has the protected component .git"),
        ("{{path}}", "the path '{{path}}' is a field nobody filled in"),
        ("`{{ code path }}`", "the path '{{ code path }}' is a field nobody filled in"),
    ],
)
@pytest.mark.parametrize(
    "form", ["**File:** {}", "- Path: {} ", "#### File: {}", "Code file: {}", "### Existing Test\nFile: {}"]
)
def test_a_path_nobody_may_write_is_an_error_and_gets_no_block(form: str, value: str, problem: str) -> None:
    reading = read(f"{STEP}{form.format(value)}\n```\nx\n```\n")
    line = 3 if "\n" in form else 2
    assert messages(reading) == [
        f"run/topic.md:{line}: error: {problem}; name a file below the repository's root"
    ]
    assert (reading.tasks[0].blocks, reading.tasks[0].outputs) == ((), ())


def test_an_open_fence_is_an_error_at_its_opener_and_the_task_is_still_known() -> None:
    reading = read(f"{STEP}#### File: a.py\n```python\nx\n\n## TASK-2: lost\n")
    assert messages(reading) == [
        (
            "run/topic.md:3: error: the block that starts here is never closed; close it with a fence of its "
            "own kind"
        )
    ]
    assert [task.id for task in reading.tasks] == ["TASK-1"]


@pytest.mark.parametrize("name", ["topic.md", "README.md"])
def test_an_open_fence_outside_a_task_is_an_error_as_well(name: str) -> None:
    text = f"{STEP}## Notes\n~~~\n" if name == "topic.md" else "# R\n\n~~~\n"
    assert messages(read({name: text, "a.md": "## TASK-2: T\n"}), Severity.ERROR) == [
        (
            f"run/{name}:3: error: the block that starts here is never closed;"
            " close it with a fence of its own kind"
        )
    ]


@pytest.mark.parametrize(
    ("between", "message"),
    [
        ("#### File: a.py", "8: error: TASK-1 writes the whole of a.py, and so does TASK-1 (run/topic.md:4)"),
        (
            "## TASK-2: T\n#### File: A.py",
            "9: error: TASK-2 writes the whole of A.py, and so does TASK-1 (run/topic.md:4, as a.py)",
        ),
    ],
)
def test_two_blocks_that_write_one_whole_file_are_an_error_with_both_lines(
    between: str, message: str
) -> None:
    reading = read(f"{STEP}#### File: a.py\n```\n1\n```\n{between}\n```\n2\n```\n")
    assert messages(reading) == [f"run/topic.md:{message}; leave each file to one block"]


def test_a_file_below_a_file_is_an_error() -> None:
    reading = read(f"{STEP}#### File: a/b\n#### File: a/b/c/d.py\n")
    assert messages(reading, Severity.ERROR) == [
        (
            "run/topic.md:3: error: a/b/c/d.py lies below a/b, which is a file (run/topic.md:2);"
            " a path is a file or a directory, not both"
        )
    ]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("tests/x.py", "test"),
        ("src/latest_x.py", "code"),
    ],
)
def test_the_role_of_a_file_follows_from_its_path(path: str, role: str) -> None:
    assert files_of(one(f"{STEP}#### File: {path}\n"))[0][1] == role

from __future__ import annotations

import difflib
import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from batchexec.executors.api.answer import parse_answer
from batchexec.executors.api.landing import land
from batchexec.workspace import Stage, Workspace

PATHS = st.sampled_from(["src/a.txt", "b.md", "docs/c d.txt", "deep/er/d.cfg"])
# What is likely to be mistaken for a part of the answer itself.
ODD = [
    "",
    " ",
    "-",
    "+",
    "--- a",
    "+++ b",
    "@@ -1 +1 @@",
    "# b.md",
    "x",
    "y",
    "\ty ",
    "\\ No newline",
    "# Title",
]
LINES = st.lists(st.sampled_from(ODD) | st.text("abc `~<=>#*", max_size=8), max_size=12)


def fenced(path: str, text: str) -> str:
    """Write a file as the prompt asks for it."""
    mark = "`" * 20
    return f"File: `{path}`\n\n{mark}\n{text}{mark}\n"


def stage_in(directory: str, **files: bytes) -> Stage:
    """Make a stage over files that stand in it alone."""
    stage = Stage(Workspace(Path(directory, "tree")), Path(directory, "stage"))
    for name, data in files.items():
        stage.write(f"{name}.txt", data)
    return stage


def landed(answer: str, before: bytes) -> bytes | None:
    """Give what an answer makes of the file f.txt."""
    parsed = parse_answer(answer, ["f.txt"])
    assert parsed.problems == ()
    with tempfile.TemporaryDirectory() as directory:
        stage = stage_in(directory, f=before)
        assert land(parsed.parts, stage, {"f.txt"}) == []
        return stage.read("f.txt")


@given(files=st.dictionaries(PATHS, LINES, max_size=4))
@settings(deadline=None)
def test_what_an_answer_holds_is_what_was_put_into_it(files: dict[str, list[str]]) -> None:
    # What reads like the head of a diff is one, as an answer may well be.
    heads = [pair for lines in files.values() for pair in pairwise(lines)]
    assume(not any(old.startswith("--- ") and new.startswith("+++ ") for old, new in heads))
    texts = {path: "".join(f"{line}\n" for line in lines) for path, lines in files.items()}
    answer = parse_answer("Here they are.\n\n" + "\n".join(fenced(*one) for one in texts.items()), texts)
    assert answer.problems == ()
    with tempfile.TemporaryDirectory() as directory:
        stage = stage_in(directory)
        assert land(answer.parts, stage, ()) == []
        assert {path: stage.read(path) for path in texts} == {p: t.encode() for p, t in texts.items()}


@given(old=LINES, new=LINES, crlf=st.booleans(), wrong_numbers=st.booleans())
@settings(deadline=None, max_examples=300)
def test_a_diff_gives_the_new_file(old: list[str], new: list[str], crlf: bool, wrong_numbers: bool) -> None:
    if wrong_numbers:  # then the lines around a change have to be unlike all others
        old = [f"{n}{line}" for n, line in enumerate(old)]
        new = old[:2] + new + old[2:]
    diff = list(difflib.unified_diff(old, new, "a/f.txt", "b/f.txt", lineterm=""))
    if not diff or not old or not new:
        return
    if wrong_numbers:
        diff = ["@@ -900 +900 @@" if line.startswith("@@ ") else line for line in diff]
    mark = "`" * 20
    end = "\r\n" if crlf else "\n"
    answer = "\n".join([f"{mark}diff", *diff, mark])
    before, after = ("".join(line + end for line in lines).encode() for lines in (old, new))
    assert landed(answer, before) == after


@given(
    old=LINES,
    new=st.lists(st.text("abc-+ ", max_size=5), max_size=4),
    data=st.data(),
    crlf=st.booleans(),
    ends=st.booleans(),
)
@settings(deadline=None)
def test_an_edit_replaces_its_lines_and_no_others(
    old: list[str], new: list[str], data: st.DataObject, crlf: bool, ends: bool
) -> None:
    lines = ["first", "second", *(f"{n} {line}" for n, line in enumerate(old))]
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first + 1, len(lines)))
    end = "\r\n" if crlf else "\n"

    def content(all_lines: list[str]) -> bytes:
        text = "".join(line + end for line in all_lines)
        return (text if ends else text.removesuffix(end)).encode()

    edit = ["<<<<<<< SEARCH", *lines[first:last], "=======", *new, ">>>>>>> REPLACE"]
    mark = "`" * 20
    answer = "\n".join(["File: f.txt", mark, *edit, mark])
    assert landed(answer, content(lines)) == content([*lines[:first], *new, *lines[last:]])


@given(st.text("`~-+@<>=#:. \n\tabfile/SEARCH", max_size=300))
@settings(deadline=None, max_examples=300)
def test_no_text_breaks_the_reader(text: str) -> None:
    answer = parse_answer(text, ["a/b.py"], sole="a/b.py")
    assert all(problem.location for problem in answer.problems)

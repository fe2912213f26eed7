from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.paths import collision_key, problem_with


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "src/cart/totals.py",
        ".github/workflows/x.yml",
        ".gitignore",
        ".git-blame-ignore-revs",
        "app/[id]/page.tsx",
        "docs/read me.md",
        "ไทย/ราคา.md",
        "x..y",
        "a.git/x",
        "-rf",
        "--help",
        "$HOME.txt",
        "`id`",
        "it's",
        "notes~",
        "a/...",
        "n" * 255,
        "✈\ufe0f/map.svg",
    ],
)
def test_a_path_below_the_repository_is_fine(path: str) -> None:
    assert problem_with(path) is None


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "is empty"),
        ("/etc/passwd", "is absolute"),
        ("~/x", "starts with ~"),
        ("~root", "starts with ~"),
        ("C:/x", "starts with a drive letter"),
        ("c:x", "starts with a drive letter"),
        ("a\\b", "holds a backslash; components are separated by /"),
        ("..", "has the component .."),
        ("../x", "has the component .."),
        ("a/../b", "has the component .."),
        (".", "has the component ."),
        ("./a", "has the component ."),
        ("a/./b", "has the component ."),
        ("a//b", "has an empty component"),
        ("a/", "names a directory, not a file"),
        ("src/*.py", "holds the wildcard *"),
        ("src/?.py", "holds the wildcard ?"),
        ("a\0b", "holds a NUL character"),
        ("a\nb", "holds the invisible character U+000A"),
        ("a\u200bb", "holds the invisible character U+200B"),
        ("a\u202eb", "holds the invisible character U+202E"),
        ("a\ud800", "holds the invisible character U+D800"),
        ("a\udcff", "is not UTF-8"),
        ("a/" * 600 + "b", "is longer than 1,024 bytes"),
        ("ก" * 86, "has a component longer than 255 bytes"),
        (".git/hooks/pre-commit", "has the protected component .git"),
        ("sub/.GIT/config", "has the protected component .GIT"),
        ("sub/.Git./config", "has the protected component .Git."),
        (".git::$INDEX_ALLOCATION/x", "has the protected component .git::$INDEX_ALLOCATION"),
        (".hg/x", "has the protected component .hg"),
        (".svn", "has the protected component .svn"),
        (".jj/x", "has the protected component .jj"),
        (".batchexec/run.db", "has the protected component .batchexec"),
        ("a/.gitmodules", "has the protected component .gitmodules"),
        ("GIT~1/config", "has the protected component GIT~1"),
        (".ｇｉｔ/x", "has the protected component .ｇｉｔ"),
        (".g\ufe0fit/x", "has the protected component .g\ufe0fit"),
    ],
)
def test_a_path_that_could_do_harm_is_refused_with_the_reason(path: str, problem: str) -> None:
    assert problem_with(path) == problem


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(path: str) -> None:
    assert problem_with(path) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("src/A.py", "SRC/a.py"), ("caf\u00e9.md", "cafe\u0301.md"), ("stra\u00dfe", "STRASSE")],
)
def test_names_that_some_file_system_takes_for_one_have_one_key(one: str, other: str) -> None:
    assert collision_key(one) == collision_key(other)


def test_different_files_have_different_keys() -> None:
    assert collision_key("src/a.py") != collision_key("src/b.py")

"""A gate passes by evidence alone: what its commands print, how they end, and what was expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchexec.gates import check, expectation_of, parse_expectation
from batchexec.model import Expectation, Gate, Location, Result

if TYPE_CHECKING:
    from pathlib import Path

PASSED = ("passed", "")
ALWAYS_0 = ("unverified", "its exit status is 0 whatever happens, and nothing else is checked")


def judged(root: Path, script: str, expected: str = "", fence: str | None = None) -> tuple[str, str]:
    expectation = parse_expectation(expected, fence)
    gate = Gate(number=1, title="", location=Location("a.md", 1), scripts=(script,), expectation=expectation)
    found = check(gate, root, timeout_s=30)
    return str(found.result), found.reason


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("true", PASSED),
        ("echo done", PASSED),
        ("exit 3", ("failed", "exit status 3")),
        ("echo 2 failed; exit 1", ("failed", "exit status 1: 2 failed")),
        ("false\necho not reached", ("failed", "exit status 1")),
        ("false | cat", ("failed", "exit status 1")),
        ("grep x missing.txt | wc -l", PASSED),
        ("cat missing.txt 2>/dev/null | sort | wc -l", ("failed", "exit status 1: 0")),
        ("if test -f x; then grep a x; fi", PASSED),
    ],
)
def test_without_an_expectation_status_0_passes(
    tmp_path: Path, script: str, verdict: tuple[str, str]
) -> None:
    assert judged(tmp_path, script) == verdict


@pytest.mark.parametrize(
    ("script", "expected", "verdict"),
    [
        ("exit 2", "Exit code 2 (invalid)", PASSED),
        ("exit 0", "exit status 2", ("failed", "expected exit status 2, got 0")),
        ("exit 1", "exit status 2", ("failed", "expected exit status 2, got 1")),
        ("exit 1", "No output (exit code 1)", PASSED),
        ("echo 1; echo ' 7 '; echo", "7 (seven files)", PASSED),
        ("echo 8", "7", ("failed", "expected 7, got 8")),
        ("echo 7 files", "7", ("failed", "expected 7, got 7 files")),
        ("true", "7", ("failed", "expected 7, got nothing")),
        ("echo 7; echo a warning >&2", "7", PASSED),
        ("echo 7 >&2", "7", PASSED),
        ("echo 1,234", "≥ 1,000", PASSED),
        ("echo 8", ">= 8", PASSED),
        ("echo 7", "≥ 8", ("failed", "expected >= 8, got 7")),
        ("echo 7", "< 8", PASSED),
        ("echo 8", "< 8", ("failed", "expected < 8, got 8")),
        ("echo 8", "≤ 8", PASSED),
        ("echo 9; exit 1", "9", ("failed", "exit status 1: 9")),
        ("true", "No branches (empty output)", PASSED),
        ("echo; echo ' '", "no output", PASSED),
        ("echo main", "no output", ("failed", "expected no output, got main")),
        ("echo oops >&2", "no output", ("failed", "expected no output, got oops")),
        ("echo ' PASS '", "PASS", PASSED),
        ("printf '\\033[32mOK\\033[0m\\n' >&2", "OK", PASSED),
        ("echo not PASS", "PASS", ("failed", 'expected a line "PASS"')),
        ("echo Found it", "Found", ("failed", 'expected a line "Found"')),
        ("echo the config loaded: 6 domains", '"config loaded"', PASSED),
        ("echo b", '"a" or `b`', PASSED),
        ("echo c", '"a" or `b`', ("failed", 'expected "a" or "b" in the output')),
        ("echo drwxr-xr-x 2 root gitbutler", '"drwxr-xr-x ... gitbutler"', PASSED),
        ("echo gitbutler drwxr-xr-x", '"drwxr-xr-x ... gitbutler"',
         ("failed", 'expected "drwxr-xr-x ... gitbutler" in the output')),
        ("echo config; exit 4", '"config"', ("failed", "exit status 4: config")),
        ("echo x", "All tests pass", PASSED),
        ("echo x; exit 1", "All tests pass", ("failed", "exit status 1: x")),
    ],
)  # fmt: skip
def test_what_is_expected_must_match_and_the_status_be_0(
    tmp_path: Path, script: str, expected: str, verdict: tuple[str, str]
) -> None:
    assert judged(tmp_path, script, expected) == verdict


@pytest.mark.parametrize(
    ("printed", "fence", "verdict"),
    [
        ("a\nnoise\n  b\nc", "a\n b \n", PASSED),
        ("b\na", "a\nb", ("failed", 'expected the line "b" in the output')),
        ("ab", "a", ("failed", 'expected the line "a" in the output')),
        ("took 12 ms\nall done", "took ... ms\n...\nall done", PASSED),
        ("took 12 s", "took ... ms", ("failed", 'expected the line "took ... ms" in the output')),
        ("a b", "a ... ... b", PASSED),
        ("aba", "ab...ba", ("failed", 'expected the line "ab...ba" in the output')),
        ("loading…", "loading...", PASSED),
    ],
)
def test_the_lines_of_a_fence_occur_in_order(
    tmp_path: Path, printed: str, fence: str, verdict: tuple[str, str]
) -> None:
    (tmp_path / "printed.txt").write_text(printed)

    assert judged(tmp_path, "cat printed.txt", "", fence) == verdict


@pytest.mark.parametrize(
    ("script", "expected", "verdict"),
    [
        ("grep -c x a.txt", "0", PASSED),
        ("grep -c x a.txt", "1", ("failed", "expected 1, got 0")),
        ("grep -c x a.txt", "", ("failed", "exit status 1: 0")),
        ("grep -c x a.txt", "none at all", ("failed", "exit status 1: 0")),
        ("rg() { return 1; }; rg x", "no output", PASSED),
        ("(cd . && grep x a.txt)", "no output", PASSED),
        ("! test -f a.txt", "no output", PASSED),
        ("[ -f missing ]", "no output", PASSED),
        ("[[ -f missing ]]", "no output", PASSED),
        ("diff a.txt b.txt", '"> two"', PASSED),
        ("cmp a.txt b.txt", '"differ"', PASSED),
        ("ls missing 2>/dev/null", "no output", PASSED),
        ("grep -c x a.txt; exit 1", "0", ("failed", "exit status 1: 0")),
        ("python3 -c 'exit(1)'", "no output", ("failed", "exit status 1")),
        ("X=1\ngrep -c x a.txt", "0", PASSED),
        ("test -f missing\ngrep -r nothing .", "no output", ("failed", "exit status 1")),
        ("test -f a.txt; grep nothing a.txt", "no output", PASSED),
    ],
)
def test_a_search_that_finds_nothing_ends_with_1_and_its_expectation_decides(
    tmp_path: Path, script: str, expected: str, verdict: tuple[str, str]
) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    (tmp_path / "b.txt").write_text("two\n")

    assert judged(tmp_path, script, expected) == verdict


def test_a_search_before_the_end_of_a_pipe_may_find_nothing(tmp_path: Path) -> None:
    assert judged(tmp_path, "echo a | grep b | wc -l", "0") == PASSED
    assert judged(tmp_path, 'N=$(echo a | grep b | wc -l)\necho "$N"', "0") == PASSED


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("test -d . && echo PASS || echo FAIL", PASSED),
        ("test -d no && echo PASS || echo FAIL", ("failed", 'printed "FAIL"')),
        ("test -d no && echo FAIL || echo PASS", PASSED),
        ("test -d . && echo FAIL || echo PASS", ("failed", 'printed "FAIL"')),
        ("test -d . && echo '✗ there' || echo gone", ("failed", 'printed "✗ there"')),
        ("test -d . && echo 'No errors' || echo bad", PASSED),
        ("test -d no && \\\n  echo yes || \\\n  echo no", ("failed", 'printed "no"')),
        ("nosuchcommand && echo PASS || echo FAIL", ("failed", 'printed "FAIL"')),
        ('test -d no && echo "ok $PWD" || echo "bad $PWD"', ("failed", 'printed "bad…"')),
        ('test -d . && echo "ok $PWD" || echo "bad $PWD"', PASSED),
        ("test -d . && echo '$ok' || echo bad", PASSED),
        ("test -d . && { echo a; echo PASS; } || { echo a; echo FAIL; }", PASSED),
        ("test -d no && { echo a; echo PASS; } || { echo a; echo FAIL; }", ("failed", 'printed "FAIL"')),
        ("test -d no && printf 'PASS\\n' || printf 'FAIL\\n' >&2", ("failed", 'printed "FAIL"')),
        ("test -d no && echo -e '\\e[32mPASS\\e[0m' || echo -e '\\e[31mFAIL\\e[0m'",
         ("failed", 'printed "FAIL"')),
        ("test -d no && echo PASS || echo FAIL | tee log", ("failed", 'printed "FAIL"')),
        ("test -d . && echo PASS || echo FAIL\ntest -d no && echo PASS || echo FAIL",
         ("failed", 'printed "FAIL"')),
        ("[ -d no ] || [ -d . ] && echo PASS || echo FAIL", PASSED),
        ('for f in . no; do\n  test -d $f && echo "✓ $f" || echo "✗ $f"\ndone', ("failed", 'printed "✗…"')),
        ('for f in . ..; do\n  test -d $f && echo "✓ $f" || echo "✗ $f"\ndone', PASSED),
        ("if test -d no; then echo PASS; else echo FAIL; fi", ("failed", 'printed "FAIL"')),
        ("if test -d .; then echo PASS; else echo FAIL; fi", PASSED),
        ("if test -d .; then echo 'FAIL: still there'; fi", ("failed", 'printed "FAIL: still there"')),
        ("test -d . && echo PASS || { echo FAIL; exit 1; }", PASSED),
        ("test -d no && echo PASS || { echo FAIL; exit 1; }", ("failed", "exit status 1: FAIL")),
        ("echo '&& echo PASS || echo FAIL'", PASSED),
        ("echo FAIL # && echo PASS || echo FAIL", PASSED),
    ],
)  # fmt: skip
def test_what_always_ends_with_0_is_judged_by_what_it_prints(
    tmp_path: Path, script: str, verdict: tuple[str, str]
) -> None:
    """Also where success and failure are swapped, for then only the first text looks like a failure."""
    assert judged(tmp_path, script) == verdict


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("test -d . && echo there", PASSED),
        ("test -d no && echo there", ("failed", "exit status 1")),
        ("test -d no && echo there\ntrue", ("failed", 'did not print "there"')),
        ("test -d . && echo there\ntrue", PASSED),
        ('test -d no && echo "got $PWD"\ntrue', ("failed", 'did not print "got…"')),
        ("echo there at last\ntest -d no && echo there\ntrue", ("failed", 'did not print "there"')),
        ("test -d . && echo FAIL\ntrue", ("failed", 'printed "FAIL"')),
        ("test -d no && echo FAIL\ntrue", PASSED),
    ],
)
def test_what_is_said_on_success_must_be_printed(
    tmp_path: Path, script: str, verdict: tuple[str, str]
) -> None:
    assert judged(tmp_path, script) == verdict


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("test -d no || echo missing", ("failed", 'printed "missing"')),
        ("test -d . || echo missing", ALWAYS_0),
        ("false || true", ALWAYS_0),
        ("true || true", ALWAYS_0),
        ("cd . && false || :", ALWAYS_0),
        ("cd .\nfalse || true\necho done", ALWAYS_0),
        ("false || exit 0", ALWAYS_0),
        ("{ false; } || true", ALWAYS_0),
        ("false || echo hidden > /dev/null", ALWAYS_0),
        ("set +e\nfalse\necho done", ALWAYS_0),
        ("if test -d .; then echo here; else echo there; fi", ALWAYS_0),
        ('test -d . && echo "$PWD" || echo "$HOME"', ALWAYS_0),
        ("rm x 2>/dev/null || true\ntest -d .", PASSED),
        ("rm x 2>/dev/null || true\ntest -d no", ("failed", "exit status 1")),
        ("false || exit 4", ("failed", "exit status 4")),
        ("echo '|| true'", PASSED),
    ],
)
def test_a_failure_that_is_swallowed_leaves_a_gate_unverified(
    tmp_path: Path, script: str, verdict: tuple[str, str]
) -> None:
    assert judged(tmp_path, script) == verdict


@pytest.mark.parametrize(
    ("script", "expected", "verdict"),
    [
        ("echo 3 || true", "3", PASSED),
        ("echo 4 || true", "3", ("failed", "expected 3, got 4")),
        ("false || true", "exit code 0", ALWAYS_0),
        ("ls no 2>/dev/null || echo Missing", '"Missing"', PASSED),
        ("test -d . || echo Missing", '"Missing"', ("failed", 'expected "Missing" in the output')),
        ("test -d no && echo Found || echo Not Found", '"Found"', ("failed", 'printed "Not Found"')),
        ("test -d . && echo PASS || echo FAIL", "PASS", PASSED),
        ("test -d no && echo PASS || echo FAIL", "PASS", ("failed", 'printed "FAIL"')),
    ],
)
def test_where_failures_are_swallowed_an_expectation_still_decides(
    tmp_path: Path, script: str, expected: str, verdict: tuple[str, str]
) -> None:
    assert judged(tmp_path, script, expected) == verdict


def test_a_pipe_that_head_closed_is_judged_by_the_expectation_alone(tmp_path: Path) -> None:
    closed = ("unverified", "a pipe was closed before all was written (exit status 141)")

    assert judged(tmp_path, "yes | head -2") == closed
    assert judged(tmp_path, "yes | head -2", "some lines") == closed
    assert judged(tmp_path, "yes | head -2", '"y"') == PASSED
    assert judged(tmp_path, "yes | head -2", '"n"') == ("failed", 'expected "n" in the output')


def test_a_comment_that_ends_the_script_is_an_expectation(tmp_path: Path) -> None:
    script = "echo 4\n# Expected: 5"
    gate = Gate(
        number=1,
        title="",
        location=Location("a.md", 1),
        scripts=(script,),
        expectation=expectation_of((), script),
    )

    assert check(gate, tmp_path).reason == "expected 5, got 4"


def test_criteria_are_shown_and_not_checked(tmp_path: Path) -> None:
    gate = Gate(
        number=1,
        title="",
        location=Location("a.md", 1),
        scripts=("true",),
        expectation=Expectation(),
        criteria=('"PASS" is printed',),
    )

    assert check(gate, tmp_path).result is Result.PASSED

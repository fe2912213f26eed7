"""A script is read as bash would read it, as far as a verdict needs it."""

from __future__ import annotations

import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.gates.parts import Part, cut
from batchexec.gates.reading import read
from batchexec.gates.script import Word, pipelines
from batchexec.gates.telling import looks_bad, told


def names(text: str) -> list[str]:
    script = read(text)
    assert script is not None
    found = [command.name for one in pipelines(script.lists) for command in one.commands]
    return sorted(filter(None, found))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("a; b & c\nd", ["a", "b", "c", "d"]),
        ("a && b || c | d |& e", ["a", "b", "c", "d", "e"]),
        ("a 'b; c' \"d; e\" f\\;g", ["a"]),
        ("a # b\n#c\nd", ["a", "d"]),
        ("a#b $# ${#x} x#y", ["a#b"]),
        ("X=1 Y=$(a) b; Z=2", ["a", "b"]),
        ("/usr/bin/grep x", ["grep"]),
        ("command env X=1 grep x", ["grep"]),
        ("! a; time b; time -p ! c", ["a", "b", "c"]),
        ('$a; ${b}x; "$c"/d', ["$", "$", "$"]),
        ('a $(b | c) "$(d "$(e)")" `f \\`g\\`` <(h)', list("abcdefgh")),
        ("a $((1 + (2))) ${b:-$(c)} ${d:-\"}\"} \"${e:-'}'}\"", ["a", "c"]),
        ("a $'it\\'s; b' $\"c\" $ d", ["a"]),
        ("if a; then b; elif c; then d; else e; fi > f", list("abcde")),
        ("while a; do b; done; until c; do d; done <<< e", list("abcd")),
        ("for x in 1 do 2; do a; done; for y do b; done; for ((;;)) do c; done", ["a", "b", "c"]),
        ("case $x in a|b) c;; (d) e;& *) f;; esac; g", ["c", "e", "f", "g"]),
        ("f() { a; }; function g { b; }; function h () ( c )", ["a", "b", "c"]),
        ("( a; b ) 2>&1 | { c; }", ["a", "b", "c"]),
        ("[[ -f a && ( $b == c* || ! -d d ) ]] && e", ["[[", "e"]),
        ("(( a > 1 )) && b", ["b"]),
        ("a <<E && b\nc\n$(d)\nE\ne", ["a", "b", "e"]),
        ("a <<-'E F' | b\n\tc\n\tE F\nd", ["a", "b", "d"]),
        ("x=(a b\nc); x+=(d) ; y[1]=e; f", ["f"]),
        ("a \\\n  b && \\\n c", ["a", "c"]),
        ("a &> b; c 2>/dev/null >&2; d >| e", ["a", "c", "d"]),
        ("echo then fi done }", ["echo"]),
    ],
)  # fmt: skip
def test_commands_are_found_where_bash_runs_them(text: str, found: list[str]) -> None:
    assert subprocess.run(["bash", "-n", "-c", text], check=False).returncode == 0
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    ["'", '"', "`", "$(", "${", "a (", "if a; then", "case", "case x in a", "a ||", "| a", ")", "((", "[[ a",
     "x=(", "fi", "for", ";;", "a > ", "$(" * 100 + ")" * 100, "{ " * 100, "f(", "&& a", "`'`"],
)  # fmt: skip
def test_what_cannot_be_read_is_no_script(text: str) -> None:
    assert read(text) is None


@given(st.text(alphabet="ab=$(){}[]|&;<>'\"`\\ \n#!EFx1") | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    told(read(text))
    assert "".join(part.text for part in cut(text)) in text


@pytest.mark.parametrize(
    "piece",
    ["$((", "((", "$(", "`", "${", "a;", "a && ", "a || true || ", "a | ", "<<E\n", "# Expected\n", "cd a\n",
     "'", "x=(", "if a; then ", "\\", "true || ", "a\n\n", "case a in b) ;; esac\n", "[[ ", "$a\n",
     "a << b "],
)  # fmt: skip
def test_a_long_script_takes_no_longer_than_its_length(piece: str) -> None:
    begun = time.process_time()

    for end in ("", "a"):
        told(read(piece * 3_000 + end))
        cut(piece * 3_000 + end)

    assert time.process_time() - begun < 6


@pytest.mark.parametrize(
    ("text", "pipefail"),
    [
        ("a | b", True),
        ("a | grep b", True),
        ("grep a b && c", True),
        ("grep a b | wc -l", False),
        ("a | rg b | c", False),
        ("diff a b | head", False),
        ("cmp a b | cat", False),
        ("test a | cat", False),
        ("a; X=$(b | grep c | wc -l)", False),
        ("find . | xargs grep -l a | wc -l", False),
        ("(cd a; grep b c) | wc -l", False),
        ("echo 'grep a | b' | c", True),
        ("a # grep b | c", True),
        ("echo grep | c", True),
    ],
)
def test_a_failure_in_a_pipe_counts_unless_a_search_stands_in_it(text: str, *, pipefail: bool) -> None:
    assert Part(text).pipefail is pipefail


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("cd a && b", ["cd a && b"]),
        ("cd a && b\ncd c && d", ["cd a && b\ncd c && d"]),
        ("cd a && b\ncd a && c", ["cd a && b\n", "cd a && c"]),
        ("b\ncd a\nc\n  cd ./a/ # again\nd", ["b\n", "cd a\nc\n", "  cd ./a/ # again\nd"]),
        ("# first\ncd 'a'\nb\n# second\ncd \"a\"\nc", ["cd 'a'\nb\n# second\n", 'cd "a"\nc']),
        ("cd a\nb\ncd ..\ncd c\nd\ncd ..", ["cd a\nb\ncd ..\ncd c\nd\ncd .."]),
        ("cd /a\ncd /a", ["cd /a\ncd /a"]),
        ("cd ~/a\ncd ~/a", ["cd ~/a\ncd ~/a"]),
        ("cd $a\ncd $a", ["cd $a\ncd $a"]),
        ("cd -\ncd -", ["cd -\ncd -"]),
        ("cd .\ncd .", ["cd .\ncd ."]),
        ("cd a; b; cd a; c", ["cd a; b; cd a; c"]),
        ("if b; then\ncd a\nfi\ncd a", ["if b; then\ncd a\nfi\ncd a"]),
        ("cd a\necho '\ncd a\n'", ["cd a\necho '\ncd a\n'"]),
        ("cd a\ncat <<E\ncd a\nE", ["cd a\ncat <<E\ncd a\nE"]),
        ("cd a\nb && \\\ncd a", ["cd a\nb && \\\ncd a"]),
        ("(cd a)\n(cd a)", ["(cd a)\n(cd a)"]),
        ("cd a\n'", ["cd a\n'"]),
        ("", []),
    ],
)
def test_a_script_is_cut_where_lines_enter_the_same_directory(text: str, parts: list[str]) -> None:
    assert [part.text for part in cut(text)] == (parts or [""])


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("FAIL", True),
        ("✗ Gate 1", True),
        ("❌", True),
        ("BROKEN: x", True),
        ("file MISSING", True),
        ("Error: x", True),
        ("Failed", True),
        ("TEST_FAILED", True),
        ("No errors", False),
        ("0 failures, then an error", True),
        ("✓ error handling", False),
        ("PASS", False),
        ("terror", False),
        ("done", False),
    ],
)
def test_some_texts_look_like_a_failure(text: str, *, bad: bool) -> None:
    assert looks_bad(text) is bad


@pytest.mark.parametrize(
    ("text", "required", "bad"),
    [
        ("a && echo yes || echo no", {Word("yes")}, {Word("no")}),
        ("a && echo a 'b  c' d || echo no", {Word("a b  c d")}, {Word("no")}),
        ('a && echo "x $y z" || echo x$y', {Word("x ", whole=False)}, {Word("x", whole=False)}),
        ("a && echo -n yes || echo -e 'n\\to\\n'", {Word("yes", whole=False)}, {Word("n\to")}),
        ("a && printf 'yes %s\\n' b || printf no", {Word("yes ", whole=False)}, {Word("no")}),
        ("a && echo `b` || echo $(c)", set(), set()),
        ("a && echo same || echo same", set(), set()),
        ("a && echo || echo no", set(), {Word("no")}),
        ("a && echo 'x\ny' || echo 'x\nz'", {Word("y")}, {Word("z")}),
        ("while a; do b && echo yes || echo no; done", set(), {Word("no")}),
        ("a | while read b; do test $b || echo no; done", set(), {Word("no")}),
        ("if a; then b && echo yes; fi", set(), set()),
        ("a && echo yes > b || echo no >> c", set(), set()),
        ("a && echo yes || echo no 2>/dev/null", {Word("yes")}, {Word("no")}),
        ("a && echo $'y\\x41\\u00e9\\101\\'' || echo -e '\\\\n\\0101'", {Word("yAéA'")}, {Word("\\nA")}),
        ('a && echo "q\\"\\x" || echo \'U\'\\ 0', {Word('q"\\x')}, {Word("U 0")}),
        ("a && echo $'\\UFFFFFFFF' || echo b", {Word("\\UFFFFFFFF")}, {Word("b")}),
        ("a && echo yes >&2 || echo no 1>&2", {Word("yes")}, {Word("no")}),
    ],
)
def test_what_a_script_tells_is_known_up_to_the_first_expansion(
    text: str, required: set[Word], bad: set[Word]
) -> None:
    found = told(read(text))

    assert (set(found.required), set(found.bad)) == (required, bad)

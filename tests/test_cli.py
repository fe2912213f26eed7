"""The words of `batchexec`: who answers them, and what becomes of mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from bench import section, uncovered

from batchexec import __version__, cli
from batchexec.settings import schema_text

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Batch

WORDS = (
    "run, list, forget, explain, status, logs, verify, lint, show, init, schema, plan_lint, plan_status,"
    " plan_list, plan_graph, plan_next, plan_subplans, plan_executions, plan_fill, plan_discover,"
    " plan_approve, plan_fix, plan_skip, plan_undo, undo, plan_run, plan_menu"
)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Say what a usage error leaves on stderr."""
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 3
    out, err = capsys.readouterr()
    assert not out
    return err.splitlines()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], f"error: say what to do: {WORDS}"),
        (["stauts"], "error: 'stauts' is no word of batchexec; did you mean 'status'?"),
        (["frobnicate"], f"error: 'frobnicate' is no word of batchexec; there are: {WORDS}"),
        (["schema", "--foo"], "error: unrecognized arguments: --foo"),
        (["status", "--js"], "error: unrecognized arguments: --js"),
    ],
)
def test_a_usage_error_is_said_in_two_lines_and_leaves_with_three(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert refused(capsys, *words) == [message, "try: batchexec --help"]


def test_a_word_that_lacks_something_names_its_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "explain") == [
        "error: the following arguments are required: TASK",
        "try: batchexec explain --help",
    ]


def test_help_names_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    named = {line.split()[0] for line in out.splitlines() if line.startswith("    ") and line.strip()}
    assert set(WORDS.split(", ")) <= named


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"batchexec {__version__}\n"


def test_schema_prints_the_schema_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == (json.loads(schema_text()), "")


def test_init_says_what_it_wrote_and_can_be_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path}/batchexec.yaml\nwrote {tmp_path}/dodo.py\n"
    assert cli.main(["init", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"kept {tmp_path}/batchexec.yaml\nkept {tmp_path}/dodo.py\n"


def test_init_without_a_directory_means_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init"]) == 0
    assert capsys.readouterr().out == "wrote batchexec.yaml\nwrote dodo.py\n"


def test_an_error_of_the_user_is_said_line_by_line_and_leaves_with_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / "none")]) == 3
    assert capsys.readouterr().err == f"error: there is no directory '{tmp_path}/none'\n"


@pytest.mark.parametrize("word", ["run", "list", "forget"])
def test_run_list_and_forget_are_doits_with_all_their_options(batch: Batch, word: str) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))

    done = batch.batchexec(word, "--max-failures", "many", "TASK-001")

    assert done.code == 3
    assert "--max-failures" in done.err


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_of_a_doit_word_is_doits(batch: Batch, flag: str) -> None:
    assert batch.batchexec("list", flag).out.startswith("PURPOSE\n")


def test_the_exit_status_of_doit_is_ours(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = ("}))

    assert batch.batchexec("run").code == 1


def test_an_error_from_below_leaves_with_three(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))

    done = batch.batchexec("explain", "TASK-7", "--json")

    assert done.code == 3
    assert done.out == ""
    assert done.err == (
        "error: 'TASK-7' is no task, group, category or file of this batch; near it: TASK-001\n"
    )


IMPORTED = """
import sys
from batchexec.cli import main
try:
    main(sys.argv[1:])
finally:
    slow = ("yaml", "json", "jinja2", "jsonschema", "rich", "sqlite3", "doit", "importlib.metadata")
    print([name for name in slow if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("words", [["--help"], ["explain", "--help"], ["frobnicate"], ["explain"], []])
def test_help_and_mistakes_import_nothing_slow(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words],
        env=uncovered(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == "[]"

"""The commands of a gate run in bash, from the root, for a limited time, and leave nobody behind."""

from __future__ import annotations

import random
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest
from processes import marked

from batchexec.gates import check, check_all, parse_expectation
from batchexec.model import Gate, Location, Result

if TYPE_CHECKING:
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="what left its group is found on Linux only")


def gate(
    *scripts: str,
    setup: tuple[str, ...] = (),
    cleanup: tuple[str, ...] = (),
    expected: str = "",
    manual: str = "",
    number: int = 1,
    level: int = 2,
) -> Gate:
    return Gate(
        number=number,
        title="",
        location=Location("a.md", 1),
        level=level,
        scripts=scripts,
        setup=setup,
        cleanup=cleanup,
        expectation=parse_expectation(expected),
        manual=manual,
    )


def test_a_gate_runs_in_the_root_and_its_end_is_kept(tmp_path: Path) -> None:
    one = gate("pwd; echo to both >&2")

    found = check(one, tmp_path)

    assert found.gate is one
    assert (found.result, found.code) == (Result.PASSED, 0)
    assert sorted(found.output.split("\n")) == ["", str(tmp_path), "to both"]
    assert 0 < found.seconds < 10


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("nosuch", "a command was not found (exit status 127): bash: line 1: nosuch: command not found"),
        ("touch x; ./x", "a command cannot be run (exit status 126): bash: line 1: ./x: Permission denied"),
        ("kill -9 $$", "ended by SIGKILL"),
        ("bash -c 'kill -TERM $$'", "ended by SIGTERM"),
        ("exit 255", "exit status 255"),
    ],
)  # fmt: skip
def test_what_cannot_run_or_is_ended_by_a_signal_failed(tmp_path: Path, script: str, reason: str) -> None:
    found = check(gate(script, expected='"anything" or exit status 9'), tmp_path)

    assert (found.result, found.reason) == (Result.FAILED, reason)


def test_a_status_for_a_missing_command_may_be_what_is_expected(tmp_path: Path) -> None:
    assert check(gate("nosuchcommand", expected="exit code 127"), tmp_path).result is Result.PASSED


def test_a_gate_has_nothing_to_read_and_a_group_of_its_own(tmp_path: Path) -> None:
    assert check(gate("cat"), tmp_path).output == ""
    assert check(gate("kill 0; sleep 9"), tmp_path).reason == "ended by SIGTERM"


@linux
def test_a_gate_that_hangs_dies_with_its_children_and_what_they_left_behind(tmp_path: Path) -> None:
    mark = f"MARK_{random.randbytes(8).hex()}"
    environ = {"PATH": "/usr/bin:/bin", mark: "1"}
    script = "sleep 60 & setsid sleep 60 & (setsid sleep 60 &) ; sleep 60"
    begun = time.monotonic()

    found = check(gate(script), tmp_path, timeout_s=0.5, environ=environ)

    assert (found.result, found.reason) == (Result.FAILED, "no end after 0.5 s")
    assert time.monotonic() - begun < 10
    assert marked(mark) == []


@pytest.mark.slow
def test_a_gate_that_is_to_end_has_ten_seconds_for_it(tmp_path: Path) -> None:
    begun = time.monotonic()

    found = check(gate("trap '' TERM; sleep 60; sleep 60"), tmp_path, timeout_s=0.3)

    assert (found.code, found.reason) == (128 + signal.SIGKILL, "no end after 0.3 s")
    assert 10 < time.monotonic() - begun < 13


@linux
def test_a_gate_that_ends_takes_what_it_started_along(tmp_path: Path) -> None:
    mark = f"MARK_{random.randbytes(8).hex()}"

    found = check(
        gate("setsid sleep 60 &\nsleep 60 &\ntrue"), tmp_path, environ={"PATH": "/usr/bin:/bin", mark: "1"}
    )

    assert found.result is Result.PASSED
    assert marked(mark) == []


def test_scripts_share_the_time_there_is(tmp_path: Path) -> None:
    found = check(gate("sleep 0.4", "sleep 0.4", "echo last"), tmp_path, timeout_s=0.6)

    assert found.reason == "no end after 0.6 s"
    assert found.output == ""


def test_a_gate_that_prints_without_end_is_ended(tmp_path: Path) -> None:
    found = check(gate("yes $(printf %0900d)", expected='"0"'), tmp_path)

    assert (found.result, found.reason) == (Result.FAILED, "printed more than 64 MB")
    assert len(found.output) <= 64 * 1024


def test_a_cancelled_gate_failed_and_its_cleanup_runs(tmp_path: Path) -> None:
    begun = time.monotonic()
    one = gate("sleep 60", cleanup=("touch cleaned",))

    found = check(one, tmp_path, cancelled=lambda: time.monotonic() > begun + 0.3)

    assert (found.result, found.reason) == (Result.FAILED, "cancelled")
    assert (tmp_path / "cleaned").exists()


def test_setup_comes_first_and_cleanup_last_whatever_happens(tmp_path: Path) -> None:
    one = gate("cat log; false", setup=("echo set up > log",), cleanup=("rm log", "exit 3"))

    found = check(one, tmp_path)

    assert (found.result, found.reason, found.output) == (Result.FAILED, "exit status 1: set up", "set up\n")
    assert not (tmp_path / "log").exists()


def test_what_setup_prints_is_not_judged(tmp_path: Path) -> None:
    assert check(gate("true", setup=("echo noise",), expected="no output"), tmp_path).result is Result.PASSED


def test_a_setup_that_fails_fails_the_gate_and_its_commands_do_not_run(tmp_path: Path) -> None:
    found = check(gate("touch ran", setup=("exit 2",), cleanup=("touch cleaned",)), tmp_path)

    assert (found.result, found.reason, found.code) == (Result.FAILED, "setup: exit status 2", 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cleaned"]


def test_a_change_of_directory_ends_with_its_gate(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()

    found = check_all([gate("cd tools; pwd"), gate("pwd", number=2)], tmp_path)

    assert [one.output.strip() for one in found] == [str(tmp_path / "tools"), str(tmp_path)]


def test_lines_that_enter_the_same_directory_each_start_in_the_root(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    script = "echo start\ncd tools && pwd\n\ncd ./tools/\npwd"

    found = check(gate(script), tmp_path)

    assert found.output.split() == ["start", *[str(tmp_path / "tools")] * 2]


@pytest.mark.parametrize(
    ("script", "expected", "reason"),
    [
        ("cd tools && false\ncd tools && true", "", "exit status 1"),
        ("cd tools && true\ncd tools && false", "", "exit status 1"),
        ("cd tools && exit 3\ncd tools && exit 3", "exit code 3", ""),
        ("cd tools && exit 3\ncd tools && exit 0", "exit code 3", "expected exit status 3, got 0"),
        ("cd tools && exit 1\ncd tools && exit 3", "exit code 3", "expected exit status 3, got 1"),
        ("cd tools && grep -c x a\ncd tools && grep -c y a", "0", ""),
    ],
)
def test_all_parts_of_a_gate_must_pass(tmp_path: Path, script: str, expected: str, reason: str) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "a").touch()

    assert check(gate(script, expected=expected), tmp_path).reason == reason


def test_text_of_a_gate_reaches_bash_as_it_is(tmp_path: Path) -> None:
    script = 'echo \'%Y {x} ; $(touch pwned)\' "100%"; echo -- "$0"'

    assert check(gate(script), tmp_path).output == "%Y {x} ; $(touch pwned) 100%\n-- bash\n"
    assert check(gate("--help || true; echo done"), tmp_path).output.endswith("done\n")


def test_a_gate_knows_no_secrets_and_runs_no_file_of_ours_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hook").write_text("echo hooked\n")
    monkeypatch.setenv("BASH_ENV", str(tmp_path / "hook"))
    monkeypatch.setenv("API_KEY", "secret")
    monkeypatch.setenv("GIT_DIR", "elsewhere")

    assert check(gate('echo "<$API_KEY$GIT_DIR>"'), tmp_path).output == "<>\n"


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (gate("touch ran", manual="a slash command"), "a slash command"),
        (gate(), "no command"),
        (gate("# only\n\n# comments"), "no command"),
        (gate("touch ran\nif true; then"),
         "not bash: line 3: syntax error: unexpected end of file"),
        (gate("touch ran", setup=('echo "',)),
         "not bash: line 1: unexpected EOF while looking for matching `\"'"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_manual_and_nothing_of_it_runs(tmp_path: Path, one: Gate, reason: str) -> None:
    found = check(one, tmp_path)

    assert (found.result, found.code) == (Result.MANUAL, None)
    assert found.reason.partition(" from ")[0] == reason
    assert list(tmp_path.iterdir()) == []


def test_commands_and_expectations_can_be_rewritten(tmp_path: Path) -> None:
    one = gate("echo /old/a", setup=("echo /old > log",), cleanup=("mv log old-log",), expected='"/old/a"')

    found = check(one, tmp_path, rewrite=lambda text: text.replace("old", "new"))

    assert (found.result, found.output) == (Result.PASSED, "/new/a\n")
    assert found.gate is one
    assert (tmp_path / "new-log").read_text() == "/new\n"


def test_all_gates_run_in_order_however_they_come_out(tmp_path: Path) -> None:
    gates = [gate("echo 1 >> log; exit 1"), gate("echo 2 >> log", number=2), gate(number=3)]

    found = check_all(gates, tmp_path)

    assert [one.result for one in found] == [Result.FAILED, Result.PASSED, Result.MANUAL]
    assert (tmp_path / "log").read_text() == "1\n2\n"


def test_levels_choose_gates(tmp_path: Path) -> None:
    gates = [gate("true", number=n, level=level) for n, level in enumerate((1, 2, 3, 1), 1)]

    assert [one.gate.number for one in check_all(gates, tmp_path, levels={1, 3})] == [1, 3, 4]


def test_a_gate_too_long_for_the_system_failed(tmp_path: Path) -> None:
    found = check(gate("true " + "x" * 3_000_000), tmp_path)

    assert (found.result, found.code) == (Result.FAILED, 126)
    assert found.reason == "a command cannot be run (exit status 126): bash: Argument list too long"


def test_without_bash_a_gate_failed(tmp_path: Path) -> None:
    found = check(gate("true"), tmp_path, environ={"PATH": str(tmp_path)})

    assert found.reason == "a command was not found (exit status 127): bash: No such file or directory"


def test_a_closed_pipe_is_no_signal_of_ours() -> None:
    assert 128 + signal.SIGPIPE == 141

"""Every attempt has a log of its own, for nobody but its user, if there is anything to log."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from bench import section
from tries_bench import WORK, attempts, shell_agent, some

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Batch


def logs(batch: Batch) -> list[Path]:
    """Name the logs the books tell of, in the order of their attempts."""
    return [batch.root / ".batchexec" / row["log"] for row in attempts(batch) if row["log"]]


def files(batch: Batch) -> list[Path]:
    return sorted((batch.root / ".batchexec/runs").rglob("*.log"))


def test_each_attempt_has_a_log_of_its_own(batch: Batch) -> None:
    batch.prompts(*some(2))
    batch.replay(
        "tasks: {TASK-001: {attempts: [{trouble: quality, error: no, log: first}, "
        "{log: second, files: {a: a}}]}}\n"
        f"default: {{log: third, {WORK}}}\n"
    )

    batch.doit()

    assert [log.read_text() for log in logs(batch)] == ["first", "second", "third"]
    assert sorted(logs(batch)) == files(batch)


def test_logs_stand_by_run_and_are_for_nobody_else(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay(f"default: {{log: something, {WORK}}}\n")

    batch.doit()

    (log,) = logs(batch)
    assert log.parent.name == batch.report()["run"]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_what_needs_no_program_leaves_no_log(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))

    assert batch.doit().code == 0
    assert not (batch.root / ".batchexec/runs").exists()
    assert [row["log"] for row in attempts(batch)] == [""]


def test_a_log_holds_the_command_what_it_printed_and_how_it_ended(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    long = "head -c 300000 /dev/zero | tr '\\0' x"
    shell_agent(batch, f"echo out; echo err >&2; {long}; echo; echo x > a.txt", repo_root="tree")

    assert batch.doit().code == 0

    (log,) = logs(batch)
    opening, *lines, closing = log.read_text().splitlines()
    assert opening.startswith(f"$ {batch.root}/agent.sh < prompt, ")
    assert {"out", "err", "x" * 300_000} <= set(lines)
    assert closing.startswith("batchexec: exited with status 0 after ")


def test_a_log_is_written_while_the_program_runs(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.write("tree/.keep", "")
    shell_agent(
        batch,
        'echo early; sleep 0.5; cat "$HERE"/.batchexec/runs/*/*.log > "$HERE/seen"; echo x > a.txt',
        repo_root="tree",
    )

    assert batch.doit().code == 0
    assert batch.read("seen").splitlines()[-1] == "early"


def test_logs_of_earlier_runs_stay(batch: Batch) -> None:
    batch.prompts(*some(1))
    batch.replay("default: {log: a, error: no}\n")

    batch.doit()
    batch.doit()

    assert len(files(batch)) == 2
    assert len({log.parent for log in files(batch)}) == 2

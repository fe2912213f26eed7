"""A task's files all appear or none; what a dead process had prepared is published, the rest forgotten."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from batchexec.build import Built, Halt, Tree, build, recover
from batchexec.evidence import Verdict
from batchexec.executors import Attempt
from batchexec.hooks import Hook, parse_hook
from batchexec.model import HookLine, Location, Outcome, Status, Task
from batchexec.rundb import OpenAttempt
from batchexec.verification import CheckedHook
from batchexec.workspace import Stage, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from batchexec.errors import Problem
    from batchexec.model import Change

TASK = Task(
    name="smartspec:T1",
    family="smartspec",
    id="T1",
    title="t",
    category="missing_code",
    priority=2,
    prompt="",
    location=Location("p.md", 1),
)


@dataclass(frozen=True)
class Writes:
    """An executor that stages files, then ends as it is told to."""

    outcome: Outcome = field(default_factory=lambda: Outcome(status=Status.PASSED))
    files: tuple[str, ...] = ("a.txt", "sub/b.txt")
    error: OSError | None = None
    kind: str = "writes"
    isolated: bool = False
    priced: bool = True

    def problems(self) -> list[Problem]:
        return []

    def fingerprint(self) -> str:
        return self.kind

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        for path in self.files:
            stage.write(path, path.encode())
        if self.error:
            raise self.error
        return self.outcome


class Bench:
    def __init__(self, root: Path) -> None:
        self.root = root / "tree"
        self.root.mkdir()
        self.stage = root / "stage"
        self.recorded: list[tuple[Outcome, tuple[Change, ...]]] = []
        self.verdict = Verdict()

    def prepared(self, outcome: Outcome, changes: Sequence[Change]) -> None:
        assert self.tree() == self.before, "something was published before it was on record"
        self.recorded.append((outcome, tuple(changes)))

    def check(self) -> Verdict:
        return self.verdict

    def build(self, executor: Writes) -> Built:
        self.before = self.tree()
        attempt = Attempt(run="20261121_101500")
        return build(TASK, executor, Workspace(self.root), self.stage, attempt, self.prepared, self.check)

    def tree(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): path.read_text()
            for path in self.root.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_work_is_on_record_before_any_of_it_is_in_the_tree(bench: Bench) -> None:
    built = bench.build(Writes())

    assert built.outcome.passed
    assert bench.tree() == {"a.txt": "a.txt", "sub/b.txt": "sub/b.txt"}
    assert [changes for _, changes in bench.recorded] == [built.changes]
    assert not bench.stage.exists()


def test_what_is_right_of_unfinished_work_is_published(bench: Bench) -> None:
    built = bench.build(Writes(Outcome(status=Status.NEEDS_WORK, summary="half")))

    assert built.outcome.summary == "half"
    assert len(bench.tree()) == 2


@pytest.mark.parametrize("status", [Status.FAILED, Status.INTERRUPTED, Status.TIMEOUT, Status.ERROR])
def test_a_task_that_came_out_badly_leaves_nothing(bench: Bench, status: Status) -> None:
    built = bench.build(Writes(Outcome(status=status)))

    assert (built.changes, bench.recorded, bench.tree()) == ((), [], {})
    assert not bench.stage.exists()


def test_nothing_to_write_needs_no_record(bench: Bench) -> None:
    assert bench.build(Writes(files=())).outcome.passed
    assert bench.recorded == []


def test_a_full_disk_stops_the_run_and_leaves_nothing(bench: Bench) -> None:
    built = bench.build(Writes(error=OSError(errno.ENOSPC, "No space left on device", "a.txt")))

    assert built.halt is Halt.DISK
    assert built.outcome == Outcome(
        status=Status.ERROR,
        summary="a.txt: No space left on device",
        hint="free some space, then run it again",
    )
    assert bench.tree() == {}


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_lack_of_permission_stops_the_run(bench: Bench, number: int) -> None:
    built = bench.build(Writes(error=OSError(number, "no", "a.txt")))

    assert (built.halt, built.outcome.status) == (Halt.PERMISSION, Status.FAILED)
    assert built.outcome.hint == "make it writable for you, then run it again"


def test_any_other_trouble_of_the_system_is_this_tasks_alone(bench: Bench) -> None:
    built = bench.build(Writes(error=OSError(errno.EIO, "Input/output error")))

    assert (built.halt, built.outcome.status) == (None, Status.ERROR)


def test_a_file_that_changed_meanwhile_is_a_conflict_and_stays(bench: Bench) -> None:
    def interfere(outcome: Outcome, changes: Sequence[Change]) -> None:
        (bench.root / "a.txt").write_text("a person was faster")

    attempt = Attempt(run="20261121_101500")
    built = build(TASK, Writes(), Workspace(bench.root), bench.stage, attempt, interfere, bench.check)

    assert built.outcome == Outcome(
        status=Status.CONFLICT,
        summary="a.txt appeared while the task ran",
        hint="nothing was written; run the task again",
    )
    assert bench.tree() == {"a.txt": "a person was faster"}


def test_a_task_that_would_change_what_is_protected_fails_and_writes_nothing(bench: Bench) -> None:
    attempt = Attempt(run="20261121_101500")
    built = build(
        TASK,
        Writes(),
        Workspace(bench.root),
        bench.stage,
        attempt,
        bench.prepared,
        bench.check,
        Tree(forbids={"a.txt", "c.txt"}.__contains__),
    )

    assert built.outcome.status is Status.FAILED
    assert built.outcome.summary == "it would change a.txt, by which it is judged; nothing was written"
    assert bench.tree() == {}


def test_a_target_outside_is_refused(bench: Bench, tmp_path: Path) -> None:
    (bench.root / "sub").symlink_to(tmp_path)

    built = bench.build(Writes())

    assert built.outcome.status is Status.FAILED
    assert bench.tree() == {}


def test_an_attempt_that_was_not_prepared_is_written_off(bench: Bench) -> None:
    bench.stage.mkdir()

    built = recover(
        OpenAttempt(1, "smartspec:T1", "20261121_101500", 1, {}),
        Workspace(bench.root),
        bench.stage,
        bench.check,
    )

    assert built.outcome == Outcome(status=Status.INTERRUPTED, summary="its process died")
    assert not bench.stage.exists()


def prepare(bench: Bench) -> OpenAttempt:
    stage = Stage(Workspace(bench.root), bench.stage)
    outcome = Writes().execute(TASK, stage, Attempt(run="20261121_101500"))
    return OpenAttempt(1, "smartspec:T1", "20261121_101500", 1, {}, outcome, stage.seal())


def test_prepared_work_of_a_dead_process_is_published(bench: Bench) -> None:
    attempt = prepare(bench)

    built = recover(attempt, Workspace(bench.root), bench.stage, bench.check)

    assert built == Built(Outcome(status=Status.PASSED), attempt.changes or (), verdict=bench.verdict)
    assert bench.tree() == {"a.txt": "a.txt", "sub/b.txt": "sub/b.txt"}


def test_prepared_work_whose_target_a_person_wrote_since_is_a_conflict(bench: Bench) -> None:
    attempt = prepare(bench)
    (bench.root / "a.txt").write_text("a person was faster")

    built = recover(attempt, Workspace(bench.root), bench.stage, bench.check)

    assert built.outcome.status is Status.CONFLICT
    assert bench.tree() == {"a.txt": "a person was faster"}


def test_prepared_work_whose_stage_is_gone_is_a_conflict_and_not_half_done(bench: Bench) -> None:
    attempt = prepare(bench)
    (bench.stage / "0002").unlink()

    built = recover(attempt, Workspace(bench.root), bench.stage, bench.check)

    assert built.outcome.status is Status.CONFLICT
    assert bench.tree() == {}


def checked(*, ok: bool, weak: bool = False, raw: str = "code path=a.txt", line: int = 7) -> CheckedHook:
    line_of = HookLine(raw, Location("tasks.md", line))
    hook = parse_hook(line_of)
    assert isinstance(hook, Hook)
    reason = "" if ok else "contains not found"
    return CheckedHook(raw=raw, location=line_of.location, hook=hook, ok=ok, weak=weak, reason=reason)


def test_a_task_whose_evidence_does_not_hold_needs_work_and_keeps_what_it_wrote(bench: Bench) -> None:
    bench.verdict = Verdict((checked(ok=True), checked(ok=False, line=8), checked(ok=False, line=9)))

    built = bench.build(Writes())

    assert built.outcome.status is Status.NEEDS_WORK
    assert built.outcome.summary == (
        "its evidence does not hold: contains not found: code path=a.txt, and 1 more"
    )
    assert built.outcome.location == Location("tasks.md", 8)
    assert built.outcome.hint == 'Write "" into a.txt, to the letter, or correct tasks.md:8.'
    assert (bench.root / "a.txt").exists()


def test_what_an_executor_left_open_is_done_if_the_evidence_holds(bench: Bench) -> None:
    bench.verdict = Verdict((checked(ok=True),))

    built = bench.build(Writes(Outcome(status=Status.NEEDS_WORK, summary="a.txt is left alone", hint="x")))

    assert built.outcome == Outcome(
        status=Status.PASSED,
        notes=("its evidence holds, though something was left open: a.txt is left alone",),
    )


def test_evidence_excuses_no_failure(bench: Bench) -> None:
    bench.verdict = Verdict((checked(ok=True),))

    built = bench.build(Writes(Outcome(status=Status.FAILED, summary="no")))

    assert (built.outcome.status, built.verdict) == (Status.FAILED, None)


def test_what_is_open_is_told_together_with_what_the_evidence_lacks(bench: Bench) -> None:
    bench.verdict = Verdict((checked(ok=False),))

    built = bench.build(Writes(Outcome(status=Status.NEEDS_WORK, summary="half")))

    assert built.outcome.summary == "half"
    assert built.outcome.notes == ("contains not found: code path=a.txt (tasks.md:7)",)


def test_weak_evidence_counts_unless_one_is_strict(bench: Bench) -> None:
    bench.verdict = Verdict((checked(ok=True, weak=True),))
    assert bench.build(Writes()).outcome.passed

    bench.verdict = Verdict((checked(ok=True, weak=True),), strict=True)
    assert "holds only weakly: code path=a.txt" in bench.build(Writes()).outcome.summary


def test_what_only_a_person_can_check_keeps_no_task_from_being_done(bench: Bench) -> None:
    raw = "ui screen=Login"
    bench.verdict = Verdict((checked(ok=False, raw=raw),))

    built = bench.build(Writes())

    assert built.outcome.passed
    assert built.verdict is not None
    assert not built.verdict.holds


def test_prepared_work_of_a_dead_process_is_held_to_its_evidence_too(bench: Bench) -> None:
    bench.verdict = Verdict((checked(ok=False),))
    bench.build(Writes())
    (outcome, changes) = bench.recorded[0]
    attempt = OpenAttempt(1, "smartspec:T1", "20261121_101500", 1, {}, outcome, changes)

    built = recover(attempt, Workspace(bench.root), bench.stage, bench.check)

    assert built.outcome.status is Status.NEEDS_WORK

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from apply_bench import RUN, block, task

from batchexec.errors import ExecutorError
from batchexec.executors import EXECUTORS, Apply, Attempt, Executor, make
from batchexec.model import Outcome, Resolution
from batchexec.workspace import Stage, Workspace, publish

SCRIPT = 'default:\n  files: {"a.py": "a = 1\\n"}\n'
SPECS: dict[str, dict[str, object]] = {
    "apply": {"kind": "apply"},
    "replay": {"kind": "replay", "script": "answers.yaml"},
}
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=sorted(EXECUTORS))
def executor(request: pytest.FixtureRequest, tmp_path: Path) -> Executor:
    (tmp_path / "answers.yaml").write_text(SCRIPT, encoding="utf-8")
    return make(SPECS[request.param], tmp_path)


def test_nothing_is_in_the_tree_until_it_is_published(executor: Executor, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    stage = Stage(Workspace(root), tmp_path / "stage")
    outcome = executor.execute(task(block("a.py", "a = 1\n")), stage, Attempt(run=RUN))
    assert isinstance(outcome, Outcome)
    assert outcome.passed
    assert list(root.iterdir()) == []
    publish(stage.workspace, stage.directory, stage.seal())
    assert [path.name for path in root.iterdir()] == ["a.py"]


def test_a_path_outside_is_an_outcome_not_an_exception(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a.py").symlink_to("/etc/passwd")
    stage = Stage(Workspace(tmp_path / "tree"), tmp_path / "stage")
    outcome = executor.execute(task(block("a.py", "a = 1\n")), stage, Attempt(run=RUN))
    assert outcome.status == "failed"
    assert outcome.summary == "a.py: is a symbolic link"


def test_a_full_disk_passes_through(executor: Executor, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "stage").write_bytes(b"in the way of the stage")
    stage = Stage(Workspace(tmp_path / "tree"), tmp_path / "stage" / "1")
    with pytest.raises(OSError, match="Not a directory"):
        executor.execute(task(block("a.py", "a = 1\n")), stage, Attempt(run=RUN))


def test_the_same_setup_has_the_same_fingerprint_in_every_process(executor: Executor, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from batchexec.executors import make\n"
        f"print(make({SPECS[executor.kind]!r}, Path(sys.argv[1])).fingerprint())"
    )
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", code, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.strip() == executor.fingerprint()


def test_executors_are_known_by_their_kind(executor: Executor) -> None:
    assert executor.kind in EXECUTORS


def test_apply_is_made_from_its_settings(tmp_path: Path) -> None:
    spec = {"kind": "apply", "if_exists": "fail", "naming": "rename", "tasks_md": "docs/tasks.md"}
    assert make(spec, tmp_path) == Apply(if_exists="fail", naming=Resolution.RENAME, tasks_md="docs/tasks.md")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"kind": "aply"}, "there is no executor of the kind 'aply'; did you mean apply?"),
        ({"kind": "x"}, "there is no executor of the kind 'x'; the kinds are apply, replay"),
        ({}, "there is no executor of the kind None; the kinds are apply, replay"),
        ({"kind": "apply", "if_exist": "skip"}, "apply has no parameter 'if_exist'; did you mean if_exists?"),
        (
            {"kind": "apply", "if_exists": "merge"},
            "apply: if_exists cannot be 'merge'; it is one of skip, overwrite, fail",
        ),
        ({"kind": "apply", "naming": "renam"}, "apply: naming cannot be 'renam'; did you mean rename?"),
        ({"kind": "apply", "tasks_md": 1}, "apply: tasks_md cannot be 1; it is a path"),
        ({"kind": "replay", "scripts": "a"}, "replay has no parameter 'scripts'; did you mean script?"),
    ],
)
def test_a_specification_that_is_wrong_is_refused(
    tmp_path: Path, spec: dict[str, object], message: str
) -> None:
    with pytest.raises(ExecutorError) as caught:
        make(spec, tmp_path)
    assert str(caught.value) == f"error: {message}"


def test_executors_know_nothing_of_what_lies_above_them() -> None:
    code = (
        "import sys, batchexec.executors\n"
        "above = {'doit', *(f'batchexec.{name}' for name in ('sources', 'settings', 'rundb', 'engine'))}\n"
        "print(sorted(above & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_an_attempt_that_nobody_can_stop_just_waits() -> None:
    attempt = Attempt(run=RUN)
    assert not attempt.cancelled()
    assert not attempt.wait(0.001)

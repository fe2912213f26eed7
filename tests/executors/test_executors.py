from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from apply_bench import RUN, block, task
from model_server import ModelServer

from batchexec.errors import ExecutorError
from batchexec.executors import EXECUTORS, Apply, Attempt, Executor, make
from batchexec.model import Outcome, Resolution
from batchexec.workspace import Stage, Workspace, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = 'default:\n  files: {"a.py": "a = 1\\n"}\n'
ANSWER = [{"when": "", "turns": [{"write": {"path": "a.py", "content": "a = 1\n"}}]}]
SPECS: dict[str, dict[str, object]] = {
    "agent": {"kind": "agent", "command": ["sh", "-c", "cat >prompt; rm prompt; echo 'a = 1' >a.py"]},
    "api": {"kind": "api", "provider": "openai", "model": "m"},
    "apply": {"kind": "apply"},
    "replay": {"kind": "replay", "script": "answers.yaml"},
}
STAGING = ["apply", "replay"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(ANSWER) as server:
        yield server


def made(kind: str, base: Path, server: ModelServer) -> Executor:
    (base / "answers.yaml").write_text(SCRIPT, encoding="utf-8")
    more = {"base_url": server.openai_url} if kind == "api" else {}
    return make(SPECS[kind] | more, base)


@pytest.fixture(params=sorted(EXECUTORS))
def executor(request: pytest.FixtureRequest, tmp_path: Path, model: ModelServer) -> Executor:
    return made(request.param, tmp_path, model)


@pytest.fixture(params=STAGING)
def staging(request: pytest.FixtureRequest, tmp_path: Path, model: ModelServer) -> Executor:
    """An executor that works in the user's own tree, and so touches nothing there."""
    return made(request.param, tmp_path, model)


def carried_out(executor: Executor, root: Path, stage: Path) -> Outcome:
    staged = Stage(Workspace(root), stage)
    outcome = executor.execute(task(block("a.py", "a = 1\n")), staged, Attempt(run=RUN))
    publish(staged.workspace, staged.directory, staged.seal())
    return outcome


def test_what_a_task_declares_is_there_when_its_stage_is_published(
    executor: Executor, tmp_path: Path
) -> None:
    if executor.problems():
        pytest.skip(str(executor.problems()[0]))
    (tmp_path / "tree").mkdir()
    outcome = carried_out(executor, tmp_path / "tree", tmp_path / "stage")
    assert outcome.status == "passed"
    assert [path.name for path in (tmp_path / "tree").iterdir()] == ["a.py"]
    assert (tmp_path / "tree/a.py").read_text(encoding="utf-8").endswith("a = 1\n")


def test_who_changes_the_tree_itself_gets_a_place_of_its_own(executor: Executor) -> None:
    assert executor.isolated is (executor.kind not in STAGING)


def test_nothing_is_in_the_tree_until_it_is_published(staging: Executor, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    stage = Stage(Workspace(tmp_path / "tree"), tmp_path / "stage")
    assert staging.execute(task(block("a.py", "a = 1\n")), stage, Attempt(run=RUN)).passed
    assert list((tmp_path / "tree").iterdir()) == []


def test_a_path_outside_is_an_outcome_not_an_exception(staging: Executor, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a.py").symlink_to("/etc/passwd")
    stage = Stage(Workspace(tmp_path / "tree"), tmp_path / "stage")
    outcome = staging.execute(task(block("a.py", "a = 1\n")), stage, Attempt(run=RUN))
    assert outcome.status == "failed"
    assert outcome.summary == "a.py: is a symbolic link"


def test_a_full_disk_passes_through(staging: Executor, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "stage").write_bytes(b"in the way of the stage")
    stage = Stage(Workspace(tmp_path / "tree"), tmp_path / "stage" / "1")
    with pytest.raises(OSError, match="Not a directory"):
        staging.execute(task(block("a.py", "a = 1\n")), stage, Attempt(run=RUN))


def test_the_same_setup_has_the_same_fingerprint_in_every_process(
    executor: Executor, tmp_path: Path, model: ModelServer
) -> None:
    where = {"base_url": model.openai_url} if executor.kind == "api" else {}
    code = (
        "import sys; from pathlib import Path; from batchexec.executors import make\n"
        f"print(make({SPECS[executor.kind] | where!r}, Path(sys.argv[1])).fingerprint())"
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
        ({"kind": "x"}, "there is no executor of the kind 'x'; the kinds are apply, agent, api, replay"),
        ({}, "there is no executor of the kind None; the kinds are apply, agent, api, replay"),
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

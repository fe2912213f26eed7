from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from apply_bench import RUN, task

from batchexec.errors import ExecutorError
from batchexec.executors import Attempt, Replay, make
from batchexec.model import Outcome, Status
from batchexec.workspace import Stage, Workspace

if TYPE_CHECKING:
    from apply_bench import Bench


def replay(tmp_path: Path, text: str) -> Replay:
    (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
    executor = make({"kind": "replay", "script": "answers.yaml"}, tmp_path)
    assert isinstance(executor, Replay)
    return executor


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(ExecutorError) as caught:
        replay(tmp_path, text)
    return str(caught.value).replace(str(tmp_path), "")


def test_an_answer_is_written_as_it_stands(bench: Bench, tmp_path: Path) -> None:
    script = "tasks:\n  TASK-1:\n    files:\n      src/a.py: |\n        a = 1\n      b.txt: no newline\n"
    assert bench.run(task(), replay(tmp_path, script)) == Outcome(status=Status.PASSED)
    assert bench.tree() == {"src/a.py": "a = 1\n", "b.txt": "no newline"}


def test_a_task_may_be_named_in_full(bench: Bench, tmp_path: Path) -> None:
    script = "tasks:\n  TASK-1: {status: failed}\n  smartspec:TASK-1: {status: passed}\n"
    assert bench.run(task(), replay(tmp_path, script)).status is Status.PASSED


def test_an_error_is_a_failure_unless_another_status_is_said(bench: Bench, tmp_path: Path) -> None:
    executor = replay(
        tmp_path, "tasks:\n  TASK-1: {error: no idea}\n  TASK-2: {error: slow, status: timeout}\n"
    )
    assert bench.run(task(), executor) == Outcome(status=Status.FAILED, summary="no idea")
    assert bench.run(task(name="TASK-2"), executor) == Outcome(status=Status.TIMEOUT, summary="slow")


def test_every_attempt_has_its_answer_and_the_last_one_holds(bench: Bench, tmp_path: Path) -> None:
    script = (
        "tasks:\n  TASK-1:\n    files: {a.txt: base}\n    attempts:\n"
        "      - error: not yet\n      - files: {b.txt: second}\n      - {}\n"
    )
    executor = replay(tmp_path, script)
    assert [bench.run(task(), executor, n).summary for n in (1, 2)] == ["not yet", ""]
    assert bench.tree() == {"b.txt": "second"}
    assert bench.run(task(), executor, 9).status is Status.PASSED
    assert bench.tree() == {"a.txt": "base", "b.txt": "second"}


def test_the_default_answers_for_the_others_and_knows_their_ids(bench: Bench, tmp_path: Path) -> None:
    executor = replay(tmp_path, 'default:\n  files: {"out/{id}.txt": "this is {id}"}\ntasks:\n  TASK-1: {}\n')
    bench.run(task(), executor)
    bench.run(task(name="TASK-2"), executor)
    assert bench.tree() == {"out/TASK-2.txt": "this is TASK-2"}


def test_a_task_without_an_answer_cannot_be_carried_out(bench: Bench, tmp_path: Path) -> None:
    outcome = bench.run(task(), replay(tmp_path, "tasks: {}\n"))
    assert outcome.status is Status.ERROR
    assert outcome.summary == "answers.yaml has no answer for TASK-1"
    assert outcome.hint == "add TASK-1 under tasks, or a default"


def test_a_bad_path_is_a_failure(bench: Bench, tmp_path: Path) -> None:
    executor = replay(tmp_path, "default:\n  files: {a.txt: x, ../b.txt: x}\n")
    outcome = bench.run(task(), executor)
    assert outcome == Outcome(status=Status.FAILED, summary="'../b.txt': has the component ..")
    assert bench.tree() == {}


def test_every_answer_played_is_a_line_beside_the_script(bench: Bench, tmp_path: Path) -> None:
    executor = replay(tmp_path, "calls: calls.log\ntasks:\n  TASK-1: {error: no}\n")
    bench.run(task(), executor)
    bench.run(task(), executor, 2)
    bench.run(task(name="TASK-2"), executor)
    assert (tmp_path / "calls.log").read_text(encoding="utf-8") == "TASK-1 1\nTASK-1 2\n"


def test_waiting_ends_when_the_run_is_stopped(bench: Bench, tmp_path: Path) -> None:
    executor = replay(tmp_path, "default: {delay_s: 60, files: {a.txt: x}}\n")
    stop = threading.Event()
    stop.set()
    attempt = Attempt(run=RUN, cancelled=stop.is_set, wait=stop.wait)
    stage = Stage(Workspace(bench.root), tmp_path / "stage")
    outcome = executor.execute(task(), stage, attempt)
    assert outcome == Outcome(status=Status.INTERRUPTED, summary="interrupted")
    assert stage.seal() == ()


def test_a_delay_is_waited_for(bench: Bench, tmp_path: Path) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    executor = replay(tmp_path, "default: {delay_s: 0.2}\n")
    stage = Stage(Workspace(bench.root), tmp_path / "stage")
    assert executor.execute(task(), stage, Attempt(run=RUN, wait=wait)).status is Status.PASSED
    assert waited == [0.2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: {}\n", "/answers.yaml:1: error: unknown key 'task'; did you mean tasks?"),
        ("tasks:\n  T1: {file: {}}\n", "/answers.yaml:2: error: unknown key 'file'; did you mean files?"),
        (
            "tasks:\n  T1:\n    attempts: [{atempts: []}]\n",
            "/answers.yaml:3: error: unknown key 'atempts'; it is one of files, delay_s, status, error",
        ),
        ("tasks: [T1]\n", "/answers.yaml:1: error: tasks has to be a mapping"),
        ("tasks:\n  T1: passed\n", "/answers.yaml:2: error: T1 has to be a mapping"),
        ("- 1\n", "/answers.yaml:1: error: the script has to be a mapping"),
        (
            "default:\n  status: pased\n",
            "/answers.yaml:2: error: unknown status 'pased'; did you mean passed?",
        ),
        ("default:\n  delay_s: soon\n", "/answers.yaml:2: error: delay_s has to be a number of seconds"),
        ("default:\n  delay_s: -1\n", "/answers.yaml:2: error: delay_s has to be a number of seconds"),
        ("default:\n  delay_s: .inf\n", "/answers.yaml:2: error: delay_s has to be a number of seconds"),
        ("default:\n  files: {a: [1]}\n", "/answers.yaml:2: error: a has to be text"),
        ("default:\n  attempts: []\n", "/answers.yaml:2: error: attempts is a list of answers"),
        ("calls: []\n", "/answers.yaml:1: error: calls has to be text"),
    ],
)
def test_what_is_wrong_with_a_script_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert refused(tmp_path, text) == message


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    assert refused(tmp_path, "tasks:\n  T1: {status: x}\n  T2: {delay_s: y}\n").count("error:") == 2


def test_a_script_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ExecutorError) as caught:
        make({"kind": "replay", "script": "no.yaml"}, tmp_path)
    assert str(caught.value) == f"error: replay: there is no script {tmp_path}/no.yaml"
    with pytest.raises(ExecutorError) as caught:
        make({"kind": "replay"}, tmp_path)
    assert (
        str(caught.value) == "error: replay: it has no script; script: names the YAML file with the answers"
    )


def test_the_example_in_the_manual_is_a_script(bench: Bench, tmp_path: Path) -> None:
    manual = Path(__file__).parents[2].joinpath("docs", "replay.md").read_text(encoding="utf-8")
    example = manual.split("```yaml\n")[2].split("```")[0]
    executor = replay(tmp_path, example)
    assert bench.run(task(name="TASK-001"), executor).status is Status.PASSED
    assert bench.run(task(name="TASK-003"), executor).status is Status.PASSED
    assert list(bench.tree()) == ["notes/TASK-003.txt", "src/login.py"]

from __future__ import annotations

import threading
import time
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from apply_bench import RUN, task

from batchexec.answers import Answer, Answers
from batchexec.errors import ExecutorError
from batchexec.executors import Attempt, Executor, Replay, make
from batchexec.model import Edit, Outcome, Status, Trouble, Usage
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


LATE = Outcome(status=Status.TIMEOUT, summary="no end after 20 s", hint="timeout allows more")
STALLED = Outcome(
    status=Status.STALLED, summary="stalled: no activity for 600 s", hint="stall_kill allows more"
)
PASSED = Outcome(status=Status.PASSED)


@pytest.mark.parametrize(
    ("delay_s", "limits", "waited", "outcome"),
    [
        (30, {"timeout_s": 20}, 20, LATE),
        (30, {"timeout_s": 20, "stall_s": 600}, 20, LATE),
        (30, {"timeout_s": 20, "stall_s": 20}, 20, LATE),
        (700, {"stall_s": 600}, 600, STALLED),
        (700, {"timeout_s": 650, "stall_s": 600}, 600, STALLED),
        (600, {"timeout_s": 600, "stall_s": 600}, 600, PASSED),
        (700, {"stall_s": inf}, 700, PASSED),
    ],
)
def test_a_delay_that_is_longer_than_the_attempt_may_take_ends_it(
    bench: Bench, tmp_path: Path, delay_s: int, limits: dict[str, Any], waited: float, outcome: Outcome
) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    executor = replay(tmp_path, f"default: {{delay_s: {delay_s}, files: {{a.txt: x}}}}\n")
    stage = Stage(Workspace(bench.root), tmp_path / "stage")
    attempt = replace(Attempt(run=RUN, wait=wait), **limits)
    assert executor.execute(task(), stage, attempt) == outcome
    assert waits == [waited]
    assert bool(stage.seal()) is outcome.passed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: {}\n", "/answers.yaml:1: error: unknown key 'task'; did you mean tasks?"),
        ("tasks:\n  T1: {file: {}}\n", "/answers.yaml:2: error: unknown key 'file'; did you mean files?"),
        (
            "tasks:\n  T1:\n    attempts: [{atempts: []}]\n",
            (
                "/answers.yaml:3: error: unknown key 'atempts'; it is one of files, edit, delete, log, "
                "delay_s, status, error, trouble, retry_after_s, cost_usd, input_tokens, output_tokens"
            ),
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
        (
            "default:\n  trouble: transent\n",
            "/answers.yaml:2: error: unknown trouble 'transent'; did you mean transient?",
        ),
        (
            "default:\n  retry_after_s: later\n",
            "/answers.yaml:2: error: retry_after_s has to be a number of seconds",
        ),
        (
            "default:\n  cost_usd: nan\n",
            "/answers.yaml:2: error: cost_usd has to be a number of US dollars",
        ),
        (
            "default:\n  input_tokens: 1.5\n",
            "/answers.yaml:2: error: input_tokens has to be a whole number",
        ),
        ("default:\n  delete: a.py\n", "/answers.yaml:2: error: delete has to be a list"),
        ("default:\n  delete:\n  - [a]\n", "/answers.yaml:3: error: 0 has to be text"),
        ("default:\n  edit:\n    a.py: x\n", "/answers.yaml:3: error: a.py has to be a mapping"),
        ("default:\n  log: [a]\n", "/answers.yaml:2: error: log has to be text"),
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


HOW = "script: names the YAML file with the answers, run: the run whose answers to play"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, f"error: replay: it has no script and no run; {HOW}"),
        ({"script": "a.yaml", "run": "latest"}, f"error: replay: it has a script and a run; {HOW}"),
        ({"run": "latest", "isolated": "yes"}, "error: replay: isolated is true or false"),
        ({"scrpt": "a"}, "error: replay has no parameter 'scrpt'; did you mean script?"),
    ],
)
def test_what_is_wrong_with_the_parameters_is_said(
    tmp_path: Path, spec: dict[str, object], message: str
) -> None:
    with pytest.raises(ExecutorError) as caught:
        make({"kind": "replay", **spec}, tmp_path)
    assert str(caught.value) == message


def played(bench: Bench, tmp_path: Path, answer: str) -> Outcome:
    return bench.run(task(), replay(tmp_path, f"tasks:\n  TASK-1: {answer}\n"))


def test_an_answer_may_edit_and_delete_files(bench: Bench, tmp_path: Path) -> None:
    bench.put("a.py", "x = 1\ny = 2\n")
    bench.put("old/b.py", "")
    answer = '{edit: {a.py: {x = 1: x = 3, "y = 2\\n": ""}}, delete: [old/b.py, none.py]}'
    assert played(bench, tmp_path, answer) == Outcome(status=Status.PASSED)
    assert bench.tree() == {"a.py": "x = 3\n"}


@pytest.mark.parametrize(
    ("edit", "summary"),
    [
        ("{b.py: {x: y}}", "b.py: there is no such file"),
        ("{a.py: {z: y}}", "a.py: what it is to replace is there 0 times"),
        ("{a.py: {x: y}}", "a.py: what it is to replace is there 2 times"),
    ],
)
def test_an_edit_that_does_not_fit_is_a_failure(
    bench: Bench, tmp_path: Path, edit: str, summary: str
) -> None:
    bench.put("a.py", "x x\n")
    outcome = played(bench, tmp_path, f"{{files: {{c.py: new}}, edit: {edit}}}")
    assert outcome == Outcome(status=Status.FAILED, summary=summary)
    assert bench.tree() == {"a.py": "x x\n"}


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        ("{}", None),
        ("{cost_usd: 0.25}", Usage(cost_usd=0.25)),
        ("{cost_usd: 0}", Usage(cost_usd=0.0)),
        ("{input_tokens: 12, output_tokens: 3}", Usage(12, 3)),
    ],
)
def test_an_answer_may_cost_something(bench: Bench, tmp_path: Path, answer: str, usage: Usage | None) -> None:
    assert played(bench, tmp_path, answer).usage == usage


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("{trouble: usage_limit}", Outcome(status=Status.LIMITED, trouble=Trouble.USAGE_LIMIT)),
        ("{trouble: transient}", Outcome(status=Status.ERROR, trouble=Trouble.TRANSIENT)),
        (
            "{trouble: deterministic, error: no key}",
            Outcome(status=Status.ERROR, trouble=Trouble.DETERMINISTIC, summary="no key"),
        ),
        (
            "{error: bad, trouble: quality}",
            Outcome(status=Status.FAILED, summary="bad", trouble=Trouble.QUALITY),
        ),
        (
            "{status: needs_work, trouble: quality}",
            Outcome(status=Status.NEEDS_WORK, trouble=Trouble.QUALITY),
        ),
        ("{error: a remark, status: passed}", Outcome(status=Status.PASSED, summary="a remark")),
    ],
)
def test_an_answer_may_be_in_trouble(bench: Bench, tmp_path: Path, answer: str, outcome: Outcome) -> None:
    assert played(bench, tmp_path, answer) == outcome


def test_an_answer_may_say_when_to_come_back(bench: Bench, tmp_path: Path) -> None:
    before = time.time()
    outcome = played(bench, tmp_path, "{trouble: transient, retry_after_s: 1.5}")
    assert outcome.retry_at_utc is not None
    assert before + 1.5 <= outcome.retry_at_utc <= time.time() + 1.5


def test_what_an_answer_says_goes_to_the_log_before_it_is_waited_for(bench: Bench, tmp_path: Path) -> None:
    executor = replay(tmp_path, 'default: {log: "{id} begins\\n", delay_s: 60}\n')
    log: list[bytes] = []
    attempt = Attempt(run=RUN, wait=lambda seconds: True, log=log.append)
    executor.execute(task(), Stage(Workspace(bench.root), tmp_path / "stage"), attempt)
    assert log == [b"TASK-1 begins\n"]


def test_the_default_knows_the_id_in_all_it_says(bench: Bench, tmp_path: Path) -> None:
    bench.put("TASK-1.py", "of TASK-1\n")
    bench.put("old-TASK-1", "")
    executor = replay(
        tmp_path, 'default: {edit: {"{id}.py": {"of {id}": "{id}!"}}, delete: ["old-{id}"], error: "{id}?"}\n'
    )
    assert bench.run(task(), executor).summary == "TASK-1?"
    executor = replay(tmp_path, 'default: {edit: {"{id}.py": {"of {id}": "{id}!"}}, delete: ["old-{id}"]}\n')
    assert bench.run(task(), executor).passed
    assert bench.tree() == {"TASK-1.py": "TASK-1!\n"}


def test_a_script_may_be_treated_like_an_agent(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("default: {}\n")
    spec = {"kind": "replay", "script": "answers.yaml"}
    assert not make(spec, tmp_path).isolated
    assert make({**spec, "isolated": True}, tmp_path).isolated
    assert make({"kind": "replay", "run": "latest", "isolated": True}, tmp_path).isolated


EARLIER = "20261120_080000"


def given(*edits: Edit, number: int = 1, name: str = "TASK-1", run: str = EARLIER) -> Answer:
    return Answer(
        key=f"{run}{name}{number}",
        task=f"smartspec:{name}",
        run=run,
        number=number,
        executor="claude",
        edits=edits,
        usage=Usage(900, 100, cost_usd=0.5),
        said="All done.\n",
    )


def record(tmp_path: Path, *answers: Answer) -> None:
    store = Answers(tmp_path / ".batchexec" / "answers")
    for answer in answers:
        store.put(answer)


def recorded(tmp_path: Path, run: str = EARLIER) -> Executor:
    return make({"kind": "replay", "run": run}, tmp_path)


def test_a_recorded_run_is_played_at_no_cost(bench: Bench, tmp_path: Path) -> None:
    bench.put("a.py", "old\n")
    bench.put("b.py", "gone\n")
    edits = (
        Edit(path="a.py", before=b"old\n", after=b"new\n", mode=0o755),
        Edit(path="b.py", before=b"gone\n", after=None),
        Edit(path="c/d.py", before=None, after=b"made\n"),
    )
    record(tmp_path, given(*edits))
    assert bench.run(task(), recorded(tmp_path)) == Outcome(
        status=Status.PASSED,
        notes=(f"its answer is one of claude from {EARLIER}",),
        usage=Usage(cost_usd=0.0),
    )
    assert bench.tree() == {"a.py": "new\n", "c/d.py": "made\n"}
    assert (bench.root / "a.py").stat().st_mode & 0o777 == 0o755


def test_what_is_done_already_is_done(bench: Bench, tmp_path: Path) -> None:
    bench.put("a.py", "new\n")
    edits = (
        Edit(path="a.py", before=b"old\n", after=b"new\n"),
        Edit(path="b.py", before=b"gone\n", after=None),
    )
    record(tmp_path, given(*edits))
    assert bench.run(task(), recorded(tmp_path)).passed
    assert bench.tree() == {"a.py": "new\n"}


@pytest.mark.parametrize("now", ["mine\n", None])
def test_a_file_that_is_another_now_is_left_alone(bench: Bench, tmp_path: Path, now: str | None) -> None:
    if now:
        bench.put("a.py", now)
    before = bench.tree()
    edits = (
        Edit(path="b.py", before=None, after=b"made\n"),
        Edit(path="a.py", before=b"old\n", after=b"new\n"),
    )
    record(tmp_path, given(*edits))
    assert bench.run(task(), recorded(tmp_path)) == Outcome(
        status=Status.FAILED,
        summary="a.py is not what it was when the answer was given",
        hint="put it back, or ask anew",
    )
    assert bench.tree() == before


def test_a_recorded_path_that_may_not_be_written_is_a_failure(bench: Bench, tmp_path: Path) -> None:
    record(tmp_path, given(Edit(path="../x", before=None, after=b"")))
    outcome = bench.run(task(), recorded(tmp_path))
    assert outcome.status is Status.FAILED
    assert "../x" in outcome.summary


def test_every_attempt_plays_its_own_answer_on_top_of_the_ones_before(bench: Bench, tmp_path: Path) -> None:
    first = given(Edit(path="a.py", before=None, after=b"1\n"))
    second = given(Edit(path="a.py", before=None, after=b"2\n"), number=2)
    record(tmp_path, first, given(name="TASK-2"), second)
    executor = recorded(tmp_path)
    for number, text in ((1, "1\n"), (2, "2\n"), (3, "2\n")):
        assert bench.run(task(), executor, number).passed
        assert bench.tree() == {"a.py": text}


def test_a_task_without_a_recorded_answer_cannot_be_carried_out(bench: Bench, tmp_path: Path) -> None:
    record(tmp_path, given(name="TASK-2"))
    assert bench.run(task(), recorded(tmp_path)) == Outcome(
        status=Status.ERROR,
        summary=f"the run {EARLIER} has no answer for TASK-1",
        hint="no agent and no model was asked there; carry it out with another executor",
    )


def test_the_latest_run_is_the_one_before_this(bench: Bench, tmp_path: Path) -> None:
    edit = Edit(path="a.py", before=None, after=b"right\n")
    record(tmp_path, given(run="20261119_080000"), given(edit))
    executor = recorded(tmp_path, "latest")
    record(tmp_path, given(run=RUN))
    assert bench.run(task(), executor).passed
    assert bench.tree() == {"a.py": "right\n"}


def test_what_was_said_goes_to_the_log(bench: Bench, tmp_path: Path) -> None:
    record(tmp_path, given())
    log: list[bytes] = []
    stage = Stage(Workspace(bench.root), tmp_path / "stage")
    recorded(tmp_path).execute(task(), stage, Attempt(run=RUN, log=log.append))
    assert log == [b"All done.\n"]


@pytest.mark.parametrize(
    ("run", "problem"),
    [
        (EARLIER, None),
        ("latest", None),
        (
            "20200101_000000",
            (
                "error: replay: there are no answers of a run 20200101_000000; "
                f"the runs that have some: {EARLIER}, 20261119_080000"
            ),
        ),
    ],
)
def test_a_run_without_answers_is_a_problem(tmp_path: Path, run: str, problem: str | None) -> None:
    record(tmp_path, given(run="20261119_080000"), given())
    assert [str(found) for found in recorded(tmp_path, run).problems()] == ([problem] if problem else [])


def test_without_any_recorded_run_there_is_no_latest(bench: Bench, tmp_path: Path) -> None:
    executor = recorded(tmp_path, "latest")
    (problem,) = executor.problems()
    assert str(problem) == (
        "error: replay: no run was given any answers; "
        "run the batch with an executor that is an agent or an api first"
    )
    assert bench.run(task(), executor).summary == "the run latest has no answer for TASK-1"


def test_the_example_in_the_manual_is_a_script(bench: Bench, tmp_path: Path) -> None:
    manual = Path(__file__).parents[2].joinpath("docs", "replay.md").read_text(encoding="utf-8")
    example = manual.split("```yaml\n")[2].split("```")[0]
    executor = replay(tmp_path, example)
    assert bench.run(task(name="TASK-001"), executor).status is Status.PASSED
    assert bench.run(task(name="TASK-003"), executor).status is Status.PASSED
    assert list(bench.tree()) == ["notes/TASK-003.txt", "src/login.py"]

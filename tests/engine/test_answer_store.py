"""An answer that was paid for is used again where the question is the same, and is judged anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from isolated_bench import task

if TYPE_CHECKING:
    from collections.abc import Callable

    from isolated_bench import Isolated

SLOTS = pytest.mark.parametrize("slots", ["1", "2"])
LIST = '# Tasks\n\n- [ ] TASK-001 A\n  evidence: test path=a.txt command="{}"\n'
AGAIN = "its answer of {run} was used again; nothing was paid"


def answered(isolated: Isolated, script: str = 'echo "A $CALL" > a.txt', **settings: object) -> str:
    """Run once; then nothing of it is in the tree, and doit has forgotten it. Returns the run's key."""
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.agents({"TASK-001": script}, **settings)
    done = isolated.doit("-n", "1")
    assert done.code in {0, 1}, done.out
    start_over(isolated)
    return str(isolated.report()["run"])


def start_over(isolated: Isolated) -> None:
    (isolated.root / "a.txt").unlink(missing_ok=True)
    isolated.doit("forget", "TASK-001")


@SLOTS
def test_the_same_question_is_not_asked_twice(isolated: Isolated, slots: str) -> None:
    run = answered(isolated)

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.read("a.txt") == "A 1\n"
    assert isolated.calls == ["TASK-001"]
    assert AGAIN.format(run=run) in done.out
    assert isolated.report()["results"][0]["files_created"] == ["a.txt"]


@SLOTS
def test_an_answer_used_again_costs_nothing(isolated: Isolated, slots: str) -> None:
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.write("script.yaml", "calls: calls.log\ndefault: {cost_usd: 1, files: {a.txt: A}}\n")
    isolated.write(
        "batchexec.yaml",
        "prompts_dir: prompts\nexecutor: paid\n"
        "executors:\n  paid: {kind: replay, script: script.yaml, isolated: true}\n",
    )
    isolated.commit()
    isolated.doit("-n", "1")
    start_over(isolated)

    isolated.doit("-n", slots)

    assert isolated.read("a.txt") == "A"
    assert isolated.read("calls.log") == "TASK-001 1\n"
    assert isolated.costs == [1.0, 0.0]


def _prompt(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt", body="Write something else."))


def _executor(isolated: Isolated) -> None:
    settings = isolated.read("batchexec.yaml")
    isolated.write("batchexec.yaml", settings.replace("{kind: agent,", "{kind: agent, args: [x],"))


@pytest.mark.parametrize("change", [_prompt, _executor])
def test_another_question_is_asked(isolated: Isolated, change: Callable[[Isolated], None]) -> None:
    answered(isolated)
    change(isolated)

    isolated.doit("-n", "1")

    assert isolated.read("a.txt") == "A 2\n"


@pytest.mark.parametrize("content", ["old", "new"])
def test_what_another_task_wrote_is_part_of_the_question(isolated: Isolated, content: str) -> None:
    isolated.prompts(
        task("TASK-001", "in.txt"),
        task("TASK-002", "a.txt").replace("\n\n", "\n\nDepends on: TASK-001\n\n", 1),
    )
    isolated.agents({"TASK-001": "echo old > in.txt", "TASK-002": 'echo "A $CALL" > a.txt'})
    isolated.doit("-n", "1")
    (isolated.root / "a.txt").unlink()
    isolated.write("in.txt", f"{content}\n")
    isolated.doit("forget", "TASK-002")

    isolated.doit("-n", "1")

    assert isolated.calls.count("TASK-002") == (1 if content == "old" else 2)


@pytest.mark.parametrize("words", [("--no-cache",), ("--refresh", "TASK-001")], ids=["no-cache", "refresh"])
@SLOTS
def test_people_may_have_it_asked_again(isolated: Isolated, words: tuple[str, ...], slots: str) -> None:
    answered(isolated)

    first = isolated.doit("-n", slots, *words)
    start_over(isolated)
    second = isolated.doit("-n", slots)

    assert first.code == second.code == 0, first.out + second.out
    assert isolated.calls == ["TASK-001", "TASK-001"]
    assert isolated.read("a.txt") == "A 2\n"


def test_refreshing_one_task_asks_no_other(isolated: Isolated) -> None:
    isolated.prompts(task("TASK-001", "a.txt"), task("TASK-002", "b.txt"))
    isolated.agents({"TASK-001": "echo A >> a.txt", "TASK-002": "echo B > b.txt"})
    isolated.doit("-n", "2")

    done = isolated.doit("-n", "2", "--refresh", "TASK-001")
    wrong = isolated.doit("--refresh", "TASK-003")

    assert done.code == 0, done.out + done.err
    assert sorted(isolated.calls) == ["TASK-001", "TASK-001", "TASK-002"]
    assert wrong.code == 3
    assert wrong.err.startswith("ERROR: --refresh TASK-003: there is no such task; did you mean TASK-00")


@SLOTS
def test_an_answer_is_judged_anew_and_asked_for_again_where_it_is_not_good_any_more(
    isolated: Isolated, slots: str
) -> None:
    isolated.write("tasks.md", LIST.format("grep -q 1 a.txt"))
    answered(isolated, run_commands=True, verify_at_end=False)
    isolated.write("tasks.md", LIST.format("grep -q 2 a.txt"))
    isolated.git("commit", "--quiet", "-m", "evidence", "tasks.md")

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.calls == ["TASK-001", "TASK-001"]
    assert isolated.read("a.txt") == "A 2\n"


@pytest.mark.parametrize("script", ["echo bad > a.txt", "echo bad > a.txt; exit 1", "true"])
@SLOTS
def test_an_answer_that_was_no_good_is_not_used_again(isolated: Isolated, script: str, slots: str) -> None:
    isolated.write("tasks.md", LIST.format("grep -q good a.txt"))
    answered(isolated, f"[ $CALL = 1 ] && {{ {script}; exit $?; }}; echo good > a.txt", run_commands=True)

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.calls == ["TASK-001", "TASK-001"]


@SLOTS
def test_an_answer_to_files_that_are_others_now_is_asked_for_anew(isolated: Isolated, slots: str) -> None:
    isolated.write("a.txt", "one\n")
    answered(isolated, "echo $CALL >> a.txt")
    isolated.write("a.txt", "two\n")
    isolated.git("commit", "--quiet", "-m", "mine", "a.txt")

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.read("a.txt") == "two\n2\n"


@SLOTS
def test_all_that_became_of_files_is_done_again(isolated: Isolated, slots: str) -> None:
    isolated.write("gone.txt", "old\n")
    isolated.write("run.sh", "true\n")
    answered(isolated, "echo A > a.txt; rm gone.txt; chmod +x run.sh; printf '\\000\\r\\n' > bin")
    isolated.git("checkout", "--quiet", ".")
    (isolated.root / "bin").unlink()

    done = isolated.doit("-n", slots)

    assert done.code == 0, done.out
    assert isolated.calls == ["TASK-001"]
    assert (isolated.root / "bin").read_bytes() == b"\0\r\n"
    assert (isolated.root / "run.sh").stat().st_mode & 0o111
    assert not (isolated.root / "gone.txt").exists()


def test_files_with_converted_ends_of_lines_are_made_again(isolated: Isolated) -> None:
    isolated.write(".gitattributes", "*.bat text eol=crlf\n")
    (isolated.root / "x.bat").write_bytes(b"one\r\n")
    answered(isolated, "echo A > a.txt; printf 'two\\r\\n' >> x.bat")
    (isolated.root / "x.bat").write_bytes(b"one\r\n")

    done = isolated.doit("-n", "2")

    assert done.code == 0, done.out
    assert isolated.calls == ["TASK-001"]
    assert (isolated.root / "x.bat").read_bytes() == b"one\r\ntwo\r\n"


@pytest.mark.parametrize(
    "script", ['echo "A $CALL" > a.txt', '[ $CALL = 1 ] && exit 1; echo "A $CALL" > a.txt']
)
@SLOTS
def test_an_answer_whose_run_is_killed_while_it_is_judged_is_not_paid_twice(
    isolated: Isolated, script: str, slots: str
) -> None:
    kill = isolated.here / "kill"
    once = '[ -e "$HERE/once" ] && exit 0; : > "$HERE/once"; kill -9 "$(cat "$HERE/pid")"'
    kill.write_text(f"HERE='{isolated.here}'; {once}")
    isolated.prompts(task("TASK-001", "a.txt"))
    isolated.write("tasks.md", LIST.format(f"sh {kill}"))
    isolated.agents({"TASK-001": script}, run_commands=True, verify_at_end=False, attempts=2)
    run = isolated.start("-n", slots)
    (isolated.here / "pid").write_text(str(run.pid))
    run.communicate()
    calls = isolated.calls

    done = isolated.doit("-n", slots)

    assert run.returncode == -9
    assert done.code == 0, done.out + done.err
    assert isolated.calls == calls
    assert isolated.read("a.txt") == f"A {len(calls)}\n"

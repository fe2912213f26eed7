"""A run is held to the evidence: what it claims to have done is looked at before, in between and after."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from bench import DODO, Batch, section

if TYPE_CHECKING:
    from collections.abc import Mapping

USERS = "class Users:\n    name = 1\n"


def task(id_: str, *payloads: str, ticked: bool = False) -> str:
    hooks = "".join(f"  - evidence: {payload}\n" for payload in payloads)
    return f"- [{'x' if ticked else ' '}] {id_} Title of {id_}\n{hooks}"


@pytest.fixture
def loop(batch: Batch) -> Batch:
    """A batch with a tasks.md of two tasks, each of which wants a file of its own."""
    batch.write("batchexec.yaml", "prompts_dir: prompts\ntasks: tasks.md\n")
    batch.write(
        "tasks.md",
        "# T\n\n" + task("TASK-1", "code path=a.py symbol=A") + task("TASK-2", "code path=b.py symbol=B"),
    )
    batch.prompts(section("TASK-1", files={"a.py": "A = 1"}), section("TASK-2", files={"b.py": "B = 1"}))
    return batch


def replay(loop: Batch, answers: Mapping[str, Any], **settings: object) -> None:
    """Have tasks carried out by scripted answers, with their prompts and the calls noted."""
    loop.prompts(*(section(id_, body="Write it.") for id_ in answers))
    script = {"calls": "calls.log", "tasks": answers}
    loop.replay(json.dumps(script), tasks="tasks.md", **settings)


def calls(loop: Batch) -> list[str]:
    log = loop.root / "calls.log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def states(loop: Batch) -> dict[str, str]:
    return {result["task_id"]: result["state"] for result in loop.report()["results"]}


def numbers(found: Mapping[str, Any]) -> tuple[int, int]:
    return found["verified"], found["total"]


class TestAround:
    def test_a_run_tells_what_it_made_of_the_list(self, loop: Batch) -> None:
        loop.write("a.py", "A = 1\n")
        loop.prompts(section("TASK-2", files={"b.py": "B = 1"}))

        done = loop.doit()

        assert done.code == 0
        assert "   🔎 Verified: 1 → 2 of 2 (100%)\n" in done.out
        name = os.readlink(loop.root / ".spec/reports/latest")  # noqa: PTH115  # the text of the link
        assert f"      Report: .spec/reports/{name}/report.md\n" in done.out
        report = loop.report()
        assert numbers(report["verification_before"]) == (1, 2)
        assert numbers(report["verification_after"]) == (2, 2)
        assert report["verification_after"]["report"] == f".spec/reports/{name}"
        assert report["regressed"] == report["verification_by_category"] == []

    def test_both_say_what_a_verification_of_its_own_says(self, loop: Batch) -> None:
        loop.prompts(section("TASK-2", files={"b.py": "B = 1"}))
        loop.doit("verify")
        before = json.loads(loop.read(".spec/reports/latest/summary.json"))

        loop.doit()
        saved = json.loads(loop.read(".spec/reports/latest/summary.json"))
        loop.doit("verify")
        after = json.loads(loop.read(".spec/reports/latest/summary.json"))

        report = loop.report()
        for found, told in ((before, report["verification_before"]), (after, report["verification_after"])):
            assert told["verified"] == found["totals"]["verified"]
            assert told["by_category"] == {name: n for name, n in found["by_category"].items() if n}
        assert saved["tasks"] == after["tasks"]

    def test_the_first_verification_comes_before_the_first_write(self, loop: Batch) -> None:
        watch = (
            "import os, sys\n"
            "seen = []\n"
            "def hook(event, args):\n"
            "    if event == 'os.rename' and str(args[1]).endswith('a.py'):\n"
            "        import sqlite3\n"
            "        con = sqlite3.connect('file:.batchexec/run.db?mode=ro', uri=True)\n"
            "        print('BEFORE', con.execute('select moment from verification').fetchall())\n"
            "sys.addaudithook(hook)\n"
        )
        loop.write("dodo.py", DODO + watch)

        done = loop.doit()

        assert "BEFORE [('before',)]" in done.out
        assert numbers(loop.report()["verification_before"]) == (0, 2)

    def test_a_run_that_does_nothing_verifies_nothing(self, loop: Batch) -> None:
        loop.doit()
        before = loop.tree()

        done = loop.doit()

        assert "Verified:" not in done.out
        assert loop.tree() == before

    def test_the_last_one_can_be_left_out(self, loop: Batch) -> None:
        done = loop.doit("--no-verify-at-end")

        assert done.code == 0
        assert "Verified:" not in done.out
        report = loop.report()
        assert numbers(report["verification_before"]) == (0, 2)
        assert report["verification_after"] is None
        assert not (loop.root / ".spec/reports/latest").exists()

    def test_without_a_list_there_is_nothing_to_verify(self, loop: Batch) -> None:
        loop.write("batchexec.yaml", "prompts_dir: prompts\n")
        (loop.root / "tasks.md").unlink()

        done = loop.doit()

        assert done.code == 0
        report = loop.report()
        assert report["verification_before"] is report["verification_after"] is None
        assert [result["unverified"] for result in report["results"]] == [True, True]

    def test_a_list_that_became_unusable_in_a_run_is_said_and_the_run_goes_on(self, loop: Batch) -> None:
        replay(
            loop,
            {
                "TASK-1": {"files": {"tasks.md": "nothing\n", "a.py": "A = 1\n"}},
                "TASK-2": {"files": {"b.py": "B = 1\n"}},
            },
        )
        loop.prompts(section("TASK-1", body="#### File: tasks.md"), section("TASK-2", body="Write it."))

        done = loop.doit()

        assert done.code != 0
        assert "Traceback" not in done.err
        assert calls(loop) == ["TASK-1", "TASK-2"]
        assert "tasks.md:1: error: no task found" in done.err
        assert loop.report()["verification_after"] is None

    def test_commands_of_hooks_run_only_on_request(self, loop: Batch) -> None:
        loop.write("tasks.md", task("TASK-1", "test path=a.py command='echo x >> ran'"))
        loop.prompts(section("TASK-1", files={"a.py": "A = 1"}))

        loop.doit()
        assert not (loop.root / "ran").exists()
        loop.doit("--run-commands", "-a")
        assert (loop.root / "ran").exists()


class TestAfterEach:
    @pytest.fixture
    def loop(self, loop: Batch) -> Batch:
        loop.prompts(section("TASK-1", files={"a.py": "A = 1"}), section("TASK-3", files={"c.py": "C = 1"}))
        loop.prompts(section("TASK-2", files={"b.py": "B = 1"}), category="missing_tests")
        return loop

    def test_it_is_off_unless_asked_for(self, loop: Batch) -> None:
        loop.doit()

        assert loop.report()["verification_by_category"] == []

    @pytest.mark.parametrize("slots", ["1", "4"])
    def test_each_category_is_verified_once_after_its_last_task(self, loop: Batch, slots: str) -> None:
        loop.doit("--verify-after-each", "-n", slots)

        found = loop.report()["verification_by_category"]
        assert sorted(one["category"] for one in found) == ["missing_tests", "not_implemented"]
        assert numbers(found[-1]) == (2, 2)
        if slots == "1":
            assert [numbers(one) for one in found] == [(1, 2), (2, 2)]

    def test_a_category_in_which_nothing_ran_is_not_verified(self, loop: Batch) -> None:
        loop.doit()
        (loop.root / "b.py").unlink()

        loop.doit("--verify-after-each")

        assert [one["category"] for one in loop.report()["verification_by_category"]] == ["missing_tests"]

    def test_a_category_that_was_not_finished_is_not_verified(self, loop: Batch) -> None:
        loop.prompts(section("TASK-1", files={"a.py": "def f(:"}), section("TASK-3", files={"c.py": "C = 1"}))

        loop.doit("--verify-after-each", "--max-failures", "1")

        assert loop.report()["verification_by_category"] == []

    def test_a_category_with_a_task_that_is_ignored_is_verified_all_the_same(self, loop: Batch) -> None:
        loop.doit("ignore", "smartspec:TASK-3")

        loop.doit("--verify-after-each")

        found = {one["category"] for one in loop.report()["verification_by_category"]}
        assert found == {"not_implemented", "missing_tests"}


class TestRegression:
    @pytest.fixture
    def loop(self, loop: Batch) -> Batch:
        loop.write("b.py", "B = 1\n")
        loop.prompts(section("TASK-1", files={"a.py": "A = 1", "b.py": "C = 1"}))
        loop.write("batchexec.yaml", "prompts_dir: prompts\ntasks: tasks.md\nif_exists: overwrite\n")
        return loop

    def test_what_is_not_verified_any_more_is_told_and_fails_the_run(self, loop: Batch) -> None:
        done = loop.doit()

        assert states(loop) == {"TASK-1": "done"}
        assert done.code == 1
        assert "   🔎 Verified: 1 → 1 of 2 (50%)\n" in done.out
        assert "      ❌ Not verified any more: TASK-2\n" in done.out
        assert loop.report()["regressed"] == ["TASK-2"]
        assert "**Not verified any more:** `TASK-2`" in loop.reports()[0].with_suffix(".md").read_text()

    def test_a_regressed_run_is_remembered_as_failed(self, loop: Batch) -> None:
        loop.doit()

        assert json.loads(loop.batchexec("status", "--json").out)["run"]["status"] == "failed"

    def test_without_the_last_verification_nobody_notices(self, loop: Batch) -> None:
        assert loop.doit("--no-verify-at-end").code == 0


class TestHeldToEvidence:
    def test_files_that_do_not_prove_it_are_kept_and_need_work(self, loop: Batch) -> None:
        loop.prompts(section("TASK-1", files={"a.py": "B = 1"}))

        done = loop.doit()

        assert done.code == 1
        assert (
            "   ⚠️ Needs work: tasks.md:4: its evidence does not hold:"
            " symbol not found: code path=a.py symbol=A; Define A in a.py;"
            " an import, a comment or a longer name does not count.\n"
        ) in done.out
        assert states(loop) == {"TASK-1": "needs_work"}
        assert "B = 1" in loop.read("a.py")

    def test_a_task_whose_evidence_failed_runs_again(self, loop: Batch) -> None:
        replay(
            loop, {"TASK-1": {"attempts": [{"files": {"a.py": "B = 1\n"}}, {"files": {"a.py": "A = 1\n"}}]}}
        )

        assert loop.doit().code == 1
        assert loop.doit().code == 0
        assert loop.doit().code == 0

        assert calls(loop) == ["TASK-1", "TASK-1"]

    @pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
    def test_strict_takes_weak_evidence_for_none(self, loop: Batch, strict: bool, code: int) -> None:
        loop.write("tasks.md", task("TASK-1", "code path=a.py"))
        loop.prompts(section("TASK-1", files={"a.py": "A = 1"}))

        done = loop.doit(*(["--strict"] if strict else []))

        assert done.code == code, done.out
        assert ("holds only weakly: code path=a.py" in done.out) is strict

    def test_what_was_done_on_weak_evidence_is_asked_again_where_that_is_none(self, loop: Batch) -> None:
        loop.write("tasks.md", task("TASK-1", "code path=a.py"))
        loop.prompts(section("TASK-1", files={"a.py": "A = 1"}))
        loop.doit()

        (reason,) = loop.plan("--strict")["TASK-1"]["reasons"]

        assert reason["detail"] == "holds only weakly: code path=a.py (tasks.md:2)"

    def test_what_was_there_before_is_up_to_date_without_a_call(self, loop: Batch) -> None:
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 2\n"}}, "TASK-2": {"files": {"b.py": "B = 2\n"}}})
        loop.write("a.py", "A = 1\n")

        plan = loop.statuses()
        done = loop.doit()

        assert plan == {"TASK-1": "up_to_date", "TASK-2": "run"}
        assert calls(loop) == ["TASK-2"]
        assert "TASK-1: A title\n   ⏭️ Up to date\n" in done.out
        assert loop.read("a.py") == "A = 1\n"

    @pytest.mark.parametrize(
        "payloads",
        [["code path=a.py"], ["code path=a.py symbol=A", "code path=a.py"], ["ui screen=Login"], []],
        ids=["weak", "partly-weak", "manual", "none"],
    )
    def test_what_is_no_proof_skips_nothing(self, loop: Batch, payloads: list[str]) -> None:
        loop.write("tasks.md", task("TASK-1", *payloads))
        loop.write("a.py", "A = 1\n")
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 2\n"}}})

        loop.doit()

        assert calls(loop) == ["TASK-1"]

    def test_a_task_that_was_forgotten_runs_though_its_evidence_holds(self, loop: Batch) -> None:
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 1\n"}}})
        loop.doit()

        loop.doit("forget", "TASK-1")
        assert loop.plan()["TASK-1"]["reasons"][0]["detail"] == "its last result was forgotten"
        loop.doit()

        assert calls(loop) == ["TASK-1", "TASK-1"]

    def test_evidence_that_broke_later_brings_its_task_back(self, loop: Batch) -> None:
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 1\n"}}, "TASK-2": {"files": {"b.py": "B = 1\n"}}})
        loop.doit()
        loop.write("a.py", "B = 1\n")

        (reason,) = loop.plan()["TASK-1"]["reasons"]
        loop.doit()

        assert (reason["component"], reason["detail"]) == (
            "evidence",
            "symbol not found: code path=a.py symbol=A (tasks.md:4)",
        )
        assert calls(loop) == ["TASK-1", "TASK-2", "TASK-1"]

    def test_an_edit_that_leaves_the_evidence_whole_brings_nothing_back(self, loop: Batch) -> None:
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 1\n"}}})
        loop.doit()
        loop.write("a.py", "A = 'mine'\n")

        assert loop.statuses() == {"TASK-1": "up_to_date"}

    @pytest.mark.parametrize(
        ("hook", "called"),
        [("code path=a.py contains='A = 1'", 1), ("code path=a.py contains=zzz", 2)],
        ids=["holds", "fails"],
    )
    def test_a_hook_that_changed_costs_a_call_only_if_it_fails(
        self, loop: Batch, hook: str, called: int
    ) -> None:
        loop.write("tasks.md", task("TASK-1", "code path=a.py symbol=A"))
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 1\n"}}})
        loop.doit()
        loop.write("tasks.md", task("TASK-1", hook))

        plan = loop.plan()["TASK-1"]
        loop.doit()

        assert calls(loop) == ["TASK-1"] * called
        if called == 2:
            assert plan["reasons"][0]["detail"] == (
                f"its evidence hooks changed: contains not found: {hook} (tasks.md:2)"
            )

    def test_a_hook_that_was_added_later_is_asked_too(self, loop: Batch) -> None:
        loop.write("tasks.md", task("TASK-1"))
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 1\n"}}})
        loop.doit()
        loop.write("tasks.md", task("TASK-1", "code path=a.py symbol=Z"))

        assert loop.plan()["TASK-1"]["reasons"][0]["component"] == "evidence"

    def test_an_executor_that_gives_up_is_right_only_if_the_evidence_fails(self, loop: Batch) -> None:
        loop.write("a.py", "A = 'mine'\n")
        loop.write("tasks.md", task("TASK-1", "code path=a.py"))
        loop.prompts(section("TASK-1", files={"a.py": "A = 1"}))

        done = loop.doit()

        assert done.code == 0, done.out
        assert states(loop) == {"TASK-1": "done"}
        assert loop.read("a.py") == "A = 'mine'\n"

    @pytest.mark.parametrize("slots", ["1", "4"])
    def test_many_tasks_at_once_are_each_held_to_their_own_evidence(self, loop: Batch, slots: str) -> None:
        ids = [f"TASK-{n:02}" for n in range(1, 21)]
        loop.write("tasks.md", "".join(task(id_, f"code path=out/{id_}.py symbol=A") for id_ in ids))
        replay(
            loop,
            {
                id_: {"files": {f"out/{id_}.py": "A = 1\n" if n % 3 else "B = 1\n"}}
                for n, id_ in enumerate(ids)
            },
        )

        done = loop.doit("-n", slots)

        wrong = {id_ for n, id_ in enumerate(ids) if not n % 3}
        assert {id_ for id_, state in states(loop).items() if state == "needs_work"} == wrong
        assert f"Verified: 0 → {len(ids) - len(wrong)} of {len(ids)}" in done.out


NAMING = (
    "## Task 1: TASK-9 - Look up rates\n\n### Evidence Expectations\n**Code Evidence:**\n"
    "- Expected path: `src/tax_rates.py`\n\n### Similar Files Found\n- `src/taxrates.py` (95% similar)\n"
)


class TestOrder:
    @pytest.fixture
    def loop(self, loop: Batch) -> Batch:
        loop.write("src/taxrates.py", "RATE = 1\n")
        loop.prompts(section("TASK-1", files={"a.py": "A = 1"}))
        loop.prompts(NAMING, category="naming_issue")
        return loop

    @pytest.mark.parametrize(
        ("ticked", "payload", "order"),
        [
            (False, "code path=src/tax_rates.py", ["TASK-1", "TASK-9"]),
            (True, "code path=src/tax_rates.py", ["TASK-9", "TASK-1"]),
            (True, "code path=src/taxrates.py symbol=RATE", ["TASK-1", "TASK-9"]),
        ],
        ids=["open", "ticked-and-failing", "ticked-and-verified"],
    )
    def test_a_task_that_is_ticked_and_fails_comes_first(
        self, loop: Batch, ticked: bool, payload: str, order: list[str]
    ) -> None:
        loop.write(
            "tasks.md", task("TASK-1", "code path=a.py symbol=A") + task("TASK-9", payload, ticked=ticked)
        )

        assert list(loop.plan()) == order
        out = loop.doit().out
        assert sorted(order, key=lambda id_: out.index(f"] {id_}: ")) == order

    def test_a_name_that_was_corrected_in_the_list_is_done_and_stays_so(self, loop: Batch) -> None:
        loop.write("tasks.md", task("TASK-9", "code path=src/tax_rates.py symbol=RATE"))
        (loop.root / "prompts/not_implemented.md").unlink()

        first = loop.doit("--naming", "update-evidence")
        second = loop.doit("--naming", "update-evidence")

        assert first.code == 0, first.out
        assert "Verified: 0 → 1 of 1 (100%)" in first.out
        assert "code path=src/taxrates.py symbol=RATE" in loop.read("tasks.md")
        assert "⏭️ Up to date" in second.out

    def test_a_file_that_was_renamed_is_done_and_stays_so(self, loop: Batch) -> None:
        loop.write("tasks.md", task("TASK-9", "code path=src/tax_rates.py symbol=RATE"))
        (loop.root / "prompts/not_implemented.md").unlink()

        assert loop.doit("--naming", "rename").code == 0
        assert "⏭️ Up to date" in loop.doit("--naming", "rename").out
        assert (loop.root / "src/tax_rates.py").exists()


@pytest.mark.slow
class TestInterrupted:
    def test_an_interrupted_run_still_ends_with_a_verification(self, loop: Batch) -> None:
        replay(
            loop,
            {
                "TASK-1": {"delay_s": 0.5, "files": {"a.py": "A = 1\n"}},
                "TASK-2": {"files": {"b.py": "B = 1\n"}},
            },
        )
        run = loop.start()
        while not calls(loop):
            time.sleep(0.01)

        run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=20)

        assert run.returncode == 143
        assert "Verified: 0 → 1 of 2 (50%)" in out
        assert states(loop) == {"TASK-1": "done", "TASK-2": "not_run"}
        assert numbers(loop.report()["verification_after"]) == (1, 2)

    def test_ctrl_c_in_the_last_verification_still_leaves_a_report(self, loop: Batch) -> None:
        loop.write(
            "tasks.md", task("TASK-1", "test path=a.py contains=A command='sleep 0.1; touch ran; sleep 3'")
        )
        loop.prompts(section("TASK-1", files={"a.py": "A = 1"}))
        loop.write("batchexec.yaml", "prompts_dir: prompts\ntasks: tasks.md\nrun_commands: true\n")
        run = loop.start()
        for _ in range(2):  # once for the task, once at the end
            while not (loop.root / "ran").exists():
                time.sleep(0.01)
            (loop.root / "ran").unlink()

        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=20)

        assert run.returncode == 130
        assert states(loop) == {"TASK-1": "done"}, out
        assert json.loads(loop.batchexec("status", "--json").out)["run"]["status"] == "interrupted"

    def test_the_second_signal_stops_a_command_of_the_first_verification(self, loop: Batch) -> None:
        loop.write("a.py", "A = 1\n")
        loop.write("tasks.md", task("TASK-1", "test path=a.py contains=A command='touch ran; sleep 9'"))
        loop.write("batchexec.yaml", "prompts_dir: prompts\ntasks: tasks.md\nrun_commands: true\n")
        loop.prompts(section("TASK-2", files={"b.py": "B = 1"}))
        run = loop.start()
        while not (loop.root / "ran").exists():
            time.sleep(0.01)

        started = time.monotonic()
        for _ in range(2):
            run.send_signal(signal.SIGINT)
            time.sleep(0.2)
        out, _ = run.communicate(timeout=40)

        assert run.returncode == 130, out
        assert time.monotonic() - started < 6

    @pytest.mark.parametrize(
        ("text", "said", "again"),
        [
            ("A = 1\n", "1 task had finished and is kept as it is", []),
            ("B = 1\n", "1 task had finished and is kept as it is", ["TASK-1"]),
        ],
        ids=["holds", "fails"],
    )
    def test_work_that_was_published_by_a_killed_run_is_judged_by_the_next(
        self, loop: Batch, text: str, said: str, again: list[str]
    ) -> None:
        kill = (
            "import os, signal, sys\n"
            "def hook(event, args):\n"
            "    if event == 'os.rmdir' and 'stage' in str(args[0]) and os.environ.get('CRASH'):\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "sys.addaudithook(hook)\n"
        )
        loop.write("dodo.py", DODO + kill)
        loop.write("tasks.md", task("TASK-1", "code path=a.py symbol=A"))
        replay(loop, {"TASK-1": {"files": {"a.py": text}}})

        assert loop.doit(CRASH="1").code == -signal.SIGKILL
        assert loop.read("a.py") == text
        done = loop.doit()

        assert f"The last run was cut off: {said}." in done.out
        assert calls(loop) == ["TASK-1", *again]
        assert done.code == len(again)
        assert ("⏭️ Up to date" in done.out) is not bool(again)


@pytest.mark.slow
def test_the_second_run_opens_no_file_that_evidence_is_about(loop: Batch) -> None:
    watch = (
        "import os, sys\n"
        "def hook(event, args):\n"
        "    if event == 'open' and str(args[0]).endswith(('/a.py', '/b.py')):\n"
        "        print('OPENED', args[0], file=sys.stderr)\n"
        "if os.environ.get('WATCH'):\n"
        "    sys.addaudithook(hook)\n"
    )
    loop.write("dodo.py", DODO + watch)
    loop.doit()
    for path in ("a.py", "b.py"):
        # A file that was written this very moment is looked at twice.
        os.utime(loop.root / path, (1_700_000_000, 1_700_000_000))
    loop.doit()

    done = loop.doit(WATCH="1")
    assert done.err == ""
    assert done.out.count("⏭️ Up to date") == 2
    assert "OPENED" in loop.doit("verify", WATCH="1").err


@pytest.mark.slow
def test_verify_prompts_doit_verify_raises_the_count_to_all(loop: Batch) -> None:
    """The whole loop, with an executor that does what the prompts ask for."""
    loop.write(
        "tasks.md", task("TASK-1", "code path=a.py symbol=A") + task("TASK-2", "code path=b.py symbol=B")
    )
    (loop.root / "prompts/not_implemented.md").unlink()
    script = {"tasks": {"TASK-1": {"files": {"a.py": "A = 1\n"}}, "TASK-2": {"files": {"b.py": "B = 1\n"}}}}
    loop.write("script.yaml", json.dumps(script))
    loop.write(
        "batchexec.yaml", "executor: scripted\nexecutors:\n  scripted: {kind: replay, script: script.yaml}\n"
    )

    first = loop.doit("verify")
    assert (first.code, "Verified: 0 of 2 tasks (0%)" in first.out) == (1, True)
    assert loop.doit("prompts").code == 0
    assert "Verified: 0 → 2 of 2 (100%)" in loop.doit().out
    last = loop.doit("verify")
    assert (last.code, "Verified: 2 of 2 tasks (100%)" in last.out) == (0, True)
    assert "All 2 tasks are verified: no prompt is needed.\n" in loop.doit("prompts").out


def test_only_targets_reports_and_state_are_written(loop: Batch) -> None:
    before = set(loop.tree())

    loop.doit("--verify-after-each", "--checkpoint")
    loop.doit("verify")

    new = {path for path in set(loop.tree()) - before if not path.startswith(".spec/")}
    assert new == {"a.py", "b.py"}

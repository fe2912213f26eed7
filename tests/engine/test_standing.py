"""What is done stays done only as long as it is so: evidence is asked again, and nobody bends it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from bench import Batch, section

if TYPE_CHECKING:
    from collections.abc import Mapping

LIST = (
    "# T\n\n- [ ] TASK-1 One\n  evidence: code path=a.py symbol=A\n"
    "- [ ] TASK-2 Two\n  evidence: code path=b.py symbol=B\n"
)
COMMAND = "# T\n\n- [ ] TASK-1 One\n  evidence: test path=a.txt contains=x command="


@pytest.fixture
def loop(batch: Batch) -> Batch:
    batch.write("batchexec.yaml", "prompts_dir: prompts\ntasks: tasks.md\n")
    batch.write("tasks.md", LIST)
    batch.prompts(section("TASK-1", files={"a.py": "A = 1"}), section("TASK-2", files={"b.py": "B = 1"}))
    return batch


def replay(loop: Batch, answers: Mapping[str, Any]) -> None:
    loop.prompts(*(section(id_, body="Write it.") for id_ in answers))
    loop.replay(json.dumps({"calls": "calls.log", "tasks": answers}), tasks="tasks.md")


def calls(loop: Batch) -> int:
    log = loop.root / "calls.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def states(loop: Batch) -> dict[str, str]:
    return {result["task_id"]: result["state"] for result in loop.report()["results"]}


class TestUndone:
    """One task overwrites what another one of the same run has brought about."""

    ANSWERS = (
        ("TASK-1", {"files": {"a.py": "A = 1\n"}}),
        ("TASK-2", {"files": {"a.py": "C = 1\n", "b.py": "B = 1\n"}}),
    )

    def test_a_task_that_another_one_undid_needs_work(self, loop: Batch) -> None:
        replay(loop, dict(self.ANSWERS))

        done = loop.doit()

        assert done.code == 1
        assert (
            "\nTASK-1: A title\n   ⚠️ Needs work: its evidence held when it was done, and does not any more\n"
        ) in done.out
        assert "   Successful: 1/2 (50%)\n" in done.out
        assert states(loop) == {"TASK-1": "needs_work", "TASK-2": "done"}
        (result,) = (one for one in loop.report()["results"] if one["task_id"] == "TASK-1")
        assert result["error"] == "its evidence held when it was done, and does not any more"

    def test_the_quiet_hear_of_it_too(self, loop: Batch) -> None:
        replay(loop, dict(self.ANSWERS))

        assert "TASK-1: A title\n   ⚠️ Needs work: its evidence held" in loop.doit("-q").out

    def test_it_runs_again(self, loop: Batch) -> None:
        replay(loop, dict(self.ANSWERS))
        loop.doit()

        assert loop.statuses()["TASK-1"] == "run"

    def test_so_does_one_that_was_up_to_date(self, loop: Batch) -> None:
        replay(loop, {"TASK-1": {"files": {"a.py": "A = 1\n"}}})
        loop.doit()
        replay(loop, dict(self.ANSWERS))

        done = loop.doit()

        assert done.code == 1
        assert states(loop) == {"TASK-1": "needs_work", "TASK-2": "done"}
        assert loop.report()["regressed"] == ["TASK-1"]
        newest = max(loop.root.glob(".spec/reports/*.md"), key=lambda path: path.stat().st_mtime_ns)
        assert "Nothing is left to do" not in newest.read_text()


class TestBentEvidence:
    @pytest.mark.parametrize(
        "bent",
        ["# T\n\n- [ ] TASK-1 One\n", "# T\n\n- [ ] TASK-1 One\n  evidence: code path=dodo.py\n"],
        ids=["removed", "weakened"],
    )
    def test_no_task_changes_what_it_is_judged_by(self, loop: Batch, bent: str) -> None:
        replay(loop, {"TASK-1": {"files": {"tasks.md": bent}}})

        done = loop.doit()

        assert done.code == 1
        assert (
            "❌ Failed: it would change tasks.md, by which it is judged; nothing was written;"
            " change it yourself, or declare it as a file of the task\n"
        ) in done.out
        assert loop.read("tasks.md") == LIST
        assert loop.doit().code == 1

    def test_a_task_whose_file_it_is_may_and_is_held_to_the_hooks_it_started_with(self, loop: Batch) -> None:
        loop.prompts(section("TASK-1", body="#### File: tasks.md"))
        script = {"tasks": {"TASK-1": {"files": {"tasks.md": "# T\n\n- [ ] TASK-1 One\n"}}}}
        loop.replay(json.dumps(script), tasks="tasks.md")

        assert loop.doit().code == 1
        assert states(loop) == {"TASK-1": "needs_work"}


class TestCommands:
    def test_with_commands_asked_for_they_decide_whether_a_task_rests(self, loop: Batch) -> None:
        loop.write("tasks.md", COMMAND + '"test -e go"\n')
        replay(loop, {"TASK-1": {"files": {"a.txt": "x\n", "go": ""}}})
        loop.doit("--run-commands")
        assert loop.doit("--run-commands").out.count("Up to date") == 1

        (loop.root / "go").unlink()

        assert loop.statuses("--run-commands") == {"TASK-1": "up_to_date"}
        assert loop.doit("--run-commands").code == 0
        assert calls(loop) == 2

    def test_a_plan_runs_no_command(self, loop: Batch) -> None:
        loop.write("tasks.md", COMMAND + '"touch ran"\n')
        loop.write("a.txt", "x\n")

        loop.doit("list", "--run-commands")
        loop.doit("--dry-run", "--run-commands")

        assert not (loop.root / "ran").exists()

    def test_one_command_of_many_tasks_runs_once_while_nothing_changes(self, loop: Batch) -> None:
        loop.write("a.txt", "x\n")
        hook = '  evidence: test path=a.txt contains=x command="echo x >> ran"\n'
        loop.write("tasks.md", f"# T\n\n- [ ] TASK-1 One\n{hook}- [ ] TASK-2 Two\n{hook}")
        loop.doit("--run-commands")

        assert (loop.root / "ran").read_text() == "x\n"


class TestResting:
    @pytest.fixture
    def there(self, loop: Batch) -> Batch:
        """Give a batch that finds everything done and never did a thing."""
        loop.write("a.py", "A = 1\n")
        loop.write("b.py", "B = 1\n")
        assert loop.doit().out.count("Up to date") == 2
        return loop

    def test_a_task_that_rests_on_evidence_runs_when_its_text_changes(self, there: Batch) -> None:
        there.prompts(section("TASK-1", files={"a.py": "A = 2"}), section("TASK-2", files={"b.py": "B = 1"}))

        assert there.statuses() == {"TASK-1": "run", "TASK-2": "up_to_date"}

    def test_a_task_that_rests_on_evidence_runs_when_it_is_forgotten(self, there: Batch) -> None:
        there.doit("forget", "TASK-1")

        (reason,) = there.plan()["TASK-1"]["reasons"]
        assert reason["detail"] == "its last result was forgotten"
        assert there.statuses()["TASK-2"] == "up_to_date"

    def test_nothing_is_reported_where_nothing_happened(self, there: Batch) -> None:
        assert there.reports() == []

    def test_what_a_person_finished_is_reported_though_nothing_ran(self, loop: Batch) -> None:
        loop.prompts(section("TASK-1", body="Write it."))
        assert loop.doit().code == 1
        loop.write("a.py", "A = 1\n")

        done = loop.doit()

        assert done.code == 0
        assert states(loop) == {"TASK-1": "up_to_date"}
        assert "passed" in loop.batchexec("status").out


def test_a_regression_is_noticed_on_the_way_where_there_is_no_last_verification(loop: Batch) -> None:
    loop.write("b.py", "B = 1\n")
    replay(loop, {"TASK-1": {"files": {"a.py": "A = 1\n", "b.py": "C = 1\n"}}})

    done = loop.doit("--no-verify-at-end", "--verify-after-each")

    assert done.code == 1
    assert loop.report()["regressed"] == ["TASK-2"]


class TestPromptsAreTrue:
    def test_what_was_undone_since_the_last_report_gets_a_prompt(self, loop: Batch) -> None:
        loop.write("a.py", "A = 1\n")
        loop.write("b.py", "B = 1\n")
        loop.write("batchexec.yaml", "tasks: tasks.md\n")
        loop.doit("verify")
        (loop.root / "a.py").unlink()

        done = loop.doit("prompts")

        assert "Prompts: 1;" in done.out

    def test_what_was_done_since_gets_none(self, loop: Batch) -> None:
        loop.write("batchexec.yaml", "tasks: tasks.md\n")
        loop.doit("verify")
        loop.write("a.py", "A = 1\n")
        loop.write("b.py", "B = 1\n")

        assert loop.doit("prompts").out == "All 2 tasks are verified: no prompt is needed.\n"

    def test_a_report_that_is_still_true_is_not_written_again(self, loop: Batch) -> None:
        loop.write("batchexec.yaml", "tasks: tasks.md\n")
        loop.doit("verify")

        loop.doit("prompts")

        assert len(list(loop.root.glob(".spec/reports/2*"))) == 1

    def test_the_newest_report_of_another_tool_is_taken_as_it_is(self, loop: Batch) -> None:
        loop.write("batchexec.yaml", "tasks: tasks.md\n")
        told = [
            {"task_id": "TASK-1", "title": "One", "checked": False, "verified": True, "category": ""},
            {
                "task_id": "TASK-2",
                "title": "Two",
                "checked": False,
                "verified": False,
                "category": "missing_tests",
            },
        ]
        loop.write(".spec/reports/latest/summary.json", json.dumps({"totals": {"tasks": 2}, "tasks": told}))

        done = loop.doit("prompts")

        assert "missing_tests.md: 1 task\nPrompts: 1;" in done.out


def test_hand_written_prompts_in_the_usual_place_are_not_shelved(loop: Batch) -> None:
    loop.write("batchexec.yaml", "tasks: tasks.md\n")
    loop.write(".spec/prompts/mine.md", section("TASK-1", files={"a.py": "A = 1"}))

    done = loop.doit("prompts")

    assert done.code == 3
    assert ".spec/prompts holds the prompts themselves" in done.err
    assert sorted(path.name for path in (loop.root / ".spec/prompts").iterdir()) == ["mine.md"]


def test_targets_alone_leave_no_state_behind(loop: Batch) -> None:
    loop.doit("verify")
    loop.doit("prompts", "--from-report", "tasks.md")

    assert not (loop.root / ".batchexec").exists()


def test_a_verification_by_file_asks_for_what_the_batch_asks_for(loop: Batch) -> None:
    loop.write("tasks.md", "# T\n\n- [ ] TASK-1 One\n  evidence: code path=a.py\n")
    loop.write("a.py", "A = 1\n")
    assert loop.batchexec("verify", "tasks.md").code == 0

    loop.write("batchexec.yaml", "strict: true\n")

    assert loop.batchexec("verify", "tasks.md").code == 1


def test_a_readme_alone_is_no_prompt_in_the_way(loop: Batch) -> None:
    loop.write("batchexec.yaml", "tasks: tasks.md\n")
    loop.write(".spec/prompts/README.md", "# What goes here\n")

    assert "Prompts: 2;" in loop.doit("prompts").out


def test_the_report_a_prompt_was_made_from_is_kept_byte_by_byte(loop: Batch) -> None:
    loop.write("batchexec.yaml", "tasks: tasks.md\n")
    told = [{"id": "TASK-1", "ok": False}, {"id": "TASK-2", "ok": True}]
    loop.write("told.json", json.dumps({"total": 2, "tasks": told}))

    loop.doit("prompts", "--from-report", "told.json")

    assert loop.read(".spec/prompts/latest/meta/report_source.json") == loop.read("told.json")

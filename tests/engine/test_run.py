"""`doit` carries out what is out of date, and only that."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bench import section

if TYPE_CHECKING:
    from bench import Batch

BROKEN = "def f(:\n"


def test_a_run_shows_each_task_in_order_and_ends_with_the_report(batch: Batch) -> None:
    batch.prompts(
        section("TASK-002", "Add login", {"src/login.py": "LOGIN = 1"}),
        section("TASK-001", "Add users", {"src/users.py": "USERS = 1"}, priority=1),
    )

    done = batch.doit()

    assert done.code == 0
    assert done.err == ""
    assert re.sub(r"\d+\.\ds|\d{8}_\d{6}", "…", done.out) == (
        "📖 Parsing prompts directory...\n"
        "   Found 2 tasks to execute\n"
        "\n"
        "🚀 Starting batch execution: 2 tasks\n"
        "\n"
        "[1/2] TASK-001: Add users\n"
        "   ✅ Success\n"
        "\n"
        "[2/2] TASK-002: Add login\n"
        "   ✅ Success\n"
        "\n"
        "✅ Batch execution complete!\n"
        "   Successful: 2/2 (100%)\n"
        "   Duration: …\n"
        "   Report: .spec/reports/batch_execution_….md\n"
        "   Report: .spec/reports/batch_execution_….json\n"
    )
    assert batch.read("src/login.py").endswith("LOGIN = 1\n")


def test_a_second_run_finds_everything_up_to_date_and_writes_nothing(batch: Batch) -> None:
    batch.prompts(section("TASK-001", "Add users", {"src/users.py": "USERS = 1"}))
    batch.doit()
    before = batch.tree()

    done = batch.doit()

    assert done.code == 0
    assert "[1/1] TASK-001: Add users\n   ⏭️ Up to date\n" in done.out
    assert "   Everything is up to date: nothing had to run\n" in done.out
    assert "Report:" not in done.out
    assert batch.tree() == before


def test_only_the_task_whose_section_changed_runs_again(batch: Batch) -> None:
    sections = [section(f"TASK-00{n}", files={f"src/m{n}.py": f"X = {n}"}) for n in (1, 2, 3)]
    batch.prompts(*sections)
    batch.doit()
    batch.prompts(sections[0], sections[1].replace("X = 2", "X = 22"), sections[2])

    plan = batch.plan()
    done = batch.doit()

    assert {id_: task["status"] for id_, task in plan.items()} == {
        "TASK-001": "up_to_date",
        "TASK-002": "run",
        "TASK-003": "up_to_date",
    }
    (reason,) = plan["TASK-002"]["reasons"]
    assert reason["component"] == "section"
    assert reason["detail"] == "its text at prompts/not_implemented.md:9 changed"
    assert done.out.count("✅ Success") == 1
    assert "X = 22\n" in batch.read("src/m2.py")


def test_a_section_that_only_moved_is_up_to_date(batch: Batch) -> None:
    sections = [section(f"TASK-00{n}", files={f"src/m{n}.py": f"X = {n}"}) for n in (1, 2)]
    batch.prompts(*sections)
    batch.doit()
    batch.prompts("An introduction.\n", *reversed(sections))

    assert set(batch.statuses().values()) == {"up_to_date"}


def test_a_missing_output_brings_its_task_back(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1", "src/b.py": "B = 1"}))
    batch.doit()
    (batch.root / "src/b.py").unlink()

    assert batch.plan()["TASK-001"]["reasons"] == [
        {"component": "output", "detail": "src/b.py is missing", "old": None, "new": None}
    ]
    assert batch.doit().code == 0
    assert (batch.root / "src/b.py").exists()


def test_a_hand_made_edit_of_an_output_is_shown_and_left_alone(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.doit()
    batch.write("src/a.py", "A = 'mine'\n")

    plan = batch.plan()["TASK-001"]
    batch.doit()

    assert plan["status"] == "up_to_date"
    assert plan["edited"] == ["src/a.py"]
    assert batch.read("src/a.py") == "A = 'mine'\n"


def test_a_changed_section_does_not_overwrite_a_hand_made_edit(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.doit()
    batch.write("src/a.py", "A = 'mine'\n")
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 2"}))

    done = batch.doit()

    assert done.code == 1
    assert "⚠️ Needs work: " in done.out
    assert batch.read("src/a.py") == "A = 'mine'\n"


def test_a_task_that_failed_runs_again_and_says_why(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"src/a.py": BROKEN}), section("TASK-002", files={"src/b.py": "B = 1"})
    )

    done = batch.doit()

    assert done.code == 1
    assert "❌ Failed: src/a.py:1: " in done.out
    assert not (batch.root / "src/a.py").exists()
    assert (batch.root / "src/b.py").exists()
    plan = batch.plan()
    assert plan["TASK-002"]["status"] == "up_to_date"
    (reason,) = plan["TASK-001"]["reasons"]
    assert reason["detail"].startswith("its last attempt ended as failed: ")


def test_nothing_of_a_task_is_written_when_its_second_file_is_broken(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1", "src/b.py": "B = 1\n" + BROKEN}))

    done = batch.doit()

    assert "src/b.py:2" in done.out
    assert not (batch.root / "src").exists()


def test_the_third_failure_stops_the_run(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-00{n}", files={f"src/m{n}.py": BROKEN}) for n in range(1, 6)))

    done = batch.doit()

    assert done.code == 1
    assert "🛑 Batch execution stopped: max failures (3) reached; 2 tasks not run" in done.out
    assert "complete" not in done.out
    report = batch.report()
    assert [result["state"] for result in report["results"]] == ["failed"] * 3 + ["not_run"] * 2


def test_no_limit_lets_every_task_have_its_turn(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-00{n}", files={f"src/m{n}.py": BROKEN}) for n in range(1, 6)))

    for words in (["--max-failures", "0"], ["--continue"]):
        done = batch.doit(*words)

        assert done.out.count("❌ Failed") == 5
        assert "✅ Batch execution complete!" in done.out


def test_doits_own_no_continue_stops_at_the_first_failure(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-00{n}", files={f"src/m{n}.py": BROKEN}) for n in range(1, 6)))

    assert batch.doit("--no-continue").out.count("❌ Failed") == 1


def test_what_depends_on_a_failed_task_is_blocked_and_the_rest_goes_on(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"src/a.py": BROKEN}),
        section("TASK-002", files={"src/b.py": "B = 1"}, after=["TASK-001"]),
        section("TASK-003", files={"src/c.py": "C = 1"}),
    )

    done = batch.doit()

    assert done.code == 1
    assert "⚠️ Blocked: TASK-001 did not succeed" in done.out
    assert "⚠️ Batch execution ended: 1 task not run" in done.out
    states = {result["task_id"]: result["state"] for result in batch.report()["results"]}
    assert states == {"TASK-001": "failed", "TASK-002": "not_run", "TASK-003": "done"}


def test_a_failure_before_it_does_not_make_a_finished_task_run_again(batch: Batch) -> None:
    first = section("TASK-001", files={"src/a.py": "A = 1"})
    second = section("TASK-002", files={"src/b.py": "B = 1"}, after=["TASK-001"])
    batch.prompts(first, second)
    batch.doit()
    batch.prompts(first.replace("A = 1", BROKEN), second)
    batch.doit()
    batch.prompts(first, second)

    assert batch.statuses() == {"TASK-001": "run", "TASK-002": "may_run"}
    assert batch.doit().out.count("✅ Success") == 1


def test_a_change_that_changes_no_output_stops_there(batch: Batch) -> None:
    first = section("TASK-001", files={"src/a.py": "A = 1"}, body="Make it so.")
    second = section("TASK-002", files={"src/b.py": "B = 1"}, after=["TASK-001"])
    batch.prompts(first, second)
    batch.doit()
    batch.prompts(first.replace("Make it so.", "Please make it so."), second)

    done = batch.doit()

    assert "[1/2] TASK-001: A title\n   ✅ Success" in done.out
    assert "[2/2] TASK-002: A title\n   ⏭️ Up to date" in done.out


def test_a_changed_output_of_a_dependency_makes_a_task_run_again(batch: Batch) -> None:
    first = section("TASK-001", files={"src/a.py": "A = 1"})
    second = section("TASK-002", files={"src/b.py": "B = 1"}, after=["TASK-001"])
    batch.prompts(first, second)
    batch.doit()
    batch.prompts(first.replace("A = 1", "A = 2"), second)

    assert batch.doit().out.count("✅ Success") == 2


def test_naming_a_task_brings_what_it_depends_on(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"src/a.py": "A = 1"}),
        section("TASK-002", files={"src/b.py": "B = 1"}, after=["TASK-001"]),
        section("TASK-003", files={"src/c.py": "C = 1"}),
    )

    done = batch.doit("TASK-002")

    assert "Found 2 tasks" in done.out
    assert not (batch.root / "src/c.py").exists()


def test_single_runs_a_task_without_what_it_depends_on(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"src/a.py": "A = 1"}),
        section("TASK-002", files={"src/b.py": "B = 1"}, after=["TASK-001"]),
    )

    batch.doit("--single", "TASK-002")

    assert sorted(path.name for path in (batch.root / "src").iterdir()) == ["b.py"]


def test_always_execute_runs_what_is_up_to_date(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.doit()

    assert "✅ Success" in batch.doit("--always-execute").out


def test_options_may_stand_behind_the_names_of_tasks(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    done = batch.doit("run", "TASK-001", "--dry-run")

    assert done.code == 0
    assert "DRY RUN" in done.out


def test_a_dry_run_changes_nothing_at_all(batch: Batch) -> None:
    batch.prompts(section("TASK-001", "Add users", {"src/a.py": "A = 1"}))
    before = batch.tree()

    done = batch.doit("--dry-run")

    assert done.code == 0
    assert done.out == batch.doit("list").out
    assert batch.tree() == before
    assert not (batch.root / ".batchexec").exists()


def test_resume_is_accepted_and_changes_nothing(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    assert batch.doit("--resume").code == 0
    assert "Everything is up to date" in batch.doit("--resume").out


def test_a_fragment_goes_in_again_when_its_file_is_written_anew(batch: Batch) -> None:
    whole = section("TASK-001", files={"src/a.py": "A = 1"})
    batch.prompts(whole)
    fragment = (
        "## Task: TASK-002: Add total\n\n### File Information\n**Path:** `src/a.py`\n"
        "**Missing Symbol:** `total`\n\n### Symbol to Add\n```python\ndef total(x):\n    return sum(x)\n```\n"
    )
    batch.prompts(fragment, category="symbol_issue")
    batch.doit()
    assert batch.statuses() == {"TASK-001": "up_to_date", "TASK-002": "up_to_date"}
    batch.prompts(whole.replace("A = 1", "A = 2"))

    assert batch.statuses() == {"TASK-001": "run", "TASK-002": "may_run"}
    done = batch.doit()

    assert done.out.count("✅ Success") == 2
    assert "A = 2" in batch.read("src/a.py")
    assert "def total(x):" in batch.read("src/a.py")
    assert "Everything is up to date" in batch.doit().out


def test_a_checkpoint_tells_what_is_done(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"src/a.py": "A = 1"}), section("TASK-002", files={"src/b.py": BROKEN})
    )

    batch.doit("--checkpoint")

    (path,) = (batch.root / ".spec/checkpoints").iterdir()
    assert re.fullmatch(r"batch_execution_\d{8}_\d{6}\.json", path.name)
    checkpoint = json.loads(path.read_text())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", checkpoint.pop("timestamp"))
    assert sorted(checkpoint.pop("section_hashes")) == ["TASK-001", "TASK-002"]
    assert checkpoint == {
        "prompts_dir": "prompts",
        "completed_categories": [],
        "current_category": "not_implemented",
        "current_task": "TASK-002",
        "total_tasks": 2,
        "failures": 1,
        "completed_tasks": ["TASK-001"],
        "failed_tasks": ["TASK-002"],
    }


def test_without_the_option_there_is_no_checkpoint(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    batch.doit()

    assert not (batch.root / ".spec/checkpoints").exists()


def test_quiet_says_only_what_went_wrong(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"src/a.py": "A = 1"}),
        section("TASK-002", "Break it", {"src/b.py": BROKEN}),
    )

    done = batch.doit("-q")

    assert done.out.startswith("TASK-002: Break it\n   ❌ Failed: src/b.py:1: ")
    assert "TASK-001" not in done.out
    assert batch.doit("-q", "TASK-001").out == ""


def test_a_reporter_of_doits_own_can_be_chosen(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    assert batch.doit("-r", "executed-only").out == "   ".strip() + ".  smartspec:TASK-001\n"


def test_output_can_go_into_a_file(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    done = batch.doit("-o", "log.txt")

    assert done.out == ""
    assert "✅ Batch execution complete!" in batch.read("log.txt")


def test_process_mode_is_refused_because_it_would_be_ignored(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    done = batch.doit("-n", "2", "-P", "process")

    assert done.code == 3
    assert "-P process: a batch runs its tasks on threads; leave -P out" in done.err


def test_tasks_of_the_same_dodo_py_run_too(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.write(
        "dodo.py",
        "from batchexec.engine import batch\n"
        "DOIT_CONFIG, task_batch = batch(first=['prepare'])\n"
        "def task_prepare():\n"
        "    return {'actions': ['mkdir -p made'], 'uptodate': [True], 'targets': ['made']}\n"
        "def task_after():\n"
        "    return {'actions': ['touch after'], 'task_dep': ['not_implemented']}\n",
    )

    done = batch.doit()

    assert done.code == 0, done.err
    assert (batch.root / "made").is_dir()
    assert (batch.root / "after").exists()


def test_a_run_of_one_task_still_prepares_what_all_tasks_need(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.write(
        "dodo.py",
        "from batchexec.engine import batch\n"
        "DOIT_CONFIG, task_batch = batch(first=['prepare'])\n"
        "def task_prepare():\n"
        "    return {'actions': ['mkdir -p made'], 'targets': ['made']}\n",
    )

    batch.doit("TASK-001")

    assert (batch.root / "made").is_dir()


def test_a_failure_of_a_task_that_is_not_ours_blocks_what_needs_it(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.write(
        "dodo.py",
        "from batchexec.engine import batch\n"
        "DOIT_CONFIG, task_batch = batch(first=['prepare'])\n"
        "def task_prepare():\n"
        "    return {'actions': ['exit 1']}\n",
    )

    done = batch.doit()

    assert done.code == 1
    assert "⚠️ Blocked: prepare did not succeed" in done.out


def test_a_forgotten_task_runs_again(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-00{n}", files={f"src/m{n}.py": f"X = {n}"}) for n in (1, 2)))
    batch.doit()

    done = batch.doit("forget", "TASK-002")

    assert done.out == "forgetting smartspec:TASK-002\n"
    plan = batch.plan()
    assert plan["TASK-001"]["status"] == "up_to_date"
    assert plan["TASK-002"]["reasons"][0]["detail"] == "its last result was forgotten"


def test_forgetting_without_words_forgets_every_task(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-00{n}", files={f"src/m{n}.py": f"X = {n}"}) for n in (1, 2)))
    batch.doit()

    batch.doit("forget")

    assert set(batch.statuses().values()) == {"run"}


def test_an_ignored_task_is_left_out_until_it_is_forgotten(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    assert batch.doit("ignore", "smartspec:TASK-001").code == 0

    assert "Ignored, as `doit ignore` said" in batch.doit().out
    assert not (batch.root / "src").exists()
    batch.doit("forget", "TASK-001")
    assert "✅ Success" in batch.doit().out


def test_doits_other_commands_understand_the_batch(batch: Batch) -> None:
    batch.prompts(section("TASK-001", "Add users", {"src/a.py": "A = 1"}))

    info = batch.doit("info", "smartspec:TASK-001")

    assert "Add users" in info.out
    assert "status     : run" in info.out
    batch.doit()
    assert "status     : up-to-date" in batch.doit("info", "smartspec:TASK-001").out
    assert batch.doit("clean").code == 0


def test_the_report_can_be_rendered_again(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.doit()
    for path in batch.reports():
        path.unlink()

    done = batch.doit("report")

    assert done.code == 0
    assert batch.report()["results"][0]["task_id"] == "TASK-001"


def test_there_is_no_report_before_the_first_run(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    done = batch.doit("report")

    assert done.code == 3
    assert "there is no run to report on; run the batch first: `doit`" in done.err

"""What a user relies on, from the prompts to the report, with real doit."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from bench import DODO, section, uncovered

if TYPE_CHECKING:
    from bench import Batch

BROKEN = "def f(:\n"


def test_the_report_lists_each_task_once_and_its_sums_agree(batch: Batch) -> None:
    batch.write("src/old.py", "OLD = 1\n")
    batch.prompts(
        section("TASK-001", "Add a", {"src/a.py": "A = 1", "tests/test_a.py": "def test_a():\n    assert 1"}),
        section("TASK-002", "Break b", {"src/b.py": BROKEN}),
        section("TASK-003", "Keep old", {"src/old.py": "OLD = 2"}),
    )
    batch.prompts("## Task: TASK-004: Nothing here\n\nOnly words.\n", category="missing_tests")
    before = set(batch.tree())

    done = batch.doit()

    report = batch.report()
    states = {result["task_id"]: result["state"] for result in report["results"]}
    assert done.code == 1
    assert states == {
        "TASK-001": "done",
        "TASK-002": "failed",
        "TASK-003": "needs_work",
        "TASK-004": "needs_work",
    }
    sums = [report[key] for key in ("total_tasks", "successful", "failed", "needs_work", "not_run")]
    assert sums == [4, 1, 1, 2, 0]
    for key in ("successful", "failed", "needs_work", "not_run"):
        assert sum(counts[key] for counts in report["by_category"].values()) == report[key]
    created = {path for result in report["results"] for path in result["files_created"]}
    new = {path for path in set(batch.tree()) - before if not path.startswith(".spec/")}
    assert created == new
    markdown = batch.reports()[0].with_suffix(".md").read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)
    assert [title for title in titles if title in SECTIONS] == SECTIONS
    for id_ in states:
        by_category = markdown.split("## By Category")[1].split("\n## ")[0]
        assert by_category.count(f"{id_}: ") == 1


SECTIONS = [
    "Batch Execution Summary",
    "Results",
    "By Category",
    "Verification",
    "Failed Tasks",
    "Task Details",
    "Next Steps",
]


def test_a_failure_is_told_with_its_place_on_the_screen_and_in_both_reports(batch: Batch) -> None:
    batch.prompts(section("TASK-007", "Break it", {"src/b.py": "B = 1\n\n" + BROKEN}))

    out = batch.doit().out

    (result,) = batch.report()["results"]
    markdown = batch.reports()[0].with_suffix(".md").read_text(encoding="utf-8")
    failed, steps = markdown.split("## Failed Tasks")[1], markdown.split("## Next Steps")[1]
    assert "❌ Failed: src/b.py:3: " in out
    assert (result["file"], result["line"]) == ("src/b.py", 3)
    assert result["error"] in out
    assert "`src/b.py`" in failed
    assert "**Line:** 3" in failed
    assert "`TASK-007`" in steps


def test_a_later_report_lists_what_was_up_to_date_too(batch: Batch) -> None:
    sections = [section(f"TASK-00{n}", files={f"m{n}.py": f"X = {n}"}) for n in (1, 2)]
    batch.prompts(*sections)
    batch.doit()
    batch.prompts(sections[0], sections[1].replace("X = 2", "X = 3"))

    done = batch.doit()

    states = {result["task_id"]: result["state"] for result in batch.report()["results"]}
    assert states == {"TASK-001": "up_to_date", "TASK-002": "done"}
    assert "   ✅ Success\n   because its text at prompts/not_implemented.md:9 changed\n" in done.out


def test_only_targets_reports_and_state_are_written_and_nothing_is_committed(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *words], cwd=batch.root, check=True)

    batch.doit("--checkpoint")

    status = subprocess.run(
        [*git, "status", "--porcelain"], cwd=batch.root, check=True, capture_output=True, encoding="utf-8"
    )
    log = subprocess.run([*git, "log", "--oneline"], cwd=batch.root, check=True, capture_output=True)
    assert status.stdout.splitlines() == ["?? .spec/", "?? src/"]
    assert len(log.stdout.splitlines()) == 1


def test_a_killed_run_leaves_one_valid_checkpoint_that_knows_what_is_done(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-{n:03}", body="x") for n in range(1, 7)))
    batch.replay("default: {delay_s: 0.3, files: {'out/{id}.txt': x}}\n", checkpoint=True)
    run = batch.start()
    while len(list(batch.root.glob("out/*"))) < 3:
        time.sleep(0.01)
    time.sleep(0.1)

    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()

    (path,) = (batch.root / ".spec/checkpoints").glob("*.json")
    checkpoint = json.loads(path.read_text())
    assert checkpoint["completed_tasks"] == ["TASK-001", "TASK-002", "TASK-003"]
    assert checkpoint["current_task"] == "TASK-004"
    assert set(checkpoint) == {
        "timestamp",
        "prompts_dir",
        "completed_categories",
        "current_category",
        "current_task",
        "total_tasks",
        "failures",
        "completed_tasks",
        "failed_tasks",
        "section_hashes",
    }


def test_five_hundred_tasks_run_in_seconds(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-{n}", files={f"out/m{n}.py": f"X = {n}"}) for n in range(1, 501)))

    done = batch.doit()

    assert done.code == 0
    seconds = re.search(r"Duration: ([\d.]+)s", done.out)
    assert seconds
    assert float(seconds[1]) < 30


def test_overwriting_keeps_a_copy(batch: Batch) -> None:
    batch.write("src/a.py", "A = 'mine'\n")
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    assert batch.doit().code == 1
    assert batch.read("src/a.py") == "A = 'mine'\n"
    assert batch.doit("--if-exists", "overwrite").code == 0

    (copy,) = batch.root.glob(".spec/backups/*/src/a.py")
    assert copy.read_text() == "A = 'mine'\n"
    assert "A = 1" in batch.read("src/a.py")


def test_an_existing_target_can_be_a_failure(batch: Batch) -> None:
    batch.write("src/a.py", "A = 'mine'\n")
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))

    assert "❌ Failed: " in batch.doit("--if-exists", "fail").out


NAMING = (
    "## Task 1: TASK-001 - Look up rates\n\n### Evidence Expectations\n**Code Evidence:**\n"
    "- Expected path: `src/tax_rates.py`\n\n### Similar Files Found\n- `src/taxrates.py` (95% similar)\n"
)


@pytest.mark.parametrize("how", ["update-evidence", "rename", "manual"])
def test_a_naming_issue_is_settled_as_asked(batch: Batch, how: str) -> None:
    batch.write("src/taxrates.py", "RATE = 1\n")
    hook = "  evidence: code path={}\n"
    batch.write("tasks.md", "# Tasks\n\n- [ ] TASK-001 Look up rates\n" + hook.format("src/tax_rates.py"))
    batch.prompts(NAMING, category="naming_issue")

    done = batch.doit("--naming", how, "--tasks", "tasks.md")

    assert done.code == (1 if how == "manual" else 0), done.out
    assert (batch.root / "src/tax_rates.py").exists() is (how == "rename")
    updated = hook.format("src/taxrates.py") in batch.read("tasks.md")
    assert updated is (how == "update-evidence")
    if how != "manual":
        again = batch.doit("--naming", how, "--tasks", "tasks.md")
        assert "Everything is up to date" in again.out


def test_a_changed_hook_that_does_not_hold_brings_its_task_back(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.write("tasks.md", "# Tasks\n\n- [ ] TASK-001 Add a\n  evidence: code path=src/a.py\n")
    batch.doit()

    batch.write("tasks.md", "# Tasks\n\n- [ ] TASK-001 Add a\n  evidence: code path=src/a.py symbol=B\n")

    (reason,) = batch.plan()["TASK-001"]["reasons"]
    assert (reason["component"], reason["detail"]) == (
        "evidence",
        "its evidence hooks changed: symbol not found: code path=src/a.py symbol=B (tasks.md:4)",
    )


def test_a_changed_hook_that_holds_is_checked_without_running_the_task(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.write("tasks.md", "# Tasks\n\n- [ ] TASK-001 Add a\n  evidence: code path=src/a.py\n")
    batch.doit()

    batch.write("tasks.md", "# Tasks\n\n- [ ] TASK-001 Add a\n  evidence: code path=src/a.py symbol=A\n")

    assert batch.statuses() == {"TASK-001": "up_to_date"}


def test_prompts_tasks_and_tree_may_stand_anywhere(batch: Batch) -> None:
    batch.write("else/where/not_implemented.md", section("TASK-001", "", {"src/a.py": "A = 1"}))
    batch.write("else/list.md", "# Tasks\n\n- [ ] TASK-001 The title from the list\n")
    (batch.root / "tree").mkdir()

    done = batch.doit("--prompts-dir", "else/where", "--tasks", "else/list.md", "--repo-root", "tree")

    assert done.code == 0, done.err
    assert "TASK-001: The title from the list" in done.out
    assert (batch.root / "tree/src/a.py").exists()
    assert list(batch.root.glob("tree/.spec/reports/*.md"))
    assert not (batch.root / ".spec").exists()


def test_latest_is_followed_and_without_it_the_newest_run_is_used_and_named(batch: Batch) -> None:
    batch.write("batchexec.yaml", "slots: 1\n")
    for run in ("20260101_000000", "20260102_000000", "20260102_000000_2"):
        text = section(f"TASK-{run[7]}{run[16:]}", files={"a.py": "A = 1"})
        batch.write(f".spec/prompts/{run}/missing_code.md", text)

    newest = batch.doit("list", "-q")
    (batch.root / ".spec/prompts/latest").symlink_to("20260101_000000")
    latest = batch.doit("list", "-q")

    assert newest.out == "smartspec:TASK-22\n"
    assert ".spec/prompts/20260102_000000_2" in newest.err
    assert latest.out == "smartspec:TASK-1\n"
    assert latest.err == ""


def test_the_same_bytes_come_out_whatever_the_locale(batch: Batch) -> None:
    batch.prompts(section("TASK-001", "ตะกร้าสินค้า", {"src/ตะกร้า.py": "NAME = 'ตะกร้า'"}))

    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    unnameable = batch.doit(**plain)
    done = batch.doit(LC_ALL="C", PYTHONIOENCODING="ascii")

    assert unnameable.code == 2
    assert "file names are ascii here and cannot hold" in unnameable.out
    assert "set PYTHONUTF8=1 or a UTF-8 locale" in unnameable.out
    assert done.code == 0, done.err
    assert batch.read("src/ตะกร้า.py").endswith("NAME = 'ตะกร้า'\n")
    assert "\\u0e15" in done.out


def test_a_title_cannot_act_on_the_terminal(batch: Batch) -> None:
    batch.prompts(section("TASK-001", "Clear \x1b[2J it", {"a.py": "A = 1"}))

    shown = [batch.doit("list"), batch.doit(), batch.batchexec("explain", "TASK-001")]

    assert all("Clear \ufffd[2J it" in done.out for done in shown)


def test_state_is_for_its_owner_alone_and_out_of_gits_sight(batch: Batch) -> None:
    batch.prompts(section("TASK-001", files={"a.py": "A = 1"}))

    batch.doit()

    state = batch.root / ".batchexec"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "run.db").stat().st_mode & 0o777 == 0o600
    assert (state / ".gitignore").read_text() == "*\n"
    assert sorted(path.name for path in state.iterdir()) == [".gitignore", "lock", "run.db"]


@pytest.mark.parametrize("words", [["tabcompletion"], ["help", "run"], ["help", "forget"]])
def test_help_and_completion_load_no_reader_database_or_terminal_library(
    batch: Batch, words: list[str]
) -> None:
    program = (
        "import sys; from doit.doit_cmd import DoitMain; DoitMain().run(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr)"
    )

    done = subprocess.run(
        [batch.command()[0], "-c", program, *words],
        cwd=batch.root,
        env=uncovered(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    loaded = set(done.stderr.split())
    assert "batchexec.engine.project" in loaded
    assert not loaded & {
        "sqlite3",
        "yaml",
        "rich",
        "jinja2",
        "batchexec.markdown",
        "batchexec.sources",
        "filelock",
    }


def test_a_project_may_have_its_own_report(batch: Batch) -> None:
    batch.prompts(section("TASK-001", "Add a", {"a.py": "A = 1"}))
    batch.write(
        "templates/batch_execution.md.j2", "{% for r in report.results %}{{ r.task_id }}!{% endfor %}\n"
    )

    batch.doit()

    assert batch.reports()[0].with_suffix(".md").read_text() == "TASK-001!"


def test_a_broken_template_of_the_project_is_named_and_the_work_is_kept(batch: Batch) -> None:
    batch.prompts(section("TASK-001", "Add a", {"a.py": "A = 1"}))
    batch.write("templates/batch_execution.md.j2", "one\n{{ report.nothing }}\n")

    done = batch.doit()

    assert done.code == 2
    assert "templates/batch_execution.md.j2:2: error: " in done.err
    assert batch.statuses() == {"TASK-001": "up_to_date"}


def test_contents_decide_and_not_times(batch: Batch) -> None:
    batch.prompts(
        section("TASK-001", files={"a.py": "A = 1"}),
        section("TASK-002", files={"b.py": "B = 1"}, after=["TASK-001"]),
    )
    batch.doit()
    stamp = (batch.root / "a.py").stat()
    for path in (batch.root / "a.py", batch.root / "prompts/not_implemented.md"):
        os.utime(path)
    assert set(batch.statuses().values()) == {"up_to_date"}

    batch.write("a.py", batch.read("a.py").replace("A = 1", "A = 2"))
    os.utime(batch.root / "a.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

    assert batch.statuses() == {"TASK-001": "up_to_date", "TASK-002": "run"}


def test_the_plan_is_the_same_for_every_hash_seed(batch: Batch) -> None:
    batch.write("dodo.py", DODO)
    batch.prompts(*(section(f"TASK-{n}", files={f"m{n % 3}/x{n}.py": "X = 1"}) for n in range(30)))

    plans = {batch.doit("list", PYTHONHASHSEED=seed).out for seed in "123"}

    assert len(plans) == 1


SYMBOL = (
    "## Task: TASK-001: Add b\n\n### File Information\n**Path:** `app.py`\n**Missing Symbol:** `b`\n\n"
    "### Symbol to Add\n```python\ndef b():\n    return 1\n```\n"
)
CONTENT = (
    "## Task: TASK-001: Say alpha\n\n### File Information\n**Path:** `notes.md`\n"
    "**Missing Content:** `alpha`\n\n### Content to Add\n```markdown\nalpha text\n```\n"
)


@pytest.mark.parametrize(
    ("category", "prompt", "path", "old", "new", "reason"),
    [
        ("symbol_issue", SYMBOL, "app.py", "return 1", "return 2", "app.py defines b in other words"),
        (
            "content_issue",
            CONTENT,
            "notes.md",
            "alpha text",
            "alpha and beta",
            "notes.md: the fragment says something else than when it was put in",
        ),
    ],
)
def test_a_fragment_that_says_something_else_now_is_no_success_until_the_file_says_it(
    batch: Batch, category: str, prompt: str, path: str, old: str, new: str, reason: str
) -> None:
    batch.write(path, "A = 1\n" if path == "app.py" else "# Notes\n")
    batch.prompts(prompt, category=category)
    assert batch.doit().code == 0
    batch.prompts(prompt.replace(old, new), category=category)

    done, again = batch.doit(), batch.doit()

    assert (done.code, again.code) == (1, 1)
    assert "⚠️ Needs work: " in done.out
    assert reason in done.out
    assert old in batch.read(path)
    assert new not in batch.read(path)
    batch.write(path, batch.read(path).replace(old, new))
    assert batch.doit().code == 0
    assert "Everything is up to date" in batch.doit().out


def test_a_fragment_whose_words_are_the_same_leaves_a_hand_made_change_alone(batch: Batch) -> None:
    batch.write("app.py", "A = 1\n")
    batch.prompts(SYMBOL, category="symbol_issue")
    batch.doit()
    batch.write("app.py", batch.read("app.py").replace("return 1", "return 'mine'"))
    batch.prompts(SYMBOL + "\nA word more.\n", category="symbol_issue")

    done = batch.doit()

    assert done.code == 0
    assert "kept b in app.py: defined already" in done.out
    assert "return 'mine'" in batch.read("app.py")

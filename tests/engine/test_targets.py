"""`doit verify`, `doit prompts` and `doit report`: what they print, what they write, and how they end."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from bench import DODO, Batch, section

from batchexec.engine.filters import Filters
from batchexec.errors import SelectionError

if TYPE_CHECKING:
    from pathlib import Path

RUN = re.compile(r"\d{8}_\d{6}(_\d+)?")

CATEGORIES = "not_implemented, missing_tests, missing_code, symbol_issue, content_issue, naming_issue"

TASKS = """# Cart

- [ ] TSK-1 Add users
  - evidence: code path=src/users.py symbol=Users
- [x] TSK-2 Say {{#each}} and {% raw %}
  - evidence: code path=src/say.py contains="hello world"
- [ ] TSK-3 Moved
  - evidence: test path=unit/test_totals.py contains=total
- [ ] TSK-4 Done
  - evidence: code path=src/say.py symbol=hello
- [ ] TSK-5 Nothing said
"""


@pytest.fixture
def loop(batch: Batch) -> Batch:
    """A batch that gets its prompts from tasks.md."""
    batch.write("batchexec.yaml", "")
    batch.write("src/say.py", "hello = 1\n")
    batch.write("tests/test_totals.py", "def test_total():\n    assert 1\n")
    batch.write("tasks.md", TASKS)
    return batch


def same(text: str) -> str:
    return RUN.sub("RUN", text)


def summary(loop: Batch) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(loop.read(".spec/reports/latest/summary.json"))
    return found


def findings(loop: Batch) -> dict[str, str]:
    return {task["task_id"]: task["category"] for task in summary(loop)["tasks"]}


def written(loop: Batch, where: str = ".spec/prompts/latest") -> set[str]:
    return {path.name for path in (loop.root / where).glob("*.md")} - {"README.md"}


class TestVerify:
    def test_it_lists_what_is_not_verified_and_writes_a_report(self, loop: Batch) -> None:
        done = loop.doit("verify")

        assert (done.code, done.err) == (1, "")
        assert same(done.out) == (
            "critical (Priority 1), ticked all the same:\n"
            "  TSK-2: Say {{#each}} and {% raw %} [content_issue]\n"
            '     tasks.md:6: contains not found: code path=src/say.py contains="hello world"\n'
            "\n"
            "not_implemented (Priority 2):\n"
            "  TSK-1: Add users\n"
            "     tasks.md:4: file not found: code path=src/users.py symbol=Users\n"
            "\n"
            "naming_issue (Priority 4):\n"
            "  TSK-3: Moved\n"
            "     tasks.md:8: file not found: test path=unit/test_totals.py contains=total\n"
            "     similar: tests/test_totals.py (100%)\n"
            "\n"
            "no_evidence:\n"
            "  TSK-5: Nothing said\n"
            "\n"
            "Verified: 1 of 5 tasks (20%)\n"
            "Report: .spec/reports/RUN/report.md\n"
        )
        assert findings(loop) == {
            "TSK-1": "not_implemented",
            "TSK-2": "content_issue",
            "TSK-3": "naming_issue",
            "TSK-4": "verified",
            "TSK-5": "no_evidence",
        }

    def test_it_writes_two_files_and_a_relative_link_and_nothing_else(self, loop: Batch) -> None:
        before = set(loop.tree())

        loop.doit("verify")

        assert {same(path) for path in set(loop.tree()) - before} == {
            ".spec/reports/RUN/report.md",
            ".spec/reports/RUN/summary.json",
        }
        latest = loop.root / ".spec/reports/latest"
        assert latest.is_symlink()
        assert RUN.fullmatch(os.readlink(latest))  # noqa: PTH115  # the text of the link
        assert loop.read("tasks.md") == TASKS

    def test_it_says_the_same_as_the_word_of_batchexec(self, loop: Batch) -> None:
        target, word = loop.doit("verify"), loop.batchexec("verify", "tasks.md")

        assert same(target.out) == same(word.out)
        assert target.code == word.code == 1

    def test_all_that_is_claimed_is_there(self, loop: Batch) -> None:
        loop.write("tasks.md", "- [ ] TSK-4 Done\n  - evidence: code path=src/say.py symbol=hello\n")

        done = loop.doit("verify")

        assert done.code == 0
        assert same(done.out) == "Verified: 1 of 1 task (100%)\nReport: .spec/reports/RUN/report.md\n"

    def test_strict_makes_weak_evidence_none(self, loop: Batch) -> None:
        loop.write("tasks.md", "- [ ] TSK-4 Done\n  - evidence: code path=src/say.py\n")

        assert loop.doit("verify").code == 0
        strict = loop.doit("verify", "--strict")

        assert strict.code == 1
        assert "holds only weakly: code path=src/say.py" in strict.out

    def test_commands_run_only_on_request(self, loop: Batch) -> None:
        hook = "test path=src/say.py command='echo x >> ran'"
        loop.write("tasks.md", f"- [ ] T1 One\n  - evidence: {hook}\n- [ ] T2 Two\n  - evidence: {hook}\n")

        loop.doit("verify")
        assert not (loop.root / "ran").exists()
        loop.doit("verify", "--run-commands")
        assert loop.read("ran") == "x\n"
        loop.write("batchexec.yaml", "run_commands: true\n")
        loop.doit("verify")
        assert loop.read("ran") == "x\nx\n"

    def test_it_is_no_word_of_doit_but_a_target(self, loop: Batch) -> None:
        words = loop.doit("help").out

        assert " help " in words
        assert "verify" not in words
        assert "prompts" not in words

    def test_it_needs_no_dodo_py_if_it_is_asked_of_batchexec(self, loop: Batch) -> None:
        (loop.root / "dodo.py").unlink()

        assert loop.batchexec("run", "verify").code == 1
        assert findings(loop)["TSK-1"] == "not_implemented"

    @pytest.mark.parametrize(
        ("target", "text", "complaint"),
        [
            ("verify", None, "no tasks.md"),
            (
                "verify",
                b"words\n",
                "tasks.md:1: error: no task found; a task looks like `- [ ] TASK-001 Title`",
            ),
            ("prompts", b"- [ ] T1 One\n- [ ] T1 Two\n", "tasks.md:2: error: "),
            ("verify", b"evidence: code path=a\n\n- [ ] T1 One\n", "tasks.md:1: error: "),
            ("prompts", b"- [ ] T1 \xff\n", "tasks.md:1: error: "),
        ],
        ids=["missing", "no-task", "duplicate", "hook-without-task", "not-utf-8"],
    )
    def test_bad_input_writes_nothing(
        self, loop: Batch, target: str, text: bytes | None, complaint: str
    ) -> None:
        (loop.root / "tasks.md").unlink()
        if text is not None:
            (loop.root / "tasks.md").write_bytes(text)

        done = loop.doit(target)

        assert (done.code, done.out) == (3, "")
        assert complaint in done.err
        assert not (loop.root / ".spec").exists()

    def test_a_list_that_is_named_but_missing_is_an_error(self, loop: Batch) -> None:
        done = loop.doit("verify", "--tasks", "nowhere.md")

        assert done.code == 3
        assert "nowhere.md" in done.err
        assert not (loop.root / ".spec").exists()

    @pytest.mark.parametrize("target", ["verify", "prompts"])
    def test_a_latest_that_is_a_directory_is_left_alone_and_said(self, loop: Batch, target: str) -> None:
        loop.write(".spec/reports/latest/mine.txt", "mine")

        done = loop.doit(target)

        assert (done.code, done.out) == (3, "")
        assert "is no symbolic link; move it away: it is to point to the newest run" in done.err
        assert [path.name for path in (loop.root / ".spec/reports").iterdir()] == ["latest"]

    def test_a_place_that_is_no_directory_is_said(self, loop: Batch) -> None:
        loop.write(".spec", "in the way")

        done = loop.doit("verify")

        assert (done.code, done.out) == (3, "")
        assert done.err == "ERROR: .spec/reports: .spec is not a directory\n"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_place_that_cannot_be_written_is_said(self, loop: Batch) -> None:
        (loop.root / ".spec").mkdir(mode=0o500)

        done = loop.doit("verify")

        assert done.code == 3
        assert "Permission denied" in done.err
        assert "Traceback" not in done.err

    def test_verifications_in_one_second_get_names_of_their_own(self, loop: Batch) -> None:
        for _ in range(2):
            assert loop.doit("verify", "prompts", "verify").code == 1

        runs = [path.name for path in (loop.root / ".spec/reports").iterdir() if not path.is_symlink()]
        assert len(runs) == len(set(runs)) >= 2
        assert all(RUN.fullmatch(run) for run in runs)

    def test_a_page_of_the_project_is_used(self, loop: Batch) -> None:
        loop.write("templates/verification.md.j2", "{{ report.totals.total_tasks }} tasks of ours\n")

        loop.doit("verify")

        assert loop.read(".spec/reports/latest/report.md") == "5 tasks of ours\n"

    def test_a_mistake_in_a_page_of_the_project_writes_nothing(self, loop: Batch) -> None:
        loop.write("templates/verification.md.j2", "ok\n{{ nothing }}\n")

        done = loop.doit("verify")

        assert done.code == 3
        assert "templates/verification.md.j2:2: error: " in done.err
        assert {path.name for path in loop.root.glob(".spec/reports/*")} == set()


class TestPrompts:
    def test_it_writes_a_file_for_each_category_and_says_so(self, loop: Batch) -> None:
        loop.doit("verify")

        done = loop.doit("prompts")

        assert (done.code, done.err) == (0, "")
        assert same(done.out) == (
            "From .spec/reports/RUN/summary.json\n"
            ".spec/prompts/RUN/not_implemented.md: 1 task\n"
            ".spec/prompts/RUN/content_issue.md: 1 task\n"
            ".spec/prompts/RUN/naming_issue.md: 1 task\n"
            "Prompts: 3; `doit list` shows the plan, `doit` carries them out\n"
        )
        assert written(loop) == {"not_implemented.md", "content_issue.md", "naming_issue.md"}
        assert json.loads(loop.read(".spec/prompts/latest/meta/report_source.json")) == summary(loop)
        latest = os.readlink(loop.root / ".spec/prompts/latest")  # noqa: PTH115  # the text of the link
        assert RUN.fullmatch(latest)

    def test_what_it_writes_is_what_the_next_run_reads(self, loop: Batch) -> None:
        for target in ("verify", "prompts"):
            loop.doit(target)

        plan = loop.plan()

        assert list(plan) == ["TSK-2", "TSK-1", "TSK-3"]
        assert {id_: (task["category"], task["priority"]) for id_, task in plan.items()} == {
            "TSK-2": ("content_issue", 1),
            "TSK-1": ("not_implemented", 2),
            "TSK-3": ("naming_issue", 4),
        }
        assert plan["TSK-2"]["title"] == "Say {{#each}} and {% raw %}"

    def test_without_a_report_it_makes_one(self, loop: Batch) -> None:
        done = loop.doit("prompts")

        assert done.code == 0
        assert findings(loop)["TSK-3"] == "naming_issue"
        assert "Prompts: 3;" in done.out

    def test_all_verified_needs_no_prompt_and_no_directory(self, loop: Batch) -> None:
        loop.write("tasks.md", "- [x] TSK-4 Done\n  - evidence: code path=src/say.py symbol=hello\n")

        done = loop.doit("prompts")

        assert (done.code, done.out) == (0, "The one task is verified: no prompt is needed.\n")
        assert not (loop.root / ".spec/prompts").exists()

    def test_where_no_prompt_can_help_it_says_what_is_left(self, loop: Batch) -> None:
        loop.write("tasks.md", "- [x] TSK-5 Nothing said\n")

        done = loop.doit("prompts")

        assert "no_evidence:\n  TSK-5: Nothing said\n" in done.out
        assert "No prompt is written: no task that a prompt could help was asked for.\n" in done.out
        assert not (loop.root / ".spec/prompts").exists()

    @pytest.mark.parametrize(
        ("words", "files"),
        [
            (["--category", "Naming-Issues, NOT_IMPLEMENTED"], {"naming_issue.md", "not_implemented.md"}),
            (["--priority", "1"], {"content_issue.md"}),
            (["--priority", "1,2", "--category", "not implemented,naming issue"], {"not_implemented.md"}),
        ],
    )
    def test_filters_choose_as_people_write_them(
        self, loop: Batch, words: list[str], files: set[str]
    ) -> None:
        done = loop.doit("prompts", *words)

        assert done.code == 0
        assert written(loop) == files

    def test_filters_that_leave_nothing_write_nothing(self, loop: Batch) -> None:
        done = loop.doit("prompts", "--category", "missing_code")

        assert "No prompt is written: no task that a prompt could help was asked for.\n" in done.out
        assert not (loop.root / ".spec/prompts").exists()

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (["prompts", "--priority", "5"], "--priority: '5' is no priority; 1 to 4"),
            (
                ["verify", "--priority", "1", "--from-report", "x"],
                "--priority, --from-report: this is for `doit prompts`; a run takes --only-category",
            ),
            (
                ["--category", "naming_issue"],
                "--category: this is for `doit prompts`; a run takes --only-category",
            ),
        ],
    )
    def test_a_filter_that_cannot_be_heeded_is_refused_before_anything_starts(
        self, loop: Batch, words: list[str], complaint: str
    ) -> None:
        if "prompts" not in words:
            loop.prompts(section("TASK-1", files={"out.py": "X = 1"}))
            loop.write("batchexec.yaml", "prompts_dir: prompts\n")

        done = loop.doit(*words)

        assert (done.code, done.out) == (3, "")
        assert done.err == f"ERROR: {complaint}\n"
        assert not (loop.root / ".spec").exists()

    @pytest.mark.parametrize("text", [b"{", b"{}", b"\xff"], ids=["torn", "foreign", "not-utf-8"])
    def test_a_report_that_is_none_is_refused(self, loop: Batch, text: bytes) -> None:
        (loop.root / "report.json").write_bytes(text)

        done = loop.doit("prompts", "--from-report", "report.json")

        assert (done.code, done.out) == (3, "")
        assert "report.json:1: error: " in done.err
        assert not (loop.root / ".spec").exists()

    def test_a_report_that_knows_other_tasks_is_said(self, loop: Batch) -> None:
        loop.write("theirs.json", json.dumps({"total": 1, "tasks": [{"id": "X-1", "ok": False}]}))

        done = loop.doit("prompts", "--from-report", "theirs.json")

        assert "theirs.json:1: warning: not in tasks.md: X-1; verify again\n" in done.err
        assert "X-1" not in loop.read(".spec/prompts/latest/README.md")

    def test_a_report_of_another_tool_is_understood_and_completed(self, loop: Batch) -> None:
        report = {
            "total": 2,
            "tasks": [{"id": "TSK-1", "ok": False, "why": "no"}, {"id": "TSK-4", "ok": True}],
        }
        loop.write("theirs.json", json.dumps(report))

        done = loop.doit("prompts", "--from-report", "theirs.json")

        assert done.code == 0, done.err
        assert "not_implemented.md: 1 task\n" in done.out
        assert json.loads(loop.read(".spec/prompts/latest/meta/report_source.json")) == report

    def test_a_task_that_was_added_since_the_report_gets_its_prompt(self, loop: Batch) -> None:
        loop.doit("verify")
        more = "- [ ] TSK-6 Later\n  - evidence: code path=src/later.py symbol=Later\n"
        loop.write("tasks.md", TASKS + more)

        loop.doit("prompts")

        assert "TSK-6" in loop.read(".spec/prompts/latest/not_implemented.md")

    def test_a_task_that_was_taken_out_since_the_report_gets_none(self, loop: Batch) -> None:
        loop.doit("verify")
        kept = TASKS.replace("- [ ] TSK-1 Add users\n  - evidence: code path=src/users.py symbol=Users\n", "")
        loop.write("tasks.md", kept)

        done = loop.doit("prompts")

        assert done.code == 0, done.err
        assert written(loop) == {"content_issue.md", "naming_issue.md"}

    def test_a_hook_that_changed_since_the_report_counts_as_it_is_now(self, loop: Batch) -> None:
        loop.doit("verify")
        loop.write(
            "tasks.md", TASKS.replace("path=src/users.py symbol=Users", "path=src/say.py symbol=Users")
        )

        loop.doit("prompts")

        assert written(loop) == {"symbol_issue.md", "content_issue.md", "naming_issue.md"}

    def test_a_box_that_was_ticked_since_the_report_makes_its_task_critical(self, loop: Batch) -> None:
        loop.doit("verify")
        loop.write("tasks.md", TASKS.replace("- [ ] TSK-3", "- [x] TSK-3"))

        loop.doit("prompts")

        assert "Priority: 1" in loop.read(".spec/prompts/latest/naming_issue.md")

    def test_lines_that_moved_since_the_report_are_told_as_they_are_now(self, loop: Batch) -> None:
        loop.doit("verify")
        loop.write("tasks.md", "\n\n" + TASKS)

        loop.doit("prompts")

        prompt = loop.read(".spec/prompts/latest/not_implemented.md")
        assert "tasks.md:5" in prompt
        assert "tasks.md:3" not in prompt

    def test_a_report_on_another_list_is_not_taken_for_one_on_this(self, loop: Batch) -> None:
        loop.write("specs/tasks.md", "- [ ] OTHER-1 Other\n  - evidence: code path=src/other.py\n")
        loop.batchexec("verify", "specs/tasks.md")

        done = loop.doit("prompts")

        source = json.loads(loop.read(".spec/prompts/latest/meta/report_source.json"))
        assert (done.code, done.err) == (0, "")
        assert source["inputs"]["tasks_path"] == "tasks.md"
        assert written(loop) == {"not_implemented.md", "content_issue.md", "naming_issue.md"}

    def test_prompts_go_where_the_settings_say(self, loop: Batch) -> None:
        loop.write("batchexec.yaml", "prompts_dir: work/rounds\n")
        (loop.root / "work/rounds").mkdir(parents=True)

        done = loop.doit("prompts")

        assert done.code == 0, done.err
        assert written(loop, "work/rounds/latest") == written(loop, "work/rounds/latest") != set()
        assert not (loop.root / ".spec/prompts").exists()

    @pytest.mark.parametrize("named", ["latest", "20200101_000000"])
    def test_a_setting_that_names_a_run_means_the_directory_it_is_in(self, loop: Batch, named: str) -> None:
        loop.write("work/20200101_000000/not_implemented.md", section("TSK-1", files={"src/u.py": "U = 1"}))
        (loop.root / "work/latest").symlink_to("20200101_000000")
        loop.write("batchexec.yaml", f"prompts_dir: work/{named}\n")
        before = loop.read("work/20200101_000000/not_implemented.md")

        done = loop.doit("prompts")

        assert done.code == 0, done.err
        assert loop.read("work/20200101_000000/not_implemented.md") == before
        assert len([path for path in (loop.root / "work").iterdir() if RUN.fullmatch(path.name)]) == 2
        assert "naming_issue.md" in written(loop, "work/latest")

    def test_a_directory_that_holds_the_prompts_themselves_is_refused(self, loop: Batch) -> None:
        loop.prompts(section("TSK-1", files={"src/users.py": "X = 1"}))
        loop.write("batchexec.yaml", "prompts_dir: prompts\n")

        done = loop.doit("prompts")

        assert (done.code, done.out) == (3, "")
        assert done.err == (
            "ERROR: prompts holds the prompts themselves: there is no room for those of another run;"
            " move them into a directory of their own below it, or point prompts_dir elsewhere\n"
        )

    def test_a_directory_that_is_still_to_come_can_be_named(self, loop: Batch) -> None:
        loop.write("batchexec.yaml", "prompts_dir: work/rounds\n")

        done = loop.doit("verify", "prompts")

        assert "Prompts: 3;" in done.out, done.err

    def test_templates_of_the_project_are_used(self, loop: Batch) -> None:
        loop.write("templates/prompts_readme.md.j2", "Our own page.\n")
        loop.write(
            "templates/prompts_naming_issue.md.j2",
            "{% for task in tasks %}## Task: {{ task.heading }}\n{% endfor %}",
        )

        loop.doit("prompts")

        assert loop.read(".spec/prompts/latest/README.md") == "Our own page.\n"
        assert loop.read(".spec/prompts/latest/naming_issue.md").startswith("## Task: TSK-3")
        assert "**Category:** not_implemented" in loop.read(".spec/prompts/latest/not_implemented.md")

    def test_prompts_that_cannot_be_read_can_be_replaced(self, loop: Batch) -> None:
        loop.doit("prompts")
        broken = loop.root / ".spec/prompts/latest/not_implemented.md"
        broken.write_text("## Task: TSK-1: Add users\n```\nnever closed\n")

        done = loop.doit("prompts")

        assert done.code == 0, done.err
        assert loop.plan()

    def test_a_mistake_in_a_template_of_the_project_writes_no_prompt(self, loop: Batch) -> None:
        loop.write("templates/prompts_category.md.j2", "{{ nothing }}")

        done = loop.doit("prompts")

        assert done.code == 3
        assert "templates/prompts_category.md.j2:1: error: " in done.err
        assert not (loop.root / ".spec/prompts/latest").exists()


class TestFilters:
    @pytest.mark.parametrize(
        ("category", "priority", "categories", "priorities"),
        [
            (None, None, (), ()),
            ("symbol_issue", None, ("symbol_issue",), ()),
            ("Symbol-Issues , missing_test", "4, 1", ("symbol_issue", "missing_tests"), (4, 1)),
            ("06-naming_issues.md,", None, ("naming_issue",), ()),
        ],
    )
    def test_lists_are_read_as_people_write_them(
        self,
        tmp_path: Path,
        category: str | None,
        priority: str | None,
        categories: tuple[str, ...],
        priorities: tuple[int, ...],
    ) -> None:
        found = Filters.parse(category, priority, None, tmp_path)

        assert found == Filters(categories, priorities)

    @pytest.mark.parametrize(
        ("given", "complaints"),
        [
            (("bugs", None, None), [f"--category: there is no category 'bugs'; there are: {CATEGORIES}"]),
            (
                ("uncategorised", None, None),
                [f"--category: there is no category 'uncategorised'; there are: {CATEGORIES}"],
            ),
            ((" , ", None, None), ["--category: this names none; leave it out for all"]),
            ((None, "", None), ["--priority: this names none; leave it out for all"]),
            ((None, None, "x.json"), ["--from-report: x.json is no file; name a summary.json"]),
            ((None, None, "."), ["--from-report: . is no file; name a summary.json"]),
            (
                ("bugs", "high,0", "x.json"),
                [
                    f"--category: there is no category 'bugs'; there are: {CATEGORIES}",
                    "--priority: 'high' is no priority; 1 to 4",
                    "--priority: '0' is no priority; 1 to 4",
                    "--from-report: x.json is no file; name a summary.json",
                ],
            ),
        ],
    )
    def test_all_that_is_wrong_is_said_at_once(
        self, tmp_path: Path, given: tuple[str | None, str | None, str | None], complaints: list[str]
    ) -> None:
        with pytest.raises(SelectionError) as refused:
            Filters.parse(*given, tmp_path)

        found = [f"{problem.message}; {problem.hint}" for problem in refused.value.problems]
        assert found == complaints


class TestTogether:
    def test_both_in_one_call_make_the_prompts_of_the_new_verification(self, loop: Batch) -> None:
        loop.doit("verify")
        loop.write("src/users.py", "class Users:\n    name = 1\n")

        done = loop.doit("verify", "prompts")

        assert done.code == 1
        assert done.out.index("Verified: 2 of 5 tasks") < done.out.index("Prompts: 2;")
        assert written(loop) == {"content_issue.md", "naming_issue.md"}

    def test_the_order_of_the_words_does_not_matter(self, loop: Batch) -> None:
        loop.doit("verify")
        loop.write("src/users.py", "class Users:\n    name = 1\n")

        loop.doit("prompts", "verify")

        assert written(loop) == {"content_issue.md", "naming_issue.md"}

    def test_a_task_and_a_verification_in_one_call(self, loop: Batch) -> None:
        loop.prompts(section("TSK-1", files={"src/users.py": "class Users:\n    name = 1"}))
        loop.write("batchexec.yaml", "prompts_dir: prompts\n")

        done = loop.doit("TSK-1", "verify", "--no-verify-at-end")

        assert done.code == 1
        assert done.out.index("✅ Success") < done.out.index("Verified: 2 of 5 tasks (40%)")

    def test_plain_doit_makes_none_of_them(self, loop: Batch) -> None:
        done = loop.doit()

        assert done.code == 3
        assert done.err == (
            "ERROR: there are no prompts: .spec/prompts is missing or empty;"
            " `doit prompts` writes them from tasks.md; tasks of plans are run by name, as plan_run:MY-PLAN\n"
        )
        assert not (loop.root / ".spec").exists()

    def test_what_has_to_come_first_comes_before_a_verification(self, loop: Batch) -> None:
        loop.write(
            "dodo.py",
            DODO.replace("batch()", "batch(first=('start',))", 1)
            + "def task_start():\n"
            + "    return {'actions': ['echo \"class Users: name = 1\" > src/users.py']}\n",
        )

        done = loop.doit("verify")

        assert "Verified: 2 of 5 tasks (40%)" in done.out, done.out + done.err

    def test_a_task_of_another_author_can_wait_for_a_verification(self, loop: Batch) -> None:
        loop.write(
            "dodo.py",
            DODO + "def task_after():\n    return {'actions': ['touch after'], 'task_dep': ['verify']}\n",
        )

        failing = loop.doit("after")
        assert failing.code != 0
        assert not (loop.root / "after").exists()
        loop.write("tasks.md", "- [ ] TSK-4 Done\n  - evidence: code path=src/say.py symbol=hello\n")
        assert loop.doit("after").code == 0
        assert (loop.root / "after").exists()

    def test_a_dry_run_makes_none_of_them(self, loop: Batch) -> None:
        loop.doit("verify", "--dry-run")

        assert not (loop.root / ".spec").exists()


class TestReport:
    def test_without_a_run_there_is_none(self, loop: Batch) -> None:
        done = loop.doit("report")

        assert (done.code, done.out) == (3, "")
        assert done.err == "ERROR: there is no run to report on; run the batch first: `doit`\n"

    def test_it_writes_that_of_the_last_run_again(self, loop: Batch) -> None:
        loop.prompts(section("TSK-1", files={"src/users.py": "class Users:\n    name = 1"}))
        loop.write("batchexec.yaml", "prompts_dir: prompts\n")
        loop.doit()
        first = loop.report()

        done = loop.doit("report")

        assert done.code == 0
        assert same(done.out) == (
            "Report: .spec/reports/batch_execution_RUN.md\nReport: .spec/reports/batch_execution_RUN.json\n"
        )
        assert len(loop.reports()) == 2
        assert loop.report() == first


def test_what_a_killed_verification_left_behind_is_in_nobodys_way(loop: Batch, tmp_path: Path) -> None:
    kill = (
        "import os, signal, sys\n"
        "def hook(event, args):\n"
        "    if event == 'os.rename' and '.spec/reports' in str(args[0]) and os.environ.get('CRASH'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(hook)\n"
    )
    loop.write("dodo.py", DODO + kill)

    assert loop.doit("verify", CRASH="1").code == -9
    assert not (tmp_path / ".spec/reports/latest").exists()
    assert loop.doit("verify").code == 1
    assert loop.doit("prompts").code == 0
    assert len(summary(loop)["tasks"]) == 5

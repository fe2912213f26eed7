"""Which directory is read, and what each file in it is read as."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from reading_bench import RUN, messages, one, read, write

from batchexec.errors import Severity, SourceError
from batchexec.sources import load
from batchexec.sources.files import read_excerpt
from batchexec.sources.prompts_dir import find_run

TASK = "## TASK-1: T\n"


class TestFileNames:
    @pytest.mark.parametrize(
        ("name", "category", "priority"),
        [
            ("not_implemented.md", "not_implemented", 2),
            ("missing_tests.md", "missing_tests", 2),
            ("missing_code.md", "missing_code", 2),
            ("naming_issue.md", "naming_issue", 4),
            ("symbol_issue.md", "symbol_issue", 3),
            ("content_issue.md", "content_issue", 3),
            ("naming_issues.md", "naming_issue", 4),
            ("symbol_issues.md", "symbol_issue", 3),
            ("content_issues.md", "content_issue", 3),
            ("01-not_implemented.md", "not_implemented", 2),
            ("04-symbol_issues.md", "symbol_issue", 3),
            ("06. Naming Issues.MD", "naming_issue", 4),
            ("02_missing-test.md", "missing_tests", 2),
            ("critical_issues.md", "uncategorised", 1),
            ("high_priority_issues.md", "uncategorised", 2),
            ("medium_priority_issues.md", "uncategorised", 3),
            ("low-priority-issues.md", "uncategorised", 4),
            ("01-foundations.md", "uncategorised", 2),
            ("prompt_001.md", "uncategorised", 2),
            ("30_tasks_breakdown.md", "uncategorised", 2),
            ("whatever.md", "uncategorised", 2),
        ],
    )
    def test_the_name_says_category_and_priority(self, name: str, category: str, priority: int) -> None:
        task = one({name: TASK})
        assert (task.id, task.category, task.priority) == ("TASK-1", category, priority)

    def test_files_are_read_in_the_order_of_their_numbers(self) -> None:
        reading = read({f"{n}-topic.md": f"## TASK-{n}: T\n" for n in (10, 9, 2)})
        assert [task.id for task in reading.tasks] == ["TASK-2", "TASK-9", "TASK-10"]

    @pytest.mark.parametrize(
        ("name", "task_id"),
        [
            ("01-foundations.md", "01-foundations"),
            ("prompt_001.md", "prompt_001"),
            ("prompt_001_TSK-X-001.md", "TSK-X-001"),
            ("03-TASK-003-login.md", "TASK-003"),
            ("prompt_012_T012.md", "T012"),
        ],
    )
    def test_a_numbered_file_without_a_task_heading_is_one_task(self, name: str, task_id: str) -> None:
        task = one({name: "# **Lay** the `base`\n\nDo it.\n\n## Steps\n**File:** a.py\n"})
        assert (task.id, task.title, task.location.line) == (task_id, "Lay the base", 1)
        assert task.prompt == "Do it.\n\n## Steps\n**File:** a.py"
        assert [output.path for output in task.outputs] == ["a.py"]

    def test_the_id_in_a_name_serves_a_single_heading_without_one(self) -> None:
        assert one({"prompt_001_TSK-X-001.md": "# Task: Add totals\n"}).id == "TSK-X-001"

    def test_a_single_task_without_a_heading_is_called_as_its_file(self) -> None:
        task = one({"01-a.md": "Do it.\n"})
        assert (task.id, task.title, task.prompt) == ("01-a", "01-a", "Do it.")

    def test_names_doit_could_misread_are_changed_and_stay_unique(self) -> None:
        reading = read({"01 a=b.md": "one\n", "01-a-b.md": "two\n", "01-a:b.md": "three\n"})
        assert [task.name for task in reading.tasks] == [
            "smartspec:01-a-b",
            "smartspec:01-a-b-2",
            "smartspec:01-a-b-3",
        ]

    @pytest.mark.parametrize("text", ["", "\ufeff", "# Title\n\n", "\n\n"])
    def test_an_empty_prompt_is_an_error(self, text: str) -> None:
        reading = read({"01-a.md": text})
        assert messages(reading) == ["run/01-a.md:1: error: the prompt is empty; say what is to be done"]

    def test_context_files_hold_no_tasks(self) -> None:
        names = ("00_system_and_rules", "10_context", "20_plan_of_attack", "40_risks_and_guards")
        task = one({**{f"{name}.md": "## TASK-9: no\n" for name in names}, "30_tasks_breakdown.md": TASK})
        assert task.id == "TASK-1"

    @pytest.mark.parametrize("name", ["notes.md", "symbol_issues.md", "critical_issues.md"])
    def test_a_file_without_a_task_heading_is_ignored_with_a_warning(self, name: str) -> None:
        assert messages(read({name: "# Notes\n", "a.md": TASK})) == [
            (
                f"run/{name}:1: warning: no heading here speaks of a task, so the file is ignored;"
                " start a task with `## TASK-001: Title`"
            )
        ]

    def test_other_files_are_not_looked_at(self) -> None:
        assert (
            one({"a.md": TASK, "b.txt": "## TASK-2: T", "old/c.md": "## TASK-3: T", "d.md/x": ""}).id
            == "TASK-1"
        )

    def test_what_editors_and_file_managers_hide_there_is_not_looked_at(self) -> None:
        write({"a.md": TASK, "._a.md": b"\0\5", ".draft.md": "## TASK-2: T\n"})
        Path("run/.#a.md").symlink_to("someone@host.1234")
        assert [task.id for task in load(RUN).tasks] == ["TASK-1"]
        assert load(RUN).problems == ()


class TestDirectory:
    RUNS = (Path("p/20260101_101010"), Path("p/20260101_101010_2"), Path("p/20260101_101010_10"))

    def test_latest_is_followed_and_the_run_it_stands_for_is_named(self) -> None:
        write({"a.md": TASK}, self.RUNS[0])
        write({"a.md": "## TASK-2: T"}, self.RUNS[1])
        Path("p/latest").symlink_to("20260101_101010")
        for path in ("p/latest", "p"):
            reading = load(Path(path))
            assert [task.location.file for task in reading.tasks] == ["p/20260101_101010/a.md"]
            assert reading.problems == ()

    @pytest.mark.parametrize("path", ["p/latest", "p"])
    def test_without_latest_the_newest_run_is_used_and_named(self, path: str) -> None:
        for number, run in enumerate(self.RUNS):
            write({"a.md": f"## TASK-{number}: T"}, run)
        write({"a.md": TASK}, Path("p/zzz"))
        reading = load(Path(path))
        assert [task.id for task in reading.tasks] == ["TASK-2"]
        assert messages(reading) == [
            "p/latest:1: notice: there is no latest; the newest run is used: p/20260101_101010_10"
        ]
        assert find_run(Path(path)).directory == self.RUNS[2]

    def test_a_dangling_latest_is_none(self) -> None:
        write({"a.md": TASK}, self.RUNS[0])
        Path("p/latest").symlink_to("gone")
        assert find_run(Path("p/latest")).directory == self.RUNS[0]

    def test_a_pack_may_keep_its_prompts_one_level_down(self) -> None:
        write({"prompts/30_tasks_breakdown.md": TASK, "README.md": "# Pack\n"}, Path("pack"))
        assert [task.location.file for task in load(Path("pack")).tasks] == [
            "pack/prompts/30_tasks_breakdown.md"
        ]

    def test_a_missing_directory_is_an_error_that_says_what_is_there(self) -> None:
        write({"a.md": TASK}, Path("prompts/run"))
        assert messages(load(Path("prompts/rnu"))) == [
            "prompts/rnu:1: error: there is no such directory; prompts has run"
        ]
        assert messages(load(Path("gone/away/latest"))) == [
            "gone/away/latest:1: error: there is no such directory, and no run beside it; . has prompts"
        ]

    def test_a_file_instead_of_a_directory_is_an_error(self) -> None:
        Path("a.md").write_text(TASK, encoding="utf-8")
        assert messages(load(Path("a.md"))) == [
            "a.md:1: error: this is a file, not a directory; give the directory it is in"
        ]

    def test_no_task_at_all_is_an_error_with_the_files_and_their_headings(self) -> None:
        reading = read({"a.md": "# Notes\n## More\n", "b.md": "text", "README.md": "# R\n"})
        assert messages(reading, Severity.ERROR) == [
            (
                "run:1: error: no task found:"
                " run/a.md has the headings 'Notes', 'More'; run/b.md has no heading;"
                " run/README.md has the headings 'R'; a task starts with a heading like `## TASK-001: Title`"
            )
        ]

    def test_the_list_of_files_has_an_end(self) -> None:
        headings = "".join(f"# H{n}\n" for n in range(9))
        (message,) = messages(read({f"a{n}.md": headings for n in range(30)}), Severity.ERROR)
        assert "run/a0.md has the headings 'H0', 'H1', 'H2', 'H3', 'H4' and 4 more; run/a1.md" in message
        assert "run/a19.md has" in message
        assert "run/a20.md" not in message
        assert "; 10 more; " in message

    def test_an_empty_directory_is_an_error(self) -> None:
        assert messages(read({})) == [
            (
                "run:1: error: no task found: there is no .md file in it;"
                " a task starts with a heading like `## TASK-001: Title`"
            )
        ]

    def test_a_directory_elsewhere_is_named_in_full(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        elsewhere = write({"a.md": TASK}, tmp_path_factory.mktemp("elsewhere"))
        (task,) = load(elsewhere).tasks
        assert task.location.file == f"{elsewhere}/a.md"


class TestFilesThatCannotBeRead:
    def test_bytes_that_are_no_utf_8_are_an_error_with_the_line(self) -> None:
        assert messages(read({"a.md": b"## TASK-1: T\n\xff\n", "b.md": "## TASK-2: T"})) == [
            "run/a.md:2: error: byte 14 of the file (0xff) is not UTF-8; save it as UTF-8"
        ]

    def test_a_link_a_pipe_and_a_huge_file_are_errors_and_hold_nothing_up(self) -> None:
        write({"ok.md": TASK})
        Path("run/link.md").symlink_to("ok.md")
        os.mkfifo("run/pipe.md")
        with Path("run/sparse.md").open("wb") as huge:
            huge.truncate(50_000_000_000)
        assert messages(load(RUN)) == [
            "run/link.md:1: error: this is a symbolic link; only regular files are read",
            "run/pipe.md:1: error: this is no regular file; give a text file",
            "run/sparse.md:1: error: the file is larger than 20 MB; split it",
        ]

    def test_a_file_that_is_gone_since_it_was_listed_is_an_error(self) -> None:
        with pytest.raises(SourceError) as caught:
            read_excerpt(Path(RUN, "gone.md"))
        assert str(caught.value) == "run/gone.md:1: error: cannot be read: No such file or directory"

    def test_characters_that_reorder_text_are_a_warning(self) -> None:
        reading = read("## TASK-1: T\nadmin\u202e")
        assert messages(reading) == [
            (
                "run/topic.md:2: warning: U+202E changes the order in which this line is shown; look at it "
                "with care"
            )
        ]

    def test_a_lone_carriage_return_in_a_heading_is_an_error(self) -> None:
        assert messages(read("## TASK-1: T\r## TASK-2: T\n")) == [
            "run/topic.md:1: error: a carriage return ends no line here; end lines with LF or CRLF"
        ]


class TestSummary:
    @pytest.mark.parametrize(
        ("summary", "warnings"),
        [
            ("{}", []),
            ('{"total_tasks": 1, "by_category": {"missing_tests": 1, "symbol_issue": 0}}', []),
            ('{"total_tasks": 9, "verified": 7, "not_verified": 2, "by_category": {"no_evidence": 1}}', []),
            ('{"total_tasks": "many", "by_category": []}', []),
            ('{"total_tasks": 99}', ["1: warning: total_tasks is 99, but 1 were found"]),
            (
                '{"by_category": {"missing_tests": 2}}',
                ["1: warning: missing_tests counts 2, but 1 were found"],
            ),
            ('{"total_tasks": 3, "verified": 2, "by_category": {"Missing-Test": 1}}', []),
            (
                '{"by_category": {"01-missing_test": 2}}',
                ["1: warning: missing_tests counts 2, but 1 were found"],
            ),
            ("[]", ["1: warning: the summary is no JSON object"]),
            ("{\n\n", ["3: warning: this is not JSON: Expecting property name enclosed in double quotes"]),
            ("", ["1: warning: this is not JSON: Expecting value"]),
        ],
    )
    @pytest.mark.parametrize("name", ["meta/summary.json", "summary.json"])
    def test_a_summary_that_counts_otherwise_is_a_warning(
        self, name: str, summary: str, warnings: list[str]
    ) -> None:
        reading = read({"missing_tests.md": TASK, name: summary})
        assert messages(reading) == [
            f"run/{name}:{warning}; generate the prompts again" for warning in warnings
        ]

    def test_a_summary_nested_without_end_is_a_warning(self) -> None:
        (message,) = messages(read({"a.md": TASK, "meta/summary.json": "[" * 100_000}))
        assert message.startswith("run/meta/summary.json:1: warning: this is not usable JSON: ")

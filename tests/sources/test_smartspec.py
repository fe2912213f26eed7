"""What makes a task, and what is known of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_bench import messages, one, read

from batchexec.errors import Severity
from batchexec.markdown import Excerpt
from batchexec.model import BlockKind, Dependency, HookLine, Location
from batchexec.sources.checklist import Checklist
from batchexec.sources.prompts_dir import parse_file_name
from batchexec.sources.smartspec import PromptFile, parse_prompts

NOTICE = "the task has no id and is called"


class TestHeadings:
    @pytest.mark.parametrize(
        ("heading", "task_id", "title"),
        [
            ("## TASK-001: Add login", "TASK-001", "Add login"),
            ("### TSK-CART-014 - Title", "TSK-CART-014", "Title"),
            ("#### [TASK-001] Title", "TASK-001", "Title"),
            ("## 1. TASK-001 Title", "TASK-001", "Title"),
            ("## TASK-001. Title", "TASK-001", "Title"),
            ("## TASK-001) Title", "TASK-001", "Title"),
            ("## TASK-001 – Title", "TASK-001", "Title"),
            ("## task-7.2: Title", "task-7.2", "Title"),
            ("## WF-1-TASK-002: Title", "WF-1-TASK-002", "Title"),
            ("## T012 Title", "T012", "Title"),
            ("## T12.1: Title", "T12.1", "Title"),
            ("## Task 2: TSK-CART-014 - Title", "TSK-CART-014", "Title"),
            ("## Task 1: AUTH-17: Title", "AUTH-17", "Title"),
            ("## Task #3 - TASK-3 Title", "TASK-3", "Title"),
            ("## 1. Task TASK-014: Title", "TASK-014", "Title"),
            ("## Task [TASK-014] Title", "TASK-014", "Title"),
            ("## TASK: TASK-002 - Title", "TASK-002", "Title"),
            ("## Task 1: tasks#1a2b3c4d - Title", "tasks#1a2b3c4d", "Title"),
            ("## Task 1: topic#2-3: Title", "topic#2-3", "Title"),
            ("## **Task 1: `TASK-001`**: Title ##", "TASK-001", "Title"),
            ("## __TASK-001__ Title", "TASK-001", "Title"),
            ("## ✅ TASK-001: Title", "TASK-001", "Title"),
            ("## [TASK-001](https://x.org/1): Title", "TASK-001", "Title"),
            ("## [TASK-001: Title](#task-001)", "TASK-001", "Title"),
            ('## <a id="one"></a>TASK-001: Title', "TASK-001", "Title"),
            ("## TASK-001：添加购物车", "TASK-001", "添加购物车"),
            ("## Task 1： TASK-001 — Title", "TASK-001", "Title"),
            ("## ✔️ 🎯 TASK-001: Title", "TASK-001", "Title"),
            ("## 1️⃣ TASK-001: Title", "TASK-001", "Title"),
            ("## [x] TASK-001: Title", "TASK-001", "Title"),
            ("# TASK-001: Title", "TASK-001", "Title"),
            ("## TASK-001: เพิ่มระบบล็อกอิน", "TASK-001", "เพิ่มระบบล็อกอิน"),
            ("## TASK-001: Keep {{#each}} literal", "TASK-001", "Keep {{#each}} literal"),
            ("## TASK-001: a_b and __init__", "TASK-001", "a_b and __init__"),
            ("## TASK-001", "TASK-001", "TASK-001"),
        ],
    )
    def test_a_heading_with_an_id_is_a_task(self, heading: str, task_id: str, title: str) -> None:
        task = one(f"{heading}\nDo it.\n")
        assert (task.id, task.title, task.name) == (task_id, title, f"smartspec:{task_id}")
        assert (task.family, task.prompt, task.location) == (
            "smartspec",
            "Do it.",
            Location("run/topic.md", 1),
        )

    @pytest.mark.parametrize(
        ("heading", "task_id", "title"),
        [
            ("## Task 2: Points layer", "topic#2", "Points layer"),
            ("## Task 2.1 – Points", "topic#2.1", "Points"),
            ("## Task 2. Points", "topic#2", "Points"),
            ("## 3. Task #2) Points", "topic#2", "Points"),
            ("## Task 2", "topic#2", "topic#2"),
            ("## Task: Points layer", "topic#4211c692", "Points layer"),
        ],
    )
    def test_a_heading_without_an_id_gets_one_with_a_notice(
        self, heading: str, task_id: str, title: str
    ) -> None:
        reading = read(f"{heading}\n")
        assert [(task.id, task.title) for task in reading.tasks] == [(task_id, title)]
        assert messages(reading) == [f"run/topic.md:1: notice: {NOTICE} {task_id}; write one first"]

    def test_a_repeated_number_or_title_is_counted_on(self) -> None:
        reading = read("# A\n## Task 1: x\n# B\n## Task 1: y\n## Task: z\n## Task: z\n## Task 1: w\n")
        first, second, third, fourth, fifth = (task.id for task in reading.tasks)
        assert (first, second, fifth) == ("topic#1", "topic#1-2", "topic#1-3")
        assert fourth == f"{third}-2"

    @pytest.mark.parametrize(
        "heading",
        [
            "##### TASK-001: too deep",
            "## US-001: a story",
            "## Tasks 1 and 2",
            "## Task list",
            "## Taskforce 1",
            "## T-shirt",
            "## TASK-001x",
            "## About TASK-001",
            "## UTF-8 support",
            "    ## TASK-001: code",
            "##TASK-001: no heading",
        ],
    )
    def test_other_headings_are_none(self, heading: str) -> None:
        assert [task.id for task in read(f"# First\n{heading}\n## TASK-9: T\n").tasks] == ["TASK-9"]

    def test_level_one_counts_only_as_the_first_heading(self) -> None:
        assert [task.id for task in read("text\n# TASK-1: a\n# TASK-2: b\n## TASK-3: c\n").tasks] == [
            "TASK-1",
            "TASK-3",
        ]

    def test_an_id_of_another_form_counts_if_tasks_md_knows_it(self) -> None:
        task = one("## AUTH-17: Log in\n## US-001: story\n", "- [ ] AUTH-17 Log in\n")
        assert (task.id, task.title) == ("AUTH-17", "Log in")

    def test_a_section_that_holds_tasks_is_a_group(self) -> None:
        reading = read(
            "## TASK-1: Group\n**Priority:** High\nCategory: missing code\n### TASK-1.1: A\none\n"
            "### TASK-1.2: B\n"
            "Priority: 4\n#### Notes\ntwo\n## TASK-2: C\n"
        )
        assert [(task.id, task.prompt, task.priority, task.category) for task in reading.tasks] == [
            ("TASK-1.1", "one", 2, "missing_code"),
            ("TASK-1.2", "Priority: 4\n#### Notes\ntwo", 4, "missing_code"),
            ("TASK-2", "", 2, "uncategorised"),
        ]

    def test_any_heading_above_tasks_makes_a_group_and_what_it_says_ends_with_it(self) -> None:
        reading = read(
            "# Plan\nPriority: 3\n## Phase 1: Start\n**Priority:** High\n### TASK-1: A\n### Notes\n"
            "Priority: 1\n## Phase 2\n**Category:** missing code\n#### Goal\nPriority: 4\n### TASK-2: B\n"
            "## TASK-3: C\n## Summary\nPriority: 1\n"
        )
        assert [(task.id, task.priority, task.category) for task in reading.tasks] == [
            ("TASK-1", 2, "uncategorised"),
            ("TASK-2", 4, "missing_code"),
            ("TASK-3", 3, "uncategorised"),
        ]

    def test_what_stands_under_a_heading_before_the_tasks_goes_for_the_whole_file(self) -> None:
        reading = read(
            "# Plan\n## Facts\n- Priority: 1\n## Category: Missing Tests\n## TASK-1: A\n## TASK-2: B\n"
        )
        assert [(task.priority, task.category) for task in reading.tasks] == [(1, "missing_tests")] * 2

    def test_fences_hide_headings_labels_and_boxes(self) -> None:
        task = one(
            "## TASK-1: T\n````md\n## TASK-2: no\n```\n**File:** no.py\nPriority: 1\n```\n- [ ] TASK-3\n"
            "````\n"
        )
        assert (task.id, task.priority, task.outputs) == ("TASK-1", 2, ())

    def test_comments_hide_headings_too(self) -> None:
        assert one("<!--\n## TASK-2: no\n-->\n## TASK-1: T\n").id == "TASK-1"

    def test_a_byte_order_mark_crlf_and_a_heading_on_line_one_are_fine(self) -> None:
        text = "\ufeff## TASK-1: ไทย\r\n\r\n#### File: a.py\r\n```python\r\nx = 1\r\n```\r\n"
        task = one({"a.md": text})
        assert (task.title, task.blocks[0].text, task.prompt.count("\r")) == ("ไทย", "x = 1\n", 0)

    def test_moving_or_renumbering_a_section_changes_nothing_of_it(self) -> None:
        first, second = "## Task 1: TASK-1 - A\n\nDo a.\n\n---\n\n", "## Task 2: TASK-2 - B\n\nDo b.\n"
        one_way = read({"a.md": first + second}).tasks
        other_way = read({"a.md": second.replace("2:", "1:") + "\n" + first.replace("1:", "2:")}).tasks
        assert {task.id: task.prompt for task in one_way} == {task.id: task.prompt for task in other_way}

    def test_a_title_nobody_filled_in_is_an_error(self) -> None:
        assert messages(read("## TASK-1: {{title}}\n")) == [
            "run/topic.md:1: error: the title {{title}} is a field nobody filled in; write the title"
        ]

    def test_an_id_given_twice_is_an_error_with_both_places(self) -> None:
        reading = read({"a.md": "## TASK-1: A\n", "b.md": "\n## task-1: B\n"})
        assert messages(reading) == [
            "run/b.md:2: error: task-1 is already the id of run/a.md:1; give it another id"
        ]
        assert [task.title for task in reading.tasks] == ["A"]


class TestPriorityAndCategory:
    @pytest.mark.parametrize(
        ("text", "priority"),
        [
            ("Priority: 1", 1),
            ("**Priority:** Critical", 1),
            ("**Priority**: High (blocks release)", 2),
            ("### Priority: Medium", 3),
            ("- Priority: `low`", 4),
            ("Priority: P1", 1),
            ("Priority: 🔴 Critical", 1),
        ],
    )
    def test_the_section_says_its_priority(self, text: str, priority: int) -> None:
        assert one({"naming_issue.md": f"Priority: 3\n## TASK-1: T\n{text}\n"}).priority == priority

    def test_the_header_comes_before_the_file_name(self) -> None:
        assert one({"critical_issues.md": "Priority: 3\n\n## TASK-1: T\n"}).priority == 3

    @pytest.mark.parametrize("text", ["urgent", "0", ""])
    def test_an_unknown_priority_is_a_warning(self, text: str) -> None:
        reading = read({"symbol_issue.md": f"## TASK-1: T\nPriority: {text}\n"})
        assert messages(reading) == [
            (
                f"run/symbol_issue.md:2: warning: {text!r} is no priority; 3 is used; 1 to 4, or Critical, "
                f"High, Medium, Low"
            )
        ]
        assert reading.tasks[0].priority == 3

    def test_the_file_name_decides_the_category_before_any_label(self) -> None:
        assert one({"naming_issue.md": "## TASK-1: T\nCategory: missing_code\n"}).category == "naming_issue"

    @pytest.mark.parametrize(
        "label", ["Category: symbol issues", "**Category:** `Symbol-Issue`", "### Category: Symbol Issue"]
    )
    def test_else_the_section_says_it(self, label: str) -> None:
        task = one(f"## TASK-1: T\n{label}\n")
        assert (task.category, task.priority) == ("symbol_issue", 3)

    def test_front_matter_may_be_the_header(self) -> None:
        task = one("---\ncategory: missing_tests\npriority: low\n---\n## TASK-1: T\n")
        assert (task.category, task.priority) == ("missing_tests", 4)


class TestDependencies:
    TASKS = "## Task 1: TASK-1 - A\n## Task 2: Free\n## Task 3: AUTH-17 - C\n"

    def deps(self, text: str, tasks_md: str | None = None) -> list[str]:
        reading = read(f"{self.TASKS}## TASK-9: T\n{text}\n", tasks_md)
        assert messages(reading, Severity.ERROR, Severity.WARNING) == []
        return [dep.name.removeprefix("smartspec:") for dep in reading.tasks[-1].deps]

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("Depends on: TASK-1", ["TASK-1"]),
            ("**Dependencies:** `TASK-1`, TASK-77 and auth-17.", ["TASK-1", "TASK-77", "AUTH-17"]),
            ("Depends on: Task 1", ["TASK-1"]),
            ("Depends on: Tasks 1, 2 and 3", ["TASK-1", "topic#2", "AUTH-17"]),
            ("Depends on: Task 2 (Free; see TASK-1)", ["topic#2"]),
            ("Depends on: topic#2", ["topic#2"]),
            ("### Dependencies\n- TASK-1\n- Task 3\n", ["TASK-1", "AUTH-17"]),
            ("### Depends on: TASK-1", ["TASK-1"]),
            ("### Depends on\n\nTASK-1,\n`topic#2`\n\nTask 3 is another matter.", ["TASK-1", "topic#2"]),
            ("_Depends on: TASK-1_", ["TASK-1"]),
            ("Dependencies:\n- None\n", []),
            ("Depends on: none", []),
            ("Depends on: **None** ", []),
            ("Depends on: None (first task)", []),
            ("Depends on: N/A", []),
            ("Depends on: —", []),
            ("Depends on: UI-404", ["UI-404"]),
        ],
    )
    def test_ids_and_numbers_of_the_same_file_are_dependencies(self, text: str, names: list[str]) -> None:
        assert self.deps(text) == names

    def test_a_dependency_knows_where_it_is_said(self) -> None:
        task = read("## TASK-1: A\n## TASK-2: B\n\nDepends on: TASK-1\n").tasks[1]
        assert task.deps == (Dependency("smartspec:TASK-1", Location("run/topic.md", 4)),)

    def test_a_number_nobody_has_is_an_error(self) -> None:
        assert messages(read("## Task 1: TASK-1 - A\nDepends on: Task 7\n")) == [
            "run/topic.md:2: error: there is no Task 7 in this file; there is Task 1"
        ]

    def test_other_words_are_one_warning(self) -> None:
        assert messages(read("## TASK-1: A\nDependencies: express, react-18 and lodash\n")) == [
            (
                "run/topic.md:2: warning: 'express react-18 lodash' in the dependencies is no task and is "
                "ignored;"
                " name ids, `Task n` or `none`"
            )
        ]

    def test_a_task_of_tasks_md_that_has_no_prompt_is_waited_for_by_nobody(self) -> None:
        reading = read("## TASK-2: A\nDepends on: TASK-1\n", "- [x] TASK-1 Done\n- [ ] TASK-2 A\n")
        assert reading.tasks[0].deps == ()
        assert messages(reading) == [
            "run/topic.md:2: notice: TASK-1 has no prompt here, so nothing waits for it"
        ]


class TestChecklists:
    def test_tasks_md_supplies_ticks_hooks_and_missing_titles(self) -> None:
        task = one(
            "## Task-1\n",
            "# Tasks\n- [x] TASK-1 Add login\n  - evidence: code path=a.py\n- [ ] TASK-2 Other\n"
            "  evidence: code path=b.py\n",
        )
        assert (task.title, task.ticked) == ("Add login", True)
        assert task.evidence == (HookLine("code path=a.py", Location("tasks.md", 3)),)

    def test_the_readme_supplies_ticks_of_ids_that_tasks_md_lacks(self) -> None:
        files = {
            "README.md": "# R\n- [x] TASK-1: A\n- [x] TASK-2: B\n",
            "a.md": "## TASK-1: A\n## TASK-2: B\n## TASK-3: C\n",
        }
        reading = read(files, "- [ ] TASK-2 B\n")
        assert [task.ticked for task in reading.tasks] == [True, False, None]

    def test_a_tasks_md_that_is_named_but_missing_is_an_error(self) -> None:
        from pathlib import Path

        from batchexec.sources import load

        read("## TASK-1: A\n")
        reading = load(Path("run"), Path("specs/tasks.md"))
        assert messages(reading) == ["specs/tasks.md:1: error: cannot be read: No such file or directory"]
        assert len(reading.tasks) == 1


def parse(text: str, name: str = "topic.md") -> PromptFile:
    return PromptFile.of(parse_file_name(name), Excerpt(name, tuple(text.split("\n"))))


@settings(max_examples=300, deadline=2000)
@given(
    st.lists(
        st.one_of(
            st.text(alphabet="#`~-*+ 1.:/T<!>[]{}'\"=กx\t", max_size=30),
            st.sampled_from(
                [
                    "## TASK-1: x",
                    "## Task 1: y",
                    "**File:** `a.py`",
                    "```python",
                    "```",
                    "Files to Create:",
                    "- a/b.py",
                    "Code file: a.py",
                    "Test file: b.py",
                    "#### File: c.ts",
                    "Depends on: Task 1, T9",
                    "### Symbol to Add",
                    "### Similar Files Found",
                    "- `x.py` (90% similar)",
                    "- Expected path: `y.py`",
                    "# In b.py",
                    "Priority:",
                    "### Existing Test",
                    "**Verification:**",
                    "Test Template:",
                    "### Files to Create",
                    "...",
                ]
            ),
        ),
        max_size=30,
    )
)
def test_any_text_is_read_without_an_accident(lines: list[str]) -> None:
    reading = parse_prompts([parse("\n".join(lines)), parse("\n".join(lines), "01-x.md")], Checklist())
    names = [task.name for task in reading.tasks]
    assert len(names) == len(set(names))


_titles = st.text(alphabet="abc กขค xyz", min_size=1, max_size=20).map(str.strip).filter(bool)
_content = st.lists(
    st.sampled_from(["x = 1", "", "## TASK-9: no", "```", "~~~", "  y", "...", "**File:** z"]), max_size=6
)


@settings(max_examples=200, deadline=2000)
@given(st.lists(st.tuples(_titles, st.lists(_content, max_size=3)), min_size=1, max_size=5))
def test_file_blocks_that_were_written_are_read_back_equal(tasks: list[tuple[str, list[list[str]]]]) -> None:
    text = []
    for number, (title, files) in enumerate(tasks):
        text.append(f"## Task {number + 1}: TSK-{number} - {title}\n")
        for place, content in enumerate(files):
            text.extend([f"#### File: src/{number}/{place}.py", "````python", *content, "````", ""])
    reading = parse_prompts([parse("\n".join(text))], Checklist())
    assert reading.problems == ()
    assert [(task.id, task.title) for task in reading.tasks] == [
        (f"TSK-{n}", tasks[n][0]) for n in range(len(tasks))
    ]
    assert [[(block.path, block.text, block.kind) for block in task.blocks] for task in reading.tasks] == [
        [
            (f"src/{number}/{place}.py", "".join(f"{line}\n" for line in content), BlockKind.FILE)
            for place, content in enumerate(files)
        ]
        for number, (_, files) in enumerate(tasks)
    ]


@pytest.mark.parametrize("piece", ["TASK-", "T1.", "Task 1", "[", "1. ", "a-", "(", "*", "`", "# "])
def test_a_heading_of_any_length_takes_no_time(piece: str) -> None:
    long = piece * 20_000
    text = f"## {long}\n**File:** {long}\nDepends on: {long}\n```{piece * 999}\n```\n"
    start = time.process_time()
    parse_prompts([parse(f"## TASK-1: T\n{text}")], Checklist())
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "## Task 1: t\n" * 10_000,
        "## Phase\n### Task: t\n" * 10_000,
        "## TASK-1: t\n" + "Depends on:\n" * 20_000,
        "## TASK-1: t\nDepends on: " + ", ".join(f"TASK-{n}" for n in range(20_000)),
        "## TASK-1: t\n"
        + "- Expected path: `a.py`\n" * 1000
        + "### Similar Files Found\n"
        + "- `b.py` (90% similar)\n" * 5000,
        "## TASK-1: t\n" + "- Expected path: `a.py`\nResolution: rename\n" * 5000,
        "## TASK-1: t\n" + "".join(f"```python:a{n}.py\n```\n" for n in range(5000)),
        "## TASK-1: t\n" + "Code file: a.go\n" * 5000 + "```python\n```\n" * 5000,
        "## TASK-1: t\nFiles to Create:\n" + "- a/b.go\n" * 5000 + "\n```python\n```\n" * 5000,
    ],
    ids=lambda text: text[:30],
)
def test_much_of_one_kind_takes_time_in_proportion(text: str) -> None:
    start = time.process_time()
    parse_prompts([parse(text)], Checklist())
    assert time.process_time() - start < 2


def test_ten_thousand_small_tasks_are_read_in_a_moment() -> None:
    code = "```python\ndef f():\n    x = 1\n    return x\n```\n\n"
    task = "## TASK-{0}: Part\n\nPriority: 2\n\n**File:** `src/{0}.py`\n\n" + code
    files = [parse("".join(task.format(f"{n}-{m}") for m in range(100)), f"{n}.md") for n in range(100)]
    start = time.process_time()
    reading = parse_prompts(files, Checklist())
    assert time.process_time() - start < 3
    assert (len(reading.tasks), reading.problems) == (10_000, ())

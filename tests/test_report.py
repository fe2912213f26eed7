"""What a report says about a run, and how it reads."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from batchexec.errors import SourceError
from batchexec.rendering import code, escape, fenced
from batchexec.report import (
    Report,
    Result,
    RunFacts,
    paths,
    render,
    summarise,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent / "data" / "batch_execution.md"
MARKDOWN, JSON = "batch_execution.md", "batch_execution.json"
OVERRIDE = f"{MARKDOWN}.j2"
START = 1_795_255_200.0  # 2026-11-21 10:00:00 UTC


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let local time be UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def result(number: int, state: str = "done", **more: Any) -> Result:
    category = more.get("category", "missing_tests")
    found: Any = {
        "task_id": f"TASK-{number:03}",
        "title": f"Title {number}",
        "category": category,
        "priority": 2,
        "state": state,
        "success": state in {"done", "up_to_date"},
        "error": None,
        "file": None,
        "line": None,
        "fix": None,
        "files_created": [],
        "files_modified": [],
        "notes": [],
        "unverified": True,
        "reason": None,
        "source": f".spec/prompts/latest/{category}.md:{number}",
        "seconds": 0.5,
    }
    complete: Result = found | more
    return complete


def facts(*results: Result, **more: Any) -> RunFacts:
    found: Any = {
        "run": "20261121T100000-1a2b",
        "started_utc": START,
        "completed_utc": START + 12.34,
        "prompts_dir": ".spec/prompts/latest",
        "tasks_md": None,
        "interrupted": False,
        "stopped": "",
        "results": list(results),
        "verifications": [],
    }
    complete: RunFacts = found | more
    return complete


def report(*results: Result, **more: Any) -> Report:
    return summarise(facts(*results, **more))


def page(*results: Result, **more: Any) -> str:
    return render(report(*results, **more), MARKDOWN, saved_to=".spec/reports/x.md")


MIXED = (
    result(
        1,
        category="not_implemented",
        title="Add cart totals",
        files_created=["src/cart/totals.py", "tests/cart/test_totals.py"],
        files_modified=["src/cart/__init__.py"],
    ),
    result(
        2, "failed", error="invalid syntax", file="src/a_b.py", line=12, fix="mend the block in the prompt"
    ),
    result(3, "up_to_date", title="Keep *stars* and [links](x)\nin <b>place</b>"),
    result(
        4,
        "needs_work",
        category="symbol_issue",
        error="src/x.py differs from what the task writes:\n```\n- a\n+ b",
        fix="compare the two, then keep yours or pass --if-exists overwrite",
    ),
    result(5, "not_run", category="naming_issue"),
    result(6, category="naming_issue", files_modified=["tasks.md"], notes=["path of TASK-006: a.py → b.py"]),
)


def test_the_keys_are_these() -> None:
    assert list(report()) == [
        *("schema_version", "run", "started", "completed", "duration_seconds", "stopped", "total_tasks"),
        *("successful", "failed", "needs_work", "not_run", "by_category", "results"),
        *("verification_before", "verification_after", "verification_by_category", "regressed"),
        *("tasks_md", "operations"),
    ]


def test_times_are_local_and_to_the_second() -> None:
    found = report()
    assert (found["started"], found["completed"], found["duration_seconds"]) == (
        "2026-11-21 10:00:00",
        "2026-11-21 10:00:12",
        12.34,
    )


def test_a_clock_that_was_set_back_gives_no_negative_duration() -> None:
    assert report(completed_utc=START - 5)["duration_seconds"] == 0


def test_done_and_up_to_date_are_successful_and_the_sums_agree() -> None:
    found = report(*MIXED)
    assert [found[key] for key in ("total_tasks", "successful", "failed", "needs_work", "not_run")] == [
        6,
        3,
        1,
        1,
        1,
    ]
    for state in ("successful", "failed", "needs_work", "not_run"):
        assert sum(counts[state] for counts in found["by_category"].values()) == found[state]


def test_categories_come_in_the_order_they_run_and_unknown_ones_last() -> None:
    found = report(
        *(result(1, category=name) for name in ("zebra", "naming_issue", "missing_code", "aardvark"))
    )
    assert list(found["by_category"]) == ["missing_code", "naming_issue", "aardvark", "zebra"]


def test_every_file_written_is_an_operation() -> None:
    assert report(*MIXED)["operations"] == [
        {"op": "create", "path": "src/cart/totals.py", "task_id": "TASK-001"},
        {"op": "create", "path": "tests/cart/test_totals.py", "task_id": "TASK-001"},
        {"op": "modify", "path": "src/cart/__init__.py", "task_id": "TASK-001"},
        {"op": "modify", "path": "tasks.md", "task_id": "TASK-006"},
    ]


@pytest.mark.parametrize(
    ("interrupted", "stopped", "said"),
    [(False, "", ""), (True, "", "interrupted"), (True, "interrupted by SIGTERM", "interrupted by SIGTERM")],
)
def test_why_a_run_ended_early_is_kept(interrupted: bool, stopped: str, said: str) -> None:
    assert report(interrupted=interrupted, stopped=stopped)["stopped"] == said


def test_the_json_is_the_report_in_ascii() -> None:
    found = report(*MIXED, result(7, title="ตะกร้า 🛒"))
    text = render(found, JSON)
    assert json.loads(text) == found
    assert text.isascii()
    assert list(json.loads(text)) == list(found)


def test_what_would_act_on_a_terminal_is_replaced_and_scripts_and_emoji_stay() -> None:
    found = report(result(1, title="\x1b[31mred\u202e \ud800 ตะกร้า 👩\u200d🚀\r\nnext"))
    assert found["results"][0]["title"] == "\ufffd[31mred\ufffd \ufffd ตะกร้า 👩\u200d🚀\nnext"


def verification(moment: str, *found: str, category: str = "") -> dict[str, Any]:
    findings = {f"TASK-{number:03}": finding for number, finding in enumerate(found, start=1)}
    report = ".spec/reports/20261121_100012" if moment == "after" else ""
    return {
        "moment": moment,
        "category": category,
        "checked_utc": START + 1,
        "findings": findings,
        "report": report,
    }


VERIFICATIONS = [
    verification("before", "missing_tests", "verified", "missing_tests", "symbol_issue"),
    verification("category", "verified", "verified", "verified", "symbol_issue", category="missing_tests"),
    verification("after", "verified", "missing_tests", "verified", "symbol_issue"),
]


def test_verifications_are_counted_and_what_regressed_is_named() -> None:
    found = report(*MIXED, verifications=VERIFICATIONS)
    assert found["verification_before"] == {
        "total": 4,
        "verified": 1,
        "not_verified": 3,
        "by_category": {"missing_tests": 2, "symbol_issue": 1, "verified": 1},
        "report": "",
    }
    assert found["verification_after"] == {
        "total": 4,
        "verified": 2,
        "not_verified": 2,
        "by_category": {"missing_tests": 1, "symbol_issue": 1, "verified": 2},
        "report": ".spec/reports/20261121_100012",
    }
    (one,) = found["verification_by_category"]
    assert (one["category"], one["verified"], one["checked"]) == ("missing_tests", 3, "2026-11-21 10:00:01")
    assert found["regressed"] == ["TASK-002"]


def test_the_page_reads_like_this() -> None:
    text = page(*MIXED, stopped="max failures (1) reached", tasks_md="tasks.md", verifications=VERIFICATIONS)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("## ")]


def test_the_sections_come_in_order_even_for_an_empty_batch() -> None:
    assert headings(page()) == [
        "## Results",
        "## By Category",
        "## Verification",
        "## Failed Tasks",
        "## Task Details",
        "## Next Steps",
    ]


def test_an_empty_batch_says_so_where_there_would_be_tasks() -> None:
    text = page()
    assert "There was no task." in text
    assert "- **Successful:** 0 (0%)" in text
    assert "1. See which tasks there are: `doit list`." in text


def test_one_task_is_one_task() -> None:
    text = page(result(1))
    assert "### missing_tests (1 task)" in text
    assert "1. Nothing is left to do." in text


def test_a_task_that_failed_says_why_where_and_what_to_do() -> None:
    text = page(result(1, "failed", error="bad", file="a.py", line=3, fix="mend it"))
    assert "- ❌ TASK-001: Title 1\n  Error: bad\n" in text
    assert "- **Error:** bad\n- **File:** `a.py`\n- **Line:** 3\n- **Fix:** mend it\n" in text
    assert "1. Mend what failed: `TASK-001`." in text
    assert "2. Look closer at one of them: `batchexec explain TASK-001`." in text
    assert "4. Run the rest (1 task): `doit`. What is done stays done." in text


def test_every_task_is_listed_once_under_its_category() -> None:
    lines = page(*MIXED).split("## Verification")[0].splitlines()
    listed = [line.split()[2].rstrip(":") for line in lines if line.startswith("- ") and "TASK" in line]
    assert sorted(listed) == [f"TASK-{number:03}" for number in range(1, 7)]


def test_what_next_names_every_task_that_failed_or_needs_work() -> None:
    steps = page(*(result(n, "failed" if n % 2 else "needs_work") for n in range(1, 41))).split(
        "## Next Steps"
    )[1]
    assert [n for n in range(1, 41) if f"`TASK-{n:03}`" not in steps] == []


def test_two_thousand_tasks_up_to_date_need_no_details() -> None:
    text = page(*(result(number, "up_to_date") for number in range(2000)))
    assert "- **Successful:** 2000 (100%), 2000 already up to date" in text
    assert "### missing_tests (2,000 tasks)" in text
    assert "No task was carried out in this run." in text


def test_what_people_wrote_is_never_markup() -> None:
    hostile = "# a\n\n## b\n- c\n```\n| d | <script> [x](y) *z* _w_ \\ `q`"
    text = page(
        result(1, "failed", title=hostile, error=hostile, fix=hostile, file="a`b``.md", notes=[hostile])
    )
    tokens = MarkdownIt("commonmark").parse(text)
    names = [token.content for at, token in enumerate(tokens) if at and tokens[at - 1].type == "heading_open"]
    assert [name for name in names if name.startswith(("a", "b"))] == []
    inline = {child.type for token in tokens for child in token.children or []}
    assert inline <= {"text", "strong_open", "strong_close", "code_inline", "softbreak"}
    assert sum(token.type == "fence" for token in tokens) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a.py", "`a.py`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a\nb", "`a b`")],
)
def test_code_holds_any_backticks(text: str, shown: str) -> None:
    assert code(text) == shown


def test_a_fence_is_longer_than_any_inside() -> None:
    assert fenced("a\n````\nb\n") == "`````text\na\n````\nb\n`````"


def test_escaped_text_is_one_line() -> None:
    assert escape("  a_b\n*c*  <d>|#e\\ ") == r"a\_b \*c\* \<d\>\|\#e\\"


def override(directory: Path, text: str) -> str:
    (directory / OVERRIDE).write_text(text)
    return render(report(*MIXED), MARKDOWN, directory, saved_to="here.md")


def test_a_template_of_the_project_wins(tmp_path: Path) -> None:
    text = "{{ report.total_tasks }} {{ saved_to }}\n{% if true %}\nx\n{% endif %}\n"
    assert override(tmp_path, text) == "6 here.md\nx\n"


def test_a_template_of_the_project_may_build_on_ours(tmp_path: Path) -> None:
    assert '"total_tasks": 6' in override(tmp_path, '{% include "batch_execution.json.j2" %}')


def test_a_directory_without_the_template_leaves_ours(tmp_path: Path) -> None:
    assert render(report(), MARKDOWN, tmp_path) == render(report(), MARKDOWN)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a\n{% if %}\n", 2, "Expected an expression, got 'end of statement block'"),
        ("a\n\n{{ report.nothing }}\n", 3, "'dict object' has no attribute 'nothing'"),
        ("{{ nothing }}", 1, "'nothing' is undefined"),
        ("\n{{ 1 / 0 }}", 2, "division by zero"),
        ("\n{{ 1 + 'a' }}", 2, "unsupported operand type(s) for +: 'int' and 'str'"),
        ("\n{% include 'none.j2' %}", 2, "'none.j2' not found in search path"),
        ("{{ report.results.append(1) }}", 1, "access to attribute 'append' of 'list' object is unsafe."),
        ("{{ ''.__class__ }}", 1, "access to attribute '__class__' of 'str' object is unsafe."),
    ],
)
def test_a_mistake_in_a_template_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(SourceError) as caught:
        override(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(
        f"{tmp_path}/{OVERRIDE}:{line}: error: this template cannot be rendered: {message}"
    )


def test_the_files_are_named_by_the_end_of_the_run(tmp_path: Path) -> None:
    assert paths(tmp_path, START) == (
        ".spec/reports/batch_execution_20261121_100000.md",
        ".spec/reports/batch_execution_20261121_100000.json",
    )


@pytest.mark.parametrize("taken", ["md", "json"])
def test_a_name_that_is_taken_gets_a_number(tmp_path: Path, taken: str) -> None:
    directory = tmp_path / ".spec/reports"
    directory.mkdir(parents=True)
    (directory / f"batch_execution_20261121_100000.{taken}").touch()
    (directory / "batch_execution_20261121_100000_2.md").touch()
    assert [Path(path).name for path in paths(tmp_path, START)] == [
        "batch_execution_20261121_100000_3.md",
        "batch_execution_20261121_100000_3.json",
    ]

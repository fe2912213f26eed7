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
    Tried,
    dollars,
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
        "status": {"done": "passed"}.get(state, state),
        "success": state in {"done", "up_to_date"},
        "error": None,
        "file": None,
        "line": None,
        "fix": None,
        "files_created": [],
        "files_modified": [],
        "files_deleted": [],
        "notes": [],
        "unverified": True,
        "reason": None,
        "source": f".spec/prompts/latest/{category}.md:{number}",
        "seconds": 0.5,
        "cost_usd": None,
        "executors": [],
        "attempts": [],
        "kept": None,
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
        "budget": {},
        "used": {},
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
        *("tasks_md", "operations", "cost"),
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


def tried(executor: str, number: int = 1, status: str = "passed", **more: Any) -> Tried:
    found: Any = {
        "executor": executor,
        "number": number,
        "status": status,
        "summary": "",
        "seconds": 1.5,
        "cost_usd": None,
        "input_tokens": None,
        "output_tokens": None,
        "cached_tokens": None,
        "log": "",
        "commit": "",
    }
    complete: Tried = found | more
    return complete


def paid(cost: float | None, tokens: tuple[int, int, int] = (1000, 200, 0)) -> dict[str, Any]:
    return {
        "cost_usd": cost,
        "input_tokens": tokens[0],
        "output_tokens": tokens[1],
        "cached_tokens": tokens[2],
    }


LOG = ".batchexec/runs/20261121_100000/TASK-001.2.log"
LADDER = result(
    1,
    cost_usd=0.25,
    attempts=[
        tried("apply", status="needs_work", summary="no code for src/a_b.py in the prompt"),
        tried("claude", log=LOG, commit="0123456789abcdef", **paid(0.25, (12_000, 800, 9_000))),
    ],
)
UNPRICED = result(2, "failed", error="no", attempts=[tried("small", 3, "no_effect", **paid(None))])


def section(text: str, title: str) -> str:
    """Return what stands below a heading of the second level."""
    return text.split(f"\n## {title}\n\n")[1].split("\n## ", maxsplit=1)[0]


def test_a_page_without_costs_has_no_section_about_them() -> None:
    free = result(1, cost_usd=0.0, attempts=[tried("again", cost_usd=0.0, input_tokens=0, output_tokens=0)])
    assert "## Cost" not in headings(page(*MIXED))
    assert "## Cost" not in headings(page(free, budget={"run": 5.0}, used={"run": 0.0}))


def test_what_a_run_cost_stands_between_verification_and_failures() -> None:
    found = headings(page(LADDER))
    assert found[2:5] == ["## Verification", "## Cost", "## Failed Tasks"]


def test_each_executor_has_its_share_of_the_cost() -> None:
    assert section(page(LADDER, UNPRICED), "Cost") == (
        "- **Total:** $0.25, and 1 attempt of which nobody told the cost\n"
        "- **Tokens:** 13,000 in (9,000 of them cached), 1,000 out\n\n"
        "| executor | attempts | done | cost | tokens in | tokens out |\n"
        "|---|---|---|---|---|---|\n"
        "| apply | 1 | 0 | |  |  |\n"
        "| claude | 1 | 1 | $0.25 | 12,000 | 800 |\n"
        "| small | 1 | 0 | | 1,000 | 200 |\n"
        "| all | 3 | 1 | $0.25 | 13,000 | 1,000 |\n"
    )


def test_how_much_of_the_budget_is_used_is_told() -> None:
    text = page(
        LADDER,
        UNPRICED,
        budget={"task": 0.5, "run": 2.0, "day": 10.0},
        used={"run": 0.75, "day": 4.0},
    )
    assert (
        "- **Budget of the run:** $0.75 of $2.00 (38%),"
        " with $0.50 set aside for attempts that did not tell their cost\n"
        "- **Budget of the day:** $4.00 of $10.00 (40%)\n"
        "- **Budget of a task:** $0.50; the dearest took $0.25\n\n"
    ) in section(text, "Cost")


def test_the_cost_of_a_run_is_told_to_programs() -> None:
    found = report(LADDER, UNPRICED, budget={"run": 2.0}, used={"run": 0.75, "day": 4.0})["cost"]
    assert found["by_executor"].keys() == {"apply", "claude", "small"}
    assert found["by_executor"]["claude"] == {
        "attempts": 1,
        "passed": 1,
        "usd": 0.25,
        "input_tokens": 12_000,
        "output_tokens": 800,
        "cached_tokens": 9_000,
        "unpriced": 0,
    }
    assert (found["attempts"], found["usd"], found["unpriced"]) == (3, 0.25, 1)
    assert found["budget"] == {"run": {"limit": 2.0, "used": 0.75}}


def test_a_cost_that_nobody_told_is_not_zero() -> None:
    assert report(*MIXED)["cost"]["usd"] is None
    assert report(UNPRICED)["cost"]["usd"] is None


def test_many_small_costs_add_up_without_crumbs() -> None:
    many = [result(n, cost_usd=0.1, attempts=[tried("claude", **paid(0.1))]) for n in range(30)]
    assert report(*many)["cost"]["usd"] == 3.0


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        (0, "$0.00"),
        (0.00004, "less than $0.0001"),
        (0.0031, "$0.0031"),
        (0.01, "$0.01"),
        (0.0134, "$0.0134"),
        (0.5, "$0.50"),
        (0.1, "$0.10"),
        (0.105, "$0.105"),
        (0.99999, "$1.00"),
        (1.0134, "$1.01"),
        (1234.567, "$1,234.57"),
    ],
)
def test_an_amount_is_said_in_dollars(usd: float, said: str) -> None:
    assert dollars(usd) == said


def test_every_attempt_is_told_with_its_executor_cost_and_log() -> None:
    assert (
        "**Attempts:**\n\n"
        "- `apply`, attempt 1: needs work in 1.5 seconds: no code for src/a\\_b.py in the prompt\n"
        "- `claude`, attempt 1: done in 1.5 seconds, $0.25, 12,800 tokens,"
        f" commit `0123456789ab`, log `{LOG}`\n"
    ) in section(page(LADDER), "Task Details")


def test_the_one_attempt_that_cost_nothing_and_has_no_log_goes_without_saying() -> None:
    assert "**Attempts:**" not in page(result(1, attempts=[tried("apply")]))


def test_a_task_that_did_not_run_to_its_end_has_its_attempts_told() -> None:
    waiting = result(1, "not_run", status="limited", attempts=[tried("claude", status="limited", log=LOG)])
    details = section(page(waiting), "Task Details")
    assert details.startswith("### ⏸️ TASK-001\n")
    assert f"- `claude`, attempt 1: limited in 1.5 seconds, log `{LOG}`\n" in details


@pytest.mark.parametrize(
    ("state", "status", "said"),
    [
        ("failed", "failed", "bad"),
        ("failed", "error", "bad"),
        ("failed", "denied", "denied: bad"),
        ("failed", "conflict", "conflict: bad"),
        ("failed", "timeout", "timeout: bad"),
        ("failed", "stalled", "stalled: bad"),
        ("failed", "no_effect", "no effect: bad"),
        ("needs_work", "needs_work", "bad"),
        ("needs_work", "undone", "bad"),
        ("not_run", "limited", "limited: bad"),
        ("not_run", "budget", "budget: bad"),
        ("not_run", "blocked", "bad"),
        ("not_run", "interrupted", "bad"),
    ],
)
def test_what_is_more_than_a_failure_is_said_in_its_own_word(state: str, status: str, said: str) -> None:
    listed = section(page(result(1, state, status=status, error="bad")), "By Category")
    assert f"TASK-001: Title 1\n  Error: {said}\n" in listed


def test_a_failure_with_a_word_of_its_own_says_it_before_the_error() -> None:
    text = section(page(result(1, "failed", status="denied", error="a\nb")), "Failed Tasks")
    assert "### TASK-001: Title 1\n\n- **Status:** denied\n\n**Error:**\n\n```text\na\nb\n```\n" in text


def test_work_that_was_kept_is_named_with_the_command_that_shows_it() -> None:
    ref = "refs/batchexec/20261121_100000/TASK-001"
    text = page(
        result(1, "failed", status="conflict", error="no", kept=ref, attempts=[tried("claude", log=LOG)])
    )
    assert f"- **Log:** `{LOG}`\n- **Its work is kept:** `{ref}`\n" in section(text, "Failed Tasks")
    assert f"3. See what was made and not taken over: `git diff '{ref}^' {ref}`.\n" in text


def test_work_that_was_kept_as_copies_is_no_matter_for_git() -> None:
    text = page(result(1, "failed", error="no", kept="/home/ann/.batchexec/kept/x/TASK-001"))
    assert "- **Its work is kept:** `/home/ann/.batchexec/kept/x/TASK-001`\n" in text
    assert "git diff" not in text


def test_a_file_that_was_deleted_is_told() -> None:
    one = result(1, files_deleted=["old.py"])
    assert "**Deleted:**\n\n- `old.py`\n" in page(one)
    assert "No file was changed." not in page(one)
    assert report(one)["operations"] == [{"op": "delete", "path": "old.py", "task_id": "TASK-001"}]


def test_what_attempts_said_is_printable_too() -> None:
    found = report(result(1, attempts=[tried("claude", status="failed", summary="\x1b[31mred")]))
    assert found["results"][0]["attempts"][0]["summary"] == "\ufffd[31mred"


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

"""What a verification says as JSON and as a page, and what it suggests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from batchexec.errors import Problem, Severity, SourceError
from batchexec.hooks import Hook, parse_hook
from batchexec.model import Candidate, HookLine, Location
from batchexec.verification import FINDINGS, CheckedHook, CheckedTask, Verification, counts, priority_of
from batchexec.verification.document import as_json, as_text
from batchexec.verification.suggestions import suggest

if TYPE_CHECKING:
    from pathlib import Path

TASKS = "specs/cart/tasks.md"


def hook(raw: str, line: int, reason: str = "", *, ok: bool | None = True, **more: Any) -> CheckedHook:
    at = Location(TASKS, line)
    claim = parse_hook(HookLine(raw, at))
    known = claim if isinstance(claim, Hook) else None
    return CheckedHook(raw=raw, location=at, hook=known, ok=False if reason else ok, reason=reason, **more)


def task(number: int, finding: str, *hooks: CheckedHook, ticked: bool = False, **more: Any) -> CheckedTask:
    facts: dict[str, Any] = {
        "id": f"TASK-{number:03}",
        "title": f"Title {number}",
        "location": Location(TASKS, 10 * number),
    }
    priority = priority_of(finding, ticked=ticked)
    made = CheckedTask(**(facts | more), ticked=ticked, finding=finding, priority=priority, hooks=hooks)
    return replace(made, suggestions=suggest(made))


def verification(*tasks: CheckedTask, problems: tuple[Problem, ...] = ()) -> Verification:
    return Verification(tasks_path=TASKS, tasks=tasks, problems=problems)


def report(*tasks: CheckedTask, problems: tuple[Problem, ...] = ()) -> dict[str, Any]:
    made = verification(*tasks, problems=problems)
    return as_json(made, run_id="20261121_100000", generated_at="2026-11-21 10:00:00", version="0.1.0")


GOOD = hook("code path=src/a.py symbol=A", 11)
MISSING = hook('test path=tests/test_a.py contains="def test_a"', 12, "file not found", detail="gone")
WEAK = hook("code path=src/b.py", 31, weak=True)
BROKEN = hook("code path=a.py contains=don't", 41, "invalid hook", detail="a quote is not closed")
UNCLOSED = Problem(Location(TASKS, 41), "a quote is not closed", "close it")

MIXED = (
    task(1, "missing_tests", GOOD, MISSING, ticked=True),
    task(
        2,
        "naming_issue",
        hook("code path=src/points.py", 21, "file not found"),
        similar=(Candidate("src/point.py", 91),),
    ),
    task(3, "verified", WEAK, title="Keep *stars* | and <b>\nmore"),
    task(4, "invalid_evidence", BROKEN),
    task(5, "no_evidence", ticked=True),
    task(6, "verified", GOOD, ticked=True),
    task(7, "", hook("docs path=README.md", 71, ok=None)),
)


def test_the_keys_of_the_json_are_these() -> None:
    made = report(*MIXED, problems=(UNCLOSED,))

    assert list(made) == [
        *("schema_version", "workflow", "version", "run_id", "generated_at", "inputs", "totals"),
        *("by_category", "problems", "tasks"),
    ]
    assert list(made["tasks"][0]) == [
        *("task_id", "title", "line", "checked", "checkbox_state", "verified", "category", "priority"),
        *("code_path", "code_symbol", "code_contains", "test_path", "test_symbol", "test_contains"),
        *("hooks", "suggestions", "similar_files"),
    ]


def test_the_json_tells_all_of_a_task() -> None:
    assert report(MIXED[0])["tasks"] == [
        {
            "task_id": "TASK-001",
            "title": "Title 1",
            "line": 10,
            "checked": True,
            "checkbox_state": "x",
            "verified": False,
            "category": "missing_tests",
            "priority": 1,
            "code_path": "src/a.py",
            "code_symbol": "A",
            "code_contains": None,
            "test_path": "tests/test_a.py",
            "test_symbol": None,
            "test_contains": "def test_a",
            "hooks": [
                {
                    "line": 11,
                    "type": "code",
                    "raw": "code path=src/a.py symbol=A",
                    "ok": True,
                    "weak": False,
                    "reason": "",
                    "detail": "",
                },
                {
                    "line": 12,
                    "type": "test",
                    "raw": 'test path=tests/test_a.py contains="def test_a"',
                    "ok": False,
                    "weak": False,
                    "reason": "file not found",
                    "detail": "gone",
                },
            ],
            "suggestions": ["Create tests/test_a.py, or correct the path in specs/cart/tasks.md:12."],
            "similar_files": [],
        }
    ]


def test_the_json_counts_and_names_the_run() -> None:
    made = report(*MIXED, problems=(UNCLOSED, Problem(None, "odd", severity=Severity.WARNING)))

    assert made["workflow"] == "batchexec verify"
    assert (made["version"], made["run_id"]) == ("0.1.0", "20261121_100000")
    assert made["inputs"] == {"tasks_path": TASKS}
    assert made["totals"] == {
        "total_tasks": 7,
        "tasks": 7,
        "verified": 2,
        "not_verified": 5,
        "marked_done_but_failed": 1,
        "weak": 1,
    }
    assert made["by_category"] == {
        "verified": 2,
        "not_implemented": 0,
        "missing_tests": 1,
        "missing_code": 0,
        "symbol_issue": 0,
        "content_issue": 0,
        "naming_issue": 1,
        "no_evidence": 1,
        "needs_manual": 0,
        "invalid_evidence": 1,
    }
    assert made["problems"] == [
        {
            "file": TASKS,
            "line": 41,
            "severity": "error",
            "message": "a quote is not closed",
            "hint": "close it",
        },
        {"file": None, "line": None, "severity": "warning", "message": "odd", "hint": ""},
    ]
    assert json.loads(json.dumps(made)) == made


def test_what_was_not_looked_at_is_null() -> None:
    (made,) = report(MIXED[6])["tasks"]

    assert (made["category"], made["verified"], made["priority"]) == (None, False, None)
    assert made["hooks"][0]["ok"] is None


def test_a_hook_that_fails_stands_for_its_kind_before_one_that_holds() -> None:
    (made,) = report(
        task(1, "symbol_issue", GOOD, hook("ui path=b.html contains=x", 13, "contains not found"))
    )["tasks"]

    assert (made["code_path"], made["code_symbol"], made["code_contains"]) == ("b.html", None, "x")
    assert (made["test_path"], made["test_symbol"], made["test_contains"]) == (None, None, None)


@pytest.mark.parametrize(
    ("finding", "ticked", "priority"),
    [
        ("verified", True, None),
        ("missing_tests", True, 1),
        ("naming_issue", True, 1),
        ("not_implemented", False, 2),
        ("symbol_issue", False, 3),
        ("naming_issue", False, 4),
        ("no_evidence", True, None),
        ("invalid_evidence", True, None),
        ("", True, None),
    ],
)
def test_the_priority_follows_from_finding_and_tick(finding: str, ticked: bool, priority: int | None) -> None:
    assert priority_of(finding, ticked=ticked) == priority


def test_counts_tell_total_share_and_rest() -> None:
    assert counts(verification(*MIXED)) == (7, 2, 5, "29%")
    assert counts(verification()) == (0, 0, 0, "0%")


@pytest.mark.parametrize(
    ("checked", "weak"),
    [
        (task(1, "verified", GOOD, WEAK), True),
        (task(1, "no_evidence", WEAK), True),
        (task(1, "verified", GOOD), False),
        (task(1, "missing_tests", WEAK, MISSING), False),
        (task(1, "no_evidence"), False),
    ],
)
def test_a_task_is_weak_if_all_holds_and_something_only_weakly(checked: CheckedTask, weak: bool) -> None:
    assert checked.weak is weak


@pytest.mark.parametrize(
    ("raw", "reason", "sentence"),
    [
        ("code path=a.py", "file not found", "Create a.py, or correct the path in {at}."),
        ("code path=a/", "directory not found", "Create the directory a/, or correct the path in {at}."),
        ("code path=a/", "directory is empty", "Put a file into a/; an empty directory is no evidence."),
        ("code path=a.py", "file is empty", "Write something into a.py; an empty file is no evidence."),
        ("code path=a.py symbol=A", "file does not parse", "Mend the syntax of a.py."),
        (
            "code path=a.py symbol=A",
            "symbol not found",
            "Define A in a.py; an import, a comment or a longer name does not count.",
        ),
        ("code path=a.py symbol=A", "symbol is a stub", "Implement A in a.py; a stub is no evidence."),
        (
            "code path=a.py contains='x {y}'",
            "contains not found",
            'Write "x {y}" into a.py, to the letter, or correct {at}.',
        ),
        (
            "code path=a.py regex=^x$",
            "regex not matched",
            'Write into a.py what matches "^x$", or correct {at}.',
        ),
        ("code path=a.py regex=^x$", "regex took too long", "Write a simpler pattern in {at}."),
        (
            "docs path=a.md heading=Use",
            "heading not found",
            'Give a.md the heading "Use", to the letter, or correct {at}.',
        ),
        (
            "ui path=a.html selector=#x",
            "selector not found",
            'Put an element that "#x" selects into a.html, or correct {at}.',
        ),
        ("test path=test_a.py", "no test found", "Write a test into test_a.py; it holds none."),
        (
            "ui path=a.html",
            "needs a person",
            "Look at it yourself, or claim in {at} what a program can see, such as a selector.",
        ),
        (
            "test path=test_a.py command=pytest",
            "command failed",
            "Run pytest, and mend what it complains about.",
        ),
        ("code path=a.py", "file is too large", "See to a.py: file is too large."),
    ],
)
def test_every_reason_has_its_suggestion(raw: str, reason: str, sentence: str) -> None:
    expected = sentence.replace("{at}", f"{TASKS}:12")

    assert suggest(task(1, "content_issue", hook(raw, 12, reason))) == (expected,)


def test_an_invalid_hook_is_suggested_what_would_be_right() -> None:
    (sentence,) = suggest(task(1, "invalid_evidence", BROKEN))

    assert sentence.startswith("Correct the hook in specs/cart/tasks.md:41: ")
    assert 'contains="don\'t"' in sentence


def test_a_task_without_evidence_is_shown_what_a_hook_looks_like() -> None:
    assert suggest(task(5, "no_evidence")) == (
        f"Say below {TASKS}:50 what shows that it is done: evidence: code path=the/file symbol=Name",
    )


def test_similar_files_are_suggested_before_new_ones() -> None:
    assert suggest(MIXED[1]) == (
        "Perhaps src/points.py has another name: src/point.py (91% similar).",
        "Create src/points.py, or correct the path in specs/cart/tasks.md:21.",
    )


def test_a_verified_task_needs_no_suggestion_and_a_refused_weak_one_does() -> None:
    assert suggest(task(3, "verified", WEAK)) == ()
    assert suggest(task(3, "no_evidence", WEAK)) == (
        f"The hook in {TASKS}:31 holds only weakly. Add a symbol or a text to it.",
    )
    ran = hook("test path=tests/ command=pytest", 32, weak=True)
    assert suggest(task(3, "no_evidence", ran)) == (
        f"The hook in {TASKS}:32 holds only weakly. Have its command run by --run-commands.",
    )


def test_a_suggestion_cuts_what_is_very_long() -> None:
    (sentence,) = suggest(
        task(1, "content_issue", hook(f"code path=a contains={'x' * 999}", 1, "contains not found"))
    )

    assert sentence == f'Write "{"x" * 200}…" into a, to the letter, or correct {TASKS}:1.'


PAGE = """\
# Verification Report

- **List:** `specs/cart/tasks.md`
- **Generated:** 2026-11-21 10:00:00
- **Run:** `20261121_100000`

## Results

- **Total:** 7 tasks
- **Verified:** 2 (29%)
- **Not Verified:** 5 (71%)
- **Ticked, yet failing:** 1
- **Only weak evidence:** 1

## By Category

| category | tasks | meaning |
|---|---:|---|
| `verified` | 2 | everything claimed is there |
| `missing_tests` | 1 | the implementation is there, a test is missing |
| `naming_issue` | 1 | the path is missing, a similar file exists |
| `no_evidence` | 1 | nothing is claimed that could be checked |
| `invalid_evidence` | 1 | what is claimed cannot be read |

## Critical: Ticked, Yet Failing

### TASK-001: Title 1

`missing_tests`, priority 1, ticked, `specs/cart/tasks.md:10`

- ❌ **file not found**: `test path=tests/test_a.py contains="def test_a"` (`specs/cart/tasks.md:12`), gone

What would help:

- Create tests/test\\_a.py, or correct the path in specs/cart/tasks.md:12.

## Not Verified

### TASK-002: Title 2

`naming_issue`, priority 4, not ticked, `specs/cart/tasks.md:20`

- ❌ **file not found**: `code path=src/points.py` (`specs/cart/tasks.md:21`)

Similar files:

- `src/point.py` (91% similar)

What would help:

- Perhaps src/points.py has another name: src/point.py (91% similar).
- Create src/points.py, or correct the path in specs/cart/tasks.md:21.

### TASK-005: Title 5

`no_evidence`, ticked, `specs/cart/tasks.md:50`

- There is no evidence hook.

What would help:

- Say below specs/cart/tasks.md:50 what shows that it is done: evidence: code path=the/file symbol=Name

### TASK-004: Title 4

`invalid_evidence`, not ticked, `specs/cart/tasks.md:40`

- ❌ **invalid hook**: `code path=a.py contains=don't` (`specs/cart/tasks.md:41`), a quote is not closed

What would help:

- Correct the hook in specs/cart/tasks.md:41: HINT

### TASK-007: Title 7

`not known`, not ticked, `specs/cart/tasks.md:70`

- ❔ **not looked at**: `docs path=README.md` (`specs/cart/tasks.md:71`)

## Problems

- `specs/cart/tasks.md:41` error: a quote is not closed; close it

## Weak Evidence

These hooks hold, and prove little: they ask of a file only to be there, name something that may not be
defined in it, or have a command that was not run.

- `TASK-003`: `code path=src/b.py` (`specs/cart/tasks.md:31`)

## Verified

- ✅ `TASK-003` Keep \\*stars\\* \\| and \\<b\\> more (not ticked)
- ✅ `TASK-006` Title 6
"""


def test_the_page_reads_like_this() -> None:
    hint = suggest(MIXED[3])[0].partition(":41: ")[2]

    assert as_text(report(*MIXED, problems=(UNCLOSED,))) == PAGE.replace("HINT", hint)


def test_a_page_without_tasks_says_so() -> None:
    made = as_text(report())

    assert made.endswith("## Verified\n\nNone.\n")
    assert "## Critical" not in made
    assert "## Not Verified" not in made


def test_a_weak_hook_that_was_refused_is_shown_with_its_task() -> None:
    made = as_text(report(task(3, "no_evidence", WEAK)))

    assert "- ⚠️ **holds weakly**: `code path=src/b.py` (`specs/cart/tasks.md:31`)\n" in made


def test_a_project_can_have_a_page_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "verification.md.j2").write_text("{{ report.totals.verified }} of {{ report.totals.tasks }}")

    assert as_text(report(*MIXED), tmp_path) == "2 of 7"


def test_a_mistake_in_such_a_page_has_a_line(tmp_path: Path) -> None:
    (tmp_path / "verification.md.j2").write_text("one\n{{ nothing.at.all }}\n")

    with pytest.raises(SourceError) as caught:
        as_text(report(*MIXED), tmp_path)

    assert str(caught.value) == (
        f"{tmp_path}/verification.md.j2:2: error: this template cannot be rendered: 'nothing' is undefined"
    )


NASTY = st.text(alphabet=st.sampled_from("#*_`<>[]|&~-\n\r\t{}%$! x\x1b\u202e"), max_size=20)


@settings(max_examples=60, deadline=None)
@given(title=NASTY, payload=NASTY, detail=NASTY, finding=st.sampled_from(FINDINGS))
def test_data_never_becomes_markup(title: str, payload: str, detail: str, finding: str) -> None:
    plain = task(1, finding, hook("code x", 1, "x", detail="x"), title="x", similar=(Candidate("x", 90),))
    spoiled = hook(f"code {payload}", 1, f"x{detail}", detail=f"x{detail}")
    nasty = task(1, finding, spoiled, title=f"x{title}", similar=(Candidate(f"x{title}", 90),))

    assert structure(as_text(report(nasty))) == structure(as_text(report(plain)))
    assert not {"\x1b", "\u202e", "\r"} & set(as_text(report(nasty)))


def structure(page: str) -> list[str]:
    tokens = MarkdownIt("commonmark", {"html": True}).parse(page)
    inner = [child.type for token in tokens for child in token.children or ()]
    kept = {"html_inline", "link_open", "image", "strong_open", "em_open"}
    return [token.type for token in tokens] + sorted(kept & set(inner))

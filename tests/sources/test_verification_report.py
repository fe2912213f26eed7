"""Reports of a verification, in whichever layout, mean the same; broken ones are problems."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.errors import Severity
from batchexec.markdown import Excerpt
from batchexec.model import Candidate
from batchexec.sources.checklist import Checklist, parse_checklist
from batchexec.sources.report_entries import finding_of
from batchexec.sources.verification_report import ReportReading, complete, parse_report, read_report
from batchexec.verification import CheckedHook, CheckedTask, Verification, priority_of
from batchexec.verification.document import as_json

if TYPE_CHECKING:
    from pathlib import Path

TASKS = "specs/tasks.md"
LIST = parse_checklist(
    Excerpt.of(
        TASKS,
        b"""\
- [x] TASK-001 Add login
  - evidence: code path=src/login.py symbol=login
- [x] TASK-002 Limit requests
  - evidence: code path=src/limit.py symbol=Limit
  - evidence: test path=tests/test_limit.py
- [ ] TASK-003 Describe it
- [ ] AUTH-17 Rename it
  - evidence: code path=src/names.py
- [ ] T005 Look at it
  - evidence: ui path=a.html selector=#x
- [ ] T006 Mend the hook
  - evidence: code path=a contains=don't
""",
    )
)
TRUTH = {
    "TASK-001": ("verified", True),
    "TASK-002": ("missing_tests", True),
    "TASK-003": ("no_evidence", False),
    "AUTH-17": ("naming_issue", False),
    "T005": ("needs_manual", False),
    "T006": ("invalid_evidence", False),
}
"""What each layout below is made from: finding and tick of every task."""


def source(text: str) -> Excerpt:
    return Excerpt.of("summary.json", text.encode())


def read(report: object, checklist: Checklist = LIST) -> ReportReading:
    text = report if isinstance(report, str) else json.dumps(report)
    return parse_report(source(text), checklist, TASKS)


def states(verification: Verification) -> list[tuple[str, bool, bool]]:
    return [(task.id, task.ticked, task.verified) for task in verification.tasks]


def findings(verification: Verification) -> list[tuple[str, str, int | None]]:
    return [(task.id, task.finding, task.priority) for task in verification.tasks]


def truth() -> Verification:
    tasks = []
    for entry in LIST.entries.values():
        finding, ticked = TRUTH[entry.id]
        unlooked = next(task for task in read({"tasks": []}).verification.tasks if task.id == entry.id).hooks
        hooks = tuple(
            CheckedHook(raw=h.raw, location=h.location, hook=h.hook, ok=finding == "verified", reason="odd")
            for h in unlooked
        )
        tasks.append(
            CheckedTask(
                id=entry.id,
                title=entry.title,
                location=entry.location,
                ticked=ticked,
                finding=finding,
                priority=priority_of(finding, ticked=ticked),
                hooks=hooks,
            )
        )
    return Verification(tasks_path=TASKS, tasks=tuple(tasks))


def ours() -> dict[str, Any]:
    return as_json(truth(), run_id="20261121_100000", generated_at="2026-11-21 10:00:00", version="0.1.0")


def s1() -> dict[str, Any]:
    tasks = [
        {"task_id": i, "checked": tick, "verified": f == "verified", "category": f}
        for i, (f, tick) in TRUTH.items()
    ]
    return {"totals": {"tasks": 6, "verified": 1}, "tasks": tasks}


def s2() -> dict[str, Any]:
    tasks = [
        {
            "task_id": i,
            "checkbox_state": "x" if tick else " ",
            "category": f,
            "priority": 3,
            "code_path": "other.py",
            "similar_files": [{"file": "src/name.py", "similarity": 91}],
        }
        for i, (f, tick) in TRUTH.items()
    ]
    return {"totals": {"total_tasks": 6}, "tasks": tasks}


def s3() -> dict[str, Any]:
    tasks = [{"id": i, "ok": f == "verified", "why": "so"} for i, (f, _) in TRUTH.items()]
    return {"total": 6, "tasks": tasks}


S4_WORDS = {
    "missing_tests": "not_verified",
    "no_evidence": "missing_evidence",
    "naming_issue": "naming_violation",
    "invalid_evidence": "invalid_scope",
}


def s4() -> dict[str, Any]:
    results = [
        {"task_id": i, "checked": tick, "verified": f == "verified", "status": S4_WORDS.get(f, f)}
        for i, (f, tick) in TRUTH.items()
    ]
    return {"totals": {"tasks": 6, "verified": 1}, "results": results}


def s5() -> dict[str, Any]:
    more = {
        "confidence": "high",
        "why": "so",
        "evidence": ["code path=bad.py"],
        "suggested_hooks": ["evidence: code path=wrong.py symbol=Wrong"],
        "next_steps": ["write wrong.py"],
    }
    report = s4()
    report["results"] = [entry | more for entry in report["results"]]
    return report


LAYOUTS = [ours, s1, s2, s3, s4, s5]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_results_give_the_same_ids_ticks_and_states_in_every_layout(layout: Any) -> None:
    reading = read(layout())

    assert reading.problems == ()
    assert states(reading.verification) == [(i, tick, f == "verified") for i, (f, tick) in TRUTH.items()]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_the_same_once_it_is_completed(layout: Any) -> None:
    completed = complete(read(layout()).verification, truth())

    assert findings(completed) == findings(truth())
    assert [task.hooks for task in completed.tasks] == [task.hooks for task in truth().tasks]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_titles_lines_and_hooks_come_from_the_list_and_never_from_suggestions(layout: Any) -> None:
    tasks = read(layout()).verification.tasks

    assert [(task.title, task.location) for task in tasks] == [
        (entry.title, entry.location) for entry in LIST.entries.values()
    ]
    assert [hook.raw for task in tasks for hook in task.hooks] == [
        line.payload for entry in LIST.entries.values() for line in entry.hooks
    ]


@pytest.mark.parametrize("layout", [s3, s4])
def test_what_a_layout_cannot_name_stays_unknown(layout: Any) -> None:
    by_id = {task.id: task for task in read(layout()).verification.tasks}

    assert (by_id["TASK-002"].finding, by_id["TASK-002"].priority) == ("", None)
    assert by_id["TASK-001"].finding == "verified"


def test_our_own_report_comes_back_as_it_was() -> None:
    reading = read(ours())

    assert reading.verification == truth()
    assert reading.problems == ()


def test_a_priority_in_a_report_is_not_believed() -> None:
    assert [task.priority for task in read(s2()).verification.tasks] == [None, 1, None, 4, None, None]


def test_hooks_are_not_looked_at_where_a_report_tells_of_tasks_only() -> None:
    hooks = [hook for task in read(s1()).verification.tasks for hook in task.hooks]

    assert {hook.ok for hook in hooks} == {None}
    assert [hook.raw for hook in hooks if hook.hook is None] == ["code path=a contains=don't"]


def test_similar_files_are_read() -> None:
    files = [
        {"file": "a.py", "similarity": 90.6},
        {"file": "b.py"},
        {"file": "c.py", "similarity": 1e300},
        {"file": "d.py", "similarity": -3},
        {"file": "e.py", "similarity": True},
        {"similarity": 3},
        "f.py",
    ]
    reading = read({"tasks": [{"task_id": "AUTH-17", "category": "naming_issue", "similar_files": files}]})

    similar = {task.id: task.similar for task in reading.verification.tasks}["AUTH-17"]
    assert similar == (
        Candidate("a.py", 90),
        Candidate("b.py", 0),
        Candidate("c.py", 100),
        Candidate("d.py", 0),
        Candidate("e.py", 0),
    )


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        ({"verified": True}, "verified"),
        ({"verified": False}, ""),
        ({"ok": True, "verified": None}, "verified"),
        ({"category": "01-Missing-Test.md"}, "missing_tests"),
        ({"category": "symbol_issues", "verified": False}, "symbol_issue"),
        ({"category": None, "status": "naming_violation"}, "naming_issue"),
        ({"category": "", "status": "Missing Evidence"}, "no_evidence"),
        ({"status": "not_verified", "category": "content_issue"}, "content_issue"),
        ({"status": "verified", "category": "verified"}, "verified"),
        ({"category": "uncategorised"}, ""),
        ({"category": None}, ""),
    ],
)
def test_a_finding_is_read_from_whatever_tells_it(entry: dict[str, Any], finding: str) -> None:
    reading = read({"tasks": [{"id": "AUTH-17"} | entry]})

    assert {task.id: task.finding for task in reading.verification.tasks}["AUTH-17"] == finding
    assert [problem for problem in reading.problems if problem.severity is not Severity.NOTICE] == []


@pytest.mark.parametrize(
    ("word", "finding"),
    [
        ("verified", "verified"),
        ("not_verified", ""),
        ("missing_evidence", "no_evidence"),
        ("invalid_evidence", "invalid_evidence"),
        ("invalid_scope", "invalid_evidence"),
        ("needs_manual", "needs_manual"),
        ("naming_issue", "naming_issue"),
        ("naming_violation", "naming_issue"),
        ("done", None),
    ],
)
def test_every_status_word_has_its_finding(word: str, finding: str | None) -> None:
    assert finding_of(word) == finding


@pytest.mark.parametrize(
    ("entry", "ticked"),
    [
        ({"checked": True}, True),
        ({"checked": False, "checkbox_state": "x"}, False),
        ({"checked": None, "checkbox_state": "X"}, True),
        ({"checkbox_state": "[ ]"}, False),
        ({"checkbox_state": ""}, False),
        ({}, True),
    ],
)
def test_a_tick_is_the_reports_and_else_the_lists(entry: dict[str, Any], ticked: bool) -> None:
    reading = read({"tasks": [{"id": "TASK-001", "ok": True} | entry]})

    assert reading.verification.tasks[0].ticked is ticked


def test_ids_match_in_any_case_and_are_written_as_in_the_list() -> None:
    reading = read({"tasks": [{"id": " task-001 ", "ok": True}]})

    assert reading.verification.tasks[0].id == "TASK-001"
    assert reading.verification.tasks[0].verified


def test_what_was_found_of_other_hooks_is_unknown() -> None:
    report = ours()
    report["tasks"][0]["hooks"][0]["raw"] = "code path=src/login.py"
    task = read(report).verification.tasks[0]

    assert (task.finding, task.hooks[0].ok) == ("", None)


def test_a_hook_that_only_moved_keeps_the_tasks_finding() -> None:
    report = ours()
    report["tasks"][0]["hooks"][0]["line"] = 99
    task = read(report).verification.tasks[0]

    assert (task.finding, task.hooks[0].ok) == ("verified", None)


def test_a_task_that_the_list_lacks_is_kept_with_its_paths() -> None:
    entry = {
        "task_id": "TASK-099",
        "title": "New",
        "checkbox_state": "x",
        "category": "missing_tests",
        "code_path": "src/a b.py",
        "code_symbol": "A",
        "code_contains": 'say "hi\\n"',
        "test_path": "tests/test_a.py",
        "test_symbol": "test_a",
    }
    reading = read({"tasks": [entry]})
    task = reading.verification.tasks[-1]

    assert (task.id, task.title, task.ticked, task.priority) == ("TASK-099", "New", True, 1)
    assert [(h.hook.path, h.hook.symbol, h.hook.contains) for h in task.hooks if h.hook] == [
        ("src/a b.py", "A", 'say "hi\\n"'),
        ("tests/test_a.py", None, None),
    ]
    assert str(reading.problems[0]) == (
        "summary.json:1: warning: not in specs/tasks.md: TASK-099; verify again"
    )


def test_tasks_that_the_report_lacks_are_unknown() -> None:
    reading = read({"tasks": [{"id": "T006", "ok": True}]})

    assert findings(reading.verification)[:2] == [("TASK-001", "", None), ("TASK-002", "", None)]
    assert [str(problem) for problem in reading.problems] == [
        (
            "summary.json:1: notice: in specs/tasks.md and not in the report: "
            "TASK-001, TASK-002, TASK-003, AUTH-17, T005; verify again"
        )
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1: error: this is not JSON: Expecting value; verify again"),
        (
            '{"tasks": [\n{"id": "T1",\n]}',
            "3: error: this is not JSON: Expecting property name enclosed in double quotes; verify again",
        ),
        ('{"total": NaN}', "1: error: this is not usable JSON: NaN is no number of JSON; verify again"),
        ("[" * 100_000, "1: error: this is not usable JSON: it is nested too deeply; verify again"),
        ("[]", "1: error: the report is no JSON object; give the summary.json of a verification"),
        (
            "{}",
            (
                "1: error: there is no list 'tasks' or 'results' in the report, it is empty; "
                "give the summary.json of a verification"
            ),
        ),
        (
            '{"tests": 3, "tasks": {}}',
            (
                "1: error: there is no list 'tasks' or 'results' in the report, its keys are tests, tasks; "
                "give the summary.json of a verification"
            ),
        ),
        (
            '{"results": [{"id": "a", "outcome": "passed"}]}',
            (
                "1: error: no entry says how its task came out, by none of verified, ok, category, status; "
                "give the summary.json of a verification"
            ),
        ),
        (
            '{"results": [], "operations": [], "verification_before": null}',
            "1: error: this is the report of a run; give the summary.json of a verification",
        ),
    ],
)
def test_a_report_that_cannot_be_used_is_an_error_and_all_is_unknown(text: str, problem: str) -> None:
    reading = read(text)

    assert [str(one) for one in reading.problems] == [f"summary.json:{problem}"]
    assert {finding for _, finding, _ in findings(reading.verification)} == {""}
    assert len(reading.verification.tasks) == len(TRUTH)


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        ({"tasks": [3]}, "error: entry 1 of the list is no object; verify again"),
        ({"tasks": [{"ok": True}]}, "error: entry 1 of the list has no id; verify again"),
        ({"tasks": [{"id": " ", "ok": True}]}, "error: entry 1 of the list has no id; verify again"),
        ({"tasks": [{"id": 7, "ok": True}]}, "error: the id of entry 1 is no text; verify again"),
        (
            {"tasks": [{"id": "T005", "ok": True}, {"id": "t005", "ok": False}]},
            "error: t005 is in the list twice; verify again",
        ),
        (
            {"tasks": [{"id": "T005", "ok": "yes"}]},
            "warning: T005: 'ok' is neither true nor false; verify again",
        ),
        (
            {"tasks": [{"id": "T005", "ok": True, "checked": "x"}]},
            "warning: T005: 'checked' is neither true nor false; verify again",
        ),
        (
            {"tasks": [{"id": "T005", "ok": True, "checkbox_state": "?"}]},
            "warning: T005: 'checkbox_state' is neither 'x' nor ' '; verify again",
        ),
        (
            {"tasks": [{"id": "T005", "category": "broken"}]},
            "warning: T005: 'category' is 'broken', which is no finding; verify again",
        ),
        (
            {"tasks": [{"id": "T005", "status": 3}]},
            "warning: T005: 'status' is no text, which is no finding; verify again",
        ),
        (
            {"tasks": [{"id": "T005", "ok": True, "category": "missing_tests"}]},
            "warning: T005: it is said to be verified and not to be; verify again",
        ),
        (
            {"totals": {"tasks": 2}, "tasks": [{"id": "T005", "ok": True}]},
            "warning: totals.tasks is 2, but the list holds 1; verify again",
        ),
        (
            {"totals": {"verified": 0}, "tasks": [{"id": "T005", "ok": True}]},
            "warning: totals.verified is 0, but the list holds 1; verify again",
        ),
        (
            {"total": "1", "tasks": [{"id": "T005", "ok": True}]},
            "warning: total is no number; verify again",
        ),
        (
            '{"tasks": [{"id": "T005", "ok": true, "ok": false}]}',
            "error: a key is there twice in one object: ok; verify again",
        ),
    ],
)
def test_what_is_odd_about_a_report_is_said(report: object, problem: str) -> None:
    only = parse_checklist(Excerpt.of(TASKS, b"- [ ] T005 Look at it\n"))
    said = [str(one) for one in read(report, only).problems if one.severity is not Severity.NOTICE]

    assert said == [f"summary.json:1: {problem}"]


def test_contradictions_are_unknown() -> None:
    reading = read({"tasks": [{"id": "T005", "ok": True, "category": "missing_tests"}]})

    assert {task.finding for task in reading.verification.tasks} == {""}


def test_problems_are_not_repeated_without_end() -> None:
    reading = read({"tasks": [3] * 5000})

    assert len(reading.problems) == 100


def test_a_list_without_tasks_is_not_compared() -> None:
    reading = read({"tasks": [{"id": "T005", "ok": True}]}, Checklist())

    assert reading.problems == ()
    assert states(reading.verification) == [("T005", False, True)]


def test_problems_of_the_list_are_those_of_the_verification() -> None:
    twice = parse_checklist(Excerpt.of(TASKS, b"- [ ] T005 a\n- [ ] T005 b\n"))

    assert read({"tasks": []}, twice).verification.problems == twice.problems


def test_a_file_is_read_with_a_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(s1(), indent=1).replace("\n", "\r\n").encode())

    assert read_report(path, LIST, TASKS) == read(s1())


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    reading = read_report(tmp_path / "none.json", LIST, TASKS)

    assert [str(one) for one in reading.problems] == [
        "none.json:1: error: cannot be read: No such file or directory"
    ]
    assert len(reading.verification.tasks) == len(TRUTH)


def test_a_huge_file_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    with path.open("wb") as opened:
        opened.truncate(20_000_001)

    assert [str(one) for one in read_report(path, LIST, TASKS).problems] == [
        "summary.json:1: error: the file is larger than 20 MB; split it"
    ]


def test_completing_keeps_what_a_report_tells() -> None:
    told = read({"tasks": [{"id": "TASK-002", "checked": False, "category": "missing_code"}]}).verification
    completed = complete(told, truth()).tasks[1]

    assert (completed.finding, completed.ticked, completed.priority) == ("missing_code", False, 2)
    assert {hook.ok for hook in completed.hooks} == {False}


def test_completing_weighs_a_new_finding_by_the_reports_tick() -> None:
    told = read({"tasks": [{"id": "TASK-002", "checked": False, "ok": False}]}).verification

    assert findings(complete(told, truth()))[1] == ("TASK-002", "missing_tests", 2)


def test_completing_leaves_what_nobody_knows() -> None:
    told = read({"tasks": [{"id": "TASK-099", "ok": False}]}).verification

    assert complete(told, Verification(tasks_path=TASKS, tasks=())) == told


KEYS = [
    *("tasks", "results", "totals", "total", "total_tasks", "task_id", "id", "title", "checked"),
    *("checkbox_state", "verified", "ok", "category", "status", "hooks", "raw", "line", "reason", "detail"),
    *("similar_files", "file", "similarity", "suggestions", "code_path", "code_symbol", "test_path"),
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8)
WORDS = st.sampled_from(["T005", "task-001", "x", " ", "verified", "missing_tests", "\ud800", "a'\"\\"])
VALUES = st.recursive(
    LEAVES | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_no_json_breaks_the_reader(value: object) -> None:
    reading = parse_report(source(json.dumps(value)), LIST, TASKS)

    assert len(reading.verification.tasks) >= len(TRUTH)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), max_size=4), VALUES)
def test_no_entries_break_the_reader_and_what_is_read_can_be_written(entries: object, totals: object) -> None:
    reading = read({"totals": totals, "tasks": entries})
    written = as_json(reading.verification, run_id="1", generated_at="", version="")

    assert len(reading.verification.tasks) >= len(TRUTH)
    assert json.dumps(written, allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading = parse_report(Excerpt("summary.json", tuple(text.split("\n"))), LIST, TASKS)

    assert len(reading.verification.tasks) == len(TRUTH)

"""The ways people write a tasks.md, read as ids, titles, ticks and hooks."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.markdown import Excerpt
from batchexec.sources import ids
from batchexec.sources.checklist import Checklist, claims, parse_checklist, read_checklist


def checklist(text: str) -> Checklist:
    return parse_checklist(Excerpt.of("tasks.md", text.encode()))


def tasks(text: str) -> list[tuple[str, str, bool]]:
    return [(entry.id, entry.title, entry.ticked) for entry in checklist(text).entries.values()]


def hooks(text: str) -> dict[str, list[str]]:
    return {entry.id: [hook.payload for hook in entry.hooks] for entry in checklist(text).entries.values()}


def problems(text: str) -> list[str]:
    return [str(problem) for problem in checklist(text).problems]


ORPHAN = "an evidence hook without a task; put it below the task it belongs to"
BOX = "write `- [ ]` or `- [x]` in front of"


def orphan(line: int, text: str) -> str:
    said = f"an evidence hook without a task: line {line}, {text!r}, was not read as a task"
    return f"{said}; write `- [ ] TASK-001 Title`"


EXAMPLE = """\
# Tasks

| Field | Value |
|---|---|
| Spec | cart |

## Tasks

### Phase 1: Totals

- [x] TSK-CART-001 Compute cart totals
  evidence: code path=src/cart/totals.py symbol=CartTotals
  - [ ] rounds half up
  - evidence: test path=tests/cart/test_totals.py contains="test_total"
  implements: US-1
  t_ref: T-7
  acceptance: AC-1
- [ ] TSK-CART-002 Show them
"""


def test_a_list_of_boxes_with_hooks() -> None:
    assert tasks(EXAMPLE) == [
        ("TSK-CART-001", "Compute cart totals", True),
        ("TSK-CART-002", "Show them", False),
    ]
    first = checklist(EXAMPLE).entries["TSK-CART-001"]
    assert [(hook.payload, hook.location.line) for hook in first.hooks] == [
        ("code path=src/cart/totals.py symbol=CartTotals", 12),
        ('test path=tests/cart/test_totals.py contains="test_total"', 14),
    ]
    assert (str(first.location), first.box) == ("tasks.md:11", "x")
    assert first.criteria == ("rounds half up",)
    assert problems(EXAMPLE) == []


def test_the_page_for_users_shows_what_is_read() -> None:
    page = (Path(__file__).parents[2] / "docs/tasks-md.md").read_text(encoding="utf-8")
    first, nested, heading, hook, last = re.findall(r"```markdown\n(.*?)```", page, re.DOTALL)
    assert {task: len(claimed) for task, claimed in hooks(first).items()} == {
        "TSK-CART-001": 2,
        "TSK-CART-002": 0,
    }
    assert [found[0] for found in tasks(nested)] == ["AUTH-17", "AUTH-18"]
    assert tasks(heading) == [("TSK-AUTH-057", "Lock after five tries", True)]
    assert hooks(f"- [ ] T1 a\n  {hook}") == {"T1": ["code path=src/cart/totals.py symbol=CartTotals"]}
    assert len(hooks(last)["TSK-CART-003"]) == 2


def test_the_page_for_users_shows_how_items_of_a_list_are_read() -> None:
    page = (Path(__file__).parents[2] / "docs/tasks-md.md").read_text(encoding="utf-8")
    table = page.partition("| item | read as |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = [re.findall(r"(`+)(.+?)\1", row)[:2] for row in table.split("\n")]
    assert [claims.parse_hook(item.strip(), in_list=True) for (_, item), _ in rows] == [
        payload for _, (_, payload) in rows
    ]
    assert len(rows) == 6


@pytest.mark.parametrize(
    "line",
    [
        "- [ ] TASK-1 Title",
        "* [ ] TASK-1: Title",
        "+ [ ] TASK-1 - Title",
        "1. [ ] TASK-1 – Title",
        "1) [ ] **TASK-1** Title",
        "- [ ] **TASK-1 Title**",
        "- [ ] **TASK-1**: Title",
        "- [ ] `TASK-1` Title",
        "- [ ] TASK-1 [P] [US1] Title",
        "- [ ] **TASK-1 [P0]**: Title",
        "- ⬜ TASK-1 Title",
        "- ☐ TASK-1 Title",
        "- 🔲 TASK-1 Title",
        "- ⬜\ufe0f TASK-1 Title",
        "- [ ] TASK-1：Title",
        "- [ ]\tTASK-1\tTitle",
        "- [ ] [TASK-1] Title",
        "- [ ] [TASK-1]: Title",
        "- [ ] [TASK-1](url) Title",
        "- [ ] **[TASK-1]** [P] Title",
        "- [ ] [P] TASK-1 Title",
        "- [ ] [P] [US1] [TASK-1] Title",
        "- [ ] TASK-1, Title",
        "- [ ] TASK-1. Title",
        "- [ ] TASK-1) Title",
        "- [ ]* TASK-1 Title",
    ],
)
def test_an_id_stands_after_its_box_without_punctuation(line: str) -> None:
    assert tasks(line) == [("TASK-1", "Title", False)]


@pytest.mark.parametrize(
    "task_id", ["T001", "T12.1", "T5a", "AUTH-17", "FR_014", "SSP-WEB-003-TASK-002", "US-1.2b", "a.b-7"]
)
def test_ids_have_many_forms(task_id: str) -> None:
    assert tasks(f"- [x] {task_id} Title") == [(task_id, "Title", True)]


TID = re.compile(
    r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)*[-_]\d+(?:\.\d+)*[a-z]?|T\d{1,5}(?:\.\d+)?[a-z]?"
)


@given(st.text(alphabet="TAa1-_.é", max_size=12))
def test_an_id_has_the_form_the_documentation_shows(word: str) -> None:
    assert ids.is_listed_id(word) == (TID.fullmatch(word) is not None)


@pytest.mark.parametrize("box", ["[x]", "[X]", "✅", "☑", "☑\ufe0f", "✔", "✔\ufe0f"])
def test_a_box_may_be_ticked_in_many_ways(box: str) -> None:
    assert tasks(f"- {box} TASK-1 T")[0][2]


@pytest.mark.parametrize("box", ["~", "/", "-"])
def test_a_box_between_open_and_done_is_open_with_a_notice(box: str) -> None:
    assert tasks(f"- [{box}] TASK-1 T") == [("TASK-1", "T", False)]
    assert problems(f"- [{box}] TASK-1 T") == [
        f"tasks.md:1: notice: the box [{box}] is read as open; tick with [x]"
    ]


@pytest.mark.parametrize(
    "nested", ["TASK-2 b", "X_TSK_2 b", "SUBTASK-2a b", "T002 b", "T002a b", "AUTH-18 b", "auth-17-1 b"]
)
def test_a_nested_box_with_the_id_of_a_task_is_a_task(nested: str) -> None:
    text = f"- [ ] AUTH-17 a\n  - [x] {nested}\n    evidence: code path=b\n  evidence: code path=a\n"
    assert list(hooks(text).values()) == [["code path=a"], ["code path=b"]]


@pytest.mark.parametrize("nested", ["UTF-8 is read", "FR-014 holds", "no id"])
def test_any_other_nested_box_is_a_criterion_and_its_hooks_stay_with_the_task(nested: str) -> None:
    text = f"- [ ] TASK-1 a\n  - [x] {nested}\n    - evidence: code path=b\n- [ ] TASK-2 b\n"
    assert hooks(text) == {"TASK-1": ["code path=b"], "TASK-2": []}
    assert checklist(text).entries["TASK-1"].criteria == (nested,)
    assert problems(text) == []


def test_a_nested_box_is_known_by_a_task_that_comes_later() -> None:
    text = "- [ ] TASK-1 a\n  - [ ] AUTH-1 b\n## More\n  - [ ] AUTH-2 c\n"
    assert [found[0] for found in tasks(text)] == ["TASK-1", "AUTH-1", "AUTH-2"]


def test_a_box_without_an_id_ends_the_task_before_it() -> None:
    text = "- [ ] TASK-1 a\n- [ ] loose\n  - evidence: code path=b\n- [x] other\n"
    found = hooks(text)
    assert found.pop("TASK-1") == []
    assert list(found.values()) == [["code path=b"]]
    assert problems(text) == ["tasks.md:4: warning: 'other' has no id and is no task; write an id first"]


def test_where_no_box_has_an_id_each_is_a_task() -> None:
    (first, second) = tasks("- [ ] Do this\n- [x] Do that\n")
    assert (first[0][:6], first[1:], second[1:]) == ("tasks#", ("Do this", False), ("Do that", True))


def test_boxes_that_say_the_same_are_told_apart() -> None:
    (first, second, third) = tasks("- [ ] Do this\n- [x] Do this\n- [ ] Do this\n")
    assert (second, third) == ((f"{first[0]}-2", "Do this", True), (f"{first[0]}-3", "Do this", False))


def test_an_id_among_the_criteria_is_no_id_of_a_box() -> None:
    text = "- [ ] Do this\n  - [ ] UTF-8 is read\n- [ ] Do that\n"
    assert [found[1] for found in tasks(text)] == ["Do this", "Do that"]


def test_bullets_without_boxes_are_open_tasks_where_there_are_no_boxes() -> None:
    text = (
        "- AUTH-TASK-1: A\n  - [ ] UTF-8 holds\n- `AUTH-TASK-2`: B\n* **AUTH-TASK-3 [P0]**: C\n"
        "- AUTH-3: no\n- T001: no\n- TASK-4 no: colon\n"
    )
    assert tasks(text) == [
        ("AUTH-TASK-1", "A", False),
        ("AUTH-TASK-2", "B", False),
        ("AUTH-TASK-3", "C", False),
    ]
    assert [found[0] for found in tasks(f"{text}- [ ] TASK-9 boxed\n")] == ["TASK-9"]


@pytest.mark.parametrize(
    ("heading", "below", "ticked"),
    [
        ("### TSK-AUTH-057: t", "", False),
        ("### TSK-AUTH-057: t ✅", "", True),
        ("### [x] TSK-AUTH-057: t", "", True),
        ("### TSK-AUTH-057: t (done)", "", True),
        ("### TSK-AUTH-057: t", "**Status:** Completed", True),
        ("### TSK-AUTH-057: t", "- Status: ✅", True),
        ("### TSK-AUTH-057: t", "Status: not done", False),
        ("### TSK-AUTH-057: t", "Status: in progress", False),
        ("### TSK-AUTH-057: t", "Status: 80% complete", False),
        ("### TSK-AUTH-057: t", "Status: done, not tested", False),
        ("### TSK-AUTH-057: t", "Status: [ ] done", False),
        ("### TSK-AUTH-057: t", "Status: to be done", False),
        ("### TSK-AUTH-057: t", "**Status**: 🟢 Done in v1.2; notes below", True),
        ("### ✅ TSK-AUTH-057: t", "", True),
        ("### TSK-AUTH-057: t - done", "", True),
        ("### TSK-AUTH-057: t (Completed ✅)", "", True),
        ("### TSK-AUTH-057: t – ✅ COMPLETED", "", True),
        ("### TSK-AUTH-057: t (done) ✅", "", True),
        ("### TSK-AUTH-057: t [x]", "", True),
        ("### TSK-AUTH-057 [P] t", "", False),
        ("### TSK-AUTH-057 [P0] [US1]: t", "", False),
        ("### [P] TSK-AUTH-057: t", "", False),
        ("### TSK-AUTH-057: Verified badges", "", False),
        ("### TSK-AUTH-057: half-done", "", False),
        ("### TSK-AUTH-057: t (not done)", "", False),
        ("## Task 3: TSK-AUTH-057 - t", "", False),
    ],
)
def test_a_heading_may_be_a_task_whose_boxes_are_criteria(heading: str, below: str, *, ticked: bool) -> None:
    criteria = "- [x] works\n  - evidence: code path=a\n#### More\n- [ ] FR-1 holds\nevidence: docs path=b\n"
    text = f"{heading}\n{below}\n{criteria}"
    (entry,) = checklist(text).entries.values()
    assert (entry.id, entry.ticked) == ("TSK-AUTH-057", ticked)
    assert entry.title == "t" or heading.endswith(entry.title)
    assert [hook.payload for hook in entry.hooks] == ["code path=a", "docs path=b"]
    assert entry.criteria == ("works", "FR-1 holds")


def test_a_heading_that_says_task_may_have_an_id_of_any_form() -> None:
    text = "# TASK-9: the title of the file\n## Task 3: AUTH-17 Log in\n### AUTH-18: no\n## Task 4: no id\n"
    assert tasks(text) == [("AUTH-17", "Log in", False)]


def test_a_bullet_below_a_heading_task_names_a_task_and_is_none() -> None:
    text = "### TASK-1: a\n### TASK-2: b ✅\n- TASK-1: comes first\n- evidence: code path=b\n"
    assert hooks(text) == {"TASK-1": [], "TASK-2": ["code path=b"]}
    assert tasks(text)[1] == ("TASK-2", "b", True)


def test_a_box_with_the_id_of_a_task_ends_the_heading_task() -> None:
    text = "### TASK-1: a\n- [ ] TASK-2 b\n  evidence: code path=b\n## Notes\nevidence: code path=c\n"
    assert hooks(text) == {"TASK-1": [], "TASK-2": ["code path=b"]}
    assert problems(text) == [f"tasks.md:5: error: {ORPHAN}"]


@pytest.mark.parametrize(
    ("line", "payload"),
    [
        ("evidence: code path=a", "code path=a"),
        ("- evidence: code path=a", "code path=a"),
        ("- `evidence: code path=a`", "code path=a"),
        ("- **evidence:** code path=a", "code path=a"),
        ("- **Evidence**: `code path=a`", "code path=a"),
        ("- [ ] evidence: code path=a", "code path=a"),
        ("EVIDENCE: TEST path=a", "TEST path=a"),
        ("| **Evidence:** evidence: code path=a | x |", "code path=a"),
        ('| 1 | `evidence: code path=a regex="a\\|b"` |', 'code path=a regex="a|b"'),
        ("**Evidence:** `evidence: code path=a`", "code path=a"),
        ("**Evidence Hooks:** code path=a", "code path=a"),
        ("**evidence: code path=a**", "code path=a"),
        ("1. evidence: code path=a", "code path=a"),
        ("- ✅ evidence: code path=a", "code path=a"),
        ("evidence：code path=a", "code path=a"),
        ("evidence: code: src/a.py", "code path=src/a.py"),
        ("evidence: code src/a.py", "code src/a.py"),
        ('evidence: code path=a contains="evidence: x"', 'code path=a contains="evidence: x"'),
        ("evidence: ??? later", "??? later"),
        ("evidence: code path=don't", "code path=don't"),
        ("evidence: TODO add", "TODO add"),
        ("evidence: path=???", "path=???"),
        ("evidence: npm test", "npm test"),
        ("evidence: file_exists path=a", "file_exists path=a"),
        ("evidence: nonsense path=a", "nonsense path=a"),
        ("evidences: code path=a", "code path=a"),
        ("evidence : code path=a", "code path=a"),
        ("*Evidence:* code path=a", "code path=a"),
        ("_Evidence_: code path=a", "code path=a"),
        ("__Evidence :__ code path=a", "code path=a"),
        ("*evidence: code path=a*", "code path=a"),
        ("| **Evidence:** | code path=a |", "code path=a"),
        ("| **Evidence:** | x | `code path=a` |", "code path=a"),
    ],
)
def test_a_hook_is_what_follows_the_word(line: str, payload: str) -> None:
    assert hooks(f"- [ ] TASK-1 a\n  {line}\n") == {"TASK-1": [payload]}


@pytest.mark.parametrize(
    "line",
    [
        "Evidence: see PR #12",
        "Evidence: todos are kept",
        "the evidence: code path=a",
        "evidence:",
        "evidence code path=a",
        "implements: code path=a",
        "> evidence: code path=a",
        "<!-- evidence: code path=a -->",
        "| Evidence: see PR #12 |",
        "| evidence | code path=a |",
    ],
)
def test_a_note_is_no_hook(line: str) -> None:
    assert hooks(f"- [ ] TASK-1 a\n  {line}\n") == {"TASK-1": []}


@pytest.mark.parametrize(
    "label",
    [
        "**Evidence:**",
        "**Evidence Hooks:**",
        "- **Evidence**:",
        "#### Evidence Hooks",
        "evidence:",
        "**Evidence**",
        "*Evidences:*",
        "**Evidence** :",
    ],
)
@pytest.mark.parametrize(
    ("item", "payload"),
    [
        ("- evidence: code path=a", "code path=a"),
        ("- `evidence: code path=a`", "code path=a"),
        ("- code: path=a symbol=B", "code path=a symbol=B"),
        ("- code: src/a.py", "code path=src/a.py"),
        ("- **Code:** `src/a.py`", "code path=src/a.py"),
        ('- Code: src/a.py contains "total"', 'code path=src/a.py contains="total"'),
        ('- Code: `src/a b.py` contains `say "hi"`', r'code path="src/a b.py" contains="say \"hi\""'),
        ("- Code: src/a.py contains don't", 'code path=src/a.py contains="don\'t"'),
        ('- code: a contains "x" and "y"', r'code path=a contains="\"x\" and \"y\""'),
        (r"- Code: src/a.py regex class\s+X", r'code path=src/a.py regex="class\\s+X"'),
        ("- Docs: README.md heading Set up", 'docs path=README.md heading="Set up"'),
        ("- code: `path=a symbol=B`", "code path=a symbol=B"),
        ("- `code: path=a`", "code path=a"),
        ("- [x] code: src/a.py symbol=B", "code path=src/a.py symbol=B"),
        ("- code: src/a.py - the totals", "code path=src/a.py"),
        ("- code: `src/a.py` (new)", "code path=src/a.py"),
        ("- code: my notes.py", 'code path="my notes.py"'),
        ("- code: app/[id]/(auth)/page.tsx", "code path=app/[id]/(auth)/page.tsx"),
        ("- `code path=a symbol=B`", "code path=a symbol=B"),
        ("1. code: src/a.py", "code path=src/a.py"),
        ("- file: README.md", "file path=README.md"),
        ("- command: npm test", "command npm test"),
        ("- code: path=???", "code path=???"),
        ("- Verification: Run `npm test`", "npm test"),
        ("- Verification: Run npm test", "npm test"),
        ("- **Verification:** Run pytest tests/a.py -q.", "pytest tests/a.py -q"),
        ("- Verification: go test ./...", "go test ./..."),
        ("- Verification: Run `./check.sh` twice", "command ./check.sh"),
        ("- Verification: Run the app", "the app"),
        ("- 📄 `docs/my a.md`", 'docs path="docs/my a.md"'),
        ("- 📄 `tests/test_a.py`", "test path=tests/test_a.py"),
        ("- 📄 `tests/data/a.json`", "docs path=tests/data/a.json"),
        ("- [x] 📄 `src/a.py`", "code path=src/a.py"),
    ],
)
def test_a_list_below_an_evidence_label_holds_hooks(label: str, item: str, payload: str) -> None:
    text = f"### TASK-1: a\n{label}\n\n{item}\n\nRest.\n- code: not/a/hook.py\n"
    assert hooks(text) == {"TASK-1": [payload]}


@pytest.mark.parametrize(
    "item",
    [
        "- Verification: look at the page",
        "- Screenshot: see PR #12",
        "- implements: US-1",
        "- see `src/a.py`",
        "code: src/a.py",
    ],
)
def test_other_items_of_an_evidence_list_are_notes(item: str) -> None:
    assert hooks(f"### TASK-1: a\n**Evidence:**\n{item}\n") == {"TASK-1": []}


@pytest.mark.parametrize(
    "after",
    ["  - code: no.py", "- code: no.py", "  Text.\n    - code: no.py", "- [ ] TASK-2 b\n    - code: no.py"],
)
def test_an_evidence_list_ends_where_its_items_end(after: str) -> None:
    text = (
        f"- [ ] TASK-1 a\n  - **Evidence:**\n    - code: a.py\n      more of it\n    - code: b.py\n{after}\n"
    )
    assert hooks(text)["TASK-1"] == ["code path=a.py", "code path=b.py"]


@given(st.text(alphabet="ab \"'\\=`é", min_size=1, max_size=12))
def test_a_value_comes_back_from_its_quotes(value: str) -> None:
    assert shlex.split(f"contains={claims.quoted(value)}") == [f"contains={value}"]


def test_several_hooks_stand_in_one_row() -> None:
    text = "### TASK-1: a\n| x | evidence: code path=a<br>evidence: test path=b | `evidence: docs path=c` |\n"
    assert hooks(text) == {"TASK-1": ["code path=a", "test path=b", "docs path=c"]}


def test_hooks_never_count_for_a_neighbour() -> None:
    text = (
        "- [ ] TASK-1 a\n  - [ ] TASK-1.1 b\n    evidence: code path=b\n  evidence: code path=a\n"
        "- [ ] TASK-2 c\nevidence: code path=c\n## Notes\nevidence: code path=d\n"
    )
    assert hooks(text) == {
        "TASK-1": ["code path=a"],
        "TASK-1.1": ["code path=b"],
        "TASK-2": ["code path=c"],
    }
    assert problems(text) == [f"tasks.md:8: error: {ORPHAN}"]


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("- [ ] T1 a\n    - [ ] T2 b\n  - [ ] c\n      - HOOK\n", {"T1": 1, "T2": 0}),
        ("- [ ] T1 a\n    - [ ] T2 b\n  - note\n      HOOK\n", {"T1": 1, "T2": 0}),
        ("- [ ] T1 a\n  - [ ] T2 b\n  HOOK\n    HOOK\n", {"T1": 2, "T2": 0}),
        ("- [ ] T1 a\n  - [ ] T2 b\n   HOOK\n", {"T1": 0, "T2": 1}),
        ("- [ ] T1 a\n  - [ ] T2 b\nHOOK\n", {"T1": 0, "T2": 1}),
        ("- [ ] T1 a\n\t- [ ] T2 b\n\t\tHOOK\n\tHOOK\n", {"T1": 1, "T2": 1}),
        ("  - [ ] T1 a\n  - HOOK\n  - note\n    - HOOK\n", {"T1": 2}),
        ("- [ ] T1 a\n- note\n- HOOK\n", {"T1": 1}),
        ("- [ ] T1 a\n\nText.\n\nHOOK\n---\nHOOK\n", {"T1": 2}),
    ],
)
def test_a_hook_belongs_to_the_deepest_task_it_is_indented_under(text: str, owners: dict[str, int]) -> None:
    found = hooks(text.replace("HOOK", "evidence: code path=a"))
    assert {task_id: len(claimed) for task_id, claimed in found.items()} == owners


@pytest.mark.parametrize(
    "heading", ["# Notes", "###### Notes", "Notes\n=====", "Notes\n---", "More\nNotes\n---"]
)
def test_a_list_ends_at_any_heading(heading: str) -> None:
    text = f"- [ ] TASK-1 a\n\n{heading}\n  evidence: code path=b\n"
    assert hooks(text) == {"TASK-1": []}
    assert problems(text) == [f"tasks.md:{text.count(chr(10))}: error: {ORPHAN}"]


@pytest.mark.parametrize(
    "line",
    ["- [] TASK-2 b", "-[ ] TASK-2 b", "- [ ]TASK-2 b", "- [✓] TASK-2", "- 🚧 TASK-2 b", "[ ] TASK-2 b"],
)
def test_a_box_that_cannot_be_read_is_told_and_its_hooks_are_nobodys(line: str) -> None:
    text = f"- [ ] TASK-1 a\n{line}\n  - evidence: code path=b\n"
    assert hooks(text) == {"TASK-1": []}
    message = "TASK-2 has a box that cannot be read and is no task"
    hint = "write `- [ ]` or `- [x]` in front of the id"
    assert problems(text) == [
        f"tasks.md:2: warning: {message}; {hint}",
        f"tasks.md:3: error: {orphan(2, line)}",
    ]


@pytest.mark.parametrize("first", ["- [x] TASK-1 A", "- [x] Do A", "  - [x] Do A"])
@pytest.mark.parametrize(
    "line",
    [
        "- [✓] Do B",
        "- [✔\ufe0f] Do B",
        "- [done] Do B",
        "- [ ]Do B",
        "-[ ] Do B",
        "- [ ]",
        "2. [v] Do B",
        "– [x] Do B",
        "- 🚧 Do B",
        "- ✅Do B",
        "- 👷\u200d♂\ufe0f Do B",
    ],
)
def test_an_item_that_is_no_task_keeps_its_hooks_from_the_task_before(first: str, line: str) -> None:
    text = f"{first}\n{line}\n  evidence: code path=b\n"
    assert list(hooks(text).values()) == [[]]
    assert problems(text) == [
        f"tasks.md:2: warning: {line!r} is not read as a task; {BOX} its title",
        f"tasks.md:3: error: {orphan(2, line)}",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "**TASK-2: B**",
        "**TASK-2** B",
        "TASK-2: B",
        "TASK-2 B",
        "- TASK-2 B",
        "- ~~TASK-2~~ B",
        "- **TASK-2** B",
        "- [TASK-2](url) B",
        "• TASK-2 B",
    ],
)
def test_text_that_starts_with_the_id_of_a_task_ends_the_one_before(line: str) -> None:
    text = f"- [x] TASK-1 A\n{line}\n  evidence: code path=b\n"
    assert hooks(text) == {"TASK-1": []}
    assert problems(text) == [
        "tasks.md:2: warning: TASK-2 is not read as a task; write `- [ ] TASK-2 …`",
        f"tasks.md:3: error: {orphan(2, line)}",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "TASK-1 is due to start",
        "  TASK-2 comes first",
        "TASK-2-related notes",
        "TASK-2.",
        "T001–T003 come first",
        "UTF-8: read",
        "  - 🚧 note",
        "- [1] a reference",
        "- [the plan](plan.md)",
        "[plan]: plan.md",
        "✅ works",
    ],
)
def test_other_text_does_not_end_a_task(line: str) -> None:
    text = f"- [x] TASK-1 A\n{line}\n  evidence: code path=a\n"
    assert hooks(text) == {"TASK-1": ["code path=a"]}
    assert problems(text) == []


def test_an_item_with_a_number_like_that_of_the_tasks_ends_the_one_before() -> None:
    text = "- [x] AUTH-1 A\n- AUTH-2 B\n  HOOK\n- [ ] AUTH-3 C\n- UTF-8\n- HOOK\n"
    text = text.replace("HOOK", "evidence: code path=c")
    assert hooks(text) == {"AUTH-1": [], "AUTH-3": ["code path=c"]}


def test_text_that_is_set_off_ends_a_heading_task_and_other_text_does_not() -> None:
    text = "### TASK-1: A\nTASK-2 comes first.\nevidence: code path=a\n**TASK-3: C**\nevidence: code path=c\n"
    assert hooks(text) == {"TASK-1": ["code path=a"]}
    assert problems(text)[1:] == [f"tasks.md:5: error: {orphan(4, '**TASK-3: C**')}"]


def test_text_beside_the_nested_task_of_a_heading_ends_it() -> None:
    text = "### TASK-1: A\n- [x] TASK-1.1 B\nTASK-1.2 C\n  evidence: code path=c\n"
    assert hooks(text) == {"TASK-1": [], "TASK-1.1": []}
    assert problems(text)[1:] == [f"tasks.md:4: error: {orphan(3, 'TASK-1.2 C')}"]


def test_a_box_that_cannot_be_read_among_nested_ones_leaves_the_outer_task_open() -> None:
    text = "- [x] TASK-1 A\n  - [✓] TASK-1.1 B\n    HOOK b\n  - [ ] works\n  HOOK a\n"
    text = text.replace("HOOK ", "evidence: code path=")
    assert hooks(text) == {"TASK-1": ["code path=a"]}
    assert checklist(text).entries["TASK-1"].criteria == ("works",)


def test_a_label_that_is_explained_where_no_task_is_open_is_no_slip() -> None:
    assert problems("- [ ] TASK-1 A\n\n## Notes\n\n- [P] tasks run side by side\n- 🎯 the goal\n") == []


def test_a_row_about_another_task_has_no_hooks_for_this_one() -> None:
    row = "| TASK-2 | evidence: code path=b |"
    text = f"### TASK-1: A\n| TASK-1 | evidence: code path=a |\n{row}\n"
    assert hooks(text) == {"TASK-1": ["code path=a"]}
    assert problems(text) == [f"tasks.md:3: error: {orphan(3, row)}"]


@pytest.mark.parametrize("box", ["- [ ]*", r"- [ ]\*", "1. [ ]*"])
def test_a_box_with_an_asterisk_is_a_box(box: str) -> None:
    text = f"- [x] TASK-1 A\n{box} TASK-2 B\n  evidence: code path=b\n"
    assert hooks(text) == {"TASK-1": [], "TASK-2": ["code path=b"]}


def test_one_column_more_makes_no_part_of_the_task_above() -> None:
    text = (
        "- [x] TASK-1 A\n - [ ] TASK-2 B\n   - [ ] works\n   evidence: code path=b\n - [ ] loose\n - 🚧 C\n"
    )
    assert hooks(text) == {"TASK-1": [], "TASK-2": ["code path=b"]}
    assert checklist(text).entries["TASK-2"].criteria == ("works",)


def test_a_bullet_that_is_no_task_beside_boxes_keeps_its_hooks_from_them() -> None:
    text = "- [ ] TASK-1 a\n- TASK-2: b\n  - evidence: code path=b\n"
    assert hooks(text) == {"TASK-1": []}
    assert problems(text) == [
        "tasks.md:2: warning: TASK-2 is not read as a task; write `- [ ] TASK-2 …`",
        f"tasks.md:3: error: {orphan(2, '- TASK-2: b')}",
    ]


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        ("## AUTH-1: A ✅", orphan(3, "## AUTH-1: A ✅")),
        ("### Task 2: B", orphan(3, "### Task 2: B")),
        ("# Appendix", ORPHAN),
        ("## Appendix", ORPHAN),
        ("\nAppendix\n===", ORPHAN),
        ("\nAppendix\n---", ORPHAN),
    ],
)
def test_a_heading_task_ends_at_a_heading_beside_or_above_it(heading: str, message: str) -> None:
    text = f"## TASK-2: B\nevidence: code path=b\n{heading}\nevidence: code path=a\n"
    assert hooks(text) == {"TASK-2": ["code path=b"]}
    assert problems(text) == [f"tasks.md:{text.count(chr(10))}: error: {message}"]


def test_a_box_below_the_nested_task_of_a_heading_is_a_criterion_of_the_heading() -> None:
    text = (
        "### TASK-1: a\n- [x] TASK-1.1 b\n  evidence: code path=b\n- [ ] works\n  evidence: code path=a\n"
        "- [x] TASK-1.2 c\nevidence: code path=c\n- 🚧 sign\n  evidence: code path=d\n"
    )
    assert list(hooks(text).values()) == [["code path=a", "code path=d"], ["code path=b"], ["code path=c"]]
    assert checklist(text).entries["TASK-1"].criteria == ("works",)
    assert problems(text) == []


@pytest.mark.parametrize(
    "rest",
    ["symbol=Nope", "- symbol=Nope", "  `contains='two words'`", "path=b and more", "regex=a symbol=b"],
)
def test_a_hook_that_goes_on_below_is_an_error(rest: str) -> None:
    text = f"- [x] TASK-1 A\n  evidence: code path=src/cart.py\n  {rest}\n  {rest}\n\n  {rest}\n"
    message = "error: this looks like the rest of the hook above; write it on one line"
    assert problems(text) == [f"tasks.md:3: {message}", f"tasks.md:4: {message}"]


ALONE = "write it on a line of its own that starts with `evidence: `"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("evidence code path=a", ALONE),
        ("the evidence: code path=a", ALONE),
        ("- code path=a", ALONE),
        ("- [ ] evidence code path=a", ALONE),
        ("| evidence | code path=a |", ALONE),
        ("| **Evidence:** | src/a.py |", "write `evidence: code path=src/a.py`"),
        ("evidence: src/none.py", "write `evidence: code path=src/none.py`"),
        ("- Evidence: `tests/test_a.py`", "write `evidence: test path=tests/test_a.py`"),
        ("evidence: README.md, all of it", "write `evidence: docs path=README.md`"),
        ("**Evidence:** **Code:** `a`", "write `evidence: code path=…`"),
        ("- [ ] Evidence: src/a.py", "write `evidence: code path=src/a.py`"),
        ("**Evidence:**\n  - Tests: all of them", "write `evidence: test path=…`"),
        ("**Evidence:**\n  - **Documentation:** a", "write `evidence: docs path=…`"),
        ("**Evidence:**\n  - `src/a.py`", "write `evidence: code path=src/a.py`"),
        ("**Evidence:**\n  - code src/a.py", "write `evidence: code path=src/a.py`"),
    ],
)
def test_a_claim_with_a_slip_is_told(line: str, hint: str) -> None:
    text = f"- [x] TASK-1 A\n  {line}\n"
    assert hooks(text) == {"TASK-1": []}
    number = text.count("\n")
    assert problems(text) == [f"tasks.md:{number}: warning: this looks like evidence and is not read; {hint}"]


@pytest.mark.parametrize(
    "line", ["- [x] TASK-1 A evidence: code path=a", "## TASK-1: A (evidence: test path=a)"]
)
def test_a_claim_in_a_title_is_told(line: str) -> None:
    assert problems(line) == [f"tasks.md:1: warning: this looks like evidence and is not read; {ALONE}"]


@pytest.mark.parametrize(
    "line",
    [
        "Evidence: see PR #12",
        "Evidence: and/or",
        "Evidence: v1.2",
        "the evidence is in src/a.py",
        "> evidence code path=a",
        "set path=a in code path=b",
        "**Evidence:**\n  - Code reviewed by X",
        "**Evidence:**\n  - see `src/a.py`",
        "**Evidence:**\n  - Screenshot: a.png",
    ],
)
def test_what_claims_nothing_is_no_slip(line: str) -> None:
    assert problems(f"- [x] TASK-1 A\n  {line}\n") == []


@pytest.mark.parametrize(
    "item", ["- Code: `a.py`, `b.py`", "- **Code:** `a.py` and `b.py`", "- code: `a.py` `b.py`"]
)
def test_a_second_path_in_an_item_is_told(item: str) -> None:
    text = f"- [x] TASK-1 A\n  **Evidence:**\n  {item}\n"
    assert hooks(text) == {"TASK-1": ["code path=a.py"]}
    assert problems(text) == [
        "tasks.md:3: warning: only the first path of this line is read; write one item for each"
    ]


@pytest.mark.parametrize(
    ("line", "is_hook"),
    [
        ("make sure it works", False),
        ("Make sure, please", False),
        ("go to the page", False),
        ("node is up", False),
        ("make all tests pass", False),
        ("make all", True),
        ("make", True),
        ("go test ./...", True),
        ("make the path=a", True),
    ],
)
def test_prose_that_starts_like_a_command_is_a_note(line: str, *, is_hook: bool) -> None:
    assert hooks(f"- [x] T1 a\n  Evidence: {line}\n") == {"T1": [line] if is_hook else []}
    assert hooks("- [x] T1 a\n  **Evidence:**\n  - Verification: make sure it works\n") == {"T1": []}


@pytest.mark.parametrize(
    ("line", "payload"),
    [
        ("evidence: code path=a <!-- note -->", "code path=a"),
        ("- `evidence: code path=a` <!-- one --> <!-- two -->", "code path=a"),
        ('evidence: code path=a contains="<!-- x -->"', 'code path=a contains="<!-- x -->"'),
        ('evidence: code path=a contains="<!--" -->', 'code path=a contains="<!--" -->'),
        ('evidence: code path=a <!-- "x" -->', "code path=a"),
    ],
)
def test_a_comment_at_the_end_of_a_line_is_left_out(line: str, payload: str) -> None:
    assert hooks(f"- [ ] T1 a\n  {line}\n") == {"T1": [payload]}
    assert problems(f"- [ ] T1 a\n  {line}\n") == []


def test_a_comment_is_no_part_of_a_title() -> None:
    text = "- [x] TASK-1 A <!-- due -->\n## TASK-2: B ✅ <!-- due -->\n"
    assert tasks(text) == [("TASK-1", "A", True), ("TASK-2", "B", True)]


@pytest.mark.parametrize("line", ["<!-- note", "Text <!-- note"])
def test_a_comment_that_is_never_closed_is_told(line: str) -> None:
    message = "the comment that starts here does not end on this line, so what follows is read"
    text = f"- [x] TASK-1 A\n{line}\n- [x] TASK-2 B `<!--`\n"
    assert len(tasks(text)) == 2
    assert problems(text) == [f"tasks.md:2: warning: {message}; close it with -->"]


def test_a_file_with_nothing_but_carriage_returns_is_an_error() -> None:
    message = "a carriage return stands within this line, and does not end it"
    assert problems("- [x] TASK-1 A\r- [x] TASK-2 B\r") == [
        f"tasks.md:1: error: {message}; save the file with LF or CRLF at the ends of its lines"
    ]
    assert problems("- [x] TASK-1 A\r\r\n") == []


def test_fences_comments_and_front_matter_are_text() -> None:
    hidden = "---\ntitle: x\n---\n<!--\n- [ ] TASK-9 no\n-->\n```\n- [ ] TASK-8 no\n```\n"
    text = f"{hidden}- [ ] TASK-1 a\n  ```\n  evidence: code path=x\n  ```\n"
    assert hooks(text) == {"TASK-1": []}


def test_an_open_fence_is_an_error_at_its_opener() -> None:
    assert problems("- [ ] TASK-1 a\n```\n- [ ] TASK-2 b\n") == [
        "tasks.md:2: error: the block that starts here is never closed; close it with a fence of its own kind"
    ]


def test_a_byte_order_mark_and_crlf_are_fine() -> None:
    text = "\ufeff- [x] TASK-1 ไทย\r\n  evidence: code path=a\r\n"
    assert tasks(text) == [("TASK-1", "ไทย", True)]
    assert hooks(text) == {"TASK-1": ["code path=a"]}


def test_an_id_listed_twice_is_an_error_with_both_lines() -> None:
    assert problems("- [ ] TASK-1 a\n\n- [ ] task-1 b\n") == [
        "tasks.md:3: error: task-1 is listed twice, here and on line 1; give each task an id of its own"
    ]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("- TASK-4 no colon", "- TASK-4 no colon"),
        ("```\n- [ ] Do\n```", None),
        ("### AUTH-17: x", "### AUTH-17: x"),
        ("## Task 1: Set up", "## Task 1: Set up"),
        ("| 1 | **T001** | x |", "| 1 | **T001** | x |"),
        ("> - [x] T001 a", "> - [x] T001 a"),
        ("  ✅ TASK-1 " + "a" * 200, "✅ TASK-1 " + "a" * 71),
    ],
)
def test_without_a_task_the_lines_that_come_close_are_named(line: str, shown: str | None) -> None:
    where, shown = ("line 3", shown) if shown else ("line 4", "- [ ] Do")
    assert problems(f"# Tasks\n\n{line}\n")[-1] == (
        f"tasks.md:1: error: no task found, though these lines come close: {where}: {shown!r}; "
        "a task looks like `- [ ] TASK-001 Title`"
    )


def test_at_most_five_lines_come_close() -> None:
    assert problems("T001 a\n" * 9)[0].count("line ") == 5


@pytest.mark.parametrize("text", ["", "# Tasks\n\nNone yet.\n", "```\nT\n```\n", "task by task\n"])
def test_no_task_is_an_error(text: str) -> None:
    assert problems(text) == ["tasks.md:1: error: no task found; a task looks like `- [ ] TASK-001 Title`"]


def test_a_file_that_cannot_be_read_is_a_problem_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "tasks.md"
    path.write_bytes(b"- [ ] TASK-1 a\n\xff")
    assert [str(problem) for problem in read_checklist(path).problems] == [
        f"{path.relative_to(Path.cwd())}:2: error: byte 16 of the file (0xff) is not UTF-8; save it as UTF-8"
    ]


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, dict[str, list[str]]]:
    """Build a list of tasks, some nested, each with hooks of its own below it."""
    lines: list[str] = []
    expected: dict[str, list[str]] = {}
    for number in range(draw(st.integers(1, 8))):
        depth = 0 if number == 0 else draw(st.sampled_from([0, 0, 2]))
        task_id = f"TASK-{number}"
        box = draw(st.sampled_from(["[ ]", "[x]", "✅"]))
        lines.append(f"{' ' * depth}- {box} {task_id} Title")
        expected[task_id] = []
        for _ in range(draw(st.integers(0, 3))):
            below = " " * (depth + 2)
            lines.extend(
                below + more for more in draw(st.sampled_from([[], ["- [ ] FR-1 x"], ["Text."], [""]]))
            )
            payload = f"code path={len(lines)}"
            form = draw(st.sampled_from(["evidence: {}", "- `evidence: {}`", "| evidence: {} |"]))
            lines.append(below + form.format(payload))
            expected[task_id].append(payload)
        lines.extend(draw(st.sampled_from([[], ["## Heading"], [""]])) if depth == 0 else [])
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines), expected


@given(lists())
def test_every_hook_is_of_the_task_above_it(made: tuple[str, dict[str, list[str]]]) -> None:
    text, expected = made
    assert hooks(text) == expected
    assert problems(text) == []


@given(
    st.sampled_from(["- [x] TASK-1 A", "- [x] Do A", "### TASK-1: A\n- [x] TASK-1.1 B"]),
    st.sampled_from(["- ", "* ", "1. ", "• "]),
    st.sampled_from(["[✓] ", "[ ]", "[v] ", "[ x ] ", "🚧 ", "⏳", "TASK-2: ", "**TASK-2** ", "[TASK-2] "]),
    st.sampled_from(["", "\n", "More text.\n", "\n\nText.\n\n", "  - note\n"]),
    st.sampled_from(["", "  ", "    - "]),
)
def test_no_hook_below_an_item_that_is_no_task_is_of_the_item_before(
    first: str, marker: str, sign: str, between: str, lead: str
) -> None:
    text = f"{first}\n  evidence: code path=a\n{marker}{sign}Do\n{between}{lead}evidence: code path=b\n"
    assert "code path=b" not in next(claimed for claimed in hooks(text).values() if "code path=a" in claimed)


@settings(max_examples=300, deadline=2000)
@given(
    st.lists(
        st.one_of(
            st.text(alphabet="-*+ []xX1.:|`#TASK-é", max_size=20),
            st.sampled_from(["- [ ] TASK-1 a", "  - [x] b", "evidence: code path=a", "### TASK-2: c", "---"]),
            st.sampled_from(
                ["**Evidence:**", "- code: `", "- Verification: Run", "| evidence: x", "- [] T1"]
            ),
        ),
        max_size=20,
    )
)
def test_any_text_is_read_without_an_accident(lines: list[str]) -> None:
    checklist("\n".join(lines))


@pytest.mark.parametrize(
    "piece",
    [
        "- [ ] TASK-1",
        "- [ ] ",
        "evidence: ",
        "| evidence: ",
        "[P]",
        "A-",
        "T1.",
        "code: x contains ",
        "Verification: Run ",
        "`",
        "x - ",
        "[ ",
        "code: a\t",
        "<!-- ",
        "<!-- a -->",
        '<!--"-->',
        "[T] ",
        "**",
        "evidence code ",
        "symbol=a ",
        "*evidence* : ",
        "a/",
        "(done ",
        "🚧",
        "`a`, ",
        "\r",
    ],
)
def test_lines_of_any_length_take_no_time(piece: str) -> None:
    long = piece * 10_000
    text = f"- [ ] TASK-1 a\n**Evidence:**\n- {long}\n- code: {long}\n{long}\n- [ ] {long}\n### T1 {long}\n"
    start = time.process_time()
    checklist(text)
    assert time.process_time() - start < 1


def test_ten_thousand_tasks_take_no_time() -> None:
    text = "".join(f"- [ ] TASK-{n} Title\n  evidence: code path=a{n}\n" for n in range(10_000))
    start = time.process_time()
    assert len(checklist(text).entries) == 10_000
    assert time.process_time() - start < 3


def test_underlined_ids_end_the_task_before_them() -> None:
    found = checklist("- [x] TASK-1 A\n__TASK-3__ C\n- evidence: code path=b.py\n")
    assert [entry.hooks for entry in found.entries.values()] == [()]

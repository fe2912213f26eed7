"""The ways people write a tasks.md, read as ids, titles, ticks and hooks."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.markdown import Excerpt
from batchexec.sources.tasks_md import Checklist, parse_checklist, read_checklist


def checklist(text: str) -> Checklist:
    return parse_checklist(Excerpt.of("tasks.md", text.encode()))


def tasks(text: str) -> list[tuple[str, str, bool]]:
    return [(entry.id, entry.title, entry.ticked) for entry in checklist(text).entries.values()]


def hooks(text: str) -> dict[str, list[str]]:
    return {entry.id: [hook.payload for hook in entry.hooks] for entry in checklist(text).entries.values()}


def problems(text: str) -> list[str]:
    return [str(problem) for problem in checklist(text).problems]


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
    ],
)
def test_an_id_stands_after_its_box_without_punctuation(line: str) -> None:
    assert tasks(line) == [("TASK-1", "Title", False)]


@pytest.mark.parametrize(
    "task_id", ["T001", "T12.1", "T5a", "AUTH-17", "FR_014", "SSP-WEB-003-TASK-002", "US-1.2b", "a.b-7"]
)
def test_ids_have_many_forms(task_id: str) -> None:
    assert tasks(f"- [x] {task_id} Title") == [(task_id, "Title", True)]


@pytest.mark.parametrize("box", ["[x]", "[X]", "✅", "☑", "☑\ufe0f", "✔"])
def test_a_box_may_be_ticked_in_many_ways(box: str) -> None:
    assert tasks(f"- {box} TASK-1 T")[0][2]


@pytest.mark.parametrize("box", ["~", "/", "-"])
def test_a_box_between_open_and_done_is_open_with_a_notice(box: str) -> None:
    assert tasks(f"- [{box}] TASK-1 T") == [("TASK-1", "T", False)]
    assert problems(f"- [{box}] TASK-1 T") == [
        f"tasks.md:1: notice: the box [{box}] is read as open; tick with [x]"
    ]


@pytest.mark.parametrize("nested", ["TASK-2 b", "TSK-2 b", "T002 b", "AUTH-18 b"])
def test_a_nested_box_with_the_id_of_a_task_is_a_task(nested: str) -> None:
    text = f"- [ ] AUTH-17 a\n  - [x] {nested}\n    evidence: code path=b\n  evidence: code path=a\n"
    assert list(hooks(text).values()) == [["code path=a"], ["code path=b"]]


@pytest.mark.parametrize("nested", ["UTF-8 is read", "FR-014 holds", "no id"])
def test_any_other_nested_box_is_a_criterion_and_its_hooks_stay_with_the_task(nested: str) -> None:
    text = f"- [ ] TASK-1 a\n  - [x] {nested}\n    - evidence: code path=b\n- [ ] TASK-2 b\n"
    assert hooks(text) == {"TASK-1": ["code path=b"], "TASK-2": []}


def test_a_box_without_an_id_ends_the_task_before_it() -> None:
    text = "- [ ] TASK-1 a\n- [ ] loose\n  - evidence: code path=b\n- [x] other\n"
    found = hooks(text)
    assert found.pop("TASK-1") == []
    assert list(found.values()) == [["code path=b"]]
    assert problems(text) == ["tasks.md:4: warning: 'other' has no id and is no task; write an id first"]


def test_where_no_box_has_an_id_each_is_a_task() -> None:
    (first, second) = tasks("- [ ] Do this\n- [x] Do that\n")
    assert (first[0][:6], first[1:], second[1:]) == ("tasks#", ("Do this", False), ("Do that", True))


def test_bullets_without_boxes_are_open_tasks_where_there_are_no_boxes() -> None:
    text = "- AUTH-TASK-1: A\n- `AUTH-TASK-2`: B\n- AUTH-3: no\n- T001: no\n- TASK-4 no colon\n"
    assert tasks(text) == [("AUTH-TASK-1", "A", False), ("AUTH-TASK-2", "B", False)]
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
    ],
)
def test_a_heading_may_be_a_task_whose_boxes_are_criteria(heading: str, below: str, *, ticked: bool) -> None:
    criteria = "- [x] works\n  - evidence: code path=a\n#### More\n- [ ] FR-1 holds\nevidence: docs path=b\n"
    text = f"{heading}\n{below}\n{criteria}"
    (entry,) = checklist(text).entries.values()
    assert (entry.id, entry.ticked) == ("TSK-AUTH-057", ticked)
    assert [hook.payload for hook in entry.hooks] == ["code path=a", "docs path=b"]


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
        ("evidence: TODO add", "TODO add"),
        ("evidence: path=???", "path=???"),
        ("evidence: npm test", "npm test"),
        ("evidence: file_exists path=a", "file_exists path=a"),
        ("evidence: nonsense path=a", "nonsense path=a"),
    ],
)
def test_a_hook_is_what_follows_the_word(line: str, payload: str) -> None:
    assert hooks(f"- [ ] TASK-1 a\n  {line}\n") == {"TASK-1": [payload]}


@pytest.mark.parametrize(
    "line", ["Evidence: see PR #12", "the evidence: code path=a", "evidence:", "evidence code path=a"]
)
def test_a_note_is_no_hook(line: str) -> None:
    assert hooks(f"- [ ] TASK-1 a\n  {line}\n") == {"TASK-1": []}


@pytest.mark.parametrize(
    "label", ["**Evidence:**", "**Evidence Hooks:**", "- **Evidence**:", "#### Evidence Hooks"]
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
        ("- Verification: Run `npm test`", "npm test"),
        ("- 📄 `docs/my a.md`", 'docs path="docs/my a.md"'),
        ("- 📄 `tests/test_a.py`", "test path=tests/test_a.py"),
        ("- 📄 `src/a.py`", "code path=src/a.py"),
    ],
)
def test_a_list_below_an_evidence_label_holds_hooks(label: str, item: str, payload: str) -> None:
    text = f"### TASK-1: a\n{label}\n\n{item}\n\nRest.\n- code: not/a/hook.py\n"
    assert hooks(text) == {"TASK-1": [payload]}


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
    assert problems(text) == [
        "tasks.md:8: error: an evidence hook without a task; put it below the task it belongs to"
    ]


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


@pytest.mark.parametrize("text", ["", "# Tasks\n\nNone yet.\n", "```\n- [ ] TASK-1 a\n```\n"])
def test_no_task_is_an_error(text: str) -> None:
    assert problems(text) == ["tasks.md:1: error: no task found; a task looks like `- [ ] TASK-001 Title`"]


def test_a_file_that_cannot_be_read_is_a_problem_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "tasks.md"
    path.write_bytes(b"- [ ] TASK-1 a\n\xff")
    assert [str(problem) for problem in read_checklist(path).problems] == [
        f"{path.relative_to(Path.cwd())}:2: error: byte 16 of the file (0xff) is not UTF-8; save it as UTF-8"
    ]


@settings(max_examples=300, deadline=2000)
@given(
    st.lists(
        st.one_of(
            st.text(alphabet="-*+ []xX1.:|`#TASK-é", max_size=20),
            st.sampled_from(
                ["- [ ] TASK-1 a", "  - [x] b", "evidence: code path=a", "### TASK-2: c", "**Evidence:**"]
            ),
        ),
        max_size=20,
    )
)
def test_any_text_is_read_without_an_accident(lines: list[str]) -> None:
    checklist("\n".join(lines))


@pytest.mark.parametrize(
    "piece", ["- [ ] TASK-1", "- [ ] ", "evidence: ", "| evidence: ", "[P]", "A-", "T1.", "code: x contains "]
)
def test_lines_of_any_length_take_no_time(piece: str) -> None:
    text = f"- [ ] TASK-1 a\n**Evidence:**\n- {piece * 10_000}\n{piece * 10_000}\n- [ ] {piece * 10_000}\n"
    start = time.process_time()
    checklist(text)
    assert time.process_time() - start < 1


def test_ten_thousand_tasks_take_no_time() -> None:
    text = "".join(f"- [ ] TASK-{n} Title\n  evidence: code path=a{n}\n" for n in range(10_000))
    start = time.process_time()
    assert len(checklist(text).entries) == 10_000
    assert time.process_time() - start < 3

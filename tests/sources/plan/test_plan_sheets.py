"""What is read off SUBPLANs, EXECUTION_TASKs and FIX documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.errors import SourceError
from batchexec.markdown import Excerpt
from batchexec.sources.plan import (
    UNFILLED,
    ExecutionTask,
    Fix,
    Part,
    Subplan,
    parse_execution,
    parse_fix,
    parse_subplan,
    read_execution,
    read_fix,
    read_subplan,
    unfilled,
)

SUBPLAN_FILE = Path("SUBPLAN_MY-PLAN_12.md")
TASK_FILE = Path("EXECUTION_TASK_MY-PLAN_12_03.md")


def subplan_of(text: str, file: Path = SUBPLAN_FILE, known: tuple[str, ...] = ()) -> Subplan:
    return parse_subplan(Excerpt.of(file.name, text.encode()), file, known)


def task_of(text: str, file: Path = TASK_FILE) -> ExecutionTask:
    return parse_execution(Excerpt.of(file.name, text.encode()), file)


SUBPLAN = """\
# SUBPLAN: Achievement 1.2 - Radio link

**PLAN**: MY-PLAN
**Achievement**: 1.2

---

## 🎯 Objective

Hear the station.

## 🔧 Approach

Two phases.

### Phase 1

| 12_01 | first |
| 12_02 | second |

---

## Definition of Done

Done.

## 🧪 Testing Strategy

[TO BE FILLED: which tests]

## Notes

[FILL: more] and [TO BE FILLED]
"""


def test_a_subplan_is_read_by_its_sections() -> None:
    subplan = subplan_of(SUBPLAN)

    assert (subplan.plan, subplan.id, subplan.title) == ("MY-PLAN", "1.2", "Radio link")
    assert subplan.header == {"PLAN": "MY-PLAN", "Achievement": "1.2"}
    assert subplan.parts == {
        Part.OBJECTIVE: "Hear the station.",
        Part.APPROACH: "Two phases.\n\n### Phase 1\n\n| 12_01 | first |\n| 12_02 | second |",
        Part.SUCCESS: "Done.",
        Part.TESTS: "[TO BE FILLED: which tests]",
    }


def test_planned_executions_and_places_to_fill_are_counted() -> None:
    subplan = subplan_of(SUBPLAN)

    assert subplan.planned == 2
    assert subplan.unfilled == {"tests": 1, "": 2}
    assert unfilled(subplan.text) == 3
    assert unfilled(f"{UNFILLED}: goal] {UNFILLED}] [to be filled]") == 2


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("Objective", Part.OBJECTIVE),
        ("🔧 Implementation Approach", Part.APPROACH),
        ("The Implementation Strategy", Part.APPROACH),
        ("Execution Strategy", Part.APPROACH),
        ("📦 Deliverables", Part.DELIVERABLES),
        ("What Needs to Be Created", Part.DELIVERABLES),
        ("Expected Results", Part.SUCCESS),
        ("✅ Definition of Done (all)", Part.SUCCESS),
        ("Test Plan", Part.TESTS),
        ("Tests", Part.TESTS),
        ("Validation", Part.TESTS),
    ],
)
def test_a_section_has_many_names(heading: str, part: Part) -> None:
    assert subplan_of(f"# SUBPLAN: x\n## {heading}\ntext\n").parts == {part: "text"}


@pytest.mark.parametrize("heading", ["Objectively", "Approaching", "Testimony", "My Deliverables"])
def test_other_headings_are_no_such_section(heading: str) -> None:
    assert subplan_of(f"# SUBPLAN: x\n## {heading}\ntext\n").parts == {}


def test_the_name_listed_first_wins_wherever_it_stands() -> None:
    text = "# SUBPLAN: x\n## Execution Strategy\na\n## New Approach\nb\n## Approach\nc\n## Approach\nd\n"

    assert subplan_of(text).parts == {Part.APPROACH: "c"}


def test_a_fenced_example_with_fences_of_its_own_hides_no_section() -> None:
    text = "# SUBPLAN: x\n## Deliverables\n```markdown\n## Tests\n```bash\nls\n```\n```\n## Approach\nyes\n"

    assert subplan_of(text).parts[Part.APPROACH] == "yes"
    assert Part.TESTS not in subplan_of(text).parts


@pytest.mark.parametrize(
    ("header", "id_"),
    [
        ("# SUBPLAN: x 9.9\n**Achievement**: 1.4", "1.4"),
        ("**Achievement Addressed**: Achievement 1.4 (Title)", "1.4"),
        ("**Achievement Number**: 1.4 of PLAN_X", "1.4"),
        ("**Achievement**: Radio\n# SUBPLAN: Achievement 3.5.1: Radio", "3.5.1"),
        ("# SUBPLAN: Support Python 3.11 (Achievement 1.4)", "1.4"),
        ("# SUBPLAN: 1.4 Radio", "1.4"),
        ("**Achievement**: 01.4", "1.4"),
        ("# SUBPLAN: Radio v2.0\n## Section\n**Achievement**: 1.4", "1.2"),
        ("```\n**Achievement**: 1.4\n```", "1.2"),
    ],
)
def test_the_id_is_that_of_the_header_or_else_of_the_heading_or_the_name(header: str, id_: str) -> None:
    assert subplan_of(f"{header}\n").id == id_


@pytest.mark.parametrize(
    ("name", "known", "id_"),
    [
        ("SUBPLAN_X_12.md", (), "1.2"),
        ("SUBPLAN_X_2-12.md", (), "2.12"),
        ("SUBPLAN_X_212.md", (), ""),
        ("SUBPLAN_X_212.md", ("2.12", "3.1"), "2.12"),
        ("SUBPLAN_X_212.md", ("2.12", "21.2"), ""),
        ("notes.md", (), ""),
    ],
)
def test_without_a_header_the_number_in_the_name_is_the_id(
    name: str, known: tuple[str, ...], id_: str
) -> None:
    assert subplan_of("text", Path(name), known).id == id_


@pytest.mark.parametrize(
    ("header", "plan"),
    [
        ("**Mother Plan**: PLAN_OTHER.md", "OTHER"),
        ("**Plan**: OTHER", "OTHER"),
        ("**PLAN**: the plan of mine\n**Mother Plan**: `PLAN_OTHER.md`", "OTHER"),
        ("**PLAN**: the plan of mine", "MY-PLAN"),
        ("", "MY-PLAN"),
    ],
)
def test_the_plan_is_that_of_the_header_or_else_of_the_name(header: str, plan: str) -> None:
    assert subplan_of(header).plan == plan


def test_every_value_of_an_execution_task_is_read() -> None:
    task = task_of(
        "# EXECUTION TASK: Achievement 1.2 - Radio link\n\n**PLAN**: MY-PLAN  \n"
        "**SUBPLAN**: `SUBPLAN_MY-PLAN_12.md`\n**Achievement**: 1.2\n**Task**: 01 (Single Execution)\n"
        "**Estimated Time**: 4-5 hours\n**Created**: 2025-11-13\n**Completed**: 2025-11-14\n"
        "**Status**: ✅ COMPLETE\n\n## Log\n\n**Actual Duration**: ~1.5 hours (fast)\n[TO BE FILLED]\n"
    )

    assert (task.plan, task.id, task.number, task.title) == ("MY-PLAN", "1.2", 3, "Radio link")
    assert task.subplan == "SUBPLAN_MY-PLAN_12.md"
    assert task.estimated
    assert (task.estimated.low, task.estimated.high, task.actual_hours) == (4, 5, 1.5)
    assert (task.started, task.completed, task.status) == ("2025-11-13", "2025-11-14", "✅ COMPLETE")
    assert task.unfilled == 1


def test_older_words_of_an_execution_task_are_read() -> None:
    task = task_of(
        "# EXECUTION_TASK: Radio\n**Subplan**: S.md\n**Mother Plan**: PLAN_P.md\n"
        "**Achievement**: 2.2 (Radio)\n**Execution Number**: 04 (again)\n**Started**: 2025-11-14 21:00 UTC\n"
        "**Created**: 2025-11-13\n**Actual Time**: 90 minutes\n",
        Path("sheet.md"),
    )

    assert (task.plan, task.id, task.number, task.subplan) == ("P", "2.2", 4, "S.md")
    assert (task.started, task.actual_hours, task.estimated) == ("2025-11-14 21:00 UTC", 1.5, None)


def test_a_sheet_that_says_nothing_has_what_its_name_says() -> None:
    task = task_of("")

    assert (task.plan, task.id, task.number, task.actual_hours) == ("MY-PLAN", "1.2", 3, None)
    assert task_of("", Path("x.md")).number == 0


def test_a_fix_says_what_is_to_be_done() -> None:
    fix = parse_fix(
        Excerpt.of(
            "FIX_12.md",
            b"# FIX REQUIRED: Achievement 1.2\n\n## Summary\n\nWrong.\n\n"
            b"## Issues Found\n\n### Critical\n\n- a\n\n---\n\n## \xe2\x9c\x85 Next Steps\n\n1. mend\n",
        ),
        Path("FIX_99.md"),
    )

    assert fix == Fix(
        file=Path("FIX_99.md"),
        id="1.2",
        summary="Wrong.",
        issues="### Critical\n\n- a",
        next_steps="1. mend",
    )


def test_documents_are_read_from_files(tmp_path: Path) -> None:
    file = tmp_path / "SUBPLAN_X_11.md"
    file.write_bytes(b"\xef\xbb\xbf# SUBPLAN: Achievement 1.1 - A\r\n\r\n## Summary\r\nb\r\n")

    assert read_subplan(file).title == "A"
    assert read_execution(file).id == "1.1"
    assert read_fix(file).summary == "b"
    with pytest.raises(SourceError, match="cannot be read: No such file or directory"):
        read_subplan(tmp_path / "no.md")


PIECES = st.sampled_from(
    [
        *(
            "# ",
            "## ",
            "SUBPLAN: ",
            "Objective",
            "Approach",
            "\n",
            "**Achievement**: ",
            "1.2",
            "| 1_1 |",
            "```",
        ),
        *("**Time**: ", "1.2.3 hours", ". h", "[TO BE FILLED", "EXECUTION_TASK: ", "**Task**: ", "9" * 20),
    ]
)


@settings(max_examples=150)
@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_no_text_makes_a_reader_raise(text: str) -> None:
    source = Excerpt("x.md", tuple(text.split("\n")))
    subplan = parse_subplan(source, SUBPLAN_FILE)

    assert sum(subplan.unfilled.values()) == unfilled(text)
    assert parse_execution(source, TASK_FILE).number == 3
    assert parse_fix(source, SUBPLAN_FILE).id == subplan.id

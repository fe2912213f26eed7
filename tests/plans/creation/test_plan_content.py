from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.errors import SourceError
from batchexec.markdown import Excerpt, Fence, Heading, scan
from batchexec.plans.creation import content
from batchexec.plans.creation.content import below, checklist
from batchexec.sources.plan import Part, read_execution, read_subplan, unfilled

if TYPE_CHECKING:
    from pathlib import Path

    from plans.creation.conftest import Project


def made(project: Project, kind: str, id_: str = "1.1", overrides: Path | None = None, place: int = 0) -> str:
    from plans.creation.conftest import TODAY

    target = project.choose(kind, "ready", id_).to_create[place]
    text, count = content(target, project.load(), overrides, TODAY)
    assert count == unfilled(text)
    return text


def test_a_subplan_holds_all_the_plan_says_of_its_achievement(project: Project) -> None:
    assert (
        made(project, "subplans")
        == """\
# SUBPLAN: Achievement 1.1 - Parser

**PLAN**: MY-PLAN
**Achievement**: 1.1
**Status**: Design
**Estimated Effort**: 3-4 hours
**Dependencies**: None
**Created**: 2026-11-21

---

## Objective

Split text into words.

---

## Deliverables

- words.py
- test_words.py

---

## Approach

One pass over the text.

---

## Execution Strategy

| Execution | File | What | Effort | Depends on |
|---|---|---|---|---|
| 11_01 | EXECUTION_TASK_MY-PLAN_11_01.md | the whole achievement | 3-4 hours | – |

---

## Testing Strategy

`pytest test_words.py`

---

## Expected Results

- Every word is found
- No word twice
"""
    )


def test_what_the_plan_does_not_say_is_marked_with_a_hint(project: Project) -> None:
    text = made(project, "subplans", "2.12")

    assert unfilled(text) == 6
    assert "**Estimated Effort**: [TO BE FILLED: hours, as in 3-4 hours]" in text
    assert "## Approach\n\n[TO BE FILLED: how it is to be done, step by step]\n" in text
    assert "**Dependencies**: 2.1" in text


def test_a_subplan_lists_the_sub_executions(project: Project) -> None:
    project.split(
        {"execution_id": "1.1.1", "title": "Left | right", "dependencies": []},
        {"execution_id": "1.1.2", "dependencies": ["1.1.1"], "estimated_hours": 1},
    )

    assert (
        "| 11_01 | EXECUTION_TASK_MY-PLAN_11_01.md | 1.1.1 Left \\| right | – | – |\n"
        "| 11_02 | EXECUTION_TASK_MY-PLAN_11_02.md | 1.1.2 | 1 hour | 1.1.1 |\n"
    ) in made(project, "subplans")


def test_an_execution_holds_what_its_subplan_says(project: Project) -> None:
    project.write(
        "subplans/SUBPLAN_MY-PLAN_11.md",
        "# SUBPLAN: X\n\n## Objective\n\nAll words.\n\n## Approach\n\n### One\n\nScan.\n\n"
        "## Deliverables\n\n- words.py\n\n## Tests\n\n```bash\npytest -q\n```\n\n"
        "## Expected Results\n\n- [x] Fast\n- Right\n",
    )

    assert (
        made(project, "executions")
        == """\
# EXECUTION_TASK: Achievement 1.1 - Parser

**PLAN**: MY-PLAN
**SUBPLAN**: SUBPLAN_MY-PLAN_11.md
**Achievement**: 1.1
**Task**: 01
**Estimated Time**: 3-4 hours
**Status**: Ready
**Created**: 2026-11-21

---

## SUBPLAN Context

### Objective

All words.

### Approach

#### One

Scan.

### Success Criteria

- [x] Fast
- Right

---

## Execution Instructions

### Deliverables

- words.py

### Tests

```bash
pytest -q
```

---

## Iteration Log

### Iteration 1

- Date:
- Done:
- Problems:

---

## Completion Checklist

- [ ] Fast
- [ ] Right
"""
    )


def test_an_execution_takes_from_the_plan_what_the_subplan_leaves_out(project: Project) -> None:
    project.subplan("1.1")

    text = made(project, "executions")

    assert "### Objective\n\nThe aim of 1.1.\n" in text
    assert "### Deliverables\n\n- words.py\n- test_words.py\n" in text
    assert "### Tests\n\n`pytest test_words.py`\n" in text
    assert "### Success Criteria\n\n[TO BE FILLED: the expected results of SUBPLAN_MY-PLAN_11.md]\n" in text
    assert "- [ ] Every word is found\n- [ ] No word twice\n" in text


def test_an_execution_of_a_part_says_whose_share_it_is(project: Project) -> None:
    project.split(
        {"execution_id": "1.1.1", "title": "Left", "dependencies": []},
        {"execution_id": "1.1.2", "title": "Right", "dependencies": ["1.1.1"], "estimated_hours": 1.5},
    )
    project.subplan("1.1")

    text = made(project, "executions", place=1)

    assert "**Task**: 02 - 1.1.2 Right\n**Estimated Time**: 1.5 hours\n" in text
    assert "This task is sub-execution 1.1.2 Right, after 1.1.1. Do its share only.\n" in text


def test_an_open_fix_is_part_of_the_next_execution(project: Project) -> None:
    project.subplan("1.1")
    project.write(
        "execution/feedbacks/FIX_11.md",
        "# FIX REQUIRED: Achievement 1.1\n\n## Summary\n\nToo slow.\n\n"
        "## Issues Found\n\n### A\n\nLoops.\n\n## Next Steps\n\nProfile.\n",
    )

    assert (
        "### Changes Wanted (FIX_11.md)\n\nToo slow.\n\n#### Issues Found\n\n##### A\n\nLoops.\n\n"
        "#### Next Steps\n\nProfile.\n"
    ) in made(project, "executions")
    project.approve("11")
    assert "Changes Wanted" not in made(project, "executions")


def test_a_fix_that_cannot_be_read_is_left_out(project: Project) -> None:
    project.subplan("1.1")
    project.write("execution/feedbacks/FIX_11.md", "").write_bytes(b"\xff\xfe")

    assert "Changes Wanted" not in made(project, "executions")


def test_a_subplan_that_cannot_be_read_is_an_error(project: Project) -> None:
    project.subplan("1.1").write_bytes(b"# SUBPLAN: X\n\xff\n")

    with pytest.raises(SourceError):
        made(project, "executions")


def test_of_several_subplans_the_one_with_the_usual_name_counts(project: Project) -> None:
    project.subplan("1.1")
    project.write("subplans/SUBPLAN_MY-PLAN_01.md", "# SUBPLAN: X\n\n**Achievement**: 1.1\n")

    assert "**SUBPLAN**: SUBPLAN_MY-PLAN_11.md" in made(project, "executions")


def test_an_execution_without_a_subplan_names_the_one_to_come(project: Project) -> None:
    assert "**SUBPLAN**: SUBPLAN_MY-PLAN_11.md" in made(project, "executions")


def test_a_project_has_its_own_templates(project: Project) -> None:
    overrides = project.root / "templates"
    overrides.mkdir()
    (overrides / "subplan.md.j2").write_text('{{ title }} {{ or_fill("", "x") }}')

    assert made(project, "subplans", overrides=overrides) == "Parser [TO BE FILLED: x]\n"


def test_created_documents_are_read_back_as_they_were_meant(project: Project) -> None:
    project.create("subplans")
    subplan = read_subplan(project.plan / "subplans" / "SUBPLAN_MY-PLAN_11.md")
    assert (subplan.plan, subplan.id, subplan.title) == ("MY-PLAN", "1.1", "Parser")
    assert subplan.parts[Part.OBJECTIVE] == "Split text into words."
    assert subplan.parts[Part.SUCCESS] == "- Every word is found\n- No word twice"
    assert (subplan.planned, subplan.unfilled) == (1, {})

    project.create("executions")
    task = read_execution(project.plan / "execution" / "EXECUTION_TASK_MY-PLAN_11_01.md")
    assert (task.plan, task.id, task.number, task.subplan) == ("MY-PLAN", "1.1", 1, "SUBPLAN_MY-PLAN_11.md")
    assert task.estimated is not None
    assert (task.estimated.low, task.estimated.high, task.status) == (3, 4, "Ready")
    assert task.started == "2026-11-21"


@pytest.mark.parametrize(
    ("text", "level", "fitted"),
    [
        ("", 2, ""),
        ("a\n\n# B\n\n### C\n", 2, "a\n\n### B\n\n##### C"),
        ("#### Deep enough", 2, "#### Deep enough"),
        ("##### A\n###### B", 5, "###### A\n###### B"),
        ("```python\n# no heading\n```", 3, "```python\n# no heading\n```"),
        ("~~~~sh\n# open", 2, "~~~~sh\n# open\n~~~~"),
        ("  ````\nx", 2, "  ````\nx\n  ````"),
    ],
)
def test_text_is_fitted_below_a_heading(text: str, level: int, fitted: str) -> None:
    assert below(text, level) == fitted


@given(st.text(alphabet="#`~ \nab-1.>", max_size=60), st.integers(2, 4))
def test_no_text_breaks_out_of_its_section(text: str, level: int) -> None:
    fitted = below(text, level)
    items = scan(Excerpt("", tuple(f"{fitted}\n\n## After".split("\n"))))

    headings = [item for item in items if isinstance(item, Heading)]
    assert headings[-1].text == "After"
    assert all(heading.level > level for heading in headings[:-1])
    assert all(item.closed for item in items if isinstance(item, Fence))


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("- a\n  - b\n* [x] c\n1. d", "- [ ] a\n  - b\n- [ ] c\n- [ ] d"),
        ("One\nthing.\n\nAnother.", "- [ ] One thing.\n- [ ] Another."),
        ("Run:\n\n```\nx\n```", "- [ ] All of this holds:\n\nRun:\n\n```\nx\n```"),
    ],
)
def test_criteria_become_boxes_to_tick(text: str, boxes: str) -> None:
    assert checklist(text) == boxes

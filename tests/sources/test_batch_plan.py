"""Batch plans: which headings are phases, how their fields are read, and everything a plan can lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchexec.errors import Severity, SourceError
from batchexec.sources.batch_plan import BatchPlan, Item, PlanPhase, parse_batch_plan, read_batch_plan
from batchexec.sources.prp import Action
from batchexec.sources.prp.paths import Listed

FIELDS = {
    "Goal": "It works",
    "Estimated Hours": "1",
    "Complexity": "low",
    "Files Modified": "shop/mail.py",
    "Dependencies": "None",
    "Implementation Steps": "\n1. Wrap it",
    "Validation Gates": "\n- [ ] `pytest -q`",
}
EXAMPLE = """\
# Mail that arrives

Why, and how far.

## Phases

### Phase 1: Retry helper (45 min)
**Goal**: A helper that tries again
**Estimated Hours**: 45 minutes
**Complexity**: low-medium
**Files Modified**:
- `shop/retry.py` (new file)
- shop/__init__.py: export it
**Dependencies**: None
**Implementation Steps**:
1. Create `shop/retry.py`
   - with `retry(times, wait)`
   ```python
   ### Phase 7: not in here
   ```
2. Export it

---

#### Phase 2a: Mail uses it ✅

**Goal**: Mail survives
transient errors

**Estimated Hours**: 5-6 (was 4)

**Complexity**: High (many callers)

**Files Modified**: shop/mail.py, docs/mail.md (create)

**Dependencies**:
- Phase 1 (helper)

**Implementation Steps**:
- Wrap `send()`
- Wrap `fetch()`

**Validation Gates**:
- [ ] `python3 -m pytest tests/test_mail.py -q`
- Mail arrives:
  1. with an error
  2. without

**Conflict Notes**: shares mail.py with
batch 11

## Rollout

### Phase 1: Development
Nothing that has a goal.
"""


def phase(number: int | str, title: str = "", **changed: str | None) -> str:
    """Write a phase; a field is left out by None, and named with `_` for its blanks."""
    fields = FIELDS | {name.replace("_", " "): value for name, value in changed.items()}
    said = "".join(f"**{name}**: {value}\n" for name, value in fields.items() if value is not None)
    return f"### Phase {number}: {title or f'Part {number}'}\n{said}\n"


def plan(*phases: str, lenient: bool = False) -> BatchPlan:
    return parse_batch_plan("".join(phases), "PLAN.md", lenient=lenient)


def only(**changed: str | None) -> PlanPhase:
    return plan(phase(1, "", **changed)).phases[0]


def complaints(text: str, *, lenient: bool = False) -> list[str]:
    with pytest.raises(SourceError) as caught:
        parse_batch_plan(text, "PLAN.md", lenient=lenient)
    return [str(problem) for problem in caught.value.problems]


def before(said: str, own: int = 5, count: int = 8) -> str:
    """Tell what phase 5 of 8 waits for; `~` marks what is soft."""
    phases = [phase(n, Dependencies=said if n == own else "None") for n in range(1, count + 1)]
    found = plan(*phases).phases[own - 1].before
    return " ".join(f"{'~' if one.soft else ''}{one.number}" for one in found)


def test_a_plan_gives_all_that_its_phases_say() -> None:
    lenient = parse_batch_plan(EXAMPLE, "PLAN.md", lenient=True)
    first, second = lenient.phases

    assert (first.number, first.title, first.location.line) == ("1", "Retry helper", 7)
    assert first.hours == (0.75, 0.75)
    assert first.complexity == "medium"
    assert list(first.files) == [
        Listed("shop/retry.py", Action.CREATE),
        Listed("shop/__init__.py", Action.MODIFY),
    ]
    assert first.steps == (
        Item(
            "Create `shop/retry.py`", "- with `retry(times, wait)`\n```python\n### Phase 7: not in here\n```"
        ),
        Item("Export it"),
    )
    assert (second.number, second.title) == ("2a", "Mail uses it")
    assert second.goal == "Mail survives transient errors"
    assert second.hours == (5.0, 6.0)
    assert second.complexity == "high"
    assert list(second.files) == [
        Listed("shop/mail.py", Action.MODIFY),
        Listed("docs/mail.md", Action.CREATE),
    ]
    assert [one.number for one in second.before] == ["1"]
    assert [item.text for item in second.steps] == ["Wrap `send()`", "Wrap `fetch()`"]
    assert second.gates == (
        Item("`python3 -m pytest tests/test_mail.py -q`"),
        Item("Mail arrives:", "1. with an error\n2. without"),
    )
    assert second.conflict_notes == "shares mail.py with batch 11"
    assert lenient.problems == ()


def test_a_file_is_read_as_its_text_is(tmp_path: Path) -> None:
    (tmp_path / "PLAN.md").write_text(phase(1))

    assert read_batch_plan(Path("PLAN.md")) == plan(phase(1))


def test_a_prp_may_hold_a_plan() -> None:
    header = "---\nprp_id: PRP-12\nfeature_name: Mail\n---\n# Mail\n\n**Goal**: all of it\n\n"

    assert [one.number for one in plan(header, phase(1), phase(2)).phases] == ["1", "2"]


@pytest.mark.parametrize(
    "heading",
    [
        "## Phase 2: Level two",
        "##### Phase 2: Level five",
        "### Phases 2: More than one",
        "### Phase two: No number",
        "### Phase 2: No goal\n\n#### Details",
    ],
)
def test_other_headings_are_no_phases(heading: str) -> None:
    found = plan(phase(1), f"{heading}\n**Goal**: x\n")

    assert [one.number for one in found.phases] == ["1"]


@pytest.mark.parametrize(
    ("heading", "number", "title"),
    [
        ("### Phase 3: Wrap send()", "3", "Wrap send()"),
        ("#### Phase 03B - Wrap (again)", "3b", "Wrap (again)"),
        ("### 3. Phase 3.1: **Wrap**", "3.1", "Wrap"),
        ("### 🚀 Phase 3: Wrap (~1.5 h)", "3", "Wrap"),
    ],
)
def test_headings_of_phases_may_be_written_in_many_ways(heading: str, number: str, title: str) -> None:
    text = phase(1).replace("### Phase 1: Part 1", heading)

    assert [(one.number, one.title) for one in plan(text).phases] == [(number, title)]


def test_fields_may_be_a_list_with_their_values_in_lists_below() -> None:
    found = plan(
        "### Phase 1: Part\n- **Goal**: It works\n- **Dependencies**: None\n- **Estimated Hours:** 2\n"
        "- **Complexity**: Low\n- **Files Modified**:\n  - a.py\n- **Implementation Steps**:\n"
        "  1. One\n  2. **Goal**: two\n- **Validation Gates**:\n  - [x] `make test`\n"
    ).phases[0]

    assert [item.text for item in found.steps] == ["One", "**Goal**: two"]
    assert found.gates == (Item("`make test`"),)
    assert found.files == (Listed("a.py", Action.MODIFY),)


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        ("\n1. One\n- detail\n2. Two", [("One", "- detail"), ("Two", "")]),
        ("\n* One\n  * detail\n* Two", [("One", "* detail"), ("Two", "")]),
        ("\n- [ ] One\n- [x] Two", [("One", ""), ("Two", "")]),
        ("\n**Part A**:\n1. One\n\n**Part B**:\n1. Two", [("One", "**Part B**:"), ("Two", "")]),
        ("\n**Step 1**: One\n- detail\n\n**Step 2**: Two", [("One", "- detail"), ("Two", "")]),
        ("\n**Step 1: One** now\n**Step 2.1. Two**", [("One now", ""), ("Two", "")]),
        ("\n- Back end\n  1. One\n  2. Two", [("Back end", "1. One\n2. Two")]),
        ("Do it", [("Do it", "")]),
        ("\nDo it\nat once", [("Do it", "at once")]),
        ("\n```\nmake\n```", [("", "```\nmake\n```")]),
    ],
)
def test_steps_may_be_written_in_many_ways(written: str, steps: list[tuple[str, str]]) -> None:
    found = only(Implementation_Steps=written).steps

    assert [(item.text, item.body) for item in found] == steps


@pytest.mark.parametrize(
    ("written", "gates"),
    [
        ("\n- [ ] `a`\n- `b`\n* c", ["`a`", "`b`", "c"]),
        ("`make test`", ["`make test`"]),
        ("None (docs only)", []),
        ("\n- [ ] `a`\n**Rollback**:\n- take it out", ["`a`"]),
    ],
)
def test_gates_are_boxes_or_bullets(written: str, gates: list[str]) -> None:
    assert [item.text for item in only(Validation_Gates=written).gates] == gates


@pytest.mark.parametrize(
    ("written", "files"),
    [
        ("None (only docs)", []),
        ("`./a.py:12`, b/c.md (delete)", [("a.py", "modify"), ("b/c.md", "delete")]),
        ("\n| File | Change |\n|---|---|\n| a.py | create |", [("a.py", "create")]),
        ("a.py\n**Files Created**: b.py", [("a.py", "modify"), ("b.py", "create")]),
        ("a.py\n**Files to Create**:\n- a.py", [("a.py", "create")]),
    ],
)
def test_files_are_listed_as_in_prps(written: str, files: list[tuple[str, str]]) -> None:
    assert [(one.path, one.action) for one in only(Files_Modified=written).files] == files


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("None", ""),
        ("none (Phase 1 helps)", ""),
        ("None - may run beside Phase 2", ""),
        ("None, may run beside Phase 2", ""),
        ("N/A", ""),
        ("-", ""),
        ("Phase 1", "1"),
        ("Phase 1, Phase 2", "1 2"),
        ("Phase 1, 2, 3", "1 2 3"),
        ("Phases 1, 2 and 3", "1 2 3"),
        ("1, 2", "1 2"),
        ("Phase 1-4", "1 2 3 4"),
        ("Phases 6–8", "6 7 8"),
        ("Phase 8 to Phase 7", "7 8"),
        ("Phase 1 (helper, Phase 2), Phase 3", "1 3"),
        ("Phase 1 (helper, Phase 2", "1"),
        ("\n- Phase 1 (helper)\n- Phase 2: Mail, 3 files", "1 2"),
        ("Phase 1,\nPhase 2\nand not Phase 3", "1 2"),
        ("All other phases", "1 2 3 4 6 7 8"),
        ("all phases", "1 2 3 4 6 7 8"),
        ("All previous phases", "1 2 3 4"),
        ("All previous", "1 2 3 4"),
        ("**Soft dependency** on Phase 1", "~1"),
        ("Soft dependency on Phase 1, 2", "~1 ~2"),
        ("Phase 1 (soft), 2", "~1 2"),
        ("Phase 1, Soft dependency on all previous phases", "1 ~2 ~3 ~4"),
        ("Soft dependency on Phase 1, Phase 1", "1"),
        ("\n**Soft dependency**: Phase 1\n- Phase 2", "~1 2"),
        ("Phase 1, Phase 1", "1"),
    ],
)
def test_dependencies_may_be_written_in_many_ways(written: str, expected: str) -> None:
    assert before(written) == expected


def test_a_range_holds_the_phases_with_letters_between_its_ends() -> None:
    numbers = ["1", "2a", "2b", "3", "4"]
    phases = [phase(n, Dependencies="Phase 1-3" if n == "4" else "None") for n in numbers]

    assert [one.number for one in plan(*phases).phases[-1].before] == ["1", "2a", "2b", "3"]


def test_what_is_no_phase_is_a_prp_or_a_requirement() -> None:
    found = only(Dependencies='PRP-11.1.1, 9.1.1, PRP-7 (soft), numpy>=1.2, "a key, 2"')

    assert [(edge.id, edge.soft) for edge in found.prps] == [
        ("PRP-11.1.1", False),
        ("PRP-9.1.1", False),
        ("PRP-7", True),
    ]
    assert found.requirements == ("numpy>=1.2", "a key", "2")


@pytest.mark.parametrize(
    ("written", "hours"),
    [("1h", (1, 1)), ("**5-6** (was 4)", (5, 6)), ("~30 min", (0.5, 0.5)), ("\n- 2 hours", (2, 2))],
)
def test_hours_are_read_as_in_prps(written: str, hours: tuple[float, float]) -> None:
    assert only(Estimated_Hours=written).hours == hours


@pytest.mark.parametrize(
    ("written", "complexity"),
    [("low-medium", "medium"), ("LOW (high risk)", "low"), ("Medium/High", "high"), ("trivial", "trivial")],
)
def test_of_two_complexities_the_higher_counts(written: str, complexity: str) -> None:
    assert only(Complexity=written).complexity == complexity


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = (
        "### Phase 1: A\n**Goal**:\n**Dependencies**: Phase 1, Phase 9\n\n"
        + phase(2, "a", Dependencies="Phase 3", Estimated_Hours=None)
        + phase(3, Dependencies="Phase 2")
        + phase("03", Dependencies="Phase 3-5")
    )

    assert complaints(text) == [
        (
            'PLAN.md:1: error: Phase 1: missing field "Goal"; '
            "add a line `**Goal**: Mail survives transient errors`"
        ),
        'PLAN.md:1: error: Phase 1: missing field "Estimated Hours"; add a line `**Estimated Hours**: 1.5`',
        'PLAN.md:1: error: Phase 1: missing field "Complexity"; add a line `**Complexity**: low`',
        (
            'PLAN.md:1: error: Phase 1: missing field "Files Modified"; '
            "add a line `**Files Modified**: shop/mail.py`"
        ),
        (
            'PLAN.md:1: error: Phase 1: missing field "Implementation Steps"; '
            "add a list below `**Implementation Steps**:`"
        ),
        (
            'PLAN.md:1: error: Phase 1: missing field "Validation Gates"; '
            "add a list below `**Validation Gates**:`"
        ),
        "PLAN.md:3: error: Phase 1 depends on itself; name another phase",
        "PLAN.md:3: error: Phase 1 depends on undefined Phase 9; there is Phase 1, Phase 2, Phase 3",
        'PLAN.md:5: error: Phase 2: missing field "Estimated Hours"; add a line `**Estimated Hours**: 1.5`',
        'PLAN.md:5: error: Phase 1 and Phase 2 have one title: "a"; give them different ones',
        (
            "PLAN.md:5: error: Circular dependency: Phase 2 -> Phase 3 -> Phase 2; "
            "take one of these dependencies out"
        ),
        "PLAN.md:26: error: Phase 3 is defined twice: PLAN.md:15 and PLAN.md:26; number phases differently",
    ]


def test_a_range_names_each_phase_that_is_not_there() -> None:
    assert complaints(phase(1) + phase(2, Dependencies="Phase 4-5, 1-999999999"))[:2] == [
        "PLAN.md:17: error: Phase 2 depends on undefined Phase 4; there is Phase 1, Phase 2",
        "PLAN.md:17: error: Phase 2 depends on undefined Phase 5; there is Phase 1, Phase 2",
    ]


def test_every_ring_is_told_from_its_smallest_phase_on() -> None:
    chain = [(2, "Phase 10"), (10, "Phase 3"), (3, "Phase 2"), (4, "Phase 2"), (6, "Phase 7"), (7, "Phase 6")]

    found = complaints("".join(phase(number, Dependencies=said) for number, said in chain))

    assert [line.partition("Circular")[2] for line in found] == [
        " dependency: Phase 2 -> Phase 10 -> Phase 3 -> Phase 2; take one of these dependencies out",
        " dependency: Phase 6 -> Phase 7 -> Phase 6; take one of these dependencies out",
    ]


@pytest.mark.parametrize("lenient", [False, True])
def test_a_plan_without_phases_is_none(lenient: bool) -> None:
    assert complaints("# A plan\n\n### Phase 1: No goal\n", lenient=lenient) == [
        (
            "PLAN.md:1: error: no phases in this plan; "
            "write `### Phase 1: Title` with `**Goal**: …` below it for each"
        )
    ]


def test_a_lenient_plan_needs_only_goals_dependencies_and_steps() -> None:
    bare = "### Phase 1: A\n**Goal**: x\n"
    enough = f"{bare}**Dependencies**: None\n**Implementation Steps**: y\n"

    assert [one.title for one in plan(enough, lenient=True).phases] == ["A"]
    assert [line.split('"')[1] for line in complaints(bare, lenient=True)] == [
        "Dependencies",
        "Implementation Steps",
    ]


def test_a_phase_needs_a_title() -> None:
    assert complaints(phase(1).replace(": Part 1", "")) == [
        "PLAN.md:1: error: Phase 1: missing title; write `### Phase 1: Title`"
    ]


def test_what_cannot_be_used_is_a_warning() -> None:
    found = plan(phase(1, Estimated_Hours="3 days", Files_Modified="/etc/passwd, a.py"))

    assert {problem.severity for problem in found.problems} == {Severity.WARNING}
    assert [str(problem) for problem in found.problems] == [
        (
            "PLAN.md:5: warning: the path /etc/passwd leads out of the repository and is ignored; "
            "name a file below the repository's root"
        ),
        "PLAN.md:3: warning: Phase 1: '3 days' says no number of hours; write hours, like `1.5` or `3-5`",
    ]


def test_a_plan_of_thousands_of_phases_in_a_row_is_read() -> None:
    phases = [phase(n, Dependencies=f"Phase {n - 1}" if n > 1 else "None") for n in range(1, 3001)]

    assert len(plan(*phases).phases) == 3000


@pytest.mark.parametrize("text", ["phase 1 " * 20_000, "(" * 50_000, "**" * 50_000, "Phase 1-" * 20_000])
def test_a_hostile_field_takes_no_time(text: str) -> None:
    assert len(plan(phase(1), phase(2, Dependencies=text, Conflict_Notes=text)).phases) == 2

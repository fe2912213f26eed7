"""The phases and steps of a PRP, and what only looks like them."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.model import Location
from batchexec.sources.prp import Prp, parse_prp
from batchexec.sources.prp.phases import parse_phase_name


def read(text: str) -> Prp:
    return parse_prp(dedent(text).lstrip("\n"), "PRP-12.2.1-mail.md")


def steps(text: str) -> list[str]:
    return [step.title for step in read(text).steps]


def phases(text: str) -> list[tuple[str, str]]:
    return [(phase.number, phase.title) for phase in read(text).phases]


@pytest.mark.parametrize(
    ("heading", "number", "title"),
    [
        ("### Phase 1: Retry helper", "1", "Retry helper"),
        ("### Phase 1: Retry helper (45 min)", "1", "Retry helper"),
        ("### Phase 1: Retry helper (45 min) ✅", "1", "Retry helper"),
        ("### Phase 1: Retry helper ☑", "1", "Retry helper"),
        ("### Phase 1: Merge (to main) - 10-15 minutes", "1", "Merge (to main) - 10-15 minutes"),
        ("### Phase 2.5 - Docs", "2.5", "Docs"),
        ("#### Phase 3b – Docs (a) (b)", "3b", "Docs (a)"),
        ("### 1. Phase 0 — Set up", "0", "Set up"),
        ("### Pre-Phase 0: Set up", "0", "Set up"),
        ("### Phase 7", "7", ""),
    ],
)
def test_a_phase_has_a_number_and_a_title(heading: str, number: str, title: str) -> None:
    assert phases(f"## Implementation Steps\n{heading}\nDo it.\n") == [(number, title)]


_GRAMMAR = re.compile(
    r"(?:\d+[.)]\s*)?(?:Pre-)?Phase\s+(?P<n>\d+(?:\.\d+)?[a-z]?)\s*[:.–—-]?\s*(?P<title>.*?)\s*"
    r"(?:\((?P<note>[^()]*)\))?\s*(?:[✅✓☑❌⏳]\ufe0f?)?\s*$"
)
_PIECES = st.sampled_from(
    ["Phase ", "1", "2.5", "a", ":", " ", "–", "(", ")", "✅", "✓\ufe0f", "x", "3. ", "."]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_headings_are_read_as_one_expression_would_have_it_but_in_linear_time(rest: str) -> None:
    text = f"Phase 1{rest}".strip()
    found = _GRAMMAR.match(text)

    assert found
    assert parse_phase_name(text) == (found["n"], found["title"], (found["note"] or "").strip())


@pytest.mark.parametrize(
    "heading", ["## Phase 1: A", "##### Phase 1: A", "### Phases 1: A", "### 🔧 Phase 1: A"]
)
def test_other_headings_are_no_phases(heading: str) -> None:
    assert ("1", "A") not in phases(f"## Implementation Steps\n{heading}\nDo it.\n")


@pytest.mark.parametrize(
    "section",
    [
        "## Implementation Steps",
        "## 3. Implementation steps",
        "## 🛠️ Implementation Blueprint",
        "## 3) 🛠️ IMPLEMENTATION",
        "## Implementation Plan:",
        "## **Phases**",
        "## 3️⃣ Phases ✅",
    ],
)
def test_the_section_of_the_work_has_many_names(section: str) -> None:
    prp = read(f"{section}\n### Phase 1: A\nDo it.\n")

    assert [phase.title for phase in prp.phases] == ["A"]
    assert not [problem for problem in prp.problems if "phases" in problem.message]


@pytest.mark.parametrize(
    "section",
    [
        "6. Rollout Plan",
        "Validation Gates",
        "Testing Strategy",
        "Acceptance Criteria",
        "Timeline",
        "Research Findings",
        "📝 Notes",
    ],
)
def test_phases_of_some_sections_are_never_work(section: str) -> None:
    assert phases(f"# T\n## {section}\n### Phase 1: A\n1. Do it.\n") == []


@pytest.mark.parametrize(
    "note", ["Not in this PRP", "NOT THIS PRP", "subsequent PRPs", "SUBSEQUENT PRPs, later", "post-PRP"]
)
def test_phases_of_other_prps_are_no_work(note: str) -> None:
    others = f"### Phase 2: B ({note})\n1. b\n"
    text = f"## Implementation Steps\n### Phase 1: A\n1. a\n{others}### Phase 3: C\n1. c\n"

    assert phases(text) == [("1", "A"), ("3", "C")]
    assert steps(text) == ["a", "c"]


def test_only_other_peoples_phases_are_no_phases_at_all() -> None:
    assert phases("## Phases\n### Phase 1: A (post-PRP)\n1. a\n") == []


def test_phases_may_stand_elsewhere_with_a_warning() -> None:
    prp = read("# T\n## The way\n### Phase 1: A\n1. a\n## Rollout Plan\n### Phase 2: B\n1. b\n")

    assert [phase.title for phase in prp.phases] == ["A"]
    assert str(prp.problems[0]) == (
        "PRP-12.2.1-mail.md:2: warning: the phases stand below 'The way'; "
        "call the section `Implementation Steps`"
    )


def test_a_section_without_phases_is_one() -> None:
    prp = read("## 🛠️ Implementation\nWords.\n1. a\n2. b\n## Other\n1. c\n")

    assert [(phase.number, phase.title, phase.location.line) for phase in prp.phases] == [
        ("1", "Implementation", 1)
    ]
    assert [step.title for step in prp.steps] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        ("### Step 1: a\n1. x\n### Step 2 - b\n", ["a", "b"]),
        ("#### Step 1.1: a\n1. x\n#### Step 1.2. b\n", ["a", "b"]),
        ("**Step 1**: a\n1. x\n**Step 1.2: b**\n- [ ] y\n", ["a", "b"]),
        ("Intro\n1. a\n   1. nested\n2) **b**:\n   ```bash\n3. not\n   ```\n- [ ] y\n", ["a", "b"]),
        ("- [ ] a\n  - [ ] nested\n- [x] b\n**File**: `c.py`\n", ["a", "b"]),
        (
            "**Create**: `a.py`\ntext\n**Update**: `b.py`\n**File:** `c.py`\n",
            ["Create `a.py`", "Update `b.py`", "File `c.py`"],
        ),
        ("Just do it,\n\nall of it.\n", ["P"]),
        ("```python\nx = 1\n```\n", ["P"]),
        ("\n---\n", []),
    ],
)
def test_the_first_form_there_is_makes_the_steps(body: str, titles: list[str]) -> None:
    assert steps(f"## Implementation\n### Phase 1: P\n{body}## Next\n1. other\n") == titles


def test_steps_are_counted_over_the_whole_prp_and_hold_what_is_nested_in_them() -> None:
    prp = read(
        """
        ## Implementation Steps
        ### Phase 1: A
        1. one
           - more

        ### Phase 2: B
        1. two
           ```bash
           # Heading?
           ```

        ---
        """
    )

    assert [(step.number, step.text, step.location.line) for step in prp.steps] == [
        (1, "1. one\n   - more", 3),
        (2, "1. two\n   ```bash\n   # Heading?\n   ```", 7),
    ]


def test_steps_of_the_level_of_their_phase_do_not_end_it() -> None:
    assert steps("## Phases\n### Phase 1: A\n### Step 1: a\nx\n### Step 2: b\n### Overview\n1. no\n") == [
        "a",
        "b",
    ]


def test_gates_and_criteria_in_the_work_are_no_steps() -> None:
    others = "### Gate 1: G\n- [ ] x\n### Acceptance Criteria\n- [ ] y\n"
    text = f"## Implementation\n- [ ] a\n{others}### More\n- [ ] b\n"

    assert steps(text) == ["a", "b"]


def test_headings_in_fences_create_no_phase_step_or_gate() -> None:
    prp = read(
        """
        ## Implementation Steps
        ### Phase 1: A
        1. Write this:
        ```markdown
        ## Implementation
        ### Phase 2: B
        ```bash
        # Gate 1
        ### Step 1: x
        ```
        ### Gate 1: G
        1. no
        ```
        ## Validation Gates
        ~~~
        ### Gate 2: G
        ~~~
        ### Gate 7: Real
        """
    )

    assert [phase.title for phase in prp.phases] == ["A"]
    assert [step.title for step in prp.steps] == ["Write this"]
    assert [(gate.number, gate.title) for gate in prp.gates] == [(1, "Real")]


def test_a_comment_hides_what_stands_in_it() -> None:
    assert phases("## Phases\n<!--\n### Phase 1: A\n-->\n### Phase 2: B <!-- x -->\nDo.\n<!-- open\n") == [
        ("2", "B <!-- x -->")
    ]


def test_front_matter_holds_no_headings_and_closing_marks_are_no_part_of_one() -> None:
    prp = read("---\nstatus: new\n# Title?\n---\n#hash\n# Real title ##\n")

    assert prp.title == "Real title"


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        # A closer that is missing: as CommonMark has it, the next bare line ends the block.
        ("```bash\na\n```python\nb\n```\n### Phase 1: A\nDo.\n", ["A"]),
        ("````md\n```bash\n```\n````\n### Phase 1: A\nDo.\n", ["A"]),
        ("~~~\n```\n~~~\n### Phase 1: A\nDo.\n", ["A"]),
        ("``` a`b\n### Phase 1: A\nDo.\n", ["A"]),
        ("  ```bash\nx\n      ```\n### Phase 1: A\nDo.\n", ["A"]),
    ],
)
def test_a_block_ends_at_its_own_fence(text: str, titles: list[str]) -> None:
    assert [title for _, title in phases(f"## Phases\n{text}")] == titles


def test_well_nested_blocks_stay_so_if_a_later_one_is_open() -> None:
    nested = "```md\n```bash\n```\n### Phase 1: no\n```\n"
    prp = read(f"## Phases\n{nested}### Phase 2: A\nDo.\n```bash\nx\n## Next\n# End\n")

    assert [phase.title for phase in prp.phases] == ["A"]
    assert prp.title == "End"
    assert str(prp.problems[0]) == (
        "PRP-12.2.1-mail.md:9: warning: the block that starts here is never closed and is taken to end "
        "before the next section; close it with a fence of its own kind"
    )


def test_a_phase_knows_where_it_stands() -> None:
    assert read("# T\n## Phases\n### Phase 1: A\nDo.\n").phases[0].location == Location(
        "PRP-12.2.1-mail.md", 3
    )

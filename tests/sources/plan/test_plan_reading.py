"""What is read off a PLAN document."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchexec.errors import SourceError
from batchexec.markdown import Excerpt
from batchexec.sources.plan import Achievement, Part, Plan, parse_plan, read_plan

FILE = Path("PLAN_MY-PLAN.md")


def plan_of(text: str) -> Plan:
    return parse_plan(Excerpt.of("PLAN_MY-PLAN.md", text.encode()), FILE, Path())


def body_of(text: str) -> Achievement:
    return plan_of(f"# PLAN: P\n## Achievements\n**Achievement 1.1**: A\n{text}").achievements[0]


def complaints(plan: Plan) -> list[str]:
    return [str(problem) for problem in plan.problems]


INDEX = """\
# PLAN: Weather Station

**Status**: Active
**Goal**: Know the weather\x20\x20

## 📋 Achievement Index

**Priority 0: SENSORS (CRITICAL)**

- Achievement 0.1: Thermometer
1. Achievement 0.2: Barometer (2-3h)
- [ ] **Achievement 1.1**: Station ✅
* [x] ✅ Achievement 1.10: Radio link
**Achievement 3.5.1**: Display
**Achievement 10.1: Archive** (4-6h)
  - Achievement 10.2: Export

## Goal

Measure the weather.

---
"""


def test_every_form_of_an_index_entry_is_listed_in_order() -> None:
    plan = plan_of(INDEX)

    assert plan.ids == ("0.1", "0.2", "1.1", "1.10", "3.5.1", "10.1", "10.2")
    assert [one.title for one in plan.achievements] == [
        "Thermometer",
        "Barometer",
        "Station",
        "Radio link",
        "Display",
        "Archive",
        "Export",
    ]
    assert plan.problems == ()


def test_title_metadata_and_goal_of_a_plan_are_read() -> None:
    plan = plan_of(INDEX)

    assert (plan.name, plan.title, plan.goal) == ("MY-PLAN", "Weather Station", "Measure the weather.")
    assert plan.metadata == {"Status": "Active", "Goal": "Know the weather"}
    assert plan.lines == 22


def test_an_entry_without_a_description_has_what_its_line_says() -> None:
    barometer = plan_of(INDEX).achievements[1]

    assert (barometer.raw_title, barometer.defined, barometer.body) == ("Barometer (2-3h)", False, "")
    assert barometer.effort
    assert (barometer.effort.low, barometer.effort.high, barometer.effort.text) == (2, 3, "2-3h")
    assert (barometer.priority, barometer.priority_name) == ("0", "SENSORS (CRITICAL)")


@pytest.mark.parametrize(
    "line",
    [
        "**Achievement 1.2**: Radio link",
        "**Achievement 1.2: Radio link**",
        "**Achievement 1.2: Radio link** ⏱️ 4-6 hours",
        "## Achievement 1.2: Radio link",
        "### ✅ Achievement 1.2 — Radio link",
        "#### **Achievement 1.2** - Radio link",
        "### 🎯 **Achievement 1.2**: Radio link (2h)",
    ],
)
def test_every_form_of_a_definition_is_read(line: str) -> None:
    plan = plan_of(f"# PLAN: P\n\n## Work\n\n{line}\n\n**Goal**: Hear it\n")

    assert plan.ids == ("1.2",)
    one = plan.achievements[0]
    assert (one.title, one.location.line, one.parts) == ("Radio link", 5, {Part.OBJECTIVE: "Hear it"})


@pytest.mark.parametrize(
    "line",
    [
        "- ✅ **Achievement 0.1 COMPLETE**: done",
        "**By Achievement 0.1**: done",
        "See Achievement 0.1: it is fine",
        "- Achievement 0.1: a list item is an entry of an index only",
        "##### Achievement 0.1: too deep",
        "# Achievement 0.1: too high",
        "    **Achievement 0.1**: indented",
        "**Achievement 0.1**:",
    ],
)
def test_a_mention_is_no_definition(line: str) -> None:
    assert plan_of(f"# PLAN: P\n## Work\n{line}\n").ids == ()


@pytest.mark.parametrize("mark", ["```", "~~~", "````"])
def test_what_is_fenced_is_no_achievement(mark: str) -> None:
    fence = f"{mark}\n- Achievement 9.9: No\n## X\n{mark}\n"
    text = f"# PLAN: P\n## Achievement Index\n{fence}- Achievement 1.1: Yes\n"

    assert plan_of(text).ids == ("1.1",)


def test_a_block_in_a_block_does_not_turn_text_and_code_around() -> None:
    text = "# PLAN: P\n```markdown\n## X\n```bash\nls\n```\n```\n**Achievement 1.1**: Yes\n"

    assert plan_of(text).ids == ("1.1",)


def test_a_block_nobody_closed_is_told_and_ends_at_the_next_section() -> None:
    plan = plan_of("# PLAN: P\n```bash\nls\n## Work\n**Achievement 1.1**: Yes\n")

    assert plan.ids == ("1.1",)
    assert complaints(plan) == [
        (
            "PLAN_MY-PLAN.md:2: warning: the block that starts here is never closed; "
            "close it with a fence of its own kind"
        )
    ]


def test_definitions_add_details_to_an_index_and_never_ids() -> None:
    plan = plan_of(
        "# PLAN: P\n## Achievement Index\n- Achievement 1.2: Two\n- Achievement 1.1: One\n"
        "## Achievements\n**Achievement 1.1**: First\n- **Goal**: g\n**Achievement 7.7**: Else\n"
    )

    assert plan.ids == ("1.2", "1.1")
    assert [(one.title, one.defined) for one in plan.achievements] == [("Two", False), ("First", True)]
    assert complaints(plan) == [
        (
            "PLAN_MY-PLAN.md:8: warning: achievement 7.7 is described here and not listed in the index; "
            "list it there if it is to be worked on"
        )
    ]


def test_sections_of_achievements_are_searched_first_and_logs_and_the_index_last() -> None:
    plan = plan_of(
        "# PLAN: P\n"
        "## Tracking\n### Achievement 1.1: In tracking\n"
        "## Achievement Log\n### Achievement 1.1: In the log\n"
        "## Achievement Index\n**Achievement 1.1**: In the index\n"
        "## 🎯 Desirable Achievements\n**Achievement 1.1**: Right\n**Achievement 1.1**: Again\n"
    )

    assert [one.title for one in plan.achievements] == ["Right"]


def test_what_an_index_describes_itself_counts_where_nothing_else_does() -> None:
    plan = plan_of(
        "# PLAN: P\n## Achievement Index\n**Achievement 1.1**: One\n- **Effort**: 2h\n"
        "**Achievement 1.2**: Two\n"
    )

    assert [(one.id, one.defined, bool(one.effort)) for one in plan.achievements] == [
        ("1.1", True, True),
        ("1.2", False, False),
    ]


def test_without_an_index_definitions_come_in_document_order() -> None:
    plan = plan_of(
        "# PLAN: P\n**Achievement 2.1**: B\n## More\n### Achievement 1.1: A\n**Achievement 2.1**: C\n"
    )

    assert [(one.id, one.title) for one in plan.achievements] == [("2.1", "B"), ("1.1", "A")]


def test_an_empty_index_leaves_the_list_to_the_definitions() -> None:
    assert plan_of("# PLAN: P\n## Achievement Index\nsoon\n## Work\n**Achievement 1.1**: A\n").ids == ("1.1",)


def test_a_body_ends_at_a_definition_or_a_heading_of_level_two_or_three() -> None:
    plan = plan_of(
        "**Achievement 1.1**: A\na\n#### deeper\nb\n### Next\nc\n**Achievement 1.2**: B\nd\n"
        "**Achievement 1.3**: C\ne\n\n---\n\n## End\nf\n"
    )

    assert [one.body for one in plan.achievements] == ["a\n#### deeper\nb", "d", "e"]


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Radio ✅", "Radio"),
        ("Radio ✅ **COMPLETE**", "Radio"),
        ("Radio ✅ COMPLETE", "Radio"),
        ("Radio - ✅ (DONE)", "Radio"),
        ("Radio (4-6h) ✅", "Radio"),
        ("Radio ⏱️ 4-6 hours", "Radio"),
        ("**Radio** (2h)", "Radio"),
        ("Radio (NEW - Gap Fix #1)", "Radio (NEW - Gap Fix #1)"),
        ("Use `**kwargs` in **all** places", "Use `**kwargs` in **all** places"),
        ("✅", "✅"),
    ],
)
def test_marks_and_effort_are_taken_off_a_title(raw: str, title: str) -> None:
    one = plan_of(f"**Achievement 1.1**: {raw}\n").achievements[0]

    assert (one.title, one.raw_title) == (title, raw)


def test_priority_is_that_of_the_heading_above_or_else_of_the_id() -> None:
    plan = plan_of(
        "## Work\n**Achievement 4.1**: A\n"
        "### 🔴 Priority 1: HIGH (soon)\n**Achievement 1.1**: B\n"
        "**Priority 2.5 — LOW**\n**Achievement 2.1**: C\n"
        "**Priority 3** (later): 5-7 hours\n**Achievement 2.2**: D\n"
        "## Priority 7: SECTION\n## Achievement 7.1: E\n## Notes\n**Achievement 8.1**: F\n"
    )

    assert [(one.id, one.priority, one.priority_name) for one in plan.achievements] == [
        ("4.1", "4", ""),
        ("1.1", "1", "HIGH"),
        ("2.1", "2.5", "LOW"),
        ("2.2", "2.5", "LOW"),
        ("7.1", "7", "SECTION"),
        ("8.1", "8", ""),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "**Effort**: 2-3 hours",
        "**Effort:** 2-3 hours",
        "- **Estimated Time**: 2-3 hours (was 5)",
        "Estimated Effort: 2-3 hours",
        "  - Duration: 2-3 hours",
        "**Time**: unknown\n**Effort**: 2-3 hours\n**Effort**: 9 hours",
    ],
)
def test_the_first_label_with_an_effort_counts(line: str) -> None:
    effort = body_of(f"{line}\n").effort

    assert effort
    assert (effort.low, effort.high) == (2, 3)


def test_a_label_says_more_of_the_effort_than_the_title() -> None:
    one = plan_of("**Achievement 1.1: A** ⏱️ 4-6 hours\n- **Effort**: 1h\n").achievements[0]

    assert one.effort
    assert one.effort.text == "1h"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("- **Dependencies**: 1.1, Achievement 2.10 and 3.5.1", ("1.1", "2.10", "3.5.1")),
        ("**Depends on**: 1.1 (needs Python 3.11 (or 3.12)), 1.1", ("1.1",)),
        ("Depends On: Achievement 0.1", ("0.1",)),
        ("**Dependencies**:\n\n- Achievement 1.1 (Parser)\n- 2.1\n\n**Blocks**: 9.1", ("1.1", "2.1")),
        ("**Dependencies**: None, 2.1 may come first", ()),
        ("**Dependencies**:\n- none", ()),
        ("**Dependencies**: Python (3.11", ("3.11",)),
        ("**Dependencies**: 1.1\n**Depends on**: 1.2", ("1.1", "1.2")),
        ("**Dependencies**: 01.1", ("1.1",)),
        ("```\nDependencies: 1.1\n```", ()),
        ("nothing", ()),
    ],
)
def test_dependencies_are_the_ids_after_their_label(text: str, ids: tuple[str, ...]) -> None:
    assert body_of(f"{text}\n").dependencies == ids


def test_every_label_has_its_part() -> None:
    one = body_of(
        "**Purpose**: why\n**What**: what\n**Deliverables**:\n\n- a.py\n- b.py\n\n"
        "**Success Criteria**: works\n**Tests**: all\n"
        "**Approach** (two steps):\n1. x\n2. y\n**Blocks**: 1.2\n"
        "**Risks**: few\n\n---\n"
    )

    assert one.parts == {
        Part.OBJECTIVE: "why\n\nwhat",
        Part.DELIVERABLES: "- a.py\n- b.py",
        Part.SUCCESS: "works",
        Part.TESTS: "all",
        Part.APPROACH: "1. x\n2. y",
        Part.BLOCKS: "1.2",
    }
    assert one.others == {"Risks": "few"}


def test_a_value_runs_to_a_label_that_looks_like_its_own() -> None:
    one = body_of(
        "- **Deliverables**:\n  1. `a.py`\n     Note: inner\n  - **Detail**: inner too\n\n"
        "  ```text\n- **Goal**: fenced\n  ```\n- **Other**: new\n"
    )

    assert one.parts == {
        Part.DELIVERABLES: "  1. `a.py`\n     Note: inner\n  - **Detail**: inner too\n\n"
        "  ```text\n- **Goal**: fenced\n  ```"
    }
    assert one.others == {"Other": "new"}


def test_the_handoff_names_the_next_one_as_a_hint() -> None:
    text = "## Achievement Index\n- Achievement 1.1: A\n- Achievement 1.2: B\n"
    handoff = "## 🔄 Current Status & Handoff\nDone: Achievement 1.1\n### Plan\n**Next**: Achievement 1.2\n"

    assert plan_of(f"{text}{handoff}").next_hint == "1.2"
    assert plan_of(f"{text}## Current status and handoff\n### Next\n- Achievement 1.1\n").next_hint == "1.1"
    assert plan_of(f"{text}## Current Status/Handoff\n## Other\nNext: Achievement 1.2\n").next_hint == ""
    assert plan_of(f"{text}## Current Status/Handoff\nNext: Achievement 9.9\n").next_hint == ""
    assert plan_of(text).next_hint == ""


def test_zeros_in_front_and_double_entries_are_told() -> None:
    plan = plan_of("# PLAN: P\n## Achievement Index\n- Achievement 01.1: A\n- Achievement 1.1: B\n")

    assert plan.ids == ("1.1",)
    assert complaints(plan) == [
        "PLAN_MY-PLAN.md:3: error: 01.1 is no id of an achievement; write 1.1",
        "PLAN_MY-PLAN.md:4: warning: achievement 01.1 is listed twice, first in line 3; list it once",
    ]


def test_zeros_in_front_are_told_without_an_index_too() -> None:
    plan = plan_of("# PLAN: P\n**Achievement 1.01**: A\n")

    assert plan.ids == ("1.1",)
    assert complaints(plan) == ["PLAN_MY-PLAN.md:2: error: 1.01 is no id of an achievement; write 1.1"]


def test_a_text_that_is_no_plan_says_so() -> None:
    plan = plan_of("")

    assert (plan.title, plan.lines, plan.achievements) == ("MY-PLAN", 0, ())
    assert complaints(plan) == [
        "PLAN_MY-PLAN.md:1: warning: there is no title `# PLAN: …`; start with one",
        (
            "PLAN_MY-PLAN.md:1: warning: no achievements are found; list them below `## Achievement Index`, "
            "as in `- Achievement 1.1: title`"
        ),
    ]


@pytest.mark.parametrize(
    ("more", "hours", "said"),
    [
        (695, 30, []),
        (700, 30, ["the PLAN has 704 lines, more than 700; split it"]),
        (896, 30, ["the PLAN has 900 lines, more than 700; split it"]),
        (
            897,
            31,
            [
                "the PLAN has 901 lines, more than 900; split it",
                "the PLAN may take 31 hours, more than 30; split it",
            ],
        ),
        (0, 41, ["the PLAN may take 41 hours, more than 40; split it"]),
    ],
)
def test_a_large_plan_is_told_and_read_all_the_same(more: int, hours: int, said: list[str]) -> None:
    plan = plan_of(
        f"# PLAN: P\n## Work\n**Achievement 1.1**: A ({hours - 1}-{hours}h)\n" + "x\n" * more + "y"
    )

    assert plan.ids == ("1.1",)
    assert complaints(plan) == [f"PLAN_MY-PLAN.md:1: warning: {one}" for one in said]


def test_an_unusual_name_is_told() -> None:
    source = Excerpt.of("x.md", b"# PLAN: P\n**Achievement 1.1**: A\n")
    plan = parse_plan(source, Path("PLAN_my_plan.md"), Path())

    assert complaints(plan) == [
        (
            "x.md:1: warning: the plan's name my_plan has other characters than letters, digits and "
            "single hyphens; use capital letters, digits and hyphens, as in MY-PLAN"
        )
    ]


def test_a_byte_order_mark_and_carriage_returns_change_nothing(tmp_path: Path) -> None:
    plain = tmp_path / "work-space" / "plans" / "A" / "PLAN_A.md"
    plain.parent.mkdir(parents=True)
    plain.write_text(INDEX, encoding="utf-8")
    before = read_plan(plain, tmp_path)
    plain.write_bytes(b"\xef\xbb\xbf" + INDEX.replace("\n", "\r\n").encode())

    assert read_plan(plain, tmp_path) == before


def test_a_plan_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "PLAN_A.md").write_bytes(b"# PLAN: \xff\n")

    with pytest.raises(SourceError) as raised:
        read_plan(tmp_path / "PLAN_A.md", tmp_path)

    assert str(raised.value) == "PLAN_A.md:1: error: byte 9 of the file (0xff) is not UTF-8; save it as UTF-8"


def test_the_plan_of_the_manual_is_read_as_the_manual_says() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "plans.md").read_text(encoding="utf-8")
    text = manual.partition("```markdown\n# PLAN")[2].partition("```")[0]
    plan = plan_of(f"# PLAN{text}")
    link = plan.achievements[2]

    assert (plan.title, plan.ids, plan.problems) == ("Weather Station", ("0.1", "0.2", "1.1"), ())
    assert (link.dependencies, link.priority_name, list(link.parts)) == (
        ("0.1", "0.2"),
        "Radio",
        [Part.OBJECTIVE, Part.DELIVERABLES, Part.SUCCESS, Part.TESTS],
    )


PIECES = st.sampled_from(
    [
        *(
            "#",
            "##",
            "###",
            "- ",
            "**",
            "Achievement ",
            "Achievement Index",
            "1.1",
            "01.2",
            ": ",
            "\n",
            "\n\n",
        ),
        *(
            "Priority ",
            "```",
            "~~~",
            "(",
            ")",
            "4-6h",
            "✅",
            "**Dependencies**: ",
            "Effort",
            "\t",
            "|",
            "Next",
        ),
        *(
            "Current Status & Handoff",
            "[TO BE FILLED",
            "# PLAN: ",
            "Goal",
            "---",
            "\r",
            "\x00",
            "é",
            "9" * 30,
        ),
    ]
)


@settings(max_examples=200)
@given(st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    plan = parse_plan(Excerpt("PLAN_X.md", tuple(text.split("\n"))), FILE, Path())

    assert len(set(plan.ids)) == len(plan.ids)
    assert all(0 < one.location.line <= plan.lines for one in plan.achievements)

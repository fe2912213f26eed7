from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchexec.errors import SelectionError
from batchexec.plans.creation import Ending
from batchexec.plans.creation.filling import (
    Answer,
    Filled,
    as_asked,
    parse_answer,
    prompt,
    remember,
    save,
    wanted,
)

if TYPE_CHECKING:
    from plans.creation.conftest import Project

NAME = "SUBPLAN_MY-PLAN_11.md"
HOLE = "[TO BE FILLED: how]"


def fill(project: Project, answer: str, *, edit: str = "") -> Filled:
    loaded = project.load()
    files = wanted(loaded)
    if edit:
        project.write(f"subplans/{NAME}", edit)
    return save(loaded, files, parse_answer(answer, files), project.journal, ["batchexec", "plan_fill"])


def answered(text: str, name: str = NAME) -> str:
    return f"=== {name} ===\n{text}\n=== END ===\n"


def full(project: Project) -> str:
    return project.read(f"subplans/{NAME}").replace(HOLE, "One pass.")


@pytest.fixture
def holed(project: Project) -> Project:
    project.subplan("1.1", HOLE)
    return project


def test_files_with_places_to_fill_are_wanted(holed: Project) -> None:
    holed.subplan("1.2", HOLE)  # blocked
    holed.execution("11")
    holed.execution("11", "02").write_text("[FILL: x] [TO BE FILLED]")
    holed.subplan("2.1")

    assert [(one.id, one.file.name, one.count) for one in wanted(holed.load())] == [
        ("1.1", NAME, 1),
        ("1.1", "EXECUTION_TASK_MY-PLAN_11_02.md", 2),
    ]


def test_what_is_complete_is_filled_only_if_asked_for(holed: Project) -> None:
    holed.approve("11")

    assert wanted(holed.load()) == ()
    assert [one.id for one in wanted(holed.load(), ["1.1"])] == ["1.1"]


def test_blocked_and_unknown_ids_are_refused_with_what_is_known_of_them(holed: Project) -> None:
    with pytest.raises(SelectionError) as caught:
        wanted(holed.load(), ["1.1", "1.2", "7.7", "x"])

    assert [str(problem) for problem in caught.value.problems] == [
        "error: 1.2 is blocked by 1.1; these have to be complete first",
        "error: MY-PLAN has no achievement 7.7; there are: 1.1, 1.2, 2.1, 2.12",
        "error: MY-PLAN has no achievement x; write X.Y or X.Y.Z, as in 1.2",
    ]


def test_the_question_holds_the_plan_the_subplan_and_each_file(holed: Project) -> None:
    holed.execution("11").write_text("# EXECUTION_TASK: X\n\n```\n[TO BE FILLED]\n```\n")
    loaded = holed.load()

    text = prompt(loaded, wanted(loaded))

    assert text.startswith("# Fill 2 files of plan MY-PLAN\n")
    assert "## Goal of the plan\n\n```text\nCount words.\n```\n" in text
    assert f"## {NAME}\n\nAchievement 1.1: Parser, 1 place to fill.\n" in text
    assert "What the PLAN says of it:\n\n```text\n- Goal: Split text into words.\n" in text
    assert f"What {NAME} says:\n\n```text\n# SUBPLAN: Achievement 1.1 - X\n" in text
    assert "````text\n# EXECUTION_TASK: X\n\n```\n[TO BE FILLED]\n```\n````\n" in text
    assert text.endswith(
        f"=== {NAME} ===\n(the whole file)\n=== END ===\n"
        "=== EXECUTION_TASK_MY-PLAN_11_01.md ===\n(the whole file)\n=== END ===\n"
    )


def test_a_subplan_that_cannot_be_read_is_left_out_of_the_question(project: Project) -> None:
    project.execution("11").write_text("[TO BE FILLED]")
    project.subplan("1.1").write_bytes(b"\xff")
    loaded = project.load()

    files = wanted(loaded)

    assert [one.file.name for one in files] == ["EXECUTION_TASK_MY-PLAN_11_01.md"]
    assert f"What {NAME} says" not in prompt(loaded, files)


def test_a_full_answer_replaces_the_file_and_can_be_undone(holed: Project) -> None:
    before, text = holed.tree(), full(holed)

    filled = fill(holed, f"Here you are.\n\n{answered(text)}\nBye.\n")

    assert filled.ending is Ending.DONE
    assert filled.filled == ((f"work-space/plans/MY-PLAN/subplans/{NAME}", 0),)
    assert holed.read(f"subplans/{NAME}") == text
    assert holed.journal.undo(filled.run_id).restored == (f"work-space/plans/MY-PLAN/subplans/{NAME}",)
    assert holed.tree() == before


@pytest.mark.parametrize("fence", ["```", "````markdown", "~~~md"])
def test_a_fence_around_a_file_is_taken_off(holed: Project, fence: str) -> None:
    text = full(holed)
    end = fence.rstrip("markdown")

    assert fill(holed, answered(f"\n{fence}\n{text}\n{end}\n").replace("\n", "\r\n")).errors == ()
    assert holed.read(f"subplans/{NAME}") == text


def test_a_part_of_the_places_may_stay_open(holed: Project) -> None:
    holed.write(f"subplans/{NAME}", full(holed) + f"\n{HOLE}\n{HOLE}\n")

    filled = fill(holed, answered(full(holed).replace(HOLE, "x", 1) + f"\n{HOLE}\n"))

    assert filled.filled[0][1] == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("- X", "- Y"), "its first heading is to stay: # SUBPLAN: Achievement 1.1 - X"),
        (("# SUBPLAN", "SUBPLAN"), "its first heading is to stay: # SUBPLAN: Achievement 1.1 - X"),
        (("**Achievement**: 1.1", "**Achievement**: 2.1"), "its id is to stay 1.1, not 2.1"),
        (("One pass.", HOLE), "nothing in it was filled"),
    ],
)
def test_an_answer_that_is_another_document_is_not_taken(
    holed: Project, change: tuple[str, str], why: str
) -> None:
    before = holed.tree()

    filled = fill(holed, answered(full(holed).replace(*change)))

    assert filled == Filled(
        filled=(), errors=((f"work-space/plans/MY-PLAN/subplans/{NAME}", why),), run_id=""
    )
    assert filled.ending is Ending.FAILED
    assert holed.tree() == before


def test_a_file_somebody_changed_since_it_was_asked_about_stays(holed: Project) -> None:
    filled = fill(holed, answered(full(holed)), edit="mine")

    assert [why for _, why in filled.errors] == ["somebody changed it since it was asked about; ask again"]
    assert holed.read(f"subplans/{NAME}") == "mine"


def test_an_answer_that_comes_back_later_meets_the_files_as_they_were_asked_about(holed: Project) -> None:
    holed.execution("11").write_text("# EXECUTION_TASK: X\n\n[TO BE FILLED]\n")
    remember(holed.journal, wanted(holed.load())[:1])
    remember(holed.journal, wanted(holed.load())[1:])
    holed.write(f"subplans/{NAME}", holed.read(f"subplans/{NAME}") + "\nMine.\n")
    files = as_asked(holed.journal, wanted(holed.load()))
    text = answered(full(holed)) + answered("# EXECUTION_TASK: X\n\nDone.", "EXECUTION_TASK_MY-PLAN_11_01.md")

    filled = save(holed.load(), files, parse_answer(text, files), holed.journal, ["x"])

    assert [why for _, why in filled.errors] == ["somebody changed it since it was asked about; ask again"]
    assert [left for _, left in filled.filled] == [0]
    assert "Mine." in holed.read(f"subplans/{NAME}")


@pytest.mark.parametrize("noted", [None, "{", "[]"])
def test_without_a_note_files_count_as_they_are(holed: Project, noted: str | None) -> None:
    if noted:
        (holed.root / ".batchexec" / "answers").mkdir(parents=True)
        (holed.root / ".batchexec" / "answers" / "plan_fill.json").write_text(noted)
    files = wanted(holed.load())

    assert as_asked(holed.journal, files) == files


def test_a_file_that_became_a_link_stays_one(holed: Project) -> None:
    loaded, file = holed.load(), holed.plan / "subplans" / NAME
    files, answer = wanted(loaded), parse_answer(answered(full(holed)), wanted(loaded))
    file.rename(file.with_suffix(".old"))
    file.symlink_to(file.with_suffix(".old"))

    filled = save(loaded, files, answer, holed.journal, ["x"])

    assert [why for _, why in filled.errors] == [
        f"work-space/plans/MY-PLAN/subplans/{NAME}: is a symbolic link"
    ]
    assert file.is_symlink()


@pytest.mark.parametrize(
    ("text", "texts", "problems"),
    [
        ("", {}, []),
        ("=== END ===", {}, []),
        (answered("a"), {NAME: "a\n"}, []),
        (f"=== {NAME} ===\na", {}, [f"{NAME} has no `=== END ===`; the answer was cut short; ask again"]),
        (
            f"=== {NAME} ===\na\n{answered('b')}",
            {NAME: "b\n"},
            [f"{NAME} has no `=== END ===`; the answer was cut short; ask again"],
        ),
        (
            answered("a") + answered("b"),
            {NAME: "a\n"},
            [f"{NAME} is answered twice; the first one counts"],
        ),
        (answered("a", "OTHER.md"), {}, ["OTHER.md was not asked for; it is left out"]),
        (
            answered("=== FAILURES ===\n=== README.md ==="),
            {NAME: "=== FAILURES ===\n=== README.md ===\n"},
            [],
        ),
        (answered("```\na\n```\nb"), {NAME: "```\na\n```\nb\n"}, []),
        (answered("```python\na\n```"), {NAME: "```python\na\n```\n"}, []),
    ],
)
def test_an_answer_is_taken_apart_by_the_names_in_it(
    holed: Project, text: str, texts: dict[str, str], problems: list[str]
) -> None:
    answer = parse_answer(text, wanted(holed.load()))

    assert answer.texts == texts
    assert [f"{one.message}; {one.hint}" for one in answer.problems] == problems


def test_what_an_answer_holds_beside_the_files_is_told(holed: Project) -> None:
    filled = fill(holed, answered("a", "OTHER.md"))

    assert filled.errors == (
        ("", "OTHER.md was not asked for; it is left out"),
        (f"work-space/plans/MY-PLAN/subplans/{NAME}", "the answer does not hold it"),
    )


@given(st.lists(st.sampled_from([f"=== {NAME} ===", "=== END ===", "```", "a", "=== B.md ===", ""])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_no_answer_raises(holed: Project, lines: list[str]) -> None:
    answer = parse_answer("\n".join(lines), wanted(holed.load()))

    assert isinstance(answer, Answer)
    assert set(answer.texts) <= {NAME}

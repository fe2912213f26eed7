from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batchexec.errors import SelectionError, Severity
from batchexec.parallel import parse_parallel
from batchexec.plans.creation import Ending
from batchexec.plans.creation.discovery import Asked, Saved, extract, prompt, save

if TYPE_CHECKING:
    from plans.creation.conftest import Project

PATH = "work-space/plans/MY-PLAN/parallel.json"


def ask(project: Project, level: int, scope: str) -> str:
    from plans.creation.conftest import TODAY

    return prompt(project.load(), level, scope, TODAY)


def template(text: str) -> str:
    found = re.search(r"```json\n(.*)\n```\n\Z", text, re.DOTALL)
    assert found
    return found[1]


def answer(**changes: Any) -> str:
    value = {
        "plan_name": "MY-PLAN",
        "parallelization_level": "level_3",
        "achievements": [
            {"achievement_id": "1.1", "dependencies": [], "mood": "good"},
            {"achievement_id": "1.2", "dependencies": ["1.1"]},
            {"achievement_id": "2.1", "dependencies": ["1.1"]},
            {"achievement_id": "2.12", "dependencies": ["2.1"]},
        ],
    }
    return json.dumps(value | changes)


def test_an_answer_of_another_level_or_scope_is_not_saved(bare: Project) -> None:
    found = keep(bare, f"So:\n\n```json\n{answer()}\n```\n", level=2, scope="1", source="answers/mine.md")

    assert found.ending is Ending.FAILED
    errors = [one for one in found.findings if one.severity is Severity.ERROR]
    assert [str(one) for one in errors] == [
        (
            "error J05 /parallelization_level: parallelization_level 'level_3' is not level_2,"
            " which was asked for"
        ),
        "error W31 /achievements/2: 2.1 is not in priority 1, which was asked about",
        "error W31 /achievements/3: 2.12 is not in priority 1, which was asked about",
    ]
    assert {(one.file, one.line) for one in errors} == {("answers/mine.md", 4)}
    assert not (bare.plan / "parallel.json").exists()


def test_an_answer_about_another_achievement_is_not_saved(bare: Project) -> None:
    found = keep(bare, answer(parallelization_level="level_1"), level=1, scope="1.2")

    assert [one.message for one in found.findings if one.severity is Severity.ERROR] == [
        f"{id_} is not in achievement 1.2, which was asked about" for id_ in ("1.1", "2.1", "2.12")
    ]


@pytest.fixture
def bare(project: Project) -> Project:
    (project.plan / "parallel.json").unlink()
    return project


def keep(
    project: Project,
    text: str,
    *,
    overwrite: bool = False,
    level: int = 3,
    scope: str = "",
    source: str = "x",
) -> Saved:
    asked = Asked(level=level, scope=scope, source=source)
    return save(project.load(), text, asked, overwrite, project.journal, ["batchexec", "plan_discover"])


@pytest.mark.parametrize(
    ("level", "scope", "first", "ids", "outside"),
    [
        (1, "2.1", "split achievement 2.1 into sub-executions", ["2.1"], ["1.1"]),
        (2, "1", "which achievements of priority 1 can", ["1.1", "1.2"], []),
        (2, "2", "which achievements of priority 2 can", ["2.1", "2.12"], ["1.1"]),
        (3, "", "its achievements, across all priorities", ["1.1", "1.2", "2.1", "2.12"], []),
    ],
)
def test_the_question_has_all_its_parts_for_what_is_in_scope(
    bare: Project, level: int, scope: str, first: str, ids: list[str], outside: list[str]
) -> None:
    text = ask(bare, level, scope)

    assert text.startswith("Analyze @PLAN_MY-PLAN.md and ")
    assert first in text.partition("\n")[0]
    assert re.findall(r"^## (.+)", text, re.MULTILINE) == [
        "CONTEXT",
        "OBJECTIVE",
        "ANALYSIS STEPS",
        "INDEPENDENCE CRITERIA",
        "RULES",
        "OUTPUT FORMAT",
    ]
    assert text.count("- [ ] ") == 16
    assert f"- Parallelization level: level_{level}\n- Achievements in the plan: 4\n" in text
    assert f"- Achievements in scope: {len(ids)}\n" in text
    assert re.findall(r"^### Achievement (\S+):", text, re.MULTILINE) == ids
    assert f"It will be saved as {PATH}." in text
    checked = parse_parallel(template(text).encode(), Path("parallel.json"))
    assert checked.errors == ()
    assert checked.model is not None
    assert checked.model.level == f"level_{level}"
    assert (checked.model.plan_name, checked.model.created) == ("MY-PLAN", "2026-11-21")
    assert list(checked.model.ids) == ids
    assert list(checked.model.external) == outside
    assert keep(bare, template(text), level=level, scope=scope).ending is Ending.DONE


def test_the_question_tells_what_the_plan_says_of_each_achievement(bare: Project) -> None:
    assert (
        "### Achievement 1.1: Parser\n\n- Effort: 3-4 hours\n- Declared dependencies: none\n- Objective:\n\n"
        "```text\nSplit text into words.\n```\n- Deliverables:\n\n"
        "```text\n- words.py\n- test_words.py\n```\n\n"
        "### Achievement 1.2: Counter\n\n- Effort: 2 hours\n- Declared dependencies: 1.1\n"
    ) in ask(bare, 3, "")


@pytest.mark.parametrize(
    ("level", "scope", "message"),
    [
        (1, "", "no achievement: level 1 needs one, --achievement; there are: 1.1, 1.2, 2.1, 2.12"),
        (1, "9.9", "no achievement 9.9; there are: 1.1, 1.2, 2.1, 2.12"),
        (1, "01.1", "no achievement 01.1; write 1.1"),
        (2, "", "no priority: level 2 needs one, --priority; there are: 1, 2"),
        (2, "7", "no priority 7; there are: 1, 2"),
        (3, "1", "level 3 takes the whole plan; write 1 --achievement ID, 2 --priority N, or 3"),
        (4, "", "there is no parallel level 4; write 1 --achievement ID, 2 --priority N, or 3"),
    ],
)
def test_a_scope_that_names_nothing_is_a_usage_error(
    bare: Project, level: int, scope: str, message: str
) -> None:
    with pytest.raises(SelectionError) as caught:
        ask(bare, level, scope)

    assert str(caught.value) == f"error: {message}"


def test_a_plan_without_achievements_has_nothing_to_ask_about(bare: Project) -> None:
    bare.write("PLAN_MY-PLAN.md", "# PLAN: Empty\n")

    with pytest.raises(SelectionError, match="MY-PLAN lists no achievements"):
        ask(bare, 3, "")


@pytest.mark.parametrize("form", ["{}", "\ufeff\n{}\n", "Here:\n\n```json\n{}\n```\nBye.", "~~~\n{}\n~~~"])
def test_an_answer_is_saved_as_it_is_meant(bare: Project, form: str) -> None:
    before = bare.tree()

    saved = keep(bare, form.replace("{}", answer()))

    assert (saved.ending, saved.path, saved.problems) == (Ending.DONE, PATH, ())
    assert bare.read("parallel.json") == json.dumps(json.loads(answer()), indent=2) + "\n"
    assert bare.journal.undo(saved.run_id).removed == (PATH,)
    assert bare.tree() == before


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{", {"J02"}),
        ("[]", {"J04"}),
        (answer(parallelization_level="level_9"), {"J05"}),
        (answer(external_achievements=["9.9"]), {"W31"}),
        (answer(achievements=[{"achievement_id": "9.9", "dependencies": []}]), {"W31"}),
    ],
)
def test_an_answer_with_errors_is_not_saved_but_kept_aside(bare: Project, text: str, codes: set[str]) -> None:
    before = bare.tree()

    saved = keep(bare, text)

    assert saved.ending is Ending.FAILED
    assert {finding.code for finding in saved.findings if finding.severity == "error"} == codes
    assert Path(saved.kept).read_text() == text
    assert Path(saved.kept).parent == bare.root / ".batchexec" / "answers"
    assert bare.tree() == before


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("It cannot be split.", "has 0 fences"),
        ("```\n{}\n```\n```\n{}\n```", "has 2 fences"),
        ("```json\n{}", "has a fence that is never closed"),
    ],
)
def test_an_answer_without_clear_json_is_kept_aside(bare: Project, text: str, what: str) -> None:
    saved = keep(bare, text)

    assert saved.ending is Ending.FAILED
    assert [str(problem) for problem in saved.problems] == [
        f"error: the answer is no JSON and {what}; it is to be JSON alone, or exactly one fence with it"
    ]
    assert Path(saved.kept).read_text() == text
    assert keep(bare, text).kept


@pytest.mark.parametrize("name", ["parallel.json", "parallel_analysis.json"])
def test_an_existing_graph_is_replaced_only_with_overwrite(project: Project, name: str) -> None:
    (project.plan / "parallel.json").rename(project.plan / name)
    before = project.tree()

    refused = keep(project, answer())

    assert refused.ending is Ending.REFUSED
    assert [str(problem) for problem in refused.problems] == [
        f"error: work-space/plans/MY-PLAN/{name} is there already; give --overwrite to replace it"
    ]
    assert project.tree() == before
    saved = keep(project, answer(), overwrite=True)
    assert saved.ending is Ending.DONE
    assert json.loads(project.read("parallel.json")) == json.loads(answer())
    project.journal.undo(saved.run_id)
    assert project.tree() == before


def test_a_dropped_dependency_is_told_and_saved_all_the_same(bare: Project) -> None:
    edges: list[dict[str, Any]] = [
        {"achievement_id": id_, "dependencies": []} for id_ in ("1.1", "1.2", "2.1", "2.12")
    ]

    saved = keep(bare, answer(achievements=edges))

    assert saved.ending is Ending.DONE
    assert "W33" in {finding.code for finding in saved.findings}


def test_characters_that_are_none_are_written_as_escapes(bare: Project) -> None:
    keep(bare, answer(notes="\ud800 é"))

    assert json.loads(bare.read("parallel.json"))["notes"] == "\ud800 é"


def test_a_fence_inside_a_fence_belongs_to_it() -> None:
    assert extract("````\n```json\n{}\n```\n````") == ("```json\n{}\n```", None)


def test_a_graph_that_appears_at_the_last_moment_survives(
    bare: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(*arguments: object, **options: object) -> None:
        bare.write("parallel.json", "mine")
        link(*arguments, **options)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(os, "link", late)

    saved = keep(bare, answer())

    assert saved.ending is Ending.REFUSED
    assert [str(problem) for problem in saved.problems] == [
        f"error: {PATH} changed at this moment; give --overwrite again"
    ]
    assert bare.read("parallel.json") == "mine"

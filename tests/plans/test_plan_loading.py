"""Everything about a plan is read from its files, wherever it lies and wherever one stands."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from standing_bench import PlanSite, item

from batchexec.errors import SelectionError
from batchexec.plans import load
from batchexec.plans.recommending import Basis
from batchexec.plans.table import status_json
from batchexec.sources.plan import PARALLEL_FILES

if TYPE_CHECKING:
    from pathlib import Path

STATUS = {"1.1": "complete", "1.2": "failed", "2.1": "subplan_created", "2.2": "not_started"}


@pytest.fixture
def site(tmp_path: Path) -> PlanSite:
    """A plan of four achievements, one of them complete."""
    site = PlanSite(tmp_path)
    site.plan("1.1: Parser (4h)", "1.2: Printer (2h)", "2.1: Report (6h) < 1.1", "2.2: End < 2.1")
    site.parallel(item("1.1"), item("1.2"), item("2.1", "1.1"), item("2.2", "2.1"))
    site.execution("11")
    site.execution("12")
    site.subplan("21")
    site.mark("APPROVED", "11")
    site.mark("FIX", "12")
    return site


def test_status_is_the_same_from_any_directory_and_after_a_move(
    site: PlanSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status_json(site.load().standing) == STATUS
    for there in (site.root, site.directory, site.directory / "execution"):
        monkeypatch.chdir(there)
        assert status_json(site.load().standing) == STATUS

    monkeypatch.chdir(site.root)
    moved = site.root / "elsewhere/work-space/plans/later/MY-PLAN"
    moved.parent.mkdir(parents=True)
    shutil.move(site.directory, moved)
    assert status_json(load(site.root / "elsewhere", "@MY-PLAN").standing) == STATUS
    assert status_json(load(site.root, str(moved)).standing) == STATUS


@pytest.mark.parametrize("status", ["complete", "failed", "anything"])
def test_a_stored_status_is_ignored(site: PlanSite, status: str) -> None:
    site.parallel(*(item(id_, status=status) for id_ in STATUS))

    assert status_json(site.load().standing) == STATUS


@pytest.mark.parametrize("name", PARALLEL_FILES)
def test_the_graph_may_have_any_of_its_names(site: PlanSite, name: str) -> None:
    (site.directory / "parallel.json").rename(site.directory / name)
    loaded = site.load()

    assert loaded.parallel is not None
    assert loaded.parallel.path.name == name
    assert loaded.basis is Basis.PARALLEL


def test_without_a_graph_the_dependencies_of_the_plan_count(site: PlanSite) -> None:
    (site.directory / "parallel.json").unlink()
    loaded = site.load()

    assert loaded.parallel is None
    assert loaded.basis is Basis.PLAN
    assert loaded.standing.dependencies == {"1.1": (), "1.2": (), "2.1": ("1.1",), "2.2": ("2.1",)}
    assert status_json(loaded.standing) == STATUS


def test_the_graph_goes_before_the_dependencies_of_the_plan(site: PlanSite) -> None:
    site.parallel(item("2.2"), item("2.1", "2.2"))
    found = site.load().standing

    assert found.dependencies == {"2.2": (), "2.1": ("2.2",), "1.1": (), "1.2": ()}
    assert found.levels == {"2.2": 0, "2.1": 1, "1.1": 0, "1.2": 0}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"achievements": 3}'])
def test_a_broken_graph_leaves_what_the_plan_says(site: PlanSite, text: str) -> None:
    site.write("parallel.json", text)
    loaded = site.load()

    assert loaded.basis is Basis.BROKEN
    assert status_json(loaded.standing) == STATUS
    assert loaded.standing.ready == ("1.2", "2.1")


def test_a_directory_with_a_graph_and_files_needs_no_plan(site: PlanSite) -> None:
    (site.directory / "PLAN_MY-PLAN.md").unlink()
    loaded = load(site.root, str(site.directory))

    assert status_json(loaded.standing) == STATUS
    assert loaded.naming.word == str(site.directory)


def test_a_graph_alone_speaks_of_the_plan_it_names(site: PlanSite, tmp_path: Path) -> None:
    graph = site.directory / "parallel.json"
    alone = site.root / "ideas/parallel.json"
    alone.parent.mkdir()
    graph.rename(alone)

    loaded = load(tmp_path, str(alone))

    assert status_json(loaded.standing) == STATUS
    assert loaded.plan.file == site.directory / "PLAN_MY-PLAN.md"
    assert loaded.parallel is not None
    assert loaded.parallel.path == alone
    assert loaded.naming.word == str(alone)


def test_a_graph_that_names_no_plan_there_is_has_no_evidence(site: PlanSite, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-outside"
    elsewhere.mkdir()
    (elsewhere / "parallel.json").write_text(
        json.dumps({"plan_name": "X", "parallelization_level": "level_3", "achievements": [item("1.1")]})
    )

    assert status_json(load(site.root, str(elsewhere)).standing) == {"1.1": "not_started"}


def test_an_external_achievement_releases_what_depends_on_it_once_it_is_approved(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    site.parallel(item("2.1", "1.1"), external_achievements=["1.1"])
    site.execution("21")

    def stood() -> tuple[dict[str, str], tuple[str, ...]]:
        found = load(site.root, str(site.directory)).standing
        return status_json(found), found.ready

    assert stood() == ({"2.1": "execution_created"}, ())
    site.mark("APPROVED", "11")
    assert stood() == ({"2.1": "execution_created"}, ("2.1",))


def test_a_plan_among_others_takes_no_graph_that_names_another(tmp_path: Path) -> None:
    site = PlanSite(tmp_path)
    plans = tmp_path / "work-space/plans"
    plans.mkdir(parents=True)
    for name in ("ONE", "TWO"):
        text = f"# PLAN: {name}\n\n## Achievements\n\n**Achievement 1.1**: Part of {name}\n"
        (plans / f"PLAN_{name}.md").write_text(text)
    graph = {"plan_name": "ONE", "parallelization_level": "level_3", "achievements": [item("1.2")]}
    (plans / "parallel.json").write_text(json.dumps(graph))

    assert load(site.root, "@ONE").standing.ids == ("1.2", "1.1")
    assert load(site.root, "@TWO").standing.ids == ("1.1",)


def test_two_plans_of_one_name_are_named_by_their_paths(site: PlanSite) -> None:
    other = site.root / "work-space/plans/later/my-plan"
    other.mkdir(parents=True)
    (other / "PLAN_my-plan.md").write_text("# PLAN: x\n\n## Achievements\n\n**Achievement 1.1**: Part\n")
    file = site.directory / "PLAN_MY-PLAN.md"

    assert load(site.root, str(file)).naming.word == str(file)
    other.joinpath("PLAN_my-plan.md").rename(other / "PLAN_OTHER.md")
    assert load(site.root, str(file)).naming.word == "@MY-PLAN"


def test_a_word_that_names_no_plan_is_refused(site: PlanSite) -> None:
    with pytest.raises(SelectionError, match="no plan is called nope"):
        load(site.root, "@nope")


def test_what_is_left_to_fill_is_counted_by_file(site: PlanSite) -> None:
    subplan = site.subplan("21", "[TO BE FILLED: what is wanted]")
    site.execution("12", "\n## Log\n\n[TO BE FILLED]\n[TO BE FILLED: more]\n")
    site.execution("11", "[TO BE FILLED]")
    loaded = site.load()

    assert {path.name: count for path, count in loaded.placeholders.items() if count} == {
        subplan.name: 1,
        "EXECUTION_TASK_MY-PLAN_12_01.md": 2,
    }
    assert loaded.standing.unfilled == {"2.1": 1}
    assert loaded.vague == {"2.1"}


def test_a_place_to_fill_outside_objective_and_approach_leaves_a_subplan_clear(site: PlanSite) -> None:
    site.subplan("21", "Do it.\n\n## Tests\n\n[TO BE FILLED]")
    loaded = site.load()

    assert loaded.standing.unfilled == {"2.1": 1}
    assert not loaded.vague


def test_files_that_are_no_text_are_left_to_lint(site: PlanSite) -> None:
    name = "SUBPLAN_MY-PLAN_21.md"
    (site.directory / "subplans" / name).write_bytes(b"\xff\xfe\x00")
    (site.directory / "execution/EXECUTION_TASK_MY-PLAN_12_01.md").write_bytes(b"\xff\xfe\x00")
    loaded = site.load()

    assert status_json(loaded.standing) == STATUS
    assert sum(loaded.placeholders.values()) == 0


def test_a_live_run_and_passed_attempts_are_told_by_the_caller(site: PlanSite) -> None:
    loaded = load(site.root, "@MY-PLAN", {"2.1"}, passed={"1.2"}, given="..")

    assert loaded.standing.statuses["2.1"] == "in_progress"
    assert loaded.recommendation.command == (
        "batchexec", "plan_approve", "--plan", "@MY-PLAN", "--workspace", "..", "--ids", "1.2",
    )  # fmt: skip

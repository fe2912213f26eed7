from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from batchexec.journal import Undone
from batchexec.plans.creation import Ending, create

if TYPE_CHECKING:
    from pathlib import Path

    from plans.creation.conftest import Project

SUBPLANS = "work-space/plans/MY-PLAN/subplans"
EXECUTIONS = "work-space/plans/MY-PLAN/execution"


def three_subplans(project: Project) -> None:
    for id_ in ("1.1", "1.2", "2.1"):
        project.subplan(id_)


@pytest.mark.parametrize("kind", ["subplans", "executions"])
def test_what_was_previewed_is_created(project: Project, kind: str) -> None:
    for id_ in ("1.1", "1.2", "2.1", "2.12") if kind == "executions" else ():
        project.subplan(id_)
    choice = project.choose(kind, "all")

    created = project.create(kind, "all")

    assert created.ending is Ending.DONE
    assert created.created == tuple(
        target.path.relative_to(project.root).as_posix() for target in choice.to_create
    )
    assert all((project.root / path).is_file() for path in created.created)


def test_three_subplans_become_three_executions(project: Project) -> None:
    three_subplans(project)

    created = project.create("executions", "ready", "1.1", "1.2", "2.1")

    assert created.text() == (
        "✅ Created 3 EXECUTION_TASKs:\n"
        f"  - {EXECUTIONS}/EXECUTION_TASK_MY-PLAN_11_01.md\n"
        f"  - {EXECUTIONS}/EXECUTION_TASK_MY-PLAN_12_01.md\n"
        f"  - {EXECUTIONS}/EXECUTION_TASK_MY-PLAN_21_01.md\n"
        "⚠️  To be filled (10):\n"
        f"  - {EXECUTIONS}/EXECUTION_TASK_MY-PLAN_11_01.md (1)\n"
        f"  - {EXECUTIONS}/EXECUTION_TASK_MY-PLAN_12_01.md (4)\n"
        f"  - {EXECUTIONS}/EXECUTION_TASK_MY-PLAN_21_01.md (5)\n"
        "Next: batchexec plan_fill --plan @MY-PLAN --ids 1.1\n"
    )


def test_only_what_has_places_to_fill_is_to_be_filled_next(project: Project) -> None:
    created = project.create("subplans", "ready", "1.1", "1.2", "2.1")
    project.approve("11")

    assert [path[-5:] for path, _ in created.unfilled] == ["12.md", "21.md"]
    again = project.create("subplans", "ready", "2.12")
    assert again.next == ("batchexec", "plan_status", "--plan", "@MY-PLAN")
    for file in (project.plan / "subplans").iterdir():
        file.unlink()
    assert project.create("subplans", "ready", "1.1", "1.2", "2.1").next[-1] == "1.2,2.1"


def test_one_missing_subplan_stops_all_executions(project: Project) -> None:
    project.subplan("1.1")
    before = project.tree()

    created = project.create("executions", "ready", "1.1", "1.2", "2.1")

    assert created.ending is Ending.REFUSED
    assert created.text() == (
        "⚠️  Missing 2 SUBPLANs (create these first):\n"
        "  - Achievement 1.2\n"
        "  - Achievement 2.1\n"
        "Next: batchexec plan_subplans --plan @MY-PLAN --ids 1.2,2.1\n"
    )
    assert project.tree() == before
    assert project.journal.runs() == ()


def test_a_second_run_changes_no_byte_and_lists_what_it_skipped(project: Project) -> None:
    project.create("subplans", "all")
    before = project.tree()

    created = project.create("subplans", "all")

    assert (created.created, created.skipped) == ((), ("1.1", "1.2", "2.1", "2.12"))
    assert created.ending is Ending.DONE
    assert created.run_id == ""
    assert created.text().startswith("⏭️  Skipped 4 (already exist):\n  - Achievement 1.1\n")
    assert project.tree() == before


def test_a_file_that_appears_between_choice_and_write_survives(project: Project) -> None:
    choice, loaded = project.choose("subplans", "all"), project.load()
    file = project.write("subplans/SUBPLAN_MY-PLAN_12.md", "mine")
    from plans.creation.conftest import COMMAND, TODAY

    created = create(choice, loaded, project.journal, command=COMMAND, today=TODAY)

    assert file.read_text() == "mine"
    assert created.skipped == ("1.2",)
    assert len(created.created) == 3


def test_ids_of_the_same_digits_get_files_of_their_own(project: Project) -> None:
    project.write(
        "parallel.json",
        json.dumps(
            {
                "plan_name": "MY-PLAN",
                "parallelization_level": "level_3",
                "achievements": [
                    {"achievement_id": "2.12", "dependencies": []},
                    {"achievement_id": "21.2", "dependencies": []},
                ],
            }
        ),
    )

    assert project.create("subplans", "ready", "2.12", "21.2").created == (
        f"{SUBPLANS}/SUBPLAN_MY-PLAN_2-12.md",
        f"{SUBPLANS}/SUBPLAN_MY-PLAN_21-2.md",
    )
    assert project.choose("subplans", "ready", "2.12", "21.2").skipped == ("2.12", "21.2")


def test_there_is_a_line_of_progress_for_each_file(project: Project) -> None:
    lines: list[str] = []

    project.create("subplans", "all", progress=lines.append)

    assert lines == [
        "Creating 1/4: SUBPLAN_MY-PLAN_11.md",
        "Creating 2/4: SUBPLAN_MY-PLAN_12.md",
        "Creating 3/4: SUBPLAN_MY-PLAN_21.md",
        "Creating 4/4: SUBPLAN_MY-PLAN_2-12.md",
    ]


@pytest.fixture
def unwritable(project: Project, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One name nothing can be written to, also for root."""
    link = os.link

    def refuse(source: str, target: str, **options: int) -> None:
        if target == "SUBPLAN_MY-PLAN_12.md":
            raise PermissionError(13, "Permission denied")
        link(source, target, **options)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(os, "link", refuse)
    return monkeypatch


def test_one_file_that_cannot_be_written_keeps_no_other_from_it_and_a_rerun_makes_it(
    project: Project, unwritable: pytest.MonkeyPatch
) -> None:
    created = project.create("subplans", "1", "1.1", "1.2", "2.1")

    assert created.ending is Ending.FAILED
    assert len(created.created) == 2
    assert created.errors == (("1.2", "Permission denied"),)
    assert "❌ Errors (1):\n  - Achievement 1.2: Permission denied\n" in created.text()
    assert created.next == ("batchexec", "plan_subplans", "--plan", "@MY-PLAN")
    unwritable.undo()
    assert project.create("subplans", "1", "1.1", "1.2", "2.1").created == (
        f"{SUBPLANS}/SUBPLAN_MY-PLAN_12.md",
    )


@pytest.mark.parametrize("has_git", [False, True])
def test_an_atomic_run_that_fails_midway_leaves_the_tree_as_before(
    project: Project, unwritable: pytest.MonkeyPatch, has_git: bool
) -> None:
    if has_git:
        for words in (["init", "-q"], ["add", "."]):
            subprocess.run(["git", *words], cwd=project.root, check=True)
    project.write("notes.md", "not committed")
    before = {path: data for path, data in project.tree().items() if ".git/" not in path}

    created = project.create("subplans", "all", atomic=True)

    assert created.ending is Ending.FAILED
    assert (created.created, created.unfilled) == ((), ())
    assert created.errors == (("1.2", "Permission denied"),)
    assert {path: data for path, data in project.tree().items() if ".git/" not in path} == before
    assert project.journal.undo() == Undone("" if created.run_id == "" else created.run_id)


def test_what_a_person_changed_stays_when_an_atomic_run_is_taken_back(
    project: Project, unwritable: pytest.MonkeyPatch
) -> None:
    def edit(line: str) -> None:
        if "2/4" in line:
            project.write("subplans/SUBPLAN_MY-PLAN_11.md", "mine")

    created = project.create("subplans", "all", atomic=True, progress=edit)

    assert project.read("subplans/SUBPLAN_MY-PLAN_11.md") == "mine"
    assert created.errors == (
        ("1.2", "Permission denied"),
        ("1.1", f"{SUBPLANS}/SUBPLAN_MY-PLAN_11.md stays: it was changed since"),
    )


def test_undo_takes_back_what_was_created(project: Project) -> None:
    before = project.tree()
    created = project.create("subplans", "all")

    undone = project.journal.undo(created.run_id)

    assert sorted(undone.removed) == sorted(created.created)
    assert project.tree() == before


def test_text_and_json_carry_the_same_lists(project: Project, unwritable: pytest.MonkeyPatch) -> None:
    project.subplan("2.1")
    created = project.create("subplans", "all")

    told, text = json.loads(json.dumps(created.as_json())), created.text()

    assert told == {
        "schema_version": 1,
        "created": [f"{SUBPLANS}/SUBPLAN_MY-PLAN_11.md", f"{SUBPLANS}/SUBPLAN_MY-PLAN_2-12.md"],
        "skipped": ["2.1"],
        "errors": [{"id": "1.2", "message": "Permission denied"}],
        "missing_subplans": [],
        "unfilled": [{"file": f"{SUBPLANS}/SUBPLAN_MY-PLAN_2-12.md", "count": 6}],
        "run_id": created.run_id,
        "problems": [],
        "next": "batchexec plan_subplans --plan @MY-PLAN",
    }
    for path in told["created"]:
        assert f"  - {path}\n" in text
    assert "  - Achievement 2.1\n" in text
    assert f"  - {told['unfilled'][0]['file']} (6)\n" in text


def test_a_workspace_outside_the_tree_of_the_journal_is_refused(project: Project, tmp_path: Path) -> None:
    from plans.creation.conftest import COMMAND, TODAY

    from batchexec.journal import Journal

    (tmp_path / "elsewhere").mkdir()
    journal = Journal(tmp_path / "elsewhere", tmp_path / "elsewhere")

    created = create(project.choose("subplans"), project.load(), journal, command=COMMAND, today=TODAY)

    assert created.errors == (
        (
            "1.1",
            (
                f"{project.plan}/subplans/SUBPLAN_MY-PLAN_11.md is not inside {tmp_path}/elsewhere; "
                "name the workspace it lies in"
            ),
        ),
    )


def test_a_workspace_reached_over_a_link_is_written_into(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from plans.creation.conftest import COMMAND, TODAY

    from batchexec.plans import load
    from batchexec.plans.creation import choose

    linked = tmp_path_factory.mktemp("other") / "linked"
    linked.symlink_to(project.root, target_is_directory=True)
    (project.plan / "subplans").mkdir()
    loaded = load(linked, "@MY-PLAN")

    created = create(choose(loaded, "subplans"), loaded, project.journal, command=COMMAND, today=TODAY)

    assert created.created == (f"{SUBPLANS}/SUBPLAN_MY-PLAN_11.md",)


@pytest.mark.parametrize(
    ("kind", "ids", "filled", "command"),
    [
        ("subplans", ("1.1",), True, "plan_executions --plan @MY-PLAN --ids 1.1"),
        ("subplans", ("1.2",), False, "plan_status --plan @MY-PLAN"),
        ("executions", ("1.1",), True, "plan_run --plan @MY-PLAN --ids 1.1"),
    ],
)
def test_the_next_command_is_one_that_is_not_refused(
    project: Project, kind: str, ids: tuple[str, ...], filled: bool, command: str
) -> None:
    overrides = project.root / "templates"
    overrides.mkdir()
    for name in ("subplan", "execution_task"):
        text = "# X: Achievement {{ id }}\n" if filled else "[TO BE FILLED]\n"
        (overrides / f"{name}.md.j2").write_text(text)
    if kind == "executions":
        project.subplan("1.1")

    created = project.create(kind, "ready", *ids, overrides=overrides)

    assert created.as_json()["next"] == f"batchexec {command}"


def test_a_template_that_cannot_be_rendered_is_an_error_of_each_file(project: Project) -> None:
    overrides = project.root / "templates"
    overrides.mkdir()
    (overrides / "subplan.md.j2").write_text("{{ nonsense }}")

    created = project.create("subplans", overrides=overrides)

    assert created.ending is Ending.FAILED
    assert created.errors == (("1.1", "this template cannot be rendered: 'nonsense' is undefined"),)
    assert created.run_id == ""


def test_a_flat_plan_gets_its_files_where_it_looks_for_them(project: Project) -> None:
    plans = project.plan.parent
    for name in ("PLAN_MY-PLAN.md", "parallel.json"):
        (project.plan / name).rename(plans / name)
    project.plan.rmdir()

    assert project.create("subplans").created == ("work-space/subplans/SUBPLAN_MY-PLAN_11.md",)
    assert project.choose("subplans").skipped == ("1.1",)


def test_no_directory_is_left_open(project: Project) -> None:
    opened = len(os.listdir("/dev/fd"))  # noqa: PTH208  # as the system names them
    project.create("subplans", "all")

    assert len(os.listdir("/dev/fd")) == opened  # noqa: PTH208

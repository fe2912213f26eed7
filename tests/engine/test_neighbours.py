"""Ordinary doit tasks in the same dodo.py keep all that doit gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import DODO, section

if TYPE_CHECKING:
    from bench import Batch


@pytest.fixture
def shop(batch: Batch) -> Batch:
    batch.prompts(section("TASK-001", files={"src/a.py": "A = 1"}))
    batch.prompts(section("TASK-002", files={"src/b.py": "B = 1"}), category="missing_code")
    return batch


def test_naming_a_neighbour_runs_the_prompt_tasks_it_waits_for_and_reports_them(shop: Batch) -> None:
    shop.write(
        "dodo.py",
        DODO + "def task_pack():\n    return {'actions': ['touch packed'], 'task_dep': ['missing_code']}\n",
    )

    done = shop.doit("pack")

    assert done.code == 0, done.err
    assert "Found 1 task to execute" in done.out
    assert (shop.root / "packed").exists()
    assert [result["task_id"] for result in shop.report()["results"]] == ["TASK-002"]


def test_a_neighbour_can_be_named_by_its_target_and_its_plan_is_short(shop: Batch) -> None:
    shop.write(
        "dodo.py",
        DODO + "def task_pack():\n    return {'actions': ['touch packed'], 'targets': ['packed']}\n",
    )

    plan, done = shop.doit("list", "packed"), shop.doit("packed")

    assert plan.out == "📋 Execution Plan (DRY RUN):\n\nTotal: 0 tasks\n"
    assert (shop.root / "packed").exists()
    assert "Successful" not in done.out


def test_a_teardown_is_carried_out_at_the_end(shop: Batch) -> None:
    shop.write(
        "dodo.py", DODO + "def task_up():\n    return {'actions': ['touch up'], 'teardown': ['touch down']}\n"
    )

    shop.doit("up")

    assert (shop.root / "down").exists()


def test_values_pass_between_neighbours(shop: Batch) -> None:
    shop.write(
        "dodo.py",
        DODO + "def task_one():\n    return {'actions': [lambda: {'x': 'seven'}]}\n"
        "def task_two():\n"
        "    return {'actions': ['echo %(x)s > two.txt'], 'getargs': {'x': ('one', 'x')}}\n",
    )

    done = shop.doit("two")

    assert done.code == 0, done.err + done.out
    assert shop.read("two.txt") == "seven\n"


def test_what_a_neighbour_prints_is_shown_as_its_verbosity_says(shop: Batch) -> None:
    shop.write(
        "dodo.py", DODO + "def task_loud():\n    return {'actions': ['echo I am loud'], 'verbosity': 2}\n"
    )

    assert "I am loud" in shop.doit("loud", "-n", "2").out


def test_a_neighbour_that_raises_is_told_with_its_reason_and_the_rest_goes_on(shop: Batch) -> None:
    shop.write(
        "dodo.py",
        DODO + "def bad():\n    raise ValueError('so bad')\ndef task_bad():\n    return {'actions': [bad]}\n",
    )

    done = shop.doit()

    assert done.code == 2
    assert "so bad" in done.out
    assert (shop.root / "src/a.py").exists()


def test_neighbours_that_wait_for_each_other_are_named(shop: Batch) -> None:
    shop.write(
        "dodo.py",
        DODO + "def task_x():\n    return {'actions': ['true'], 'task_dep': ['y']}\n"
        "def task_y():\n    return {'actions': ['true'], 'task_dep': ['x']}\n",
    )

    all_of_them, one = shop.doit(), shop.doit("x")

    assert "ERROR: these tasks wait for each other: x, y" in all_of_them.err
    assert "ERROR: Cyclic/recursive dependencies for task x: [x -> y -> x]" in one.err
    for done in (all_of_them, one):
        assert done.code != 0
        assert "Traceback" not in done.err


def test_an_up_to_date_check_that_raises_fails_its_task_alone(shop: Batch) -> None:
    shop.write(
        "dodo.py",
        DODO + "def check():\n    raise ValueError('cannot tell')\n"
        "def task_odd():\n    return {'actions': ['true'], 'uptodate': [check]}\n",
    )

    done = shop.doit()

    assert done.code == 2
    assert "up-to-date check" in done.out
    assert (shop.root / "src/a.py").exists()


@pytest.mark.parametrize(("words", "code"), [(["-n", "-1"], 3), (["-n", "0"], 0), (["-n", "400"], 0)])
def test_a_number_of_slots_makes_sense_or_is_refused(shop: Batch, words: list[str], code: int) -> None:
    done = shop.doit(*words)

    assert done.code == code
    assert ("name how many tasks run at once, 1 or more" in done.err) is (code == 3)

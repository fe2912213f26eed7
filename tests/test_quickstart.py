"""The example as somebody meets it: a fresh clone, `doit`, and `doit` again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from clone import Clone

if TYPE_CHECKING:
    from pathlib import Path

WORK = "examples/quickstart/work"
PROMPT = "examples/quickstart/prompts/not_implemented.md"
RUN_ORDER = [
    "TASK-005",
    "TASK-003",
    "TASK-001",
    "TASK-002",
    "TASK-009",
    "TASK-007",
    "TASK-008",
    "TASK-004",
    "TASK-010",
    "TASK-006",
]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


@pytest.fixture
def done(clone: Clone) -> Clone:
    """Return a clone in which `doit` has run once."""
    first = clone.doit()
    assert first.code == 0, first.out + first.err
    return clone


def report(clone: Clone) -> dict[str, dict[str, object]]:
    newest = max((clone.root / WORK).glob(".spec/reports/*.json"))
    return {row["task_id"]: row for row in json.loads(newest.read_text(encoding="utf-8"))["results"]}


def sources(clone: Clone, tree: str) -> dict[str, str]:
    """Return the files of a tree below the example, without what runs leave behind."""
    root = clone.root / "examples/quickstart" / tree
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in root.rglob("*")
        if path.is_file() and not {".spec", "__pycache__", ".pytest_cache"} & set(path.parts)
    }


def edit(clone: Clone) -> None:
    text = clone.read(PROMPT)
    assert text.count("Your cart is empty") == 1
    clone.write(PROMPT, text.replace("Your cart is empty", "There is nothing here"))


def test_the_plan_of_a_fresh_clone_holds_every_category_and_writes_nothing(clone: Clone) -> None:
    before = clone.tree()
    plan = clone.plan()
    assert list(plan) == RUN_ORDER
    assert len({task["category"] for task in plan.values()}) == 6
    assert {task["status"] for task in plan.values()} == {"run"}
    assert clone.tree() == before


@pytest.mark.parametrize("words", [("explain", "TASK-001"), ("status",), ("list",)])
def test_every_word_that_reads_answers_before_the_first_run(clone: Clone, words: tuple[str, ...]) -> None:
    before = clone.tree()
    answer = clone.batchexec(*words)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out
    assert clone.tree() == before


def test_every_task_ends_as_done(done: Clone) -> None:
    assert {task_id: row["state"] for task_id, row in report(done).items()} == dict.fromkeys(
        RUN_ORDER, "done"
    )


def test_git_sees_nothing_of_a_run(done: Clone) -> None:
    assert done.git("status", "--short") == ""


def test_the_tree_holds_what_the_prompts_say(done: Clone) -> None:
    start, work = sources(done, "start"), sources(done, "work")
    gained = {"docs/guide.md", "shop/coupons.py", "shop/invoice.py", "shop/tax_rates.py"} | {
        "tests/test_invoice.py",
        "tests/test_money.py",
        "web/cartView.ts",
        "web/format.test.ts",
    }
    assert work.keys() - start.keys() == gained
    assert start.keys() - work.keys() == {"shop/taxrates.py"}
    changed = {path for path in start.keys() & work.keys() if start[path] != work[path]}
    assert changed == {"docs/policies.md", "shop/cart.py", "shop/shipping.py"}


def test_fragments_keep_the_lines_around_them(done: Clone) -> None:
    start, work = sources(done, "start"), sources(done, "work")
    lost = set(start["shop/cart.py"].splitlines()) - set(work["shop/cart.py"].splitlines())
    assert not lost
    assert work["docs/policies.md"].startswith(start["docs/policies.md"])
    assert "from collections import Counter\n" in work["shop/cart.py"]
    assert "NotImplementedError" not in work["shop/shipping.py"]


def test_the_fences_of_a_page_arrive_uncut(done: Clone) -> None:
    assert sources(done, "work")["docs/guide.md"].endswith("## Test it\n\n```bash\npython3 -m pytest\n```\n")


def test_the_tests_of_the_example_pass_once_all_tasks_are_done(clone: Clone) -> None:
    pytest_there = ("pytest", "--quiet", "-p", "no:cacheprovider")
    red = clone.run(*pytest_there, "examples/quickstart/start")
    assert red.code != 0
    assert clone.doit("--quiet").code == 0
    green = clone.run(*pytest_there, WORK)
    assert green.code == 0, green.out
    assert "30 passed" in green.out


def test_the_second_run_has_nothing_to_do(done: Clone) -> None:
    before = done.tree()
    second = done.doit()
    assert second.code == 0
    assert second.out.count("⏭️ Up to date") == len(RUN_ORDER)
    assert "Everything is up to date: nothing had to run" in second.out
    assert done.tree() == before


def test_an_edited_section_is_named_with_the_reason_and_runs_alone(done: Clone) -> None:
    edit(done)
    stale = [task for task in done.plan().values() if task["status"] != "up_to_date"]
    assert [task["id"] for task in stale] == ["TASK-002"]
    assert [reason["component"] for reason in stale[0]["reasons"]] == ["section"]
    again = done.doit()
    assert again.code == 0, again.out
    ran = {task_id for task_id, row in report(done).items() if row["state"] == "done"}
    assert ran == {"TASK-002"}
    assert "There is nothing here" in done.read(f"{WORK}/web/cartView.ts")


def test_a_tree_that_is_there_is_never_copied_over(done: Clone) -> None:
    done.write(f"{WORK}/shop/money.py", "# mine\n")
    (done.root / ".batchexec/run.db").unlink()
    done.doit()
    assert done.read(f"{WORK}/shop/money.py") == "# mine\n"


def test_a_copy_that_was_cut_off_is_made_anew(clone: Clone) -> None:
    clone.write(".batchexec/start/shop/money.py", "half of")
    assert clone.doit("start").code == 0
    assert sources(clone, "work") == sources(clone, "start")

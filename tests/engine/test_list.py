"""`doit list` is the plan: what would run, in which order, and why."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from bench import section

if TYPE_CHECKING:
    from bench import Batch

LOGIN = section("TASK-001", "Add login", {"src/login.py": "LOGIN = 1"})
USERS = section("TASK-002", "Add users", {"src/users.py": "USERS = 1"}, after=["TASK-001"])
LIMITER = section("TASK-004", "Fix limiter", {"src/limiter.py": "LIMIT = 1"}, priority=1)
TESTS = section("TASK-005", "Test login", {"tests/test_login.py": "def test_login():\n    assert 1 == 1"})


@pytest.fixture
def shop(batch: Batch) -> Batch:
    batch.prompts(LOGIN, USERS)
    batch.prompts(LIMITER, category="symbol_issue")
    batch.prompts(TESTS, category="missing_tests")
    return batch


def test_the_plan_names_each_group_once_and_numbers_places_in_the_run(shop: Batch) -> None:
    shop.doit("TASK-001")

    assert shop.doit("list").out == (
        "📋 Execution Plan (DRY RUN):\n"
        "\n"
        "critical (Priority 1):\n"
        "  1. TASK-004: Fix limiter [symbol_issue]\n"
        "     run: it has not run yet\n"
        "\n"
        "not_implemented (Priority 2):\n"
        "  2. TASK-001: Add login\n"
        "     up to date\n"
        "  3. TASK-002: Add users\n"
        "     run: it has not run yet\n"
        "\n"
        "missing_tests (Priority 2):\n"
        "  4. TASK-005: Test login\n"
        "     run: it has not run yet\n"
        "\n"
        "Total: 4 tasks across 3 categories\n"
        "Estimated time: 2-5 minutes\n"
        "Of these: 3 to run, 1 up to date\n"
    )


@pytest.mark.parametrize(
    ("count", "minutes"), [(1, "2-5"), (5, "2-5"), (6, "5-15"), (15, "5-15"), (16, "15-30"), (31, "30+")]
)
def test_the_estimate_goes_by_the_number_of_tasks(batch: Batch, count: int, minutes: str) -> None:
    batch.prompts(*(section(f"TASK-{n:03}", files={f"m{n}.py": f"X = {n}"}) for n in range(count)))

    out = batch.doit("list").out

    assert (
        f"Total: {count} task{'s' * (count > 1)} across 1 category\nEstimated time: {minutes} minutes\n"
        in out
    )


def test_json_has_every_task_in_run_order_with_all_that_is_known(shop: Batch) -> None:
    done = shop.doit("list", "--json")

    document = json.loads(done.out)
    assert done.err == ""
    assert document["schema_version"] == 1
    assert [task["id"] for task in document["tasks"]] == ["TASK-004", "TASK-001", "TASK-002", "TASK-005"]
    assert document["tasks"][2] == {
        "name": "smartspec:TASK-002",
        "id": "TASK-002",
        "title": "Add users",
        "family": "smartspec",
        "source": {"file": "prompts/not_implemented.md", "line": 9},
        "category": "not_implemented",
        "priority": 2,
        "stage": None,
        "deps": ["smartspec:TASK-001"],
        "soft_deps": [],
        "files": [{"path": "src/users.py", "role": "code", "block": True}],
        "edited": [],
        "status": "run",
        "reasons": [{"component": "record", "detail": "it has not run yet", "old": None, "new": None}],
        "estimate": None,
        "executor": ["apply"],
        "estimate_usd": None,
    }


def test_the_estimate_of_a_task_is_what_it_took_the_last_time(shop: Batch) -> None:
    shop.doit()

    assert isinstance(shop.plan()["TASK-001"]["estimate"], float)


def test_what_comes_behind_a_task_that_will_run_may_run(shop: Batch) -> None:
    shop.doit()
    shop.prompts(LOGIN.replace("LOGIN = 1", "LOGIN = 2"), USERS)

    plan = shop.plan()

    assert plan["TASK-002"]["status"] == "may_run"
    assert plan["TASK-002"]["reasons"][0]["detail"] == "TASK-001 comes before it and will run"


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["TASK-005"], ["TASK-005"]),
        (["task-005"], ["TASK-005"]),
        (["smartspec:TASK-005"], ["TASK-005"]),
        (["TASK-002"], ["TASK-001", "TASK-002"]),
        (["*-00[45]"], ["TASK-004", "TASK-005"]),
        (["smartspec:*"], ["TASK-004", "TASK-001", "TASK-002", "TASK-005"]),
        (["smartspec"], ["TASK-004", "TASK-001", "TASK-002", "TASK-005"]),
        (["missing_tests"], ["TASK-005"]),
        (["Missing Tests"], ["TASK-005"]),
        (["src/limiter.py"], ["TASK-004"]),
        (["./src/limiter.py", "TASK-005"], ["TASK-004", "TASK-005"]),
    ],
)
def test_tasks_can_be_named_in_every_way_people_would(shop: Batch, words: list[str], ids: list[str]) -> None:
    assert list(shop.plan(*words)) == ids


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--only-category", "missing_tests"], ["TASK-005"]),
        (["--only-category", "Missing Test, symbol-issues"], ["TASK-004", "TASK-005"]),
        (["--skip-category", "not_implemented"], ["TASK-004", "TASK-005"]),
        (["--only-category", "missing_tests,symbol_issue", "--skip-category", "symbol_issue"], ["TASK-005"]),
    ],
)
def test_categories_filter_and_both_filters_together_intersect(
    shop: Batch, words: list[str], ids: list[str]
) -> None:
    assert list(shop.plan(*words)) == ids


def test_a_filter_brings_nothing_along_and_says_what_is_blocked(batch: Batch) -> None:
    batch.prompts(LOGIN)
    batch.prompts(TESTS.replace("#### File", "Depends on: TASK-001\n\n#### File"), category="missing_tests")

    plan = batch.plan("--only-category", "missing_tests")
    done = batch.doit("--only-category", "missing_tests")

    assert list(plan) == ["TASK-005"]
    assert plan["TASK-005"]["status"] == "blocked"
    assert done.code == 1
    assert "⚠️ Blocked: TASK-001 has to be done first and is not selected" in done.out
    batch.doit("TASK-001")
    assert batch.doit("--only-category", "missing_tests").code == 0


def test_names_only_with_quiet(shop: Batch) -> None:
    assert shop.doit("list", "-q", "missing_tests").out == "smartspec:TASK-005\n"


def test_doits_own_options_bring_doits_own_listing(shop: Batch) -> None:
    out = shop.doit("list", "--all").out

    assert "smartspec:TASK-001" in out
    assert "Every missing_tests task" in out
    assert "Execution Plan" not in out


def test_listing_creates_nothing(shop: Batch) -> None:
    before = shop.tree()

    shop.doit("list")

    assert shop.tree() == before
    assert not (shop.root / ".batchexec").exists()


def test_explain_tells_what_is_known_of_a_task(shop: Batch) -> None:
    shop.doit()
    shop.prompts(LOGIN.replace("Add login", "Add a login"), USERS)

    out = shop.batchexec("explain", "TASK-001").out

    assert out.startswith(
        "TASK-001: Add a login\n"
        "  smartspec:TASK-001, not_implemented, priority 2, prompts/not_implemented.md:1\n"
        "  run\n"
        "    section: its text at prompts/not_implemented.md:1 changed\n"
        "      was "
    )
    assert "  writes: src/login.py\n" in out
    assert "       because it has not run yet\n       create src/login.py\n" in out


def test_explain_in_json_holds_old_and_new_values(shop: Batch) -> None:
    shop.doit()
    shop.write("src/login.py", "LOGIN = 'mine'\n")

    (task,) = json.loads(shop.batchexec("explain", "TASK-002", "--json").out)["tasks"]

    assert [reason["component"] for reason in task["reasons"]] == ["input"]
    assert task["reasons"][0]["detail"] == "src/login.py changed"
    assert len({task["reasons"][0]["old"], task["reasons"][0]["new"], None}) == 3
    assert task["attempts"][0]["changes"] == [{"op": "create", "path": "src/users.py", "source": None}]


def test_explain_shows_how_the_evidence_of_a_task_stands(shop: Batch) -> None:
    shop.write(
        "tasks.md",
        "# Tasks\n\n- [ ] TASK-001 Add login\n  evidence: code path=src/login.py symbol=LOGIN\n"
        "  evidence: code path=src/login.py\n  evidence: docs path=docs/login.md\n",
    )
    shop.write("src/login.py", "LOGIN = 1\n")

    text = shop.batchexec("explain", "TASK-001").out
    (task,) = json.loads(shop.batchexec("explain", "TASK-001", "--json").out)["tasks"]

    assert (
        "  evidence, as it is now:\n"
        "    holds: code path=src/login.py symbol=LOGIN (tasks.md:4)\n"
        "    holds weakly: code path=src/login.py (tasks.md:5)\n"
        "    file not found: docs path=docs/login.md (tasks.md:6)\n"
    ) in text
    assert [(hook["ok"], hook["weak"], hook["line"]) for hook in task["evidence"]] == [
        (True, False, 4),
        (True, True, 5),
        (False, False, 6),
    ]


def test_status_before_and_after_the_first_run(shop: Batch) -> None:
    assert shop.batchexec("status").out == "No task of this batch has run yet; `doit list` shows the plan.\n"

    shop.doit()

    assert shop.batchexec("status").out.endswith(": passed\n4 tasks: 4 passed\n")
    assert json.loads(shop.batchexec("status", "--json").out)["run"]["counts"] == {"passed": 4}


def test_the_words_need_no_dodo_py(shop: Batch) -> None:
    (shop.root / "dodo.py").unlink()

    assert shop.batchexec("list", "-q", "TASK-004").out == "smartspec:TASK-004\n"
    assert shop.batchexec("run", "TASK-004").code == 0
    assert shop.batchexec("forget", "TASK-004").out == "forgetting smartspec:TASK-004\n"


def test_the_plan_says_who_carries_tasks_out_and_what_that_may_cost(batch: Batch) -> None:
    batch.prompts(*(section(f"TASK-{n:03}", body=f"#### File: m{n}.py") for n in range(3)))
    batch.replay("default: {files: {'m{id}.py': 'X = 1'}, cost_usd: 0.5}\n", max_failures=0)
    text = batch.read("batchexec.yaml").replace("script: script.yaml", "script: script.yaml, isolated: true")
    batch.write("batchexec.yaml", text)

    before = batch.doit("list").out
    batch.doit("TASK-000")
    after = batch.doit("list").out

    assert before.endswith("Of these: 3 to run\nCarried out by: scripted (3)\n")
    assert after.endswith("Carried out by: scripted (3)\nEstimated cost: $1.50, as attempts cost so far\n")


def test_the_plan_names_agents_at_hand_where_prompts_are_not_enough(batch: Batch) -> None:
    batch.prompts(section("TASK-001", body="#### File: a.py"), section("TASK-002", files={"b.py": "B = 2"}))
    program = batch.write("bin/claude", "#!/bin/sh\n")
    program.chmod(0o755)

    out = batch.doit("list", PATH=f"{batch.root}/bin:{os.environ['PATH']}").out

    assert "1 task without code for all files: claude could do the rest" in out

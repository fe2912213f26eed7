"""Settings of PRP batches that stand in the file alone, and PRPs made from a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from prp_bench import Prps

PLAN = """# A batch plan
### Phase 1: Base
**Goal**: A base
**Estimated Hours**: 1
**Complexity**: low
**Files Modified**:
- shared.py
**Dependencies**: None
**Implementation Steps**:
1. Write it
**Validation Gates**:
- [ ] `test -f shared.py`
### Phase 2: Top
**Goal**: A top
**Estimated Hours**: 1
**Complexity**: low
**Files Modified**:
- shared.py
**Dependencies**: None
**Implementation Steps**:
1. Write more
**Validation Gates**:
- [ ] `test -s shared.py`
"""


def test_prps_are_found_where_prp_roots_says(prps: Prps) -> None:
    path = prps.prp("12.1.1")
    prps.write(f"work/{path.name}", path.read_text())
    path.unlink()
    prps.settings(prp_roots=["work"])
    prps.commit()

    assert list(prps.plan()) == ["PRP-12.1.1"]


@pytest.mark.parametrize(("barrier", "stages"), [(False, [1, 1]), (True, [1, 2])])
def test_a_declared_stage_zero_is_a_barrier_only_if_it_is_made_one(
    prps: Prps, stages: list[int], *, barrier: bool
) -> None:
    prps.prp("12.0.1", header="stage: 0")
    prps.prp("12.1.1")
    prps.settings(stage_zero_barrier=barrier)
    prps.commit()

    assert [row["stage"] for row in prps.plan().values()] == stages


def test_a_gate_that_takes_longer_than_it_may_has_failed(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["sleep 30"])
    prps.settings(gate_timeout_s=0.5)
    prps.commit()

    assert prps.doit().code == 1
    assert prps.record("12.1.1")["errors"] == ["Gate 1 failed: no end after 0.5 s"]


@pytest.mark.parametrize(("mapped", "code"), [(True, 0), (False, 1)])
def test_a_path_of_another_machine_is_run_where_it_is_mapped(prps: Prps, code: int, *, mapped: bool) -> None:
    prps.prp("12.1.1", gates=["test -s /home/ci/project/PRP-12.1.1.txt"])
    prps.settings(path_map={"/home/ci/project": "."} if mapped else {})
    prps.commit()

    assert prps.doit().code == code
    assert [gate["result"] for gate in prps.record("12.1.1")["gates"]] == ["passed" if mapped else "manual"]


def test_doit_writes_the_prps_of_a_plan_and_never_over_a_batch(prps: Prps) -> None:
    prps.write("PLAN.md", PLAN)
    before = prps.tree()

    shown = prps.doit("prps_from_plan", "--batch", "13", "--file", "PLAN.md", "--dry-run")
    assert (shown.code, prps.tree()) == (0, before)
    made = prps.doit("prps_from_plan", "--batch", "13", "--file", "PLAN.md")
    again = prps.doit("prps_from_plan", "--batch", "13", "--file", "PLAN.md")

    assert (made.code, again.code) == (0, 3)
    assert "there is a batch 13 already; 14 is free" in again.err
    assert sorted(path.name for path in (prps.root / "PRPs").iterdir()) == [
        "PRP-13.1.1-base.md",
        "PRP-13.1.2-top.md",
    ]


def test_phases_that_share_a_file_depend_on_each_other_if_that_is_asked_for(prps: Prps) -> None:
    prps.write("PLAN.md", PLAN)

    words = ("prps_from_plan", "--batch", "13", "--file", "PLAN.md", "--serialise-in-plan", "--dry-run")

    assert "PRP-13.2.1-top.md (stage 2, after PRP-13.1.1)" in prps.doit(*words).out


def test_a_lenient_reading_wants_goals_dependencies_and_steps_alone(prps: Prps) -> None:
    prps.write("PLAN.md", PLAN.replace("**Complexity**: low\n", ""))
    words = ("prps_from_plan", "--batch", "13", "--file", "PLAN.md", "--dry-run")

    strict, lenient = prps.doit(*words), prps.doit(*words, "--lenient")

    assert (strict.code, lenient.code) == (3, 0)
    assert 'missing field "Complexity"' in strict.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("prps_from_plan",), "prps_from_plan: say which plan, as in `doit prps_from_plan --file PLAN.md`"),
        (("verify", "--lenient"), "--lenient: this is for `doit prps_from_plan`"),
        (("--yes",), "--yes: nothing is asked but before documents of plans are created"),
    ],
)
def test_what_would_not_be_heeded_is_refused(prps: Prps, words: tuple[str, ...], said: str) -> None:
    done = prps.doit(*words)

    assert done.code == 3
    assert said in done.err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--fresh", "--fresh: this is for a batch of PRPs"),
        ("--force", "--force: this is for a batch of PRPs"),
        ("--no-merge", "--merge: this is for a batch of PRPs"),
        ("--timeout=5", "--timeout: this is for a batch of PRPs"),
        ("--json", "--json: a run has a document for a batch of PRPs only"),
    ],
)
def test_what_is_for_prps_is_refused_where_no_batch_is_chosen(prps: Prps, option: str, said: str) -> None:
    prps.settings(batch=None, prompts_dir="prompts")
    prps.write("prompts/not_implemented.md", "## Task: TASK-001: One\n\n#### File: a.txt\n\n```\na\n```\n")
    prps.commit()

    done = prps.doit(option)

    assert done.code == 3
    assert said in done.err
    assert not (prps.root / "a.txt").exists()

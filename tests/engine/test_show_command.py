"""`batchexec show`: everything that is read of one PRP, and its place in its batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bench import Batch

MAIL = """---
prp_id: PRP-12.2.1
feature_name: Retry failed mail deliveries
status: pending
dependencies: [PRP-12.1.1, "PRP-12.1.2 (soft)", PRP-7.1.1, "numpy>=1.21"]
stage: 2
order: 3
estimated_hours: 1-1.5
complexity: Low
files_modified: [shop/mail.py, shop/retry.py]
---
# Retry failed mail deliveries

## 3. Implementation Steps
### Phase 1: Retry helper (45 min)
1. Create `shop/retry.py` with `retry(times, wait)`
2. Use it in `shop/mail.py`

---
## 4. Validation Gates
### Gate 1: Unit tests
**Command**:
```bash
cd shop
python3 -m pytest tests/test_mail.py -q
```
### Gate 2: Helper is used once
**Command**: `grep -c "retry(" shop/mail.py`
**Expected**: 1 (one call)
**On Failure**: remove the second call
### Gate 3: Reviewer read the back-off table
- [ ] Waits are 1 s, 2 s, 4 s
### Gate 4: Loop
**Command**: `for x in; do`
"""


@pytest.fixture
def shop(batch: Batch) -> Batch:
    batch.write("PRPs/new/PRP-12.2.1-mail.md", MAIL)
    batch.write("PRPs/PRP-12.1.1-x.md", "# First\n")
    batch.write("PRPs/PRP-12.1.2-x.md", "# Second\n")
    batch.write(
        "PRPs/PRP-12.2.2-x.md", MAIL.replace("PRP-12.2.1", "PRP-12.2.2").replace("order: 3", "order: 4")
    )
    batch.write("PRPs/PRP-5-a.md", "# Five\n")
    batch.write("PRPs/PRP-B-a.md", "# One\n")
    batch.write("PRPs/PRP-B-b.md", "# Other\n")
    return batch


def shown(batch: Batch, *words: str) -> dict[str, Any]:
    done = batch.batchexec("show", *words, "--json")
    assert (done.code, done.err) == (0, "")
    row: dict[str, Any] = json.loads(done.out)
    return row


def test_all_that_is_read_of_a_prp_is_told_to_programs(shop: Batch) -> None:
    row = shown(shop, "PRP-12.2.1")

    header = row.pop("header")
    assert (header["estimated_hours"], header["dependencies"][0]) == ("1-1.5", "PRP-12.1.1")
    assert [step.pop("text").partition("\n")[0] for step in row["steps"]] == [
        "1. Create `shop/retry.py` with `retry(times, wait)`",
        "2. Use it in `shop/mail.py`",
    ]
    del row["gates"]
    assert row == {
        "schema_version": 1,
        "id": "PRP-12.2.1",
        "title": "Retry failed mail deliveries",
        "file": "PRPs/new/PRP-12.2.1-mail.md",
        "batch": 12,
        "number": 1,
        "status": "pending",
        "stage": {"computed": 2, "declared": 2, "id": 2},
        "wave": 1,
        "dependencies": {
            "hard": ["PRP-12.1.1", "PRP-7.1.1"],
            "soft": ["PRP-12.1.2"],
            "requirements": ["numpy>=1.21"],
            "external": ["PRP-7.1.1"],
        },
        "effort": {"low": 1.0, "high": 1.5},
        "complexity": "low",
        "order": 3,
        "execution_order": None,
        "merge_order": None,
        "branch_name": "",
        "worktree_path": "",
        "conflict_potential": "",
        "files": [
            {"path": "shop/mail.py", "action": "modify", "step": None},
            {"path": "shop/retry.py", "action": "create", "step": 1},
        ],
        "phases": [{"number": "1", "title": "Retry helper", "line": 15, "steps": [1, 2], "gates": []}],
        "steps": [
            {"n": 1, "title": "Create `shop/retry.py` with `retry(times, wait)`", "line": 16},
            {"n": 2, "title": "Use it in `shop/mail.py`", "line": 17},
        ],
        "missing": [],
        "problems": [],
    }


def test_the_gates_are_told_with_what_is_run_and_expected(shop: Batch) -> None:
    tests, used, reviewed, loop = shown(shop, "PRP-12.2.1")["gates"]

    assert tests == {
        "n": 1,
        "title": "Unit tests",
        "level": 2,
        "line": 21,
        "runnable": True,
        "reason": None,
        "commands": ["cd shop\npython3 -m pytest tests/test_mail.py -q\n"],
        "setup": [],
        "cleanup": [],
        "expectation": None,
        "on_failure": "",
        "criteria": [],
    }
    assert (used["commands"], used["on_failure"]) == (
        ['grep -c "retry(" shop/mail.py'],
        "remove the second call",
    )
    assert used["expectation"] == {
        "kind": "number",
        "text": "1 (one call)",
        "number": 1,
        "compare": "=",
        "parts": [],
    }
    assert (reviewed["runnable"], reviewed["reason"], reviewed["criteria"]) == (
        False,
        "no command",
        ["Waits are 1 s, 2 s, 4 s"],
    )
    assert (loop["runnable"], loop["reason"][:10]) == (False, "not bash: ")


def test_a_prp_that_shares_a_file_is_in_the_next_wave(shop: Batch) -> None:
    assert (shown(shop, "PRP-12.2.2")["stage"]["computed"], shown(shop, "PRP-12.2.2")["wave"]) == (2, 2)


def test_people_get_it_on_a_page(shop: Batch) -> None:
    assert shop.batchexec("show", "PRP-12.2.1").out.splitlines() == [
        "PRP-12.2.1: Retry failed mail deliveries",
        "  PRPs/new/PRP-12.2.1-mail.md, status pending, stage 2, wave 1, 1 to 1.5 hours",
        "  depends on: PRP-12.1.1, PRP-7.1.1",
        "  comes after: PRP-12.1.2",
        "  needs: numpy>=1.21",
        "  files:",
        "    shop/mail.py: modify",
        "    shop/retry.py: create in step 1",
        "  phase 1: Retry helper",
        "    1. Create `shop/retry.py` with `retry(times, wait)`",
        "    2. Use it in `shop/mail.py`",
        "  gates:",
        "    1. Unit tests (level 2, run)",
        "       $ cd shop … and 1 line more",
        "    2. Helper is used once (level 2, run)",
        '       $ grep -c "retry(" shop/mail.py',
        "       expects number: 1 (one call)",
        "    3. Reviewer read the back-off table (level 2, left to a person: no command)",
        ("    4. Loop (level 2, left to a person: not bash: line 2: syntax error: unexpected end of file)"),
        "       $ for x in; do",
    ]


@pytest.mark.parametrize("said", ["12.2.1", "PRP-12.02.1", "PRP-012.2.1"])
def test_an_id_may_be_bare_and_have_zeros_in_front(shop: Batch, said: str) -> None:
    assert shown(shop, said)["id"] == "PRP-12.2.1"


def test_a_prp_of_no_batch_has_no_stage(shop: Batch) -> None:
    row = shown(shop, "5")

    assert (row["title"], row["batch"], row["wave"]) == ("Five", None, None)
    assert row["stage"] == {"computed": None, "declared": None, "id": None}
    assert [problem["code"] for problem in row["problems"]] == ["incomplete"]


def test_what_is_wrong_with_its_place_in_the_batch_is_told(shop: Batch) -> None:
    shop.write("PRPs/PRP-12.1.1-x.md", "---\ndependencies: PRP-12.2.1\n---\n")

    row = shown(shop, "PRP-12.2.1")

    assert (row["stage"]["computed"], row["wave"]) == (None, None)
    assert [(problem["file"], problem["code"]) for problem in row["problems"]] == [
        ("PRPs/PRP-12.1.1-x.md", "circular")
    ]
    assert shop.batchexec("show", "PRP-12.2.1").out.splitlines()[-1] == (
        "  PRPs/PRP-12.1.1-x.md:2: error: Circular dependency: PRP-12.1.1 -> PRP-12.2.1 -> PRP-12.1.1"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["12.2.7"], "there is no PRP 'PRP-12.2.7'; near it: PRP-12.2.2, PRP-12.2.1, PRP-12.1.2"),
        (["mail"], "there is no PRP 'mail'; an id is like PRP-12.2.1, PRP-12 or PRP-B"),
        (["B"], "PRP-B is the id of PRPs/PRP-B-a.md and PRPs/PRP-B-b.md; name one of them with --in"),
        (["12.2.2", "--in", "PRPs/new"], "there is no PRP 'PRP-12.2.2'; near it: PRP-12.2.1"),
        (["5", "--in", "dodo.py"], "there is no PRP 'PRP-5'; there are no PRPs at all"),
        (["5", "--in", "no"], "there is no 'no'; name files of PRPs, or directories that hold some"),
    ],
)
def test_a_prp_that_is_not_found_leaves_with_three(shop: Batch, words: list[str], message: str) -> None:
    done = shop.batchexec("show", *words)

    assert (done.code, done.out, done.err) == (3, "", f"error: {message}\n")


def test_one_of_several_files_is_named_by_its_path(shop: Batch) -> None:
    assert shown(shop, "B", "--in", "PRPs/PRP-B-b.md", "PRPs/new")["title"] == "Other"

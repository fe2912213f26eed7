"""`batchexec lint`: what is wrong with PRPs, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench import Batch

PRP = """---
prp_id: {0}
title: T
status: new
dependencies: [{1}]
estimated_hours: 1
files_modified: [a.py]
---
## Implementation
1. Do it.
## Gates
- [ ] `true`
"""


def put(batch: Batch, id_: str, deps: str = "") -> None:
    batch.write(f"PRPs/{id_}-x.md", PRP.format(id_, deps))


def test_a_batch_nothing_is_wrong_with_leaves_with_zero(batch: Batch) -> None:
    put(batch, "PRP-12.1.1")
    put(batch, "PRP-12.2.1", "PRP-12.1.1")

    done = batch.batchexec("lint", "--family", "prp", "PRPs")

    assert (done.code, done.out, done.err) == (0, "0 errors, 0 warnings, 0 notices in 2 PRPs\n", "")


def test_warnings_alone_leave_with_zero_unless_it_is_strict(batch: Batch) -> None:
    put(batch, "PRP-12.2.1")

    done = batch.batchexec("lint")

    assert (done.code, done.out.splitlines()) == (
        0,
        [
            (
                "PRPs/PRP-12.2.1-x.md:1: warning: PRP-12.2.1 is in stage 1 by its dependencies; "
                "its id says 2 [stage-hint]"
            ),
            "0 errors, 1 warning, 0 notices in 1 PRP",
        ],
    )
    assert batch.batchexec("lint", "--strict").code == 3


def test_a_notice_is_no_warning(batch: Batch) -> None:
    put(batch, "PRP-12.1.1")
    batch.write("PRPs/PRP-12.1.1-x.md", batch.read("PRPs/PRP-12.1.1-x.md") + "- [ ] `sudo true`\n")

    done = batch.batchexec("lint", "--strict")

    assert done.out.splitlines()[-1] == "0 errors, 0 warnings, 1 notice in 1 PRP"
    assert done.code == 0


@pytest.mark.parametrize(
    ("prps", "code", "message"),
    [
        (
            {"PRP-12.1.1": "PRP-12.1.2", "PRP-12.1.2": "PRP-12.1.1"},
            "circular",
            "Circular dependency: PRP-12.1.1 -> PRP-12.1.2 -> PRP-12.1.1",
        ),
        ({"PRP-12.1.1": "PRP-12.1.1"}, "depends-on-itself", "PRP-12.1.1 depends on itself"),
        ({"PRP-12.1.1": "PRP-12.2.9"}, "undefined", "PRP-12.1.1 depends on undefined PRP-12.2.9"),
    ],
)
def test_an_error_leaves_with_three_and_is_told_to_programs(
    batch: Batch, prps: dict[str, str], code: str, message: str
) -> None:
    for id_, deps in prps.items():
        put(batch, id_, deps)

    done = batch.batchexec("lint", "--json")

    (problem,) = json.loads(done.out)["problems"]
    assert done.code == 3
    assert problem.pop("hint")
    assert problem == {
        "file": "PRPs/PRP-12.1.1-x.md",
        "line": 5,
        "severity": "error",
        "code": code,
        "message": message,
    }


def test_two_files_with_one_id_leave_with_three_and_both_are_named(batch: Batch) -> None:
    put(batch, "PRP-12.1.1")
    batch.write("PRPs/done/PRP-12.1.1-y.md", PRP.format("PRP-12.1.1", "") + "More.\n")

    done = batch.batchexec("lint")

    assert done.code == 3
    assert done.out.splitlines()[0] == (
        "PRPs/done/PRP-12.1.1-y.md:1: error: PRP-12.1.1 is defined twice: "
        "PRPs/PRP-12.1.1-x.md and PRPs/done/PRP-12.1.1-y.md; keep one of them [defined-twice]"
    )


def test_programs_get_all_counts(batch: Batch) -> None:
    put(batch, "PRP-12.1.1")

    assert json.loads(batch.batchexec("lint", "--json").out) == {
        "schema_version": 1,
        "family": "prp",
        "prps": 1,
        "errors": 0,
        "warnings": 0,
        "notices": 0,
        "problems": [],
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "error: there is no 'PRPs'; name files of PRPs, or directories that hold some"),
        (["a"], "error: there is no 'a'; name files of PRPs, or directories that hold some"),
    ],
)
def test_where_there_is_nothing_to_read_the_exit_status_is_three(
    batch: Batch, words: list[str], message: str
) -> None:
    done = batch.batchexec("lint", *words)

    assert (done.code, done.out, done.err.splitlines()) == (3, "", [message])


def test_what_a_file_says_cannot_act_on_a_terminal(batch: Batch) -> None:
    batch.write("PRPs/PRP-12.1.1-x.md", '---\nprp_id: "A\\e[31m\\nB"\n---\n')

    out = batch.batchexec("lint").out

    assert "\x1b" not in out
    assert len(out.splitlines()) == 3


def test_nothing_is_written(batch: Batch) -> None:
    put(batch, "PRP-12.1.1")
    before = sorted(batch.root.rglob("*"))

    batch.batchexec("lint")
    batch.batchexec("show", "PRP-12.1.1")

    assert sorted(batch.root.rglob("*")) == before

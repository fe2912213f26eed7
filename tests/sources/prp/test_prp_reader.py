"""The PRPs of a repository, sorted into batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchexec.errors import Severity
from batchexec.sources.prp import batch_numbers, highest_number, parse_prp, read_batches

if TYPE_CHECKING:
    from pathlib import Path

    from batchexec.sources.prp import Batches

FULL = """---
prp_id: {0}
title: T
status: new
dependencies: []
estimated_hours: 1
files_modified: [a.py]
---
## Implementation
1. Do it.
## Validation Gates
- [ ] `true`
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / "PRPs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FULL.format(path.name.partition("-x")[0]))


def read(root: Path) -> Batches:
    return read_batches([root / "PRPs"], root)


def test_a_batch_has_the_files_of_its_number_wherever_they_stand(root: Path) -> None:
    put(root, "PRP-12.10.1-x.md", "done/PRP-12.2.1-x.md", "new/deep/PRP-12.2.10-x.md", "PRP-7.1.1-x.md")

    found = read(root)

    assert {number: list(batch.prps) for number, batch in found.batches.items()} == {
        7: ["PRP-7.1.1"],
        12: ["PRP-12.2.1", "PRP-12.2.10", "PRP-12.10.1"],
    }
    assert list(found.batches) == batch_numbers([root / "PRPs"]) == [7, 12]
    assert found.batches[12].prps["PRP-12.2.1"].path == "PRPs/done/PRP-12.2.1-x.md"
    assert found.problems == []


def test_companions_and_shorter_ids_never_enter_a_batch(root: Path) -> None:
    put(root, "PRP-12.1.1-x.md", "PRP-12.4-x.md", "PRP-12-x.md", "PRP-B-x.md")
    put(root, "PRP-12.3-INITIAL.md", "PRP-12-BATCH-PLAN.md", "PRP-12.1.2-x-SUMMARY.md", "README.md")

    found = read(root)

    assert list(found.batches[12].prps) == ["PRP-12.1.1"]
    assert [prp.id for prp in found.others] == ["PRP-B", "PRP-12", "PRP-12.4"]


def test_two_different_files_with_one_id_are_an_error_that_names_both(root: Path) -> None:
    put(root, "a/PRP-12.1.1-x.md", "b/PRP-12.01.1-y.md", "PRP-7.1.1-x.md")

    found = read(root)

    (told,) = [problem for problem in found.problems if problem.severity is Severity.ERROR]
    assert str(told) == (
        "PRPs/b/PRP-12.01.1-y.md:1: error: PRP-12.1.1 is defined twice: "
        "PRPs/a/PRP-12.1.1-x.md and PRPs/b/PRP-12.01.1-y.md; keep one of them"
    )
    assert told in found.batches[12].problems
    assert told not in found.batches[7].problems
    assert found.batches[12].prps["PRP-12.1.1"].path == "PRPs/a/PRP-12.1.1-x.md"


def test_copies_count_once_with_a_warning(root: Path) -> None:
    put(root, "a/PRP-12.1.1-x.md", "b/PRP-12.1.1-x.md")

    (told,) = read(root).problems
    assert str(told) == (
        "PRPs/b/PRP-12.1.1-x.md:1: warning: PRPs/b/PRP-12.1.1-x.md is the same as PRPs/a/PRP-12.1.1-x.md; "
        "remove one of them"
    )


def test_the_order_of_the_directory_changes_nothing(root: Path) -> None:
    names = [
        "b/PRP-12.1.1-x.md",
        "a/PRP-12.1.1-x.md",
        "PRP-12.2.1-x.md",
        "PRP-12.10.1-x.md",
        "PRP-3.1.1-x.md",
    ]
    put(root, *names)
    first = read(root)
    for name in reversed(names):
        path = root / "PRPs" / name
        text = path.read_text()
        path.unlink()
        path.write_text(text)

    assert read(root) == first


def test_a_file_that_is_no_text_is_an_error_of_its_batch(root: Path) -> None:
    put(root, "PRP-12.1.1-x.md", "PRP-12.2.1-x.md")
    (root / "PRPs/PRP-12.2.1-x.md").write_bytes(b"a\n\xff")

    batch = read(root).batches[12]

    assert list(batch.prps) == ["PRP-12.1.1"]
    assert list(map(str, batch.problems)) == [
        "PRPs/PRP-12.2.1-x.md:2: error: byte 3 of the file (0xff) is not UTF-8; save it as UTF-8"
    ]


def test_a_link_is_passed_over_with_a_warning(root: Path) -> None:
    put(root, "PRP-12.1.1-x.md", "new/PRP-12.2.1-x.md")
    (root / "PRPs/PRP-12.2.1-x.md").symlink_to(root / "PRPs/new/PRP-12.2.1-x.md")

    batch = read(root).batches[12]

    assert list(batch.prps) == ["PRP-12.1.1", "PRP-12.2.1"]
    assert list(map(str, batch.problems)) == [
        "PRPs/PRP-12.2.1-x.md:1: warning: this is a symbolic link; only regular files are read"
    ]


def test_some_directories_are_not_looked_into(root: Path) -> None:
    put(root, ".git/PRP-12.1.1-x.md", ".batchexec/w/PRP-12.1.1-x.md", "node_modules/PRP-12.1.1-x.md")

    assert read(root).batches == {}


def test_a_file_and_overlapping_directories_are_read_once(root: Path) -> None:
    put(root, "new/PRP-12.1.1-x.md")
    roots = [root / "PRPs", root / "PRPs/new", root / "PRPs/new/PRP-12.1.1-x.md", root / "missing"]

    found = read_batches(roots, root)

    assert (list(found.batches[12].prps), found.problems) == (["PRP-12.1.1"], [])


def test_any_prp_file_takes_a_number(root: Path) -> None:
    put(root, "PRP-12.1.1-x.md", "PRP-30-PLAN.md", "PRP-Z-x.md")

    assert highest_number([root / "PRPs"]) == 30
    assert highest_number([root / "none"]) == 0


def test_absolute_paths_of_the_repository_can_be_run(root: Path) -> None:
    put(root, "PRP-12.1.1-x.md")
    path = root / "PRPs/PRP-12.1.1-x.md"
    path.write_text(f"## Gates\n- [ ] `ls {root}/x`\n- [ ] `ls /mapped/x`\n- [ ] `ls /other/x`\n")

    (prp,) = read_batches([root / "PRPs"], root, ["/mapped"]).batches[12].prps.values()

    assert [gate.manual for gate in prp.gates] == ["", "", "path outside the repository: /other/x"]


@pytest.mark.parametrize(
    "line",
    [
        "```bash",
        "```md\n```",
        "~~~~\n# a",
        "# " + "(" * 50,
        "### Phase 1: " + "(" * 200,
        "## Validation Gates\n**Validation Gates**:",
        "### Gate 1: x\n**Expected**:\n- [ ] a: `" + "`" * 20,
        "**Files Modified**:\n- a/b",
        "<!--",
        "---\nstatus: x",
        "- [ ] `a` `b` ``` `",
        "**" + "a " * 60 + ":",
        "1. Create `a/b`" + "(" * 30,
    ],
)
def test_reading_stays_linear_whatever_the_text(line: str) -> None:
    """A text of this size would take minutes if the time grew with its square."""
    prp = parse_prp(f"## Implementation\n### Phase 1: A\n{line}\n" + f"{line}\n" * 10_000, "PRP-1.1.1-x.md")

    assert prp.id == "PRP-1.1.1"

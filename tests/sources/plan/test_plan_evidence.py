"""Which files count as evidence for which achievement."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from batchexec.errors import Severity
from batchexec.sources.plan import Evidence, Marker, read_evidence, read_plan
from batchexec.sources.plan.heads import read_head

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "work-space/plans/MY-PLAN"
WORDS = "words\n"


class Tree:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.directory = root / PLACE
        self.plan("MY-PLAN", "1.1", "1.2")

    def plan(self, name: str, *ids: str, place: str = PLACE) -> Path:
        index = "".join(f"- Achievement {id_}: Title\n" for id_ in ids)
        return self.write(f"{place}/PLAN_{name}.md", f"# PLAN: {name}\n## Achievement Index\n{index}")

    def write(self, path: str, text: str = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def own(self, path: str, text: str = "") -> Path:
        return self.write(f"{PLACE}/{path}", text)

    def evidence(
        self, file: str = f"{PLACE}/PLAN_MY-PLAN.md", known: tuple[str, ...] | None = None
    ) -> Evidence:
        return read_evidence(read_plan(self.root / file, self.root), self.root, known)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def complaints(evidence: Evidence) -> list[str]:
    return [str(problem).removeprefix(f"{PLACE}/") for problem in evidence.problems]


def said(path: str, severity: str, what: str) -> str:
    return f"{path}:1: {severity}: {path.rpartition('/')[2]} {what}"


OTHER_NAME = "has no name of a SUBPLAN, an EXECUTION_TASK or a marker and counts for nothing"


def test_files_count_by_what_they_are_called(tree: Tree) -> None:
    subplan = tree.own("subplans/SUBPLAN_MY-PLAN_11.md")
    tasks = [tree.own(f"execution/EXECUTION_TASK_MY-PLAN_12_{n}.md") for n in ("02", "01_RECOVERY", "10")]
    skipped = tree.own("execution/SKIPPED_12.md")
    marks = [
        tree.own(f"execution/feedbacks/{name}")
        for name in ("APPROVED_11.md", "FIX_1-1.md", "FIX_11_RESOLUTION.md")
    ]

    evidence = tree.evidence()

    assert {id_: [sheet.file for sheet in sheets] for id_, sheets in evidence.subplans.items()} == {
        "1.1": [subplan]
    }
    assert [(sheet.number, sheet.file) for sheet in evidence.executions["1.2"]] == [
        (1, tasks[1]),
        (2, tasks[0]),
        (10, tasks[2]),
    ]
    assert [
        evidence.marked(marker, "1.1") for marker in (Marker.APPROVED, Marker.FIX, Marker.RESOLUTION)
    ] == marks
    assert evidence.marked(Marker.SKIPPED, "1.2") == skipped
    assert evidence.marked(Marker.FIX, "1.2") is None
    assert evidence.problems == ()


def test_a_plan_without_files_has_no_evidence(tree: Tree) -> None:
    evidence = tree.evidence()

    assert (evidence.subplans, evidence.executions, evidence.problems) == ({}, {}, ())


def test_a_lone_second_execution_counts_and_a_draft_does_not(tree: Tree) -> None:
    tree.own("execution/EXECUTION_TASK_MY-PLAN_12_02.md")
    tree.own("execution/EXECUTION_TASK_MY-PLAN_11_draft.md")

    evidence = tree.evidence()

    assert list(evidence.executions) == ["1.2"]
    assert complaints(evidence) == [
        said("execution/EXECUTION_TASK_MY-PLAN_11_draft.md", "notice", OTHER_NAME)
    ]


def test_the_header_beats_a_running_number_with_a_warning(tree: Tree) -> None:
    tree.own(
        "subplans/SUBPLAN_MY-PLAN_11.md", "# SUBPLAN: x\n**Achievement**: 1.2\n## Y\n**Achievement**: 1.1\n"
    )
    tree.own("execution/EXECUTION_TASK_MY-PLAN_07_01.md", "# EXECUTION_TASK: Achievement 1.1 - x\n")
    tree.own("execution/EXECUTION_TASK_MY-PLAN_2-10_01.md", "# EXECUTION_TASK: Achievement 1.1 - x\n")
    tree.own("execution/EXECUTION_TASK_MY-PLAN_123_01.md", "# EXECUTION_TASK: Achievement 1.1 - x\n")

    evidence = tree.evidence()

    assert (list(evidence.subplans), list(evidence.executions)) == (["1.2"], ["1.1"])
    assert len(evidence.executions["1.1"]) == 3
    assert complaints(evidence) == [
        said(
            "subplans/SUBPLAN_MY-PLAN_11.md",
            "warning",
            "says in its header that it is of 1.2, by its name it is of 1.1; the header counts",
        ),
        said(
            "execution/EXECUTION_TASK_MY-PLAN_07_01.md",
            "warning",
            "says in its header that it is of 1.1, by its name it is of 0.7; the header counts",
        ),
        said(
            "execution/EXECUTION_TASK_MY-PLAN_123_01.md",
            "warning",
            "says in its header that it is of 1.1, by its name it is of 123; the header counts",
        ),
        said(
            "execution/EXECUTION_TASK_MY-PLAN_2-10_01.md",
            "warning",
            "says in its header that it is of 1.1, by its name it is of 2.10; the header counts",
        ),
    ]


def test_zeros_in_front_of_an_id_in_a_header_are_told(tree: Tree) -> None:
    tree.own("subplans/SUBPLAN_MY-PLAN_11.md", "**Achievement**: 01.1\n")

    evidence = tree.evidence()

    assert list(evidence.subplans) == ["1.1"]
    assert complaints(evidence) == [
        "subplans/SUBPLAN_MY-PLAN_11.md:1: error: 01.1 is no id of an achievement; write 1.1"
    ]


def test_plain_digits_two_ids_have_are_ambiguous_and_no_evidence(tree: Tree) -> None:
    tree.plan("MY-PLAN", "2.12", "21.2")
    tree.own("execution/feedbacks/APPROVED_212.md")
    tree.own("subplans/SUBPLAN_MY-PLAN_212.md", "# SUBPLAN: x\n")

    evidence = tree.evidence()

    assert (evidence.subplans, evidence.markers[Marker.APPROVED]) == ({}, {})
    assert complaints(evidence) == [
        f"{path}:1: warning: ambiguous file number 212: 2.12 or 21.2; call it 2-12 or 21-2"
        for path in ("subplans/SUBPLAN_MY-PLAN_212.md", "execution/feedbacks/APPROVED_212.md")
    ]


def test_the_heading_or_a_hyphen_tells_ambiguous_numbers_apart(tree: Tree) -> None:
    tree.plan("MY-PLAN", "2.12", "21.2")
    fix = tree.own("execution/feedbacks/FIX_212.md", "# FIX REQUIRED: Achievement 21.2\n")
    approved = tree.own("execution/feedbacks/APPROVED_2-12.md")

    evidence = tree.evidence()

    assert evidence.markers[Marker.FIX] == {"21.2": fix}
    assert evidence.markers[Marker.APPROVED] == {"2.12": approved}
    assert evidence.problems == ()


def test_plain_digits_mean_the_only_id_that_has_them(tree: Tree) -> None:
    tree.plan("MY-PLAN", "3.5.1", "10.1")
    tree.own("execution/feedbacks/APPROVED_351.md")
    tree.own("execution/feedbacks/APPROVED_101.md")

    assert set(tree.evidence().markers[Marker.APPROVED]) == {"3.5.1", "10.1"}


def test_files_of_no_achievement_are_told(tree: Tree) -> None:
    tree.own("execution/feedbacks/APPROVED_99.md")
    tree.own("execution/feedbacks/FIX_9-9.md")

    evidence = tree.evidence()

    assert evidence.markers[Marker.APPROVED] == {}
    assert list(evidence.markers[Marker.FIX]) == ["9.9"]
    assert complaints(evidence) == [
        said(
            f"execution/feedbacks/{name}",
            "warning",
            "is of no achievement of MY-PLAN; name it after one that is listed",
        )
        for name in ("APPROVED_99.md", "FIX_9-9.md")
    ]
    assert {problem.code for problem in evidence.problems} == {"orphan"}


def test_ids_known_from_elsewhere_can_stand_in_for_those_of_the_plan(tree: Tree) -> None:
    tree.own("execution/feedbacks/APPROVED_99.md")

    assert list(tree.evidence(known=("9.9",)).markers[Marker.APPROVED]) == ["9.9"]


def test_archived_foreign_and_misplaced_files_count_for_nothing_and_are_told(tree: Tree) -> None:
    tree.own("SUBPLAN_MY-PLAN_11.md")
    tree.own("subplans/SUBPLAN_MY-PLAN_11_ARCHIVED.md")
    tree.own("subplans/SUBPLAN_OTHER_11.md")
    tree.own("subplans/notes.txt")
    tree.own("execution/APPROVED_11.md")
    tree.own("execution/feedbacks/SKIPPED_11.md")
    tree.own("documentation/archive/SUBPLAN_MY-PLAN_12.md")
    (tree.directory / "execution" / "feedbacks" / "APPROVED_12.md").mkdir()

    evidence = tree.evidence()

    assert (evidence.subplans, evidence.executions) == ({}, {})
    assert not any(evidence.markers.values())
    assert complaints(evidence) == [
        said("SUBPLAN_MY-PLAN_11.md", "warning", "counts for nothing here; move it to subplans/"),
        said("subplans/SUBPLAN_MY-PLAN_11_ARCHIVED.md", "notice", "is archived and counts for nothing"),
        said(
            "subplans/SUBPLAN_OTHER_11.md",
            "warning",
            "is a file of the plan OTHER and counts for nothing here; "
            "move it there, or call it after MY-PLAN",
        ),
        said(
            "execution/APPROVED_11.md", "warning", "counts for nothing here; move it to execution/feedbacks/"
        ),
        said(
            "execution/feedbacks/SKIPPED_11.md", "warning", "counts for nothing here; move it to execution/"
        ),
    ]
    assert [problem.code for problem in evidence.problems] == [
        "misplaced",
        "archived",
        "other-plan",
        "misplaced",
        "misplaced",
    ]


def test_a_header_that_cannot_be_read_leaves_the_name_to_count(tree: Tree) -> None:
    target = tree.write("elsewhere.md", "**Achievement**: 1.2\n")
    (tree.directory / "subplans").mkdir()
    (tree.directory / "subplans" / "SUBPLAN_MY-PLAN_11.md").symlink_to(target)
    broken = tree.own("execution/EXECUTION_TASK_MY-PLAN_12_01.md")
    broken.write_bytes(b"\xff\xfe\x00# \xe9")

    evidence = tree.evidence()

    assert (list(evidence.subplans), list(evidence.executions)) == (["1.1"], ["1.2"])
    assert complaints(evidence) == [
        (
            "subplans/SUBPLAN_MY-PLAN_11.md:1: warning: the header of SUBPLAN_MY-PLAN_11.md cannot be read: "
            "it is no regular file; its name alone counts"
        )
    ]


def test_a_directory_that_cannot_be_read_is_an_error(tree: Tree) -> None:
    (tree.directory / "subplans").symlink_to("subplans")

    assert complaints(tree.evidence()) == [
        (
            "subplans:1: error: subplans/ cannot be read: Too many levels of symbolic links; "
            "make it a directory you may read, as what is in it decides the status"
        )
    ]


def test_an_entry_that_cannot_be_looked_at_hides_no_other(tree: Tree) -> None:
    approved = tree.own("execution/feedbacks/APPROVED_11.md")
    (approved.parent / "APPROVED_12.md").symlink_to("APPROVED_12.md")
    (tree.directory / "execution" / "SKIPPED_12.md").symlink_to("nowhere")

    evidence = tree.evidence()

    assert evidence.markers[Marker.APPROVED] == {"1.1": approved}
    assert evidence.problems == ()


def test_a_file_that_is_gone_has_no_header(tmp_path: Path) -> None:
    head = read_head(tmp_path / "SUBPLAN_X_11.md")

    assert (head.trouble, head.header.id, head.is_plan) == ("No such file or directory", "", False)


def test_no_more_than_the_header_of_a_file_is_read(tree: Tree) -> None:
    file = tree.own("subplans/SUBPLAN_MY-PLAN_11.md", "**Achievement**: 1.2\n## X\n")
    os.truncate(file, 2**40)

    assert list(tree.evidence().subplans) == ["1.2"]


def test_a_header_longer_than_the_first_look_is_read(tree: Tree) -> None:
    tree.own("subplans/SUBPLAN_MY-PLAN_11.md", f"# SUBPLAN: x\n{WORDS * 2000}**Achievement**: 1.2\n## X\n")

    assert list(tree.evidence().subplans) == ["1.2"]


def test_a_changed_header_is_read_again(tree: Tree) -> None:
    file = tree.own("subplans/SUBPLAN_MY-PLAN_11.md", "**Achievement**: 1.1\n")
    before = tree.evidence()
    file.write_text("**Achievement**: 1.2 now\n", encoding="utf-8")

    assert (list(before.subplans), list(tree.evidence().subplans)) == (["1.1"], ["1.2"])


def test_flat_plans_share_directories_and_know_their_own_files(tree: Tree) -> None:
    tree.plan("OLD", "1.1", place="work-space/plans")
    tree.plan("OLDER", "1.1", place="work-space/plans")
    own = tree.write("work-space/subplans/SUBPLAN_OLD_11.md")
    tree.write("work-space/subplans/SUBPLAN_OLDER_11.md")
    tree.write("work-space/subplans/notes.md")
    tree.write("work-space/subplans/notes_OLD.md")
    approved = tree.write(
        "work-space/execution/feedbacks/APPROVED_11.md", "# APPROVED\n**PLAN**: PLAN_OLD.md\n"
    )
    tree.write("work-space/execution/SKIPPED_11.md", "# SKIPPED\n\n## Why\nOLD\n")

    old = tree.evidence("work-space/plans/PLAN_OLD.md")
    older = tree.evidence("work-space/plans/PLAN_OLDER.md")

    assert [sheet.file for sheet in old.subplans["1.1"]] == [own]
    assert old.markers[Marker.APPROVED] == {"1.1": approved}
    assert (old.markers[Marker.SKIPPED], older.markers[Marker.APPROVED]) == ({}, {})
    nameless = said(
        "work-space/execution/SKIPPED_11.md",
        "warning",
        "names no plan, and plans share this directory; add a line `**PLAN**: NAME` before the first ##",
    )
    assert complaints(old) == [
        said("work-space/subplans/notes_OLD.md", "notice", OTHER_NAME),
        nameless,
    ]
    assert complaints(older) == [nameless]


def test_evidence_is_the_same_from_any_directory_and_after_a_move(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.own("execution/feedbacks/APPROVED_11.md")
    before = tree.evidence()
    monkeypatch.chdir("/")
    elsewhere = tree.evidence()
    moved = tree.root / "work-space/plans/later/RENAMED"
    moved.parent.mkdir()
    tree.directory.rename(moved)
    after = tree.evidence("work-space/plans/later/RENAMED/PLAN_MY-PLAN.md")

    assert before.markers == elsewhere.markers
    assert {marker: set(ids) for marker, ids in after.markers.items()} == {
        marker: set(ids) for marker, ids in before.markers.items()
    }


def test_only_wrong_ids_are_errors(tree: Tree) -> None:
    tree.own("subplans/SUBPLAN_OTHER_11.md")
    tree.own("subplans/SUBPLAN_MY-PLAN_11.md", "**Achievement**: 1.01\n")

    assert [problem.severity for problem in tree.evidence().problems] == [Severity.ERROR, Severity.WARNING]

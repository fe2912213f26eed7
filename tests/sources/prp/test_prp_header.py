"""The header of a PRP in all the places it is found."""

from __future__ import annotations

from textwrap import dedent

import pytest

from batchexec.errors import Problem, Severity
from batchexec.model import Location
from batchexec.sources.prp import Prp, parse_prp


def read(text: str, name: str = "PRP-12.2.1-mail.md") -> Prp:
    return parse_prp(dedent(text).lstrip("\n"), name)


FRONT = "---\nprp_id: PRP-12.2.1\nfeature_name: Mail\nstage: 2\n---\n# Other\n"


@pytest.mark.parametrize(
    "text",
    [
        FRONT,
        "\ufeff" + FRONT,
        FRONT.replace("\n", "\r\n"),
        "# Other\n\n" + FRONT,
        "# Other\n\nSome words.\n\n---\n\n---\nprp_id: PRP-12.2.1\nfeature_name: Mail\nstage: 2\n---\n",
        "# Other\n**PRP ID**: PRP-12.2.1\n**Feature Name**: Mail\n- **Stage:** 2\n## More\n**Status**: x\n",
        "# Other\n\n```yaml\nprp_id: PRP-12.2.1\nfeature_name: Mail\nstage: 2\n```\n",
        "# Other\n\n```yaml\n---\nprp_id: PRP-12.2.1\nfeature_name: Mail\nstage: 2\n---\n```\n",
        "---\nprp_id: PRP-12.2.1\n---\n# Other\n```yml\nfeature_name: Mail\nstage: 2\n```\n",
    ],
)
def test_a_header_is_found_on_line_1_or_late_or_fenced_or_bold(text: str) -> None:
    prp = parse_prp(text, "PRP-12.2.1-mail.md")

    assert (prp.title, prp.stage_hint, prp.status) == ("Mail", 2, "")
    assert not [problem for problem in prp.problems if "header" in problem.message]


def test_a_file_without_a_header_is_a_prp() -> None:
    prp = read("# Retry mail\n\nText.\n\n---\n\n## Part\n")

    assert (prp.id, prp.title, prp.header) == ("PRP-12.2.1", "Retry mail", {})


def test_rules_in_the_text_end_no_header_and_begin_none() -> None:
    prp = read("---\nstatus: new\n---\n# T\n---\nstatus: wrong\n---\n\n## A\n---\ntitle: wrong\n---\n")

    assert (prp.title, prp.status) == ("T", "new")


@pytest.mark.parametrize(
    ("front", "fenced", "title"),
    [
        ("prp_id: PRP-12.2.1\ntitle: Front", "title: Fenced", "Front"),
        ("title: Front", "prp_id: PRP-12.2.1\ntitle: Fenced", "Fenced"),
        ("prp_id: PRP-12.2.1\ntitle: Front", "prp_id: PRP-12.2.1\ntitle: Fenced", "Front"),
        ("title: Front", "title: Fenced", "Front"),
    ],
)
def test_of_two_headers_the_one_with_an_id_is_right(front: str, fenced: str, title: str) -> None:
    assert read(f"---\n{front}\n---\n# T\n```yaml\n{fenced}\n```\n").title == title


def test_everything_in_a_header_is_text_and_unknown_keys_are_kept() -> None:
    prp = read(
        """
        ---
        version: 1.10
        created: 2025-11-05
        risk: None
        confirmed: yes
        parent: 12.10
        tags: [1, a]
        ---
        """
    )

    assert prp.header == {
        "version": "1.10",
        "created": "2025-11-05",
        "risk": "None",
        "confirmed": "yes",
        "parent": "12.10",
        "tags": ["1", "a"],
    }
    assert [problem for problem in prp.problems if problem.severity is Severity.ERROR] == []


def test_a_listed_12_10_stays_12_10() -> None:
    assert [edge.id for edge in read("---\ndependencies: [12.10, 12.10.1]\n---\n").dependencies] == [
        "PRP-12.10",
        "PRP-12.10.1",
    ]


def test_a_header_that_is_not_yaml_is_one_warning_with_its_line() -> None:
    prp = read("---\nprp_id: PRP-12.2.1\ntitle: Mail: the retry\nstatus: [\n---\n# Mail\n")

    assert prp.title == "Mail"
    assert prp.problems[0] == Problem(
        Location("PRP-12.2.1-mail.md", 3),
        "this is not YAML: mapping values are not allowed in this context",
        "the header is ignored until that is mended",
        Severity.WARNING,
    )
    assert len([problem for problem in prp.problems if "YAML" in problem.message]) == 1


def test_a_header_nobody_closed_is_a_warning() -> None:
    assert read("---\nprp_id: PRP-12.2.1\n\n# Mail\n").problems[0] == Problem(
        Location("PRP-12.2.1-mail.md", 1),
        "the header that starts here is never closed, and is read as text",
        "close it with a line `---`",
        Severity.WARNING,
    )


def test_a_key_said_twice_is_a_warning_and_the_last_counts() -> None:
    prp = read("---\nstatus: new\nstatus: done\n---\n")

    assert prp.status == "done"
    assert str(prp.problems[0]) == (
        "PRP-12.2.1-mail.md:3: warning: 'status' is said twice; the first is in line 2"
    )


@pytest.mark.parametrize(
    ("header", "field", "value"),
    [
        ("feature_name: A\nname: B\ntitle: C", "title", "A"),
        ("feature_name: ''\nname: B", "title", "B"),
        ("title: C", "title", "C"),
        ("status: executed", "status", "executed"),
        ("stage: 2", "stage_hint", 2),
        ("stage: stage-3-parallel", "stage_hint", 3),
        ("phase: 4", "stage_hint", 4),
        ("stage: 0\nphase: 4", "stage_hint", 0),
        ("stage: parallel", "stage_hint", None),
        ("order: 3", "order", 3),
        ("execution_order: 11", "execution_order", 11),
        ("merge_order: 12", "merge_order", 12),
        ("estimated_hours: 3-5", "effort", (3, 5)),
        ("effort_hours: 2.5", "effort", (2.5, 2.5)),
        ("estimated_hours: 3 days", "effort", None),
        ("complexity: HIGH", "complexity", "high"),
        ("branch_name: a\nbranch: b", "branch_name", "a"),
        ("branch: b", "branch_name", "b"),
        ("worktree_path: ../x", "worktree_path", "../x"),
        ("conflict_potential: NONE", "conflict_potential", "NONE"),
    ],
)
def test_each_field_has_its_keys_and_the_first_that_is_there_counts(
    header: str, field: str, value: object
) -> None:
    assert getattr(read(f"---\n{header}\n---\n"), field) == value


def test_the_effort_may_stand_in_the_text() -> None:
    assert read("# T\n## TL;DR\n**Effort**: unknown\n- **Effort:** 15-30 min\n").effort == (0.25, 0.5)


def test_an_id_with_three_parts_tells_batch_stage_and_number() -> None:
    prp = read("# T\n", "PRPs/done/PRP-12.0.10-x.md")

    assert (prp.batch, prp.stage_of_id, prp.number, prp.path) == (12, 0, 10, "PRPs/done/PRP-12.0.10-x.md")


def test_another_id_has_no_batch_whatever_its_header_says() -> None:
    prp = read("---\nbatch_id: 12\nstage: 1\n---\n", "PRP-12.4-x.md")

    assert (prp.id, prp.batch, prp.stage_of_id, prp.number) == ("PRP-12.4", None, None, None)


@pytest.mark.parametrize("said", ["PRP-12.2.1", "12.2.1", "'012.2.1'"])
def test_a_header_may_write_the_id_in_its_own_way(said: str) -> None:
    assert not [
        problem for problem in read(f"---\nprp_id: {said}\n---\n").problems if "calls" in problem.message
    ]


@pytest.mark.parametrize(
    ("said", "severity", "hint"),
    [
        ("TBD", Severity.WARNING, "the name counts"),
        ("PRP-12", Severity.WARNING, "the name counts"),
        ("7", Severity.WARNING, "the name counts"),
        ("PRP-12.2.2", Severity.ERROR, "give both the same id"),
    ],
)
def test_another_id_in_the_header_warns_and_is_an_error_if_it_is_that_of_another_prp(
    said: str, severity: Severity, hint: str
) -> None:
    prp = read(f"---\nprp_id: {said}\n---\n")

    assert prp.id == "PRP-12.2.1"
    assert prp.problems[0] == Problem(
        Location("PRP-12.2.1-mail.md", 1),
        f"the header calls this {said}, and the file's name PRP-12.2.1",
        hint,
        severity,
    )


def test_what_a_prp_had_better_say_is_one_warning() -> None:
    prp = read("")

    (told,) = map(str, prp.problems)
    assert told == (
        "PRP-12.2.1-mail.md:1: warning: PRP-12.2.1 says nothing of: id, title, status, dependencies, effort, "
        "file list, step, runnable gate; it runs all the same"
    )
    assert prp.missing == (
        "id",
        "title",
        "status",
        "dependencies",
        "effort",
        "file list",
        "step",
        "runnable gate",
    )


@pytest.mark.parametrize("header", ["dependencies:", "dependencies: []", "prp_id: TBD", "status: x"])
def test_what_is_said_to_be_nothing_is_said(header: str) -> None:
    assert len(read(f"---\n{header}\n---\n").missing) == 7


def test_a_file_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"x/README\.md is not the name of a PRP"):
        parse_prp("", "x/README.md")

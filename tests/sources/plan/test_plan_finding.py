"""Workspaces, the plans in them, and the words people name them with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchexec.errors import BatchError, SelectionError
from batchexec.sources.plan import (
    Found,
    find_file,
    find_plan,
    find_workspace,
    plan_files,
    read_plan,
)

NESTED = "work-space/plans/WEATHER/PLAN_WEATHER.md"
GROUPED = "work-space/plans/later/WEATHER-TWO/PLAN_WEATHER-TWO.md"
FLAT = "work-space/plans/PLAN_OLD.md"
GROUP_FLAT = "work-space/plans/later/PLAN_OLDER.md"


def write(root: Path, path: str, text: str = "") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in (NESTED, GROUPED, FLAT, GROUP_FLAT):
        write(tmp_path, path, "# PLAN: P\n")
    return tmp_path


def message(word: str, root: Path) -> str:
    with pytest.raises(SelectionError) as raised:
        find_plan(word, root)
    return str(raised.value).replace(f"{root}/", "")


ALL = "the plans are OLD, WEATHER, OLDER, WEATHER-TWO"


def test_every_layout_of_a_plan_is_found(root: Path) -> None:
    assert plan_files(root) == [root / path for path in (FLAT, NESTED, GROUP_FLAT, GROUPED)]


@pytest.mark.parametrize("sign", ["subplans/", "execution/", "parallel.json", "parallel_analysis.json"])
def test_what_belongs_to_a_plan_makes_its_directory_that_of_one(root: Path, sign: str) -> None:
    file = write(root, "work-space/plans/Other/PLAN_X.md", "no title")
    if sign.endswith("/"):
        (file.parent / sign).mkdir()
    else:
        write(file.parent, sign)

    assert file in plan_files(root)
    assert not read_plan(file, root).flat


def test_a_plan_that_shares_its_directory_needs_a_title(root: Path) -> None:
    write(root, "work-space/plans/later/PLAN_SUMMARY.md", "# Summary\n```\n# PLAN: X\n```\n")
    write(root, "work-space/plans/later/PLAN_TITLED.md", "\ufeff# 🎯 PLAN: X\n")

    assert [file.name for file in plan_files(root) if file.parent.name == "later"] == [
        "PLAN_OLDER.md",
        "PLAN_TITLED.md",
    ]


def test_neighbours_documents_and_links_are_no_plans(root: Path) -> None:
    write(root, "work-space/plans/WEATHER/PLAN_SUMMARY.md", "# PLAN: S\n")
    write(root, "work-space/plans/WEATHER/documentation/archive/PLAN_WEATHER.md", "# PLAN: W\n")
    write(root, "work-space/plans/.hidden/PLAN_X.md", "# PLAN: X\n")
    (root / "work-space/plans/PLAN_LOOP.md").symlink_to("PLAN_LOOP.md")
    (root / "work-space/plans/later/subplans").symlink_to("subplans")
    (root / "work-space/plans/again").symlink_to(root / "work-space/plans")

    assert len(plan_files(root)) == 4


def test_flat_plans_have_their_files_in_the_workspace(root: Path) -> None:
    assert [(plan.flat, plan.directory) for plan in (read_plan(file, root) for file in plan_files(root))] == [
        (True, root / "work-space"),
        (False, root / "work-space/plans/WEATHER"),
        (True, root / "work-space"),
        (False, root / "work-space/plans/later/WEATHER-TWO"),
    ]


def test_a_plan_outside_a_workspace_has_its_files_beside_it(root: Path) -> None:
    file = write(root, "elsewhere/PLAN_X.md")

    assert read_plan(file, root).directory == file.parent
    assert read_plan(write(root, "work-space/PLAN_X.md"), root).flat


def test_the_workspace_is_the_nearest_above_or_the_one_given(root: Path, tmp_path: Path) -> None:
    inner = root / "work-space" / "plans" / "WEATHER"
    (inner / "deep").mkdir()

    assert find_workspace(inner / "deep") == root
    assert find_workspace(Path("/"), root) == root
    assert find_workspace(Path("/"), root / "work-space") == root
    (inner / "work-space").mkdir()
    assert find_workspace(inner / "deep") == inner


def test_without_a_workspace_it_is_told_where_was_looked(tmp_path: Path) -> None:
    with pytest.raises(
        BatchError, match=re.escape(f"there is no directory work-space/ in {tmp_path} or above it")
    ):
        find_workspace(tmp_path)
    with pytest.raises(BatchError) as raised:
        find_workspace(tmp_path, Path("no/such"))
    assert str(raised.value) == "error: no/such holds no directory work-space/; give the directory that does"


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("@WEATHER", NESTED),
        ("@weather", NESTED),
        ("@two", GROUPED),
        ("@OLD", FLAT),
        ("@Older", GROUP_FLAT),
        ("@PLAN_WEATHER.md", NESTED),
        ("@later/PLAN_OLDER.md", GROUP_FLAT),
        (f"@{NESTED}", NESTED),
        (NESTED, NESTED),
        ("work-space/plans/WEATHER", NESTED),
        ("work-space/plans/later/WEATHER-TWO/", GROUPED),
    ],
)
def test_a_plan_is_named_by_a_part_of_its_name_or_by_its_file(
    root: Path, monkeypatch: pytest.MonkeyPatch, word: str, path: str
) -> None:
    monkeypatch.chdir(root)
    found = find_plan(word, root)

    assert found.plan_file
    assert found.plan_file.resolve() == root / path
    assert found.directory.resolve() == (root / path).parent


def test_a_plan_is_named_from_within_its_directory(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "work-space/plans/WEATHER/PLAN_SUMMARY.md")
    monkeypatch.chdir(root / "work-space/plans/WEATHER")

    assert find_plan(".", root) == find_plan("PLAN_WEATHER.md", root) == find_plan("@WEATHER", root)
    assert not read_plan(Path("PLAN_WEATHER.md"), root).flat


def test_an_exact_name_wins_over_names_that_hold_it(root: Path) -> None:
    write(root, "work-space/plans/weather/PLAN_weather.md")

    assert find_plan("@WEATHER", root).plan_file == root / NESTED
    assert message("@eath", root) == (
        "error: @eath means several plans: WEATHER (work-space/plans/WEATHER/PLAN_WEATHER.md), "
        "WEATHER-TWO (work-space/plans/later/WEATHER-TWO/PLAN_WEATHER-TWO.md), "
        "weather (work-space/plans/weather/PLAN_weather.md); give more of the name, or the path"
    )


def test_two_plans_of_one_name_are_told(root: Path) -> None:
    write(root, "work-space/plans/later/WEATHER/PLAN_WEATHER.md")

    assert message("@WEATHER", root).startswith(
        "error: @WEATHER means several plans: WEATHER (work-space/plans/W"
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("@", "error: @ alone names no plan; write a part of its name after it"),
        ("@ ", "error: @ alone names no plan; write a part of its name after it"),
        ("@NOWHERE", f"error: no plan is called NOWHERE; {ALL}"),
        ("@PLAN_NO.md", f"error: no file below work-space/ is called PLAN_NO.md; {ALL}"),
        ("W" * 300, f"error: {'W' * 300} is no directory, PLAN or parallel file; {ALL}"),
        ("WEATHER", f"error: WEATHER is no directory, PLAN or parallel file; {ALL}"),
        ("", "error: no plan is named; write @ and a part of its name"),
    ],
)
def test_a_word_that_means_nothing_is_answered_with_the_plans(root: Path, word: str, said: str) -> None:
    assert message(word, root) == said


def test_a_workspace_without_plans_says_so(tmp_path: Path) -> None:
    (tmp_path / "work-space").mkdir()

    assert plan_files(tmp_path) == []
    assert message("@X", tmp_path) == "error: no plan is called X; there are no plans in work-space/plans/"


def test_a_directory_with_several_plans_names_all(root: Path) -> None:
    for name in ("PLAN_A.md", "PLAN_SUMMARY.md"):
        write(root, f"work-space/plans/MIXED/{name}")
    (root / "work-space/plans/MIXED/execution").mkdir()
    said = (
        "error: work-space/plans/MIXED holds several PLANs: PLAN_A.md, PLAN_SUMMARY.md; "
        "rename one to PLAN_MIXED.md, or give the path of the one that is meant"
    )

    assert message("@MIXED", root) == said
    assert message(str(root / "work-space/plans/MIXED"), root) == said
    assert find_plan(str(root / "work-space/plans/MIXED/PLAN_A.md"), root).plan_file


def test_a_directory_without_a_plan_says_so(root: Path) -> None:
    (root / "work-space/plans/EMPTY/subplans").mkdir(parents=True)
    said = "error: No PLAN_*.md file found in work-space/plans/EMPTY"

    assert message("@EMPTY", root) == said
    assert message(str(root / "work-space/plans/EMPTY"), root) == said
    assert message(str(root / "work-space"), root) == "error: No PLAN_*.md file found in work-space"


def test_a_graph_without_a_plan_is_a_plan_to_be_named(root: Path) -> None:
    graph = write(root, "work-space/plans/GRAPH/parallel.json")

    assert find_plan("@GRAPH", root) == Found(None, graph.parent)
    assert find_plan(str(graph), root) == Found(None, graph.parent)
    assert find_plan(str(write(root, "other/graph.json")), root) == Found(None, root / "other")
    beside = write(root, "work-space/plans/WEATHER/parallel.json")
    assert find_plan(str(beside), root) == Found(root / NESTED, beside.parent)


def test_the_only_plan_of_any_directory_is_meant_by_the_directory(root: Path) -> None:
    file = write(root, "elsewhere/PLAN_X.md")

    assert find_plan(str(file.parent), root) == Found(file, file.parent)


def test_a_file_of_a_plan_means_its_plan(root: Path) -> None:
    write(root, "work-space/plans/WEATHER/subplans/SUBPLAN_WEATHER_12.md")
    write(root, "work-space/subplans/SUBPLAN_OLD_12.md")
    write(root, "work-space/execution/feedbacks/APPROVED_12.md", "**PLAN**: PLAN_OLDER.md\n")
    write(root, "work-space/stray.md")

    assert find_plan("@SUBPLAN_WEATHER_12.md", root).plan_file == root / NESTED
    assert find_plan("@SUBPLAN_OLD_12.md", root).plan_file == root / FLAT
    assert find_plan("@APPROVED_12.md", root).plan_file == root / GROUP_FLAT
    assert message("@stray.md", root) == f"error: stray.md is no file of a plan; {ALL}"


def test_a_file_is_found_anywhere_and_once_however_many_links_lead_to_it(root: Path) -> None:
    file = write(root, "work-space/documentation/notes.md")
    (root / "work-space/link.md").symlink_to(file)
    (root / "work-space/plans/notes.md").symlink_to(file)

    assert find_file("@notes.md", root) == file
    write(root, "work-space/later/notes.md")
    with pytest.raises(SelectionError) as raised:
        find_file("@notes.md", root)
    assert str(raised.value) == (
        "error: @notes.md means several files: work-space/documentation/notes.md, work-space/later/notes.md; "
        "give the path of one of them"
    )

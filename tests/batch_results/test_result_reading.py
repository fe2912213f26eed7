"""Result files of other and older programs are read as far as they can be, and never end in a traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.batch_results import Record, examine_result, read_result, report_text, result_path, standing
from batchexec.batch_results.reading import parse_result

if TYPE_CHECKING:
    from pathlib import Path

    from batch_results.result_run import Run

    from batchexec.errors import Problem

HINT = "a run of the batch writes it anew, and keeps a copy of what is there"


def test_where_there_is_no_file_there_is_no_result(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_result(tmp_path / "no/such.json", problems) is None
    assert problems == []


def test_a_result_file_is_found_by_its_batch() -> None:
    assert str(result_path(".ce/orchestration", 12)) == ".ce/orchestration/batches/batch-12.result.json"


def test_what_was_written_is_read_back(run: Run) -> None:
    record = Record(
        prp_id="PRP-12.2.1",
        title="Mail",
        status="failed",
        stage=2,
        wave=3,
        attempt=2,
        files_created=("a.py",),
        commits=("c" * 40,),
        branch="b",
        errors=("one", "two"),
        elapsed_seconds=5,
        tokens_used=70,
        cost=0.5,
        log="x.log",
    )
    run.written(record)
    result = examine_result(run.path, 12).result
    assert result is not None
    assert result.records == (record,)
    assert result == run.file.result()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is no JSON: Expecting value"),
        (b'{"a": 1', "it is no JSON: Expecting ',' delimiter"),
        (b"[" * 100_000, "it cannot be used: it is nested too deeply"),
        (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "it cannot be used: it is nested too deeply"),
        (b"7", "it cannot be used: it is no object"),
        (b'{"batch_id": 13}', "it is about batch 13, not 12"),
    ],
)
def test_why_a_file_cannot_be_used_is_said(data: bytes, said: str) -> None:
    read = parse_result(data, "r.json", 12)
    assert (read.document, read.result) == (None, None)
    assert [str(problem) for problem in read.problems] == [f"r.json:1: warning: {said}; {HINT}"]


def test_a_file_that_is_no_text_cannot_be_used() -> None:
    (problem,) = parse_result(b'{"a": "\xff"}', "r.json").problems
    assert problem.message.startswith("it cannot be used: 'utf-8' codec can't decode byte 0xff")


def test_a_directory_in_its_place_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.json").mkdir()
    problems: list[Problem] = []
    assert read_result(tmp_path / "r.json", problems) is None
    assert list(map(str, problems)) == ["r.json:1: warning: this result file is a directory; move it away"]


def test_entries_that_are_none_are_passed_over_and_named() -> None:
    document = {
        "results": [7, {"status": "success"}, {"prp_id": "12.1.1"}],
        "stages": {"1": {"x": {}}, "2": []},
    }
    read = parse_result(json.dumps(document).encode(), "r.json")
    assert list(read.entries) == ["PRP-12.1.1"]
    assert [problem.message for problem in read.problems] == [
        "results[0] is no object",
        "results[1] has no id of a PRP",
        "stages.1.x has no id of a PRP",
    ]


def test_every_prp_stands_in_the_results_with_its_full_id(run: Run) -> None:
    run.put({"results": [{"prp_id": "12.1.1"}], "stages": {"2": {"PRP-12.2.1": {"status": "success"}}}})
    found = read_result(run.path)
    assert found is not None
    assert found["results"] == [{"prp_id": "PRP-12.1.1"}, {"prp_id": "PRP-12.2.1", "status": "success"}]


@pytest.mark.parametrize(
    ("entry", "record"),
    [
        ({}, {"stage": 2}),
        ({"stage": "two", "errors": "broken", "commits": None}, {"stage": 2, "errors": ("broken",)}),
        ({"stage": 5, "gates_passed": "3", "gates_failed": -1}, {"stage": 5}),
        ({"elapsed_seconds": True, "tokens_used": 1.0, "cost": 10**30}, {"stage": 2, "tokens_used": 1}),
        (
            {"title": "\x1b[2J", "gates": [{"n": 1, "result": "passed"}, 4]},
            {"stage": 2, "title": "\ufffd[2J"},
        ),
    ],
)
def test_a_value_of_another_kind_counts_as_not_said(entry: dict[str, Any], record: dict[str, Any]) -> None:
    expected: dict[str, Any] = {"status": "pending", **record}
    found = Record.parse(entry, "PRP-12.2.1")
    assert {key: getattr(found, key) for key in expected} == expected
    assert (found.gates_passed, found.gates_failed, found.elapsed_seconds) == (0, 0, 0)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_json_does_not_have_are_null(run: Run, number: str) -> None:
    run.put(f'{{"results": [{{"prp_id": "PRP-12.1.1", "x": {number}}}]}}')
    run.file.write(force=True)
    assert '"x": null' in run.path.read_text()


ODD: tuple[object, ...] = (
    *(None, True, 0, -1, 7, 1.5, 1e300, 10**40),
    *("", "x", "1", "\ud800", [], ["x", 1], {}, {"a": []}, [{}]),
)
KEYS = ("status", "stage", "errors", "gates", "commits", "elapsed_seconds", "cost", "attempt", "blocked_by")
JSON = st.sampled_from(ODD)
IDS = st.sampled_from(["PRP-12.1.1", "12.2.1", "PRP-1.x", "²", "", 7])
ENTRIES = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON) | {"prp_id": IDS})
STAGES = st.dictionaries(
    st.sampled_from(["1", "²", "-1", "x", "9" * 30]), st.dictionaries(st.text(), ENTRIES)
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "batch_id": JSON,
            "warnings": JSON,
            "elapsed_seconds": JSON,
            "schema_version": JSON,
            "results": JSON | st.lists(ENTRIES, max_size=3),
            "stages": JSON | STAGES,
        },
    )
)
def test_whatever_json_is_there_it_is_an_answer(document: dict[str, Any]) -> None:
    result = parse_result(json.dumps(document).encode(), "r.json").result
    if result is not None:
        assert report_text(result).startswith("=" * 70)
        json.dumps(standing(result, []), allow_nan=False)

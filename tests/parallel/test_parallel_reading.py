"""The file beside a PLAN is found by its names, read whatever it holds, and told about."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parallel.parallel_bench import FILE, document, item, lines, said

from batchexec.parallel import (
    as_json,
    fails,
    find_parallel,
    parse_parallel,
    passed_over,
    read_parallel,
    told,
    written,
)
from batchexec.parallel.source import keys_of, pointer_of

RIGHT = document(item("1.1"), item("1.2", "1.1"))
ID = "/achievements/0/achievement_id"
NAMES = [
    "parallel.json",
    "PARALLEL-EXECUTION-ANALYSIS.json",
    "parallel-execution.json",
    "parallel_analysis.json",
]


def put(path: Path, value: Any = RIGHT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_each_of_four_names_is_found(tmp_path: Path, name: str) -> None:
    put(tmp_path / name)

    assert find_parallel(tmp_path) == tmp_path / name
    assert passed_over(tmp_path) == ()
    assert read_parallel(tmp_path / name).findings == ()


def test_of_several_files_the_first_counts_and_the_others_are_told(tmp_path: Path) -> None:
    for name in NAMES[1:]:
        put(tmp_path / name)
    path = tmp_path / NAMES[1]

    assert find_parallel(tmp_path) == path
    assert passed_over(tmp_path) == (tmp_path / NAMES[2], tmp_path / NAMES[3])
    assert lines(read_parallel(path).findings) == [
        f"warning W23 : {name} is passed over, a file of another name counts" for name in NAMES[2:]
    ]
    assert read_parallel(tmp_path / NAMES[2]).findings == ()


def test_where_there_is_no_file_none_is_found(tmp_path: Path) -> None:
    (tmp_path / "parallel.json").mkdir()

    assert find_parallel(tmp_path) is None
    assert find_parallel(tmp_path / "nowhere") is None


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    locked = put(tmp_path / "locked.json")
    locked.chmod(0)

    assert lines(read_parallel(tmp_path / "x.json").findings) == [
        f"error J01 : File not found: {tmp_path}/x.json"
    ]
    assert lines(read_parallel(tmp_path / "pipe").findings) == [
        f"error J01 : Cannot read {tmp_path}/pipe: it is no file"
    ]
    assert lines(read_parallel(tmp_path).findings) == [f"error J01 : Cannot read {tmp_path}: it is no file"]
    assert lines(read_parallel(locked / "x").findings) == [
        f"error J01 : Cannot read {locked}/x: Not a directory"
    ]
    assert lines(read_parallel(Path("a\0b")).findings) == [
        "error J01 : Cannot read a\ufffdb: embedded null byte"
    ]
    if os.geteuid():
        assert lines(read_parallel(locked).findings) == [
            f"error J01 : Cannot read {locked}: Permission denied"
        ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the text ends too early (line 1, column 1)"),
        (b'{\n  "a": x\n}', "a value is missing (line 2, column 8)"),
        (b'{\r\n  "\xc3\xa4": x\r\n}', "a value is missing (line 2, column 8)"),
        (b'\xef\xbb\xbf{"a": x', "a value is missing (line 1, column 7)"),
        (b'{"a":\n "\xff"}', "the text is not UTF-8 (line 2, column 3)"),
        (b'\xef\xbb\xbf"\xff"', "the text is not UTF-8 (line 1, column 2)"),
        (b"[" * 100_000, "more than 200 objects and lists are in each other (line 1, column 201)"),
    ],
)
def test_what_is_no_json_is_one_error_with_line_and_column(text: bytes, message: str) -> None:
    found = parse_parallel(text, FILE)

    assert lines(found.findings) == [f"error J02 : Invalid JSON: {message}"]
    assert f"(line {found.findings[0].line}, column {found.findings[0].column})" in message
    assert not found.valid
    assert found.model is None


def test_a_byte_order_mark_and_carriage_returns_are_fine() -> None:
    text = b"\xef\xbb\xbf" + json.dumps(RIGHT, indent=2).replace("\n", "\r\n").encode()

    found = parse_parallel(text, FILE)

    assert found.findings == ()
    assert found.model
    assert found.model.ids == ("1.1", "1.2")


def test_every_finding_has_the_place_of_its_value() -> None:
    text = b"""{"plan_name": "DEMO",
 "parallelization_level": 1,
 "achievements": [
  {"dependencies": [ "x"]}]}"""

    found = [(one.code, one.line, one.column) for one in parse_parallel(text, FILE).findings]

    assert found == [("J04", 2, 27), ("J03", 4, 3), ("J07", 4, 22)]


def test_a_key_that_stands_twice_is_told() -> None:
    text = b"""{"plan_name": "A", "a/b": 1, "plan_name": "DEMO", "a/b": 2,
 "achievements": [], "x": {"y": 1, "y": 2}}"""

    assert lines(parse_parallel(text, FILE).findings)[1:] == [
        "warning W23 /plan_name: key 'plan_name' listed twice, the last one counts",
        "warning W23 /a~1b: key 'a/b' listed twice, the last one counts",
        "warning W22 /achievements: no achievements",
        "warning W23 /x/y: key 'y' listed twice, the last one counts",
    ]


def test_a_missing_name_alone_is_taken_from_the_plan_beside_it(tmp_path: Path) -> None:
    nameless = {key: value for key, value in RIGHT.items() if key != "plan_name"}
    path = put(tmp_path / "DEMO" / "parallel.json", nameless)
    missing = ["error J03 : missing required field 'plan_name'"]

    assert lines(read_parallel(path).findings) == missing
    (path.parent / "PLAN_FIRST.md").write_text("# PLAN: First\n")
    found = read_parallel(path)
    assert lines(found.findings) == ["warning W23 : plan_name is missing, 'FIRST' is taken from the PLAN"]
    assert found.valid
    (path.parent / "PLAN_SECOND.md").write_text("# PLAN: Second\n")
    assert lines(read_parallel(path).findings) == missing
    (path.parent / "PLAN_DEMO.md").write_text("# PLAN: Demo\n")
    assert read_parallel(path).valid


def test_text_that_is_no_text_can_be_shown_and_written() -> None:
    value = b'{"plan_name": "\\ud800", "achievements": [{"achievement_id": "\\ud800", "\\udfff": 1}]}'

    found = parse_parallel(value, FILE)

    assert [str(one).encode() for one in found.findings]
    assert found.model
    assert found.model.plan_name == "\ufffd"
    again = parse_parallel(written(found.value).encode(), FILE)
    assert again.value == found.value


def test_a_value_is_written_to_be_read_by_people() -> None:
    assert written({"a": ["ä"]}) == '{\n  "a": [\n    "ä"\n  ]\n}\n'


def test_what_is_found_is_told_in_lines_from_the_verdict_to_what_to_do() -> None:
    found = parse_parallel(json.dumps(document(item("01.1", "1.1"))).encode(), FILE)

    assert told(found).splitlines() == [
        "❌ Invalid parallel.json: plans/DEMO/parallel.json",
        f"error J06 {ID}: achievement_id '01.1' has an invalid format, use X.Y or X.Y.Z",
        "💡 Fix: write 1.1",
    ]
    assert told(parse_parallel(json.dumps(RIGHT).encode(), FILE)) == (
        "✅ Valid parallel.json: plans/DEMO/parallel.json"
    )


def test_only_where_it_is_strict_a_warning_fails() -> None:
    found = parse_parallel(json.dumps(document()).encode(), FILE)

    assert (fails(found.findings), fails(found.findings, strict=True)) == (False, True)
    assert told(found).startswith("✅ Valid")
    assert told(found, strict=True).startswith("❌ Invalid")
    assert as_json(found)["valid"] is True
    assert as_json(found, strict=True)["valid"] is False


def test_what_is_found_is_told_to_programs() -> None:
    found = parse_parallel(json.dumps(document(item("1.1", "1.1"), level="level_1")).encode(), FILE)

    assert as_json(found) == {
        "schema_version": 1,
        "path": "plans/DEMO/parallel.json",
        "valid": False,
        "errors": [
            {
                "severity": "error",
                "code": "J12",
                "pointer": "/achievements/0/dependencies/0",
                "message": "circular dependency: 1.1 → 1.1",
                "file": "plans/DEMO/parallel.json",
                "line": 1,
                "column": 119,
                "hint": "take one of these dependencies out",
            }
        ],
        "warnings": [
            {
                "severity": "warning",
                "code": "W22",
                "pointer": "/parallelization_level",
                "message": "level_1 without sub_executions",
                "file": "plans/DEMO/parallel.json",
                "line": 1,
                "column": 48,
                "hint": "list the sub_executions of the achievement, or choose another level",
            }
        ],
        "notes": [],
        "cycles": [["1.1"]],
    }


@given(st.lists(st.text() | st.integers(0, 9)))
def test_pointers_name_any_key(keys: list[str | int]) -> None:
    assert keys_of(pointer_of(keys)) == [str(key) for key in keys]


KEYS = """
    plan_name plan parallelization_level created achievements external_achievements notes
    levels level waves critical_path total_hours critical_path_hours parallel_hours total_achievements
    achievement_id id name dependencies blocks parallelizable_with status estimated_hours priority
    sub_executions execution_id priority_groups
    cross_priority_dependencies from_achievement to_achievement
"""
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["1.1", "1.1.1", "4-6"]),
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inside, max_size=6)
    ),
    max_leaves=30,
)


@given(JSON)
def test_any_json_is_checked_without_an_exception(value: Any) -> None:
    found = parse_parallel(json.dumps(value).encode(), FILE, "DEMO")

    assert found.valid == (not found.errors)
    assert all(one.code and one.line and one.column and one.hint for one in found.findings)
    assert told(found).encode()
    assert json.dumps(as_json(found))


@given(st.binary())
def test_any_bytes_are_checked_without_an_exception(data: bytes) -> None:
    assert parse_parallel(data, FILE).findings


def fuzzed(times: int, seed: int) -> None:
    """Cut, copy and change bytes of documents of every dialect."""
    shuffle = random.Random(seed)
    pieces = [*b'{}[],:"\\0129.-e', *b"\xff\x00\xef\xbb\xbf"]
    for _ in range(times):
        data = bytearray(shuffle.choice(TEXTS))
        for _ in range(shuffle.randrange(1, 6)):
            start, end = sorted(shuffle.choices(range(len(data) + 1), k=2))
            match shuffle.randrange(4):
                case 0:
                    data[start:start] = bytes(shuffle.choices(pieces, k=3))
                case 1:
                    del data[start : min(end, start + 20)]
                case 2:
                    data[start:start] = data[end : end + 40]
                case _:
                    data[start : start + 1] = bytes([shuffle.choice(pieces)])
        found = parse_parallel(bytes(data), FILE)
        assert found.model or found.errors
        told(found).encode()


TEXTS = [
    json.dumps(value).encode()
    for value in (
        document(
            item("1.1", "2.1", blocks=["2.1"], estimated_hours="4-6"), item("2.1", "1.1"), waves=[["1.1"]]
        ),
        document(item("1.1", sub_executions=[{"execution_id": "1.1.1", "dependencies": ["1.1.1"]}])),
        document(item("1.1"), priority_groups=[{"priority": 1, "achievements": ["1.1"]}], total_hours=4),
        {"plan": "D", "levels": [{"level": 0, "achievements": [{"id": "1.1"}]}], "critical_path": ["1.1"]},
        {"plan": "D", "created": "2025-01-01", "achievements": [{"id": "1.1", "dependencies": ["2.2"]}]},
    )
]


def test_damaged_files_are_checked_without_an_exception() -> None:
    fuzzed(400, 1)


@pytest.mark.slow
def test_very_many_damaged_files_are_checked_without_an_exception() -> None:
    fuzzed(10_000, 2)


@pytest.mark.slow
@settings(max_examples=2000)
@given(JSON)
def test_very_many_values_are_checked_without_an_exception(value: Any) -> None:
    parse_parallel(json.dumps(value).encode(), FILE)


def test_the_first_line_of_messages_stays_one_line() -> None:
    (first, *_) = said(document(item("1\n1")))

    assert "\n" not in first

"""The PRPs of a batch, put into stages and waves."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.sources.prp import Batch, parse_prp, sort_key
from batchexec.sources.prp.rings import rings
from batchexec.sources.prp.staging import stage_batch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchexec.errors import Problem
    from batchexec.sources.prp.staging import Staging

Headers = dict[str, str]


def made(headers: Mapping[str, str]) -> Batch:
    """Make batch 12 of the numbers of its PRPs and the lines of their headers."""
    batch = Batch(12)
    for number, header in headers.items():
        prp = parse_prp(f"---\n{header}\n---\n", f"PRP-12.{number}-x.md")
        batch.prps[prp.id] = prp
    return batch


def after(**needed: str) -> Headers:
    """Say for each of `a`, `b` … which others it depends on; they are PRP-12.1.1, PRP-12.1.2 …"""
    return {short(name): f"dependencies: [{', '.join(map(full, names))}]" for name, names in needed.items()}


def short(name: str) -> str:
    return f"1.{ord(name) - ord('a') + 1}"


def full(name: str) -> str:
    return f"PRP-12.{short(name)}"


def named(staging: Staging) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id_ in staging.order:
        found.setdefault(staging.stage[id_], []).append(chr(ord("a") + int(id_.rpartition(".")[2]) - 1))
    return found


def told(problems: Sequence[Problem], *codes: str) -> list[str]:
    return [str(problem) for problem in problems if problem.code in codes]


def test_a_stage_is_one_more_than_the_highest_it_waits_for() -> None:
    staging = stage_batch(made(after(a="", b="a", c="a", d="bc", e="ad", f="")))

    assert named(staging) == {1: ["a", "f"], 2: ["b", "c"], 3: ["d"], 4: ["e"]}


def test_a_soft_dependency_orders_and_is_kept_apart() -> None:
    header = 'dependencies: ["Soft dependency on PRP-12.1.1", PRP-12.1.2]'

    staging = stage_batch(made({"1.1": "", "1.2": "", "2.1": header}))

    assert staging.stage["PRP-12.2.1"] == 2
    assert (staging.hard, staging.soft) == (
        {"PRP-12.2.1": ["PRP-12.1.2"]},
        {"PRP-12.2.1": ["PRP-12.1.1"]},
    )


def test_what_is_in_no_batch_or_another_is_external_and_gives_no_edge() -> None:
    staging = stage_batch(
        made({"1.1": "dependencies: [PRP-12.4, PRP-7.1.1, PRP-B, PRP-112.1.1, numpy>=1.2]"})
    )

    assert [edge.id for edge in staging.external["PRP-12.1.1"]] == [
        "PRP-12.4",
        "PRP-7.1.1",
        "PRP-B",
        "PRP-112.1.1",
    ]
    assert (staging.stage, staging.hard, staging.problems) == ({"PRP-12.1.1": 1}, {}, [])


@given(st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12), max_size=4), max_size=12))
def test_stages_are_the_longest_paths_of_any_batch_without_cycles(wanted: dict[int, set[int]]) -> None:
    edges = {
        one: {other for other in others if other < one} & wanted.keys() for one, others in wanted.items()
    }
    names = {one: chr(ord("a") + one) for one in edges}
    headers = after(
        **{names[one]: "".join(names[other] for other in others) for one, others in edges.items()}
    )

    staging = stage_batch(made(headers))

    expected: dict[int, int] = {}
    for one in sorted(edges):
        expected[one] = 1 + max((expected[other] for other in edges[one]), default=0)
    assert staging.stage == {full(names[one]): stage for one, stage in expected.items()}


@pytest.mark.parametrize(
    ("needed", "messages"),
    [
        ({"a": "a"}, ["PRP-12.1.1 depends on itself; take it out"]),
        ({"a": "b", "b": "a"}, ["Circular dependency: PRP-12.1.1 -> PRP-12.1.2 -> PRP-12.1.1"]),
        (
            {"a": "", "b": "d", "c": "b", "d": "c", "e": "d"},
            ["Circular dependency: PRP-12.1.2 -> PRP-12.1.4 -> PRP-12.1.3 -> PRP-12.1.2"],
        ),
        (
            {"a": "bc", "b": "a", "c": "a"},
            [
                "Circular dependency: PRP-12.1.1 -> PRP-12.1.2 -> PRP-12.1.1",
                "Circular dependency: PRP-12.1.1 -> PRP-12.1.3 -> PRP-12.1.1",
            ],
        ),
        (
            {"a": "ba", "b": "a", "c": "dz", "d": "c"},
            [
                "PRP-12.1.1 depends on itself; take it out",
                "PRP-12.1.3 depends on undefined PRP-12.1.26; write it, or take it out",
                "Circular dependency: PRP-12.1.1 -> PRP-12.1.2 -> PRP-12.1.1",
                "Circular dependency: PRP-12.1.3 -> PRP-12.1.4 -> PRP-12.1.3",
            ],
        ),
    ],
)
def test_all_that_keeps_a_batch_from_being_ordered_is_told_at_once(
    needed: dict[str, str], messages: list[str]
) -> None:
    problems = stage_batch(made(after(**needed))).problems

    hint = "; take one of these dependencies out"
    said = told(problems, "circular", "depends-on-itself", "undefined")
    assert [line.partition(": error: ")[2].removesuffix(hint) for line in said] == messages


def test_an_error_stands_where_the_dependency_is_written() -> None:
    first = "status: new\ndependencies:\n  - PRP-12.1.3\n  - PRP-12.1.2"

    problems = stage_batch(made({"1.1": first, **after(b="a")})).problems

    assert told(problems, "circular", "undefined") == [
        "PRP-12.1.1-x.md:4: error: PRP-12.1.1 depends on undefined PRP-12.1.3; write it, or take it out",
        (
            "PRP-12.1.1-x.md:5: error: Circular dependency: PRP-12.1.1 -> PRP-12.1.2 -> PRP-12.1.1"
            "; take one of these dependencies out"
        ),
    ]


def test_a_soft_dependency_on_nothing_only_warns() -> None:
    batch = made({"1.1": "dependencies: PRP-12.1.9 soft"})

    assert told(stage_batch(batch).problems, "undefined") == [
        "PRP-12.1.1-x.md:2: warning: PRP-12.1.1 depends on undefined PRP-12.1.9; write it, or take it out"
    ]


def test_a_completed_prp_needs_no_file() -> None:
    batch = made({"1.1": "dependencies: [PRP-12.0.7, PRP-12.0.8]"})

    staging = stage_batch(batch, lambda id_: id_ == "PRP-12.0.7")

    assert [problem.message for problem in staging.problems] == ["PRP-12.1.1 depends on undefined PRP-12.0.8"]


def test_what_is_in_a_cycle_or_behind_one_has_no_stage() -> None:
    staging = stage_batch(made(after(a="b", b="a", c="b", d="")))

    assert named(staging) == {1: ["d"]}


@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9), max_size=3)))
def test_cycles_are_found_exactly_where_there_are_some(wanted: dict[int, set[int]]) -> None:
    edges = {f"PRP-{one}": sorted(f"PRP-{other}" for other in others) for one, others in wanted.items()}

    found = list(rings(edges))

    for ring in found:
        assert ring[0] == ring[-1] == min(ring, key=sort_key)
        assert len(set(ring)) == len(ring) - 1
        assert all(second in edges[first] for first, second in pairwise(ring))
    assert len({tuple(ring) for ring in found}) == len(found)
    assert bool(found) == has_cycle({one: {*others} & edges.keys() for one, others in edges.items()})


def has_cycle(edges: dict[str, set[str]]) -> bool:
    while free := {one for one, others in edges.items() if not others}:
        edges = {one: others - free for one, others in edges.items() if one not in free}
    return bool(edges)


def test_where_all_wait_for_all_a_hundred_cycles_are_enough() -> None:
    ids = [f"PRP-12.1.{number}" for number in range(1, 101)]
    batch = made({id_.removeprefix("PRP-12."): f"dependencies: {', '.join(ids)}" for id_ in ids})

    problems = stage_batch(batch).problems

    assert len(told(problems, "circular")) == 100


@pytest.mark.parametrize(
    ("id_", "header", "message"),
    [
        ("1.1", "stage: 1", None),
        ("1.1", "", None),
        ("2.1", "", "PRP-12.2.1 is in stage 1 by its dependencies; its id says 2"),
        ("1.1", "stage: stage-3-parallel", "PRP-12.1.1 is in stage 1 by its dependencies; it declares 3"),
        ("1.1", "stage: 0", "PRP-12.1.1 is in stage 1 by its dependencies; it declares 0"),
        (
            "2.1",
            "stage: 4",
            "PRP-12.2.1 is in stage 1 by its dependencies; its id says 2 and it declares 4",
        ),
    ],
)
def test_a_hint_that_is_wrong_is_one_warning(id_: str, header: str, message: str | None) -> None:
    found = stage_batch(made({id_: header})).problems

    expected = [f"PRP-12.{id_}-x.md:1: warning: {message}"] if message else []
    assert list(map(str, found)) == expected


def test_in_a_stage_the_order_decides_then_the_number_then_the_id() -> None:
    headers = {"1.10": "", "10.2": "", "2.2": "", "1.3": "order: 1", "1.1": "order: 12", "1.2": "order: 2"}

    staging = stage_batch(made(headers))

    assert [id_.removeprefix("PRP-12.") for id_ in staging.order] == [
        "1.3",
        "1.2",
        "2.2",
        "10.2",
        "1.10",
        "1.1",
    ]


ZERO = {
    "0.1": "stage: 0\ndependencies: [PRP-12.1.1]",
    "1.1": "stage: 1",
    "1.2": "stage: 1",
    "2.1": "stage: 2\ndependencies: [PRP-12.1.2]",
}


@pytest.mark.parametrize(("barrier", "stages"), [(False, [2, 1, 1, 2]), (True, [2, 1, 3, 4])])
def test_stage_zero_is_a_barrier_only_where_that_is_asked_for(barrier: bool, stages: list[int]) -> None:
    """What stage 0 itself waits for does not wait for it."""
    batch = made(ZERO)

    staging = stage_batch(batch, stage_zero_barrier=barrier)

    assert [staging.stage[id_] for id_ in batch.prps] == stages
    assert staging.soft == {}


def files(*paths: str, **more: str) -> str:
    return f"files_modified: [{', '.join(paths)}]" + "".join(f"\n{key}: {text}" for key, text in more.items())


def waves(headers: Headers) -> dict[str, int]:
    wave = stage_batch(made(headers)).wave
    return {number: wave[f"PRP-12.{number}"] for number in headers}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("shop/mail.py", "shop/mail.py"),
        ("./shop/mail.py", "shop/mail.py"),
        ("shop/mail.py", "shop/../shop/mail.py"),
        ("shop/mail.py:10", "shop/mail.py"),
        ("shop/mail.py (new)", "shop/mail.py"),
        ("shop/", "shop/mail.py"),
        ("shop/a/b.py", "shop/"),
    ],
)
def test_prps_of_a_stage_that_share_a_file_are_in_different_waves(first: str, second: str) -> None:
    assert waves({"1.1": files(first), "1.2": files(second)}) == {"1.1": 1, "1.2": 2}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("shop/mail.py", "shop/mail.pyi"),
        ("shop/", "shop.py"),
        ("shop/mail.py", "mail.py"),
        ("shop/mail", "shop/mailbox/x.py"),
        ("a.py, ./a.py", "b.py"),
    ],
)
def test_prps_that_share_no_file_go_together(first: str, second: str) -> None:
    assert waves({"1.1": files(first), "1.2": files(second)}) == {"1.1": 1, "1.2": 1}


def test_a_file_shared_across_stages_is_no_conflict() -> None:
    batch = made({"1.1": files("a.py"), "2.1": files("a.py", dependencies="PRP-12.1.1")})

    staging = stage_batch(batch)

    assert (staging.wave, staging.conflicts) == ({"PRP-12.1.1": 1, "PRP-12.2.1": 1}, [])


def test_the_earlier_in_stage_order_goes_first() -> None:
    assert waves({"1.1": files("a.py", order="2"), "1.2": files("a.py", order="1")}) == {"1.1": 2, "1.2": 1}


def test_a_directory_waits_for_the_last_of_all_below_it() -> None:
    headers = {
        "1.1": files("x.py"),
        "1.2": files("x.py", "d/a.py"),
        "1.3": files("d/b.py"),
        "1.4": files("d/"),
        "1.5": files("d/c.py"),
    }

    assert waves(headers) == {"1.1": 1, "1.2": 2, "1.3": 1, "1.4": 3, "1.5": 4}


def test_conflicts_are_told_with_the_path_and_may_be_left_to_merging() -> None:
    headers = {"1.1": files("d/a.py"), "1.2": files("d/"), "1.3": files("d/a.py"), "1.4": files("e.py")}

    staging = stage_batch(made(headers), isolate=True)

    assert set(staging.wave.values()) == {1}
    assert [(one.first, one.second, one.path) for one in staging.conflicts] == [
        ("PRP-12.1.1", "PRP-12.1.2", "d/a.py"),
        ("PRP-12.1.2", "PRP-12.1.3", "d/a.py"),
        ("PRP-12.1.1", "PRP-12.1.3", "d/a.py"),
    ]


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)


@given(st.lists(st.sets(PATHS, max_size=3), max_size=10))
def test_waves_are_what_comparing_all_with_all_gives(declared: list[set[str]]) -> None:
    headers = {
        f"1.{number}": files(*(f"./{path}" for path in paths)) for number, paths in enumerate(declared)
    }

    found = list(waves(headers).values())

    expected: list[int] = []
    for here, paths in enumerate(declared):
        before = [expected[other] for other in range(here) if shares(declared[other], paths)]
        expected.append(1 + max(before, default=0))
    assert found == expected


def shares(paths: set[str], others: set[str]) -> bool:
    return any(
        f"{one}/".startswith(f"{two}/") or f"{two}/".startswith(f"{one}/") for one in paths for two in others
    )


def test_many_prps_with_many_files_are_put_into_waves_in_no_time() -> None:
    paths = [f"src/{number}/x.py" for number in range(100)]
    batch = made({f"1.{number}": files("src/", *paths) for number in range(300)})
    begun = time.process_time()

    staging = stage_batch(batch)

    assert time.process_time() - begun < 3
    assert staging.wave["PRP-12.1.299"] == 300
    assert len(staging.conflicts) == 299


def test_ids_sort_by_their_numbers() -> None:
    ids = ["PRP-12.10.1", "PRP-12.2.1", "PRP-12.2.10", "PRP-2.1.1", "PRP-12.2.9"]

    assert sorted(ids, key=sort_key) == [
        "PRP-2.1.1",
        "PRP-12.2.1",
        "PRP-12.2.9",
        "PRP-12.2.10",
        "PRP-12.10.1",
    ]


def test_a_chain_of_three_thousand_has_as_many_stages() -> None:
    chain = {f"{stage}.1": f"dependencies: [PRP-12.{stage - 1}.1]" for stage in range(2, 3001)}

    staging = stage_batch(made({"1.1": "", **chain}))

    assert (staging.stage["PRP-12.3000.1"], staging.problems) == (3000, [])


def test_a_cycle_of_three_thousand_is_told_whole() -> None:
    chain = {f"{stage}.1": f"dependencies: [PRP-12.{stage - 1}.1]" for stage in range(2, 3001)}

    (problem,) = stage_batch(made({"1.1": "dependencies: [PRP-12.3000.1]", **chain})).problems

    assert problem.message.startswith("Circular dependency: PRP-12.1.1 -> PRP-12.3000.1 -> PRP-12.2999.1 -> ")
    assert problem.message.count(" -> ") == 3000


TELL = """
import sys
from pathlib import Path
from batchexec.sources.prp import read_batches
from batchexec.sources.prp.staging import stage_batch
found = read_batches([Path("PRPs")], Path.cwd())
for barrier in (False, True):
    for batch in found.batches.values():
        print(stage_batch(batch, stage_zero_barrier=barrier))
print(found.problems)
"""


@pytest.mark.slow
def test_the_hash_seed_and_the_order_of_the_directory_change_nothing(tmp_path: Path) -> None:
    assert len({told_in_new_directory(tmp_path / str(seed), seed) for seed in range(20)}) == 1


def told_in_new_directory(root: Path, seed: int) -> str:
    chance = random.Random(1)
    texts = {
        f"PRP-12.{number % 5}.{number}-x.md": f"---\nstage: {number % 3}\n"
        f"dependencies: [{', '.join(f'PRP-12.{one % 5}.{one}' for one in chance.sample(range(60), 2))}]\n"
        f"---\n## Files Modified\n- a{number % 7}/b.py\n- a{number % 11}/\n"
        for number in range(60)
    }
    (root / "PRPs").mkdir(parents=True)
    for name in random.Random(seed).sample(sorted(texts), len(texts)):
        (root / "PRPs" / name).write_text(texts[name])
    environment = os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", TELL], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


TEXT = """---
prp_id: PRP-12.{0}.1
feature_name: Retry {0}
status: pending
dependencies: [{1}]
stage: {0}
estimated_hours: 1.5
files_modified: [shop/mail{0}.py, shop/retry{0}.py]
---
# Retry {0}

## 3. Implementation Steps
### Phase 1: Retry helper (45 min)
1. Create `shop/retry{0}.py` with `retry(times, wait)`
2. Use it in `shop/mail{0}.py`

## 4. Validation Gates
### Gate 1: Unit tests
**Command**:
```bash
python3 -m pytest tests/test_mail{0}.py -q
```
### Gate 2: Helper is used once
**Command**: `grep -c "retry(" shop/mail{0}.py`
**Expected**: 1 (one call)
## Notes
"""
FILLER = "- some **bold** text with `code` and more words (really)\n```python\nx = 1\n```\n"
MEASURE = """
import sys, time
from pathlib import Path
from batchexec.sources.prp import read_batches
from batchexec.sources.prp.staging import stage_batch
best = 1e9
for _ in range(int(sys.argv[2])):
    begun = time.process_time()
    batch = read_batches([Path(sys.argv[1])], Path.cwd()).batches[12]
    assert not stage_batch(batch).problems
    best = min(best, time.process_time() - begun)
# Not ru_maxrss: that counts what the process had been before it became this program.
peak = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
print(best, peak / 1024)
"""


def measured(root: Path, count: int, times: int) -> tuple[float, float]:
    """Measure the seconds and the megabytes it takes to read and stage as many PRPs."""
    root.mkdir()
    for number in range(1, count + 1):
        text = TEXT.format(number, f"PRP-12.{number - 1}.1" if number > 1 else "")
        (root / f"PRP-12.{number}.1-x.md").write_text((text + FILLER * 300)[:20_000])
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    words = [sys.executable, "-c", MEASURE, str(root), str(times)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


@pytest.mark.slow
def test_ten_times_the_prps_take_not_much_more_than_ten_times_as_long(tmp_path: Path) -> None:
    small, _ = measured(tmp_path / "small", 100, 5)
    large, megabytes = measured(tmp_path / "large", 1000, 2)

    # What grows with the square of their number takes a hundred times as long.
    assert large < 30 * small
    assert megabytes < 200

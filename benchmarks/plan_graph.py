"""
What it costs to check a large parallel.json and to put its achievements into levels.

Measures a chain of 5,000 achievements, each waiting for the one before it, and
10,000 achievements in 100 levels, each waiting for two of the level below; and
the same at a tenth of the size, to see that time grows as they do. Reading
starts from the bytes of the file; seconds are those of the processor, since
nothing here waits.

    python benchmarks/plan_graph.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec.parallel import parse_parallel
from batchexec.plans.schedule import levels

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_S, LIMIT_GROWTH = 1.0, 15.0
FILE = Path("parallel.json")
IN_A_LEVEL = 100


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the check of large dependency graphs.")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    subjects = [
        Subject("chain", 500, chain, 499),
        Subject("chain", 5000, chain, 4999),
        Subject("wide", 1000, wide, 9),
        Subject("wide", 10_000, wide, 99),
    ]
    for subject in subjects:
        for _ in range(options.rounds):
            subject.measure()
        subject.report()
    return verdict(subjects)


def chain(number: int) -> list[int]:
    return [number - 1] if number else []


def wide(number: int) -> list[int]:
    below = number - IN_A_LEVEL
    return [below, below - below % IN_A_LEVEL + (below + 1) % IN_A_LEVEL] if below >= 0 else []


def id_of(number: int) -> str:
    return f"{number // IN_A_LEVEL}.{number % IN_A_LEVEL + 1}"


def content(count: int, needs: Callable[[int], list[int]]) -> bytes:
    achievements = [
        {
            "achievement_id": id_of(number),
            "title": f"Achievement number {number}",
            "priority": number // IN_A_LEVEL,
            "estimated_hours": "3-4",
            "status": "not_started",
            "dependencies": [id_of(one) for one in needs(number)],
        }
        for number in range(count)
    ]
    whole = {"plan_name": "LARGE", "parallelization_level": "level_3", "achievements": achievements}
    return json.dumps(whole, indent=2).encode()


@dataclass
class Subject:
    """A graph of some form and size, and what was measured of it."""

    form: str
    count: int
    needs: Callable[[int], list[int]]
    highest: int
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data = content(self.count, self.needs)

    def measure(self) -> None:
        gc.collect()
        started = time.process_time()
        checked = parse_parallel(self.data, FILE)
        found = levels(checked.model.dependencies) if checked.model else {}
        self.seconds.append(time.process_time() - started)
        # Figures of anything but the right answer would mean nothing.
        if not checked.valid or len(found) != self.count or max(found.values()) != self.highest:
            raise SystemExit(f"{self.form} of {self.count}: wrong levels, or {checked.errors[:1]}")

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def report(self) -> None:
        rounds = ", ".join(f"{seconds:.3f}" for seconds in self.seconds)
        print(f"{self.form} of {self.count:6}  {self.median:7.3f} s   ({rounds})")


def verdict(subjects: list[Subject]) -> int:
    checks = []
    for small, large in zip(subjects[::2], subjects[1::2], strict=True):
        name = f"{large.form} of {large.count}"
        checks.append((f"check and levels of a {name}", large.median, LIMIT_S, "s"))
        checks.append((f"growth to a {name} from a tenth", large.median / small.median, LIMIT_GROWTH, "x"))
    print()
    for what, value, limit, unit in checks:
        print(f"{'ok  ' if value <= limit else 'OVER'}  {what}: {value:.4g} {unit} (limit {limit:g})")
    return int(any(value > limit for _, value, limit, _ in checks))


if __name__ == "__main__":
    sys.exit(main())

"""
What it costs to find out that nothing has to be done.

Measures, side by side in one run: our no-op and our plan, stock doit with as
many trivial tasks (two inputs and a target each), GNU make and ninja on the
same graph. Every figure is of a whole process; ratios are what to quote.

    python benchmarks/noop.py [--sizes 100 1000 10000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

TASKS_PER_FILE = 100
LIMIT_RATIO, LIMIT_MB, LIMIT_GROWTH = 3.0, 250, 12.0

OURS = "batchexec no-op"
PLAN = "batchexec list"
STOCK = "stock doit no-op"
STOCK_LIST = "stock doit list"


@dataclass
class Subject:
    """One command in its directory, and what was measured of it."""

    command: list[str]
    cwd: Path
    seconds: list[float] = field(default_factory=list)
    peak_kb: list[int] = field(default_factory=list)

    def measure(self) -> None:
        started = time.perf_counter()
        with subprocess.Popen(
            self.command, cwd=self.cwd, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(self.command)} in {self.cwd} ended with {process.returncode}")
        self.seconds.append(time.perf_counter() - started)
        self.peak_kb.append(usage.ru_maxrss)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def megabytes(self) -> float:
        return max(self.peak_kb) / 1024


def ours(root: Path, count: int) -> None:
    (root / "prompts").mkdir(parents=True)
    (root / "batchexec.yaml").write_text("prompts_dir: prompts\n")
    (root / "dodo.py").write_text("from batchexec.engine import batch\n\nDOIT_CONFIG, task_batch = batch()\n")
    for start in range(0, count, TASKS_PER_FILE):
        sections = [
            f"## Task: TASK-{n}: Make number {n}\n\nPriority: 2\n\n"
            f"#### File: out/{n // 100}/m{n}.py\n\n```python\nNUMBER = {n}\nTWICE = {2 * n}\n```\n"
            for n in range(start, min(start + TASKS_PER_FILE, count))
        ]
        (root / f"prompts/{start // TASKS_PER_FILE:03}-part.md").write_text("\n".join(sections))


STOCK_DODO = """
DOIT_CONFIG = {{"backend": "sqlite3", "verbosity": 0}}


def touch(targets):
    for target in targets:
        open(target, "w").close()


def task_t():
    for n in range({count}):
        yield {{
            "name": str(n),
            "actions": [touch],
            "file_dep": [f"in/{{n}}.a", f"in/{{n}}.b"],
            "targets": [f"out/{{n}}"],
        }}
"""


def peers(root: Path, count: int) -> None:
    for name in ("in", "out"):
        (root / name).mkdir(parents=True)
    for n in range(count):
        (root / f"in/{n}.a").touch()
        (root / f"in/{n}.b").touch()
    (root / "dodo.py").write_text(STOCK_DODO.format(count=count))
    rules = [f"out/{n}: in/{n}.a in/{n}.b\n\t@touch $@\n" for n in range(count)]
    targets = " ".join(f"out/{n}" for n in range(count))
    (root / "Makefile").write_text(f"all: {targets}\n" + "".join(rules))
    builds = [f"build out/{n}: touch in/{n}.a in/{n}.b\n" for n in range(count)]
    (root / "build.ninja").write_text("rule touch\n  command = touch $out\n" + "".join(builds))


def subjects(scratch: Path, count: int) -> dict[str, Subject]:
    """Prepare every subject and bring it up to date."""
    ours(scratch / "ours", count)
    peers(scratch / "peers", count)
    doit = [sys.executable, "-m", "doit"]
    found = {
        OURS: Subject(doit, scratch / "ours"),
        PLAN: Subject([*doit, "list"], scratch / "ours"),
        STOCK: Subject(doit, scratch / "peers"),
        STOCK_LIST: Subject([*doit, "list", "--all", "--status"], scratch / "peers"),
    }
    for name, command in (("make", ["make", "-rR", "-s"]), ("ninja", ["ninja", "--quiet"])):
        if shutil.which(command[0]):
            found[f"{name} no-op"] = Subject(command, scratch / "peers")
    for subject in found.values():
        subject.measure()
        subject.seconds.clear()
        subject.peak_kb.clear()
    return found


def report(count: int, found: dict[str, Subject]) -> None:
    print(f"\n{count} tasks in files of {TASKS_PER_FILE}, median of {len(found[OURS].seconds)} runs")
    for name, subject in found.items():
        ratio = subject.median / found[STOCK].median
        print(f"  {name:18} {subject.median:8.3f} s  {subject.megabytes:6.0f} MB  {ratio:5.2f} x stock doit")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the no-op beside stock doit, make and ninja.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    medians = {}
    with tempfile.TemporaryDirectory() as scratch:
        for count in options.sizes:
            found = subjects(Path(scratch, str(count)), count)
            for _ in range(options.rounds):
                for subject in found.values():
                    subject.measure()
            report(count, found)
            medians[count] = found
    return verdict(medians)


def verdict(medians: dict[int, dict[str, Subject]]) -> int:
    largest = max(medians)
    found = medians[largest]
    ratio = found[OURS].median / found[STOCK].median
    checks = [
        (f"no-op at {largest} against stock doit", ratio, LIMIT_RATIO, "x"),
        (f"peak memory of the no-op at {largest}", found[OURS].megabytes, LIMIT_MB, "MB"),
    ]
    if largest // 10 in medians:
        growth = found[OURS].median / medians[largest // 10][OURS].median
        checks.append((f"growth of the no-op from {largest // 10} to {largest}", growth, LIMIT_GROWTH, "x"))
    print()
    for what, value, limit, unit in checks:
        print(f"{'ok  ' if value <= limit else 'OVER'}  {what}: {value:.2f} {unit} (limit {limit:g})")
    return int(any(value > limit for _, value, limit, _ in checks))


if __name__ == "__main__":
    sys.exit(main())

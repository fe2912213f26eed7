"""
What it costs to have many attempts under way at once.

Measures, side by side in one run: a batch of replayed answers, each given
after half a second, beside the same sleeps on a bare pool of threads. Once
with 100 slots and answers that are staged, and with 8 slots where each
attempt works in a git worktree of its own, without and with a commit for each
task. All that makes work durable is included, and so are start and report.
Watches threads and open files meanwhile. Then the setting up of worktrees in a
repository of 2,000 files, beside plain `git worktree add`.

    python benchmarks/parallel.py [--tasks 2000] [--isolated 160] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from batchexec import git
from batchexec.places import Trunk, Worktree

LIMIT_RATIO, LIMIT_MB, LIMIT_SETUP_S, LIMIT_GROWTH = 1.10, 300, 0.3, 8
SLOTS, ISOLATED_SLOTS = 100, 8
DELAY_S = 0.5
TASKS_PER_FILE = 100
FILES = 2000
PAUSE_S = 0.05

STAGED, WORKTREES, COMMITS = "staged", "worktrees", "worktrees, commits"

SCRIPT = 'default: {{delay_s: {delay_s}, files: {{"out/{{id}}.txt": "{{id}}\\n"}}}}\n'

IDEAL = """
import sys, time
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(int(sys.argv[1])) as pool:
    for _ in range(int(sys.argv[2])):
        pool.submit(time.sleep, float(sys.argv[3]))
"""

DODO = """
import atexit, json, os

from batchexec.engine import batch


def held():
    return [len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))]


def save(before):
    text = json.dumps({"before": before, "after": held()})
    with open("held.json", "w") as file:
        file.write(text)


atexit.register(save, held())
DOIT_CONFIG, task_batch = batch()
"""


@dataclass
class Subject:
    """One batch, and what was measured of it and of the sleeps alone."""

    name: str
    root: Path
    slots: int
    tasks: int
    seconds: list[float] = field(default_factory=list)
    ideal: list[float] = field(default_factory=list)
    peak_kb: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    growth: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    def write(self, number: int) -> Path:
        """Make the batch anew, in a repository of many files where it works in worktrees."""
        root = self.root / str(number)
        isolated = self.name != STAGED
        write_batch(root, self.tasks, isolated=isolated, commit=self.name == COMMITS)
        if isolated:
            fill(root)
        return root

    def measure(self, number: int) -> None:
        ideal = [sys.executable, "-c", IDEAL, str(self.slots), str(self.tasks), str(DELAY_S)]
        self.ideal.append(timed(ideal, self.root).seconds)
        root = self.write(number)
        done = timed([sys.executable, "-m", "doit", "-n", str(self.slots)], root)
        self.check(root)
        held = json.loads((root / "held.json").read_text())
        self.seconds.append(done.seconds)
        self.peak_kb.append(done.peak_kb)
        self.threads.append(max(threads for threads, _ in done.samples))
        self.files.append(max(files for _, files in done.samples))
        self.growth.append(growth([files for _, files in done.samples]))
        self.left.append(
            max(after - before for before, after in zip(held["before"], held["after"], strict=True))
        )

    def check(self, root: Path) -> None:
        """See that it did what there is to do: figures of anything else would mean nothing."""
        made = len(list(root.glob("out/*.txt")))
        if made != self.tasks:
            raise SystemExit(f"{self.name}: {made} files instead of {self.tasks}")
        if self.name == COMMITS:
            count = int(run_git(root, "rev-list", "--count", "HEAD")) - 1
            if count != self.tasks:
                raise SystemExit(f"{self.name}: {count} commits instead of {self.tasks}")

    @property
    def ratio(self) -> float:
        """The median over rounds of what a round took against the sleeps measured just before it."""
        return statistics.median(ours / ideal for ours, ideal in zip(self.seconds, self.ideal, strict=True))

    @property
    def megabytes(self) -> float:
        return max(self.peak_kb) / 1024

    def report(self) -> None:
        print(
            f"  {self.name:20} {self.tasks:6} {self.slots:6} {statistics.median(self.seconds):8.2f}"
            f" {statistics.median(self.ideal):8.2f} {self.ratio:7.3f} {self.megabytes:6.0f}"
            f" {max(self.threads):8} {max(self.files):6} {max(self.growth):7} {max(self.left):5}"
        )


@dataclass(frozen=True)
class Timed:
    """How long a command took, its peak, and by the time how many threads and open files it had."""

    seconds: float
    peak_kb: int
    samples: list[tuple[int, int]]


def timed(command: list[str], cwd: Path) -> Timed:
    environment = os.environ | {"XDG_STATE_HOME": str(cwd / ".state"), "GIT_CONFIG_NOSYSTEM": "1"}
    # A process that may not keep what it compiles would compile all of it anew each time.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    samples = []
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            samples.append(held_by(process.pid))
            time.sleep(PAUSE_S)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(ended[1])
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} in {cwd} ended with {process.returncode}")
    return Timed(took, ended[2].ru_maxrss, samples)


def held_by(pid: int) -> tuple[int, int]:
    try:
        threads, files = (len(list(Path(f"/proc/{pid}", kind).iterdir())) for kind in ("task", "fd"))
    except OSError:
        return 0, 0
    return threads, files


def growth(samples: list[int]) -> int:
    """
    Say by how much the fewest files open at a time grew from the second fifth of a run to the fourth.

    Each attempt has some open for a moment; what leaks is always there.
    """
    fifth = max(1, len(samples) // 5)
    return min(samples[3 * fifth : 4 * fifth] or [0]) - min(samples[fifth : 2 * fifth] or [0])


def write_batch(root: Path, count: int, *, isolated: bool, commit: bool) -> None:
    (root / "prompts").mkdir(parents=True)
    (root / "dodo.py").write_text(DODO)
    (root / "script.yaml").write_text(
        f'default: {{delay_s: {DELAY_S}, files: {{"out/{{id}}.txt": "{{id}}\\n"}}}}\n'
    )
    (root / "batchexec.yaml").write_text(
        "prompts_dir: prompts\nexecutor: scripted\n"
        f"executors: {{scripted: {{kind: replay, script: script.yaml, isolated: {json.dumps(isolated)}}}}}\n"
        + ("commit: task\n" if commit else "")
    )
    for start in range(0, count, TASKS_PER_FILE):
        sections = [
            f"## Task: TASK-{n}: Make number {n}\n\n#### File: out/TASK-{n}.txt\n\nWrite the number down.\n"
            for n in range(start, min(start + TASKS_PER_FILE, count))
        ]
        (root / f"prompts/{start // TASKS_PER_FILE:03}-part.md").write_text("\n".join(sections))


def fill(root: Path) -> None:
    """Make a repository of so many files, some pages each, in directories of fifty."""
    for n in range(FILES):
        file = root / f"src/p{n // 50:02}/m{n}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"def function_{n}(value):\n    return value * {n}\n\n\n" * 40)
    (root / ".gitignore").write_text(".batchexec/\n.spec/\n.state/\n__pycache__/\nheld.json\n")
    run_git(root, "init", "--quiet", "--initial-branch=main")
    run_git(root, "config", "user.name", "a")
    run_git(root, "config", "user.email", "a@example.org")
    run_git(root, "add", "--all")
    run_git(root, "commit", "--quiet", "--message=all")


def run_git(root: Path, *words: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-c", "gc.auto=0", *words], cwd=root, env=kept, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass
class Setup:
    """How long a worktree takes: plain git's, ours when new or used again, and several of ours at once."""

    plain: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)

    def measure(self, scratch: Path, rounds: int) -> None:
        root = scratch / "repository"
        root.mkdir()
        fill(root)
        repository = git.repository(root)
        assert repository
        trunk = Trunk(repository, root)
        trunk.begin()
        for number in range(rounds):
            self._one(scratch / f"round{number}", trunk)
        self._many(scratch / "many", trunk)

    def _one(self, directory: Path, trunk: Trunk) -> None:
        words = ("worktree", "add", "--detach", str(directory / "plain"), trunk.tip)
        self.plain.append(lasted(partial(run_git, trunk.repository.top, *words)))
        ours = Worktree(trunk, directory / "ours", directory / "worker", ())
        self.new.append(lasted(ours.begin))
        (ours.path / "src/p00/m0.py").write_text("changed = True\n")
        self.again.append(lasted(ours.begin))

    def _many(self, directory: Path, trunk: Trunk) -> None:
        ours = [Worktree(trunk, directory / str(n), directory / "worker", ()) for n in range(ISOLATED_SLOTS)]
        with ThreadPoolExecutor(ISOLATED_SLOTS) as pool:
            took = lasted(lambda: list(pool.map(Worktree.begin, ours)))
        self.many.append(took / ISOLATED_SLOTS)

    def report(self) -> None:
        plain = statistics.median(self.plain)
        print(f"\nworktree of {FILES} files, median of {len(self.plain)}")
        for name, seconds in (
            ("git worktree add", self.plain),
            ("ours, new", self.new),
            ("ours, used again", self.again),
            (f"ours, {ISOLATED_SLOTS} at once, each", self.many),
        ):
            median = statistics.median(seconds)
            print(f"  {name:24} {median:7.3f} s  {median / plain:5.2f} x git worktree add")


def lasted(act: object) -> float:
    assert callable(act)
    # What was written before is not to be waited for.
    os.sync()
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure batches of many attempts at once.")
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--isolated", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = [Subject(STAGED, Path(scratch, "staged"), SLOTS, options.tasks)] if options.tasks else []
        if options.isolated:
            for name, place in ((WORKTREES, "isolated"), (COMMITS, "commits")):
                found.append(Subject(name, Path(scratch, place), ISOLATED_SLOTS, options.isolated))
        for subject in found:
            subject.root.mkdir()
        for number in range(options.rounds):
            for subject in found:
                subject.measure(number)
        setup = Setup()
        setup.measure(Path(scratch), max(options.rounds, 5))
    report(found, setup)
    return verdict(found, setup)


def report(found: list[Subject], setup: Setup) -> None:
    print(f"answers after {DELAY_S} s; the ideal is the same sleeps on a bare pool of threads")
    print(f"  {'':20}  tasks  slots     ours    ideal   ratio     MB  threads  files  growth  left")
    for subject in found:
        subject.report()
    setup.report()


def verdict(found: list[Subject], setup: Setup) -> int:
    checks: list[tuple[str, float, float, str]] = [
        (f"peak memory, {one.name}", one.megabytes, LIMIT_MB, "MB") for one in found
    ]
    checks += [(f"growth of open files, {one.name}", max(one.growth), LIMIT_GROWTH, "") for one in found]
    checks += [(f"threads or files left over, {one.name}", max(one.left), 0, "") for one in found]
    checks += [
        ("wall time against the ideal", one.ratio, LIMIT_RATIO, "x") for one in found if one.name == STAGED
    ]
    checks.append(("a new worktree", statistics.median(setup.new), LIMIT_SETUP_S, "s"))
    print()
    for what, value, limit, unit in checks:
        print(f"{'ok  ' if value <= limit else 'OVER'}  {what}: {value:.3g} {unit} (limit {limit:g})")
    return int(any(value > limit for _, value, limit, _ in checks))


if __name__ == "__main__":
    sys.exit(main())

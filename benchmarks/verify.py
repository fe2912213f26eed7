"""
What it costs to hold the evidence of a tasks.md against a repository of 5,000 files.

Measures `batchexec verify` as a whole process, for few tasks and for ten times
as many, each with three hooks: symbols in Python and TypeScript, texts,
patterns, headings; one task in twenty names a file that is nearly there.
Counts the git processes it starts, and the files it reads more than once.

    python benchmarks/verify.py [--sizes 200 2000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

LIMIT_S, LIMIT_MB, LIMIT_GROWTH = 5.0, 200, 12.0
MISSING_EVERY = 20
NOT_ALL_VERIFIED = 1

FIRST_WORDS = (
    "account address archive audit balance basket billing booking branch budget bundle calendar campaign "
    "carrier catalog channel checkout claim client contact contract country coupon courier credit currency "
    "customer deadline delivery deposit discount dispute"
)
SECOND_WORDS = (
    "adapter builder cache check client command config counter cursor decoder digest encoder event export "
    "factory filter finder format gateway handler history import index journal keeper label ledger limit "
    "loader locator mapper matcher merger model monitor notifier parser planner policy printer queue reader "
    "record registry render report resolver router rules schedule schema search sender service session"
)
FIRST = FIRST_WORDS.split()
STEMS = [f"{first}_{second}" for first, second in product(FIRST, SECOND_WORDS.split())]
KINDS = {"src/{}.py": 1700, "web/{}.ts": 1700, "docs/{}.md": 800, "tests/test_{}.py": 800}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure `batchexec verify` in a large repository.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    measured = {}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "repository")
        fill(root)
        for count in options.sizes:
            subject = Subject(root, count)
            subject.write()
            subject.count(Path(scratch, f"watch{count}"))
            for _ in range(options.rounds):
                subject.measure()
            subject.report()
            measured[count] = subject
    return verdict(measured)


def fill(root: Path) -> None:
    """Make a repository of files as people write them, a page long each."""
    for pattern, count in KINDS.items():
        for number in range(count):
            path = root / path_of(pattern, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(TEXTS[path.suffix](number))
    (root / ".gitignore").write_text(".spec/\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "gc.auto=0"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=root, check=True)


def path_of(pattern: str, number: int) -> str:
    directory, _, name = pattern.rpartition("/")
    return f"{directory}/{FIRST[number % len(FIRST)]}/{name.format(stem_of(number))}"


def stem_of(number: int) -> str:
    # Far apart in the list for neighbours, so that a few tasks touch all directories.
    return STEMS[number * 37 % len(STEMS)]


def camel(number: int) -> str:
    return "".join(part.title() for part in stem_of(number).split("_"))


def python(number: int) -> str:
    functions = "".join(
        f"\n\ndef step_{n}(value: int) -> int:\n"
        f'    """Do step {n}; zero stays zero."""\n'
        f"    if value == 0:\n        return 0\n    return value * {n + 2} - {number}\n"
        for n in range(8)
    )
    methods = "".join(f"\n    def get_{n}(self) -> int:\n        return self.value + {n}\n" for n in range(6))
    return (
        f"import json\nfrom dataclasses import dataclass\n{functions}\n\n@dataclass\n"
        f"class {camel(number)}:\n    value: int = {number}\n{methods}\n\n"
        f"def test_number_{number}() -> None:\n    assert json.loads('{number}') == {number}\n"
    )


def typescript(number: int) -> str:
    functions = "".join(
        f"\n/** Does step {n}. */\nexport function step{n}(value: number): number {{\n"
        f'  const label = "step {n}";\n  // Zero stays zero.\n'
        f"  return value === 0 ? label.length * 0 : value * {n + 2} - {number};\n}}\n"
        for n in range(10)
    )
    return f"export interface {camel(number)} {{\n  value: number;\n}}\n{functions}"


def markdown(number: int) -> str:
    sections = "".join(f"\n## Chapter {n}\n\n{'Some words about it. ' * 8}\n" for n in range(10))
    return f"# {camel(number)}\n{sections}\n```python\n# no heading\n```\n"


TEXTS = {".py": python, ".ts": typescript, ".md": markdown}


def tasks_md(count: int) -> str:
    parts = ["# Many tasks\n\n## Tasks\n"]
    for n in range(count):
        hooks = "".join(f"  evidence: {hook}\n" for hook in hooks_of(n))
        parts.append(f"- [ ] TASK-{n:04} Make number {n}\n{hooks}")
    return "\n".join(parts)


def hooks_of(n: int) -> list[str]:
    code, page, tests = (
        number_of("src/{}.py", n),
        number_of("docs/{}.md", n),
        number_of("tests/test_{}.py", n),
    )
    web = number_of("web/{}.ts", n)
    first = f"code path={path_of('src/{}.py', code)} symbol={camel(code)}.get_3"
    if n % 2:
        first = f"code path={path_of('web/{}.ts', web)} symbol=step7"
    if n % MISSING_EVERY == 0:
        # A letter is lost: a file of that name is not there, one of nearly that name is.
        first = f"code path={path_of('src/{}.py', code).removesuffix('.py')[:-1]}.py symbol={camel(code)}"
    second = f'test path={path_of("tests/test_{}.py", tests)} contains="def test_number_{tests}("'
    third = f'docs path={path_of("docs/{}.md", page)} heading="Chapter 7"'
    if n % 3 == 0:
        third = f'code path={path_of("web/{}.ts", web)} regex="^export function step9\\("'
    return [first, second, third]


def number_of(pattern: str, n: int) -> int:
    return n * 7 % KINDS[pattern]


@dataclass
class Subject:
    """`batchexec verify` with so many tasks, and what was measured of it."""

    root: Path
    tasks: int
    seconds: list[float] = field(default_factory=list)
    peak_kb: list[int] = field(default_factory=list)
    git_calls: int = 0
    read_twice: Counter[str] = field(default_factory=Counter)

    def write(self) -> None:
        (self.root / "tasks.md").write_text(tasks_md(self.tasks))

    def measure(self, environment: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "batchexec", "verify", "tasks.md"]
        started = time.perf_counter()
        with subprocess.Popen(
            command, cwd=self.root, env=environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - started
        if process.returncode != NOT_ALL_VERIFIED:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        self.check()
        if environment is None:
            self.seconds.append(took)
            self.peak_kb.append(usage.ru_maxrss)

    def check(self) -> None:
        """See that it found what there is: figures of anything else would mean nothing."""
        report = json.loads((self.root / ".spec/reports/latest/summary.json").read_text())
        found = {category: count for category, count in report["by_category"].items() if count}
        missing = -(-self.tasks // MISSING_EVERY)
        expected = {"verified": self.tasks - missing, "naming_issue": missing}
        if found != expected:
            raise SystemExit(f"{self.tasks} tasks: {found} instead of {expected}")

    def count(self, watch: Path) -> None:
        """Run once, watched; nothing of it is timed."""
        watch.mkdir()
        environment = watched(watch, self.root)
        self.measure(environment)
        calls = watch / "git.log"
        self.git_calls = len(calls.read_text().splitlines()) if calls.exists() else 0
        reads = Counter(json.loads((watch / "reads.json").read_text()))
        if len(reads) <= self.tasks // 2:
            raise SystemExit(f"only {len(reads)} files were seen to be read: the hook does not work")
        self.read_twice = Counter({path: times for path, times in reads.items() if times > 1})

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def megabytes(self) -> float:
        return max(self.peak_kb) / 1024

    def report(self) -> None:
        rounds = ", ".join(f"{seconds:.2f}" for seconds in self.seconds)
        print(f"{self.tasks:6} tasks  {self.median:7.3f} s  {self.megabytes:5.0f} MB   ({rounds})")
        for path, times in self.read_twice.most_common(5):
            print(f"        {path} was read {times} times")


WATCH = """
import atexit, json, os, sys

ROOT, reads = {root!r}, {{}}
NOT_READ = os.O_WRONLY | os.O_RDWR | os.O_DIRECTORY

def note(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.path.join(os.getcwd(), os.fsdecode(arguments[0]))
        below = path[len(ROOT):] if path.startswith(ROOT) else "."
        if not (below.startswith(".") or (arguments[2] or 0) & NOT_READ):
            reads[below] = reads.get(below, 0) + 1

def save():
    seen = dict(reads)
    with open({log!r}, "w") as file:
        json.dump(seen, file)

sys.addaudithook(note)
atexit.register(save)
"""


def watched(watch: Path, root: Path) -> dict[str, str]:
    """Return an environment in which each read of a file and each call of git is noted."""
    (watch / "sitecustomize.py").write_text(WATCH.format(root=f"{root}/", log=str(watch / "reads.json")))
    real = shutil.which("git")
    shim = watch / "git"
    shim.write_text(f'#!/bin/sh\necho "$@" >> {watch}/git.log\nexec {real} "$@"\n')
    shim.chmod(0o755)
    modules = os.pathsep.join(filter(None, (str(watch), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PATH": f"{watch}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": modules}


def verdict(measured: dict[int, Subject]) -> int:
    largest = max(measured)
    subject = measured[largest]
    checks = [
        (f"verification of {largest} tasks", subject.median, LIMIT_S, "s"),
        ("peak memory of it", subject.megabytes, LIMIT_MB, "MB"),
        ("git processes started", subject.git_calls, 1, ""),
        ("files read more than once", len(subject.read_twice), 0, ""),
    ]
    if largest // 10 in measured:
        growth = subject.median / measured[largest // 10].median
        checks.append((f"growth from {largest // 10} to {largest} tasks", growth, LIMIT_GROWTH, "x"))
    print()
    for what, value, limit, unit in checks:
        print(f"{'ok  ' if value <= limit else 'OVER'}  {what}: {value:.4g} {unit} (limit {limit:g})")
    return int(any(value > limit for _, value, limit, _ in checks))


if __name__ == "__main__":
    sys.exit(main())

"""A small project with a plan, for all tests of what is created from it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from batchexec.journal import Journal
from batchexec.plans import Loaded, load
from batchexec.plans.creation import Choice, Created, choose, create

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 21)
COMMAND = ("batchexec", "plan_subplans", "--plan", "@MY-PLAN")

PLAN = """\
# PLAN: My plan

## Goal

Count words.

## Achievement Index

- Achievement 1.1: Parser
- Achievement 1.2: Counter
- Achievement 2.1: Report
- Achievement 2.12: Colours

## Achievements

**Achievement 1.1**: Parser

- Goal: Split text into words.
- Estimated Effort: 3-4 hours
- Deliverables:
  - words.py
  - test_words.py
- Approach: One pass over the text.
- Success Criteria:
  - Every word is found
  - No word twice
- Tests: `pytest test_words.py`

**Achievement 1.2**: Counter

- Goal: Count each word.
- Effort: 2 hours
- Dependencies: 1.1

**Achievement 2.1**: Report

- Goal: Show the counts.
- Dependencies: 1.1

**Achievement 2.12**: Colours

- Dependencies: 2.1
"""


def graph() -> dict[str, Any]:
    edges = {"1.1": [], "1.2": ["1.1"], "2.1": ["1.1"], "2.12": ["2.1"]}
    return {
        "plan_name": "MY-PLAN",
        "parallelization_level": "level_3",
        "achievements": [{"achievement_id": id_, "dependencies": deps} for id_, deps in edges.items()],
    }


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.plan = root / "work-space" / "plans" / "MY-PLAN"
        self.journal = Journal(root, root)
        self.write("PLAN_MY-PLAN.md", PLAN)
        self.write("parallel.json", json.dumps(graph()))

    def write(self, path: str, text: str) -> Path:
        file = self.plan / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def read(self, path: str) -> str:
        return (self.plan / path).read_text(encoding="utf-8")

    def graph(self, **changes: Any) -> None:
        self.write("parallel.json", json.dumps(graph() | changes))

    def split(self, *parts: dict[str, Any]) -> None:
        value = graph()
        value["achievements"][0]["sub_executions"] = list(parts)
        self.write("parallel.json", json.dumps(value))

    def subplan(self, id_: str, approach: str = "Simply.") -> Path:
        number = id_.replace(".", "") if len(id_) == 3 else id_.replace(".", "-")
        return self.write(
            f"subplans/SUBPLAN_MY-PLAN_{number}.md",
            f"# SUBPLAN: Achievement {id_} - X\n\n**PLAN**: MY-PLAN\n**Achievement**: {id_}\n\n"
            f"## Objective\n\nThe aim of {id_}.\n\n## Approach\n\n{approach}\n",
        )

    def execution(self, number: str, execution: str = "01") -> Path:
        name = f"execution/EXECUTION_TASK_MY-PLAN_{number}_{execution}.md"
        return self.write(name, "# EXECUTION_TASK: X\n")

    def approve(self, number: str) -> None:
        self.write(f"execution/feedbacks/APPROVED_{number}.md", "# APPROVED\n")

    def load(self) -> Loaded:
        return load(self.root, "@MY-PLAN")

    def choose(self, kind: str, level: str = "ready", *ids: str, again: bool = False) -> Choice:
        return choose(self.load(), kind, level, ids, again=again)

    def create(self, kind: str, level: str = "ready", *ids: str, **options: Any) -> Created:
        choice = self.choose(kind, level, *ids, again=options.pop("again", False))
        command = ("batchexec", choice.kind.command, "--plan", "@MY-PLAN")
        return create(choice, self.load(), self.journal, command=command, today=TODAY, **options)

    def tree(self) -> dict[str, bytes | None]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() if path.is_file() else None
            for path in sorted(self.root.rglob("*"))
            if ".batchexec" not in path.parts
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)

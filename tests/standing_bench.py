"""Plans for the tests of how they stand: values without files, and small workspaces on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchexec.model import Location
from batchexec.plans import Loaded, Standing, load, standing
from batchexec.sources.plan.plan import Achievement, Evidence, Hours, Marker, Plan, Sheet

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

HERE = Path("/w/work-space/plans/MY-PLAN")


def plan(
    dependencies: Mapping[str, Sequence[str]],
    hours: Mapping[str, tuple[float, float]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Plan:
    """A PLAN with these achievements in this order."""
    file = HERE / "PLAN_MY-PLAN.md"
    found = [
        Achievement(
            id=id_,
            title=(titles or {}).get(id_, f"Part {id_}"),
            raw_title="",
            location=Location(str(file), line),
            priority=id_.partition(".")[0],
            effort=Hours(*hours[id_]) if hours and id_ in hours else None,
            dependencies=tuple(deps),
        )
        for line, (id_, deps) in enumerate(dependencies.items(), 1)
    ]
    return Plan(
        name="MY-PLAN", title="", file=file, directory=HERE, flat=False, achievements=tuple(found), goal=""
    )


def evidence(**files: str) -> Evidence:
    """
    Files by what they are: `approved="1.1 1.2", subplans="2.1"`.

    The kinds are `subplans`, `executions` and the markers in small letters.
    """
    ids = {kind: named.split() for kind, named in files.items()}
    return Evidence(
        subplans={id_: (Sheet(HERE / f"subplans/S{id_}.md", id_),) for id_ in ids.get("subplans", ())},
        executions={
            id_: (Sheet(HERE / f"execution/E{id_}.md", id_, 1),) for id_ in ids.get("executions", ())
        },
        markers={
            marker: {id_: HERE / f"{marker}_{id_}.md" for id_ in ids.get(marker.lower(), ())}
            for marker in Marker
        },
    )


def stands(
    dependencies: Mapping[str, Sequence[str]],
    *,
    running: Collection[str] = (),
    passed: Collection[str] = (),
    unfilled: Mapping[str, int] | None = None,
    hours: Mapping[str, tuple[float, float]] | None = None,
    titles: Mapping[str, str] | None = None,
    had: Evidence | None = None,
    **files: str,
) -> Standing:
    return standing(
        plan(dependencies, hours, titles),
        evidence(**files) if had is None else had,
        None,
        running,
        passed=passed,
        unfilled=unfilled,
    )


@dataclass(frozen=True)
class PlanSite:
    """A workspace on disk with one plan, or several."""

    root: Path
    name: str = "MY-PLAN"

    @property
    def directory(self) -> Path:
        return self.root / "work-space/plans" / self.name

    def write(self, path: str, text: str = "") -> Path:
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def plan(self, *achievements: str) -> Path:
        """Write a PLAN of entries like `1.1: Parser (4h)` or `2.1: Report (6h) < 1.1`."""
        lines = [f"# PLAN: {self.name}", "", "**Status**: Active", "", "## Achievements", ""]
        for one in achievements:
            said, _, needs = one.partition(" < ")
            id_, _, title = said.partition(": ")
            lines += [f"**Achievement {id_}**: {title}", "", f"- Dependencies: {needs or 'None'}", ""]
        return self.write(f"PLAN_{self.name}.md", "\n".join(lines))

    def parallel(self, *items: Mapping[str, Any], file: str = "parallel.json", **root: Any) -> Path:
        document = {"plan_name": self.name, "parallelization_level": "level_3", "achievements": items}
        return self.write(file, json.dumps({**document, **root}))

    def subplan(self, number: str, text: str = "Do it.") -> Path:
        id_ = number.replace("-", ".") if "-" in number else f"{number[0]}.{number[1]}"
        head = f"# SUBPLAN: Achievement {id_}\n\n**Achievement**: {id_}\n\n"
        return self.write(
            f"subplans/SUBPLAN_{self.name}_{number}.md",
            f"{head}## Objective\n\n{text}\n\n## Approach\n\nSo.\n",
        )

    def execution(self, number: str, text: str = "") -> Path:
        id_ = number.replace("-", ".") if "-" in number else f"{number[0]}.{number[1]}"
        head = f"# EXECUTION_TASK: Achievement {id_}\n\n**Achievement**: {id_}\n{text}\n"
        return self.write(f"execution/EXECUTION_TASK_{self.name}_{number}_01.md", head)

    def mark(self, marker: str, number: str) -> Path:
        where = "execution" if marker == "SKIPPED" else "execution/feedbacks"
        return self.write(f"{where}/{marker}_{number}.md", f"# {marker}\n")

    def load(self, running: Collection[str] = (), passed: Collection[str] = ()) -> Loaded:
        return load(self.root, f"@{self.name}", running, passed=passed)


def item(id_: str, *dependencies: str, **more: Any) -> dict[str, Any]:
    return {"achievement_id": id_, "dependencies": list(dependencies), **more}

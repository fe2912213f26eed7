"""A plan in a git repository, whose EXECUTION_TASKs are carried out by scripted answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from isolated_bench import Isolated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLAN = "work-space/plans/MY-PLAN"
_TESTS = "## Tests\n\n```bash\n{command}\n```\n"


class PlanRun(Isolated):
    """`achieve` lists the achievements with what each depends on; `sheet` writes an EXECUTION_TASK."""

    def achieve(self, dependencies: Mapping[str, Sequence[str]], **more: object) -> None:
        lines = [f"**Achievement {id_}**: Title of {id_}\n- Goal: do {id_}\n" for id_ in dependencies]
        self.write(f"{PLAN}/PLAN_MY-PLAN.md", "# PLAN: Mine\n\n## Achievements\n\n" + "\n".join(lines))
        listed = [{"achievement_id": id_, "dependencies": [*deps]} for id_, deps in dependencies.items()]
        graph = {"plan_name": "MY-PLAN", "parallelization_level": "level_3", "achievements": listed}
        self.write(f"{PLAN}/parallel.json", json.dumps(graph | more))

    def split(self, id_: str, dependencies: Mapping[str, Sequence[str]]) -> None:
        """Split an achievement into sub-executions, named with what each depends on."""
        graph = json.loads(self.read(f"{PLAN}/parallel.json"))
        (work,) = [one for one in graph["achievements"] if one["achievement_id"] == id_]
        work["sub_executions"] = [
            {"execution_id": part, "dependencies": [*deps]} for part, deps in dependencies.items()
        ]
        self.write(f"{PLAN}/parallel.json", json.dumps(graph))

    def subplan(self, id_: str, tests: str = "") -> None:
        number = id_.replace(".", "")
        text = f"# SUBPLAN: Achievement {id_} - Title\n\n**Achievement**: {id_}\n\n## Objective\n\nAn aim\n"
        more = f"\n## Approach\n\nStep by step\n\n{_TESTS.format(command=tests) if tests else ''}"
        self.write(f"{PLAN}/subplans/SUBPLAN_MY-PLAN_{number}.md", text + more)

    def sheet(self, id_: str, command: str = "", number: int = 1) -> None:
        name = f"EXECUTION_TASK_MY-PLAN_{id_.replace('.', '')}_{number:02d}.md"
        text = f"# EXECUTION_TASK: Achievement {id_} - Title\n\n**Achievement**: {id_}\n\nDo {id_}.\n\n"
        self.write(f"{PLAN}/execution/{name}", text + (_TESTS.format(command=command) if command else ""))

    def mark(self, kind: str, id_: str, text: str = "") -> None:
        where = "execution" if kind == "SKIPPED" else "execution/feedbacks"
        self.write(f"{PLAN}/{where}/{kind}_{id_.replace('.', '')}.md", text)

    def answers(self, text: str, **settings: object) -> None:
        """Let `replay` carry everything out, and commit all there is."""
        self.write("script.yaml", text)
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in settings.items()]
        named = "executor: scripted\nexecutors:\n  scripted: {kind: replay, script: script.yaml}\n"
        self.write("batchexec.yaml", named + "".join(lines))
        self.commit()

    def is_approved(self, id_: str) -> bool:
        name = f"APPROVED_{id_.replace('.', '')}.md"
        return (self.root / PLAN / "execution/feedbacks" / name).exists()

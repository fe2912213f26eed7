"""What the tests of parallel.json share: files made in a line, and findings in a line each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchexec.parallel import parse_parallel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchexec.parallel import Checked, Finding

FILE = Path("plans/DEMO/parallel.json")


def item(id_: str, *dependencies: str, **more: Any) -> dict[str, Any]:
    return {"achievement_id": id_, "dependencies": list(dependencies), **more}


def document(*items: Any, level: str = "level_3", **more: Any) -> dict[str, Any]:
    return {"plan_name": "DEMO", "parallelization_level": level, "achievements": list(items), **more}


def checked(value: Any, name_if_missing: str = "") -> Checked:
    return parse_parallel(json.dumps(value).encode(), FILE, name_if_missing)


def said(value: Any, name_if_missing: str = "") -> list[str]:
    return lines(checked(value, name_if_missing).findings)


def lines(findings: Iterable[Finding]) -> list[str]:
    return [str(one) for one in findings]

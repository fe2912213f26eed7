"""The page about parallel.json tells of every field and every code, and its example is right."""

from __future__ import annotations

import json
import re
from pathlib import Path

from parallel.parallel_bench import checked

from batchexec.parallel import PARALLEL_FILES, SCHEMA

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/parallel-json.md").read_text(encoding="utf-8")
CODE = re.compile(r"\b[JW][0-3][0-9]\b")


def test_the_example_is_valid() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    found = checked(json.loads(example))

    assert found.findings == ()
    assert found.model
    assert found.model.dependencies == {"1.1": (), "2.1": ("1.1",), "2.2": ("1.1",)}


def test_every_code_has_its_row() -> None:
    modules = (ROOT / "batchexec/parallel").glob("*.py")
    used = {code for module in modules for code in CODE.findall(module.read_text(encoding="utf-8"))}

    assert set(re.findall(r"^\| `(\w\d\d)` \|", PAGE, re.MULTILINE)) == used
    assert len(used) == 26


def test_every_field_and_name_is_told_of() -> None:
    defs = SCHEMA["$defs"]
    kinds = (SCHEMA, defs["work"], defs["achievement"], defs["sub"])

    for name in (*PARALLEL_FILES, *(key for kind in kinds for key in kind["properties"])):
        assert f"`{name}`" in PAGE

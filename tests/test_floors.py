"""The house has floors: imports point down, and each door has one keeper."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "batchexec"

FLOORS = (
    ("model", "errors"),
    (
        "paths",
        "wording",
        "categories",
        "roles",
        "strict_yaml",
        "markdown",
        "symbols",
        "graph",
        "rundb",
        "rendering",
        "process",
        "git",
        "similar",
    ),
    ("hooks", "verification", "redaction", "settings", "workspace", "journal", "answers", "places"),
    ("gates", "sources", "parallel", "executors", "evidence"),
    ("build", "verify", "lint", "generate", "plans"),
    ("report", "batch_results", "init"),
    ("engine",),
    ("plan_words", "cli"),
    ("__main__",),
)
"""Each floor may use the ones before it; within a floor only the earlier names."""

ORDER = [name for floor in FLOORS for name in floor]

KEEPERS = {
    "doit": {"engine"},
    "sqlite3": {"rundb"},
    "subprocess": {"process"},
    "jinja2": {"rendering"},
    "filelock": {"engine"},
    "rich": {"engine"},
    "jsonschema": {"settings", "parallel"},
    "anthropic": {"executors"},
    "openai": {"executors"},
}
"""Who may import what stands behind a door."""


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("batchexec.")}
    above = {name for name in ours & set(ORDER) if ORDER.index(name) > ORDER.index(place(path))}

    assert not above


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_doors_have_one_keeper(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(path)}
    wrong = {door for door, keepers in KEEPERS.items() if door in used and place(path) not in keepers}

    assert not wrong


def test_readers_know_no_settings_and_reports_no_tasks() -> None:
    for path in modules():
        names = imports(path)
        if place(path) == "sources":
            assert not {name for name in names if name.startswith("batchexec.settings")}
        if place(path) == "report":
            assert "batchexec.model.Task" not in names


def test_every_module_has_a_floor_and_says_in_one_sentence_what_it_is_for() -> None:
    for path in modules():
        assert place(path) in ORDER
        if path.stat().st_size:
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


WRITES = {
    "write_text",
    "write_bytes",
    "mkdir",
    "unlink",
    "rename",
    "replace",
    "touch",
    "symlink_to",
    "rmtree",
}


def test_only_the_workspace_writes_into_the_tree() -> None:
    """The others may write their own state: the database, the lock and its note, the memo of settings."""
    writers = {
        place(path)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
        if not isinstance(node.func.value, ast.Constant)
        and not (node.func.attr == "replace" and len(node.args) > 1)
    }

    assert writers <= {
        "workspace",
        "journal",
        "rundb",
        "engine",
        "settings",
        "build",
        "git",
        "places",
        "answers",
        "executors",
    }

"""The package shows few names, and loads nothing before it is asked for."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import batchexec

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", batchexec.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(batchexec, name).__module__.startswith("batchexec.")


def test_any_other_name_is_not() -> None:
    with pytest.raises(AttributeError, match="module 'batchexec' has no attribute 'nothing'"):
        batchexec.nothing  # noqa: B018  # the attempt is the point


def test_the_public_names_are_what_dir_shows() -> None:
    assert set(dir(batchexec)) == {*batchexec.__all__, "__version__"}


def test_importing_the_package_imports_none_of_its_parts() -> None:
    program = "import sys, batchexec; print(*(name for name in sys.modules if name.startswith('batchexec.')))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)

    assert done.stdout.strip() == ""


def test_a_prompts_directory_can_be_read_and_put_in_order(tmp_path: Path) -> None:
    text = "## Task: TASK-002: Second\n\nDepends on: TASK-001\n\n## Task: TASK-001: First\n"
    (tmp_path / "not_implemented.md").write_text(text)

    graph = batchexec.resolve(batchexec.load(tmp_path).tasks)

    assert [task.id for task in graph.tasks.values()] == ["TASK-001", "TASK-002"]


def test_a_list_can_be_verified(tmp_path: Path) -> None:
    (tmp_path / "tasks.md").write_text("# Tasks\n\n- [ ] TASK-001 A\n  evidence: code path=a.py symbol=A\n")
    (tmp_path / "a.py").write_text("A = 1\n")

    found = batchexec.verify_file(tmp_path / "tasks.md", tmp_path)

    assert isinstance(found, batchexec.Verification)
    assert [(task.id, task.finding) for task in found.tasks] == [("TASK-001", "verified")]

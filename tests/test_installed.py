"""What is installed is whole: templates, schema and commands work away from the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import section

import batchexec
from batchexec import rendering

INSTALLED = "site-packages" in Path(batchexec.__file__).parts


@pytest.mark.skipif(not INSTALLED, reason="this is a checkout; CI runs these from an installed wheel")
def test_the_templates_lie_beside_the_package() -> None:
    assert rendering.templates() == Path(batchexec.__file__).parent / "templates"


def test_a_new_batch_runs_with_nothing_but_what_is_installed(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        command = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    prompts = tmp_path / ".spec/prompts/latest"
    prompts.mkdir(parents=True)
    (prompts / "not_implemented.md").write_text(section("TASK-001", files={"a.py": "A = 1"}))

    assert run("batchexec", "init") == "wrote batchexec.yaml\nwrote dodo.py\n"
    assert "✅ Batch execution complete!" in run("doit")
    assert "Everything is up to date" in run("doit")
    assert json.loads(run("batchexec", "schema"))["title"]
    assert "Batch Execution Summary" in next((tmp_path / ".spec/reports").glob("*.md")).read_text()

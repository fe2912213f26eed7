"""In a project that is no batch, doit is doit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

DODO = """
def task_hello():
    return {"actions": ["echo hello > hello.txt"], "targets": ["hello.txt"], "uptodate": [True]}


def task_many():
    for n in range(3):
        yield {"name": str(n), "actions": [f"echo {n}"], "verbosity": 2}
"""

WITHOUT_PLUGINS = """
import sys
from doit import plugin
plugin.entry_points_impl = lambda: lambda group: ()
from doit.doit_cmd import DoitMain
DoitMain.BIN_NAME = "doit"
sys.exit(DoitMain().run(sys.argv[1:]))
"""
WITH_PLUGINS = WITHOUT_PLUGINS.replace("plugin.entry_points_impl = lambda: lambda group: ()\n", "")


def run(program: str, cwd: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run", "many:1"],
        ["-n", "2", "-P", "thread"],
        ["--rep", "zero"],
        ["-a", "hello"],
        ["nonsense"],
        ["--nonsense"],
        ["list"],
        ["list", "--all", "--status"],
        ["list", "-q", "hello"],
        ["list", "nonsense"],
        ["forget", "--all"],
        ["forget", "hello"],
        ["forget", "nonsense"],
        ["info", "hello"],
        ["clean"],
    ],
)
def test_our_commands_do_there_what_stock_doit_does(tmp_path: Path, words: list[str]) -> None:
    results = []
    for name, program in (("with", WITH_PLUGINS), ("without", WITHOUT_PLUGINS)):
        project = tmp_path / name
        project.mkdir()
        (project / "dodo.py").write_text(DODO)
        results.append([screen(*run(program, project, *words)) for _ in range(2)])

    assert results[0] == results[1]


TABLE = re.compile(r" \(parsing options: .*")
"""doit's list of all options it knows, at the end of what it says of a mistake."""


def screen(code: int, out: str, err: str) -> tuple[int, list[str], list[str]]:
    """Take what a command showed, but for the order in which threads came to print it."""
    return code, sorted(out.splitlines()), sorted(TABLE.sub("", err).splitlines())


@pytest.mark.parametrize(
    "words", [["--dry-run"], ["list", "--json"], ["run", "-q"], ["list", "--only-category=x"]]
)
def test_our_options_are_refused_there_before_anything_runs(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "dodo.py").write_text(DODO)

    code, out, err = run(WITH_PLUGINS, tmp_path, *words)

    assert code == 3
    assert "only a batch has this option, and this dodo.py is none; `batchexec init` makes one" in err
    assert out == ""
    assert not (tmp_path / "hello.txt").exists()


def test_ctrl_c_is_left_to_doit_there(tmp_path: Path) -> None:
    (tmp_path / "dodo.py").write_text(
        "import os, signal\ndef task_slow():\n    os.kill(os.getpid(), signal.SIGINT)\n"
    )

    ours, stock = (run(program, tmp_path) for program in (WITH_PLUGINS, WITHOUT_PLUGINS))

    assert ours[0] == stock[0]
    assert ours[2].splitlines()[-1] == stock[2].splitlines()[-1] == "KeyboardInterrupt"


def test_our_environment_variables_mean_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "dodo.py").write_text(DODO)

    assert run(WITH_PLUGINS, tmp_path, "hello", BATCHEXEC_DRY_RUN="1")[0] == 0
    assert (tmp_path / "hello.txt").exists()


def test_a_dodo_py_named_by_its_path_is_found_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/dodo.py").write_text(DODO)

    assert run(WITH_PLUGINS, tmp_path, "run", "-f", "sub/dodo.py", "hello")[0] == 0
    assert (tmp_path / "sub/hello.txt").exists()

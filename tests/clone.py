"""A fresh clone of this repository, as far as the example and the README need it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench import Batch

REPOSITORY = Path(__file__).parent.parent
_PARTS = ("dodo.py", "batchexec.yaml", "examples", "README.md", ".gitignore", "pyproject.toml", "tests")
_LEFT_BEHIND = ("__pycache__", "work", ".spec", ".batchexec")
_IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


class Clone(Batch):
    """A real git repository; batchexec itself is the one under test, not a copy of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        for part in _PARTS:
            _copy(REPOSITORY / part, root / part)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "All there is")

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", *_IDENTITY, *words],
            cwd=self.root,
            env=git_environment(),
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout


def git_environment() -> dict[str, str]:
    """Return an environment in which git knows of this repository and of no one's habits."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
    else:
        shutil.copyfile(source, target)

"""A small repository with somebody at work in it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from clone import git_environment

from batchexec.git import Repository, repository

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


class Checkout:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    @property
    def repository(self) -> Repository:
        found = repository(self.root)
        assert found
        return found

    def git(self, *words: str, at: Path | None = None, stdin: str | None = None) -> str:
        return subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=at or self.root,
            env=git_environment() | IDENTITY,
            capture_output=True,
            check=True,
            input=stdin,
            encoding="utf-8",
            errors="surrogateescape",
        ).stdout

    def write(self, path: str, text: str = "text\n", *, at: Path | None = None) -> Path:
        file = (at or self.root) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    def commit(self, **files: str) -> str:
        """Commit files; of `a_py` comes `a.py`."""
        return self.commit_all({name.replace("_", "."): text for name, text in files.items()})

    def commit_all(self, files: dict[str, str] | None = None) -> str:
        for path, text in (files or {}).items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "--message=m")
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    @property
    def status(self) -> str:
        return self.git("status", "--porcelain", "-z")

    def files_of(self, tree: str) -> dict[str, str]:
        listing = self.git("ls-tree", "-r", "-z", tree).split("\0")[:-1]
        return {
            path: self.git("cat-file", "blob", what.split()[2])
            for what, _, path in (line.partition("\t") for line in listing)
        }

    def hook(self, name: str, script: str) -> None:
        file = self.write(f".git/hooks/{name}", f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

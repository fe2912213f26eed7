"""A real agent's program, a model on loopback for it to ask, and a repository for it to work in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apply_bench import task
from clone import git_environment
from model_server import ModelServer

from batchexec.executors import Attempt
from batchexec.executors.agent import Agent
from batchexec.workspace import Stage, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from batchexec.model import Outcome

PROGRAMS = ("claude", "codex")
WHERE = "TEST_AGENTS"
KEY = "sk-loopback"
_IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


def program(name: str) -> str | None:
    """Find a program where the tests were told to look, or else on the PATH."""
    return shutil.which(name, path=os.environ.get(WHERE) or os.environ.get("PATH"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """
    One program, a repository `root`, and a home nobody else has.

    `log` is all it printed. `quick` lets Codex give up at the first refusal.
    """

    name: str
    program: str
    root: Path
    home: Path
    log: bytearray = field(default_factory=bytearray)
    quick: bool = True

    @property
    def claude(self) -> bool:
        return self.name == "claude"

    def hurried(self, *, quick: bool) -> Bench:
        return replace(self, quick=quick)

    @contextmanager
    def model(self, *turns: Mapping[str, Any], **rule: Any) -> Iterator[ModelServer]:
        """Let a model answer TASK-001 with these turns."""
        with ModelServer([{"when": "TASK-001", "turns": list(turns), **rule}]) as server:
            yield server

    def agent(self, server: ModelServer, **spec: Any) -> Agent:
        environment = {**self._environment(server), **spec.pop("environment", {})}
        words = [] if self.claude else self._provider(server)
        args = [*words, *spec.pop("args", [])]
        parameters = {"preset": self.name, "program": self.program, "args": args, "environment": environment}
        return Agent.make({**parameters, **spec}, self.root)

    def work(
        self, server: ModelServer, attempt: Attempt | None = None, text: str = "Do it.", **spec: Any
    ) -> Outcome:
        stage = Stage(Workspace(self.root), self.home.parent / "stage")
        given = replace(attempt or Attempt(run="20261121_101500"), log=self.log.extend)
        return self.agent(server, **spec).execute(replace(task(name="TASK-001"), prompt=text), stage, given)

    def files(self) -> dict[str, str]:
        """Read what git sees as changed or new."""
        listed = ["git", "ls-files", "--modified", "--others", "-z"]
        told = subprocess.run(listed, cwd=self.root, capture_output=True, text=True, check=True)
        paths = [self.root / path for path in told.stdout.split("\0") if path]
        return {str(path.relative_to(self.root)): path.read_text() for path in paths if path.exists()}

    def _environment(self, server: ModelServer) -> dict[str, str]:
        if self.claude:
            return {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEY}
        return {"OPENAI_API_KEY": KEY}

    def _provider(self, server: ModelServer) -> list[str]:
        table = {"name": "loop", "base_url": server.openai_url, "env_key": "OPENAI_API_KEY"}
        told = [f"{name}={json.dumps(value)}" for name, value in table.items()]
        told += ["request_max_retries=0", "stream_max_retries=0"] if self.quick else []
        provider = "{" + ",".join([*told, 'wire_api="responses"']) + "}"
        return ["-c", "model_provider=loop", "-c", f"model_providers.loop={provider}", "-c", "model=loop"]


def repository(root: Path) -> Path:
    """Make a repository with one file and one commit."""
    root.mkdir()
    (root / "cart.py").write_text("RATE = 7\n")
    for words in ("init -q -b main", "add cart.py", "commit -q -m start"):
        subprocess.run(["git", *_IDENTITY, *words.split()], cwd=root, env=git_environment(), check=True)
    return root


def alive(word: str) -> list[str]:
    """List the running programs with this word in their command line."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes()
        except OSError:
            # It ended while we looked.
            continue
        if word.encode() in line:
            found.append(line.replace(b"\0", b" ").decode(errors="replace"))
    return found

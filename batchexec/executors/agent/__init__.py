"""Hands a task to an agent's command line and lets it work in a directory of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from batchexec.errors import Problem
from batchexec.executors.agent import command, parsing
from batchexec.executors.agent.environment import environ_for, prepare
from batchexec.executors.agent.events import READERS
from batchexec.executors.agent.presets import PRESETS, Preset
from batchexec.executors.agent.prompt import prompt_for, version
from batchexec.executors.agent.stream import Listener
from batchexec.executors.agent.verdict import Ending, judge
from batchexec.executors.parameters import only
from batchexec.executors.prices import cost, parse_prices, price_of
from batchexec.model import Outcome, Status, Trouble, Usage
from batchexec.process import Limits, follow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchexec.executors.agent.stream import Said
    from batchexec.executors.executor import Attempt
    from batchexec.executors.prices import Prices
    from batchexec.model import Task
    from batchexec.process import Followed
    from batchexec.workspace import Stage

__all__ = ["PRESETS", "Agent", "Preset"]

_LINGER_S = 5.0
# A script of the user's may have more to do after a program in it has sent its last event.
_LINGER_COMMAND_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """
    Lets a program work in the directory of the attempt, and tells how that went.

    Whether it did what it was asked is seen by others, from the files.
    `named` says what is started wherever the project lies; `linger_s` is how
    long a program has to leave after its last event.
    """

    kind: ClassVar[str] = "agent"
    isolated: ClassVar[bool] = True

    preset: Preset
    named: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    linger_s: float = _LINGER_S
    model: str = ""
    args: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_environment: tuple[str, ...] = ()
    prices: Prices = field(default_factory=dict)

    @classmethod
    def make(cls, spec: Mapping[str, object], base: Path) -> Agent:
        only("agent", spec, parsing.KEYS)
        preset = parsing.preset_of(spec, base)
        return cls(
            preset=preset,
            named=parsing.said(spec, base),
            limits=parsing.limits_of(spec, preset),
            linger_s=_LINGER_COMMAND_S if "command" in spec else _LINGER_S,
            model=parsing.optional(spec, "model", parsing.text, ""),
            args=parsing.optional(spec, "args", parsing.words, ()),
            environment=parsing.optional(spec, "environment", parsing.variables, {}),
            pass_environment=parsing.optional(spec, "pass_environment", parsing.words, ()),
            prices=parse_prices(spec.get("prices") or {}),
        )

    @property
    def priced(self) -> bool:
        return self.preset.costs or price_of(self.model, self.prices) is not None

    def problems(self) -> list[Problem]:
        if self._located(self._environ(None)):
            return []
        return [Problem(None, *self._missing())]

    def fingerprint(self) -> str:
        """
        Name what shapes the answer; limits and environment do not.

        Arguments may hold what is a secret, so they are there as a digest only.
        """
        shaped = json.dumps([self.named, self.model, self.args, version()])
        digest = hashlib.sha256(shaped.encode()).hexdigest()[:16]
        return " ".join(filter(None, (self.kind, self.preset.name, self.model, f"#{digest}")))

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        own = attempt.worker / self.preset.name if attempt.worker and self.preset.state else None
        if own and self.preset.state:
            prepare(self.preset.state, own)
        environ = self._environ(own)
        program = self._located(environ)
        if attempt.tools:
            environ["PATH"] = os.pathsep.join((str(attempt.tools), environ.get("PATH", os.defpath)))
        if program is None:
            said, hint = self._missing()
            return Outcome(status=Status.ERROR, summary=said, hint=hint, trouble=Trouble.DETERMINISTIC)
        prompt = prompt_for(task, attempt.previous)
        words = self._words(program, attempt)
        if command.holds(words, "prompt") and not command.fits(prompt):
            return self._too_large()
        return self._follow(words, prompt, stage, attempt, environ)

    def _follow(
        self, words: list[str], prompt: str, stage: Stage, attempt: Attempt, environ: Mapping[str, str]
    ) -> Outcome:
        data = prompt.encode(errors="replace")
        typed = command.holds(words, "prompt") or command.holds(words, "prompt_file")
        listener = Listener(READERS[self.preset.reader])
        with command.prompt_file(data, wanted=command.holds(words, "prompt_file")) as file:
            values = self._values(prompt, file, stage.workspace.root, attempt)
            attempt.log(_opening(command.shown(words, values), data, typed=typed))
            followed = follow(
                command.filled(words, values),
                stage.workspace.root,
                environ=environ,
                stdin=None if typed else data,
                on_line=listener.line,
                on_output=attempt.log,
                limits=self._limits(attempt),
                cancelled=attempt.cancelled,
                linger_s=self.linger_s,
                watched=stage.workspace.root,
                on_quiet=attempt.quiet,
            )
        return self._outcome(followed, listener.said, attempt)

    def _limits(self, attempt: Attempt) -> Limits:
        """Let those of the attempt go before ours."""
        total_s = min(
            (one for one in (self.limits.total_s, attempt.timeout_s) if one is not None), default=None
        )
        limits = replace(self.limits, total_s=total_s, stall_s=attempt.stall_s, warn_s=attempt.quiet_s)
        return limits if attempt.stall_s is None else replace(limits, start_s=None, silence_s=None)

    def _outcome(self, followed: Followed, said: Said, attempt: Attempt) -> Outcome:
        limits = self._limits(attempt)
        ending = Ending(
            preset=self.preset,
            limits=limits,
            more="timeout_s" if limits.total_s == self.limits.total_s else "timeout",
            followed=followed,
            said=said,
            now=time.time(),
        )
        outcome = judge(ending)
        usage = self._usage(said)
        attempt.log(_closing(followed, said, usage))
        return replace(
            outcome,
            summary=attempt.redact(outcome.summary),
            notes=tuple(map(attempt.redact, outcome.notes)),
            usage=usage,
        )

    def _usage(self, said: Said) -> Usage | None:
        if said.usage is None and said.cost_usd is None:
            return None
        usage = said.usage or Usage()
        if said.cost_usd is not None:
            return replace(usage, cost_usd=said.cost_usd)
        return replace(usage, cost_usd=cost(usage, self.model, self.prices))

    def _words(self, program: str, attempt: Attempt) -> list[str]:
        words = self.preset.budget
        budget = bool(words) and attempt.budget_usd is not None and command.knows(program, words[0])
        return command.template(self.preset, program, self.args, model=self.model, budget=budget)

    def _values(self, prompt: str, file: str, root: Path, attempt: Attempt) -> dict[str, str]:
        left = "" if attempt.budget_usd is None else f"{max(attempt.budget_usd, 0.01):.2f}"
        return {
            "prompt": prompt,
            "prompt_file": file,
            "model": self.model,
            "directory": str(root),
            "budget": left,
        }

    def _environ(self, own: Path | None) -> dict[str, str]:
        return environ_for(self.preset, self.pass_environment, self.environment, own)

    def _located(self, environ: Mapping[str, str]) -> str | None:
        return shutil.which(self.preset.program, path=environ.get("PATH"))

    def _missing(self) -> tuple[str, str]:
        said = f"agent: there is no program {self.preset.program} that can be started"
        install = f"{self.preset.install}, or say where it is by program:"
        return said, install if self.preset.install else "the command names it"

    def _too_large(self) -> Outcome:
        return Outcome(
            status=Status.ERROR,
            summary=f"{self.preset.name}: the prompt cannot be passed as an argument",
            hint="without {prompt} it goes to standard input, with {prompt_file} into a file",
            trouble=Trouble.DETERMINISTIC,
        )


def _opening(shown: str, prompt: bytes, *, typed: bool) -> bytes:
    said = "" if typed else f" < prompt, {len(prompt):,} bytes"
    return f"$ {shown}{said}\n".encode(errors="replace")


def _closing(followed: Followed, said: Said, usage: Usage | None) -> bytes:
    parts = [f"{followed.ended} with status {followed.code} after {followed.seconds:.1f} s"]
    if said.session:
        parts.append(f"session {said.session}")
    if usage:
        parts.append(f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out")
    if usage and usage.cost_usd is not None:
        parts.append(f"{usage.cost_usd:.4f} USD")
    return f"\nbatchexec: {', '.join(parts)}\n".encode(errors="replace")

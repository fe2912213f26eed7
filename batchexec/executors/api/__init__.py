"""Carries out a task by asking a model for its files: a server that speaks like OpenAI's, or Anthropic's."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from batchexec.errors import Problem
from batchexec.executors.api.parameters import parse_parameters
from batchexec.executors.api.prompt import make_prompt, template_digest
from batchexec.executors.api.question import Heard, Question
from batchexec.executors.api.vendors import VENDORS
from batchexec.executors.prices import cost, price_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchexec.executors.executor import Attempt
    from batchexec.executors.prices import Prices
    from batchexec.model import Outcome, Task, Usage
    from batchexec.workspace import Stage

__all__ = ["Api"]

_NO_KEY = "none"  # what servers on this machine are sent, which want any
_INSTALL = "pip install 'batchexec[api]'"
_RULES = 1
"""The version of how an answer is read; raise it when the same answer would come out as different files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """
    Asks once, and writes what the answer holds.

    `key` names the variable with the key, where it is not the usual one; a
    server of one's own (`base_url`) may need none. `timeout_s` is for the
    whole answer, `silence_s` for every pause in it.
    """

    kind: ClassVar[str] = "api"
    isolated: ClassVar[bool] = True

    provider: str
    model: str
    base_url: str | None = None
    system: str = ""
    temperature: float | None = None
    max_tokens: int = 8192
    timeout_s: float = 600
    silence_s: float = 120
    key: str | None = None
    prices: Prices = field(default_factory=dict)

    @classmethod
    def make(cls, spec: Mapping[str, object], base: Path) -> Api:  # noqa: ARG003  # it names no files of its own
        return cls(**parse_parameters(spec))

    @property
    def priced(self) -> bool:
        return price_of(self.model, self.prices) is not None

    def problems(self) -> list[Problem]:
        module = VENDORS[self.provider].module
        found = []
        if not _is_installed(module):
            found.append(Problem(None, f"api: the package {module} is missing", _INSTALL))
        secret = self._secret()
        if secret is None:
            found.append(Problem(None, f"api: {self._variable} is not set", "put the key into that variable"))
        elif not (secret.isascii() and secret.isprintable()):
            found.append(Problem(None, f"api: {self._variable} holds no key", "a key is printable ASCII"))
        return found

    def fingerprint(self) -> str:
        """Name what shapes the answer; limits of time, prices and keys do not."""
        asked = [self.provider, self.base_url, self.model, self.system, self.temperature, self.max_tokens]
        said = json.dumps([*asked, template_digest(), _RULES])
        digest = hashlib.sha256(said.encode()).hexdigest()[:16]
        return f"{self.kind} {self.provider} {self.model} #{digest}"

    def execute(self, task: Task, stage: Stage, attempt: Attempt) -> Outcome:
        # They bring asyncio, parsers and templates; a plan and a run with nothing to do need none of them.
        from batchexec.executors.api.conversation import converse  # noqa: PLC0415  # slow
        from batchexec.executors.api.judging import judge  # noqa: PLC0415  # slow

        prompt = make_prompt(task, stage, attempt.previous)
        heard = Heard()
        outcome = converse(self._question(prompt.text), heard, attempt)
        if outcome is None:
            outcome = judge(task, stage, heard, prompt, self.max_tokens)
        usage = self._usage(heard)
        attempt.log(_ending(heard, usage, outcome).encode(errors="replace"))
        return replace(
            outcome,
            summary=attempt.redact(outcome.summary),
            hint=attempt.redact(outcome.hint),
            notes=tuple(map(attempt.redact, outcome.notes)),
            usage=usage,
        )

    @property
    def _variable(self) -> str:
        return self.key or VENDORS[self.provider].key

    def _secret(self) -> str | None:
        """Read the key; a server of one's own may want none."""
        without = _NO_KEY if self.base_url and not self.key else None
        return os.environ.get(self._variable, "").strip() or without

    def _question(self, text: str) -> Question:
        return Question(
            provider=self.provider,
            model=self.model,
            text=text,
            system=self.system,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            base_url=self.base_url,
            timeout_s=self.timeout_s,
            silence_s=self.silence_s,
            key=self._variable,
            secret=self._secret() or _NO_KEY,
        )

    def _usage(self, heard: Heard) -> Usage | None:
        usage = heard.usage
        return usage and replace(usage, cost_usd=cost(usage, self.model, self.prices))


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def _ending(heard: Heard, usage: Usage | None, outcome: Outcome) -> str:
    """Say under an answer how it ended and what was made of it."""
    tokens = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out" if usage else "usage not told"
    made = f"{outcome.status}: {outcome.summary}" if outcome.summary else str(outcome.status)
    return f"\n\nended: {heard.stop or 'no'}; {tokens}; {made}\n"

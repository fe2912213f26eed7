"""Checks gates: setup, commands, cleanup, and the verdict on what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from batchexec.gates.parts import Part, cut
from batchexec.gates.printed import listening
from batchexec.gates.running import Shell, syntax_error
from batchexec.gates.verdict import Verdict, complaint, verdict
from batchexec.model import Expectation, GateResult, Result
from batchexec.process.running import KEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from batchexec.gates.printed import Printed
    from batchexec.gates.running import Ran
    from batchexec.model import Gate

_CLEANUP_S = 60.0


def check(
    gate: Gate,
    root: Path,
    *,
    timeout_s: float = 600,
    environ: Mapping[str, str] | None = None,
    cancelled: Callable[[], bool] | None = None,
    rewrite: Callable[[str], str] | None = None,
) -> GateResult:
    """
    Run the commands of a gate from the root and say how it came out.

    `timeout_s` is for all of them together, `rewrite` changes their text, and
    what is expected of it, just before. What they change in the root is left as it is.
    """
    meant = _rewritten(gate, rewrite) if rewrite else gate
    if gate.manual or all(Part(text).is_idle for text in meant.scripts):
        return GateResult(gate=gate, result=Result.MANUAL, reason=gate.manual or "no command")
    every = (*meant.setup, *meant.scripts, *meant.cleanup)
    wrong = next(filter(None, (syntax_error(text, root, environ) for text in every)), "")
    if wrong:
        return GateResult(gate=gate, result=Result.MANUAL, reason=f"not bash: {wrong}")
    return _Check(gate, meant, Shell(root, timeout_s, environ, cancelled)).result()


def check_all(
    gates: Iterable[Gate],
    root: Path,
    *,
    levels: Collection[int] | None = None,
    timeout_s: float = 600,
    environ: Mapping[str, str] | None = None,
    cancelled: Callable[[], bool] | None = None,
    rewrite: Callable[[str], str] | None = None,
) -> list[GateResult]:
    """Check gates one after another, however they come out; with `levels` only those of these levels."""
    return [
        check(gate, root, timeout_s=timeout_s, environ=environ, cancelled=cancelled, rewrite=rewrite)
        for gate in gates
        if levels is None or gate.level in levels
    ]


def _rewritten(gate: Gate, rewrite: Callable[[str], str]) -> Gate:
    parts = tuple(map(rewrite, gate.expectation.parts))
    return replace(
        gate,
        scripts=tuple(map(rewrite, gate.scripts)),
        setup=tuple(map(rewrite, gate.setup)),
        cleanup=tuple(map(rewrite, gate.cleanup)),
        expectation=replace(gate.expectation, parts=parts),
    )


@dataclass(slots=True)
class _Check:
    """One check under way."""

    gate: Gate
    meant: Gate
    shell: Shell
    ran: Ran | None = None
    tails: list[str] = field(default_factory=list)

    def result(self) -> GateResult:
        with listening() as printed:
            try:
                found = self._setup() or self._judge(printed)
            finally:
                self._clean_up()
        return GateResult(
            gate=self.gate,
            result=found.result,
            reason=found.reason,
            code=self.ran.code if self.ran else None,
            seconds=self.shell.seconds,
            output="".join(self.tails)[-KEEP:],
        )

    def _setup(self) -> Verdict | None:
        for text in self.meant.setup:
            part = Part(text)
            with listening() as printed:
                wrong = complaint(part, self._run(part, printed), Expectation())
            if wrong:
                return Verdict(Result.FAILED, f"setup: {wrong}")
        return None

    def _judge(self, printed: Printed) -> Verdict:
        parts = [part for text in self.meant.scripts for part in cut(text)]
        codes = []
        for part in parts:
            ran = self._run(part, printed)
            if wrong := complaint(part, ran, self.meant.expectation):
                return Verdict(Result.FAILED, wrong)
            codes.append(ran.code)
            printed.end_line()
        return verdict(parts, codes, self.meant.expectation, printed)

    def _run(self, part: Part, printed: Printed) -> Ran:
        self.ran = self.shell.run(part, printed)
        self.tails.append(self.ran.tail)
        return self.ran

    def _clean_up(self) -> None:
        # Also after a timeout, and when we were told to stop: for that it has a time of its own.
        shell = Shell(self.shell.root, min(_CLEANUP_S, self.shell.timeout_s), self.shell.environ)
        for text in self.meant.cleanup:
            with listening() as printed:
                shell.run(Part(text), printed)

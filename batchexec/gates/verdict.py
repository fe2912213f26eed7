"""Says how a gate came out: by the status of its commands, by what they print, and by what was expected."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchexec.gates.expectations import is_checked
from batchexec.gates.matching import mismatch, shortened, speaks_of
from batchexec.gates.printed import which
from batchexec.gates.running import BROKEN_PIPE
from batchexec.gates.script import Word
from batchexec.gates.telling import Told, told
from batchexec.model import Kind, Result

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from batchexec.gates.parts import Part
    from batchexec.gates.printed import Printed
    from batchexec.gates.running import Ran
    from batchexec.model import Expectation

_NOT_RUN = {126: "a command cannot be run", 127: "a command was not found"}


@dataclass(frozen=True, slots=True)
class Verdict:
    result: Result
    reason: str = ""


def complaint(part: Part, ran: Ran, expectation: Expectation) -> str:
    """Say why a part of a gate failed by its status; nothing where the next one may run."""
    if ran.trouble:
        return ran.trouble
    if ran.code in {0, BROKEN_PIPE} or _is_wanted(part, ran, expectation):
        return ""
    if expectation.kind is Kind.EXIT and ran.code < min(_NOT_RUN):
        return _status_mismatch(ran.code, expectation)
    return _status(ran)


def verdict(
    parts: Sequence[Part], codes: Sequence[int], expectation: Expectation, printed: Printed
) -> Verdict:
    """Judge a gate whose parts all ended as they may."""
    said = _united([told(part.script) for part in parts], expectation)
    printed_bad, printed_good = which(said.bad, printed), which(said.required | said.good, printed)
    if printed_bad:
        return Verdict(Result.FAILED, f"printed {_named(printed_bad)}")
    if BROKEN_PIPE in codes and not is_checked(expectation):
        return Verdict(Result.UNVERIFIED, "a pipe was closed before all was written (exit status 141)")
    if missing := said.required - printed_good:
        return Verdict(Result.FAILED, f"did not print {_named(missing)}")
    if wrong := _status_mismatch(codes[-1], expectation) or mismatch(expectation, printed):
        return Verdict(Result.FAILED, wrong)
    if printed_good or said.proves or not said.swallows or _is_proof(expectation):
        return Verdict(Result.PASSED)
    return Verdict(Result.UNVERIFIED, "its exit status is 0 whatever happens, and nothing else is checked")


def _is_wanted(part: Part, ran: Ran, expectation: Expectation) -> bool:
    if expectation.kind is Kind.EXIT:
        return ran.code == expectation.number
    return is_checked(expectation) and ran.code in {1, 2} and part.answers and ran.reached


def _is_proof(expectation: Expectation) -> bool:
    """Say whether an expectation that was met tells what a status of 0 does not."""
    return is_checked(expectation) and (expectation.kind, expectation.number) != (Kind.EXIT, 0)


def _status_mismatch(code: int, expectation: Expectation) -> str:
    if expectation.kind is not Kind.EXIT or code == expectation.number:
        return ""
    return f"expected exit status {expectation.number}, got {code}"


def _status(ran: Ran) -> str:
    lines = ran.tail.strip().splitlines()
    said = f": {shortened(lines[-1].strip())}" if lines else ""
    if ran.code in _NOT_RUN:
        return f"{_NOT_RUN[ran.code]} (exit status {ran.code}){said}"
    number = ran.code - 128
    if number in set(signal.Signals):
        return f"ended by {signal.Signals(number).name}"
    return f"exit status {ran.code}{said}"


def _united(all_told: Sequence[Told], expectation: Expectation) -> Told:
    bad = frozenset[Word]().union(*(one.bad for one in all_told))
    required = frozenset[Word]().union(*(one.required for one in all_told)) - bad
    good = frozenset[Word]().union(*(one.good for one in all_told)) - bad
    swallows = any(one.swallows for one in all_told)
    proves = any(one.proves for one in all_told)
    if _asks_for(expectation, bad) and not _asks_for(expectation, required | good):
        # `ls old || echo Missing`, and "Missing" is what is expected.
        return Told(swallows=swallows, proves=proves)
    return Told(required, good, bad, swallows, proves)


def _asks_for(expectation: Expectation, words: Collection[Word]) -> bool:
    return any(speaks_of(expectation, word.text) for word in words)


def _named(words: Collection[Word]) -> str:
    texts = sorted(shortened(word.text.strip()) + ("" if word.whole else "…") for word in words)
    return ", ".join(f'"{text}"' for text in texts[:3])

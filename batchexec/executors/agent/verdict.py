"""Says how an agent's attempt was carried out, from how its program ended and what it said."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchexec.executors.agent.prompt import gave_up
from batchexec.executors.agent.resets import reset_time
from batchexec.executors.agent.stream import Fault
from batchexec.executors.agent.trouble import status_in, trouble_in, trouble_of
from batchexec.executors.executor import stalled
from batchexec.model import Outcome, Status, Trouble
from batchexec.process import OUTPUT_LIMIT, Ended
from batchexec.wording import printable

if TYPE_CHECKING:
    from batchexec.executors.agent.presets import Preset
    from batchexec.executors.agent.stream import Said
    from batchexec.process import Followed, Limits

_LAST_LINES = 10
_WIDTH = 300
_LOGIN = {"authentication_failed", "oauth_org_not_allowed", "ProviderAuthError"}
_KEY = re.compile(r"\bapi[-_ ]key|/login\b|\blogged in\b|\boauth\b|missing environment", re.IGNORECASE)
_STATUS = {
    Trouble.USAGE_LIMIT: Status.LIMITED,
    Trouble.TRANSIENT: Status.ERROR,
    Trouble.DETERMINISTIC: Status.ERROR,
    Trouble.QUALITY: Status.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """
    How a program ended, what it had said, under which limits; `now` is in seconds since the epoch.

    `more` names the setting that allows more time in all.
    """

    preset: Preset
    limits: Limits
    more: str = "timeout_s"
    followed: Followed
    said: Said
    now: float

    @property
    def lines(self) -> list[str]:
        """The last of what it printed that is no event."""
        lines = (printable(line[:1000]).strip() for line in self.followed.tail.splitlines()[-200:])
        return [line for line in lines if line and not line.startswith("{")][-_LAST_LINES:]

    @property
    def message(self) -> str:
        """What it said last, in events or in plain text."""
        return self.said.message or "\n".join(self.lines)

    @property
    def well(self) -> bool:
        """Whether the program itself gives no sign of failure."""
        return self.followed.ended is Ended.FINISHED or (
            self.followed.ended is Ended.EXITED and self.followed.code == 0
        )


def judge(ending: Ending) -> Outcome:
    """Say how the carrying out went; what was made of the task is for others to see."""
    if ending.followed.ended is Ended.CANCELLED:
        return Outcome(status=Status.INTERRUPTED, summary="interrupted", notes=_notes(ending))
    found = (check(ending) for check in (_faulted, _stalled, _stopped, _gave_up, _exited, _cut_off))
    passed = Outcome(status=Status.PASSED, notes=_notes(ending))
    return next((outcome for outcome in found if outcome is not None), passed)


def _faulted(ending: Ending) -> Outcome | None:
    fault = _fault(ending)
    return None if fault is None else _faulty(ending, fault)


def _gave_up(ending: Ending) -> Outcome | None:
    reason = gave_up(ending.message)
    return None if reason is None else _failed(ending, f"it gave up: {reason}")


def _cut_off(ending: Ending) -> Outcome | None:
    cut = ending.preset.ends and not ending.said.finished
    return _failed(ending, "it ended without saying how it came out") if cut else None


def _fault(ending: Ending) -> Fault | None:
    """Find what it says went wrong; a program we do not know is believed by its exit status first."""
    believed = ending.preset.ends or ending.said.finished or not ending.well
    if ending.said.error is not None and (believed or ending.preset.reader != "any"):
        return ending.said.error
    if ending.well or ending.said.finished:
        return None
    return next((Fault(text=line) for line in reversed(ending.lines) if trouble_in(line)), None)


def _faulty(ending: Ending, fault: Fault) -> Outcome:
    said = _one_line(ending, fault.text)
    if fault.code == "error_max_budget_usd":
        return Outcome(status=Status.BUDGET, summary=said, notes=_notes(ending))
    trouble = trouble_of(fault) or Trouble.QUALITY
    again = trouble in {Trouble.USAGE_LIMIT, Trouble.TRANSIENT}
    return Outcome(
        status=_STATUS[trouble],
        summary=said,
        hint=_hint(ending.preset, fault) if trouble is Trouble.DETERMINISTIC else "",
        notes=_notes(ending),
        trouble=trouble,
        retry_at_utc=(fault.retry_at_utc or reset_time(fault.text, ending.now)) if again else None,
    )


def _stalled(ending: Ending) -> Outcome | None:
    if ending.said.finished or ending.followed.ended is not Ended.STALLED:
        return None
    return replace(stalled(ending.limits.stall_s or 0.0), notes=_notes(ending))


def _stopped(ending: Ending) -> Outcome | None:
    """Tell what we ended it for, unless it had said how it came out before that."""
    if ending.said.finished:
        return None
    limits = ending.limits
    match ending.followed.ended:
        case Ended.START:
            said, hint = f"it said nothing in its first {limits.start_s:g} s", _asks(ending.preset)
            return _ended(ending, Status.STALLED, said, hint)
        case Ended.SILENCE:
            said = f"it said nothing for {limits.silence_s:g} s"
            return _ended(ending, Status.STALLED, said, "silence_s allows more")
        case Ended.TIMEOUT:
            said = f"it was not done after {limits.total_s:g} s"
            return _ended(ending, Status.TIMEOUT, said, f"{ending.more} allows more")
        case Ended.FLOOD:
            # Whatever made it print so much is there again the next time, at full price.
            said = f"it was ended for printing more than {OUTPUT_LIMIT // 1024 // 1024} MB"
            return _ended(ending, Status.FAILED, said, "its log says what it printed")
        case _:
            return None


def _ended(ending: Ending, status: Status, said: str, hint: str) -> Outcome:
    return Outcome(status=status, summary=_one_line(ending, said), hint=hint, notes=_notes(ending))


def _exited(ending: Ending) -> Outcome | None:
    if ending.well:
        return None
    code = ending.followed.code
    last = f": {ending.lines[-1]}" if ending.lines else ""
    if code in ending.preset.refused:
        said = _one_line(ending, f"it refused to start{last}")
        hint = _asks(ending.preset)
        return Outcome(status=Status.ERROR, summary=said, hint=hint, trouble=Trouble.DETERMINISTIC)
    return _failed(ending, f"it ended with status {code}{last}")


def _failed(ending: Ending, said: str) -> Outcome:
    return Outcome(
        status=Status.FAILED,
        summary=_one_line(ending, said),
        notes=_notes(ending),
        trouble=Trouble.QUALITY,
    )


def _notes(ending: Ending) -> tuple[str, ...]:
    denied = [f"{ending.preset.name} was not allowed: {_clipped(one)}" for one in ending.said.denials[:5]]
    more = len(ending.said.denials) - len(denied)
    if more:
        denied.append(f"and {more} more that it was not allowed")
    if ending.followed.ended is Ended.FINISHED and ending.said.error is None:
        denied.append(f"{ending.preset.name} did not leave after it was done, and was ended")
    return tuple(denied)


def _hint(preset: Preset, fault: Fault) -> str:
    status = fault.http or status_in(fault.text)
    if status in {401, 403} or fault.code in _LOGIN or _KEY.search(fault.text[:1000]):
        return _asks(preset)
    if status == 404 or fault.code == "model_not_found":
        return "check the name of the model"
    return "the prompt is too large for the model" if status == 413 else ""


def _asks(preset: Preset) -> str:
    """Tell what most often keeps a program from working."""
    if not preset.keys:
        return f"try {preset.program} by hand: it may wait for a login"
    return f"try {preset.program} by hand: it may want a login, or {preset.keys[0]}"


def _one_line(ending: Ending, said: str) -> str:
    return f"{ending.preset.name}: {_clipped(said)}"


def _clipped(said: str) -> str:
    line = printable(" ".join(said[:4000].split()))
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"

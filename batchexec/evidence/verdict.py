"""What the hooks of one task say together: whether its evidence holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchexec.model import GateResult
    from batchexec.verification import CheckedHook


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the evidence of one task says; `strict` takes what holds only weakly for none.

    Hooks that only a person can check speak neither for the task nor against it.
    `gates` are how its gates came out, where it is judged by these.
    """

    hooks: tuple[CheckedHook, ...] = ()
    strict: bool = False
    gates: tuple[GateResult, ...] = ()

    @property
    def failing(self) -> tuple[CheckedHook, ...]:
        return tuple(
            hook
            for hook in self.hooks
            if not (hook.hook and hook.hook.manual) and (not hook.ok or (self.strict and hook.weak))
        )

    @property
    def holds(self) -> bool:
        return not self.failing and any(hook.ok for hook in self.hooks)

    @property
    def proven(self) -> bool:
        """Whether every hook holds, and by more than that a file is there."""
        return bool(self.hooks) and all(hook.ok and not hook.weak for hook in self.hooks)

    @property
    def complaint(self) -> str:
        """Say what does not hold, and where it is asked for, in one line; nothing where all does."""
        return self._said(f" ({self.failing[0].location})") if self.failing else ""

    @property
    def trouble(self) -> str:
        """Say the same for those who know where it is asked for."""
        return self._said("") if self.failing else ""

    def _said(self, where: str) -> str:
        first, *more = self.failing
        reason = first.reason or "holds only weakly"
        detail = f" [{first.detail}]" if first.detail else ""
        rest = f", and {len(more)} more" if more else ""
        return f"{reason}: {first.raw}{detail}{where}{rest}"

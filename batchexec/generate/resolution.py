"""Proposes what to do about missing paths, where it is clear which of the similar files is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.model import Resolution
from batchexec.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from batchexec.model import Candidate

_CERTAIN = 90
_LIKELY = 80
_AHEAD = 15


def usable(naming: Resolution, tasks_path: str) -> Resolution:
    """Leave to a person what cannot be done: a tasks.md outside the repository is never written."""
    is_outside = tasks_path.startswith(("/", "../"))
    return Resolution.MANUAL if is_outside and naming is Resolution.UPDATE_EVIDENCE else naming


def resolve(
    missing: Sequence[str], similar: Sequence[Candidate], fitting: Collection[str] | None, naming: Resolution
) -> str:
    """
    Propose a resolution for the paths that are missing, or none.

    The similar files are known by task, not by path: where two paths share
    them, the best one could be taken for both, so a person has to look.
    `fitting` are the files that hold what is asked for; where it is None
    nobody looked, and similarity alone counts.
    """
    if not missing or not similar:
        return ""
    if len({role_of(path) for path in missing}) < len(missing):
        return Resolution.MANUAL
    winners = [_winner(path, missing, similar) for path in missing]
    is_clear = all(winner and (fitting is None or winner in fitting) for winner in winners)
    return naming if is_clear else ""


def _winner(path: str, missing: Sequence[str], similar: Sequence[Candidate]) -> str:
    """Name the one of the files that the reader will give to this path that is clearly ahead, if any is."""
    others = {role_of(one) for one in missing} - {role_of(path)}
    candidates = sorted((c for c in similar if role_of(c.path) not in others), key=lambda c: -c.similarity)
    if not candidates:
        return ""
    first, second = candidates[0].similarity, candidates[1].similarity if candidates[1:] else 0
    clear = first - second >= _AHEAD if first < _CERTAIN else first > second
    return candidates[0].path if first >= _LIKELY and clear else ""

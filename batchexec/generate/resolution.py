"""Says whether it is clear which of the similar files is meant by a path that is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchexec.model import Resolution
from batchexec.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchexec.model import Candidate

_CERTAIN = 90
_LIKELY = 80
_AHEAD = 15


def resolve(missing: Sequence[str], similar: Sequence[Candidate]) -> str:
    """
    Propose a resolution for the paths that are missing, or none.

    The similar files are known by task, not by path: where two paths share
    them, the best one could be taken for both, so a person has to look.
    """
    if not missing or not similar:
        return ""
    if len({role_of(path) for path in missing}) < len(missing):
        return Resolution.MANUAL
    is_clear = all(_has_winner(path, missing, similar) for path in missing)
    return Resolution.UPDATE_EVIDENCE if is_clear else ""


def _has_winner(path: str, missing: Sequence[str], similar: Sequence[Candidate]) -> bool:
    """Say whether one of the files that the reader will give to this path is clearly ahead."""
    roles = {role_of(one) for one in missing}
    fitting = [c.similarity for c in similar if role_of(c.path) not in roles - {role_of(path)}]
    first, second = sorted([*fitting, 0, 0], reverse=True)[:2]
    clear = first - second >= _AHEAD if first < _CERTAIN else first > second
    return first >= _LIKELY and clear

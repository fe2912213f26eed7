"""The user's index, after HEAD moved on below it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from batchexec.git.trees import Blob, Trees, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TRIES = 10
_PAUSE_S = 0.1


class Index(Trees):
    def refresh_index(self, paths: Iterable[str], old_tree: str) -> bool:
        """
        Let the entries of these paths be as HEAD has them where they were as the old tree has them.

        What the user staged stays. Says whether it was done: where another git
        holds the index for a second it is not, and nothing is lost by that.
        """
        changed = {one.path: one.after for one in self.differences(old_tree, "HEAD")}
        listing = self.tell("diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", old_tree)
        staged = {one.path for one in differences(listing)}
        entries = {path: changed[path] for path in {*paths} & changed.keys() - staged}
        return not entries or self._enter_patiently(entries)

    def _enter_patiently(self, entries: Mapping[str, Blob | None]) -> bool:
        for _ in range(_TRIES):
            answer = self.enter(entries)
            if answer.code == 0:
                return True
            if "index.lock" not in answer.said:
                raise self.error(("update-index",), answer)
            time.sleep(_PAUSE_S)
        return False

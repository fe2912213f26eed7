"""A repository with all that can be asked of it and done to it."""

from __future__ import annotations

from batchexec.git.commits import Commits
from batchexec.git.guarding import Guarding
from batchexec.git.history import History
from batchexec.git.merging import Merging
from batchexec.git.obstacles import Obstacles


class Repository(Commits, Merging, Obstacles, Guarding, History):
    """See the modules it is put together from, each for one idea."""

"""Asks git, the one place that does: safe from what a repository and its surroundings may configure."""

from __future__ import annotations

from batchexec.git.commits import Committed
from batchexec.git.files import known_files
from batchexec.git.finding import refusal, repository
from batchexec.git.merging import Merged
from batchexec.git.program import OLDEST
from batchexec.git.refs import Head, kept_ref
from batchexec.git.repository import Repository
from batchexec.git.trees import REPOSITORY, Blob, Difference

__all__ = [
    "OLDEST",
    "REPOSITORY",
    "Blob",
    "Committed",
    "Difference",
    "Head",
    "Merged",
    "Repository",
    "kept_ref",
    "known_files",
    "refusal",
    "repository",
]

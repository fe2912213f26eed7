"""What the words that only read have in common: a batch opened without carrying anything out."""

from __future__ import annotations

import contextlib
import io
import re
from typing import TYPE_CHECKING

from doit.dependency import JSONCodec
from doit.exceptions import InvalidDodoFile

from batchexec.engine import MARKER
from batchexec.engine.backend import Backend
from batchexec.engine.main import BatchLoader
from batchexec.engine.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRP = re.compile(r"(?:prp:)?PRP-([0-9]{1,18})(?:\.[0-9]{1,18}){2}")
_NOWHERE = {"dodoFile": "dodo.py", "cwdPath": None, "seek_file": False}


def find_site() -> Site:
    """Return the batch of the current directory, with or without a dodo.py."""
    loader = BatchLoader()
    # A dodo.py is free to print; what stands on stdout here is the answer alone.
    with contextlib.redirect_stdout(io.StringIO()):
        loader.setup(_NOWHERE)
    site = loader.load_doit_config()[MARKER]
    assert isinstance(site, Site)
    return site


def choose_batch(site: Site, word: str) -> None:
    """Let the id of a PRP say which batch is meant, whatever the settings choose."""
    found = _PRP.fullmatch(word)
    if found:
        site.options = {**site.options, "batch": found[1]}


@contextlib.contextmanager
def reading(site: Site) -> Iterator[Backend]:
    """Open a batch's books for reading, whether or not a run is writing them."""
    backend = Backend(str(site.state / "run.db"), JSONCodec())
    try:
        backend.database  # noqa: B018  # opened here, so that what is wrong with it is an error of ours
    except InvalidDodoFile as error:
        raise error.__cause__ or error from None
    try:
        yield backend
    finally:
        backend.close()

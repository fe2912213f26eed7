"""Has a word answered, and tells what went wrong around it: a full disk, a tree nobody may write into."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from batchexec.errors import StateError, WorkspaceError
from batchexec.plans.creation import Ending
from batchexec.wording import printable

if TYPE_CHECKING:
    import argparse

EXIT = {Ending.DONE: 0, Ending.FAILED: 1, Ending.REFUSED: 3, Ending.CANCELLED: 4}
"""Exit statuses; 3 means that nothing was started."""


def answer(module: str, arguments: argparse.Namespace) -> int:
    word = import_module(f"batchexec.engine.commands.plans.{module}")
    try:
        code: int = word.main(arguments)
    except BrokenPipeError:
        raise
    except (WorkspaceError, StateError) as error:
        sys.stderr.write(printable(f"{error}\n"))
        return EXIT[Ending.FAILED]
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(printable(f"error: {where}{error.strerror or error}\n"))
        return EXIT[Ending.FAILED]
    return code

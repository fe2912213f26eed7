"""`batchexec verify FILE`: checks the evidence of one tasks.md, with or without a batch around it."""

from __future__ import annotations

import os
import sys
import time
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec import __version__, settings
from batchexec.engine.outline import outline
from batchexec.errors import Problem, SettingsError, WorkspaceError
from batchexec.evidence import Commands
from batchexec.redaction import Redactor
from batchexec.sources.files import shown
from batchexec.verification.document import as_json
from batchexec.verify import dump, save, verify_file
from batchexec.wording import show_all_characters

if TYPE_CHECKING:
    import argparse

EXIT_IO = 74


def main(args: argparse.Namespace) -> int:
    batch = _batch(args.file)
    root = _root(batch, args.repo_root)
    run_commands = args.run_commands or (batch is not None and batch.run_commands)
    strict = args.strict or (batch is not None and batch.strict)
    redact = Redactor(os.environ, batch.redact if batch else ()).text
    commands = Commands(root, redact=redact) if run_commands else None
    verification = verify_file(args.file, root, commands=commands, strict=strict)
    show_all_characters()
    if not args.json:
        sys.stdout.write(outline(verification, shown(args.file)))
    try:
        directory, document = save(root, verification, time.time(), batch.templates if batch else None)
    except WorkspaceError:
        if args.json:
            sys.stdout.write(dump(as_json(verification, run_id="", generated_at="", version=__version__)))
        raise
    except OSError as error:
        sys.stderr.write(f"error: the report cannot be written: {error}\n")
        return EXIT_IO
    sys.stdout.write(dump(document) if args.json else f"Report: {shown(root / directory)}/report.md\n")
    return 0 if verification.verified == len(verification.tasks) else 1


def _batch(file: Path) -> settings.Settings | None:
    """Find the settings of the batch a list is in."""
    here = file.absolute().parent
    # Path.is_file raises where a directory may not be looked into.
    found = (one for one in (here, *here.parents) if isfile(one / settings.FILE))  # noqa: PTH113
    home = next(found, None)
    return settings.load(home) if home else None


def _root(batch: settings.Settings | None, given: Path | None) -> Path:
    if given is None:
        return batch.repo_root if batch else Path.cwd()
    if not given.is_dir():
        raise SettingsError(Problem(None, f"--repo-root: {given} is no directory"))
    return given.absolute()

"""`batchexec verify FILE`: checks the evidence of one tasks.md, with or without a batch around it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from batchexec import settings
from batchexec.engine.outline import outline
from batchexec.errors import Problem, SettingsError
from batchexec.evidence import Commands
from batchexec.sources.files import shown
from batchexec.verify import dump, save, verify_file
from batchexec.wording import show_all_characters

if TYPE_CHECKING:
    import argparse


def main(args: argparse.Namespace) -> int:
    root, templates = _root(args.file, args.repo_root)
    commands = Commands(root) if args.run_commands else None
    verification = verify_file(args.file, root, commands=commands, strict=args.strict)
    directory, document = save(root, verification, time.time(), templates)
    show_all_characters()
    if args.json:
        sys.stdout.write(dump(document))
    else:
        sys.stdout.write(
            f"{outline(verification, shown(args.file))}Report: {shown(root / directory)}/report.md\n"
        )
    return 0 if verification.verified == len(verification.tasks) else 1


def _root(file: Path, given: Path | None) -> tuple[Path, Path | None]:
    """Find what the paths of a tasks.md start at, and the templates of the batch it is in."""
    if given is not None:
        if not given.is_dir():
            raise SettingsError(Problem(None, f"--repo-root: {given} is no directory"))
        return given.absolute(), None
    here = file.absolute().parent
    for home in (here, *here.parents):
        if (home / settings.FILE).is_file():
            found = settings.load(home)
            return found.repo_root, found.templates
    return Path.cwd(), None

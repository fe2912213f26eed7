"""`batchexec plan_fill`: asks for what is missing in new documents, and puts an answer in its places."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from batchexec.engine.commands.plans.answering import EXIT
from batchexec.engine.commands.plans.opening import journal_of, open_plan, read_text
from batchexec.engine.commands.plans.project import answered, check_answerer, keep, templates
from batchexec.engine.commands.plans.saying import SCHEMA_VERSION, say, say_json, tell
from batchexec.plans.creation import Ending, filling
from batchexec.plans.creation.places import shown
from batchexec.plans.naming import typed
from batchexec.wording import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from batchexec.plans import Loaded
    from batchexec.plans.creation.filling import Filled, Wanted


def main(arguments: argparse.Namespace) -> int:
    loaded = open_plan(arguments)
    files = filling.wanted(loaded, arguments.ids)
    if arguments.answer is not None:
        text = read_text(arguments.answer, "the answer")
        return _saved(loaded, filling.as_asked(journal_of(loaded), files), text, arguments)
    if arguments.run:
        check_answerer(loaded.workspace)
    if not files:
        if arguments.json:
            say_json({"schema_version": SCHEMA_VERSION, "files": [], "prompt": None})
        else:
            say("✅ Nothing is left to fill")
        return EXIT[Ending.DONE]
    prompt = filling.prompt(loaded, files, templates(loaded.workspace))
    if arguments.run:
        return _run(loaded, files, prompt, arguments)
    return _asked(loaded, files, prompt, arguments)


def _asked(loaded: Loaded, files: Sequence[Wanted], prompt: str, arguments: argparse.Namespace) -> int:
    with suppress(OSError):  # where nothing can be noted, an answer goes by the files as they are then
        filling.remember(journal_of(loaded), files)
    if arguments.json:
        asked = [{"file": shown(one.file, loaded), "id": one.id, "count": one.count} for one in files]
        say_json({"schema_version": SCHEMA_VERSION, "files": asked, "prompt": prompt})
    else:
        say(prompt)
    return EXIT[Ending.DONE]


def _run(loaded: Loaded, files: Sequence[Wanted], prompt: str, arguments: argparse.Namespace) -> int:
    if not (arguments.quiet or arguments.json):
        tell(f"Asking for {plural(len(files), 'file')}: {', '.join(one.file.name for one in files)}")
    text = answered(loaded, arguments.name, prompt)
    if not text:
        return EXIT[Ending.FAILED]
    code = _saved(loaded, files, text, arguments)
    if code:
        tell(f"The answer is kept in {keep(journal_of(loaded), arguments.name, text)}")
    return code


def _saved(loaded: Loaded, files: Sequence[Wanted], text: str, arguments: argparse.Namespace) -> int:
    command = loaded.naming.command(
        arguments.name, *(("--ids", ",".join(arguments.ids)) if arguments.ids else ())
    )
    answer = filling.parse_answer(text, files)
    filled = filling.save(loaded, files, answer, journal_of(loaded), command)
    if arguments.json:
        say_json(_document(filled))
    else:
        say("".join(f"{line}\n" for line in _lines(filled, command)))
    return EXIT[filled.ending]


def _lines(filled: Filled, command: Sequence[str]) -> Iterator[str]:
    if filled.filled:
        yield f"✅ Filled {plural(len(filled.filled), 'file')}:"
        for file, left in filled.filled:
            yield f"  - {file}{f' ({left} left to fill)' if left else ''}"
    if filled.errors:
        yield f"❌ Errors ({len(filled.errors)}):"
        for file, why in filled.errors:
            yield f"  - {file}: {why}" if file else f"  - {why}"
    if filled.errors or not filled.filled:
        yield f"Next: {typed(command)}"


def _document(filled: Filled) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "filled": [{"file": file, "left": left} for file, left in filled.filled],
        "errors": [{"file": file or None, "message": why} for file, why in filled.errors],
        "run_id": filled.run_id or None,
    }

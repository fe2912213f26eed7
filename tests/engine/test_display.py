"""On a terminal a run is a live display; everywhere else it is plain lines."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from bench import section

if TYPE_CHECKING:
    from bench import Batch


def on_a_terminal(batch: Batch, *words: str, **environment: str) -> str:
    """Run doit on a pseudo terminal and return all it wrote there."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in batch.environment().items() if name not in ("CI", "NO_COLOR")}
    run = subprocess.Popen(
        batch.command("doit", *words),
        cwd=batch.root,
        env=kept | {"TERM": "xterm-256color"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    _, errors = run.communicate(timeout=30)
    assert errors == b"", errors.decode()
    return shown.decode()


def text_of(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")


@pytest.fixture
def slow(batch: Batch) -> Batch:
    batch.prompts(*(section(f"TASK-00{n}", f"Make [bold]{n}[/nothing]", body="x") for n in range(1, 5)))
    batch.replay(
        "tasks:\n  TASK-002: {status: failed, error: 'no luck'}\n"
        "default: {delay_s: 0.6, files: {'out/{id}.txt': '{id}'}}\n"
    )
    return batch


def test_the_display_shows_what_is_running_and_how_far_it_is(slow: Batch) -> None:
    shown = on_a_terminal(slow, "-n", "2")

    text = text_of(shown)
    assert re.search(r"⏳ +0s  TASK-001: Make \[bold\]1\[/nothing\]", text)
    assert re.search(r"3/4 ✅ 2  ❌ 1", text)
    assert "left" in text
    assert "❌ Failed: no luck" in text
    assert "   Successful: 3/4 (75%)" in text


def test_tasks_that_are_up_to_date_are_only_counted_there(slow: Batch) -> None:
    slow.doit("-n", "4")

    text = text_of(on_a_terminal(slow))

    assert "Up to date" not in text
    assert "⏭️ 3" in text


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}])
def test_a_terminal_that_cannot_be_redrawn_gets_plain_lines(slow: Batch, environment: dict[str, str]) -> None:
    shown = on_a_terminal(slow, "-n", "4", **environment)

    assert "\x1b" not in shown
    assert "⏳" not in shown
    assert "[4/4] " in shown


def test_no_color_is_honoured(slow: Batch) -> None:
    shown = on_a_terminal(slow, "-n", "4", NO_COLOR="1")

    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", shown)

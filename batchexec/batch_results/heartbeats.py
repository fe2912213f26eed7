"""Heartbeats of the PRPs that are being worked on: a small file each, written by us and by no agent."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from batchexec.batch_results import foreign
from batchexec.batch_results.state import State, heartbeats_name
from batchexec.batch_results.statuses import OVER, BeatStatus
from batchexec.errors import WorkspaceError
from batchexec.model import Change, Operation
from batchexec.sources.prp import canonical, sort_key
from batchexec.workspace import Workspace, digest_of, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

EVERY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """
    How far the work on a PRP is, and when the process `pid` said so.

    `lost` says that this process is dead, and the work was not over; it is found
    out by whoever reads, and never written.
    """

    task_id: str
    status: str = BeatStatus.STARTING
    progress: int = 0
    steps_completed: int = 0
    total_steps: int = 0
    tokens_used: int | None = None
    elapsed_seconds: float = 0.0
    last_update_utc: float | None = None
    last_activity_utc: float | None = None
    pid: int = 0
    attempt: int = 1
    lost: bool = False

    def document(self) -> dict[str, Any]:
        return {
            "task_id": self.task_id,
            "status": str(self.status),
            "progress": min(100, max(0, self.progress)),
            "steps_completed": self.steps_completed,
            "total_steps": self.total_steps,
            "tokens_used": self.tokens_used,
            "elapsed_seconds": round(self.elapsed_seconds),
            "last_update": _moment(self.last_update_utc),
            "last_activity": _moment(self.last_activity_utc),
            "pid": self.pid,
            "attempt": self.attempt,
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any], task_id: str) -> Heartbeat:
        return cls(
            task_id=task_id,
            status=foreign.text(document.get("status")),
            progress=min(100, foreign.count(document.get("progress"))),
            steps_completed=foreign.count(document.get("steps_completed")),
            total_steps=foreign.count(document.get("total_steps")),
            tokens_used=foreign.whole(document.get("tokens_used")),
            elapsed_seconds=foreign.number(document.get("elapsed_seconds")) or 0.0,
            last_update_utc=foreign.utc(document.get("last_update")),
            last_activity_utc=foreign.utc(document.get("last_activity")),
            pid=foreign.count(document.get("pid")),
            attempt=foreign.count(document.get("attempt")),
        )


def heartbeat_path(batch: int, prp_id: str) -> str:
    """Name the file of a PRP's heartbeat in the state directory."""
    return f"{heartbeats_name(batch)}/task-{prp_id}.hb"


def write_heartbeat(
    root: Path, state_dir: Path | str, batch: int, beat: Heartbeat, *, now: float | None = None
) -> None:
    """Replace the heartbeat of a PRP; it is of this moment, unless `now` is another one."""
    stamped = replace(beat, last_update_utc=time.time() if now is None else now)
    text = json.dumps(stamped.document(), indent=1) + "\n"
    State.of(root, state_dir).write(heartbeat_path(batch, beat.task_id), text.encode())


def read_heartbeats(
    root: Path, state_dir: Path | str, batch: int, is_alive: Callable[[Heartbeat], bool]
) -> list[Heartbeat]:
    """
    Read the heartbeats of a batch in the order of their ids.

    `is_alive` says whether the process that wrote one still runs. A file that
    is no heartbeat is passed over: the next one replaces it soon.
    """
    beats = []
    for task_id, data in _files(State.of(root, state_dir), batch):
        try:
            beat = Heartbeat.parse(foreign.parse(data), task_id)
        except ValueError:
            continue
        beats.append(replace(beat, lost=beat.status not in OVER and not is_alive(beat)))
    return sorted(beats, key=lambda beat: sort_key(beat.task_id))


def clear_heartbeats(root: Path, state_dir: Path | str, batch: int) -> None:
    """Take away what earlier runs of a batch left behind; needs its lock."""
    state = State.of(root, state_dir)
    gone = [
        Change(
            operation=Operation.DELETE,
            path=f"{state.name}/{heartbeat_path(batch, task_id)}",
            before=digest_of(data),
            after=None,
        )
        for task_id, data in _files(state, batch)
    ]
    publish(Workspace(state.above), state.path, gone)


def _files(state: State, batch: int) -> Iterator[tuple[str, bytes]]:
    """Yield the heartbeats there are, with the PRPs their names speak of."""
    for path in sorted((state.path / heartbeats_name(batch)).glob("task-*.hb")):
        task_id = path.name.removeprefix("task-").removesuffix(".hb")
        if canonical(task_id) != task_id:
            continue
        try:
            data = state.read(heartbeat_path(batch, task_id))
        except (WorkspaceError, OSError):
            continue
        if data is not None:
            yield task_id, data


def _moment(utc: float | None) -> str | None:
    return None if utc is None else foreign.iso(utc)

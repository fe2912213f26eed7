"""What a batch is told: defaults, batchexec.yaml, the environment and options, as one frozen value."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from batchexec.errors import SettingsError
from batchexec.model import Resolution
from batchexec.settings.gathering import FILE, Gathering
from batchexec.settings.meaning import Meaning
from batchexec.settings.schema import Option, options, schema_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "Commit", "IfExists", "Option", "Settings", "load", "options", "schema_text"]

IfExists = Literal["skip", "overwrite", "fail"]
Commit = Literal["none", "task"]
Conflicts = Literal["serialise", "isolate"]
Commits = Literal["prp", "phases"]
StageBy = Literal["computed", "id", "declared"]
Approve = Literal["never", "gates"]
ManualGates = Literal["allow", "require"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Every setting of a batch; paths are absolute, those in `executors` too.

    `prompts_dir`, `tasks` and `templates` are None where nothing was said and
    nothing stands in the usual place. `executor` holds for the categories that
    `executor_by_category` does not name. `budget` and `prices` hold what was
    said and no more; both are in US dollars, prices for a million tokens.
    Directories of `prp_roots` and `path_map` start at `repo_root`, where nothing else was said;
    `timeout` is in minutes, `stall_kill` in seconds, and `fix_attempts` counts by level of gates.
    `origins` tells for each key who said it: `default`, `batchexec.yaml:7`,
    `BATCHEXEC_SLOTS` or `--max-failures`; for each executor, as `executors.NAME`, where it is described.
    """

    home: Path
    prompts_dir: Path | None
    tasks: Path | None
    repo_root: Path
    dry_run: bool
    checkpoint: bool
    resume: bool
    max_failures: int
    only_category: tuple[str, ...]
    skip_category: tuple[str, ...]
    if_exists: IfExists
    naming: Resolution
    verify_after_each: bool
    verify_at_end: bool
    run_commands: bool
    strict: bool
    slots: int
    executor: tuple[str, ...]
    executor_by_category: Mapping[str, tuple[str, ...]]
    executors: Mapping[str, Mapping[str, Any]]
    attempts: int
    retries: int
    breaker: int
    wait_limit: bool
    budget: Mapping[str, float]
    prices: Mapping[str, Mapping[str, float]]
    protect: tuple[str, ...]
    setup: tuple[str, ...]
    allow_dirty: bool
    commit: Commit
    cache: bool
    refresh: tuple[str, ...]
    redact: tuple[str, ...]
    templates: Path | None
    batch: int | None
    prp_roots: tuple[Path, ...]
    stage: int | None
    stage_by: StageBy
    start_prp: str | None
    prp: tuple[str, ...]
    retry: str | None
    force: bool
    fresh: bool
    assume_done: tuple[str, ...]
    confirm_gate: tuple[str, ...]
    stop_on_error: bool
    merge: bool
    timeout: float
    max_parallel: int
    conflicts: Conflicts
    stage_zero_barrier: bool
    worktrees: bool
    use_declared_worktrees: bool
    commits: Commits
    manual_gates: ManualGates
    gate_timeout_s: float
    fix_attempts: Mapping[int, int]
    path_map: Mapping[str, Path]
    stall_kill: float
    update_status: bool
    results: str
    after_stage: str | None
    after_batch: str | None
    approve: Approve
    origins: Mapping[str, str]


def load(
    home: Path,
    options: Mapping[str, object] = {},
    environ: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
    *,
    makes_root: bool = False,
) -> Settings:
    """
    Read the settings of the batch in `home`: defaults < file < environment < options.

    An option that is None was not given. Text is converted to the type of its
    key. With `makes_root` the batch itself makes `repo_root` before it writes
    there, so that it need not exist yet. Raises SettingsError with everything that is wrong anywhere.
    """
    cwd = (cwd or Path.cwd()).absolute()
    home = cwd / home
    # A dry run changes no file, not even one of ours.
    gathering = Gathering(home, cwd, remembers=not options.get("dry_run"))
    gathering.defaults()
    gathering.file()
    gathering.environment(environ)
    gathering.options(options)
    settings = _settings(gathering, Meaning(gathering, makes_root=makes_root))
    if gathering.problems:
        raise SettingsError(*gathering.problems)
    return settings


def _settings(gathering: Gathering, meaning: Meaning) -> Settings:
    value = {key: given.value for key, given in gathering.given.items()}
    return Settings(
        home=gathering.home,
        prompts_dir=meaning.place("prompts_dir", ".spec/prompts/latest", ".spec/prompts"),
        tasks=meaning.place("tasks", "tasks.md"),
        repo_root=meaning.repo_root(),
        dry_run=value["dry_run"],
        checkpoint=value["checkpoint"],
        resume=value["resume"],
        max_failures=value["max_failures"],
        only_category=meaning.categories("only_category"),
        skip_category=meaning.categories("skip_category"),
        if_exists=value["if_exists"],
        naming=Resolution(value["naming"]),
        verify_after_each=value["verify_after_each"],
        verify_at_end=value["verify_at_end"],
        run_commands=value["run_commands"],
        strict=value["strict"],
        slots=value["slots"],
        executor=meaning.executor(),
        executor_by_category=meaning.executor_by_category(),
        executors=meaning.executors(),
        attempts=value["attempts"],
        retries=value["retries"],
        breaker=value["breaker"],
        wait_limit=value["wait_limit"],
        budget=value["budget"],
        prices=value["prices"],
        protect=meaning.globs("protect"),
        setup=meaning.words("setup"),
        allow_dirty=value["allow_dirty"],
        commit=value["commit"],
        cache=value["cache"],
        refresh=meaning.words("refresh"),
        redact=meaning.patterns("redact"),
        templates=meaning.templates(),
        batch=value["batch"],
        prp_roots=meaning.paths("prp_roots", "repo_root"),
        stage=value["stage"],
        stage_by=value["stage_by"],
        start_prp=value["start_prp"],
        prp=meaning.words("prp"),
        retry=value["retry"],
        force=value["force"],
        fresh=value["fresh"],
        assume_done=meaning.words("assume_done"),
        confirm_gate=meaning.words("confirm_gate"),
        stop_on_error=value["stop_on_error"],
        merge=value["merge"],
        timeout=value["timeout"],
        max_parallel=value["max_parallel"],
        conflicts=value["conflicts"],
        stage_zero_barrier=value["stage_zero_barrier"],
        worktrees=value["worktrees"],
        use_declared_worktrees=value["use_declared_worktrees"],
        commits=value["commits"],
        manual_gates=value["manual_gates"],
        gate_timeout_s=value["gate_timeout_s"],
        fix_attempts={int(level): count for level, count in value["fix_attempts"].items()},
        path_map=meaning.path_map("path_map", "repo_root"),
        stall_kill=value["stall_kill"],
        update_status=value["update_status"],
        results=meaning.inside("results"),
        after_stage=value["after_stage"],
        after_batch=value["after_batch"],
        approve=value["approve"],
        origins={key: given.origin for key, given in gathering.given.items()} | meaning.places("executors"),
    )

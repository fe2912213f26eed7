from __future__ import annotations

import json
import os
import stat
import threading
import time
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Any

import pytest
from apply_bench import RUN, task

from batchexec.executors import Attempt, Executor
from batchexec.executors.agent import PRESETS, Agent
from batchexec.model import HookLine, Location, Outcome, Status, Task, Trouble, Usage
from batchexec.workspace import Stage, Workspace

INIT = json.dumps({"type": "system", "subtype": "init", "session_id": "s-1"})
DONE = json.dumps(
    {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "Done.",
        "total_cost_usd": 0.25,
        "usage": {"input_tokens": 1000, "output_tokens": 5},
    }
)
TURN = json.dumps(
    {"type": "turn.completed", "usage": {"input_tokens": 2_000_000, "output_tokens": 1_000_000}}
)


@dataclass
class Place:
    """A directory an agent works in, a script that is its program, and what came into the log."""

    base: Path
    log: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.base / "tree"

    def script(self, text: str, name: str = "agent.sh") -> str:
        path = self.base / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return f"./{name}"

    def shell(self, text: str, **spec: object) -> Agent:
        return Agent.make({"command": [self.script(text)], **spec}, self.base)

    def preset(self, name: str, text: str, **spec: object) -> Agent:
        return Agent.make({"preset": name, "program": self.script(text), **spec}, self.base)

    def run(self, agent: Agent, one: Task | None = None, **attempt: object) -> Outcome:
        stage = Stage(Workspace(self.root), self.base / "stage")
        told = replace(Attempt(run=RUN, log=self.log.append), **attempt)  # type: ignore[arg-type]
        return agent.execute(one or task(outputs=("a.py",)), stage, told)

    def file(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    @property
    def logged(self) -> str:
        return b"".join(self.log).decode()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "tree").mkdir()
    return Place(tmp_path)


def test_an_agent_works_in_the_directory_of_the_attempt(place: Place) -> None:
    agent: Executor = place.shell("pwd; echo 'a = 1' > a.py")
    assert isinstance(agent, Agent)
    assert place.run(agent) == Outcome(status=Status.PASSED)
    assert place.file("a.py") == "a = 1\n"
    assert str(place.root) in place.logged


def test_the_prompt_comes_by_standard_input_where_no_word_asks_for_it(place: Place) -> None:
    one = replace(
        task(outputs=("src/a.py", "b`c.md")),
        prompt="Write {{ totals }}.\n\n" + "long " * 60_000,
        evidence=(HookLine("file:src/a.py", Location("tasks.md", 3)),),
    )
    assert place.run(place.shell("cat > prompt"), one).passed
    prompt = place.file("prompt")
    assert prompt.startswith("Task TASK-1: Add totals\n\nWrite {{ totals }}.\n\nlong long")
    assert "\n- `src/a.py`\n- ``b`c.md``\n" in prompt
    assert "\n- `file:src/a.py`\n" in prompt
    assert "What went wrong before" not in prompt
    assert len(prompt) > 300_000


def test_why_the_attempt_before_failed_is_told(place: Place) -> None:
    assert place.run(place.shell("cat > prompt"), number=2, previous="1 failed\n```\nE assert").passed
    assert place.file("prompt").endswith(
        "Here is why; mend this above all:\n\n````text\n1 failed\n```\nE assert\n````\n"
    )


def test_a_task_without_files_is_told_so(place: Place) -> None:
    assert place.run(place.shell("cat > prompt"), task()).passed
    assert "The task names no files of its own" in place.file("prompt")


def test_the_prompt_can_be_an_argument(place: Place) -> None:
    program = place.script('echo "$1" > prompt; cat > stdin')
    agent = Agent.make({"command": [program, "{prompt}"]}, place.base)
    assert place.run(agent).passed
    assert place.file("prompt").startswith("Task TASK-1: Add totals\n")
    assert place.file("stdin") == ""
    assert place.logged.splitlines()[0] == f"$ {place.base}/agent.sh '{{prompt}}'"


def test_the_prompt_can_be_a_file_that_is_gone_afterwards(place: Place) -> None:
    program = place.script('cp "$1" prompt; echo "$1" > name; cat > stdin')
    agent = Agent.make({"command": [program, "{prompt_file}"]}, place.base)
    assert place.run(agent).passed
    assert place.file("prompt").startswith("Task TASK-1: Add totals\n")
    assert place.file("stdin") == ""
    assert not Path(place.file("name").strip()).parent.exists()


@pytest.mark.parametrize("text", ["x" * 131_072, "a\0b"])
def test_a_prompt_that_can_be_no_argument_is_told_before_anything_is_spent(place: Place, text: str) -> None:
    program = place.script("touch started")
    agent = Agent.make({"command": [program, "{prompt}"]}, place.base)
    assert place.run(agent, replace(task(), prompt=text)) == Outcome(
        status=Status.ERROR,
        summary="agent.sh: the prompt cannot be passed as an argument",
        hint="without {prompt} it goes to standard input, with {prompt_file} into a file",
        trouble=Trouble.DETERMINISTIC,
    )
    assert list(place.root.iterdir()) == []


def test_what_it_used_comes_from_its_events(place: Place) -> None:
    outcome = place.run(place.preset("claude", f"echo '{INIT}'; echo '{DONE}'"))
    assert outcome == Outcome(status=Status.PASSED, usage=Usage(1000, 5, cost_usd=0.25))
    assert place.logged.splitlines()[-1].endswith(" s, session s-1, 1,000 tokens in, 5 out, 0.2500 USD")


def test_what_it_cost_comes_from_the_table_where_it_does_not_say(place: Place) -> None:
    prices = {"m": {"input": 1.0, "output": 3.0}}
    agent = place.preset("codex", f"echo '{TURN}'", model="m", prices=prices)
    assert place.run(agent).usage == Usage(2_000_000, 1_000_000, cost_usd=5.0)
    assert place.run(place.preset("codex", f"echo '{TURN}'", model="n", prices=prices)).usage == Usage(
        2_000_000, 1_000_000
    )


def test_the_budget_is_told_to_a_program_that_takes_one(place: Place) -> None:
    knows = f'[ "$1" = --help ] && exec echo "--max-budget-usd <n>"; echo "$@"; echo \'{DONE}\''
    assert place.run(place.preset("claude", knows), budget_usd=0.5).passed
    assert "\n-p --verbose" in place.logged
    assert " --max-budget-usd 0.50\n" in place.logged


def test_the_budget_is_not_told_to_a_version_that_does_not_take_it(place: Place) -> None:
    knows = f'[ "$1" = --help ] && exec echo usage; echo "$@"; echo \'{DONE}\''
    assert place.run(place.preset("claude", knows), budget_usd=0.5).passed
    assert "--max-budget-usd" not in place.logged


def test_a_program_that_hangs_after_its_last_event_is_ended(place: Place) -> None:
    agent = place.preset("claude", f"touch a.py; echo '{INIT}'; echo '{DONE}'; sleep 300")
    begun = time.monotonic()
    outcome = place.run(replace(agent, linger_s=0.1))
    assert outcome == Outcome(
        status=Status.PASSED,
        usage=Usage(1000, 5, cost_usd=0.25),
        notes=("claude did not leave after it was done, and was ended",),
    )
    assert time.monotonic() - begun < 5


def test_a_command_has_time_for_more_after_the_events_of_a_program_in_it(place: Place) -> None:
    agent = place.shell(f"echo '{DONE}'; sleep 0.3; touch later")
    assert agent.linger_s == 60
    assert place.run(agent) == Outcome(status=Status.PASSED, usage=Usage(1000, 5, cost_usd=0.25))
    assert (place.root / "later").exists()


@pytest.mark.parametrize(
    ("script", "limits", "status", "summary"),
    [
        ("sleep 300", {"start_s": 0.3}, Status.STALLED, "it said nothing in its first 0.3 s"),
        ("echo hi; sleep 300", {"silence_s": 0.3}, Status.STALLED, "it said nothing for 0.3 s"),
        (
            "while :; do echo working; sleep 0.05; done",
            {"timeout_s": 0.5, "silence_s": 5},
            Status.TIMEOUT,
            "it was not done after 0.5 s",
        ),
    ],
)
def test_a_program_that_takes_too_long_is_ended(
    place: Place, script: str, limits: dict[str, float], status: Status, summary: str
) -> None:
    outcome = place.run(place.shell(script, **limits))
    assert (outcome.status, outcome.summary, outcome.trouble) == (status, f"agent.sh: {summary}", None)


@pytest.mark.parametrize(
    ("script", "own", "given", "status", "summary", "hint"),
    [
        (
            "sleep 300",
            {"start_s": 0.1, "silence_s": 0.1},
            {"stall_s": 0.6},
            Status.STALLED,
            "stalled: no activity for 0.6 s",
            "stall_kill allows more",
        ),
        (
            "echo hi; sleep 0.8; touch a.py; exit 0",
            {"start_s": 0.1, "silence_s": 0.1},
            {"stall_s": inf},
            Status.PASSED,
            "",
            "",
        ),
        (
            "while sleep 0.1; do touch a.py; done",
            {"timeout_s": 60},
            {"stall_s": 0.5, "timeout_s": 1.2},
            Status.TIMEOUT,
            "agent.sh: it was not done after 1.2 s",
            "timeout allows more",
        ),
        (
            "sleep 300",
            {"timeout_s": 0.3},
            {"timeout_s": 60},
            Status.TIMEOUT,
            "agent.sh: it was not done after 0.3 s",
            "timeout_s allows more",
        ),
        (
            "sleep 300",
            {"silence_s": 0.3},
            {"timeout_s": 60, "quiet_s": 60},
            Status.STALLED,
            "agent.sh: it said nothing in its first 0.3 s",
            "try {base}/agent.sh by hand: it may wait for a login",
        ),
    ],
)
def test_limits_of_the_attempt_go_before_those_of_the_agent(
    place: Place,
    script: str,
    own: dict[str, float],
    given: dict[str, Any],
    status: Status,
    summary: str,
    hint: str,
) -> None:
    found = place.run(place.shell(script, **own), **given)
    assert found == Outcome(status=status, summary=summary, hint=hint.replace("{base}", str(place.base)))


def test_it_is_told_that_an_agent_is_silent(place: Place) -> None:
    told: list[float] = []
    place.run(place.shell("sleep 1"), quiet_s=0.3, quiet=told.append)
    assert told == [0.3]


def test_a_key_that_is_refused_for_ever_ends_as_that(place: Place) -> None:
    script = "while :; do echo 'API Error: 401 invalid x-api-key, retrying' >&2; sleep 0.05; done"
    assert place.run(place.shell(script, timeout_s=0.5)) == Outcome(
        status=Status.ERROR,
        summary="agent.sh: API Error: 401 invalid x-api-key, retrying",
        hint=f"try {place.base}/agent.sh by hand: it may wait for a login",
        trouble=Trouble.DETERMINISTIC,
    )


@pytest.mark.slow
def test_a_program_that_floods_is_ended(place: Place) -> None:
    outcome = place.run(place.shell("exec yes $(seq 200)", timeout_s=60))
    assert outcome.summary == "agent.sh: it was ended for printing more than 64 MB"


def test_an_exit_status_says_that_it_failed(place: Place) -> None:
    assert place.run(place.shell("echo 'cannot find it' >&2; exit 4")) == Outcome(
        status=Status.FAILED,
        summary="agent.sh: it ended with status 4: cannot find it",
        trouble=Trouble.QUALITY,
    )


def test_stopping_the_run_ends_the_program(place: Place) -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    outcome = place.run(place.shell("sleep 300"), cancelled=stop.is_set, wait=stop.wait)
    assert outcome == Outcome(status=Status.INTERRUPTED, summary="interrupted")
    assert time.monotonic() - begun < 5


def test_a_program_that_went_away_is_no_fault_of_the_task(place: Place) -> None:
    agent = place.shell("true")
    (place.base / "agent.sh").unlink()
    assert place.run(agent) == Outcome(
        status=Status.ERROR,
        summary=f"agent: there is no program {place.base}/agent.sh that can be started",
        hint="the command names it",
        trouble=Trouble.DETERMINISTIC,
    )


def test_a_secret_does_not_get_out_by_the_reason(place: Place) -> None:
    agent = place.shell("echo 'my key is hunter22'; exit 1")
    outcome = place.run(agent, redact=lambda text: text.replace("hunter22", "***"))
    assert outcome.summary == "agent.sh: it ended with status 1: my key is ***"


def test_a_program_sees_its_own_keys_and_no_others(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "ANTHROPIC_API_KEY": "one",
        "OPENAI_API_KEY": "two",
        "NPM_TOKEN": "three",
        "GIT_DIR": "/nowhere",
        "CLAUDECODE": "1",
        "PLAIN": "four",
        "DISABLE_TELEMETRY": "0",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    agent = place.preset("claude", f"env > env; echo '{DONE}'")
    seen = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "NPM_TOKEN", "GIT_DIR", "CLAUDECODE", "PLAIN")

    def sees(agent: Agent) -> dict[str, str]:
        assert place.run(agent).passed
        lines = (line.partition("=") for line in place.file("env").splitlines())
        return {name: value for name, _, value in lines if name in (*seen, "DISABLE_TELEMETRY", "EXTRA")}

    quiet = {"DISABLE_TELEMETRY": "1"}
    assert sees(agent) == {"ANTHROPIC_API_KEY": "one", "PLAIN": "four"} | quiet
    more = replace(agent, pass_environment=("NPM_TOKEN", "NOT_SET"), environment={"EXTRA": "e", "PLAIN": "p"})
    assert (
        sees(more) == {"ANTHROPIC_API_KEY": "one", "NPM_TOKEN": "three", "EXTRA": "e", "PLAIN": "p"} | quiet
    )


def test_a_worker_has_a_state_of_its_own_with_the_login_of_the_user(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = place.base / "home"
    (home / ".claude").mkdir(parents=True)
    (home / ".claude/.credentials.json").write_text("login")
    (home / ".claude/history.jsonl").write_text("mine")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    agent = place.preset("claude", f"echo \"$CLAUDE_CONFIG_DIR\" > dir; echo '{DONE}'")
    assert place.run(agent, worker=place.base / "worker").passed
    own = place.base / "worker/claude"
    assert place.file("dir") == f"{own}\n"
    assert [path.name for path in own.iterdir()] == [".credentials.json"]
    assert (own / ".credentials.json").read_text() == "login"
    assert stat.S_IMODE((own / ".credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(own.stat().st_mode) == 0o700


def test_a_login_the_worker_renewed_stays_until_the_user_logs_in_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = place.base / "codex-home"
    theirs.mkdir()
    monkeypatch.setenv("CODEX_HOME", str(theirs))
    login, copy = theirs / "auth.json", place.base / "worker/codex/auth.json"
    agent = place.preset("codex", f"echo '{TURN}'")

    def run_with(age_s: float, text: str) -> str:
        login.write_text(text)
        os.utime(login, (time.time() - age_s, time.time() - age_s))
        assert place.run(agent, worker=place.base / "worker").passed
        return copy.read_text()

    assert run_with(50, "first") == "first"
    copy.write_text("renewed")
    assert run_with(50, "first") == "renewed"
    assert run_with(-50, "second") == "second"


def test_one_attempt_at_a_time_uses_the_state_of_the_user(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_HOME", "/where/it/was")
    assert place.run(place.preset("codex", f"echo \"$CODEX_HOME\" > dir; echo '{TURN}'")).passed
    assert place.file("dir") == "/where/it/was\n"


def test_every_preset_with_a_state_has_a_variable_for_it() -> None:
    states = {name: preset.state.variable for name, preset in PRESETS.items() if preset.state}
    assert states == {
        "claude": "CLAUDE_CONFIG_DIR",
        "codex": "CODEX_HOME",
        "gemini": "GEMINI_CLI_HOME",
        "opencode": "XDG_DATA_HOME",
    }

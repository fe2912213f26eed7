from __future__ import annotations

from pathlib import Path

import pytest

from batchexec.errors import ExecutorError
from batchexec.executors.agent import PRESETS, Agent, command
from batchexec.executors.agent.events import READERS

CLAUDE = (
    *("claude", "-p", "--verbose", "--output-format", "stream-json", "--permission-mode", "acceptEdits"),
    *("--allowedTools=Bash", "--disallowedTools=EnterWorktree,ExitWorktree,CronCreate,ScheduleWakeup"),
)
CODEX = (
    *("codex", "exec", "--json", "--skip-git-repo-check", "--color", "never"),
    *("-c", 'sandbox_mode="workspace-write"', "-c", 'approval_policy="never"'),
    *("-c", "check_for_update_on_startup=false", "-c", "analytics.enabled=false"),
)
GEMINI = ("gemini", "--output-format", "stream-json", "--approval-mode", "yolo", "--skip-trust")
AIDER = (
    *("aider", "--yes-always", "--no-auto-commits", "--no-dirty-commits", "--no-gitignore"),
    *("--map-tokens", "0", "--no-check-update", "--no-analytics", "--no-show-release-notes"),
    *("--no-suggest-shell-commands", "--no-pretty", "--no-stream", "--no-detect-urls"),
    *("--chat-history-file", "/dev/null", "--input-history-file", "/dev/null"),
    *("--message-file", "/tmp/p.md"),
)
VALUES = {"prompt": "do {model}", "prompt_file": "/tmp/p.md", "model": "m", "directory": "/w", "budget": "1"}


def argv(spec: dict[str, object], *, budget: bool = False) -> tuple[str, ...]:
    agent = Agent.make(spec, Path("/project"))
    words = command.template(agent.preset, agent.preset.program, agent.args, model=agent.model, budget=budget)
    return tuple(command.filled(words, {**VALUES, "model": agent.model}))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"preset": "claude"}, CLAUDE),
        ({"preset": "claude", "model": "opus"}, (*CLAUDE, "--model", "opus")),
        ({"preset": "claude", "args": ["--effort", "low"]}, (*CLAUDE, "--effort", "low")),
        ({"preset": "codex"}, (*CODEX, "-")),
        ({"preset": "codex", "model": "m", "args": ["-x"]}, (*CODEX, "--model", "m", "-x", "-")),
        ({"preset": "gemini", "model": "g"}, (*GEMINI, "--model", "g")),
        ({"preset": "aider", "model": "a"}, (*AIDER, "--model", "a")),
        ({"preset": "opencode"}, ("opencode", "run", "--format", "json")),
        ({"preset": "opencode", "program": "bin/oc"}, ("/project/bin/oc", "run", "--format", "json")),
        ({"preset": "opencode", "program": "/oc"}, ("/oc", "run", "--format", "json")),
        ({"command": ["a", "-f", "{prompt_file}"]}, ("a", "-f", "/tmp/p.md")),
        ({"command": ["./a", "in={directory}"], "args": ["b"]}, ("/project/a", "in=/w", "b")),
        ({"command": ["a", "{model}"], "model": "m"}, ("a", "m")),
        ({"command": ["awk", "{print} {}"]}, ("awk", "{print} {}")),
    ],
)
def test_a_command_line_is_made_of_the_preset_and_what_the_user_adds(
    spec: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert argv(spec) == expected


def test_a_budget_is_passed_on_where_the_program_takes_one() -> None:
    assert argv({"preset": "claude"}, budget=True) == (*CLAUDE, "--max-budget-usd", "1")
    assert argv({"preset": "codex"}, budget=True) == argv({"preset": "codex"})


def test_what_a_prompt_holds_is_no_placeholder() -> None:
    assert argv({"command": ["a", "{prompt}"], "model": "m"}) == ("a", "do {model}")


def test_only_the_presets_that_were_driven_count_as_tested() -> None:
    assert {name: preset.version for name, preset in PRESETS.items()} == {
        "claude": "2.1.197",
        "codex": "0.169.0",
        "gemini": "",
        "aider": "",
        "opencode": "",
    }
    assert [name for name, preset in PRESETS.items() if preset.tested] == ["claude", "codex"]


def test_every_preset_has_a_reader_and_says_how_to_get_it() -> None:
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert preset.reader in READERS
        assert preset.install


def test_every_preset_stands_in_the_docs_with_what_it_allows() -> None:
    page = (Path(__file__).parents[3] / "docs/agents.md").read_text(encoding="utf-8")
    for name, preset in PRESETS.items():
        assert f"| `{name}` | {preset.version or 'untested'} |" in page


def test_only_claude_tells_what_it_cost_and_a_table_tells_it_for_the_others(tmp_path: Path) -> None:
    prices = {"m": {"input": 1.0, "output": 2.0}}
    assert Agent.make({"preset": "claude"}, tmp_path).priced
    assert not Agent.make({"preset": "codex", "model": "m"}, tmp_path).priced
    assert Agent.make({"preset": "codex", "model": "m", "prices": prices}, tmp_path).priced
    assert not Agent.make({"command": ["a"], "prices": prices}, tmp_path).priced


def test_the_fingerprint_says_what_shapes_the_answer_and_nothing_else(tmp_path: Path) -> None:
    def fingerprint(base: Path = tmp_path, **spec: object) -> str:
        return Agent.make(spec, base).fingerprint()

    plain = fingerprint(preset="claude")
    same = fingerprint(preset="claude", program="/opt/claude", timeout_s=5, environment={"A": "b"})
    assert plain == same
    others = {
        fingerprint(preset="codex"),
        fingerprint(preset="claude", model="opus"),
        fingerprint(preset="claude", args=["-v"]),
        fingerprint(command=["claude"]),
        fingerprint(command=["./claude"]),
    }
    assert len(others | {plain}) == 6
    inside = str(tmp_path / "run")
    assert fingerprint(command=[inside]) == fingerprint(Path("/other"), command=["/other/run"])


def test_limits_are_long_where_a_program_may_be_silent(tmp_path: Path) -> None:
    def limits(**spec: object) -> tuple[float | None, ...]:
        found = Agent.make(spec, tmp_path).limits
        return (found.start_s, found.silence_s, found.total_s)

    assert limits(preset="claude") == (60, 600, 1800)
    assert limits(preset="claude", silence_s=5) == (5, 5, 1800)
    assert limits(preset="aider") == (600, 600, 1800)
    assert limits(command=["a"], silence_s=70, timeout_s=90) == (70, 70, 90)
    assert limits(command=["a"], start_s=1) == (1, 600, 1800)


NAMES = "claude, codex, gemini, aider, opencode"
LIST = "it is a list of words"
SECONDS = "it is a number of seconds above 0"
BRACES = "agent: unknown word '{promt}' in the command; did you mean {prompt}?"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"presets": "claude"}, "agent has no parameter 'presets'; did you mean preset?"),
        ({"preset": "cloude"}, "agent: preset cannot be 'cloude'; did you mean claude?"),
        ({"preset": 1}, f"agent: preset cannot be 1; it is one of {NAMES}"),
        ({}, f"agent: it has neither a preset nor a command; a preset is one of {NAMES}"),
        (
            {"preset": "codex", "command": ["a"]},
            f"agent: it has both a preset and a command; a preset is one of {NAMES}",
        ),
        (
            {"command": ["a"], "program": "b"},
            "agent: it has both a program and a command; the command names it",
        ),
        ({"command": "a b"}, f"agent: command cannot be 'a b'; {LIST}, the program first"),
        ({"command": []}, f"agent: command cannot be []; {LIST}, the program first"),
        ({"command": ["a", "{promt}"]}, BRACES),
        ({"preset": "codex", "model": ""}, "agent: model cannot be ''; it is text"),
        ({"preset": "codex", "args": "-x"}, f"agent: args cannot be '-x'; {LIST}"),
        ({"preset": "codex", "pass_environment": [1]}, f"agent: pass_environment cannot be [1]; {LIST}"),
        (
            {"preset": "codex", "environment": {"A": 1}},
            "agent: environment cannot be {'A': 1}; it gives every variable a text",
        ),
        ({"preset": "codex", "timeout_s": 0}, f"agent: timeout_s cannot be 0; {SECONDS}"),
        ({"preset": "codex", "silence_s": True}, f"agent: silence_s cannot be True; {SECONDS}"),
        ({"preset": "codex", "start_s": float("inf")}, f"agent: start_s cannot be inf; {SECONDS}"),
        (
            {"preset": "codex", "prices": {"m": {"input": 1}}},
            "prices: m has no output price; USD per million tokens",
        ),
    ],
)
def test_parameters_that_are_wrong_are_refused(spec: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(ExecutorError) as caught:
        Agent.make(spec, tmp_path)
    assert str(caught.value) == f"error: {message}"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"preset": "claude", "program": "no-such-claude"},
            "there is no program no-such-claude that can be started; "  # noqa: ISC004  # one message
            "npm install -g @anthropic-ai/claude-code, or say where it is by program:",
        ),
        (
            {"command": ["/no/agent"]},
            "there is no program /no/agent that can be started; the command names it",
        ),
    ],
)
def test_a_missing_program_is_told_before_a_run(
    spec: dict[str, object], message: str, tmp_path: Path
) -> None:
    assert list(map(str, Agent.make(spec, tmp_path).problems())) == [f"error: agent: {message}"]


def test_a_program_that_is_there_is_no_problem(tmp_path: Path) -> None:
    assert Agent.make({"command": ["sh"]}, tmp_path).problems() == []

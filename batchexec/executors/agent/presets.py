"""The agent programs we know how to start: command line, environment, state of their own, event stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """
    Where a program keeps what it knows of its user, and what of that a worker needs.

    `variable` names the directory, which otherwise is `home`; `files` are
    copied from there into the directory a worker gets for itself.
    """

    variable: str
    home: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """
    How to start one program.

    `argv` are the words after the program, `model` and `budget` those that go
    in where a model is set and a budget can be told, `last` what comes after the
    user's own arguments. Words may hold the placeholders of `command.PLACEHOLDERS`;
    a prompt that stands in no word is the standard input. `keys` are
    variables it may have although they are secrets, `without` those it must
    not see. `reader` follows its events; `ends` says that they have a last
    one. `refused` are exit statuses that mean: not with this setup.
    `version` is the one it was driven with, nothing where it never was.
    """

    name: str
    program: str
    argv: tuple[str, ...]
    model: tuple[str, ...] = ()
    budget: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    reader: str
    ends: bool = False
    costs: bool = False
    keys: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    state: State | None = None
    refused: frozenset[int] = frozenset()
    install: str = ""
    version: str = ""

    @property
    def tested(self) -> bool:
        return bool(self.version)


_OPENAI = ("OPENAI_API_KEY", "OPENAI_BASE_URL")
_ANTHROPIC = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL")
_GEMINI = ("GEMINI_API_KEY", "GOOGLE_API_KEY")

_CLAUDE = Preset(
    name="claude",
    program="claude",
    # acceptEdits lets files be changed in the directory and asks about others, which nobody answers.
    argv=(
        *("-p", "--verbose", "--output-format", "stream-json"),
        *("--permission-mode", "acceptEdits", "--allowedTools=Bash"),
        # What it did there would be lost: in a worktree of its own, or after it has ended.
        "--disallowedTools=EnterWorktree,ExitWorktree,CronCreate,ScheduleWakeup",
    ),
    model=("--model", "{model}"),
    budget=("--max-budget-usd", "{budget}"),
    reader="claude",
    ends=True,
    costs=True,
    keys=(*_ANTHROPIC, "CLAUDE_CODE_OAUTH_TOKEN"),
    # Inside a session of Claude Code these are set, and the inner one would take itself for a part of it.
    without=("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CLAUDE_CODE_SESSION_ID"),
    environment={
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    },
    state=State(
        variable="CLAUDE_CONFIG_DIR",
        home="~/.claude",
        files=(".credentials.json", "settings.json", "CLAUDE.md"),
    ),
    install="npm install -g @anthropic-ai/claude-code",
    version="2.1.197",
)

_CODEX = Preset(
    name="codex",
    program="codex",
    # By -c and not by --sandbox: what the user adds to `args` has the last word.
    argv=(
        *("exec", "--json", "--skip-git-repo-check", "--color", "never"),
        *("-c", 'sandbox_mode="workspace-write"', "-c", 'approval_policy="never"'),
        *("-c", "check_for_update_on_startup=false", "-c", "analytics.enabled=false"),
    ),
    model=("--model", "{model}"),
    last=("-",),
    reader="codex",
    ends=True,
    keys=(*_OPENAI, "CODEX_API_KEY"),
    without=("CODEX_THREAD_ID", "CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED"),
    state=State(variable="CODEX_HOME", home="~/.codex", files=("auth.json", "config.toml", "AGENTS.md")),
    install="npm install -g @openai/codex",
    version="0.169.0",
)

_GEMINI_CLI = Preset(
    name="gemini",
    program="gemini",
    argv=("--output-format", "stream-json", "--approval-mode", "yolo", "--skip-trust"),
    model=("--model", "{model}"),
    reader="gemini",
    ends=True,
    keys=_GEMINI,
    environment={"GEMINI_TELEMETRY_ENABLED": "false"},
    state=State(
        variable="GEMINI_CLI_HOME",
        home="~",
        files=(
            ".gemini/oauth_creds.json",
            ".gemini/google_accounts.json",
            ".gemini/settings.json",
            ".gemini/GEMINI.md",
        ),
    ),
    refused=frozenset({41, 42, 44, 52}),
    install="npm install -g @google/gemini-cli",
)

_AIDER = Preset(
    name="aider",
    program="aider",
    # Without a map and without histories it leaves no files of its own in the directory.
    argv=(
        *("--yes-always", "--no-auto-commits", "--no-dirty-commits", "--no-gitignore", "--map-tokens", "0"),
        *("--no-check-update", "--no-analytics", "--no-show-release-notes", "--no-suggest-shell-commands"),
        *("--no-pretty", "--no-stream", "--no-detect-urls"),
        *("--chat-history-file", "/dev/null", "--input-history-file", "/dev/null"),
        *("--message-file", "{prompt_file}"),
    ),
    model=("--model", "{model}"),
    reader="aider",
    keys=(*_OPENAI, *_ANTHROPIC, *_GEMINI, "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY"),
    install="python3 -m pip install aider-chat",
)

_OPENCODE = Preset(
    name="opencode",
    program="opencode",
    argv=("run", "--format", "json"),
    model=("--model", "{model}"),
    reader="opencode",
    keys=(*_ANTHROPIC, *_OPENAI, *_GEMINI, "OPENROUTER_API_KEY"),
    environment={
        "OPENCODE_CONFIG_CONTENT": (
            '{"autoupdate":false,"share":"disabled",'
            '"permission":{"edit":"allow","bash":"allow","external_directory":"deny"}}'
        ),
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
    },
    state=State(variable="XDG_DATA_HOME", home="~/.local/share", files=("opencode/auth.json",)),
    install="npm install -g opencode-ai",
)

PRESETS = {preset.name: preset for preset in (_CLAUDE, _CODEX, _GEMINI_CLI, _AIDER, _OPENCODE)}


def of_command(words: tuple[str, ...]) -> Preset:
    """Treat any command line as a preset; events of the programs we know are understood in its output."""
    return Preset(name=words[0].rpartition("/")[2], program=words[0], argv=words[1:], reader="any")

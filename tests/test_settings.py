"""Where settings come from, what they mean, and what is said about wrong ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from batchexec.errors import SettingsError
from batchexec.model import Resolution
from batchexec.settings import Settings, load, options, schema_text
from batchexec.settings.schema import broken_rule, converted, keys, long_name, variable

VALUES: dict[str, tuple[str, Any]] = {
    "prompts_dir": ("there", "PATH/there"),
    "tasks": ("plan/tasks.md", "PATH/plan/tasks.md"),
    "repo_root": ("sub", "PATH/sub"),
    "dry_run": ("true", True),
    "checkpoint": ("yes", True),
    "resume": ("on", True),
    "max_failures": ("0", 0),
    "only_category": ("Missing Test, symbol_issues", ("missing_tests", "symbol_issue")),
    "skip_category": ("naming-issue", ("naming_issue",)),
    "if_exists": ("overwrite", "overwrite"),
    "verify_after_each": ("true", True),
    "verify_at_end": ("false", False),
    "run_commands": ("true", True),
    "strict": ("true", True),
    "naming": ("rename", Resolution.RENAME),
    "slots": ("4", 4),
    "executor": ("other, apply", ("other", "apply")),
    "attempts": ("1", 1),
    "retries": ("0", 0),
    "breaker": ("0", 0),
    "wait_limit": ("no", False),
    "protect": ("tests/**, *.toml", ("tests/**", "*.toml")),
    "setup": ("printf a,b", ("printf a,b",)),
    "allow_dirty": ("yes", True),
    "commit": ("task", "task"),
    "cache": ("off", False),
    "refresh": ("TASK-1, TASK-2,TASK-1", ("TASK-1", "TASK-2")),
    "redact": ("x{8,}", ("x{8,}",)),
    "templates": ("sub", "PATH/sub"),
    "batch": ("12", 12),
    "prp_roots": ("PRPs, more/PRPs", ("PATH/PRPs", "PATH/more/PRPs")),
    "stage": ("0", 0),
    "stage_by": ("declared", "declared"),
    "start_prp": ("12.2.1", "12.2.1"),
    "prp": ("PRP-12.2.1, 12.2.2", ("PRP-12.2.1", "12.2.2")),
    "retry": ("PRP-12.2.1", "PRP-12.2.1"),
    "force": ("yes", True),
    "fresh": ("yes", True),
    "assume_done": ("PRP-7.*, 8.1.1", ("PRP-7.*", "8.1.1")),
    "confirm_gate": ("PRP-12.2.1:3", ("PRP-12.2.1:3",)),
    "stop_on_error": ("on", True),
    "merge": ("no", False),
    "timeout": ("7.5", 7.5),
    "max_parallel": ("2", 2),
    "conflicts": ("isolate", "isolate"),
    "stage_zero_barrier": ("true", True),
    "worktrees": ("false", False),
    "use_declared_worktrees": ("true", True),
    "commits": ("phases", "phases"),
    "manual_gates": ("require", "require"),
    "gate_timeout_s": (".5", 0.5),
    "stall_kill": ("0", 0.0),
    "update_status": ("true", True),
    "results": ("./state//prps", "state/prps"),
    "after_stage": ("make review, or not", "make review, or not"),
    "after_batch": ("make metrics", "make metrics"),
    "approve": ("gates", "gates"),
}
"""For each key a value as text and as it is read."""

MAPPINGS: dict[str, tuple[str, Any]] = {
    "executor_by_category": (
        "{Missing Test: other, symbol_issue: [apply, other]}",
        {"missing_tests": ("other",), "symbol_issue": ("apply", "other")},
    ),
    "executors": ("{other: {kind: apply}}", {"other": {"kind": "apply"}}),
    "budget": ("{task: .5, run: 20, day: 5e1}", {"task": 0.5, "run": 20.0, "day": 50.0}),
    "prices": ("{m-1: {input: 0, output: 2.50}}", {"m-1": {"input": 0.0, "output": 2.5}}),
    "fix_attempts": ("{1: 2, 4: 0}", {1: 2, 4: 0}),
    "path_map": ("{/home/ci/work/: ., /srv: lib}", {"/home/ci/work": "PATH/.", "/srv": "PATH/lib"}),
}
"""The same for keys that only the file can say."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a batch in a directory of its own, one below the current directory."""
    home = tmp_path / "home"
    for directory in (home / "sub", tmp_path / "sub"):
        directory.mkdir(parents=True)
    return home


def read(
    home: Path,
    text: str = "",
    options: dict[str, object] | None = None,
    environ: dict[str, str] | None = None,
) -> Settings:
    if text:
        (home / "batchexec.yaml").write_text(text)
    return load(home, options or {}, environ or {}, cwd=home.parent)


def complaints(
    home: Path,
    text: str = "",
    options: dict[str, object] | None = None,
    environ: dict[str, str] | None = None,
) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(home, text, options, environ)
    return str(caught.value).splitlines()


def at(directory: Path, value: Any) -> Any:
    match value:
        case str() if value.startswith("PATH/"):
            return directory / value.removeprefix("PATH/")
        case tuple():
            return tuple(at(directory, item) for item in value)
        case dict():
            return {name: at(directory, item) for name, item in value.items()}
    return value


THERE_ARE = (
    "there are: not_implemented, missing_tests, missing_code, uncategorised, symbol_issue, content_issue, "
    "naming_issue"
)
OTHER = "executors: {other: {kind: apply}}\n"


def test_without_anything_said_the_defaults_hold(home: Path) -> None:
    settings = read(home)
    assert {key: getattr(settings, key) for key in keys()} == {
        "prompts_dir": None,
        "tasks": None,
        "repo_root": home,
        "dry_run": False,
        "checkpoint": False,
        "resume": False,
        "max_failures": 3,
        "only_category": (),
        "skip_category": (),
        "if_exists": "skip",
        "naming": "update-evidence",
        "verify_after_each": False,
        "verify_at_end": True,
        "run_commands": False,
        "strict": False,
        "slots": 1,
        "executor": ("apply",),
        "executor_by_category": {},
        "executors": {},
        "attempts": 2,
        "retries": 5,
        "breaker": 3,
        "wait_limit": True,
        "budget": {},
        "prices": {},
        "protect": (),
        "setup": (),
        "allow_dirty": False,
        "commit": "none",
        "cache": True,
        "refresh": (),
        "redact": (),
        "templates": None,
        "batch": None,
        "prp_roots": (home / "PRPs",),
        "stage": None,
        "stage_by": "computed",
        "start_prp": None,
        "prp": (),
        "retry": None,
        "force": False,
        "fresh": False,
        "assume_done": (),
        "confirm_gate": (),
        "stop_on_error": False,
        "merge": True,
        "timeout": 60,
        "max_parallel": 4,
        "conflicts": "serialise",
        "stage_zero_barrier": False,
        "worktrees": True,
        "use_declared_worktrees": False,
        "commits": "prp",
        "manual_gates": "allow",
        "gate_timeout_s": 600,
        "fix_attempts": {},
        "path_map": {},
        "stall_kill": 600,
        "update_status": False,
        "results": ".ce/orchestration",
        "after_stage": None,
        "after_batch": None,
        "approve": "never",
    }
    assert set(settings.origins.values()) == {"default"}


def test_every_key_has_a_sample_here() -> None:
    assert VALUES.keys() | MAPPINGS.keys() == keys().keys()


@pytest.mark.parametrize("key", MAPPINGS)
def test_a_mapping_can_be_said_in_the_file(home: Path, key: str) -> None:
    text, value = MAPPINGS[key]
    settings = read(home, f"{'' if key == 'executors' else OTHER}{key}: {text}\n")
    assert getattr(settings, key) == at(home, value)


@pytest.mark.parametrize("key", MAPPINGS)
def test_a_mapping_can_be_said_only_in_the_file(home: Path, key: str) -> None:
    assert complaints(home, environ={variable(key): "x"}) == [
        f"error: {variable(key)}: {key} can only be described in batchexec.yaml"
    ]


@pytest.mark.parametrize("key", VALUES)
def test_a_key_can_be_said_in_the_file(home: Path, key: str) -> None:
    text, value = VALUES[key]
    settings = read(home, f"{OTHER}{key}: {text}\n")
    assert getattr(settings, key) == at(home, value)
    assert settings.origins[key] == "home/batchexec.yaml:2"


@pytest.mark.parametrize("key", VALUES)
def test_a_key_can_be_said_in_the_environment(home: Path, key: str) -> None:
    text, value = VALUES[key]
    settings = read(home, OTHER, environ={variable(key): text})
    assert getattr(settings, key) == at(home.parent, value)
    assert settings.origins[key] == variable(key)


@pytest.mark.parametrize("key", [key for key in VALUES if key != "slots"])
def test_a_key_can_be_said_as_an_option(home: Path, key: str) -> None:
    text, value = VALUES[key]
    settings = read(home, OTHER, {key: text})
    assert getattr(settings, key) == at(home.parent, value)
    assert settings.origins[key] == f"--{long_name(key)}"


def test_slots_are_the_option_n_of_doit(home: Path) -> None:
    settings = read(home, options={"slots": 4})
    assert (settings.slots, settings.origins["slots"]) == (4, "-n")


def test_each_source_wins_over_the_one_before(home: Path) -> None:
    text = "max_failures: 5\nslots: 5\ncheckpoint: true\n"
    environ = {"BATCHEXEC_MAX_FAILURES": "6", "BATCHEXEC_SLOTS": "6"}
    settings = read(home, text, {"max_failures": 7, "checkpoint": None}, environ)
    assert (settings.max_failures, settings.slots, settings.checkpoint, settings.resume) == (
        7,
        6,
        True,
        False,
    )
    assert {key: settings.origins[key] for key in ("max_failures", "slots", "checkpoint", "resume")} == {
        "max_failures": "--max-failures",
        "slots": "BATCHEXEC_SLOTS",
        "checkpoint": "home/batchexec.yaml:3",
        "resume": "default",
    }


def test_an_option_may_take_back_what_the_file_says(home: Path) -> None:
    assert not read(home, "dry_run: true\n", {"dry_run": False}).dry_run


@pytest.mark.parametrize(
    ("given", "categories"),
    [
        (["missing_tests", "Symbol Issues,missing-code"], ("missing_tests", "symbol_issue", "missing_code")),
        (["missing_tests", "missing_test"], ("missing_tests",)),
        ([], ()),
    ],
)
def test_a_list_option_may_be_repeated_and_hold_commas(
    home: Path, given: list[str], categories: tuple[str]
) -> None:
    assert read(home, options={"only_category": given}).only_category == categories


def test_a_list_in_the_file_may_be_a_list_or_text(home: Path) -> None:
    settings = read(home, "only_category:\n- Missing Tests\nskip_category: symbol issue, naming issues\n")
    assert settings.only_category == ("missing_tests",)
    assert settings.skip_category == ("symbol_issue", "naming_issue")


def test_an_empty_variable_says_nothing(home: Path) -> None:
    assert read(home, environ={"BATCHEXEC_SLOTS": ""}).slots == 1


def test_a_variable_of_another_part_is_left_alone(home: Path) -> None:
    assert read(home, environ={"BATCHEXEC_FAILPOINT": "prepared", "BATCH": "x"}).slots == 1


def test_executors_keep_their_names_and_their_paths_start_at_the_file(home: Path) -> None:
    settings = read(home, "executor: s\nexecutors:\n  s:\n    kind: replay\n    script: a.yaml\n")
    assert settings.executors == {"s": {"kind": "replay", "script": str(home / "a.yaml")}}


@pytest.mark.parametrize(
    ("said", "program"),
    [
        ("preset: codex, program: codex2", "codex2"),
        ("preset: codex, program: bin/codex", "HOME/bin/codex"),
        ("preset: codex, program: /bin/codex", "/bin/codex"),
        ("command: [python3, ./a.py]", ["python3", "./a.py"]),
        ("command: [./a.py, b/c]", ["HOME/a.py", "b/c"]),
        ("command: [../bin/a]", ["HOME/../bin/a"]),
    ],
)
def test_a_program_with_a_slash_starts_at_the_file(home: Path, said: str, program: str | list[str]) -> None:
    settings = read(home, f"executors: {{a: {{kind: agent, {said}}}}}\n")
    found = settings.executors["a"].get("program", settings.executors["a"].get("command"))
    assert json.dumps(found) == json.dumps(program).replace("HOME", str(home))


def test_the_values_of_an_executor_have_their_types(home: Path) -> None:
    text = (
        "executors:\n  a:\n    kind: agent\n    preset: claude\n    program: bin/claude\n    model: 4\n"
        "    args: [-v, 3]\n    environment: {PORT: 80}\n    timeout_s: 5\n"
        "  r: {kind: replay, run: 20261121_101500, isolated: yes}\n"
        "  p: {kind: api, provider: anthropic, model: m, temperature: 0, max_tokens: 10}\n"
    )
    assert read(home, text).executors == {
        "a": {
            "kind": "agent",
            "preset": "claude",
            "program": str(home / "bin/claude"),
            "model": "4",
            "args": ["-v", "3"],
            "environment": {"PORT": "80"},
            "timeout_s": 5.0,
        },
        "r": {"kind": "replay", "run": "20261121_101500", "isolated": True},
        "p": {"kind": "api", "provider": "anthropic", "model": "m", "temperature": 0.0, "max_tokens": 10},
    }


def test_a_list_of_commands_or_patterns_keeps_its_commas(home: Path) -> None:
    settings = read(home, "setup: ['printf a,b', make]\nredact: ['x{8,}']\nprotect: ['{a,b}.py']\n")
    assert settings.setup == ("printf a,b", "make")
    assert settings.redact == ("x{8,}",)
    assert settings.protect == ("{a,b}.py",)


@pytest.mark.parametrize(
    ("said", "value"),
    [("1", 1.0), ("-1.", -1.0), (".5", 0.5), ("+2.5e-3", 0.0025), ("1e3", 1000.0)],
)
def test_a_number_may_be_written_in_many_ways(said: str, value: float) -> None:
    assert converted(said, {"type": "number"}) == value


@pytest.mark.parametrize("said", ["nan", "inf", "1e999", "1_0", "0x1", "", "١", "9" * 5000, float("nan")])
def test_what_is_no_number_is_refused(said: object) -> None:
    spec = {"type": "number"}
    assert broken_rule(converted(said, spec), spec) == "type"


@pytest.mark.parametrize(
    ("value", "rule"),
    [(0, "exclusiveMinimum"), (0.0, "exclusiveMinimum"), (0.1, None), (5, None), (True, "type")],
)
def test_a_number_from_anywhere_has_its_bounds(value: object, rule: str | None) -> None:
    assert broken_rule(value, {"type": "number", "exclusiveMinimum": 0}) == rule


def test_an_option_may_be_a_path(home: Path) -> None:
    assert read(home, options={"tasks": home / "t.md"}).tasks == home / "t.md"


def test_the_latest_prompts_and_tasks_md_are_found_below_the_repository(home: Path) -> None:
    (home / "sub/.spec/prompts/latest").mkdir(parents=True)
    (home / "sub/tasks.md").touch()
    settings = read(home, "repo_root: sub\n")
    assert settings.prompts_dir == home / "sub/.spec/prompts/latest"
    assert settings.tasks == home / "sub/tasks.md"


def test_without_latest_the_directory_of_all_runs_is_taken(home: Path) -> None:
    (home / ".spec/prompts/20260101_000000").mkdir(parents=True)
    assert read(home).prompts_dir == home / ".spec/prompts"


def test_what_is_said_wins_over_the_usual_place_even_if_it_is_missing(home: Path) -> None:
    (home / "tasks.md").touch()
    assert read(home, "tasks: elsewhere.md\n").tasks == home / "elsewhere.md"


def test_templates_beside_the_file_are_found(home: Path) -> None:
    (home / "templates").mkdir()
    assert read(home).templates == home / "templates"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_failure: 3", "1: error: max_failure: there is no such setting; did you mean 'max_failures'?"),
        ("max_failures: many", "1: error: max_failures: 'many' is not a whole number"),
        ("max_failures: '3'", "1: error: max_failures: '3' is not a whole number"),
        ("max_failures: -1", "1: error: max_failures: -1 is too small; the least is 0"),
        ("max_failures:", "1: error: max_failures: this has no value; leave the line out for the default"),
        ("naming: ~", "1: error: naming: this has no value; leave the line out for the default"),
        ("slots: 0", "1: error: slots: 0 is too small; the least is 1"),
        ("slots: 1.5", "1: error: slots: '1.5' is not a whole number"),
        ("\nresume: maybe", "2: error: resume: 'maybe' is not true or false"),
        ("tasks: [a]", "1: error: tasks: a list is not text"),
        ("tasks: {a: b}", "1: error: tasks: a mapping is not text"),
        ("tasks: ''", "1: error: tasks: this is empty"),
        ("tasks: a\ntasks: b", "2: error: 'tasks' is said twice; the first is in line 1"),
        (
            "if_exists: replace",
            "1: error: if_exists: 'replace' is not one of the choices; there are: skip, overwrite, fail",
        ),
        (
            "if_exists: overwite",
            "1: error: if_exists: 'overwite' is not one of the choices; did you mean 'overwrite'?",
        ),
        (
            "only_category: {a: b}",
            "1: error: only_category: a mapping is not a list of names, or names separated by commas",
        ),
        ("only_category:\n- missing_tests\n- [a]", "3: error: only_category.1: a list is not text"),
        (
            "only_category: mising test",
            "1: error: only_category: there is no category 'mising test'; did you mean 'missing_tests'?",
        ),
        (
            "only_category: docs",
            f"1: error: only_category: there is no category 'docs'; {THERE_ARE}",
        ),
        (
            "skip_category: ','",
            f"1: error: skip_category: this names no category; {THERE_ARE}",
        ),
        ("repo_root: nowhere", "1: error: repo_root: the directory 'nowhere' does not exist"),
        (
            "templates: batchexec.yaml",
            "1: error: templates: the directory 'batchexec.yaml' is not a directory",
        ),
        ("executor: claude", "1: error: executor: there is no executor 'claude'; there are: apply"),
        (
            "executor: replay",
            (
                "1: error: executor: the executor 'replay' needs to be told more; describe it under "
                "executors in batchexec.yaml"
            ),
        ),
        (
            "executors: {mine: {kind: apply}}\nexecutor: mind",
            "2: error: executor: there is no executor 'mind'; did you mean 'mine'?",
        ),
        ("executors:\n  s: {}", "2: error: executors.s: 'kind' is missing"),
        ("executors:\n  s: apply", "2: error: executors.s: 'apply' is not a mapping of names to values"),
        (
            "executors:\n  s:\n    kind: play",
            "3: error: executors.s.kind: 'play' is not one of the choices; did you mean 'replay'?",
        ),
        ("executors:\n  s: {kind: replay}", "2: error: executors.s: 'script' or 'run' is missing"),
        ("executors:\n  s: {kind: agent}", "2: error: executors.s: 'preset' or 'command' is missing"),
        ("executors:\n  s: {kind: api}", "2: error: executors.s: 'provider' and 'model' are missing"),
        (
            "executors:\n  s: {kind: api, provider: openai}",
            "2: error: executors.s: 'model' is missing",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: codex\n    command: [a]",
            (
                "5: error: executors.s.command: 'preset' and 'command' do not go together; "
                "leave one of them out"
            ),
        ),
        (
            "executors:\n  s:\n    kind: apply\n    script: a",
            ("4: error: executors.s.script: an executor of this kind has no 'script'; it belongs to replay"),
        ),
        (
            "executors:\n  s:\n    kind: replay\n    script: a\n    model: m",
            (
                "5: error: executors.s.model: an executor of this kind has no 'model'; "
                "it belongs to agent and api"
            ),
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: claud",
            "4: error: executors.s.preset: 'claud' is not one of the choices; did you mean 'claude'?",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    command: a b",
            "4: error: executors.s.command: 'a b' is not a list",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    command: []",
            "4: error: executors.s.command: this is empty",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: codex\n    environment: {A: [b]}",
            "5: error: executors.s.environment.A: a list is not text",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: codex\n    pass_environment:\n    - A=1",
            (
                "6: error: executors.s.pass_environment.0: this is no name of a variable; "
                "letters, digits and _, and not its value"
            ),
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: codex\n    timeout_s: 0",
            "5: error: executors.s.timeout_s: 0 is too small; it has to be more than 0",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: codex\n    silence_s: .inf",
            "5: error: executors.s.silence_s: '.inf' is not a number",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: codex\n    silence_s: 1e999",
            "5: error: executors.s.silence_s: '1e999' is not a number",
        ),
        (
            "executors:\n  s:\n    kind: agent\n    preset: codex\n    start_s: '5'",
            "5: error: executors.s.start_s: '5' is not a number",
        ),
        (
            "executors:\n  s:\n    kind: api\n    provider: openai\n    model: m\n    temperature: -.5",
            "6: error: executors.s.temperature: -0.5 is too small; the least is 0",
        ),
        (
            "executors:\n  s:\n    kind: api\n    provider: openai\n    model: m\n    max_tokens: 1.5",
            "6: error: executors.s.max_tokens: '1.5' is not a whole number",
        ),
        (
            "executors:\n  s:\n    kind: api\n    provider: openai\n    model: m\n    base_url: localhost",
            (
                "6: error: executors.s.base_url: this is no address of a server; "
                "it begins with http:// or https://"
            ),
        ),
        (
            "executors:\n  s:\n    kind: api\n    provider: openai\n    model: m\n    key: sk-proj-123",
            (
                "6: error: executors.s.key: this is no name of a variable; "
                "the key itself belongs into the environment"
            ),
        ),
        (
            "executors:\n  s:\n    kind: replay\n    script: a\n    isolated: perhaps",
            "5: error: executors.s.isolated: 'perhaps' is not true or false",
        ),
        ("attempts: 0", "1: error: attempts: 0 is too small; the least is 1"),
        ("retries: -1", "1: error: retries: -1 is too small; the least is 0"),
        ("breaker: -1", "1: error: breaker: -1 is too small; the least is 0"),
        (
            "commit: always",
            "1: error: commit: 'always' is not one of the choices; there are: none, task",
        ),
        ("budget: 5", "1: error: budget: '5' is not a mapping of names to values"),
        ("budget:\n  run: 0", "2: error: budget.run: 0 is too small; it has to be more than 0"),
        ("budget:\n  run: much", "2: error: budget.run: 'much' is not a number"),
        (
            "budget:\n  week: 5",
            "2: error: budget.week: there is no such setting; there are: task, run, day",
        ),
        ("prices:\n  m: {input: 1}", "2: error: prices.m: 'output' is missing"),
        (
            "prices:\n  m:\n    input: -1\n    output: 1",
            "3: error: prices.m.input: -1 is too small; the least is 0",
        ),
        (
            "prices:\n  m:\n    input: 1\n    output: 1\n    cache: 1",
            "5: error: prices.m.cache: there is no such setting; did you mean 'cached'?",
        ),
        ("batch: -1", "1: error: batch: -1 is too small; the least is 0"),
        ("batch: twelve", "1: error: batch: 'twelve' is not a whole number"),
        ("timeout: 0", "1: error: timeout: 0 is too small; it has to be more than 0"),
        ("stall_kill: -1", "1: error: stall_kill: -1 is too small; the least is 0"),
        ("max_parallel: 0", "1: error: max_parallel: 0 is too small; the least is 1"),
        (
            "conflicts: isolated",
            "1: error: conflicts: 'isolated' is not one of the choices; did you mean 'isolate'?",
        ),
        (
            "fix_attempts: {1: 1, 5: 1}",
            "1: error: fix_attempts.5: there is no such setting; there are: 1, 2, 3, 4",
        ),
        ("fix_attempts: {2: -1}", "1: error: fix_attempts.2: -1 is too small; the least is 0"),
        ("path_map: {home/ci: .}", "1: error: path_map.home/ci: 'home/ci' is no absolute path"),
        (
            "results: ../state",
            (
                "1: error: results: '../state' is outside of the repository; "
                "it is relative to repo_root, and stays below it"
            ),
        ),
        ("setup: {a: b}", "1: error: setup: a mapping is not a list, or text"),
        (
            "protect:\n- tests/**\n- /etc/*",
            (
                "3: error: protect.1: '/etc/*' is outside of the repository; "
                "a pattern is relative to repo_root, and stays below it"
            ),
        ),
        (
            "protect: a/../../b",
            (
                "1: error: protect: 'a/../../b' is outside of the repository; "
                "a pattern is relative to repo_root, and stays below it"
            ),
        ),
        (
            "redact:\n- ok\n- '(x'",
            ("3: error: redact.1: '(x' is no regular expression: missing ), unterminated subpattern"),
        ),
        (
            "redact: x*",
            (
                "1: error: redact: 'x*' fits everywhere, as it fits nothing at all; "
                "say at least one character of it"
            ),
        ),
        (
            "executor_by_category:\n  mising test: apply",
            (
                "2: error: executor_by_category.mising test: there is no category 'mising test'; "
                "did you mean 'missing_tests'?"
            ),
        ),
        (
            "executor_by_category:\n  missing_tests: apply\n  Missing Test: apply",
            ("3: error: executor_by_category.Missing Test: the category missing_tests is said twice"),
        ),
        (
            "executor_by_category:\n  missing_tests: [apply, claude]",
            ("2: error: executor_by_category.missing_tests: there is no executor 'claude'; there are: apply"),
        ),
        (
            "executor_by_category:\n  missing_tests: []",
            "2: error: executor_by_category.missing_tests: this names no executor",
        ),
        (
            "executors:\n  a b: {kind: apply}",
            "2: error: executors.a b: 'a b' is no name; a letter, then letters, digits, - and _",
        ),
        (
            "executors:\n  s:\n    kind: replay\n    script: a\n    scrpt: a",
            "5: error: executors.s.scrpt: there is no such setting; did you mean 'script'?",
        ),
        ("- a", "1: error: a list is not a mapping of names to values"),
        ("just text", "1: error: 'just text' is not a mapping of names to values"),
        ("a: [", "2: error: this is not YAML: did not find expected node content"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(home: Path, text: str, message: str) -> None:
    assert complaints(home, text + "\n") == [f"home/batchexec.yaml:{message}"]


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"BATCHEXEC_SLOT": "1"},
            "error: BATCHEXEC_SLOT: there is no such setting; did you mean 'BATCHEXEC_SLOTS'?",
        ),
        ({"BATCHEXEC_SLOTS": "none"}, "error: BATCHEXEC_SLOTS: 'none' is not a whole number"),
        ({"BATCHEXEC_DRY_RUN": "2"}, "error: BATCHEXEC_DRY_RUN: '2' is not true or false"),
        ({"BATCHEXEC_REPO_ROOT": "no"}, "error: BATCHEXEC_REPO_ROOT: the directory 'no' does not exist"),
        (
            {"BATCHEXEC_REDACT": "[a"},
            "error: BATCHEXEC_REDACT: '[a' is no regular expression: unterminated character set",
        ),
        (
            {"BATCHEXEC_EXECUTOR": "no"},
            "error: BATCHEXEC_EXECUTOR: there is no executor 'no'; there are: apply",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    home: Path, environ: dict[str, str], message: str
) -> None:
    assert complaints(home, "# nothing\n", environ=environ) == [message]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_failures": "x"}, "error: --max-failures: 'x' is not a whole number"),
        ({"max_failures": -1}, "error: --max-failures: -1 is too small; the least is 0"),
        ({"max_failures": True}, "error: --max-failures: true is not a whole number"),
        ({"slots": "0"}, "error: -n: 0 is too small; the least is 1"),
        ({"prompts_dir": ""}, "error: --prompts-dir: this is empty"),
        ({"naming": "renam"}, "error: --naming: 'renam' is not one of the choices; did you mean 'rename'?"),
        (
            {"only_category": ["symbols"]},
            "error: --only-category: there is no category 'symbols'; did you mean 'symbol_issue'?",
        ),
    ],
)
def test_a_mistake_in_an_option_names_the_option(
    home: Path, options: dict[str, object], message: str
) -> None:
    assert complaints(home, options=options) == [message]


def test_everything_that_is_wrong_anywhere_is_said_at_once(home: Path) -> None:
    text = "slots: x\nslots: 2\nfoo: 1\nexecutors: [s]\nskip_category: y\nexecutor: s\n"
    assert complaints(home, text, {"naming": "x"}, {"BATCHEXEC_RESUME": "x"}) == [
        "home/batchexec.yaml:2: error: 'slots' is said twice; the first is in line 1",
        f"home/batchexec.yaml:3: error: foo: there is no such setting; there are: {', '.join(keys())}",
        "home/batchexec.yaml:4: error: executors: a list is not a mapping of names to values",
        "error: BATCHEXEC_RESUME: 'x' is not true or false",
        "error: --naming: 'x' is not one of the choices; there are: update-evidence, rename, manual",
        f"home/batchexec.yaml:5: error: skip_category: there is no category 'y'; {THERE_ARE}",
    ]


def test_a_file_that_is_none_is_a_mistake(home: Path) -> None:
    (home / "batchexec.yaml").mkdir()
    assert complaints(home) == ["home/batchexec.yaml:1: error: this is not a file"]


def test_a_link_to_nowhere_is_a_mistake(home: Path) -> None:
    (home / "batchexec.yaml").symlink_to("nowhere")
    assert complaints(home) == ["home/batchexec.yaml:1: error: this is not a file"]


def test_a_file_outside_the_current_directory_is_named_in_full(home: Path) -> None:
    (home / "batchexec.yaml").write_text("slots: 0\n")
    with pytest.raises(SettingsError, match=f"^{home}/batchexec.yaml:1: error: slots"):
        load(home, {}, {}, cwd=home / "sub")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("key", keys())
def test_a_key_is_explained_and_its_defaults_and_examples_are_valid(key: str) -> None:
    spec = keys()[key]
    assert spec["title"]
    assert spec["description"].endswith(".")
    samples = [spec["default"]] if "default" in spec else []
    for value in samples + spec.get("examples", []):
        Draft202012Validator(json.loads(schema_text())).validate({key: value})


def test_the_options_of_the_commands_are_these() -> None:
    assert [(option.long, option.type) for option in options()] == [
        ("prompts-dir", str),
        ("tasks", str),
        ("repo-root", str),
        ("dry-run", bool),
        ("checkpoint", bool),
        ("resume", bool),
        ("max-failures", int),
        ("only-category", list),
        ("skip-category", list),
        ("if-exists", str),
        ("naming", str),
        ("verify-after-each", bool),
        ("verify-at-end", bool),
        ("run-commands", bool),
        ("strict", bool),
        ("wait-limit", bool),
        ("allow-dirty", bool),
        ("commit", str),
        ("cache", bool),
        ("refresh", list),
        ("batch", int),
        ("stage", int),
        ("stage-by", str),
        ("start-prp", str),
        ("prp", list),
        ("retry", str),
        ("force", bool),
        ("fresh", bool),
        ("assume-done", list),
        ("confirm-gate", list),
        ("stop-on-error", bool),
        ("merge", bool),
        ("timeout", float),
        ("max-parallel", int),
    ]


def test_an_option_that_is_on_has_an_inverse() -> None:
    assert [option.inverse for option in options() if option.inverse] == [
        "no-verify-at-end",
        "no-wait-limit",
        "no-cache",
        "no-merge",
    ]


def test_an_option_says_what_it_is_for_and_what_can_be_chosen() -> None:
    option = next(option for option in options() if option.name == "naming")
    assert option.help == "How to mend a file that stands under another name than expected"
    assert option.choices == ("update-evidence", "rename", "manual")
    assert option.variable == "BATCHEXEC_NAMING"


LOAD = """
import sys
from pathlib import Path
from batchexec.settings import load
load(Path(sys.argv[1]), {}, {})
print([name for name in ("jsonschema", "yaml", "jinja2", "doit") if name in sys.modules])
"""


def imported_by_load(home: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", LOAD, home], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_without_a_file_neither_yaml_nor_the_validator_is_imported(home: Path) -> None:
    assert imported_by_load(home) == "[]"


def test_a_file_known_to_be_valid_is_not_validated_again(home: Path) -> None:
    (home / ".batchexec").mkdir()
    (home / "batchexec.yaml").write_text("slots: 2\n")
    assert imported_by_load(home) == "['jsonschema', 'yaml']"
    assert imported_by_load(home) == "['yaml']"
    (home / "batchexec.yaml").write_text("slots: 3\n")
    assert imported_by_load(home) == "['jsonschema', 'yaml']"


def test_a_wrong_file_is_wrong_every_time(home: Path) -> None:
    (home / ".batchexec").mkdir()
    first = complaints(home, "slots: 0\n")
    assert complaints(home) == first
    assert not (home / ".batchexec/settings.valid").exists()


def test_where_there_is_no_state_directory_none_is_made(home: Path) -> None:
    read(home, "slots: 2\n")
    assert not (home / ".batchexec").exists()


def test_a_memo_that_cannot_be_written_or_read_does_not_matter(home: Path) -> None:
    (home / ".batchexec/settings.valid").mkdir(parents=True)
    assert read(home, "slots: 2\n").slots == 2


PAGE = (Path(__file__).parent.parent / "docs" / "settings.md").read_text()
LONG = {
    option.name: ", ".join(f"`--{long}`" for long in (option.long, option.inverse) if long)
    for option in options()
} | {"slots": "`-n`"}


@pytest.mark.parametrize("key", keys())
def test_the_page_has_a_row_for_a_key(key: str) -> None:
    name = "" if key in MAPPINGS else f"`{variable(key)}`"
    unsaid = "what is found" if "x-path" in keys()[key] else "nothing"
    default = f"`{json.dumps(keys()[key]['default'])}`" if "default" in keys()[key] else unsaid
    assert f"| [`{key}`](#{key}) | {name} | {LONG.get(key, '')} | {default} |\n" in PAGE


@pytest.mark.parametrize("key", keys())
def test_the_page_says_of_a_key_what_the_schema_says(key: str) -> None:
    spec = keys()[key]
    assert f"### {key}\n\n{spec['title']}. {spec['description']}\n" in PAGE


ENTRY = keys()["executors"]["additionalProperties"]


@pytest.mark.parametrize("key", [key for key in ENTRY["properties"] if key != "kind"])
def test_the_page_says_which_kinds_of_executors_have_a_key(key: str) -> None:
    kinds = [
        f"`{rule['if']['properties']['kind']['const']}`"
        for rule in ENTRY["allOf"]
        if key in rule["then"]["propertyNames"]["enum"]
    ]
    assert f"| `{key}` | {', '.join(kinds)} | {ENTRY['properties'][key]['title']} |\n" in PAGE


def test_every_kind_of_executor_says_which_keys_it_has() -> None:
    kinds = [rule["if"]["properties"]["kind"]["const"] for rule in ENTRY["allOf"]]
    keys_of_kinds = {key for rule in ENTRY["allOf"] for key in rule["then"]["propertyNames"]["enum"]}
    assert kinds == ENTRY["properties"]["kind"]["enum"]
    assert keys_of_kinds == ENTRY["properties"].keys()


def test_the_examples_on_the_page_are_valid(home: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    for text in examples:
        (home / "service").mkdir(exist_ok=True)
        read(home, text)

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batchexec.errors import ExecutorError
from batchexec.executors.api import Api

ROOT = Path(__file__).parents[3]
GOOD = {"provider": "openai", "model": "m"}


def make(**more: object) -> Api:
    return Api.make({**GOOD, **more}, Path())


def test_an_executor_is_made_from_its_settings() -> None:
    spec = {
        "base_url": "http://127.0.0.1:1/v1",
        "system": "Be brief.",
        "temperature": 0,
        "max_tokens": 100,
        "timeout_s": 1.5,
        "silence_s": 2,
        "key": "MY_KEY",
        "prices": {"m": {"input": 1, "output": 2}},
    }
    assert make(**spec) == Api(provider="openai", model="m", **spec)  # type: ignore[arg-type]  # as they come


def test_what_is_left_out_or_empty_is_the_default() -> None:
    assert make(system=None, temperature=None) == Api(provider="openai", model="m")
    assert (make().max_tokens, make().timeout_s, make().silence_s) == (8192, 600, 120)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"model": "m"}, "api: provider cannot be None; it is one of openai, anthropic"),
        ({**GOOD, "provider": "antropic"}, "api: provider cannot be 'antropic'; did you mean anthropic?"),
        ({"provider": "openai"}, "api: it has no model; model: names the one to ask"),
        ({**GOOD, "modell": "m"}, "api has no parameter 'modell'; did you mean model?"),
        ({**GOOD, "model": " "}, "api: model cannot be ' '; it names a model"),
        ({**GOOD, "temperature": -1}, "api: temperature cannot be -1; it is a number, at least 0"),
        ({**GOOD, "max_tokens": 0}, "api: max_tokens cannot be 0; it is a whole number, at least 1"),
        ({**GOOD, "max_tokens": True}, "api: max_tokens cannot be True; it is a whole number, at least 1"),
        ({**GOOD, "timeout_s": 0}, "api: timeout_s cannot be 0; it is a number of seconds above 0"),
        (
            {**GOOD, "silence_s": float("inf")},
            "api: silence_s cannot be inf; it is a number of seconds above 0",
        ),
        (
            {**GOOD, "key": "sk-123"},
            "api: key cannot be what it is; it names an environment variable, never the key itself",
        ),
        ({**GOOD, "prices": []}, "prices cannot be []; it is a table of models"),
    ],
)
def test_a_setting_that_is_wrong_is_refused(spec: dict[str, object], message: str) -> None:
    with pytest.raises(ExecutorError) as caught:
        Api.make(spec, Path())
    assert str(caught.value) == f"error: {message}"


@pytest.mark.parametrize(
    "url", ["127.0.0.1:80", "ftp://h/", "http://", "http://[::1", "http://u:secret@h/", 5, "http://h:99999/"]
)
def test_a_base_url_is_one_and_holds_no_password(url: object) -> None:
    with pytest.raises(ExecutorError) as caught:
        make(base_url=url)
    hint = "it starts with http:// or https:// and holds no password"
    assert str(caught.value) == f"error: api: base_url cannot be what it is; {hint}"


@pytest.mark.parametrize(
    ("spec", "environment", "problems"),
    [
        ({}, {"OPENAI_API_KEY": "k"}, []),
        ({}, {}, ["OPENAI_API_KEY is not set; put the key into that variable"]),
        ({}, {"OPENAI_API_KEY": " "}, ["OPENAI_API_KEY is not set; put the key into that variable"]),
        ({"provider": "anthropic"}, {}, ["ANTHROPIC_API_KEY is not set; put the key into that variable"]),
        ({"key": "MINE"}, {"OPENAI_API_KEY": "k"}, ["MINE is not set; put the key into that variable"]),
        ({"key": "MINE"}, {"MINE": "k"}, []),
        ({"base_url": "http://127.0.0.1:1/v1"}, {}, []),
        (
            {"base_url": "http://127.0.0.1:1/v1", "key": "MINE"},
            {},
            ["MINE is not set; put the key into that variable"],
        ),
        ({}, {"OPENAI_API_KEY": "ключ"}, ["OPENAI_API_KEY holds no key; a key is printable ASCII"]),
        ({}, {"OPENAI_API_KEY": "a\nb"}, ["OPENAI_API_KEY holds no key; a key is printable ASCII"]),
    ],
)
def test_a_missing_key_is_a_problem_unless_the_server_is_ones_own(
    monkeypatch: pytest.MonkeyPatch, spec: dict[str, Any], environment: dict[str, str], problems: list[str]
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "MINE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = [str(problem) for problem in make(**spec).problems() if "package" not in problem.message]
    assert found == [f"error: api: {problem}" for problem in problems]


BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name in ("openai", "anthropic"):
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, Blocker())
sys.path.insert(0, "tests")
from pathlib import Path
from apply_bench import task
from batchexec.executors import Attempt
from batchexec.executors.api import Api
from batchexec.workspace import Stage, Workspace
api = Api.make({"provider": sys.argv[1], "model": "m"}, Path())
print(*api.problems(), sep="\\n")
outcome = api.execute(task(), Stage(Workspace(Path("/nowhere")), Path("/nowhere")), Attempt(run="r"))
print(outcome.status, outcome.trouble, outcome.summary, outcome.hint, sep="; ")
"""


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_missing_sdk_is_a_problem_and_never_an_exception(provider: str) -> None:
    environment = {**os.environ, "OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", BLOCKED, provider]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    install = "pip install 'batchexec[api]'"
    assert done.stdout.splitlines() == [
        f"error: api: the package {provider} is missing; {install}",
        f"error; deterministic; the {provider} SDK cannot be loaded: No module named '{provider}'; {install}",
    ]


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, batchexec.executors.api\n"
        "heavy = {'openai', 'anthropic', 'httpx', 'httpx2', 'asyncio', 'jinja2', 'batchexec.sources'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ({}, True),
        ({"timeout_s": 1, "silence_s": 1, "key": "K", "prices": {"m": {"input": 1, "output": 1}}}, True),
        ({"provider": "anthropic"}, False),
        ({"model": "n"}, False),
        ({"base_url": "http://h/v1"}, False),
        ({"system": "s"}, False),
        ({"temperature": 0}, False),
        ({"max_tokens": 1}, False),
    ],
)
def test_the_fingerprint_names_what_shapes_the_answer(more: dict[str, object], same: bool) -> None:
    assert (make(**more).fingerprint() == make().fingerprint()) is same
    assert make().fingerprint().startswith("api openai m #")


def test_it_is_priced_if_the_table_knows_the_model() -> None:
    prices = {"m": {"input": 1, "output": 1}}
    assert make(prices=prices).priced
    assert make(prices=prices, model="m-2026-01-01").priced
    assert not make(prices=prices, model="n").priced
    assert not make().priced


def test_the_key_is_not_shown_with_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    assert "sk-very-secret" not in repr(make()._question("x"))  # noqa: SLF001  # what a traceback would show

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from agent_bench import KEY, Bench, repository

from batchexec.executors import Attempt
from batchexec.model import Status

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.agents
RUN = "20261121_101500"


def test_an_agent_writes_edits_and_runs_commands_where_it_is(bench: Bench) -> None:
    turns = (
        {"say": "I begin.", "write": {"path": "src/new.py", "content": 'NAME = "it\'s"\n'}},
        {"edit": {"path": "cart.py", "old": "7", "new": "8"}},
        {"run": "python3 -c 'import cart; print(cart.RATE)' > told.txt"},
        {"say": "All done."},
    )

    with bench.model(*turns) as server:
        outcome = bench.work(server)

    assert outcome.status is Status.PASSED, outcome
    assert bench.files() | {"__pycache__": ""} == {
        "src/new.py": 'NAME = "it\'s"\n',
        "cart.py": "RATE = 8\n",
        "told.txt": "8\n",
        "__pycache__": "",
    }
    assert b"All done." in bench.log


def test_what_an_agent_used_is_known(bench: Bench) -> None:
    turn = {"run": "true", "usage": {"input": 3000, "output": 70, "cached": 0}}
    prices = {"loop": {"input": 1.0, "output": 10.0}}

    with bench.model(turn, {"say": "ok", "usage": {"input": 4000, "output": 30}}) as server:
        usage = bench.work(server, prices=prices, model="loop").usage

    assert usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (7000, 100, 0)
    # Claude Code goes by prices of its own; Codex names none.
    assert usage.cost_usd
    assert bench.claude or usage.cost_usd == pytest.approx(0.008)


def test_an_agent_that_only_says_it_has_done_it_has_changed_nothing(bench: Bench) -> None:
    with bench.model({"say": "All tests pass."}) as server:
        outcome = bench.work(server)

    assert outcome.status is Status.PASSED
    assert bench.files() == {}


def test_an_agent_can_give_up_in_words(bench: Bench) -> None:
    with bench.model({"say": "I looked.\nSTATUS:FAILED: there is no such cart"}) as server:
        outcome = bench.work(server)

    assert (outcome.status, outcome.summary) == (
        Status.FAILED,
        f"{bench.name}: it gave up: there is no such cart",
    )


def test_a_prompt_of_any_length_arrives_whole(bench: Bench) -> None:
    text = "".join(f"line {number} “quoted”\n" for number in range(16_000))

    with bench.model({"say": "ok"}) as server:
        outcome = bench.work(server, text=text)
        (asked,) = server.asked("TASK-001")

    assert outcome.status is Status.PASSED
    assert len(text) > 300_000
    assert text.rstrip() in asked.prompt


def test_why_the_attempt_before_failed_is_told(bench: Bench) -> None:
    attempt = Attempt(run=RUN, number=2, previous="2 tests failed: test_total, test_rate")

    with bench.model({"say": "ok"}) as server:
        bench.work(server, attempt)
        (asked,) = server.asked("TASK-001")

    assert "2 tests failed: test_total, test_rate" in asked.prompt


def test_four_work_at_once_in_states_of_their_own(bench: Bench, tmp_path: Path) -> None:
    benches = [
        Bench(
            name=bench.name, program=bench.program, root=repository(tmp_path / str(number)), home=bench.home
        )
        for number in range(4)
    ]
    write = {"delay_s": 0.2, "write": {"path": "new.py", "content": "A = 1\n"}}

    with bench.model(write, {"run": "cat new.py"}, when="Do (\\d)") as server, ThreadPoolExecutor(4) as pool:
        outcomes = pool.map(
            lambda number: benches[number].work(
                server, Attempt(run=RUN, worker=tmp_path / f"worker{number}"), text=f"Do {number}."
            ),
            range(4),
        )
        statuses = [outcome.status for outcome in outcomes]

    assert statuses == [Status.PASSED] * 4
    assert [one.files() for one in benches] == [{"new.py": "A = 1\n"}] * 4
    assert list(bench.home.iterdir()) == []


def test_the_key_is_not_printed(bench: Bench) -> None:
    with bench.model({"say": "ok"}) as server:
        bench.work(server)

    assert bench.log
    assert KEY.encode() not in bench.log


def test_codex_is_kept_in_its_directory(codex: Bench) -> None:
    outside = codex.home / "outside.txt"
    turns = (
        {"run": f"TMPDIR=/nowhere; echo x > {outside}"},
        {"run": "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m mine"},
        {"run": "git status --short > status.txt"},
    )
    # The sandbox leaves the folder for temporary files open, and that is where our tests are.
    closed = ["exclude_slash_tmp=true", "exclude_tmpdir_env_var=true"]
    args = [word for one in closed for word in ("-c", f"sandbox_workspace_write.{one}")]

    with codex.model(*turns) as server:
        outcome = codex.work(server, args=args)

    assert outcome.status is Status.PASSED
    assert set(codex.files()) == {"status.txt"}
    assert not outside.exists()
    assert len((codex.root / ".git/logs/HEAD").read_text().splitlines()) == 1


def test_claude_edits_no_file_outside_and_says_that_it_was_not_allowed(claude: Bench) -> None:
    outside = claude.home / "outside.txt"

    with claude.model({"write": {"path": str(outside), "content": "x\n"}}) as server:
        outcome = claude.work(server)

    assert not outside.exists()
    assert outcome.status is Status.PASSED
    assert any("claude was not allowed: Write" in note for note in outcome.notes), outcome.notes

"""What a run of PRPs makes of one before it that was killed or interrupted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from prp_bench import RESULT, until

if TYPE_CHECKING:
    from prp_bench import Prps

_WAIT = 'echo x > $ID.txt; : > "$HERE/working.$ID"; [ -e "$HERE/go" ] || await "$HERE/go"'
_QUICK = "echo x > $ID.txt"


def _killed(prps: Prps, when: str, *words: str) -> None:
    """Start a run and kill it as soon as a file is there beside the repository."""
    running = prps.start(*words)
    until((prps.here / when).exists)
    running.kill()
    running.wait()
    assert running.stdout
    running.stdout.close()
    (prps.here / "go").touch()


@pytest.mark.slow
def test_after_a_kill_in_stage_2_only_what_is_unfinished_runs(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1", "12.2.2<12.1.1", "12.3.1<12.2.1")
    prps.agents({"12.1.1": _QUICK, "12.2.1": _WAIT, "12.2.2": _QUICK, "12.3.1": _QUICK})
    # With one slot the second of the stage has not begun.
    _killed(prps, "working.PRP-12.2.1", "-n", "1")

    done = prps.doit("--resume")

    assert (done.code, sorted(prps.asked)) == (0, ["12.1.1", "12.2.1", "12.2.1", "12.2.2", "12.3.1"])


@pytest.mark.slow
def test_after_a_kill_each_prp_is_merged_once(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1", "12.3.1<12.2.1")
    prps.agents({"12.1.1": _QUICK, "12.2.1": _WAIT, "12.3.1": _QUICK})
    _killed(prps, "working.PRP-12.2.1")

    prps.doit()

    assert (prps.merges, prps.worktrees, prps.status) == (["12.1.1", "12.2.1", "12.3.1"], [], "")


@pytest.mark.slow
def test_after_a_kill_the_result_file_is_valid(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.agents({"12.1.1": _QUICK, "12.2.1": _WAIT})

    _killed(prps, "working.PRP-12.2.1")

    assert json.loads(prps.read(RESULT))["batch_id"] == 12


@pytest.mark.slow
def test_after_a_kill_the_next_run_merges_its_entries_into_the_file(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.agents({"12.1.1": _QUICK, "12.2.1": _WAIT})
    _killed(prps, "working.PRP-12.2.1")

    prps.doit()

    assert prps.came_out == {"12.1.1": "success", "12.2.1": "success"}
    assert prps.record("12.2.1")["attempt"] == 2


@pytest.mark.slow
def test_a_killed_runs_lock_is_taken_over(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": _WAIT})
    _killed(prps, "working.PRP-12.1.1")

    assert prps.doit().code == 0


@pytest.mark.slow
def test_after_a_kill_in_the_gates_only_the_gates_run_again(prps: Prps) -> None:
    prps.prp("12.1.1", gates=['touch "$THERE/gates"; [ -e "$THERE/go" ] || sleep 60'])
    prps.agents({"12.1.1": _QUICK})
    prps.environment_of["THERE"] = str(prps.here)
    _killed(prps, "gates")

    done = prps.doit()

    assert (done.code, prps.asked, prps.merges) == (0, ["12.1.1"], ["12.1.1"])


@pytest.mark.slow
def test_after_a_kill_in_the_gates_new_gates_of_the_prp_count(prps: Prps) -> None:
    prps.prp("12.1.1", gates=['touch "$THERE/gates"; [ -e "$THERE/go" ] || sleep 60'])
    prps.agents({"12.1.1": _QUICK})
    prps.environment_of["THERE"] = str(prps.here)
    _killed(prps, "gates")
    prps.prp("12.1.1", gates=["false"])
    prps.commit()

    prps.doit()

    assert prps.came_out == {"12.1.1": "failed_gates"}


def _killed_at(prps: Prps, words: str, *, after: bool = False) -> None:
    """Kill a run just before it has git do something, or just after."""
    git = prps.here / "bin" / "git"
    git.parent.mkdir()
    kill = f'kill -9 $(cat "{prps.here}/pid")'
    then = f'{shutil.which("git")} "$@"; {kill}' if after else f"{kill}; exit 1"
    git.write_text(
        f'#!/bin/sh\n[ -e "{prps.here}/go" ] || case "$*" in {words}) {then};; esac\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    git.chmod(0o755)
    prps.environment_of["PATH"] = f"{git.parent}:{os.environ['PATH']}"
    prps.commit()
    running = prps.start()
    (prps.here / "pid").write_text(str(running.pid))
    running.wait(timeout=60)
    assert running.stdout
    running.stdout.close()
    (prps.here / "go").touch()
    assert running.returncode == -signal.SIGKILL


_MOMENTS = {
    "before the commit": ("*commit-tree*", False),
    "before the branch of the PRP": ("*update-ref*refs/heads/prp-12-1-1*", False),
    "after the branch of the PRP": ("*update-ref*refs/heads/prp-12-1-1*", True),
    "before the base moves": ("*update-ref*refs/heads/main*", False),
    "after the base moved": ("*update-ref*refs/heads/main*", True),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", _MOMENTS)
def test_after_a_kill_on_the_way_home_nothing_is_asked_again_and_it_is_merged_once(
    prps: Prps, moment: str
) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    words, after = _MOMENTS[moment]
    _killed_at(prps, words, after=after)

    done = prps.doit()

    assert (done.code, prps.asked, prps.merges, prps.status, prps.worktrees) == (
        0,
        ["12.1.1", "12.2.1"],
        ["12.1.1", "12.2.1"],
        "",
        [],
    )


@pytest.mark.slow
@pytest.mark.parametrize("moment", _MOMENTS)
def test_after_a_kill_on_the_way_home_the_commit_is_on_record(prps: Prps, moment: str) -> None:
    prps.prps("12.1.1")
    words, after = _MOMENTS[moment]
    _killed_at(prps, words, after=after)

    prps.doit()

    record = prps.record("12.1.1")
    assert (record["status"], record["commits"]) == ("success", [prps.git("rev-parse", "HEAD^2").strip()])
    assert prps.trailers("HEAD^2")["PRP-Status"] == "success"


@pytest.mark.slow
def test_after_a_kill_in_a_phase_the_steps_before_it_are_not_asked_again(prps: Prps) -> None:
    steps = "### Phase 1: Helper\n1. One\n\n### Phase 2: Use\n2. Two\n"
    prps.prp("12.1.1", steps=steps, gates=["test -s use.txt"])
    script = (
        'case $CALL in 1) echo x > helper.txt;; 2) echo half > half.txt; : > "$HERE/second";'
        ' await "$HERE/go";; *) echo x > use.txt;; esac'
    )
    prps.agents({"12.1.1": script}, commits="phases")
    _killed(prps, "second")

    done = prps.doit()

    assert (done.code, len(prps.asked)) == (0, 3)
    assert prps.commits_of("12.1.1") == [
        "PRP-12.1.1: Step 1 - Helper",
        "PRP-12.1.1: Step 2 - Use",
        "PRP-12.1.1: Complete - All validation gates passed",
    ]


@pytest.mark.slow
def test_a_killed_supervisors_agent_does_not_live_on(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": 'echo $$ > "$HERE/agent"; : > "$HERE/working"; sleep 60'})

    _killed(prps, "working")

    agent = int((prps.here / "agent").read_text())
    until(lambda: not _runs(agent))


def _runs(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False, text=True)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


@pytest.mark.slow
def test_the_first_interrupt_lets_what_runs_end(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.agents({"12.1.1": _WAIT, "12.2.1": _QUICK})
    running = prps.start()
    until((prps.here / "working.PRP-12.1.1").exists)

    os.kill(running.pid, signal.SIGINT)
    (prps.here / "go").touch()
    running.communicate(timeout=60)

    assert (running.returncode, prps.merges) == (130, ["12.1.1"])
    assert prps.came_out == {"12.1.1": "success", "12.2.1": "pending"}


@pytest.mark.slow
def test_the_second_interrupt_ends_what_runs(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.agents({"12.1.1": f'{_WAIT}; echo $$ > "$HERE/agent"', "12.2.1": _QUICK})
    running = prps.start()
    until((prps.here / "working.PRP-12.1.1").exists)

    os.kill(running.pid, signal.SIGINT)
    assert running.stdout
    while "again to stop" not in running.stdout.readline():
        pass
    os.kill(running.pid, signal.SIGINT)
    running.communicate(timeout=60)

    assert (running.returncode, prps.merges) == (130, [])
    assert prps.came_out == {"12.1.1": "interrupted", "12.2.1": "pending"}


@pytest.mark.slow
def test_what_was_interrupted_is_gone_on_with(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.agents({"12.1.1": _WAIT, "12.2.1": _QUICK})
    running = prps.start()
    until((prps.here / "working.PRP-12.1.1").exists)
    os.kill(running.pid, signal.SIGHUP)
    running.communicate(timeout=60)
    (prps.here / "go").touch()

    done = prps.doit("--resume")

    assert (done.code, prps.merges) == (0, ["12.1.1", "12.2.1"])


def test_a_second_run_of_the_batch_at_the_same_time_is_refused(prps: Prps) -> None:
    prps.prps("12.1.1")
    prps.agents({"12.1.1": _WAIT})
    running = prps.start()
    until((prps.here / "working.PRP-12.1.1").exists)

    other = prps.doit()

    (prps.here / "go").touch()
    running.communicate(timeout=60)
    assert (other.code, running.returncode, prps.asked) == (75, 0, ["12.1.1"])


@pytest.mark.slow
def test_a_killed_command_after_a_stage_is_repeated(prps: Prps) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1")
    prps.environment_of["THERE"] = str(prps.here)
    hook = 'echo $STAGE >> "$THERE/hooks"; touch "$THERE/hook"; [ -e "$THERE/go" ] || sleep 60'
    prps.settings(after_stage=hook)
    prps.commit()
    _killed(prps, "hook")

    done = prps.doit("--resume")

    assert (done.code, (prps.here / "hooks").read_text().split()) == (0, ["1", "1", "2"])

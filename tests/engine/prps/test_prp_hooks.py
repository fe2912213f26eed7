"""Commands between the stages of a batch of PRPs, and after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prp_bench import RESULT

if TYPE_CHECKING:
    from prp_bench import Prps

_SAY = 'echo "$BATCH_ID $STAGE $RESULT_FILE" >> "$NOTES"'


def _said(prps: Prps) -> list[str]:
    notes = prps.here / "notes"
    return notes.read_text().splitlines() if notes.exists() else []


def _run(prps: Prps, *words: str) -> int:
    return prps.doit(*words, NOTES=str(prps.here / "notes")).code


def _three(prps: Prps, **settings: object) -> None:
    prps.prps("12.1.1", "12.2.1<12.1.1", "12.3.1<12.2.1")
    prps.settings(**settings)
    prps.commit()


def test_after_each_stage_the_command_is_told_which_it_was(prps: Prps) -> None:
    _three(prps, after_stage=_SAY)

    _run(prps)

    assert _said(prps) == [f"12 {stage} {prps.root}/{RESULT}" for stage in (1, 2, 3)]


def test_after_the_batch_the_command_is_told_which_it_was(prps: Prps) -> None:
    _three(prps, after_batch=_SAY)

    _run(prps)

    assert _said(prps) == [f"12  {prps.root}/{RESULT}"]


def test_the_result_file_is_up_to_date_when_a_stage_has_ended(prps: Prps) -> None:
    _three(prps, after_stage='[ "$STAGE" != 2 ] || cp "$RESULT_FILE" "$NOTES"')

    _run(prps)

    document = json.loads((prps.here / "notes").read_text())
    assert {one["prp_id"]: one["status"] for one in document["results"]} == {
        "PRP-12.1.1": "success",
        "PRP-12.2.1": "success",
        "PRP-12.3.1": "pending",
    }


def test_a_command_that_fails_after_a_stage_pauses(prps: Prps) -> None:
    _three(prps, after_stage='[ "$STAGE" != 1 ]')

    code = _run(prps)

    assert (code, prps.came_out) == (
        4,
        {"12.1.1": "success", "12.2.1": "pending", "12.3.1": "pending"},
    )


def test_a_command_that_failed_after_a_stage_is_repeated(prps: Prps) -> None:
    _three(prps, after_stage=f'{_SAY}; [ $(wc -l < "$NOTES") != 1 ]')
    _run(prps)

    code = _run(prps, "--resume")

    assert (code, [line.split()[1] for line in _said(prps)]) == (0, ["1", "1", "2", "3"])


def test_a_command_that_fails_again_pauses_again(prps: Prps) -> None:
    _three(prps, after_stage='[ "$STAGE" != 1 ]')
    _run(prps)

    code = _run(prps, "--resume")

    assert (code, prps.asked) == (4, ["12.1.1"])


def test_a_command_that_failed_after_the_last_stage_is_repeated(prps: Prps) -> None:
    _three(prps, after_stage=f'{_SAY}; [ "$STAGE" != 3 ] || [ $(wc -l < "$NOTES") -gt 3 ]')
    _run(prps)

    code = _run(prps, "--resume")

    assert (code, [line.split()[1] for line in _said(prps)]) == (0, ["1", "2", "3", "3"])


def test_after_a_stage_in_which_nothing_ran_there_is_no_command(prps: Prps) -> None:
    _three(prps, after_stage=_SAY)
    _run(prps)

    _run(prps)

    assert len(_said(prps)) == 3


def test_after_a_stage_with_a_failure_the_command_runs_too(prps: Prps) -> None:
    _three(prps, after_stage=_SAY)
    prps.answers({"12.1.1": {"error": "no idea"}})

    _run(prps)

    assert [line.split()[1] for line in _said(prps)][:1] == ["1"]


def test_a_command_that_fails_after_the_batch_is_told(prps: Prps) -> None:
    _three(prps, after_batch="exit 3")

    done = prps.doit()

    assert done.code != 0
    assert "after_batch: `exit 3` ended with exit status 3" in done.out


def test_a_failing_command_is_told_with_how_to_go_on(prps: Prps) -> None:
    _three(prps, after_stage="exit 3")

    done = prps.doit()

    assert "after_stage of stage 1: `exit 3` ended with exit status 3; the next run repeats it" in done.out


def test_a_paused_run_has_no_end(prps: Prps) -> None:
    _three(prps, after_stage='[ "$STAGE" != 1 ]', after_batch=_SAY)

    _run(prps)

    assert _said(prps) == []

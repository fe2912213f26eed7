"""What people are told of a run of PRPs beside how each came out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prp_bench import Prps


def test_a_soft_dependency_that_is_not_completed_is_warned_about(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.prp("12.2.1", after=['"PRP-12.1.1 (soft)"', '"PRP-6.1.1 (soft)"'])
    prps.commit()

    done = prps.doit()

    for id_ in ("PRP-12.1.1", "PRP-6.1.1"):
        assert f"⚠️ {id_}, which had better come first, is not completed" in done.out
        assert any(id_ in warning for warning in prps.result["warnings"])
    assert prps.record("12.2.1")["status"] == "success"


def test_a_command_that_failed_after_a_stage_is_repeated_by_a_run_of_another_stage(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.prp("12.2.1", after=["PRP-12.1.1"])
    prps.settings(after_stage='echo "$STAGE" >> ../stages; test -e ../mended')
    prps.commit()
    assert prps.doit().code == 4

    again = prps.doit("--stage", "2")

    assert again.code == 4
    assert (prps.root.parent / "stages").read_text().split() == ["1", "1"]
    assert prps.record("12.2.1")["status"] == "pending"


def test_the_plan_of_a_dry_run_is_one_json_document_where_that_is_asked_for(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.commit()

    done = prps.doit("--dry-run", "--json")

    assert [task["id"] for task in json.loads(done.out)["tasks"]] == ["PRP-12.1.1"]


def test_a_result_file_that_cannot_be_used_is_told(prps: Prps) -> None:
    prps.prp("12.1.1")
    prps.commit()
    prps.write(".ce/orchestration/batches/batch-12.result.json", "{bad")

    done = prps.doit()

    assert "batch-12.result.json:1: warning: it is no JSON" in done.out


def test_an_id_says_itself_which_batch_it_is_of(prps: Prps) -> None:
    prps.prp("12.1.1", gates=["false"])
    prps.agents({"12.1.1": "echo what it printed"}, batch=None)
    prps.doit("--batch", "12")

    explained = prps.batchexec("explain", "PRP-12.1.1")
    logged = prps.batchexec("logs", "PRP-12.1.1")

    assert (explained.code, logged.code) == (0, 0), explained.err + logged.err
    assert "failed_gates" in explained.out or "needs work" in explained.out
    assert "what it printed" in logged.out

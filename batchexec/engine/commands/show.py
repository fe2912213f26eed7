"""`batchexec show PRP-12.2.1`: everything that is read of one PRP, and its place in its batch."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from batchexec.engine.commands.lint import as_json
from batchexec.errors import Problem, SelectionError
from batchexec.lint import ROOTS, bash_fault, check_paths, repository_root
from batchexec.model import Kind
from batchexec.sources.prp import canonical, read_batches, with_syntax
from batchexec.sources.prp.staging import Staging, stage_batch
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from batchexec.model import Expectation, Gate
    from batchexec.sources.prp import Batches, Phase, Prp

SCHEMA_VERSION = 1


def main(args: argparse.Namespace) -> int:
    roots = args.roots or ROOTS
    check_paths(roots)
    root = repository_root(roots[0])
    found = read_batches(roots, root)
    prp = _chosen(args.prp, found)
    batch = found.batches.get(prp.batch) if prp.batch is not None else None
    staging = stage_batch(batch) if batch else Staging()
    problems = [*batch.problems, *staging.problems] if batch else prp.problems
    fault = bash_fault(root)
    row = _row(prp, staging, [with_syntax(gate, fault) for gate in prp.gates])
    row["problems"] = [as_json(problem) for problem in problems if _concerns(problem, prp)]
    if args.json:
        json.dump({"schema_version": SCHEMA_VERSION, **row}, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        sys.stdout.writelines(f"{printable(line)}\n" for line in _lines(row))
    return 0


def _chosen(said: str, found: Batches) -> Prp:
    """Find the PRP of this id. Raises SelectionError if there is none, or if there are several."""
    id_ = canonical(said)
    in_batches = {key: prp for batch in found.batches.values() for key, prp in batch.prps.items()}
    if id_ in in_batches:
        return in_batches[id_]
    others = [prp for prp in found.others if prp.id == id_]
    if len(others) == 1:
        return others[0]
    if others:
        message = f"{id_} is the id of {' and '.join(prp.path for prp in others)}"
        raise SelectionError(Problem(None, message, "name one of them with --in"))
    known = [*in_batches, *(prp.id for prp in found.others)]
    raise SelectionError(_unknown(id_ or said, known))


def _unknown(said: str, known: list[str]) -> Problem:
    near = get_close_matches(said, known, n=3)
    hint = f"near it: {', '.join(near)}" if near else "an id is like PRP-12.2.1, PRP-12 or PRP-B"
    return Problem(None, f"there is no PRP '{said}'", hint if known else "there are no PRPs at all")


def _concerns(problem: Problem, prp: Prp) -> bool:
    here = problem.location is not None and problem.location.file == prp.location.file
    return here or prp.id in problem.message.split()


def _row(prp: Prp, staging: Staging, gates: list[Gate]) -> dict[str, Any]:
    hard = [edge.id for edge in prp.dependencies if not edge.soft]
    soft = [edge.id for edge in prp.dependencies if edge.soft]
    return {
        "id": prp.id,
        "title": prp.title,
        "file": prp.path,
        "batch": prp.batch,
        "number": prp.number,
        "status": prp.status,
        "stage": {"computed": staging.stage.get(prp.id), "declared": prp.stage_hint, "id": prp.stage_of_id},
        "wave": staging.wave.get(prp.id),
        "dependencies": {
            "hard": hard,
            "soft": soft,
            "requirements": list(prp.requirements),
            "external": [edge.id for edge in staging.external.get(prp.id, ())],
        },
        "effort": dict(zip(("low", "high"), prp.effort, strict=True)) if prp.effort else None,
        "complexity": prp.complexity,
        "order": prp.order,
        "execution_order": prp.execution_order,
        "merge_order": prp.merge_order,
        "branch_name": prp.branch_name,
        "worktree_path": prp.worktree_path,
        "conflict_potential": prp.conflict_potential,
        "header": prp.header,
        "files": [
            {"path": file.path, "action": str(file.action) or None, "step": file.step} for file in prp.files
        ],
        "phases": [_phase(phase) for phase in prp.phases],
        "steps": [
            {"n": step.number, "title": step.title, "line": step.line, "text": step.text}
            for step in prp.steps
        ],
        "gates": [_gate(gate) for gate in gates],
        "missing": list(prp.missing),
    }


def _phase(phase: Phase) -> dict[str, Any]:
    return {
        "number": phase.number,
        "title": phase.title,
        "line": phase.location.line,
        "steps": [step.number for step in phase.steps],
        "gates": list(phase.gates),
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "n": gate.number,
        "title": gate.title,
        "level": gate.level,
        "line": gate.location.line,
        "runnable": not gate.manual,
        "reason": gate.manual or None,
        "commands": list(gate.scripts),
        "setup": list(gate.setup),
        "cleanup": list(gate.cleanup),
        "expectation": _expectation(gate.expectation),
        "on_failure": gate.on_failure,
        "criteria": list(gate.criteria),
    }


def _expectation(expected: Expectation) -> dict[str, Any] | None:
    if expected.kind is Kind.NOTHING:
        return None
    return {**asdict(expected), "kind": str(expected.kind)}


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['id']}: {row['title']}"
    yield f"  {', '.join(_facts(row))}"
    for label, ids in _DEPENDENCIES.items():
        if row["dependencies"][ids]:
            yield f"  {label}: {', '.join(row['dependencies'][ids])}"
    if row["files"]:
        yield "  files:"
    for file in row["files"]:
        action = f": {file['action']}" if file["action"] else ""
        step = f" in step {file['step']}" if file["step"] else ""
        yield f"    {file['path']}{action}{step}"
    titles = {step["n"]: step["title"] for step in row["steps"]}
    for phase in row["phases"]:
        yield f"  phase {phase['number']}: {phase['title']}"
        yield from (f"    {number}. {titles[number]}" for number in phase["steps"])
    if row["gates"]:
        yield "  gates:"
    for gate in row["gates"]:
        yield from _gate_lines(gate)
    for problem in row["problems"]:
        yield f"  {problem['file']}:{problem['line']}: {problem['severity']}: {problem['message']}"


_DEPENDENCIES = {"depends on": "hard", "comes after": "soft", "needs": "requirements"}


def _facts(row: dict[str, Any]) -> Iterator[str]:
    yield row["file"]
    if row["status"]:
        yield f"status {row['status']}"
    if row["stage"]["computed"] is not None:
        yield f"stage {row['stage']['computed']}, wave {row['wave']}"
    if row["effort"]:
        low, high = row["effort"]["low"], row["effort"]["high"]
        yield f"{low:.3g} hours" if low == high else f"{low:.3g} to {high:.3g} hours"


def _gate_lines(gate: dict[str, Any]) -> Iterator[str]:
    how = f"left to a person: {gate['reason']}" if gate["reason"] else "run"
    yield f"    {gate['n']}. {gate['title']} (level {gate['level']}, {how})"
    for script in gate["commands"]:
        first, *more = script.strip().split("\n")
        rest = f" … and {plural(len(more), 'line')} more" if more else ""
        yield f"       $ {first}{rest}"
    if gate["expectation"]:
        yield f"       expects {gate['expectation']['kind']}: {gate['expectation']['text']}"

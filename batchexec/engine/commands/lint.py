"""`batchexec lint PATH…`: what is wrong with PRPs, for people and for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from batchexec.errors import Severity
from batchexec.lint import ROOTS, lint_prps, repository_root
from batchexec.wording import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from batchexec.errors import Problem
    from batchexec.lint import Findings

SCHEMA_VERSION = 1
EXIT_INPUT = 3


def main(args: argparse.Namespace) -> int:
    paths = args.paths or ROOTS
    findings = lint_prps(paths, repository_root(paths[0]))
    if args.json:
        json.dump(_document(findings), sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        sys.stdout.writelines(f"{printable(line)}\n" for line in _lines(findings))
    counted = {Severity.ERROR, Severity.WARNING} if args.strict else {Severity.ERROR}
    return EXIT_INPUT if any(problem.severity in counted for problem in findings.problems) else 0


def as_json(problem: Problem) -> dict[str, Any]:
    where = problem.location
    return {
        "file": where.file if where else "",
        "line": where.line if where else 0,
        "severity": str(problem.severity),
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }


def _document(findings: Findings) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "family": "prp",
        "prps": findings.prps,
        **{f"{severity}s": findings.count(severity) for severity in Severity},
        "problems": [as_json(problem) for problem in findings.problems],
    }


def _lines(findings: Findings) -> Iterator[str]:
    for problem in findings.problems:
        yield f"{' '.join(str(problem).splitlines())} [{problem.code}]"
    counts = ", ".join(plural(findings.count(severity), severity) for severity in Severity)
    yield f"{counts} in {plural(findings.prps, 'PRP')}"

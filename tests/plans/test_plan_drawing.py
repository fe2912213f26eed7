"""The graph of a plan in all its forms."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from textwrap import dedent

import pytest
from standing_bench import stands

from batchexec.plans.drawing import FORMATS, draw
from batchexec.plans.tree import tree

TITLES = {"1.1": "Parser", "2.1": "Report", "2.2": 'Say "hi" to C#\n& <b>', "3.5.1": "Alone"}
GRAPH = {"2.1": ["1.1"], "1.1": (), "2.2": ["1.1", "2.1"], "3.5.1": ()}


def drawn(form: str, graph: dict[str, list[str]] | None = None, **files: str) -> str:
    return draw(stands(graph or GRAPH, titles=TITLES, **files), form)  # type: ignore[arg-type]  # names of files


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (
            "ascii",
            """\
            📊 Dependency Graph:
              2.1 → depends on: 1.1
              1.1 → no dependencies
              2.2 → depends on: 1.1, 2.1
              3.5.1 → no dependencies
            """,
        ),
        (
            "levels",
            """\
            📊 Dependency Levels:
              Level 0: 1.1, 3.5.1
              Level 1: 2.1
              Level 2: 2.2
            """,
        ),
        (
            "tree",
            """\
            📊 Dependency Tree:
              1.1 Parser
              ├─ 2.1 Report
              │  └─ 2.2 Say "hi" to C# & <b>
              └─ 2.2 Say "hi" to C# & <b>
              3.5.1 Alone
            """,
        ),
        (
            "mermaid",
            """\
            graph LR
              a1_1["1.1 Parser"]:::complete --> a2_1["2.1 Report"]:::ready
              a1_1 --> a2_2["2.2 Say #quot;hi#quot; to C#35; & #lt;b#gt;"]:::blocked
              a2_1 --> a2_2
              a3_5_1["3.5.1 Alone"]:::failed
              classDef complete fill:#c8e6c9,color:#000
              classDef failed fill:#ffcdd2,color:#000
              classDef ready fill:#bbdefb,color:#000
              classDef blocked fill:#ffe0b2,color:#000
            """,
        ),
        (
            "dot",
            r"""
            digraph plan {
              rankdir=LR;
              node [shape=box, style=filled];
              "2.1" [label="2.1 Report", class="ready", fillcolor="#bbdefb"];
              "1.1" [label="1.1 Parser", class="complete", fillcolor="#c8e6c9"];
              "2.2" [label="2.2 Say \"hi\" to C# & <b>", class="blocked", fillcolor="#ffe0b2"];
              "3.5.1" [label="3.5.1 Alone", class="failed", fillcolor="#ffcdd2"];
              "1.1" -> "2.1";
              "1.1" -> "2.2";
              "2.1" -> "2.2";
            }
            """,
        ),
    ],
)
def test_a_graph_is_drawn_like_this(form: str, text: str) -> None:
    assert drawn(form, approved="1.1", fix="3.5.1") == dedent(text).removeprefix("\n")


def test_a_graph_for_programs_has_nodes_and_arrows_from_dependency_to_dependent() -> None:
    found = json.loads(drawn("json", {"1.1": [], "2.1": ["1.1"]}, approved="1.1"))

    assert found["schema_version"] == 1
    assert found["plan"] == "MY-PLAN"
    assert found["nodes"][1] == {
        "id": "2.1",
        "title": "Report",
        "status": "not_started",
        "group": "ready",
        "level": 1,
        "dependencies": ["1.1"],
    }
    assert found["edges"] == [{"from": "1.1", "to": "2.1"}]
    assert found["hours"]["unknown"] == ["1.1", "2.1"]
    assert found["remaining_hours"]["unknown"] == ["2.1"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_graph_with_cycles_and_unknown_ids_is_drawn_all_the_same(form: str) -> None:
    text = drawn(form, {"1.1": ["1.2"], "1.2": ["1.1", "1.2"], "2.1": ["9.9"]})

    assert {"1.1", "1.2", "2.1"} <= set(re.findall(r"\d\.\d", text))


def test_an_id_that_is_not_listed_is_seen_in_the_drawing() -> None:
    assert '  a9_9["9.9"]:::unlisted --> a2_1["2.1 Report"]:::blocked' in drawn("mermaid", {"2.1": ["9.9"]})
    assert '  "9.9" [label="9.9", class="unlisted"' in drawn("dot", {"2.1": ["9.9"]})


def test_a_cycle_that_nothing_leads_to_gets_a_tree_of_its_own() -> None:
    assert drawn("tree", {"2.1": ["1.1"], "1.1": ["2.1"]}).splitlines()[1:] == [
        "  2.1 Report",
        "  └─ 1.1 Parser",
        "     └─ 2.1 Report (see above)",
    ]


def test_what_hangs_on_several_is_unfolded_once() -> None:
    graph = {"1.1": [], "1.2": [], "2.1": ["1.1", "1.2"], "3.1": ["2.1"]}

    assert drawn("tree", graph).splitlines()[1:] == [
        "  1.1 Parser",
        "  └─ 2.1 Report",
        "     └─ 3.1 Part 3.1",
        "  1.2 Part 1.2",
        "  └─ 2.1 Report (see above)",
    ]


def test_control_characters_of_titles_do_not_reach_the_terminal() -> None:
    found = stands({"1.1": ()}, titles={"1.1": "a\x1b[31mb\u202e"})

    assert all("\x1b" not in draw(found, form) and "\u202e" not in draw(found, form) for form in FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_a_chain_of_thousands_is_drawn_at_once_and_not_in_megabytes(form: str) -> None:
    chain = {f"1.{at}": [f"1.{at - 1}"] if at > 1 else [] for at in range(1, 5001)}
    found = stands(chain)
    started = time.process_time()

    text = draw(found, form)

    assert time.process_time() - started < 2
    assert len(text) < 3_000_000
    assert all(id_ in text for id_ in ("1.1", "1.2500", "1.5000"))


def test_a_deep_branch_goes_on_as_a_tree_of_its_own() -> None:
    chain = {f"1.{at}": [f"1.{at - 1}"] if at > 1 else [] for at in range(1, 61)}
    below = {id_: [f"1.{at + 1}"] if at < 60 else [] for at, id_ in enumerate(chain, 1)}

    lines = list(tree(chain, below))

    assert [(len(lead), id_, note) for lead, id_, note in lines if note or not lead] == [
        (0, "1.1", ""),
        (123, "1.42", " (continued below)"),
        (0, "1.42", ""),
    ]
    assert {id_ for _, id_, _ in lines} == set(chain)


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_graphviz_reads_what_is_written_for_it() -> None:
    done = subprocess.run(["dot", "-Tplain"], input=drawn("dot"), text=True, capture_output=True, check=True)

    assert done.stdout.count("\nedge ") == 3

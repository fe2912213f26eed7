"""PRPs made of a batch plan: their ids, stages and files, and that reading them gives the phases back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from batchexec.errors import BatchError, SourceError
from batchexec.generate.prps import GeneratedPrp, check_unused, generate, next_batch, prps_of, write_prps
from batchexec.sources.batch_plan import parse_batch_plan
from batchexec.sources.prp import Action, Prp, parse_prp, read_batches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CREATED = "2026-11-21T18:00:00Z"
PLAN = """\
# Mail

### Phase 1: Retry helper
**Goal**: A helper that tries again
**Estimated Hours**: 3-5
**Complexity**: low-medium
**Files Modified**:
- shop/retry.py (new file)
**Dependencies**: None
**Implementation Steps**:
1. Create `shop/retry.py`:
   ```python
   # Retries

   def retry(): ...
   ```
2. Export it
**Validation Gates**:
- [ ] `python3 -m pytest tests/test_retry.py -q`
- [ ] Waits are 1 s, 2 s, 4 s

### Phase 2: Mail & "news": use it
**Goal**: Mail survives transient errors
**Estimated Hours**: 20 minutes
**Complexity**: low
**Files Modified**: Makefile, ./shop/mail.py, ./LICENSE
**Dependencies**: Phase 1 (helper), PRP-11.2.1, numpy>=1.2
**Implementation Steps**:
- Wrap `send()`
**Validation Gates**:
- Once only:
  ```bash
  grep -c "retry(" shop/mail.py
  ```
  **Expected**: 1
**Conflict Notes**: shop/mail.py: ask first

### Phase 3: Docs
**Goal**: People know
**Estimated Hours**: 1
**Complexity**: low
**Files Modified**: docs/mail.md
**Dependencies**: **Soft dependency** on Phase 2
**Implementation Steps**: Write it down
**Validation Gates**: `test -s docs/mail.md`

### Phase 4: Style
**Goal**: It looks well
**Estimated Hours**: 1
**Complexity**: low
**Files Modified**: None
**Dependencies**: None
**Implementation Steps**: Mend it
**Validation Gates**: `ruff check`
"""


def phase(number: int, dependencies: str = "None", files: str = "None", title: str = "") -> str:
    return (
        f"### Phase {number}: {title or f'Part {number}'}\n**Goal**: It works\n**Estimated Hours**: 1\n"
        f"**Complexity**: low\n**Files Modified**: {files}\n**Dependencies**: {dependencies}\n"
        "**Implementation Steps**:\n1. Do it\n**Validation Gates**:\n- [ ] `make test`\n\n"
    )


def made(*phases: str, batch: int = 12, serialise: bool = False) -> list[GeneratedPrp]:
    plan = parse_batch_plan("".join(phases), "PLAN.md")
    return prps_of(plan, batch=batch, serialise=serialise, created=CREATED)


def read(prps: Sequence[GeneratedPrp]) -> list[Prp]:
    return [parse_prp(prp.text, prp.path) for prp in prps]


def edges(prps: Sequence[GeneratedPrp]) -> dict[str, str]:
    """Tell what each PRP waits for; `~` marks what is soft."""
    return {
        prp.id.removeprefix("PRP-"): " ".join(
            f"{'~' if edge.soft else ''}{edge.id.removeprefix('PRP-')}" for edge in prp.dependencies
        )
        for prp in read(prps)
    }


def stages(prps: Sequence[Prp]) -> dict[str, int]:
    """Compute stages from what the PRPs say they depend on."""
    found: dict[str, int] = {}
    left = list(prps)
    while left:
        prp = left.pop(0)
        deps = [edge.id for edge in prp.dependencies]
        if all(dep in found for dep in deps):
            found[prp.id] = 1 + max((found[dep] for dep in deps), default=0)
        else:
            left.append(prp)
    return found


def test_each_phase_becomes_a_prp_that_says_the_same() -> None:
    helper, style, mail, docs = read(made(PLAN))

    assert (helper.id, helper.title) == ("PRP-12.1.1", "Retry helper")
    assert (mail.id, mail.title) == ("PRP-12.2.1", 'Mail & "news": use it')
    assert (docs.id, style.id) == ("PRP-12.3.1", "PRP-12.1.2")
    assert [prp.effort for prp in (helper, mail)] == [(3, 5), (1 / 3, 1 / 3)]
    assert helper.complexity == "medium"
    assert [(one.path, one.action) for one in helper.files] == [("shop/retry.py", Action.CREATE)]
    assert [one.path for one in mail.files] == ["shop/mail.py", "LICENSE"]
    assert [(edge.id, edge.soft) for edge in mail.dependencies] == [
        ("PRP-12.1.1", False),
        ("PRP-11.2.1", False),
    ]
    assert mail.requirements == ("numpy>=1.2",)
    assert [(edge.id, edge.soft) for edge in docs.dependencies] == [("PRP-12.2.1", True)]
    assert [step.title for step in helper.steps] == ["Create `shop/retry.py`", "Export it"]
    assert "    def retry(): ...\n" in helper.steps[0].text
    assert [gate.manual for gate in helper.gates] == ["", "no command"]
    assert mail.gates[0].scripts == ('grep -c "retry(" shop/mail.py\n',)
    assert mail.gates[0].expectation.number == 1
    assert mail.conflict_potential == "shop/mail.py: ask first"
    assert [problem for prp in (helper, mail, docs) for problem in prp.problems] == []
    assert style.missing == ("file list",)


def test_the_front_matter_holds_what_other_tools_look_for() -> None:
    mail = made(PLAN)[2]
    header = yaml.safe_load(mail.text.split("---\n")[1])

    assert mail.path == "PRP-12.2.1-mail-news-use-it.md"
    assert header == {
        "prp_id": "PRP-12.2.1",
        "feature_name": 'Mail & "news": use it',
        "status": "pending",
        "created": CREATED,
        "complexity": "low",
        "estimated_hours": "20 minutes",
        "dependencies": ["PRP-12.1.1", "PRP-11.2.1", "numpy>=1.2"],
        "batch_id": 12,
        "stage": 2,
        "order": 1,
        "execution_order": 3,
        "merge_order": 3,
        "conflict_potential": "shop/mail.py: ask first",
        "branch_name": "prp-12-2-1-mail-news-use-it",
        "files_modified": ["shop/mail.py", "./LICENSE"],
    }


@pytest.mark.parametrize(
    ("dependencies", "expected"),
    [
        (["None", "None"], {"12.1.1": "", "12.1.2": ""}),
        (["Phase 2", "None", "Phase 2"], {"12.1.1": "", "12.2.1": "12.1.1", "12.2.2": "12.1.1"}),
        (["None", "Phase 1", "Phase 1-2"], {"12.1.1": "", "12.2.1": "12.1.1", "12.3.1": "12.1.1 12.2.1"}),
        (["None", "None", "All other phases"], {"12.1.1": "", "12.1.2": "", "12.2.1": "12.1.1 12.1.2"}),
        (["None", "Soft dependency on Phase 1"], {"12.1.1": "", "12.2.1": "~12.1.1"}),
    ],
)
def test_the_stage_of_a_phase_is_its_longest_path(dependencies: list[str], expected: dict[str, str]) -> None:
    assert edges(made(*(phase(n, said) for n, said in enumerate(dependencies, 1)))) == expected


def test_prps_are_counted_through_the_stages() -> None:
    found = read(made(phase(1), phase(2, "Phase 1"), phase(3), phase(4, "Phase 3")))

    assert [(prp.title, prp.stage_hint, prp.order) for prp in found] == [
        ("Part 1", 1, 1),
        ("Part 3", 1, 2),
        ("Part 2", 2, 1),
        ("Part 4", 2, 2),
    ]
    assert [(prp.execution_order, prp.merge_order) for prp in found] == [(n, n) for n in range(1, 5)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["a.py", "a.py", "./a.py:3"], {"12.1.1": "", "12.2.1": "12.1.1", "12.3.1": "12.1.1 12.2.1"}),
        (["a.py", "b.py", "a.py, b.py"], {"12.1.1": "", "12.1.2": "", "12.2.1": "12.1.1 12.1.2"}),
        (["src/", "src/a.py", "srcs/a.py"], {"12.1.1": "", "12.1.2": "", "12.2.1": "12.1.1"}),
        (["src/a.py", "src/"], {"12.1.1": "", "12.2.1": "12.1.1"}),
        (["a.py", "b.py"], {"12.1.1": "", "12.1.2": ""}),
    ],
)
def test_serialised_phases_that_share_a_file_wait_for_each_other(
    files: list[str], expected: dict[str, str]
) -> None:
    phases = [phase(n, files=said) for n, said in enumerate(files, 1)]

    assert edges(made(*phases, serialise=True)) == expected
    assert set(edges(made(*phases)).values()) == {""}


def test_phases_of_different_stages_may_share_a_file() -> None:
    phases = [phase(1, files="a.py"), phase(2, files="b.py"), phase(3, "Phase 2", files="a.py")]

    assert edges(made(*phases, serialise=True)) == {"12.1.1": "", "12.1.2": "", "12.2.1": "12.1.2"}


def test_serialising_never_turns_a_dependency_around() -> None:
    phases = [phase(1, "Phase 4", "a.py"), phase(2, files="a.py, b.py"), phase(3), phase(4, files="b.py")]

    assert edges(made(*phases, serialise=True)) == {
        "12.1.1": "",
        "12.1.2": "",
        "12.2.1": "12.1.1",
        "12.3.1": "12.2.1",
    }


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Émigré's Café -- 2nd go!", "emigre-s-cafe-2nd-go"),
        ("日本語", "phase-1"),
        ("word " * 20, "word-word-word-word-word-word-word-word-word-word"),
        ("x" * 49 + " yy", "x" * 49),
    ],
)
def test_file_names_are_short_and_plain(title: str, slug: str) -> None:
    (prp,) = made(phase(1, title=title))

    assert prp.path == f"PRP-12.1.1-{slug}.md"
    assert f"branch_name: prp-12-1-1-{slug}\n" in prp.text


def test_a_title_that_says_it_is_elsewhere_is_work_all_the_same() -> None:
    (prp,) = read(made(phase(1, title="Retry (not this PRP)")))

    assert [step.title for step in prp.steps] == ["Do it"]
    assert prp.title == "Retry (not this PRP)"


@pytest.mark.parametrize("title", ["Notes", "Testing Strategy", "Validation Gates", "Gate 1: Open", "Step 2"])
def test_a_phase_called_like_a_section_is_work_all_the_same(title: str) -> None:
    (prp,) = read(made(phase(1, title=title)))

    assert prp.title == title
    assert [step.title for step in prp.steps] == ["Do it"]
    assert [gate.scripts for gate in prp.gates] == [("make test",)]


def test_a_phase_cannot_wait_for_a_prp_that_is_only_being_made() -> None:
    with pytest.raises(SourceError) as caught:
        made(phase(1), phase(2, "PRP-12.1.1"))

    assert str(caught.value) == (
        "PLAN.md:17: error: Phase 2 depends on PRP-12.1.1, and batch 12 is only being made; name the phase"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "PLAN.md").write_text(PLAN)
    return tmp_path


def all_files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_the_batch_is_the_one_after_all_that_were_used(root: Path) -> None:
    for name in ("a/PRP-7.1.1-x.md", "a/PRP-9-BATCH-PLAN.md", "a/b/PRP-10.4-x.md", "c/PRP-A-x.md", "c/99.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    results = [root / "batch-11.result.json", root / "batch-50.json"]

    assert next_batch([]) == 1
    assert next_batch([root / "a", root / "c"]) == 11
    assert next_batch([root / "a"], results) == 12


@pytest.mark.parametrize("batch", [7, 11])
def test_a_batch_that_was_used_is_refused(root: Path, batch: int) -> None:
    (root / "PRP-7.1.1-x.md").touch()
    (root / "PRP-12-BATCH-PLAN.md").touch()
    results = [root / "batch-11.result.json"]

    with pytest.raises(SourceError) as caught:
        check_unused(batch, [root], results)
    check_unused(12, [root], results)

    assert str(caught.value) == f"error: there is a batch {batch} already; 13 is free"


def test_prps_are_written_where_a_run_finds_them(root: Path) -> None:
    said = generate(root / "PLAN.md", root, "PRPs/new/", created=CREATED)

    assert said.text == (
        "PRPs/new/PRP-1.1.1-retry-helper.md (stage 1)\n"
        "PRPs/new/PRP-1.1.2-style.md (stage 1)\n"
        "PRPs/new/PRP-1.2.1-mail-news-use-it.md (stage 2, after PRP-1.1.1)\n"
        "PRPs/new/PRP-1.3.1-docs.md (stage 3, after PRP-1.2.1)\n"
        "Batch 1: 4 PRPs in 3 stages; `doit --batch 1` carries them out\n"
    )
    assert all_files(root) == ["PLAN.md", *sorted(f"PRPs/new/{prp.path}" for prp in said.prps)]
    found = read_batches([root / "PRPs"], root)
    assert [prp.text for prp in found.batches[1].prps.values()] == [prp.text for prp in said.prps]
    assert [str(one) for one in found.problems if "12" in one.message] == []


def test_a_second_round_gets_the_next_number(root: Path) -> None:
    generate(root / "PLAN.md", root, "PRPs")

    assert generate(root / "PLAN.md", root, "PRPs").prps[0].id == "PRP-2.1.1"


def test_a_dry_run_only_tells(root: Path) -> None:
    said = generate(root / "PLAN.md", root, "PRPs", 47, dry_run=True)

    assert said.text.endswith("Batch 47: 4 PRPs in 3 stages; nothing was written\n")
    assert all_files(root) == ["PLAN.md"]
    assert not (root / "PRPs").exists()


def test_nothing_is_written_where_a_file_is_in_the_way(root: Path) -> None:
    prps = prps_of(parse_batch_plan(PLAN, "PLAN.md"), batch=12)
    (root / "PRPs").mkdir()
    (root / "PRPs" / prps[-1].path).write_text("mine")

    with pytest.raises(BatchError) as caught:
        write_prps(prps, root, "PRPs")

    assert str(caught.value) == (
        "error: PRPs/PRP-12.3.1-docs.md exists already; "
        "nothing was written; move it away, or choose another number for the batch"
    )
    assert all_files(root) == ["PLAN.md", "PRPs/PRP-12.3.1-docs.md"]
    assert (root / "PRPs" / prps[-1].path).read_text() == "mine"


@pytest.mark.parametrize("directory", ["/up", "../up", "a/../../b"])
def test_prps_are_written_below_the_root_only(root: Path, directory: str) -> None:
    with pytest.raises(BatchError) as caught:
        generate(root / "PLAN.md", root, directory, 12, dry_run=True)

    assert str(caught.value) == (
        f"error: {directory} is no directory below the repository's root; "
        "nothing was written; name one, like `PRPs`"
    )


def test_of_an_incomplete_plan_nothing_is_written(root: Path) -> None:
    (root / "PLAN.md").write_text(phase(1) + phase(2, "Phase 9").replace("**Complexity**: low\n", ""))

    with pytest.raises(SourceError) as caught:
        generate(root / "PLAN.md", root, "PRPs")

    assert len(caught.value.problems) == 2
    assert all_files(root) == ["PLAN.md"]


def test_a_lenient_plan_makes_prps_that_say_less(root: Path) -> None:
    (root / "PLAN.md").write_text(
        "### Phase 1: A\n**Goal**: x\n**Dependencies**: None\n**Implementation Steps**:\n1. y\n"
    )

    (prp,) = read(generate(root / "PLAN.md", root, "PRPs", lenient=True).prps)

    assert prp.missing == ("effort", "file list", "runnable gate")
    assert prp.gates == ()


def test_a_template_of_the_project_that_loses_something_is_refused(root: Path) -> None:
    (root / "prp.md.j2").write_text("---\nprp_id: {{ id }}\nfeature_name: x\n---\n## Phases\n1. y\n")

    with pytest.raises(SourceError) as caught:
        prps_of(parse_batch_plan(phase(1), "PLAN.md"), batch=12, overrides=root)

    path = "PRP-12.1.1-part-1.md"
    assert [str(problem) for problem in caught.value.problems] == [
        f"PLAN.md:1: error: Phase 1: its {what} would be read differently from its PRP, {path}; "
        "write them more simply"
        for what in ("title", "stage and order", "hours", "complexity", "steps", "gates")
    ]


def test_a_long_plan_is_made_into_prps() -> None:
    prps = made(*(phase(n, f"Phase {n - 1}" if n > 1 else "None") for n in range(1, 501)))

    assert prps[-1].id == "PRP-12.500.1"


WORDS = st.text(
    st.one_of(st.sampled_from("aB1 .:;,#*`-_()[]{}<>!|&'\"\\/é✅→\u200d\t"), st.characters(codec="utf-8")),
    min_size=1,
    max_size=30,
).map(lambda text: "w" + " ".join(text.split()).replace("\x00", "").rstrip())
LINES = st.lists(WORDS, min_size=1, max_size=4, unique_by=str.casefold)


@st.composite
def plans(draw: st.DrawFn) -> str:
    titles = draw(st.lists(WORDS, min_size=1, max_size=7, unique_by=str.casefold))
    text = ""
    for number, title in enumerate(titles, 1):
        earlier = draw(st.sets(st.integers(1, number - 1))) if number > 1 else set()
        soft = draw(st.sets(st.sampled_from(sorted(earlier)))) if earlier else set()
        said = "".join(
            f"- {'**Soft dependency** on ' if one in soft else ''}Phase {one}\n" for one in sorted(earlier)
        )
        steps = "".join(f"{place}. {step}\n   - {step}\n" for place, step in enumerate(draw(LINES), 1))
        gates = "".join(f"- [ ] {gate}\n" for gate in draw(LINES))
        text += (
            f"### Phase {number}: {title}\n**Goal**: {draw(WORDS)}\n**Estimated Hours**: 1\n"
            f"**Complexity**: low\n**Files Modified**: a{number}.py\n**Dependencies**:\n{said or 'None'}\n"
            f"**Implementation Steps**:\n{steps}**Validation Gates**:\n{gates}"
            f"**Conflict Notes**: {draw(WORDS)}\n\n"
        )
    return text


@given(plans())
def test_whatever_a_plan_says_its_prps_have_the_stages_of_their_ids(text: str) -> None:
    prps = read(made(text))

    assert {prp.id: prp.stage_hint for prp in prps} == stages(prps)
    assert {prp.id: prp.stage_of_id for prp in prps} == stages(prps)
    counts = Counter(prp.stage_hint for prp in prps)
    assert all(1 <= (prp.order or 0) <= counts[prp.stage_hint] for prp in prps)

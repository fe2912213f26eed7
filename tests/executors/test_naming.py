from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apply_bench import task

from batchexec.executors import Apply
from batchexec.model import Candidate, Location, Naming, Resolution, Status, Task

if TYPE_CHECKING:
    from apply_bench import Bench

UPDATE = Apply(tasks_md="tasks.md")
RENAME = Apply(tasks_md="tasks.md", naming=Resolution.RENAME)
HOOK = (2, "code path=src/total.py symbol=total")


def naming(*found: tuple[str, int], resolution: Resolution | None = None) -> Naming:
    candidates = tuple(Candidate(path, similarity) for path, similarity in found or (("src/totals.py", 92),))
    where = Location("prompt.md", 9)
    return Naming(expected="src/total.py", location=where, candidates=candidates, resolution=resolution)


def misnamed(bench: Bench, *namings: Naming, hook: tuple[int, str] = HOOK) -> Task:
    bench.put("src/totals.py", "def total():\n    return 1\n")
    bench.put("tasks.md", f"- [x] TASK-1 Add totals\r\n  evidence: {hook[1]}\r\n- [ ] TASK-2 {hook[1]}\r\n")
    return task(naming=namings or (naming(),), outputs=("src/total.py",), evidence=(hook,))


def test_by_default_the_path_in_tasks_md_is_mended_and_nothing_else(bench: Bench) -> None:
    one = misnamed(bench)
    outcome = bench.run(one, UPDATE)
    assert outcome.status is Status.PASSED
    assert outcome.notes == ("tasks.md:2: src/total.py -> src/totals.py",)
    assert bench.text("tasks.md") == (
        "- [x] TASK-1 Add totals\r\n"
        "  evidence: code path=src/totals.py symbol=total\r\n"
        "- [ ] TASK-2 code path=src/total.py symbol=total\r\n"
    )


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        (
            "path=src/total.py contains=src/total.pyc",
            "src/totals.py",
            "path=src/totals.py contains=src/total.pyc",
        ),
        ('path="src/total.py"', "src/the total.py", 'path="src/the total.py"'),
        ("path=src/total.py", "src/the total.py", 'path="src/the total.py"'),
        ("path=./src/total.py", "lib/total.py", "path=lib/total.py"),
    ],
)
def test_the_value_is_replaced_byte_by_byte(bench: Bench, before: str, found: str, after: str) -> None:
    one = misnamed(bench, naming((found, 95)), hook=(2, f"code {before}"))
    bench.put(found, "src/total.pyc\n")
    assert bench.run(one, UPDATE).status is Status.PASSED
    assert bench.text("tasks.md").splitlines()[1] == f"  evidence: code {after}"


def test_a_line_that_has_changed_since_is_left_alone(bench: Bench) -> None:
    one = misnamed(bench)
    bench.put("tasks.md", "- [x] TASK-1 Add totals\n  evidence: code path=src/other.py\n")
    outcome = bench.run(one, UPDATE)
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "the line does not name src/total.py just once"


def test_without_a_hook_there_is_nothing_to_mend(bench: Bench) -> None:
    outcome = bench.run(misnamed(bench, hook=(2, "code path=src/cart.py")), UPDATE)
    assert outcome.summary == "src/total.py is missing: no hook in tasks.md names it"
    assert outcome.hint == (
        "similar files: src/totals.py (92%); write the right path into tasks.md, or rename the file"
    )


def test_a_list_outside_the_repository_is_left_to_a_person(bench: Bench) -> None:
    outcome = bench.run(misnamed(bench), Apply())
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == (
        "src/total.py is missing: tasks.md is outside the repository and is not written"
    )
    assert outcome.hint == "write src/totals.py (92% similar) there by hand: tasks.md:2"
    assert bench.run(misnamed(bench), Apply(naming=Resolution.RENAME)).status is Status.PASSED


def test_rename_moves_the_file_and_leaves_tasks_md(bench: Bench) -> None:
    one = misnamed(bench)
    before = bench.text("tasks.md")
    outcome = bench.run(one, RENAME)
    assert (outcome.status, outcome.notes) == (Status.PASSED, ("renamed src/totals.py to src/total.py",))
    assert bench.tree() == {"src/total.py": "def total():\n    return 1\n", "tasks.md": before}


@pytest.mark.parametrize(
    "mention",
    ["see src/totals.py", "from src.totals import total", "import src.totals", "require('./totals')"],
)
def test_a_file_that_others_mention_is_not_renamed(bench: Bench, mention: str) -> None:
    one = misnamed(bench)
    bench.put("app.py", f"\n{mention}\n")
    before = bench.tree()
    outcome = bench.run(one, RENAME)
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "src/totals.py was not renamed: app.py:2 mention it"
    assert outcome.hint == "rename it to src/total.py together with them"
    assert bench.tree() == before


def test_the_word_alone_is_no_mention_nor_is_the_prompt_one(bench: Bench) -> None:
    one = misnamed(bench)
    bench.put("prompt.md", "similar: src/totals.py")
    bench.put("README.md", "the totals come from the cart")
    bench.put("app.py", "totals = 1\n# subtotals.py\n")
    assert bench.run(one, RENAME).status is Status.PASSED


def moved(bench: Bench, old: str, new: str) -> Task:
    """Put a file where it was, and a task that looks for it elsewhere."""
    bench.put(old, "def total(): return 1\n")
    bench.put("tasks.md", f'- [x] TASK-1 Move it\n  evidence: code path="{new}" # {old}\n')
    where = Location("prompt.md", 9)
    one = Naming(expected=new, location=where, candidates=(Candidate(old, 100),))
    return task(naming=(one,), outputs=(new,), evidence=((2, f'code path="{new}"'),))


@pytest.mark.parametrize(
    ("old", "new", "other", "line"),
    [
        (
            "documentation/guide.md",
            "docs/guide.md",
            "README.md",
            "see docs/guide.md and [it](./docs/guide.md#a)",
        ),
        ("documentation/guide.md", "docs/guide.md", "docs/index.md", "[it](guide.md), /docs/guide.md:8"),
        (
            "documentation/guide.md",
            "docs/guide.md",
            "README.md",
            "another/guide.md, https://x.y/docs/guide.md",
        ),
        ("guide.md", "docs/guide.md", "README.md", "path=docs/guide.md"),
        ("guide.md", "docs/guide.md", "README.md", "https://x.y/main/docs/guide.md"),
        ("guide.md", "docs/guide.md", "docs/a/b.md", "[it](../guide.md) `docs/guide.md`"),
        ("guide.md", "docs/old guides/guide.md", "README.md", "[it](<docs/old guides/guide.md>)"),
        ("docs/a b/guide.md", "docs/guide.md", "README.md", "b/guide.md"),
        ("util/total.py", "src/total.py", "app.py", "from src.total import total"),
        ("util/total.py", "src/total.py", "app.py", "from src import total"),
        ("util/total.py", "src/total.py", "src/app.py", "from . import total"),
        ("util/total.py", "src/total.py", "src/app.py", "from .total import total"),
        ("util/total.py", "src/total.py", "util/app.py", "from .cart import rest  # util.totals"),
        ("util/a/total.py", "src/util/a/total.py", "app.py", "import src.util.a.total"),
        ("total.js", "src/total.js", "app.js", "import total from './src/total.js'"),
        ("util/total.ts", "src/total.ts", "src/app.ts", "import { total } from './total'"),
        ("util/total.ts", "src/total.ts", "web/app.ts", "import total from '@/src/total'"),
        ("total.h", "src/total.h", "src/app.c", '#include "total.h"'),
        ("util/__init__.py", "src/util/__init__.py", "app.py", "from src.util import a"),
    ],
)
def test_a_moved_file_is_renamed_where_others_speak_of_its_new_place(
    bench: Bench, old: str, new: str, other: str, line: str
) -> None:
    one = moved(bench, old, new)
    bench.put(other, f"\n{line}\n")
    outcome = bench.run(one, RENAME)
    assert (outcome.summary, outcome.notes) == ("", (f"renamed {old} to {new}",))
    assert bench.text(new) == "def total(): return 1\n"


@pytest.mark.parametrize(
    ("old", "new", "other", "line"),
    [
        (
            "documentation/guide.md",
            "docs/guide.md",
            "README.md",
            "docs/guide.md, once documentation/guide.md",
        ),
        ("documentation/guide.md", "docs/guide.md", "README.md", "(https://x.y/main/documentation/guide.md)"),
        ("documentation/guide.md", "docs/guide.md", "documentation/index.md", "[it](guide.md)"),
        ("documentation/guide.md", "docs/guide.md", "src/a.py", "open('../documentation/guide.md')"),
        ("documentation/guide.md", "docs/guide.md", "docs/index.md", "[it](/documentation/guide.md#a)"),
        ("guide.md", "docs/guide.md", "src/a.py", "open('guide.md')"),
        ("docs/old guides/guide.md", "docs/guide.md", "README.md", "[it](<docs/old guides/guide.md>)"),
        ("app/[id]/page.tsx", "pages/[id]/page.tsx", "README.md", "`app/[id]/page.tsx`"),
        ("util/total.py", "src/total.py", "app.py", "from util.total import total"),
        ("util/total.py", "src/total.py", "app.py", "    from shop.util import rest, total"),
        ("util/total.py", "src/total.py", "util/app.py", "from . import total"),
        ("util/total.py", "src/total.py", "util/app.py", "from .total import total"),
        ("util/total.py", "src/total.py", "src/app.py", "from ..util.total import total"),
        ("util/total.py", "src/total.py", "util/app.py", "import total"),
        ("src/total.py", "src/cart/total.py", "tests/test_a.py", "import total"),
        ("util/total.ts", "src/total.ts", "src/app.ts", "import { total } from '../util/total'"),
        ("util/total.ts", "src/total.ts", "src/app.ts", "import { total } from '@/util/total'"),
        ("util/total.rs", "src/total.rs", "src/main.rs", "use crate::util::total;"),
        ("util/__init__.py", "src/util/__init__.py", "app.py", "from util import a"),
        ("web/util/index.js", "src/util/index.js", "web/app.js", "require('./util')"),
    ],
)
def test_a_file_is_not_moved_while_others_speak_of_its_old_place(
    bench: Bench, old: str, new: str, other: str, line: str
) -> None:
    one = moved(bench, old, new)
    bench.put(other, f"\n{line}\n{line}\n")
    before = bench.tree()
    outcome = bench.run(one, RENAME)
    assert outcome.summary == f"{old} was not renamed: {other}:2 mention it"
    assert bench.tree() == before


def test_only_the_hooks_of_the_task_itself_may_name_the_old_file(bench: Bench) -> None:
    one = misnamed(bench, hook=(2, "code path=src/total.py"))
    bench.put("tasks.md", "- [ ] TASK-1 x\n  evidence: code path=src/total.py # totals.py\n")
    assert bench.run(one, RENAME).status is Status.PASSED
    other = misnamed(bench)
    (bench.root / "src/total.py").unlink()
    bench.put("tasks.md", f"{bench.text('tasks.md')}- [ ] TASK-2 y\n  evidence: code path=src/totals.py\n")
    assert bench.run(other, RENAME).summary == "src/totals.py was not renamed: tasks.md:5 mention it"


def test_many_mentions_on_one_line_are_looked_through_in_linear_time(bench: Bench) -> None:
    one = moved(bench, "documentation/guide.md", "docs/guide.md")
    bench.put("app.py", "import " + "docs/guide.md" * 20_000 + "/guide" * 20_000)
    assert bench.run(one, RENAME).status is Status.PASSED


def test_the_prompt_decides_before_the_settings(bench: Bench) -> None:
    outcome = bench.run(misnamed(bench, naming(resolution=Resolution.MANUAL)), RENAME)
    assert outcome.status is Status.NEEDS_WORK
    assert outcome.summary == "src/total.py is missing: to be settled by hand"
    assert outcome.hint == (
        "similar files: src/totals.py (92%); write the right path into tasks.md, or rename the file"
    )


@pytest.mark.parametrize(
    ("similarities", "clear"),
    [
        ((90,), True),
        ((90, 89), True),
        ((95, 95), False),
        ((89, 75), False),
        ((89, 74), True),
        ((80,), True),
        ((79,), False),
    ],
)
def test_only_a_clear_winner_is_taken(bench: Bench, similarities: tuple[int, ...], clear: bool) -> None:
    found = [(f"src/totals{n or ''}.py", similarity) for n, similarity in enumerate(similarities)]
    for path, _ in found:
        bench.put(path, "def total():\n    return 1\n")
    one = misnamed(bench, naming(*found))
    outcome = bench.run(one, UPDATE)
    assert (outcome.status is Status.PASSED) is clear
    assert clear or outcome.summary == "src/total.py is missing: no file is clearly the one meant"


def test_a_file_that_is_gone_is_no_candidate(bench: Bench) -> None:
    outcome = bench.run(misnamed(bench, naming(("src/gone.py", 100))), UPDATE)
    assert outcome.hint.startswith("similar files: none;")


def test_a_winner_without_what_the_hook_asks_for_is_none(bench: Bench) -> None:
    one = misnamed(bench, hook=(2, "code path=src/total.py symbol=Cart"))
    outcome = bench.run(one, UPDATE)
    assert outcome.summary == "src/total.py is missing: src/totals.py does not fit: symbol not found"


def test_a_file_that_is_there_by_now_needs_nothing(bench: Bench) -> None:
    one = misnamed(bench)
    bench.put("src/total.py", "")
    outcome = bench.run(one, UPDATE)
    assert (outcome.status, outcome.notes) == (Status.PASSED, ("src/total.py is there",))

"""The files a PRP declares."""

from __future__ import annotations

from textwrap import dedent

import pytest

from batchexec.sources.prp import Prp, parse_prp


def read(text: str) -> Prp:
    return parse_prp(dedent(text).lstrip("\n"), "PRP-12.2.1-mail.md")


def files(text: str) -> list[tuple[str, str]]:
    return [(file.path, file.action.value) for file in read(text).files]


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("- `shop/mail.py` - the retry", ("shop/mail.py", "modify")),
        ("- `shop/mail.py` (create)", ("shop/mail.py", "create")),
        ("* shop/mail.py (new file)", ("shop/mail.py", "create")),
        ("1. `shop/mail.py` — New helper", ("shop/mail.py", "create")),
        ("- **`shop/mail.py`**: (delete)", ("shop/mail.py", "delete")),
        ("- [ ] shop/mail.py: use it", ("shop/mail.py", "modify")),
        ("- ./shop/mail.py:12-40", ("shop/mail.py", "modify")),
        ("- shop/x/../mail.py", ("shop/mail.py", "modify")),
        ("- README.md", ("README.md", "modify")),
        ("- .env", (".env", "modify")),
        ("- `docs/`", ("docs", "modify")),
        ("| `shop/mail.py` | new | the retry |", ("shop/mail.py", "create")),
        ("| shop/mail.py | the retry |", ("shop/mail.py", "modify")),
        ("- app/[id]/page.tsx", ("app/[id]/page.tsx", "modify")),
    ],
)
def test_an_item_is_a_path_and_a_note(item: str, found: tuple[str, str]) -> None:
    assert files(f"**Files Modified**:\n{item}\n") == [found]
    assert files(f"## 4. Files Modified (1)\nThese:\n\n{item}\n") == [found]


def test_a_pattern_is_no_file_that_can_be_missed() -> None:
    assert files("**Files Created**: tests/*.py\n") == [("tests/*.py", "")]


@pytest.mark.parametrize(
    "item",
    [
        "- None (analysis only)",
        "- n/a",
        "| File | Note |",
        "|---|---|",
        "- a few helpers",
        "- https://x.org/a",
    ],
)
def test_other_items_are_no_files(item: str) -> None:
    assert files(f"**Files Modified**:\n{item}\n") == []


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "~/.config/x.json", "../other/x.py", "a/../../x.py", "C:\\x.py"]
)
def test_a_path_out_of_the_repository_is_ignored_with_a_warning(path: str) -> None:
    prp = read(f"**Files Modified**:\n- `{path}`\n- `{path}`\n")

    assert prp.files == ()
    (told,) = [str(problem) for problem in prp.problems if "path" in problem.message]
    assert told == (
        f"PRP-12.2.1-mail.md:2: warning: the path {path} leads out of the repository and is ignored; "
        "name a file below the repository's root"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("---\nfiles_modified: [a.py, b.py]\n---\n", [("a.py", "modify"), ("b.py", "modify")]),
        ("---\nfiles_modified: a.py (x, y), b.py\n---\n", [("a.py", "modify"), ("b.py", "modify")]),
        (
            "---\nfiles_created:\n  - a.py\nfiles_deleted:\n  - b.py\n---\n",
            [("a.py", "create"), ("b.py", "delete")],
        ),
        ("---\nfiles_modified:\n  - a.py: new\n---\n", [("a.py", "create")]),
        ("---\nfiles_modified: none\n---\n", []),
        ("**Files Modified**: `a.py`, `b/c` (new, x)\n", [("a.py", "modify"), ("b/c", "create")]),
        ("**File Affected:** a.py\n", [("a.py", "")]),
        ("**Files to Create**:\n\n- a.py\n\nThen:\n- b.py\n", [("a.py", "create")]),
        ("- **Files to Modify**:\n  - a.py\n", [("a.py", "modify")]),
        ("**Files to Delete**:\n```bash\nrm a.py\n```\n- b.py\n", []),
        ("### Files Created\n| File |\n|---|\n| a.py |\n", [("a.py", "create")]),
        ("```\n**Files Modified**: a.py\n```\n", []),
        ("**Files to Check**:\n- a.py\n", []),
    ],
)
def test_header_sections_and_labels_list_files(text: str, found: list[tuple[str, str]]) -> None:
    assert files(text) == found


def test_phases_of_work_name_files_and_others_do_not() -> None:
    text = """
        ## Implementation
        ### Phase 1: A
        **File**: `a.py` (new file)
        **Update**: b.py, c.py
        **Modify:** `d.py`
        ## Rollout Plan
        ### Phase 2: B
        **Update**: `e.py`
        """

    assert files(text) == [("a.py", "create"), ("b.py", "modify"), ("c.py", "modify"), ("d.py", "modify")]


def test_a_step_that_begins_with_create_declares_a_creation() -> None:
    prp = read(
        """
        ---
        files_modified: [shop/mail.py, shop/retry.py]
        ---
        ## Implementation
        ### Phase 1: A
        1. Look
        2. **Create `./shop/retry.py`** with a helper
        3. Create `RETRIES` in `shop/mail.py`
        4. Then create `shop/no.py`
        ### Phase 2: B
        **Create**: `shop/more.py`
        """
    )

    assert [(file.path, file.action.value, file.step) for file in prp.files] == [
        ("shop/mail.py", "modify", None),
        ("shop/retry.py", "create", 2),
        ("shop/more.py", "create", 5),
    ]


def test_a_file_said_twice_is_one_and_the_stronger_word_counts() -> None:
    text = "**Files Modified**: a.py\n**Files Affected**: ./a.py, b.py\n**Files Created**: a.py:3\n"

    assert files(text) == [("a.py", "create"), ("b.py", "")]

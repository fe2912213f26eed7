from __future__ import annotations

import pytest

from batchexec.executors.apply.hook_comment import hook_comment, with_comment

SAID = "EVIDENCE_HOOK: T1"


@pytest.mark.parametrize(
    ("path", "comment"),
    [
        *(
            (p, f"# {SAID}")
            for p in ("a.py", "a.SH", "a.yaml", "a.toml", "a.r", "a.tf", "x/Dockerfile", "Makefile", ".env")
        ),
        *(
            (p, f"// {SAID}")
            for p in ("a.js", "a.tsx", "a.go", "a.rs", "a.java", "a.h", "a.cpp", "a.proto", "a.scss")
        ),
        ("a.css", f"/* {SAID} */"),
        *((p, f"<!-- {SAID} -->") for p in ("a.html", "a.xml", "a.svg", "a.vue", "a.md")),
        *((p, f"-- {SAID}") for p in ("a.sql", "a.lua", "a.hs")),
        *((p, f"; {SAID}") for p in ("a.ini", "a.clj")),
        *(
            (p, None)
            for p in ("a.json", "a.csv", "a.txt", "a.lock", "a.ipynb", "a.unknown", "LICENSE", ".gitignore")
        ),
    ],
)
def test_every_kind_of_file_has_its_comment(path: str, comment: str | None) -> None:
    assert hook_comment(path, "T1") == comment


@pytest.mark.parametrize(("path", "task_id"), [("a.md", "a--b"), ("a.css", "x*/")])
def test_an_id_that_would_end_the_comment_gets_none(path: str, task_id: str) -> None:
    assert with_comment("text\n", path, task_id) == "text\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "|import os\n"),
        ("a.py", "#!/usr/bin/env python\n|import os\n"),
        ("a.py", "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n|import os\n"),
        ("a.py", "# coding: utf-8\n|import os\n"),
        ("a.py", "|# a comment\nx = 'coding: no'\n"),
        ("a.sh", "#!/bin/sh\n|true\n"),
        ("a.rs", "|#![allow(x)]\nfn f() {}\n"),
        ("a.js", "#!/usr/bin/env node\n|f()\n"),
        ("a.php", "<?php\n|echo 1;\n"),
        ("a.php", "<b>text</b>\n"),
        ("a.xml", '<?xml version="1.0"?>\n|<a/>\n'),
        ("a.md", "---\ntitle: x\n---\n|# A\n"),
        ("a.md", "|---\nno front matter\n"),
        ("a.yaml", "|---\na: 1\n"),
        ("a.css", '@charset "utf-8";\n|a {}\n'),
        ("Dockerfile", "# syntax=docker/dockerfile:1\n|FROM x\n"),
        ("a.py", "|"),
    ],
)
def test_it_stands_where_the_first_comment_may(path: str, text: str) -> None:
    comment = hook_comment(path, "T1")
    assert with_comment(text.replace("|", ""), path, "T1") == text.replace("|", f"{comment}\n")


def test_a_declaration_on_the_line_of_the_document_is_followed_by_it() -> None:
    assert with_comment('<?xml version="1.0"?><a/>\n', "a.xml", "T1") == (
        f'<?xml version="1.0"?>\n<!-- {SAID} -->\n<a/>\n'
    )


def test_once_is_enough_but_a_longer_id_is_another() -> None:
    assert with_comment(f"x = 1  # {SAID}\n", "a.py", "T1") == f"x = 1  # {SAID}\n"
    assert with_comment(f"# {SAID}2\n", "a.py", "T1") == f"# {SAID}\n# {SAID}2\n"

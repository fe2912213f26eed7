"""How the names people give a category are understood."""

from __future__ import annotations

import pytest

from batchexec.categories import category_of
from batchexec.model import CATEGORIES


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_known_by_its_own_name(category: str) -> None:
    assert category_of(category) == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("missing-tests.md", "missing_tests"),
        ("Missing Test", "missing_tests"),
        ("MISSING_TESTS", "missing_tests"),
        (" missing  tests ", "missing_tests"),
        ("missing codes", "missing_code"),
        ("symbol_issues.md", "symbol_issue"),
        ("01-content_issues.md", "content_issue"),
        ("06_naming-issue.md", "naming_issue"),
        ("3. Not Implemented", "not_implemented"),
        ("uncategorized", "uncategorised"),
    ],
)
def test_case_plural_numbers_hyphens_and_blanks_do_not_matter(text: str, category: str) -> None:
    assert category_of(text) == category


@pytest.mark.parametrize(
    "text", ["", "01-", "foundations.md", "v1-missing_tests", "missing_1-tests", "tests"]
)
def test_anything_else_is_no_category(text: str) -> None:
    assert category_of(text) is None

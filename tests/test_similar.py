from __future__ import annotations

import re
import time
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.model import Candidate
from batchexec.roles import role_of
from batchexec.similar import Similar

FILES = (
    "src/cart/totals.py",
    "src/cart/a.py",
    "src/cart/checkout_form.py",
    "src/old/readme.md",
    "src/web/userCard.tsx",
    "src/web/HTTPServer.ts",
    "tests/test_totals.py",
    "web/card.test.ts",
    "lib/totals.go",
    ".spec/prompts/totals.py",
    "Makefile",
    "web/shop/index.ts",
)


def found(path: str, *files: str) -> list[tuple[str, int]]:
    return [(one.path, one.similarity) for one in Similar(files or FILES).find(path)]


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("totals.py", "src/cart/totals.py"),
        ("src/totals.py", "src/cart/totals.py"),
        ("tests/cart/a.py", "src/cart/a.py"),
        ("tests/unit/test_totals.py", "tests/test_totals.py"),
        ("build/Makefile", "Makefile"),
        ("lib/shop/index.ts", "web/shop/index.ts"),
    ],
)
def test_a_moved_file_is_found(path: str, other: str) -> None:
    assert found(path)[0] == (other, 100)


@pytest.mark.parametrize(
    ("path", "other", "percent"),
    [
        ("src/cart/total.py", "src/cart/totals.py", 91),
        ("src/cart/checkout_forms.py", "src/cart/checkout_form.py", 96),
        ("src/web/user-card.ts", "src/web/userCard.tsx", 99),
        ("src/web/user_card.jsx", "src/web/userCard.tsx", 99),
        ("src/web/http-server.js", "src/web/HTTPServer.ts", 99),
        ("tests/totals_test.py", "tests/test_totals.py", 99),
        ("web/card.spec.ts", "web/card.test.ts", 99),
        ("src/old/README.MD", "src/old/readme.md", 99),
        ("src/old/README.rst", "src/old/readme.md", 99),
    ],
)
def test_a_file_of_nearly_the_same_name_is_found(path: str, other: str, percent: int) -> None:
    assert found(path) == [(other, percent)]


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("zzz.py", "a.py"),
        ("src/total.py", "src/totals.go"),
        ("src/total.py", "tests/test_totals.py"),
        ("src/cart.py", "src/carts.py"),
        ("src/invoice.py", "src/invoking.py"),
        ("src/totals.py", ".spec/totals.py"),
        ("src/totals.py", "src/totals.py"),
        ("src/totals.py", "src/totals.py/totals.txt"),
        ("db/002_create_users.sql", "db/001_create_users.sql"),
        ("src/invoice_v2.py", "src/invoice_v1.py"),
        ("src/cart/__init__.py", "src/shop/__init__.py"),
        ("app/login/page.tsx", "app/home/page.tsx"),
    ],
    ids=lambda path: path.replace("/", "|"),
)
def test_a_file_of_another_name_suffix_or_role_is_not(path: str, file: str) -> None:
    assert found(path, file) == []


def test_of_equals_the_nearest_come_first_and_then_the_alphabet_decides() -> None:
    files = ["z/x.py", "a/x.py", "src/z/x.py", "src/a/x.py", "src/z/b/x.py", "srcs/x.py"]
    paths = [path for path, _ in found("src/z/b/c/x.py", *files)]

    assert paths == ["src/z/b/x.py", "src/z/x.py", "src/a/x.py", "a/x.py", "srcs/x.py"]


def test_the_nearest_come_first_among_files_of_nearly_the_same_name_too() -> None:
    index = Similar(["a/invoice_.py", "a/invoices.py", "a/invoicex.py", "b/invoices.py"])

    assert index.find("b/invoice.py", most=1) == (Candidate("b/invoices.py", 93),)
    assert index.find("c/invoice.py", most=1) == (Candidate("a/invoice_.py", 93),)


def test_very_long_names_are_compared_like_others() -> None:
    assert found(f"x{'ab' * 100}.py", f"y{'ab' * 100}.py") == [(f"y{'ab' * 100}.py", 99)]


def test_the_best_come_first_and_no_more_than_asked_for() -> None:
    index = Similar(["a/invoices.py", "b/invoice.py", "b/invoicing.py", "c/Invoice.py"])
    best = (Candidate("b/invoice.py", 100), Candidate("c/Invoice.py", 99), Candidate("a/invoices.py", 93))

    assert index.find("invoice.py", most=3) == best
    assert index.find("invoice.py", most=1) == best[:1]
    assert index.find("invoice.py", most=0) == ()


def test_files_that_are_claimed_make_room_for_others() -> None:
    index = Similar(["a/totals.py", "b/totals.py", "c/total.py"])
    claimed = {"a/totals.py", "c/total.py"}

    assert index.find("totals.py", without=claimed) == (Candidate("b/totals.py", 100),)


def test_a_directory_is_similar_to_directories_of_its_name() -> None:
    index = Similar(["lib/cart/deep/a.py", "src/cart.py", "web/cart/a.py", "carts/a.py"])

    assert index.find("src/cart/") == (Candidate("lib/cart/", 100), Candidate("web/cart/", 100))
    assert index.find("src/cart/", without={"lib/cart"}) == (Candidate("web/cart/", 100),)
    assert index.find("web/cart/") == (Candidate("lib/cart/", 100),)


def naive(files: list[str], path: str, without: set[str], most: int) -> list[Candidate]:
    """The rule as one would tell it, for names in small letters."""

    def suffix(one: str) -> str:
        return {".pyi": ".py", ".tsx": ".ts"}.get(PurePosixPath(one).suffix, PurePosixPath(one).suffix)

    def stem(one: str) -> str:
        bare = PurePosixPath(one).stem.replace("-", "_")
        return (bare.removeprefix("test_") or bare).removesuffix("_test") or bare

    def numbers(one: str) -> list[str]:
        return re.findall(r"\d+", PurePosixPath(one).stem)

    def percent(one: str) -> int:
        if PurePosixPath(one).name == PurePosixPath(path).name:
            return 100
        if suffix(one) != suffix(path) or role_of(one) != role_of(path) or numbers(one) != numbers(path):
            return 0
        ratio = SequenceMatcher(None, stem(one), stem(path), autojunk=False).ratio()
        short = min(len(stem(one)), len(stem(path))) < 6
        return min(99, round(100 * ratio)) if ratio >= (0.9 if short else 0.8) else 0

    def near(one: str) -> int:
        directories = zip(one.split("/")[:-1], path.split("/")[:-1], strict=False)
        return next(
            (n for n, (a, b) in enumerate(directories) if a != b), min(one.count("/"), path.count("/"))
        )

    ranks = sorted((-percent(one), -near(one), one) for one in set(files) - without - {path} if percent(one))
    return [Candidate(one, -rank) for rank, _, one in ranks[:most]]


PATHS = st.builds(
    lambda directories, before, stem, after, suffix: "/".join([*directories, before + stem + after]) + suffix,
    st.lists(st.sampled_from(["a", "ab", "tests"]), max_size=3),
    st.sampled_from(["", "", "test_"]),
    st.text("ab-", min_size=1, max_size=9).filter(lambda stem: "--" not in stem)
    | st.sampled_from(["invoice", "in-voice", "invoices", "invoicex"]),
    st.sampled_from(["", "", "_test"]),
    st.sampled_from([".py", ".pyi", ".ts", ".tsx", ""]),
)


@given(st.lists(PATHS, max_size=30), PATHS, st.data(), st.integers(1, 6))
def test_the_index_finds_what_comparing_all_pairs_finds(
    files: list[str], path: str, data: st.DataObject, most: int
) -> None:
    without = set(data.draw(st.lists(st.sampled_from(files), max_size=4))) if files else set()

    assert list(Similar(files).find(path, without=without, most=most)) == naive(files, path, without, most)


@pytest.mark.parametrize("stem", ["a" * 200, "ab" * 100, "test_" * 40, "aA" * 100], ids=lambda stem: stem[:5])
def test_many_endless_names_that_are_alike_take_no_time(stem: str) -> None:
    index = Similar(f"src/{stem}{one}{other}.py" for one in ascii_lowercase for other in ascii_lowercase)
    begun = time.perf_counter()

    assert len(index.find(f"src/{stem}x.py")) == 5
    assert time.perf_counter() - begun < 1

from __future__ import annotations

import sys

import pytest

from batchexec.symbols import Sighted, Sighting, Source, source_of

VERSION = ".".join(map(str, sys.version_info[:2]))
TEXT = '''"""User in a docstring."""
from models import Imported
import os.path as aliased

# Commented
UserAuth = 1
text = "Quoted"

with open("x") as handle:
    inside = 1

try:
    tried = 1
except ImportError:
    tried = None

class Cart:
    total: int
    def add(self):
        self.items = []
    def later(self):
        pass
    class Item:
        def price(self): return 1

class Empty:
    """Say."""

def empty():
    raise NotImplementedError

def total():
    ...

if os:
    def both(): pass
else:
    def both(): return 1

@overload
def many(a: int) -> int: ...
def many(a):
    raise NotImplementedError

@overload
def declared(a: int) -> int: ...

held = ...

class Asked(Protocol):
    @overload
    def get(self, a: int) -> int: ...
    def put(self): ...

class Problem(Exception): pass
class Missing(Problem): pass
class Lost(Missing): pass
class CartError(Base): pass
class OrderError: pass
class Model(Base): pass
'''


@pytest.mark.parametrize(
    ("name", "kind", "line"),
    [
        ("UserAuth", Sighting.DEFINED, 6),
        ("inside", Sighting.DEFINED, 10),
        ("tried", Sighting.DEFINED, 13),
        ("Cart", Sighting.DEFINED, 17),
        ("Cart.total", Sighting.DEFINED, 18),
        ("Cart.add", Sighting.DEFINED, 19),
        ("Cart::add", Sighting.DEFINED, 19),
        ("Cart#add", Sighting.DEFINED, 19),
        ("add", Sighting.DEFINED, 19),
        ("price", Sighting.DEFINED, 24),
        ("Cart.Item.price", Sighting.DEFINED, 24),
        ("both", Sighting.DEFINED, 38),
        ("Cart.later", Sighting.STUB, 21),
        ("later", Sighting.STUB, 21),
        ("Empty", Sighting.STUB, 26),
        ("empty", Sighting.STUB, 29),
        ("total", Sighting.STUB, 32),
        ("many", Sighting.STUB, 42),
        ("declared", Sighting.STUB, 46),
        ("held", Sighting.STUB, 48),
        ("Asked", Sighting.DEFINED, 50),
        ("Asked.get", Sighting.DEFINED, 52),
        ("Asked.put", Sighting.DEFINED, 53),
        ("Problem", Sighting.DEFINED, 55),
        ("Missing", Sighting.DEFINED, 56),
        ("Lost", Sighting.DEFINED, 57),
        ("CartError", Sighting.DEFINED, 58),
        ("OrderError", Sighting.STUB, 59),
        ("Model", Sighting.STUB, 60),
        ("User", Sighting.ABSENT, None),
        ("Imported", Sighting.ABSENT, None),
        ("aliased", Sighting.ABSENT, None),
        ("handle", Sighting.ABSENT, None),
        ("Commented", Sighting.ABSENT, None),
        ("Quoted", Sighting.ABSENT, None),
        ("items", Sighting.ABSENT, None),
        ("Cart.items", Sighting.ABSENT, None),
        ("Item.price", Sighting.ABSENT, None),
        ("Cart.", Sighting.ABSENT, None),
        ("", Sighting.ABSENT, None),
        (" ", Sighting.ABSENT, None),
    ],
)
def test_a_module_says_how_much_it_has_of_a_name(name: str, kind: Sighting, line: int | None) -> None:
    assert Source(TEXT, "python").look_up(name) == Sighted(kind, line)


@pytest.mark.parametrize(
    ("text", "line", "detail"),
    [
        ("a = 1\ndef a(:\n", 2, f"invalid syntax (Python {VERSION})"),
        ("x = 1\n" * 400_000, None, "too large to be read as code"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, line: int | None, detail: str) -> None:
    assert Source(text, "python").look_up("a") == Sighted(Sighting.UNREADABLE, line, detail)


@pytest.mark.parametrize("text", ["a = 1\0", "a = '\ud800'", "a = " + "(" * 5000, "-" * 100_000 + "1"])
def test_whatever_a_text_holds_it_is_unreadable_at_worst(text: str) -> None:
    assert Source(text, "python").look_up("a").kind is Sighting.UNREADABLE


def test_a_long_chain_of_elif_is_read_to_its_end() -> None:
    chain = "if a:\n    x = 1\n" + "".join(f"elif b{at}:\n    y{at} = 1\n" for at in range(900))
    assert Source(chain, "python").look_up("y899").kind is not Sighting.ABSENT


def test_a_mark_of_the_byte_order_is_no_part_of_the_code() -> None:
    assert Source("\ufeffa = 1\n", "python").look_up("a") == Sighted(Sighting.DEFINED, 1)


def test_a_file_of_declarations_has_no_stubs() -> None:
    assert source_of("a.py", "def a(): ...").look_up("a") == Sighted(Sighting.STUB, 1)
    assert source_of("a.pyi", "def a(): ...").look_up("a") == Sighted(Sighting.DEFINED, 1)

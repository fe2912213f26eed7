from __future__ import annotations

import subprocess
import sys

import pytest

from batchexec.symbols import accepts, defines, language_of
from batchexec.symbols.python import find, parse
from batchexec.symbols.skeletons import is_skeleton

PYTHON = '''
"""User in a docstring."""
from models import Imported
import os.path as aliased

# Commented
UserAuth = 1
a, (b, *c) = 1, (2, 3)
annotated: int = 1
only_annotated: int
text = "Quoted"

if os:
    def conditional(): return 1
else:
    class Otherwise: x = 1

try:
    tried = 1
except ImportError:
    excepted = 2
finally:
    last = 3

class Cart:
    total: int
    if True:
        size = 1
    class Item:
        def price(self): return 1
    def add(self):
        self.items = []
        local = 1
    async def load(self): return 1
'''


@pytest.mark.parametrize(
    "name",
    [
        "UserAuth", "a", "b", "c", "annotated", "conditional", "Otherwise", "tried", "excepted", "last",
        "Cart",
        "add", "Cart.total", "Cart.size", "Cart.add", "Cart.load", "Cart.Item", "Cart.Item.price",
    ],
)  # fmt: skip
def test_python_defines(name: str) -> None:
    assert defines(PYTHON, name)


@pytest.mark.parametrize(
    "name",
    [
        "User", "Imported", "aliased", "os", "Commented", "only_annotated", "Quoted", "Cart.items",
        "Cart.local", "local", "Cart.Item.add", "UserAuth.x", "",
    ],
)  # fmt: skip
def test_python_does_not_define(name: str) -> None:
    assert not defines(PYTHON, name)


def test_python_that_does_not_parse_defines_nothing() -> None:
    assert not defines("def a(:\n", "a")


@pytest.mark.parametrize("text", ["a = (" + "(" * 5000, "a = 1\0", "-" * 100_000 + "1", "def"])
def test_whatever_is_wrong_with_python_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        parse(text)


OTHERS = {
    "javascript": "import { User } from 'm';\n// Commented\n"
    "export class Cart { total() { let local = 1; } }\n"
    "const UserAuth = () => 1;\nfunction f() {}\nexport function* g() {}\n",
    "typescript": "import { User } from 'm';\nexport interface Cart { total(): number }\n"
    "type UserAuth = string;\nenum f { A }\nabstract class g {}\n",
    "tsx": "export const Cart = () => <p/>;\nclass g { total() {} }\nconst UserAuth = 1, f = 2;\n",
    "go": 'package a\nimport User "x"\ntype Cart struct{}\nfunc (c Cart) total() int { return 1 }\n'
    "const UserAuth = 1\nvar f = 2\nfunc g(User int) {}\n",
    "java": "import a.User;\nclass Cart { int total() { int local = 1; return User.of(); } int UserAuth; }\n"
    "enum f {}\nrecord g(int User) {}\n",
    "rust": "use a::User;\nstruct Cart;\nimpl Cart { fn total(&self) {} }\nconst UserAuth: i32 = 1;\n"
    "trait f {}\nmod g {}\n",
}


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_define(language: str) -> None:
    found = {
        name
        for name in ("Cart", "UserAuth", "f", "g", "total", "User", "local", "Commented")
        if defines(OTHERS[language], name, language)
    }
    assert found == {"Cart", "UserAuth", "f", "g", "total"}


def test_a_member_is_looked_for_inside_its_class() -> None:
    text = "class A { x() {} }\nclass B { y() {} }\n"
    assert defines(text, "A.x", "javascript")
    assert not defines(text, "A.y", "javascript")


KOTLIN = 'import a.User\n/* Commented */\nclass Cart {\n  fun total() = "Quoted"\n}\nval other = used\n'


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Cart", True),
        ("total", True),
        ("used", True),
        ("User", False),
        ("Commented", False),
        ("Quoted", False),
        ("tot", False),
    ],
)
def test_without_a_grammar_a_name_has_to_be_a_word_of_the_code(name: str, found: bool) -> None:
    assert defines(KOTLIN, name, "kotlin") is found


def test_shell_comments_do_not_count() -> None:
    assert defines("deploy() {\n  true\n}\n# other\n", "deploy", "shell")
    assert not defines("deploy() {\n  true\n}\n# other\n", "other", "shell")


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.py", "python"),
        ("a.PYI", "python"),
        ("a.tsx", "tsx"),
        ("a.md", None),
        ("Makefile", None),
        (".py", None),
    ],
)
def test_the_suffix_names_the_language(path: str, language: str | None) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("javascript", "const a = 1;\n", "const = 1;\n"),
        ("typescript", "type A = { b: string }\n", "type A = {\n"),
        ("tsx", "const a = <p/>;\n", "const a = <p>;\n"),
        ("go", 'package a\nimport "b"\nfunc f() {}\n', 'package a\nfunc f() {}\nimport "b"\n'),
        ("go", "package a\nvar x = 1\n", "package a\nx := 1\n"),
        ("java", "package a;\nimport b.C;\nclass D {}\n", "class D {}\nint f() { return 1; }\n"),
        ("rust", "#![allow(x)]\nuse a::b;\nvec![1];\nfn f() {}\n", "fn f() {}\nlet x = 1;\n"),
    ],
)
def test_a_grammar_accepts(language: str, good: str, bad: str) -> None:
    assert accepts(good, language) is True
    assert accepts(bad, language) is False


@pytest.mark.parametrize("language", ["kotlin", None])
def test_without_a_grammar_there_is_no_answer(language: str | None) -> None:
    assert accepts("x", language) is None


def test_grammars_that_are_not_installed_give_no_answer_and_are_not_needed() -> None:
    code = (
        "import sys\n"
        "sys.modules['tree_sitter'] = None\n"
        "from batchexec.symbols import accepts, defines\n"
        "assert accepts('package a', 'go') is None\n"
        "assert defines('func F() {}', 'F', 'go')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "def X(): pass",
        "def X(): ...",
        "def X():\n    '''Do it.'''",
        "def X():\n    '''Do it.'''\n    raise NotImplementedError('later')",
        "async def X(a: int) -> int:\n    pass  # TODO",
        "class X: pass",
        (
            "class X(object):\n    '''Do it.'''\n    def f(self): pass\n"
            "    def g(self): raise NotImplementedError"
        ),
        "class X(Base):\n    def f(self): ...",
        "@decorated\ndef X(): pass",
        "class X(Base): pass",
        "class X(BaseModel):\n    'TODO'",
        "class X(models.Model): pass",
        "@dataclass\nclass X(Base): ...",
        "class X(Generic[T]): ...",
        "class X(Base):\n    class Meta: pass",
        "class X:\n    f = ...",
        "class CartError: pass\nX = ...",
        "def X(a): return NotImplemented",
    ],
)
def test_a_stub(text: str) -> None:
    assert [d.stub for d in find(parse(text), "X")] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "def X(): return None",
        "def X():\n    raise ValueError",
        "class X:\n    x: int",
        "class X:\n    x = 1\n    def f(self): pass",
        "class X:\n    def f(self): pass\n    def g(self): return 1",
        "class X(Exception): pass",
        "class X(errors.CartError):\n    '''Say.'''",
        "class X(Base):\n    x: int = ...",
        "class X(Base):\n    class Meta:\n        x = 1",
        "class X(TypedDict): ...",
        "class X(NamedTuple): ...",
        "class X(StopIteration): ...",
        "X: int = ...",
        "class X(Protocol):\n    def f(self): ...",
        "class X(typing.Protocol[T]):\n    def f(self): ...",
        "class X(ABC):\n    def f(self): ...",
        "class X(metaclass=abc.ABCMeta):\n    def f(self): ...",
        "class X(enum.StrEnum): pass",
        "class X:\n    @abstractmethod\n    def f(self): ...",
        "@typing.overload\ndef X(a): ...",
        "@click.group()\ndef X(): '''All commands.'''",
        "X = None",
    ],
)
def test_no_stub(text: str) -> None:
    assert [d.stub for d in find(parse(text), "X")] == [False]


def test_what_inherits_from_an_exception_is_one() -> None:
    module = parse("class Problem(Exception): pass\nclass X(Problem): pass\nclass Y(Other): pass\n")
    assert [d.stub for name in ("X", "Y") for d in find(module, name)] == [False, True]


SKELETONS = [
    ("a.py", "def total(items):\n    pass\n"),
    (
        "a.py",
        (
            "import os\n\n\nclass Cart:\n    '''A cart.'''\n\n"
            "    def total(self):\n        raise NotImplementedError\n"
        ),
    ),
    ("a.py", "from a import Base\n\n\nclass X(Base):\n    pass\n"),
    ("a.py", "# TODO: implement\n"),
    ("a.py", "'''Says.'''\n...\n"),
    ("tests/test_a.py", "import pytest\n\ndef test_total():\n    # TODO\n    pass\n"),
    (
        "a.ts",
        (
            "import { A } from './a';\n\n"
            "export function total(items: A[]): number {\n"
            "  // TODO: implement\n}\n"
        ),
    ),
    ("a.js", "export class Cart {\n  total(items) {\n    throw new Error('Not implemented');\n  }\n}\n"),
    (
        "a.ts",
        ('export const total = async (a: string): Promise<number> => {\n  throw new Error("TODO");\n};\n'),
    ),
    ("a.go", 'package a\n\nimport (\n\t"fmt"\n)\n\nfunc Total() int {\n\tpanic("not implemented")\n}\n'),
    (
        "a.rs",
        (
            "use a::{b, c};\n\npub fn total() -> i32 {\n    todo!()\n}\n\n"
            "impl Cart {\n    fn x(&self) {\n"
            '        unimplemented!("later")\n    }\n}\n'
        ),
    ),
    (
        "A.java",
        (
            "package a;\n\nimport b.C;\n\npublic class A {\n    /** Says. */\n"
            "    public int total(int[] a) {\n"
            '        throw new UnsupportedOperationException("Not implemented");\n'
            "    }\n}\n"
        ),
    ),
    (
        "A.kt",
        ('package a\n\nclass A {\n    fun total(): Int {\n        TODO("Not yet implemented")\n    }\n}\n'),
    ),
    (
        "A.cs",
        (
            "using System;\nnamespace A {\n  class B {\n"
            "    public int C() { throw new NotImplementedException(); }\n"
            "  }\n}\n"
        ),
    ),
    ("a.php", "<?php\nfunction total() {\n    // TODO\n}\n"),
]


@pytest.mark.parametrize(("path", "text"), SKELETONS)
def test_a_skeleton(path: str, text: str) -> None:
    assert is_skeleton(text, path)


REAL = [
    ("a.py", "def total(items):\n    return sum(items)\n"),
    ("a.py", "def f():\n    pass\n\n\ndef g():\n    return 1\n"),
    ("a.py", "MAX = 3\n"),
    ("a.py", "from a import b\n"),
    ("a.py", "from a import b\n\n__all__ = ['b']\n"),
    ("__init__.py", "'''The package.'''\n"),
    ("__init__.py", ""),
    ("__init__.py", "# Nothing here.\n"),
    ("errors.py", "class CartError(Exception):\n    '''Says.'''\n"),
    ("a.pyi", "def total(items) -> int: ...\n"),
    ("a.py", "def broken(:\n    pass\n"),
    ("a.py", "class P(Protocol):\n    def f(self): ...\n"),
    ("a.py", "def f():\n    pass\n\n\nf()\n"),
    ("a.ts", "export * from './a';\n// TODO: more\n"),
    ("a.ts", "export interface A {\n  b: string;  // TODO: rename\n}\n"),
    ("a.ts", "export interface A {\n  // TODO\n}\n"),
    ("a.ts", "export type A = { b: string };  // TODO\n"),
    ("a.ts", "export const noop = () => {};\n"),
    ("a.js", "module.exports = {\n  // TODO: more\n};\n"),
    ("a.js", "export default {};\n// TODO\n"),
    ("a.js", "export class A {\n  b = 1;\n  c() {\n    // TODO\n  }\n}\n"),
    ("a.js", "function f() {\n  // TODO: faster\n  return 1;\n}\n"),
    ("a.js", "if (!ready) { throw new Error('not implemented'); }\n"),
    ("a.js", "const text = 'TODO';\nfunction f() {}\n"),
    ("a.js", "setup(() => {});\n// TODO\n"),
    ("a.go", "package a\n\n// TODO: more\nconst X = 1\n"),
    ("a.go", "package a\n\ntype X interface {\n\tF() // TODO\n}\n"),
    ("a.rs", "pub enum A { B, C } // TODO\n"),
    ("a.rs", "pub trait A { fn b(&self); } // TODO\n"),
    ("A.java", "enum A { B } // TODO\n"),
    ("a.json", '{"todo": {}}\n'),
    ("a.yaml", "# TODO\n"),
    ("a.css", "/* TODO */\n.a {}\n"),
    ("a.md", "TODO\n"),
]


@pytest.mark.parametrize(("path", "text"), REAL)
def test_real_code_is_no_skeleton_however_small(path: str, text: str) -> None:
    assert not is_skeleton(text, path)

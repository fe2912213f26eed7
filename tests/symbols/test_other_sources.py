from __future__ import annotations

import time

import pytest

from batchexec.symbols import Sighted, Sighting, Source, source_of

DEFINED, WEAK, STUB, ABSENT = Sighting.DEFINED, Sighting.WEAK, Sighting.STUB, Sighting.ABSENT

SCRIPT = """
import Default, {
  Imported,
  Other as Renamed,
} from './models';
import * as Star from 'star';
export { Passed } from './passed';
export * as All from './all';
const Required = require('required');
const { Picked, b: Given } = require('picked');
// Commented, isn't it
/* Blocked */
const text = 'Quoted', more = `Templated ${`Nested ${1}` + text} and "so on`;
const matcher = /Matched["'`]/;
export class Cart extends Base {
  field = 1;
  static async add(item) { const local = 1; return item; }
  later() {
    // TODO
  }
}
class Hollow {
  a() { throw new Error("not implemented"); }
}
export default async function run() { return 1; }
function* steps() { yield 1; }
export const arrow = async (a) => { return a; };
const undone = async (a) => { throw new Error('TODO'); };
const noop = () => {};
const { plucked, c: taken = 1 } = slice.actions;
const api = { login() { return 1; }, key: 1, logout: () => 2 };
exports.published = function () { return 1; };
exports.reexported = Imported;
Cart.prototype.extended = function () { return 1; };
export { run as execute };
"""
TYPED = """
import type { Imported } from './models';
import {
  type Inline,
} from './models';
export type {
  Passed,
} from './passed';
export interface User { name: string; save(): void }
export type Id = string;
export enum Colour { Red, Green = 2 }
export abstract class Cart<T> { private total: number = 1; abstract sum(): number;
  add<U>(u: U): void { go(u); } }
export const enum Fast { A }
declare function declared(a: string): void;
function over(a: string): void;
function over(a: any) { throw new Error('not implemented'); }
namespace Shapes { export const side = 1; }
export const useCart = (): Cart => { return make(); };
"""
GO = """package shop

import (
\tImported "x/y"
)
import Single "z"

// Commented
type Cart struct { Items []Item }
type Reader interface { Read(p []byte) int }
type (
\tGrouped struct{ a int }
)
const Max, Min = 1, 2
var text = `Quoted "`
func (c *Cart) Total() int { local := 1; return local }
func (c *Cart) Later() int {
\tpanic("not implemented")
}
func New() *Cart { return nil }
func Undone() {
\t// TODO
}
func Noop() {}
"""
JAVA = """package shop;

import models.Imported;
import static models.Static.imported;

/** Commented */
public class Cart<T> extends Base {
    private static User user;
    public static final int MAX = 1;
    private String text = "Quoted";
    char quote = '"';
    public Cart() { total = 1; }
    @Override
    public int total(Item item) { int local = 1; return local; }
    public int later() {
        throw new UnsupportedOperationException("Not implemented");
    }
}
interface Reader { int read(); }
enum Colour { RED, GREEN }
record Point(int x) { int sum() { return x; } }
"""
RUST = """use models::Single;
pub use models::{
    Imported,
    other::Deep,
};
extern crate outside;
// Commented, isn't it
pub struct Cart<'a> { pub items: &'a str }
impl<'a> Cart<'a> {
    pub fn total(&self, c: char) -> i32 { let local = 'x'; 1 }
    fn later(&self) { todo!() }
}
impl Reader for Cart<'_> { fn read(&self) -> i32 { 1 } }
pub trait Reader { fn read(&self) -> i32; }
pub enum Colour { Red, Green }
pub const MAX: i32 = 1;
pub type Id = u32;
static TEXT: &str = r#"Quoted " "#;
macro_rules! shout { () => {} }
pub(crate) async fn run() {}
fn undone() -> i32 {
    unimplemented!("later")
}
"""

# By language: the name, what the grammar says, and what is said without it.
NAMES = {
    ("javascript", SCRIPT): [
        ("Cart", DEFINED, DEFINED), ("add", DEFINED, WEAK), ("Cart.add", DEFINED, WEAK),
        ("Cart.field", DEFINED, WEAK), ("Cart.extended", DEFINED, WEAK), ("run", DEFINED, DEFINED),
        ("steps", DEFINED, DEFINED), ("arrow", DEFINED, DEFINED), ("noop", DEFINED, DEFINED),
        ("plucked", DEFINED, WEAK), ("taken", DEFINED, WEAK), ("matcher", DEFINED, DEFINED),
        ("more", DEFINED, WEAK), ("api.login", DEFINED, WEAK), ("api.key", DEFINED, WEAK),
        ("key", ABSENT, WEAK), ("logout", DEFINED, WEAK), ("published", DEFINED, WEAK),
        ("execute", DEFINED, ABSENT), ("reexported", ABSENT, WEAK),
        ("Cart.later", STUB, STUB), ("later", STUB, STUB), ("Hollow", STUB, STUB), ("undone", STUB, STUB),
        ("api.add", ABSENT, WEAK), ("Other", ABSENT, ABSENT), ("local", ABSENT, WEAK),
        *((name, ABSENT, ABSENT) for name in (
            "Default", "Renamed", "Star", "Passed", "All", "Required", "Picked", "Given",
            "Commented", "Blocked", "Quoted", "Templated", "Nested", "Matched", "Car", "art", "Missing.add",
        )),
    ],
    ("typescript", TYPED): [
        ("User", DEFINED, DEFINED), ("User.name", DEFINED, WEAK), ("Id", DEFINED, DEFINED),
        ("Colour", DEFINED, DEFINED), ("Colour.Red", DEFINED, WEAK), ("Colour.Green", DEFINED, WEAK),
        ("Cart", DEFINED, DEFINED), ("Cart.total", DEFINED, WEAK), ("Cart.sum", DEFINED, WEAK),
        ("Cart.add", DEFINED, WEAK), ("Fast", DEFINED, DEFINED), ("declared", DEFINED, DEFINED),
        ("over", STUB, DEFINED), ("Shapes", DEFINED, DEFINED), ("Shapes.side", DEFINED, WEAK),
        ("useCart", DEFINED, DEFINED), ("Imported", ABSENT, ABSENT), ("Inline", ABSENT, ABSENT),
        ("Passed", ABSENT, ABSENT),
    ],
    ("go", GO): [
        ("Cart", DEFINED, DEFINED), ("Cart.Items", DEFINED, WEAK), ("Reader", DEFINED, DEFINED),
        ("Reader.Read", DEFINED, WEAK), ("Grouped", DEFINED, WEAK), ("Max", DEFINED, DEFINED),
        ("Min", DEFINED, WEAK), ("text", DEFINED, DEFINED), ("Total", DEFINED, DEFINED),
        ("Cart.Total", DEFINED, WEAK), ("New", DEFINED, DEFINED), ("Noop", DEFINED, DEFINED),
        ("Cart.Later", STUB, STUB), ("Undone", STUB, STUB), ("Reader.Total", ABSENT, WEAK),
        ("Imported", ABSENT, ABSENT), ("Single", ABSENT, ABSENT), ("Commented", ABSENT, ABSENT),
        ("Quoted", ABSENT, ABSENT), ("shop", ABSENT, ABSENT), ("local", ABSENT, WEAK),
    ],
    ("java", JAVA): [
        ("Cart", DEFINED, DEFINED), ("Cart.MAX", DEFINED, WEAK), ("total", DEFINED, WEAK),
        ("Cart.total", DEFINED, WEAK), ("Reader.read", DEFINED, WEAK), ("Colour.RED", DEFINED, WEAK),
        ("Colour", DEFINED, DEFINED), ("Point", DEFINED, DEFINED), ("Point.sum", DEFINED, WEAK),
        ("later", STUB, STUB), ("User", ABSENT, WEAK), ("Imported", ABSENT, ABSENT),
        ("imported", ABSENT, ABSENT), ("Commented", ABSENT, ABSENT), ("Quoted", ABSENT, ABSENT),
        ("local", ABSENT, WEAK),
    ],
    ("rust", RUST): [
        ("Cart", DEFINED, DEFINED), ("Cart::total", DEFINED, WEAK), ("Cart.total", DEFINED, WEAK),
        ("Cart::read", DEFINED, WEAK), ("Cart::items", DEFINED, WEAK), ("Reader::read", DEFINED, WEAK),
        ("total", DEFINED, DEFINED), ("Colour", DEFINED, DEFINED), ("Colour::Red", DEFINED, WEAK),
        ("MAX", DEFINED, DEFINED), ("Id", DEFINED, DEFINED), ("TEXT", DEFINED, DEFINED),
        ("shout", DEFINED, WEAK), ("run", DEFINED, DEFINED), ("Cart::later", STUB, STUB),
        ("undone", STUB, STUB), ("Reader::total", ABSENT, WEAK), ("Single", ABSENT, ABSENT),
        ("Imported", ABSENT, ABSENT), ("Deep", ABSENT, ABSENT), ("outside", ABSENT, ABSENT),
        ("Commented", ABSENT, ABSENT), ("Quoted", ABSENT, ABSENT),
    ],
}  # fmt: skip
CASES = [
    pytest.param(language, text, *row, id=f"{language}-{row[0]}")
    for (language, text), rows in NAMES.items()
    for row in rows
]


@pytest.mark.parametrize(("language", "text", "name", "kind", "plain"), CASES)
def test_a_grammar_says_how_much_there_is_of_a_name(
    language: str, text: str, name: str, kind: Sighting, plain: Sighting
) -> None:
    assert Source(text, language).look_up(name).kind is kind


@pytest.mark.parametrize(("language", "text", "name", "kind", "plain"), CASES)
def test_without_a_grammar_less_is_certain(
    language: str, text: str, name: str, kind: Sighting, plain: Sighting
) -> None:
    assert Source(text, language, with_grammars=False).look_up(name).kind is plain


@pytest.mark.parametrize("with_grammars", [True, False])
def test_a_sighting_says_its_line(with_grammars: bool) -> None:
    source = Source("// a\r\n\r\nfunction f() {}\r\n", "javascript", with_grammars=with_grammars)
    assert source.look_up("f") == Sighted(DEFINED, 3)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("used", "used is a word of the code, perhaps no definition"),
        ("Cart.total", "total is there, but perhaps not in Cart"),
    ],
)
def test_weak_proof_says_why_it_is_weak(name: str, detail: str) -> None:
    source = source_of("a.kt", "class Cart {\n  fun total() = used\n}\n")
    assert source.look_up(name) == Sighted(WEAK, 2, detail)


def test_an_error_in_a_file_does_not_hide_the_rest_of_it() -> None:
    source = source_of("a.ts", "export class Cart { add() { return 1; } }\nconst = ;\nfunction f( {\n")
    assert source.look_up("Cart.add").kind is DEFINED


@pytest.mark.parametrize("language", ["javascript", "tsx", "go", "java", "rust", "kotlin", "ruby", None])
@pytest.mark.parametrize("with_grammars", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "\0", "\ud800", "(" * 50_000, "{" * 50_000, "`${" * 20_000, "'" * 50_001, "import {" * 20_000,
        "Cart " * 20_000, "Cart(" * 20_000, "a." * 50_000, "x\n" * 1_000_001,
    ],
    ids=range(11),
)  # fmt: skip
def test_no_text_is_too_odd_to_be_looked_at(language: str | None, with_grammars: bool, text: str) -> None:
    kind = Source(text, language, with_grammars=with_grammars).look_up("Cart").kind
    assert "Cart" in text or kind in {ABSENT, Sighting.UNREADABLE}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("export { a as b };\nexport { b as a };\n", ABSENT),
        ("import { a } from './a';\nexport { a as b };\n", ABSENT),
        ("export { a as b } from './a';\nconst a = 1;\n", ABSENT),
        ("const a = () => { throw new Error('TODO'); };\nexport { a as b };\n", STUB),
        ("const a = 1;\nexport { a as b };\n", DEFINED),
    ],
)
def test_another_name_is_worth_what_it_stands_for(text: str, kind: Sighting) -> None:
    assert Source(text, "javascript").look_up("b").kind is kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('\treturn errors.New("not implemented")', STUB),
        ('\treturn nil, fmt.Errorf("not implemented")', STUB),
        ('\treturn errors.New("no such cart")', DEFINED),
        ('\tsave()\n\treturn errors.New("not implemented")', DEFINED),
    ],
)
def test_an_error_alone_is_no_implementation(body: str, kind: Sighting) -> None:
    assert Source(f"package a\nfunc F() error {{\n{body}\n}}\n", "go").look_up("F").kind is kind


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("typescript", "export function f{0}(a: number) {{ return a + {0}; }} // TODO\n", "f{0}"),
        ("typescript", "class A{0} {{ total() {{ return {0}; }} }}\n", "A{0}.total"),
        ("kotlin", "class A{0} {{ fun total() = {0} }} // TODO\n", "A{0}.total"),
        ("php", "$a{0} = {0};\n", "$a{0}"),
    ],
)
@pytest.mark.parametrize("count", [4_000, 20_000])
def test_many_names_are_found_in_the_time_of_one(language: str, text: str, name: str, count: int) -> None:
    source = Source("".join(text.format(at) for at in range(count)), language)
    assert source.look_up(name.format(count - 1)).kind in {DEFINED, WEAK}
    start = time.monotonic()
    assert all(source.look_up(name.format(at)).kind in {DEFINED, WEAK} for at in range(count))
    assert time.monotonic() - start < 4


def test_what_is_too_deep_inside_is_not_looked_at() -> None:
    source = Source("mod a { " * 20_000 + "fn b() {}" + "}" * 20_000, "rust")
    start = time.monotonic()
    assert (source.look_up("a.a").kind, source.look_up("b").kind) == (DEFINED, ABSENT)
    assert time.monotonic() - start < 3


def test_a_very_long_text_is_read_without_its_grammar() -> None:
    text = "class Cart { add() { return 1; } }\n"
    assert source_of("a.js", text).look_up("add").kind is DEFINED
    assert source_of("a.js", text + "a();\n" * 60_000).look_up("add").kind is WEAK

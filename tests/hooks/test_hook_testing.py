from __future__ import annotations

import time

import pytest

from batchexec.hooks.testing import holds_test, is_test_shaped


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("test_a.py", "def test_a(): pass\n"),
        ("test_a.py", "async def test_a(): pass\n"),
        ("test_a.py", "class TestA:\n    def test_a(self): pass\n"),
        ("test_a.py", "class A(unittest.TestCase):\n    def test_a(self): pass\n"),
        ("test_a.py", "class TestA(SharedTests):\n    x = 1\n"),
        ("test_a.py", "if x:\n    def test_a(): pass\n"),
        ("test_a.py", "TestCart = CartMachine.TestCase\n"),
        ("a.test.ts", "it('adds', () => {})\n"),
        ("a.test.ts", "describe('a', () => {\n"),
        ("a.test.ts", "  test.each([1])('a', f)\n"),
        ("a.test.ts", "  it.only(`a`, f)\n"),
        ("a_test.go", "func TestA(t *testing.T) {\n"),
        ("a_test.rs", "#[test]\nfn a() {}\n"),
        ("a_test.rs", "    #[tokio::test]\n"),
        ("ATest.java", "    @Test\n    void a() {}\n"),
        ("ATest.kt", "    @ParameterizedTest\n"),
        ("ATests.cs", "    [Fact]\n"),
        ("ATest.php", "    public function testA(): void\n"),
        ("ATest.php", "    /** @test */\n"),
        ("a_spec.rb", "  it 'adds' do\n"),
        ("ATests.swift", "    func testA() {\n"),
        ("a.test.ts", "Deno.test('adds', () => {})\n"),
        ("a.test.ts", "Deno.test({ name: 'adds', fn() {} })\n"),
        ("a.test.js", "QUnit.test('adds', assert => {})\n"),
        ("a.test.js", "tap.test('adds', t => {})\n"),
        ("a.test.js", "ruleTester.run('rule', rule, {})\n"),
        ("tests/a.js", "bench('adds', () => {})\n"),
        ("a.test.ts", "if (x) { it('adds', () => {}) }\n"),
        ("a.test.ts", "all.forEach((a) => test.each([a])(`adds`, f))\n"),
        ("a_test.go", 'var _ = Describe("Cart", func() {\n'),
        ("a_test.go", "func (s *CartSuite) TestTotal() {\n"),
        ("ATest.java", "public class ATest extends TestCase {\n  public void testA() {}\n}\n"),
        ("ATest.java", "class ATest { @Test void a(){} }\n"),
        ("ATest.java", "class ATest { @org.junit.Test public void a(){} }\n"),
        ("ASpec.kt", 'class ASpec : StringSpec({\n  "adds" {\n  }\n})\n'),
        ("ASpec.scala", 'class ASpec extends AnyFlatSpec {\n  "A cart" should "add" in {\n'),
        ("ASpec.scala", 'class ASpec extends AnyWordSpec {\n  "A cart" when {\n'),
        ("ASpec.scala", '  it should "add" in {\n'),
        ("a_spec.rb", "  specify { expect(a).to eq 1 }\n"),
        ("a_spec.rb", "  it { is_expected.to be }\n"),
        ("a_spec.rb", "  specify do\n"),
        ("ATests.cs", "  public class A { [Fact] public void B() {} }\n"),
        ("ATests.cs", '  [Trait("a", "b"), Fact]\n'),
        ("ATests.cs", "  [Xunit.Theory(Skip = null)]\n"),
        ("ATest.php", "#[\\PHPUnit\\Framework\\Attributes\\Test]\n"),
        ("a_test.rs", "mod a { #[test] fn b() {} }\n"),
        ("a_test.cc", "BOOST_FIXTURE_TEST_CASE(adds, Cart) {\n"),
        ("a_test.dart", "void main() {\n  testWidgets('adds', (t) async {});\n}\n"),
        ("a_test.exs", '  test "adds", %{cart: cart} do\n'),
        ("a_spec.lua", "insulate(function() it('adds', f) end)\n"),
        ("a_test.cc", "TEST_F(Cart, Adds) {\n"),
    ],
)
def test_a_test_is_found(path: str, text: str) -> None:
    assert is_test_shaped(path)
    assert holds_test(text, path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("test_a.py", "# def test_a(): pass\n"),
        ("test_a.py", "x = '''\ndef test_a(): pass\n'''\n"),
        ("test_a.py", "def helper():\n    def test_a(): pass\n"),
        ("test_a.py", "class A:\n    def test_a(self): pass\n"),
        ("test_a.py", "class TestA:\n    x = 1\n"),
        ("test_a.py", "class TestA(TestCase):\n    x = 1\n"),
        ("test_a.py", "from tests import test_b\n"),
        ("a.test.ts", "import { test, it } from 'vitest';\n"),
        ("a.test.ts", "// it('adds', () => {})\n"),
        ("a.test.ts", "/*\nit('adds', () => {})\n*/\n"),
        ("a.test.ts", "/* open\nit('adds', () => {})\n"),
        ("a.test.ts", "it.todo('adds')\n"),
        ("a.test.ts", "emit('adds')\n"),
        ("a.test.ts", "x(); // it('adds', () => {})\n"),
        ("a.test.ts", "const a = \"it('adds')\";\n"),
        ("a.test.ts", "suite.it.todo('adds'); if (x) it.todo('adds')\n"),
        ("a.test.ts", "/a/.test(b); split('a'); page.it('x')\n"),
        ("ATest.java", 'class ATest { String a = "@Test"; /* @Test */ }\n'),
        ("ATests.cs", "class A { Test[] a; B<Fact, C> d; }\n"),
        ("ASpec.kt", 'val a = when (b) { "" -> 1 }\n'),
        ("a_spec.rb", "item { 1 }\nits_name = 1\n"),
        ("a_test.go", "func helper() {\n"),
        ("a_test.rs", "#[cfg(test)]\nmod tests {}\n"),
        ("ATest.java", "@SpringBootTest\nclass ATest {}\n"),
    ],
)
def test_no_test_is_found(path: str, text: str) -> None:
    assert is_test_shaped(path)
    assert not holds_test(text, path)


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py", "tests/conftest.py", "tests/__init__.py", "tests/data.json", "tests/README.md",
        "tests/run.sh", "Contest.java", "package.json", "tests/schema.sql",
        "test/test_helper.exs", "spec/spec_helper.rb",
    ],
)  # fmt: skip
def test_not_every_file_should_hold_tests(path: str) -> None:
    assert not is_test_shaped(path)


def test_globs_in_strings_open_no_comment() -> None:
    assert holds_test("const all = 'src/*';\nit('adds', () => {})\n", "a.test.ts")


@pytest.mark.parametrize(
    "path", ["a.test.ts", "ATest.java", "ATests.cs", "a_test.go", "a_spec.rb", "a_test.c"]
)
@pytest.mark.parametrize(
    "piece", ["it", "it.", "@a.", "[a.", '"" ', "func ", "#[", "_", "void ", " ", "a\n", "("]
)
def test_what_is_no_test_is_seen_at_once(path: str, piece: str) -> None:
    start = time.monotonic()
    assert not holds_test(piece * (300_000 // len(piece)), path)
    assert time.monotonic() - start < 3

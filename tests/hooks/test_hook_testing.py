from __future__ import annotations

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
    ],
)  # fmt: skip
def test_not_every_file_should_hold_tests(path: str) -> None:
    assert not is_test_shaped(path)


def test_globs_in_strings_open_no_comment() -> None:
    assert holds_test("const all = 'src/*';\nit('adds', () => {})\n", "a.test.ts")

from __future__ import annotations

import pytest

from batchexec.roles import role_of


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("tests/x.py", "test"),
        ("src/__tests__/x.js", "test"),
        ("test_x.py", "test"),
        ("pkg/x_test.go", "test"),
        ("web/x.test.tsx", "test"),
        ("web/x.spec.ts", "test"),
        ("src/testing.py", "code"),
        ("src/latest_x.py", "code"),
    ],
)
def test_the_role_of_a_file_follows_from_its_path(path: str, role: str) -> None:
    assert role_of(path) == role

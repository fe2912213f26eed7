"""What `batchexec init` leaves in a directory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from batchexec import init
from batchexec.errors import WorkspaceError
from batchexec.settings import load
from batchexec.settings.schema import keys

if TYPE_CHECKING:
    from pathlib import Path


def uncommented(text: str) -> str:
    return re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)


def test_an_empty_directory_gets_settings_and_a_dodo(tmp_path: Path) -> None:
    assert init.write(tmp_path) == [f"wrote {tmp_path}/batchexec.yaml", f"wrote {tmp_path}/dodo.py"]
    assert (tmp_path / "dodo.py").read_text() == (
        "from batchexec.engine import batch\n\nDOIT_CONFIG, task_batch = batch()\n"
    )
    assert (tmp_path / "batchexec.yaml").read_text() == init.settings_text()


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "dodo.py").write_text("mine")
    assert init.write(tmp_path) == [f"wrote {tmp_path}/batchexec.yaml", f"kept {tmp_path}/dodo.py"]
    assert init.write(tmp_path) == [f"kept {tmp_path}/batchexec.yaml", f"kept {tmp_path}/dodo.py"]
    assert (tmp_path / "dodo.py").read_text() == "mine"


def test_a_link_to_nowhere_is_kept(tmp_path: Path) -> None:
    (tmp_path / "dodo.py").symlink_to("nowhere")
    assert init.write(tmp_path)[1] == f"kept {tmp_path}/dodo.py"
    assert not (tmp_path / "nowhere").exists()


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        init.write(tmp_path / "none")
    assert str(caught.value) == f"error: there is no directory '{tmp_path}/none'"


def test_the_file_as_written_changes_nothing(tmp_path: Path) -> None:
    before = load(tmp_path, {}, {})
    init.write(tmp_path)
    assert load(tmp_path, {}, {}) == before


def test_the_file_without_its_hashes_holds_every_key_and_is_valid(tmp_path: Path) -> None:
    text = uncommented(init.settings_text())
    (tmp_path / "batchexec.yaml").write_text(text)
    (tmp_path / "templates").mkdir()
    assert list(yaml.safe_load(text)) == list(keys())
    assert load(tmp_path, {}, {}).executors == {
        "scripted": {"kind": "replay", "script": str(tmp_path / "answers.yaml")}
    }


@pytest.mark.parametrize(
    "key", [key for key, spec in keys().items() if spec.get("default") not in (None, [], {})]
)
def test_the_file_shows_the_default_of_a_key(key: str) -> None:
    assert yaml.safe_load(uncommented(init.settings_text()))[key] == keys()[key]["default"]


@pytest.mark.parametrize("key", keys())
def test_above_each_key_stands_what_it_does(key: str) -> None:
    block = next(block for block in init.settings_text().split("\n\n") if f"\n#{key}:" in f"\n{block}")
    explained = " ".join(line[2:] for line in block.splitlines() if line.startswith("# "))
    assert explained == f"{keys()[key]['title']}."

"""What the training commands are asked with is understood, or refused with what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import EditionError
from tests.editions import build_edition
from training.cli_options import edition_folder

pytestmark = pytest.mark.unit


def test_an_edition_is_named_by_its_id_or_by_its_path(tmp_path: Path) -> None:
    made = build_edition(tmp_path)
    assert edition_folder(Path(made.name), tmp_path) == made
    assert edition_folder(made, Path("elsewhere")) == made


def test_an_edition_that_is_not_there_is_refused_with_those_there_are(tmp_path: Path) -> None:
    made = build_edition(tmp_path)
    (tmp_path / f".{made.name}.7.tmp").mkdir()
    (tmp_path / f".{made.name}.7.tmp" / "manifest.json").write_text("{}")
    with pytest.raises(EditionError, match=f"no edition typo in .*; there are: {made.name}$"):
        edition_folder(Path("typo"), tmp_path)


def test_where_there_is_none_at_all_the_folder_is_asked_after(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="nor any other: see --editions"):
        edition_folder(Path("typo"), tmp_path / "nowhere")

"""The guided tour: every notebook runs from its first cell to its last, in an empty folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT
from tests.house_rules import PACKAGES

pytestmark = pytest.mark.contract
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PATIENCE_SECONDS = 300


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the notebooks share: what one made, the next finds."""
    return tmp_path_factory.mktemp("notebooks")


def test_there_are_five() -> None:
    assert [path.name[:1] for path in NOTEBOOKS] == ["1", "2", "3", "4", "5"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_to_its_end(
    path: Path, tour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(tour)}}
    given = {"timeout": PATIENCE_SECONDS, "kernel_name": "python3", "resources": place}
    NotebookClient(notebook, **given).execute()
    pictures = [one for one in outputs(notebook.cells) if "image/svg+xml" in one.get("data", {})]
    if path.stem[0] in "13":
        assert pictures


def outputs(found: list[Any]) -> list[Any]:
    return [one for cell in found if cell["cell_type"] == "code" for one in cell["outputs"]]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_as_it_came_out(path: Path) -> None:
    kept = outputs(cells(path))
    assert kept
    assert not [one for one in kept if one["output_type"] == "error"]
    assert not [one for one in kept if one.get("name") == "stderr"]
    assert str(ROOT) not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_uses_the_packages_as_anybody_can(path: Path) -> None:
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    lines = [line for cell in code for line in "".join(cell["source"]).splitlines()]
    assert len(lines) <= 120
    imports = [line for line in lines if line.startswith(("from ", "import "))]
    imported = {line.split()[1].split(".")[0] for line in imports}
    own = imported & {"tests", "benchmarks", *PACKAGES}
    assert own <= {"models", "training"}
    assert not [line for line in imports if " import _" in line]

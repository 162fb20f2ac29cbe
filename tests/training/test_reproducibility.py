"""The same delivery, code, libraries and seed give the same bytes, whenever and wherever from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.edition import open_edition
from models.errors import EditionError
from models.manifest import canonical, read_manifest, seal
from tests.conftest import ROOT
from tests.trained import small_panel
from training.train import Order, Trained, train

pytestmark = pytest.mark.contract
TRAIN = """
import sys, warnings
from pathlib import Path
from tests.trained import small_panel
from training.train import Order, train
warnings.simplefilter("ignore")
print(train(Order(Path(sys.argv[1]), origins=3), Path(sys.argv[2])).edition)
"""
ELSEWHERE = {
    "PYTHONHASHSEED": "12345",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}


@pytest.mark.slow
def test_another_process_clock_language_and_threads_give_the_same_bytes(
    small_delivery: Path, small_edition: Trained, tmp_path: Path
) -> None:
    moved = tmp_path / "elders" / small_delivery.name
    moved.parent.mkdir()
    moved.symlink_to(small_delivery, target_is_directory=True)
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(moved), str(tmp_path / "editions")],
        cwd=ROOT,
        env=os.environ | ELSEWHERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    again = Path(done.stdout.strip().splitlines()[-1])
    assert again.name == small_edition.edition.name
    first, second = (open_edition(folder).manifest for folder in (small_edition.edition, again))
    assert first["files"] == second["files"]
    assert first["sha256"] == second["sha256"]


def test_training_again_confirms_an_edition_and_refuses_other_bytes(tmp_path: Path) -> None:
    """Who doubts an edition trains it again beside it: the same is left alone, other is refused."""
    rows = [("M", "A", "P", f"{year}-01-01", 100 + 3 * year % 7) for year in range(2014, 2023)]
    order = Order(small_panel(tmp_path / "jaren", rows), origins=1, draws=20)
    made = train(order, tmp_path).edition
    kept = (made / "manifest.json").read_bytes()
    assert train(order, tmp_path).edition == made
    assert (made / "manifest.json").read_bytes() == kept
    told = read_manifest(made)
    altered = {**told, "owner": "somebody else"}
    (made / "manifest.json").write_bytes(canonical(seal(altered, told["run"])))
    with pytest.raises(EditionError, match="there already with other content"):
        train(order, tmp_path)

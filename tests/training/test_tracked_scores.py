"""What was realised stands with the run of an edition: over time, once, and never at its cost."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.edition import open_edition, read_record
from tests.editions import build_edition
from tests.outcomes import write_outcomes
from tests.training.test_run_record import scores
from training.run_record import TrackingError, record_from_edition
from training.scoring import Scored, score_edition
from training.tracked_scores import realised_metrics, track_scores
from training.tracking import track

pytestmark = pytest.mark.unit
NOON = datetime(2025, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(migrated: Path, tmp_path: Path) -> str:
    """Give the address of a store of one's own."""
    shutil.copyfile(migrated, tmp_path / "mlflow.sqlite")
    return f"sqlite:///{tmp_path / 'mlflow.sqlite'}"


@pytest.fixture
def scored(tmp_path: Path) -> Scored:
    """An edition that was scored, off track."""
    folder = build_edition(tmp_path / "editions", only=("HH", "BG"))
    later = write_outcomes(tmp_path / "later", open_edition(folder), lambda *_: 2.0)
    return score_edition(folder, later, NOON)


def tracked(scored: Scored, store: str) -> str:
    """Record the training of an edition and return the run."""
    table = scores({}, {"level": "series", "horizon": 0, "wape": 12.0})
    record = replace(record_from_edition(scored.edition), accuracy=table)
    run = track(record, tracking_uri=store, at=NOON)
    assert run is not None
    return run


def told(scored: Scored, store: str) -> str | None:
    return track_scores(scored.edition, scored.rows, scored.event, tracking_uri=store, at=NOON)


def test_metrics_are_of_whole_levels_and_grow_with_the_months(scored: Scored) -> None:
    found = list(realised_metrics(scored.rows))
    steps = [step for name, _, step in found if name == "realised.wape.cost.total.month"]
    assert steps == list(range(13))
    names = {name for name, _, _ in found}
    assert "realised.tracking_signal.cost.total.month" in names
    assert "realised.wape_baseline.cost.product.year" in names
    assert not any("HH" in name or "series" in name for name in names)


def test_scores_and_mark_are_written_to_the_run_once(scored: Scored, store: str) -> None:
    run = tracked(scored, store)
    assert told(scored, store) == run
    assert told(scored, store) == run
    client = importlib.import_module("mlflow").MlflowClient(store)
    found = client.get_run(run)
    assert found.data.tags["zorgraming.track"] == "off_track"
    assert found.data.tags["zorgraming.outcomes_until"] == "2024-12-31"
    history = client.get_metric_history(run, "realised.wape.cost.total.month")
    assert sorted(one.step for one in history) == list(range(13))
    words = [event["event"] for event in read_record(scored.edition)]
    assert words.count("scores-tracked") == 1


def test_an_edition_that_was_never_tracked_is_left_alone(scored: Scored, tmp_path: Path) -> None:
    assert told(scored, f"sqlite:///{tmp_path}/none.sqlite") is None
    assert not (tmp_path / "none.sqlite").exists()


def test_a_store_that_is_away_costs_the_scoring_nothing_and_it_is_told_later(
    scored: Scored, store: str, tmp_path: Path
) -> None:
    run = tracked(scored, store)
    (tmp_path / "broken.sqlite").write_bytes(b"no database at all" * 100)
    before = read_record(scored.edition)
    with pytest.raises(TrackingError):
        told(scored, f"sqlite:///{tmp_path / 'broken.sqlite'}")
    assert read_record(scored.edition) == before
    assert told(scored, store) == run


def test_a_run_that_is_gone_is_said(scored: Scored, store: str) -> None:
    run = tracked(scored, store)
    importlib.import_module("mlflow").MlflowClient(store).delete_run(run)
    with pytest.raises(TrackingError):
        told(scored, store)

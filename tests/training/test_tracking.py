"""A training is recorded whole, once, without pickles, and never at the cost of its edition."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from models.edition import append_record, read_record, write_edition
from models.errors import EditionError
from tests.editions import Setting, build_edition, make_content
from tests.training.mlflow_server import closed_port, running_mlflow
from tests.training.test_run_record import scores
from training import tracked_run, tracking_store
from training.run_record import TrackingError, TrainingRecord, record_from_edition
from training.tracking import complete_pending, pending, record_training, track

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
MODEL = "zorgraming-test-vb0001"
ASKED = ["municipality", "district", "product", "measure", "period"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(migrated: Path, tmp_path: Path) -> str:
    """Give the address of a store of one's own."""
    return copied(migrated, tmp_path)


@pytest.fixture
def record(tmp_path: Path) -> TrainingRecord:
    """Give the record of a small edition of one's own, with scores."""
    return scored(tmp_path)


@dataclass(frozen=True)
class Recorded:
    """A training that was recorded, to look at only."""

    record: TrainingRecord
    store: str
    run_id: str
    folder: Path


@pytest.fixture(scope="module")
def recorded(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record one training for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("recorded")
    record, store = scored(folder), copied(migrated, folder)
    return Recorded(record, store, record_training(record, tracking_uri=store), folder)


def copied(migrated: Path, folder: Path) -> str:
    """Copy the empty store and return its address."""
    shutil.copyfile(migrated, folder / "mlflow.sqlite")
    return f"sqlite:///{folder / 'mlflow.sqlite'}"


def scored(folder: Path) -> TrainingRecord:
    """Make a small edition and return its record, with scores."""
    content = make_content(Setting(("VB0001",), date(2023, 12, 31), 1, True))
    judged = {"gate": {"verdict": "undecided", "checks": []}}
    whole = replace(content, manifest=dict(content.manifest) | judged)
    edition = write_edition(whole, folder / "editions")
    table = scores({}, {"level": "series", "horizon": 0, "wape": 12.0})
    return replace(record_from_edition(edition), accuracy=table)


Client = Any  # mlflow's own object


def reader(store: str) -> Client:
    """Return a client that reads a store."""
    return tracking_store.load_mlflow().MlflowClient(tracking_uri=store, registry_uri=store)


@pytest.fixture
def client(store: str) -> Client:
    """Give a client that reads the store."""
    return reader(store)


@contextmanager
def challenger(store: str) -> Iterator[Any]:
    """Load the challenger, as anybody would who has MLflow."""
    mlflow = tracking_store.load_mlflow()
    with tracking_store._set_to(mlflow, store):
        yield mlflow.pyfunc.load_model(f"models:/{MODEL}@challenger")


def digest(folder: Path) -> str:
    """Hash of every byte of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def events(record: TrainingRecord) -> list[str]:
    """Names of what happened to an edition."""
    return [event["event"] for event in read_record(record.edition)]


# --- what is recorded ---------------------------------------------------------------------------


@pytest.mark.contract
def test_a_run_tells_parameters_scores_inputs_and_files(recorded: Recorded) -> None:
    client = reader(recorded.store)
    run = client.get_run(recorded.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == recorded.record.edition.name
    assert run.data.params["as_of"] == "2023-12-31"
    assert run.data.metrics["wape.cost.total.year.h1"] == 5.0
    assert run.data.metrics["wape_baseline.cost.total.year.h1"] == 7.0
    assert run.data.tags["zorgraming.synthetic"] == "true"
    assert run.data.tags["zorgraming.gate"] == "undecided"
    assert run.data.tags["zorgraming.edition_id"] == recorded.record.edition.name
    (told,) = run.inputs.dataset_inputs
    assert told.dataset.name == "care_use.csv"
    assert {tag.key: tag.value for tag in told.tags}["sha256"] == "0" * 64
    files = {file.path for file in client.list_artifacts(recorded.run_id)}
    assert files == {"accuracy.parquet", "manifest.json", "plots", "series.json"}


@pytest.mark.contract
def test_files_of_a_run_are_the_editions_own(recorded: Recorded, tmp_path: Path) -> None:
    client = reader(recorded.store)
    place = Path(client.download_artifacts(recorded.run_id, "", str(tmp_path)))
    manifest = (recorded.record.edition / "manifest.json").read_bytes()
    assert (place / "manifest.json").read_bytes() == manifest
    assert pq.read_table(place / "accuracy.parquet")["wape"].to_pylist() == [5.0, 12.0]
    table = json.loads((place / "series.json").read_text("utf-8"))
    assert len(table["data"]) == len(recorded.record.outcomes["outcome"])
    assert (place / "plots" / "forecast_cost.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.contract
def test_registered_model_answers_the_editions_forecasts_without_pickle(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    pickles = {".pkl", ".pickle", ".joblib"}
    assert not [path for path in recorded.folder.rglob("*") if path.suffix in pickles]
    rows = pq.read_table(recorded.record.edition / "forecasts.parquet").to_pandas()
    rows = rows[rows["kind"] == "forecast"].assign(period=lambda t: t["period"].astype(str))
    with challenger(recorded.store) as model:
        answer = model.predict(rows[ASKED])
    assert list(answer.columns) == [*ASKED, "p10", "p50", "p90", "mean", "unit"]
    for name in ("p10", "p50", "p90", "mean"):
        assert answer[name].to_numpy() == pytest.approx(rows[name].to_numpy(), abs=1e-4)
    assert answer["unit"].tolist() == rows["unit"].tolist()


@pytest.mark.contract
def test_model_names_every_series_and_period_it_does_not_know(recorded: Recorded) -> None:
    known = ["VB0001", "VB0001D01", "HH", "cost"]
    wrong = [
        ["VB0001", "VB0001D01", "XX", "cost", "2025-01-01"],
        *([*known, period] for period in ("2031-01-01", "2020-01-01", "2025-01-15", "later")),
        [*known, "2025-01-01"],
    ]
    with (
        challenger(recorded.store) as model,
        pytest.raises(ValueError, match="no forecast of VB0001 / VB0001D01 / XX") as refusal,
    ):
        model.predict(pd.DataFrame(wrong, columns=ASKED))
    text = str(refusal.value)
    assert all(part in text for part in ("2031-01-01", "2020-01-01", "2025-01-15", "later"))
    assert text.count(";") == 4  # five faults; the sixth row is fine


@pytest.mark.contract
def test_scores_are_bound_to_model_and_data(recorded: Recorded) -> None:
    client = reader(recorded.store)
    version = client.get_model_version_by_alias(MODEL, "challenger")
    assert version.tags["zorgraming.edition_id"] == recorded.record.edition.name
    model = client.get_logged_model(version.tags["zorgraming.model_id"])
    bound = {metric.key: metric for metric in model.metrics}
    assert bound["wape.cost.total.year.h1"].value == 5.0
    assert bound["wape.cost.total.year.h1"].dataset_name == "care_use.csv"


@pytest.mark.contract
def test_training_moves_the_challenger_only(
    record: TrainingRecord, store: str, client: Client
) -> None:
    record_training(record, tracking_uri=store)
    client.set_registered_model_alias(MODEL, "champion", "1")
    record_training(record, tracking_uri=store)
    assert client.get_model_version_by_alias(MODEL, "champion").version == 1
    assert client.get_model_version_by_alias(MODEL, "challenger").version == 2


@pytest.mark.contract
def test_artifacts_have_an_absolute_place_whatever_the_working_folder(
    record: TrainingRecord,
    store: str,
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    record_training(record, tracking_uri="sqlite:///mlflow.sqlite", artifact_root="kept")
    place = client.get_experiment_by_name("zorgraming").artifact_location
    assert place == (tmp_path / "kept").as_uri()
    assert (tmp_path / "kept").is_dir()
    assert not (tmp_path / "mlruns").exists()


@pytest.mark.contract
def test_a_training_without_scores_or_inputs_is_recorded_too(
    record: TrainingRecord, store: str, client: Client
) -> None:
    bare = replace(record, accuracy=scores(), inputs=[], parameters={})
    run = client.get_run(record_training(bare, tracking_uri=store))
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {}


@pytest.mark.contract
def test_nothing_is_reported_to_third_parties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    tracking_store.load_mlflow()
    telemetry = importlib.import_module("mlflow.telemetry.utils")
    assert telemetry.is_telemetry_disabled()


@pytest.mark.contract
def test_tracking_is_imported_without_mlflow() -> None:
    code = "import sys, training.tracking; sys.exit('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


# --- when the store fails -----------------------------------------------------------------------


@pytest.mark.contract
def test_tracked_edition_says_where(record: TrainingRecord, store: str) -> None:
    run_id = track(record, tracking_uri=store, at=NOW)
    (event,) = read_record(record.edition)
    assert event["event"] == "tracked"
    assert event["run_id"] == run_id
    assert (event["model"], event["model_version"]) == (MODEL, "1")
    assert pending(record.edition.parent) == []


@pytest.mark.contract
def test_a_store_that_is_away_leaves_the_edition_good_and_the_run_pending(
    record: TrainingRecord, store: str, client: Client
) -> None:
    before = digest(record.edition)
    away = f"http://anna:geheim@127.0.0.1:{closed_port()}"
    assert track(record, tracking_uri=away, at=NOW) is None
    assert digest(record.edition) == before
    (event,) = read_record(record.edition)
    assert event["event"] == "tracking-pending"
    assert "geheim" not in json.dumps(event)
    editions = record.edition.parent
    assert pending(editions) == [record.edition]

    done = complete_pending(editions, tracking_uri=store, at=NOW)
    assert client.get_run(done[record.edition.name]).info.status == "FINISHED"
    assert events(record) == ["tracking-pending", "tracked"]
    assert complete_pending(editions, tracking_uri=store, at=NOW) == {}


@pytest.mark.contract
def test_a_finished_run_is_found_again_and_not_repeated(
    record: TrainingRecord, store: str, client: Client
) -> None:
    run_id = record_training(record, tracking_uri=store)
    append_record(record.edition, {"event": "tracking-pending", "reason": "killed"}, NOW)
    done = complete_pending(record.edition.parent, tracking_uri=store, at=NOW)
    assert done == {record.edition.name: run_id}
    assert len(client.search_model_versions(f"name = '{MODEL}'")) == 1


@pytest.mark.contract
def test_a_spoilt_edition_is_named_and_does_not_hold_up_the_others(
    record: TrainingRecord, store: str
) -> None:
    editions = record.edition.parent
    spoilt = build_edition(editions, seed=7, approved=False)
    for folder in (record.edition, spoilt):
        append_record(folder, {"event": "tracking-pending", "reason": "away"}, NOW)
    (spoilt / "forecasts.parquet").write_bytes(b"changed")
    with pytest.raises(EditionError, match=spoilt.name):
        complete_pending(editions, tracking_uri=store, at=NOW)
    assert events(record) == ["tracking-pending", "tracked"]
    assert pending(editions) == [spoilt]


@pytest.mark.contract
def test_a_run_that_breaks_off_is_marked_failed_and_registers_nothing(
    record: TrainingRecord, store: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tracked_run.pq, "write_table", full)
    assert track(record, tracking_uri=store, at=NOW) is None
    experiment = client.get_experiment_by_name("zorgraming").experiment_id
    assert [run.info.status for run in client.search_runs([experiment])] == ["FAILED"]
    assert client.search_registered_models() == []
    assert "No space left" in read_record(record.edition)[0]["reason"]


@pytest.mark.contract
def test_a_damaged_store_is_said_and_not_mended(record: TrainingRecord, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(TrackingError, match=r"damaged\.sqlite"):
        record_training(record, tracking_uri=f"sqlite:///{damaged}")
    assert damaged.read_bytes() == b"this is no database" * 100


@pytest.mark.contract
def test_a_store_moved_away_from_its_artifacts_is_said(
    record: TrainingRecord, store: str, tmp_path: Path
) -> None:
    record_training(record, tracking_uri=store, artifact_root=str(tmp_path / "old" / "artifacts"))
    shutil.rmtree(tmp_path / "old")
    with pytest.raises(TrackingError, match="which is gone"):
        record_training(record, tracking_uri=store)
    assert not (tmp_path / "old").exists()


@pytest.mark.contract
def test_a_store_kept_busy_is_said_in_time(
    record: TrainingRecord, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking_store, "LOCK_SECONDS", 0.2)
    mlflow = tracking_store.load_mlflow()
    with (
        tracking_store.alone(store, mlflow),
        pytest.raises(TrackingError, match="kept busy"),
    ):
        record_training(record, tracking_uri=store)


RECORDING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from training.run_record import record_from_edition
from training.tracking import track
record = record_from_edition(Path(sys.argv[1]))
sys.exit(track(record, tracking_uri=sys.argv[2], at=datetime.now(UTC)) is None)
"""


@pytest.mark.contract
@pytest.mark.slow
def test_two_trainings_at_once_are_both_recorded_in_a_store_neither_found(tmp_path: Path) -> None:
    folders = [build_edition(tmp_path / "editions", seed=n, approved=False) for n in (1, 2)]
    store = f"sqlite:///{tmp_path / 'state' / 'mlflow.sqlite'}"
    command = [sys.executable, "-c", RECORDING]
    both = [subprocess.Popen([*command, str(folder), store], cwd=ROOT) for folder in folders]
    assert [process.wait(timeout=900) for process in both] == [0, 0]
    versions = [read_record(folder)[-1]["model_version"] for folder in folders]
    assert sorted(versions) == ["1", "2"]
    left = {path.name for path in (tmp_path / "state").iterdir()}
    assert left == {"mlflow-artifacts", "mlflow.sqlite", "mlflow.sqlite.lock"}


@pytest.fixture
def server(tmp_path: Path, migrated: Path) -> Iterator[str]:
    """Start a real MLflow server on this machine only."""
    shutil.copyfile(migrated, tmp_path / "server.sqlite")
    with running_mlflow(tmp_path, f"sqlite:///{tmp_path / 'server.sqlite'}") as running:
        yield running.address


@pytest.mark.contract
@pytest.mark.slow
def test_a_server_keeps_runs_and_models_as_the_embedded_store_does(
    record: TrainingRecord, server: str, tmp_path: Path
) -> None:
    track(record, tracking_uri=server, at=NOW)
    assert events(record) == ["tracked"]
    assert (
        reader(server)
        .get_experiment_by_name("zorgraming")
        .artifact_location.startswith("mlflow-artifacts:")
    )
    first = record.bundle["series"][0]
    asked = pd.DataFrame([[*(first[k] for k in ASKED[:4]), first["first_period"]]], columns=ASKED)
    with challenger(server) as model:
        assert model.predict(asked)["mean"].tolist() == first["mean"][:1]
    assert list((tmp_path / "kept").rglob("bundle.json"))

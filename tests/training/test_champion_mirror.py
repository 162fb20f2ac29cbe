"""MLflow shows who is champion; when it is away, lies or forgets, the register beside wins."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.edition import read_record
from models.errors import EditionError
from tests.service.postgres import running_postgresql
from tests.training.challengers import DELIVERY, challenger, origin_rows
from tests.training.mlflow_server import MlflowServer, closed_port, running_mlflow
from training.champion_mirror import complete_mirrors, mirrored_champion
from training.champions import register, unmirrored
from training.promotion import Signature, promote, roll_back
from training.run_record import TrackingError, record_from_edition
from training.signers import Signers
from training.tracking import complete_pending, pending, track
from training.tracking_store import load_mlflow

pytestmark = pytest.mark.contract
NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
MODEL = f"zorgraming-{DELIVERY}"


class Desk:
    """Two editions, the first of them champion, and who may decide."""

    def __init__(self, folder: Path) -> None:
        self.editions, self.signers = folder / "editions", Signers(folder / "state")
        key = self.signers.add("Hoofd control", "administrator", "", NOW)
        self.signature = Signature("Hoofd control", "2024/017", key)
        self.first = challenger(self.editions, origin_rows())
        self.better = challenger(self.editions, origin_rows(0.5), members=["better"])
        promote(self.first, self.signature, self.signers, NOW)

    def replace(self) -> None:
        """Promote the better one."""
        promote(self.better, self.signature, self.signers, NOW)

    def tell(self, store: str, *, anew: bool = False) -> dict[str, str]:
        """Tell MLflow who is champion."""
        return complete_mirrors(self.editions, tracking_uri=store, at=NOW, anew=anew)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def store(migrated: Path, tmp_path: Path) -> str:
    shutil.copyfile(migrated, tmp_path / "mlflow.sqlite")
    return f"sqlite:///{tmp_path / 'mlflow.sqlite'}"


def client(store: str) -> Any:  # noqa: ANN401 - mlflow's own object
    return load_mlflow().MlflowClient(tracking_uri=store, registry_uri=store)


def check_mirror(desk: Desk, store: str) -> None:
    """Track, promote, roll back, and look at what MLflow shows after each."""
    for folder in (desk.first, desk.better):
        assert track(record_from_edition(folder), tracking_uri=store, at=NOW)
    assert desk.tell(store) == {DELIVERY: "1"}
    aliases = client(store).get_registered_model(MODEL).aliases
    assert {name: str(version) for name, version in aliases.items()} == {
        "champion": "1",
        "challenger": "2",
    }
    desk.replace()
    assert desk.tell(store) == {DELIVERY: "2"}
    assert mirrored_champion(DELIVERY, tracking_uri=store) == desk.better.name
    assert "challenger" not in client(store).get_registered_model(MODEL).aliases
    roll_back(desk.editions, DELIVERY, desk.signature, desk.signers, NOW)
    desk.tell(store)
    version = client(store).get_model_version_by_alias(MODEL, "champion")
    assert version.tags["zorgraming.edition_id"] == desk.first.name
    assert desk.tell(store) == {}  # MLflow knows


def test_the_embedded_store_follows_promotion_and_rollback(desk: Desk, store: str) -> None:
    check_mirror(desk, store)


def test_the_champion_carries_its_decision_and_where_it_came_from(desk: Desk, store: str) -> None:
    desk.tell(store)
    tags = client(store).get_model_version_by_alias(MODEL, "champion").tags
    assert tags["zorgraming.champion.by"] == "Hoofd control"
    assert tags["zorgraming.champion.reference"] == "2024/017"
    assert tags["zorgraming.champion.valid_until"] == "2025-03-01"
    assert tags["zorgraming.champion.owner"] == "Team Test"
    assert tags["zorgraming.recipe"] == register(desk.editions, DELIVERY).read()[0]["recipe"]
    assert tags["zorgraming.trained_by"] == "trainer"
    assert tags["zorgraming.seed"] == "1"
    assert "care_use.csv" in tags["zorgraming.inputs"]
    assert "care_use.csv" in tags["zorgraming.vintages"]


def test_with_mlflow_away_the_promotion_stands_and_is_told_later(desk: Desk, store: str) -> None:
    with pytest.raises(TrackingError):
        desk.tell(f"http://127.0.0.1:{closed_port()}")
    assert unmirrored(desk.editions, DELIVERY) is not None
    assert desk.tell(store) == {DELIVERY: "1"}
    assert unmirrored(desk.editions, DELIVERY) is None


def test_a_champion_whose_version_was_deleted_is_recorded_and_named_anew(
    desk: Desk, store: str
) -> None:
    desk.tell(store)
    with sqlite3.connect(store.removeprefix("sqlite:///")) as database:
        # The alias stays behind and points to nothing: what the client itself would not leave.
        database.execute("DELETE FROM model_version_tags")
        database.execute("DELETE FROM model_versions")
    assert mirrored_champion(DELIVERY, tracking_uri=store) is None
    assert desk.tell(store) == {}
    assert desk.tell(store, anew=True)
    assert mirrored_champion(DELIVERY, tracking_uri=store) == desk.first.name


def test_an_alias_that_somebody_moved_is_put_right(desk: Desk, store: str) -> None:
    for folder in (desk.first, desk.better):
        track(record_from_edition(folder), tracking_uri=store, at=NOW)
    desk.tell(store)
    client(store).set_registered_model_alias(MODEL, "champion", "2")
    assert mirrored_champion(DELIVERY, tracking_uri=store) == desk.better.name
    desk.tell(store, anew=True)
    assert mirrored_champion(DELIVERY, tracking_uri=store) == desk.first.name


def test_a_champion_whose_edition_is_gone_is_named(desk: Desk, store: str) -> None:
    shutil.rmtree(desk.first)
    with pytest.raises(EditionError, match=desk.first.name):
        desk.tell(store)


# --- a server -----------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MlflowServer]:
    """Run MLflow on PostgreSQL with a folder of artifacts, as `compose.yaml` does."""
    with running_postgresql() as database, running_mlflow(tmp_path, database.url) as running:
        yield running


@pytest.mark.slow
def test_a_server_on_postgresql_follows_too_and_survives_its_own_end_in_mid_run(
    desk: Desk, server: MlflowServer
) -> None:
    check_mirror(desk, server.address)
    third = challenger(desk.editions, origin_rows(0.4), members=["third"])
    ended = threading.Thread(target=end_once_a_run_is_there, args=(server, third.name))
    ended.start()
    assert track(record_from_edition(third), tracking_uri=server.address, at=NOW) is None
    ended.join()
    assert [event["event"] for event in read_record(third)] == ["tracking-pending"]
    server.start()
    assert running(server.address, third.name) == ["RUNNING"]

    done = complete_pending(desk.editions, tracking_uri=server.address, at=NOW)
    assert list(done) == [third.name]
    assert sorted(running(server.address, third.name)) == ["FAILED", "FINISHED"]
    assert pending(desk.editions) == []
    assert list((server.folder / "kept").rglob("bundle.json"))


def running(store: str, edition: str) -> list[str]:
    """Return the states of the runs of an edition."""
    known = client(store)
    place = known.get_experiment_by_name("zorgraming").experiment_id
    asked = f"tags.`zorgraming.edition_id` = '{edition}'"
    return [run.info.status for run in known.search_runs([place], asked)]


def end_once_a_run_is_there(server: MlflowServer, edition: str) -> None:
    """Kill the server as soon as it has begun a run of an edition."""
    while not running(server.address, edition):
        time.sleep(0.02)
    server.kill()

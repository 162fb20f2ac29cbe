"""A dask cluster as the place of the work: a scheduler and two workers, started for these tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from models.launcher import run
from tests.conftest import ROOT
from tests.trained import small_panel
from tests.training import fanout_tasks as tasks
from training.__main__ import training
from training.fanout import Fanout, FanoutError, connected
from training.many import Kind, deliveries_in, train_many
from training.train import Order, train

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
UNUSED = "tcp://127.0.0.1:9"  # the discard port, where nothing listens


@contextmanager
def dask(*words: str, path: str = "") -> Iterator[None]:
    """Run a command of dask for as long as the block lasts."""
    environment = os.environ | {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}" if path else str(ROOT)}
    command = [sys.executable, "-P", "-m", "dask", *words]  # -P: not what lies where we stand
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.kill()  # it would take seconds to say goodbye


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """Run a scheduler on a free port of this machine; yield its address."""
    told = folder / "scheduler.json"
    words = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
    with dask("scheduler", *words, "--scheduler-file", str(told)):
        for _ in range(600):
            if told.is_file() and told.stat().st_size:
                break
            time.sleep(0.1)
        yield json.loads(told.read_text(encoding="utf-8"))["address"]


def worker(
    address: str, folder: Path, threads: int, path: str = ""
) -> AbstractContextManager[None]:
    words = ["--nthreads", str(threads), "--no-nanny", "--dashboard-address", "127.0.0.1:0"]
    return dask("worker", address, *words, "--local-directory", str(folder), path=path)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two processes, of one thread and of two."""
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as address, worker(address, folder, 1), worker(address, folder, 2):
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address


@pytest.fixture(scope="module")
def deserted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler without workers."""
    with scheduler(tmp_path_factory.mktemp("deserted")) as address:
        yield address


class Parcel(list[int]):
    """Counts how often it is packed to be sent."""

    packed = 0

    def __reduce__(self) -> tuple[type, tuple[list[int]]]:
        Parcel.packed += 1
        return list, (list(self),)


class TestOnTheCluster:
    def test_results_come_in_order_and_every_task_is_told(self, cluster: str) -> None:
        told: list[int] = []
        with connected("dask", cluster):
            # One job is one job of this machine: the cluster is used as wide as it is.
            results = Fanout(1, "dask", told.append).run(tasks.square_later, range(6))
        assert results == [0, 1, 4, 9, 16, 25]
        assert sum(told) == 6

    def test_nothing_runs_in_parallel_beneath_a_worker(self, cluster: str) -> None:
        with connected("dask", cluster):
            found = Fanout(2, "dask").run(tasks.threads_beneath, range(12))
        assert {(widest, beneath) for _, widest, beneath in found} == {(1, 1)}
        assert len({process for process, _, _ in found} - {os.getpid()}) == 2

    def test_what_is_shared_is_not_sent_with_every_task(self, cluster: str) -> None:
        parcel, Parcel.packed = Parcel([10]), 0
        with connected("dask", cluster):
            results = Fanout(2, "dask").run(tasks.offset, range(12), shared=(parcel,))
        assert results == list(range(10, 22))
        assert 1 <= Parcel.packed <= 2  # once to send it, once to name it by its content

    def test_many_deliveries_are_trained_side_by_side(self, cluster: str, tmp_path: Path) -> None:
        rows = [("M", "A", "P", f"{year}-01-01", 100 + year % 3) for year in range(2014, 2024)]
        deliveries = [small_panel(tmp_path / "in" / name, rows) for name in ("one", "two")]
        small_panel(tmp_path / "in" / "odd", [("M", "A", "P", "2022-01-01", -1)])
        with connected("dask", cluster):
            order = Order(tmp_path, draws=20, origins=1, backend="dask", scheduler=cluster)
            fanout = Fanout(1, "dask")
            found = train_many(deliveries_in(tmp_path / "in"), order, tmp_path / "out", fanout)
        kinds = {one.delivery.name: one.kind for one in found}
        assert kinds == {"one": Kind.TRAINED, "two": Kind.TRAINED, "odd": Kind.REFUSED}
        here = train(Order(deliveries[0], draws=20, origins=1), tmp_path / "here").edition
        there = tmp_path / "out" / here.name
        made = [(folder / "forecasts.parquet").read_bytes() for folder in (here, there)]
        assert made[0] == made[1]

    def test_the_connection_ends_with_the_work(self, cluster: str) -> None:
        with connected("dask", cluster):
            client = distributed.default_client()
            assert client.status == "running"
            assert client.scheduler.address == cluster
        assert client.status == "closed"


class TestRefusals:
    def test_a_scheduler_that_does_not_answer_ends_with_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = small_panel(tmp_path / "one", [("M", "A", "P", "2022-01-01", 120)])
        words = ["backtest", str(folder), "--quiet", "--backend", "dask", "--scheduler", UNUSED]
        monkeypatch.setattr(sys, "argv", ["training", *words])
        with pytest.raises(SystemExit) as ended:
            run(training)
        assert ended.value.code == 1
        told = capsys.readouterr().err
        assert f"Refused: --scheduler {UNUSED}: no dask scheduler answers there" in told

    def test_what_is_no_address(self) -> None:
        with (
            pytest.raises(FanoutError, match="no dask scheduler answers there"),
            connected("dask", "carrier-pigeon://loft"),
        ):
            pytest.fail("connected to a pigeon")

    def test_a_cluster_without_workers(self, deserted: str) -> None:
        with (
            pytest.raises(FanoutError, match=r"no worker within 1 seconds.*dask worker tcp://"),
            connected("dask", deserted, wait_seconds=1),
        ):
            pytest.fail("connected to nobody")

    def test_a_worker_with_another_version(self, deserted: str, tmp_path: Path) -> None:
        """It could give other figures, and nobody would notice."""
        metadata = tmp_path / "zorgraming-99.0.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text("Metadata-Version: 2.1\nName: zorgraming\nVersion: 99.0\n")
        with (
            worker(deserted, tmp_path, 1, path=str(tmp_path)),
            pytest.raises(FanoutError, match=r"worker tcp://.* differs .* in zorgraming, so that"),
            connected("dask", deserted),
        ):
            pytest.fail("connected to a stranger")


def _months() -> Iterator[tuple[object, ...]]:
    """Two products in two districts, three years: enough for every member, and for cost."""
    chance = np.random.default_rng(7)
    for product, size in (("hbh", 90), ("dagbesteding", 30)):
        for district in ("A", "B"):
            for at in range(36):
                clients = size + at + round(size / 5 * np.sin(at * np.pi / 6)) + chance.integers(9)
                day = f"{2020 + at // 12}-{at % 12 + 1:02}-01"
                cost = f"{clients * (210 + at) + chance.integers(900)}.50"
                yield "M", district, product, day, clients, cost


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery") / "maanden"
    header = "municipality,district,product,period,clients,cost_eur"
    return small_panel(folder, list(_months()), header)


def _told(order: Order, folder: Path) -> dict[str, bytes | str]:
    """Train; return every file, and of the manifest all but what is known to differ per run."""
    edition = train(order, folder).edition
    told: dict[str, bytes | str] = {
        path.relative_to(edition).as_posix(): path.read_bytes()
        for path in edition.rglob("*")
        if path.is_file()
    }
    manifest = json.loads(told.pop("manifest.json"))
    manifest.pop("run")
    return told | {"name": edition.name, "manifest": json.dumps(manifest, sort_keys=True)}


@pytest.fixture(scope="module")
def alone(months: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes | str]:
    return _told(Order(months, origins=1), tmp_path_factory.mktemp("alone"))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "multiprocessing", "dask"])
def test_an_edition_is_the_same_wherever_it_was_made(
    backend: str,
    months: Path,
    alone: dict[str, bytes | str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """With loky: `test_train`, on a larger delivery."""
    address = request.getfixturevalue("cluster") if backend == "dask" else None
    order = Order(months, origins=1, jobs=2, backend=backend, scheduler=address)
    told = _told(order, tmp_path)
    assert sorted(told) == sorted(alone)
    assert [name for name, content in told.items() if content != alone[name]] == []

"""How training grows with series and workers, on a dask cluster of processes on this machine.

    python benchmarks/scaling.py [--series 1000,5000,20000] [--workers 1,2,4] [--members NAME,...]
                                 [--origins 1] [--draws 200] [--measures clients]

A country is many deliveries: here copies of the example municipality (408 series by month), each a
delivery by itself, as many as make up the series asked for. Each combination starts a scheduler and
so many workers of one thread, trains all deliveries through them (``training.many``), and ends
them. Told are wall seconds, the seconds of a core that all workers used (which say more on a
machine that others use too), the largest memory of a worker and of the process that hands out, and
what a thousand series cost. The default limits the ensemble to three quick members with one origin:
the less a task does, the more handing it out weighs. ``--members all --origins 6 --draws 400
--measures all`` is a training as it is by default.
"""

from __future__ import annotations

import argparse
import csv
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from models.catalogue import MEASURES
from models.member_choice import EVERY, chosen_members
from training.fanout import Fanout, connected
from training.many import Kind, deliveries_in, train_many
from training.sources.example import write_example
from training.train import Order

ROOT = Path(__file__).resolve().parents[1]
_QUICK = "seasonal naive,last year,damped ETS"
_COLUMNS = {"clients": "clients", "volume": "volume", "cost": "cost_eur"}
_KEYS = ("municipality", "district", "product", "period")
_LEFT = ("budget.csv", "allocations.csv", "declarations.csv")  # of cost and volume
_WATCH_SECONDS = 0.25
_HEAD = (
    *("series", "deliveries", "workers", "wall s", "core s", "worker MB", "driver MB"),
    *("core s per 1,000 series", "speed-up"),
)


@dataclass(frozen=True)
class Found:
    """What one combination took.

    Attributes:
        wall: seconds.
        core: seconds of a core, over all workers.
        worker_mb: largest memory of one worker.
        driver_mb: largest memory of the process that hands out.
    """

    wall: float
    core: float
    worker_mb: float
    driver_mb: float


def main() -> None:
    """Measure and print a table, a row as soon as it is known."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = _delivery(folder / "one", options.measures)
        per_delivery = _series_of(one)
        print(f"| {' | '.join(_HEAD)} |\n|" + " ---: |" * len(_HEAD), flush=True)
        for asked in options.series:
            many = max(1, round(asked / per_delivery))
            country = _country(folder / f"country-{many}", one, many)
            alone = 0.0  # wall seconds of one worker
            for workers in options.workers:
                found = _run(country, folder, workers, options)
                alone = found.wall if workers == 1 else alone
                series = many * per_delivery
                figures = (
                    *(f"{series:,}", str(many), str(workers), f"{found.wall:.0f}"),
                    *(f"{found.core:.0f}", f"{found.worker_mb:.0f}", f"{found.driver_mb:.0f}"),
                    *(f"{1000 * found.core / series:.1f}", _ratio(alone, found.wall)),
                )
                print(f"| {' | '.join(figures)} |", flush=True)


def _ratio(alone: float, wall: float) -> str:
    return f"{alone / wall:.2f}" if alone else "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])

    def numbers(text: str) -> list[int]:
        return [int(one) for one in text.split(",")]

    parser.add_argument("--series", type=numbers, default=[1000, 5000, 20000])
    parser.add_argument("--workers", type=numbers, default=[1, 2, 4])
    parser.add_argument("--members", default=_QUICK)
    parser.add_argument("--origins", type=int, default=1)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--measures", default="clients")
    return parser.parse_args()


def _delivery(folder: Path, measures: str) -> Path:
    """Write the example municipality, with some of its measures."""
    write_example(folder)
    kept = MEASURES if measures == "all" else tuple(measures.split(","))
    if set(kept) == set(MEASURES):
        return folder
    with (folder / "care_use.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns = [*_KEYS, *(_COLUMNS[measure] for measure in kept)]
    with (folder / "care_use.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row for row in rows if any(row[name] for name in columns[len(_KEYS) :]))
    for name in _LEFT:
        (folder / name).unlink(missing_ok=True)
    return folder


def _series_of(folder: Path) -> int:
    with (folder / "care_use.csv").open(encoding="utf-8", newline="") as stream:
        return len({(row["district"], row["product"]) for row in csv.DictReader(stream)})


def _country(folder: Path, one: Path, many: int) -> Path:
    """Make so many deliveries of one, without copying its files."""
    for number in range(many):
        place = folder / f"m{number:04d}"
        place.mkdir(parents=True)
        for file in one.iterdir():
            if file.is_file():
                (place / file.name).hardlink_to(file)
    return folder


def _run(country: Path, folder: Path, workers: int, options: argparse.Namespace) -> Found:
    members = EVERY if options.members == "all" else chosen_members(options.members)
    order = Order(country, draws=options.draws, origins=options.origins, members=members)
    with tempfile.TemporaryDirectory(dir=folder) as out, _cluster(Path(out), workers) as cluster:
        watch = _Watch(cluster.workers)
        started = time.monotonic()
        with connected("dask", cluster.address), watch:
            outcomes = train_many(
                deliveries_in(country), order, Path(out) / "editions", Fanout(1, "dask")
            )
        wall = time.monotonic() - started
    odd = [one for one in outcomes if one.kind is not Kind.TRAINED]
    if odd:
        raise SystemExit(f"{len(odd)} deliveries were not trained: {odd[0].reasons}")
    return Found(wall, watch.core, watch.worker_mb, watch.driver_mb)


@dataclass(frozen=True)
class _Cluster:
    address: str
    workers: list[psutil.Process]


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[_Cluster]:
    """Run a scheduler and workers of one thread, as processes of their own."""
    port = _free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet = ["--dashboard-address", "127.0.0.1:0"]
    with ExitStack() as stack:
        stack.enter_context(_dask("scheduler", "--host", "127.0.0.1", "--port", str(port), *quiet))
        words = ["worker", address, "--nthreads", "1", "--no-nanny", *quiet]
        started = [
            stack.enter_context(_dask(*words, "--local-directory", str(folder / f"w{number}")))
            for number in range(workers)
        ]
        _wait(address, workers)
        yield _Cluster(address, [psutil.Process(one.pid) for one in started])


@contextmanager
def _dask(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dask", *words]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), **quiet) as process:
        try:
            yield process
        finally:
            process.kill()


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _wait(address: str, workers: int) -> None:
    from dask.distributed import Client  # noqa: PLC0415 - an extra

    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=120)


class _Watch(threading.Thread):
    """Watches memory and time of the workers and of this process, for as long as a block lasts."""

    def __init__(self, workers: list[psutil.Process]) -> None:
        super().__init__(daemon=True)
        self._workers, self._done = workers, threading.Event()
        self._before = [_seconds(one) for one in workers]
        self._after = list(self._before)
        self.worker_mb = self.driver_mb = 0.0

    @property
    def core(self) -> float:
        """Seconds of a core that the workers used."""
        return sum(self._after) - sum(self._before)

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._look()
        self._done.set()
        self.join()

    def run(self) -> None:
        while not self._done.wait(_WATCH_SECONDS):
            self._look()

    def _look(self) -> None:
        self._after = [_seconds(one) for one in self._workers]
        sizes = [one.memory_info().rss / 1e6 for one in self._workers]
        self.worker_mb = max(self.worker_mb, *sizes)
        self.driver_mb = max(self.driver_mb, psutil.Process().memory_info().rss / 1e6)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()

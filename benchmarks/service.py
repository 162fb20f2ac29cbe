"""How fast, how lean and how steady the service is, with its load generator on the same machine.

    python benchmarks/service.py [--series 1250] [--seconds 10] [--minutes 10] [--only single,swap]

Writes an edition for tests with so many series (three measures, 72 months to December 2026, 400
paths), serves it with two workers, signed in and audited, and asks it with ``wrk`` (a Debian
package). The parts, each by its name in ``--only``:

- ``single``: one product in one district by month to 2026 as JSON, the addresses of such series in
  turn: 300 asked before, and all of them for the first time; beside a bare Flask answer of
  that size behind the same web server.
- ``sums``: the bands of a sum over districts drawn at random, by year; never the same one twice.
- ``whole``: all rows of a measure as Parquet and CSV, and what ten of them leave behind in memory.
- ``mlflow``: ``mlflow models serve`` of a Prophet model of such a series, asked the same months.
- ``swap``: editions recalled and approved again under load; each answer is whole, of one edition.
- ``crowd``: twice as many at once as can be answered in time, for so many minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from itertools import count, cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # this file is called service too

from bare import bare_server
from rival_server import mlflow_server
from serving import Load, Server, edition, load, server

from models.edition import Edition, append_record, open_edition
from tests.editions import approve, build_edition

PARTS = ("single", "sums", "whole", "mlflow", "swap", "crowd")
_SWAPS, _SUMS, _WHOLE = 100, 200, 10
_THREADS, _CROWD = 8, 16  # connections: as many as threads answer, and twice that
_SETTLE = 3  # seconds after the start, in which workers load what draws
_ASKED = 300  # series that a dashboard asks for again and again
_SEED = 2026
_SUM = "/v1/forecasts?measure=cost&frequency=year&groupBy=period"


def main() -> None:
    """Measure and print the table."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = edition(folder / "editions", options.series)
        bench = _Bench(folder, open_edition(made, verify=False), options)
        print(f"{len(bench.edition)} series, two workers, load generator on the same machine\n")
        print("| measure | found |\n| --- | --- |", flush=True)
        for part in PARTS:
            if part in options.only:
                for measure, found in getattr(bench, part)():
                    print(f"| {measure} | {found} |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=1250)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    return parser.parse_args()


Rows = Iterator[tuple[str, str]]


class _Bench:
    def __init__(self, folder: Path, made: Edition, options: argparse.Namespace) -> None:
        self.folder = folder
        self.edition = made
        self.seconds: int = options.seconds
        self.minutes: float = options.minutes
        self.single_per_second = 0.0

    def _served(self, **settings: object):  # noqa: ANN202 - a context manager
        state = self.folder / f"state-{len(list(self.folder.iterdir()))}"
        return server(state, self.edition.folder.parent, **settings)

    def _load(self, one: Server, paths: list[str], **options: int) -> Load:
        chosen = {"seconds": self.seconds} | options
        return load(one.port, paths, self.folder / "ask.lua", headers=one.headers, **chosen)

    def _addresses(self) -> list[str]:
        track = self.edition.tracks["clients"]
        series = self.edition.series
        return [
            f"/v1/forecasts?product={series['product'][at]}&district={series['district'][at]}"
            "&measure=clients&to=2026&kind=forecast"
            for at in track.present_series.tolist()
            if series["frequency"][at] == "month"
        ]

    def single(self) -> Rows:
        paths = self._addresses()
        with self._served() as one:
            size = len(one.get(paths[0])[1])
            time.sleep(_SETTLE)
            before = one.private_mb()
            self._load(one, paths[:_ASKED], seconds=8)
            warm, crowded = (
                self._load(one, paths[:_ASKED], connections=many) for many in (_THREADS, _CROWD)
            )
            unlike = [f"{p}&pageSize={size}" for size in range(1000, 1050) for p in paths]
            fresh = self._load(one, unlike)
            after = one.private_mb()
        bare = self._bare(size)
        self.single_per_second = crowded.per_second
        yield f"one series, asked before, {_THREADS} at once", _told(warm)
        yield f"the same, {_CROWD} at once", _told(crowded)
        yield "one series, for the first time", _told(fresh)
        yield f"a bare Flask answer of {size / 1000:.0f} kB", _told(bare)
        yield f"ours over bare, {_CROWD} at once", f"{crowded.per_second / bare.per_second:.2f}"
        told = f"{before:.0f} MB when started, {after:.0f} MB afterwards"
        yield "private memory of a worker, what draws included", told

    def _bare(self, size: int) -> Load:
        with bare_server(size) as port:
            return load(port, ["/"], self.folder / "ask.lua", headers={}, seconds=self.seconds)

    def sums(self) -> Rows:
        draw = random.Random(_SEED)  # noqa: S311 - a sample
        codes = self.edition.dimensions["district"].labels.tolist()
        took = []
        with self._served() as one:
            line = one.connection()
            for _ in range(_SUMS):
                some = draw.sample(codes, draw.randint(2, min(len(codes), 150)))

                took.append(_timed(one, line, f"{_SUM}&district={','.join(some)}"))
            whole = [
                _timed(
                    one, line, f"/v1/forecasts?measure=cost&frequency=year&groupBy=period&from={y}"
                )
                for y in range(2000, 2021)
            ]
        yield "sum over drawn districts and all products, p50, p95", _quantiles(took)
        yield "sum over all products and districts, p50, p95", _quantiles(whole)

    def whole(self) -> Rows:
        with self._served() as one:
            one.get("/v1/health/ready")
            for form in ("parquet", "csv"):
                path = f"/v1/forecasts?measure=clients&format={form}&pageSize="
                for size in range(90_000, 90_006):  # both workers have done it
                    one.get(f"{path}{size}")
                times, before = [], one.private_mb()
                for size in range(_WHOLE):
                    start = time.perf_counter()
                    status, body = one.get(f"{path}{91_000 + size}")
                    times.append(time.perf_counter() - start)
                    assert status == HTTPStatus.OK, body[:500]
                grown = one.private_mb() - before
                told = f"{statistics.median(times):.2f} s, {len(body) / 1e6:.1f} MB"
                yield (
                    f"all rows of a measure as {form}",
                    f"{told}; memory {grown:+.0f} MB after ten",
                )

    def mlflow(self) -> Rows:
        with mlflow_server(self.folder / "rival") as (port, body):
            found = load(
                port,
                ["/invocations"],
                self.folder / "ask.lua",
                headers={"Content-Type": "application/json"},
                seconds=self.seconds,
                connections=4,
                body=body,
            )
        yield "mlflow models serve, Prophet with its band, the same months", _told(found)
        if self.single_per_second:
            yield "ours over mlflow", f"{self.single_per_second / found.per_second:.0f} times"

    def swap(self) -> Rows:
        folder = self.folder / "swapped"
        small = {"districts": 20, "draws": 100, "municipality": "VB0001"}
        older = build_edition(folder, as_of=date(2022, 12, 31), seed=5, **small)
        newer = build_edition(folder, as_of=date(2023, 12, 31), seed=6, **small)
        seen: Counter[str] = Counter()
        path = "/v1/forecasts?measure=cost&frequency=year&groupBy=product,period"
        with server(self.folder / "swap", folder, refresh_seconds=0.05) as one:
            truth = {e: _truth(one, path, e) for e in (older.name, newer.name)}
            stop = threading.Event()
            askers = [
                threading.Thread(target=_ask, args=(one, path, truth, seen, stop)) for _ in range(4)
            ]
            for asker in askers:
                asker.start()
            _swap(newer)
            stop.set()
            for asker in askers:
                asker.join()
        good = {name: seen.pop(name, 0) for name in truth}
        yield (
            f"{_SWAPS} swaps under load",
            f"{sum(good.values())} answers, of either edition {good}",
        )
        yield (
            "failed or mixed answers",
            str(sum(seen.values())) + (f" {dict(seen)}" if seen else ""),
        )

    def crowd(self) -> Rows:
        paths = [
            f"/v1/forecasts?measure=cost&frequency=year&groupBy=product,district,period&pageSize={n}"
            for n in range(1000, 1400)
        ]
        with self._served(queue_seconds=1) as one:
            alone = self._load(one, paths, connections=2)
            before = one.private_mb()
            seen: Counter[int] = Counter()
            _crowd(one, paths, seen, 60 * self.minutes, 2 * int(alone.per_second) + 64)
            after, alive = one.private_mb(), one.process.is_running()
            status = one.get("/v1/health/ready")[0]
        yield "capacity on heavy questions", _told(alone)
        yield f"{self.minutes:g} minutes of twice as many", f"{dict(sorted(seen.items()))}"
        yield "afterwards", f"alive {alive}, ready {status}, memory {before:.0f} to {after:.0f} MB"


def _told(found: Load) -> str:
    return (
        f"{found.per_second:,.0f} a second, p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms, "
        f"{found.errors} errors"
    )


def _timed(one: Server, line: object, path: str) -> float:
    start = time.perf_counter()
    line.request("GET", path, headers=one.headers)  # type: ignore[attr-defined]
    answer = line.getresponse()  # type: ignore[attr-defined]
    body = answer.read()
    assert answer.status == HTTPStatus.OK, body[:500]
    return time.perf_counter() - start


def _quantiles(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20)
    return f"{1000 * cuts[9]:.0f} ms, {1000 * cuts[18]:.0f} ms"


def _truth(one: Server, path: str, name: str) -> list[float]:
    status, body = one.get(f"{path}&edition={name}")
    assert status == HTTPStatus.OK
    return [row["mean"] for row in json.loads(body)["rows"]]


def _ask(
    one: Server,
    path: str,
    truth: dict[str, list[float]],
    seen: Counter[str],
    stop: threading.Event,
) -> None:
    line, fresh = one.connection(), count()
    while not stop.is_set():
        line.request("GET", f"{path}&pageSize={90000 + next(fresh) % 999}", headers=one.headers)
        answer = line.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            seen[f"status {answer.status}"] += 1
            continue
        rows = json.loads(body)["rows"]
        names = {row["edition"] for row in rows}
        name = names.pop() if len(names) == 1 else "mixed"
        whole = [row["mean"] for row in rows] == truth.get(name)
        seen[name if whole else "mixed"] += 1


def _swap(newer: Path) -> None:
    """Recall and approve the newer edition in turn, so that the older one comes back each time."""
    at = datetime(2024, 6, 1, tzinfo=UTC)
    for turn in range(_SWAPS):
        moment = at + timedelta(minutes=turn)
        if turn % 2:
            approve(newer, moment.date())
        else:
            append_record(newer, {"event": "recalled", "by": "A", "reason": "benchmark"}, moment)
        time.sleep(0.15)


def _crowd(one: Server, paths: list[str], seen: Counter[int], seconds: float, askers: int) -> None:
    """Ask from so many connections at once; each asks again as soon as it is answered."""
    end, lock = time.monotonic() + seconds, threading.Lock()

    def ask(mine: Iterator[str]) -> None:
        line = one.connection()
        while time.monotonic() < end:
            try:
                line.request("GET", next(mine), headers=one.headers)
                answer = line.getresponse()
                answer.read()
                polite = answer.status == HTTPStatus.OK or answer.headers["Retry-After"]
                status = answer.status if polite else -answer.status
                wait = 0.0 if answer.status == HTTPStatus.OK else 1.0
            except OSError:
                status, wait = 0, 1.0
                line.close()
            with lock:
                seen[status] += 1
            time.sleep(wait)

    draw = random.Random(_SEED)  # noqa: S311 - a sample
    threads = [
        threading.Thread(target=ask, args=(cycle(draw.sample(paths, len(paths))),), daemon=True)
        for _ in range(askers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()

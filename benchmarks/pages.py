"""How fast the pages answer, pictures included, on an edition with so many series.

    python benchmarks/pages.py [--series 1250] [--rounds 30]

Writes an edition for tests (clients, volume and cost by month, with its split by cause), serves it
with two workers in demo mode, and asks every page in turn for another product or district each
time, so that no picture was drawn before. The first answers are told apart.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from http import HTTPStatus
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # before a benchmark called service

from serving import HISTORY, PRODUCTS, UNTIL, demo_server

from tests.split_editions import build_split_edition

_SETTLE = 3  # seconds after the start, in which workers load what draws
PLACES = {
    "overview": "/?year={year}&district={district}",
    "explore": "/explore?district={district}&frequency=month",
    "explore, everything": "/explore?frequency={frequency}&subject={subject}",
    "budget": "/budget?district={district}&amount1=1000",
    "scenario": "/scenario?district={district}&percent=-{size}&reason=x",
    "scenario, everything": "/scenario?percent=-{size}&reason=x",
    "reliability": "/reliability",
    "about": "/about",
}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=1250)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_split_edition(
            folder / "editions",
            districts=options.series // len(PRODUCTS),
            only=PRODUCTS,
            draws=400,
            until=UNTIL,
            history=HISTORY,
        )
        with demo_server(folder, folder / "editions") as port:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            time.sleep(_SETTLE)
            print(f"slowest of the first six: {1000 * max(_first(line)):.0f} ms\n")
            print("| page | p50 | p95 | size |\n| --- | --- | --- | --- |")
            for page, path in PLACES.items():
                told = [_asked(line, path.format(**one)) for one in _unlike(options.rounds)]
                took = sorted(seconds for seconds, _ in told)
                p95 = statistics.quantiles(took, n=20)[18]
                size = max(length for _, length in told) / 1000
                middle = statistics.median(took)
                print(f"| {page} | {1000 * middle:.0f} ms | {1000 * p95:.0f} ms | {size:.0f} kB |")


def _first(line: http.client.HTTPConnection) -> list[float]:
    return [_asked(line, "/")[0] for _ in range(6)]


def _unlike(rounds: int) -> Iterator[dict[str, object]]:
    frequencies, subjects = cycle(("month", "quarter", "year")), cycle(("", "law:Wmo+2015"))
    years = cycle((2024, 2025, 2026))
    for at in range(rounds):
        yield {
            "district": f"VB0001D{at + 1:02d}",
            "year": next(years),
            "frequency": next(frequencies),
            "subject": next(subjects),
            "size": at + 1,
        }


def _asked(line: http.client.HTTPConnection, path: str) -> tuple[float, int]:
    start = time.perf_counter()
    line.request("GET", path, headers={"Accept": "text/html"})
    answer = line.getresponse()
    body = answer.read()
    assert answer.status == HTTPStatus.OK, (path, answer.status, body[:300])
    return time.perf_counter() - start, len(body)


if __name__ == "__main__":
    main()

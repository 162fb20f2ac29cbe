"""How long a scenario takes: a sum over 1,250 series, 60 months, 400 paths, a few levers.

Run with ``python -m benchmarks.scenarios``. It makes an edition of random figures in a folder that
is thrown away, and prints one line per question.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from models.asking import Selection
from models.edition import Edition, open_edition
from models.goal_seek import percent_for
from models.levers import Lever
from models.scenario import totals
from models.scenario_rows import effect
from tests.editions import build_edition

WHY = "meting"
DISTRICTS = 624  # of two products each, and one of the municipality
RUNS = 15
START = date(2022, 1, 1)
LEVERS = (
    Lever("price", WHY, START, percent=3, yearly=True),
    Lever("use", WHY, date(2023, 1, 1), percent=-5, ramp=12, products=("HH",)),
    Lever("tariff", WHY, date(2023, 7, 1), percent=4, products=("BG",)),
    Lever("volume_per_client", WHY, date(2024, 1, 1), percent=-2),
)
CEILING = Lever("ceiling", WHY, date(2024, 1, 1), level=2.5e8, products=("BG", "HH"))


def main() -> None:
    """Print the median and the slowest of some runs per question."""
    with tempfile.TemporaryDirectory() as folder:
        edition = open_edition(
            build_edition(
                Path(folder),
                as_of=date(2021, 12, 31),
                until=date(2026, 12, 31),
                history=date(2020, 1, 1),
                late=0,
                districts=DISTRICTS,
                draws=400,
                only=("BG", "HH", "VB"),
                measures=("cost", "clients", "volume"),
            )
        )
        paths = edition.paths["cost"]
        print(f"{len(edition)} series, paths {paths.shape} {paths.dtype}")
        for name, question in questions(edition).items():
            seconds = [timed(question) for _ in range(RUNS)]
            worst, middle = max(seconds[1:]), statistics.median(seconds[1:])
            print(f"{name:40} median {middle * 1e3:6.1f} ms, slowest {worst * 1e3:6.1f} ms")


def questions(edition: Edition) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name."""
    by_year = Selection("cost", by=(), frequency="year", start=START)
    by_month = Selection("cost", by=(), start=START)
    budget = int(np.median(totals(edition, by_year).base.sum(axis=0)))  # type: ignore[union-attr]
    return {
        "four levers, years": lambda: effect(edition, by_year, LEVERS),
        "four levers, months": lambda: effect(edition, by_month, LEVERS),
        "four levers, each on its own": lambda: effect(edition, by_year, LEVERS, parts=True),
        "and a ceiling": lambda: effect(edition, by_year, (*LEVERS, CEILING)),
        "goal-seek": lambda: percent_for(edition, by_year, LEVERS, 1, budget, 0.8),
        "no lever": lambda: effect(edition, by_year, ()),
    }


def timed(question: Callable[[], object]) -> float:
    """Return how many seconds a question takes."""
    start = time.perf_counter()
    question()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

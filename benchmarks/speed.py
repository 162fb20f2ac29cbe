"""Time and memory of a whole training, beside plain Prophet per series on the same origins.

    python benchmarks/speed.py [--scale 4] [--jobs 2] [--series 40] [--measures clients]

Writes the example municipality ``--scale`` times as large to a temporary folder and trains on it in
a process of its own: fit, six rolling origins, paths, publish. In the same run Prophet, as it comes
out of the box, forecasts a random sample of the series from the same origins and from the end, on
as many workers; its time is scaled up to all series. Half of the sample runs before the training
and half after it, so that a machine that is busy elsewhere is so for both. Only clients are asked
of Prophet unless more ``--measures`` are named, while the training does all three: the comparison
leans against the project. Peak memory is that of the training's process tree, shared pages counted
once per process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed, parallel_config
from panels import Peak
from rivals import Past, prophet
from tables import table

from models.catalogue import MEASURES, Frequency, default_until, ordinal
from models.judging import origins
from models.panel import grid
from training.sources.folder import read_folder

_SEED, _LEAST = 2023, 2  # Prophet needs two figures


@dataclass(frozen=True)
class Fit:
    """One fit that Prophet is asked for."""

    past: Past
    steps: int


Work = list[list[Fit]]  # per series, one fit per origin


@dataclass(frozen=True)
class Training:
    """What a training took: wall seconds of the process, peak bytes, series with an outcome."""

    seconds: float
    peak: int
    outcomes: int


def train(folder: Path, editions: Path, jobs: int) -> Training:
    """Train in a process of its own and watch it.

    Raises:
        SystemExit: the training failed.
    """
    command = [sys.executable, "-m", "training", "train", str(folder), "--json", "--no-track"]
    command += ["--quiet", "--editions", str(editions), "--jobs", str(jobs)]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = Peak()
    watcher = threading.Thread(target=peak.watch, args=(process,))
    watcher.start()
    output, _ = process.communicate()
    seconds = time.monotonic() - started
    watcher.join()
    if process.returncode:
        raise SystemExit(f"training ended with exit code {process.returncode}")
    outcomes = json.loads(output.splitlines()[-1])["outcomes"]
    return Training(seconds, peak.bytes, sum(outcomes.values()))


def prophet_work(folder: Path, measures: tuple[str, ...]) -> Work:
    """Return what Prophet would have to fit: every series of every measure from every origin."""
    panel, _ = read_folder(folder)
    as_of = panel.end()
    known, until = panel.as_known_at(as_of), default_until(as_of)
    work: Work = []
    for measure in measures:
        for frequency in Frequency:
            laid = grid(known, measure, frequency)
            periods = laid.values.shape[1]
            ends = [*origins(periods, frequency), periods]
            steps = ordinal(until, frequency) - (laid.first + periods - 1)
            work += [fits_of(row, laid.first, frequency, ends, steps) for row in laid.values]
    return [fits for fits in work if fits]


def fits_of(
    row: np.ndarray, first: int, frequency: Frequency, ends: list[int], steps: int
) -> list[Fit]:
    """Return the fits of one series: its known figures up to each origin.

    Args:
        row: (periods,), NaN = unknown.
        first: ordinal of the first period.
        frequency: of the periods.
        ends: lengths of history to forecast from.
        steps: periods to forecast.
    """
    known = np.flatnonzero(np.isfinite(row))
    start = int(known[0]) if known.size else 0
    fits = []
    for end in ends:
        if (known < end).sum() >= _LEAST:
            fits.append(Fit(Past(row[start:end], first + start, frequency), steps))
    return fits


def timed(work: Work, jobs: int) -> float:
    """Return the wall seconds that some series take, workers and library loaded before."""
    fits = [fit for own in work for fit in own]
    with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1), Parallel() as pool:
        pool(delayed(prophet)(fit.past, fit.steps) for fit in fits[:jobs])  # loads the library
        started = time.monotonic()
        pool(delayed(prophet)(fit.past, fit.steps) for fit in fits)
        return time.monotonic() - started


def sampled(work: Work, count: int) -> tuple[Work, Work]:
    """Return two halves of a random sample of the series; 0 = all of them."""
    count = len(work) if not count else min(count, len(work))
    chosen = np.random.default_rng(_SEED).choice(len(work), size=count, replace=False)
    own = [work[at] for at in chosen]
    return own[: count // 2], own[count // 2 :]


def scaled_up(seconds: float, sample: int, whole: int) -> float:
    """Return what all fits would take, from the time of some of them."""
    return seconds * whole / sample


def compare(folder: Path, editions: Path, asked: argparse.Namespace) -> str:
    """Time both and return the table."""
    work = prophet_work(folder, asked.measures)
    halves = sampled(work, asked.series)
    print(f"{len(work)} series for Prophet; timing {sum(map(len, halves))} of them", flush=True)
    before = timed(halves[0], asked.jobs) if halves[0] else 0.0
    trained = train(folder, editions, asked.jobs)
    seconds = before + (timed(halves[1], asked.jobs) if halves[1] else 0.0)
    fits, whole = (sum(map(len, part)) for part in ([*halves[0], *halves[1]], work))
    total = scaled_up(seconds, fits, whole)
    rows = [
        ("series and measures in the training", f"{trained.outcomes}"),
        ("whole training, seconds", f"{trained.seconds:.0f}"),
        ("peak memory of the training, MB", f"{trained.peak / 2**20:.0f}"),
        (f"Prophet: fits of {', '.join(asked.measures)}", f"{whole}"),
        ("Prophet: fits timed, of a random sample of series", f"{fits}"),
        ("Prophet: seconds for those", f"{seconds:.0f}"),
        ("Prophet: seconds for all, scaled up", f"{total:.0f}"),
        ("training over Prophet", f"**{trained.seconds / total:.2f}**"),
    ]
    return table((f"on {asked.jobs} workers", ""), iter(rows))


def _measures(text: str) -> tuple[str, ...]:
    unknown = sorted(set(text.split(",")) - set(MEASURES))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(MEASURES)}")
    return tuple(text.split(","))


def main() -> None:
    """Write the example, time both, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--series", type=int, default=40, help="sample for Prophet; 0 = all")
    parser.add_argument("--measures", type=_measures, default=("clients",))
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "voorbeeldstad"
        example = ["example", str(folder), "--scale", str(asked.scale), "--quiet"]
        subprocess.run([sys.executable, "-m", "training", *example], check=True)
        text = compare(folder, Path(scratch) / "editions", asked)
    print(text)
    if asked.output:
        asked.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""What must hold of every edition, whatever it was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency, first_day, ordinals
from models.edition import Edition
from models.selection import Selection, answer

Hundredths = npt.NDArray[np.int64]
KEYS = ("municipality", "district", "product")
OUTCOMES = {"fitted", "pooled", "fell_back", "held", "spread"}
# What a record makes thinkable. The mean of a period keeps to the documented bound: a quarter a
# year above the largest figure of the record (`models.history.ceiling`). A P90 may lie a few times
# above that, and some clients more where the record is a handful of them.
GROWTH_PER_YEAR = 0.25
P90_TIMES = 8.0
# A whole year's mean and P90, beside the largest year of the record.
YEAR_TIMES = {"mean": 5.0, "p90": 10.0}
# An empty cell may be given what cells alike came to use: half a client's worth a period.
MEAN_MORE = {"clients": 50, "volume": 500, "cost": 15_500}
P90_MORE = {"clients": 500, "volume": 5_000, "cost": 200_000}  # hundredths: five clients' worth


@dataclass(frozen=True)
class Ahead:
    """The forecast of one series.

    Attributes:
        row: number of the series.
        frequency: its base frequency.
        first: ordinal of the first period that is forecast.
        paths: (steps, draws), hundredths.
    """

    row: int
    frequency: Frequency
    first: int
    paths: Hundredths


def forecasts(edition: Edition, measure: str) -> Iterator[Ahead]:
    """Yield the forecast of every series that has one."""
    track = edition.tracks[measure]
    for row in np.flatnonzero((track.rows >= 0) & (track.last > track.data_until)):
        frequency = tuple(Frequency)[edition.frequencies[row]]
        axis = edition.axes[frequency]
        first = max(int(track.data_until[row]) + 1, axis.first)
        steps = slice(first - axis.first, int(track.last[row]) - axis.first + 1)
        paths = np.asarray(track.paths[track.rows[row], steps], dtype=np.int64)
        yield Ahead(int(row), frequency, first, paths)


def complaints(edition: Edition) -> list[str]:
    """Return what is wrong with an edition, in words; nothing for a sound one."""
    found = []
    for measure in edition.manifest["measures"]:
        for rule in (_outcomes, _paths, _years, _answers, _sums):
            found += [f"{measure}: {said}" for said in rule(edition, measure)]
    return found


def has_credits(edition: Edition, measure: str) -> bool:
    """Tell whether the record holds figures below zero."""
    return bool((np.nan_to_num(edition.actuals[measure]) < 0).any())


def _outcomes(edition: Edition, measure: str) -> Iterator[str]:
    """One outcome per series, with a reason unless it was simply fitted."""
    columns = (edition.series[f"{part}_{measure}"] for part in ("outcome", "reason", "method"))
    for has, outcome, reason, method in zip(edition.tracks[measure].present, *columns, strict=True):
        if has and outcome not in OUTCOMES:
            yield f"outcome {outcome}"
        if has and outcome != "fitted" and not reason:
            yield f"{outcome} without a reason"
        if has and outcome not in {"held", "spread"} and not method:
            yield f"{outcome} without a method"


def _paths(edition: Edition, measure: str) -> Iterator[str]:
    """No path lies below zero, and none of the forecast beyond what the record makes thinkable."""
    track = edition.tracks[measure]
    for ahead in forecasts(edition, measure):
        name = "/".join(edition.series[key][ahead.row] for key in KEYS)
        record = track.actuals[ahead.row][np.isfinite(track.actuals[ahead.row])]
        if (ahead.paths < 0).any():
            yield f"{name}: a path below zero"
        if not record.size:
            continue  # what is spread is bounded by the record of its municipality
        alike = edition.frequencies == edition.frequencies[ahead.row]
        since = ahead.first + np.arange(len(ahead.paths)) - track.data_until[alike].max()
        growth = 1 + GROWTH_PER_YEAR * np.maximum(since, 1) / ahead.frequency.per_year
        # Up to the end of the others' record its first forecast stands in.
        most = max(record.max(), 0.0) * growth + MEAN_MORE[measure]
        mean, high = ahead.paths.mean(axis=1), np.quantile(ahead.paths, 0.9, axis=1)
        if (mean > most).any():
            yield f"{name}: a mean of {mean.max():.0f} where {most.max():.0f} is the most"
        if (high > P90_TIMES * most + P90_MORE[measure]).any():
            yield f"{name}: a P90 of {high.max():.0f} after a record of {record.max():.0f}"


def _years(edition: Edition, measure: str) -> Iterator[str]:
    """No year of a series lies far beyond the largest year of its record."""
    track = edition.tracks[measure]
    for ahead in forecasts(edition, measure):
        season = ahead.frequency.per_year
        largest = _largest_year(track.actuals[ahead.row], season)
        whole = len(ahead.paths) // season * season
        years = ahead.paths[:whole].reshape(-1, season, ahead.paths.shape[1]).sum(axis=1)
        figures = {"mean": years.mean(axis=1), "p90": np.quantile(years, 0.9, axis=1)}
        for name, times in YEAR_TIMES.items():
            most = times * largest + P90_MORE[measure]
            if (figures[name] > most).any() and np.isfinite(largest):
                key = "/".join(edition.series[part][ahead.row] for part in KEYS)
                yield f"{key}: {name} of a year {figures[name].max():.0f}, record {largest:.0f}"


def _largest_year(record: npt.NDArray[np.float64], season: int) -> float:
    """Return the most use of any year's worth of periods; unknown ones count as the others.

    Of a record shorter than a year it is so many of its largest period; of none, no bound.
    """
    at = np.flatnonzero(np.isfinite(record))
    if not at.size:
        return np.inf
    span = record[at[0] : at[-1] + 1]
    if len(span) < season:
        return float(np.nanmax(span)) * season
    windows = np.lib.stride_tricks.sliding_window_view(span, season)
    known = np.isfinite(windows)
    count = known.sum(axis=1)
    sums = np.where(known, windows, 0.0).sum(axis=1)
    means = np.divide(sums, count, out=np.zeros(len(sums)), where=count > 0)
    return max(float(means.max()), 0.0) * season


def _answers(edition: Edition, measure: str) -> Iterator[str]:
    """Figures are finite and in order, and means lie between the lowest and highest path."""
    for by in (("municipality", "product", "district"), ("product",)):
        columns = answer(
            edition, Selection(measure, by=by, frequency=Frequency.YEAR, bands=(99.9,))
        )
        ahead = columns["kind"] == "forecast"
        low, middle, high, mean, lowest, highest = figures = [
            columns[name][ahead]
            for name in ("p10", "p50", "p90", "mean", "lower_99.9", "upper_99.9")
        ]
        if not all(np.isfinite(figure).all() for figure in figures):
            yield f"by {by}: not finite"
        if (low < 0).any() and not has_credits(edition, measure):
            yield f"by {by}: below zero, {low.min()}"
        if not ((low <= middle) & (middle <= high)).all():
            yield f"by {by}: a band out of order"
        if not ((lowest <= mean) & (mean <= highest)).all():
            yield f"by {by}: a mean outside its paths"


def _sums(edition: Edition, measure: str) -> Iterator[str]:
    """A product is the sum of its districts: path by path, and in the means to the hundredth."""
    for (product, frequency), (first, total) in _totals(edition, measure).items():
        asked = Selection(
            measure,
            products=(product,),
            by=("product",),
            frequency=frequency,
            start=first_day(first, frequency),
        )
        whole = answer(edition, asked)
        parts = answer(edition, replace(asked, by=KEYS))
        for name, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
            expected = np.quantile(total, share, axis=1) / 100
            if not np.allclose(whole[name], expected, rtol=1e-9, atol=1e-9):
                yield f"{product}: {name} is not that of the summed paths"
        added = np.zeros(len(total), dtype=np.int64)
        steps = ordinals(parts["period"], frequency) - first
        np.add.at(added, steps, np.rint(parts["mean"] * 100).astype(np.int64))
        if not np.array_equal(added, np.rint(whole["mean"] * 100).astype(np.int64)):
            yield f"{product}: the means of its districts do not add up"
        if not np.array_equal(added * total.shape[1], total.sum(axis=1)):
            yield f"{product}: means are not those of the paths"


def _totals(edition: Edition, measure: str) -> dict[tuple[str, Frequency], tuple[int, Hundredths]]:
    """Sum paths per product, from the first period on in which all its series are forecast."""
    found: dict[tuple[str, Frequency], list[Ahead]] = {}
    for ahead in forecasts(edition, measure):
        product = str(edition.series["product"][ahead.row])
        found.setdefault((product, ahead.frequency), []).append(ahead)
    totals = {}
    for key, parts in found.items():
        first = max(part.first for part in parts)
        own = edition.series["product"] == key[0]
        first = max(first, int(edition.tracks[measure].data_until[own].max()) + 1)
        total = sum(part.paths[first - part.first :] for part in parts)
        totals[key] = first, np.asarray(total, dtype=np.int64)
    return totals

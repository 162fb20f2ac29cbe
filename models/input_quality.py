"""How good the input of an edition was, weighed by what it counted in the last year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.catalogue import Frequency
from models.cube import Cube, Floats, Ints, Track

HELD, FELL_BACK = "held", "fell_back"
WANTED = "forecast = none"  # how the reason begins where the delivery itself asked for no forecast


@dataclass(frozen=True)
class InputQuality:
    """Shares (0-1) of one measure.

    Attributes:
        measure: clients, volume or cost.
        held: of last year's figures, what has no forecast though one was asked for.
        fell_back: of last year's figures, what has only the simplest forecast.
        missing: of the cells of the last year of living series, those without a figure.
    """

    measure: str
    held: float
    fell_back: float
    missing: float


def input_quality(cube: Cube) -> list[InputQuality]:
    """Return the shares of every measure; unlike units and frequencies are weighed apart.

    Args:
        cube: the edition, with its actuals.
    """
    return [_quality(cube, measure) for measure in cube.tracks]


def _quality(cube: Cube, measure: str) -> InputQuality:
    track = cube.tracks[measure]
    weight, lacking = np.zeros(len(cube)), np.zeros(2)
    for number, frequency in enumerate(Frequency):
        own = np.flatnonzero((cube.frequencies == number) & track.present)
        if len(own) and frequency in cube.calendars:
            last = _last_year(track, own, frequency)
            weight[own] = np.nansum(last, axis=1)
            live = np.isfinite(last).any(axis=1)
            lacking += (np.isnan(last[live]).sum(), last[live].size)
    outcome = cube.series[f"outcome_{measure}"]
    reasons = cube.series[f"reason_{measure}"]
    asked = np.array([not str(reason).startswith(WANTED) for reason in reasons])
    weight = _of_unit(cube, measure, np.where(asked, weight, 0.0))
    total = float(weight.sum()) or 1.0
    return InputQuality(
        measure,
        held=float(weight[outcome == HELD].sum()) / total,
        fell_back=float(weight[outcome == FELL_BACK].sum()) / total,
        missing=float(lacking[0] / lacking[1]) if lacking[1] else 0.0,
    )


def _last_year(track: Track, own: Ints, by: Frequency) -> Floats:
    """The last year in which anything is known: (series, at most a year of periods)."""
    known = track.actuals[own]
    there = np.flatnonzero(np.isfinite(known).any(axis=0))
    if not len(there):
        return known[:, :0]
    end = int(there[-1]) + 1
    return known[:, max(end - by.per_year, 0) : end]


def _of_unit(cube: Cube, measure: str, weight: Floats) -> Floats:
    """Weigh volumes per unit: hours and half-days do not add."""
    if measure != "volume":
        return weight
    units = cube.series["volume_unit"].astype(str)
    shares = np.zeros(len(weight))
    for unit in set(units.tolist()):
        mine = units == unit
        shares[mine] = weight[mine] / (weight[mine].sum() or 1.0)
    return shares

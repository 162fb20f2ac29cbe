"""How what is delivered differs from what a model was made on: codes, mix, gaps, revised history.

The population stability index (PSI) of two mixes is the sum of (q - p) ln(q / p); the usual limits
are 0.10 (some shift) and 0.25 (a large one): Siddiqi, *Credit Risk Scorecards* (2006), ch. 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.catalogue import Frequency
from models.cube import Cube, Floats
from models.realised import Key

FLOOR = 1e-4  # of a share, so that one that is new or gone counts finitely
DIMENSIONS = ("product", "district")


@dataclass(frozen=True)
class Revision:
    """What was changed in figures that an edition had as actual.

    Attributes:
        measure: of what.
        cells: figures that both have.
        changed: those that differ.
        share: sum of the absolute changes over the sum of the figures, percent.
    """

    measure: str
    cells: int
    changed: int
    share: float


@dataclass(frozen=True)
class Drift:
    """What differs.

    Attributes:
        new, gone: codes per dimension that came, or that were forecast and did not come.
        psi: per dimension the shift of the mix; NaN where there is no mix on either side.
        missing: share (0-1) of the awaited cells without a figure.
        missing_before: the same in the last year before.
        revised: per measure with history in both.
    """

    new: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    psi: Mapping[str, float] = field(default_factory=dict)
    missing: float = float("nan")
    missing_before: float = float("nan")
    revised: tuple[Revision, ...] = ()


def psi(before: Floats, now: Floats) -> float:
    """Return the population stability index of two mixes; NaN where one holds nothing.

    Args:
        before: sizes, not negative; shape (parts,).
        now: the same parts later.
    """
    if before.sum() <= 0 or now.sum() <= 0:
        return float("nan")
    p, q = np.maximum(before / before.sum(), FLOOR), np.maximum(now / now.sum(), FLOOR)
    return float(((q - p) * np.log(q / p)).sum())


def drift(
    cube: Cube, outcomes: Mapping[Key, Floats], delivered: Mapping[str, frozenset[str]]
) -> Drift:
    """Compare what came with what an edition was made on.

    Args:
        cube: the edition.
        outcomes: what happened, as `models.realised.judged` takes it.
        delivered: the codes with figures after the as-of date, per dimension.
    """
    known = {name: set(cube.dimensions[name].labels.tolist()) for name in DIMENSIONS}
    awaited = {name: _forecast_codes(cube, name) for name in DIMENSIONS}
    mix = _mix_measure(outcomes)
    missing, before = _missing(cube, outcomes)
    return Drift(
        new={name: tuple(sorted(delivered[name] - known[name])) for name in DIMENSIONS},
        gone={name: tuple(sorted(awaited[name] - delivered[name])) for name in DIMENSIONS},
        psi={name: _shift(cube, outcomes, mix, name) for name in DIMENSIONS},
        missing=missing,
        missing_before=before,
        revised=tuple(_revisions(cube, outcomes)),
    )


def _forecast_codes(cube: Cube, name: str) -> set[str]:
    drawn = np.zeros(len(cube), dtype=np.bool_)
    for track in cube.tracks.values():
        drawn |= track.last > track.data_until
    return set(cube.series[name][drawn].tolist())


def _mix_measure(outcomes: Mapping[Key, Floats]) -> str:
    measures = {measure for measure, _ in outcomes}
    return next((name for name in ("cost", "clients") if name in measures), "")


def _shift(cube: Cube, outcomes: Mapping[Key, Floats], measure: str, name: str) -> float:
    """PSI of the mix in the last year of what came against the last year known before."""
    dimension = cube.dimensions[name]
    before, now = (np.zeros(len(dimension.labels)) for _ in range(2))
    for (one, frequency), values in outcomes.items():
        if one != measure:
            continue
        own = np.flatnonzero(cube.frequencies == list(Frequency).index(frequency))
        known = _known(cube, measure, frequency)
        later = np.where(np.isfinite(known), np.nan, values[own][:, : known.shape[1]])
        last = _last_year(later, frequency)
        np.add.at(before, dimension.codes[own], np.nansum(_last_year(known, frequency), axis=1))
        yearly = frequency.per_year / max(last.shape[1], 1)
        np.add.at(now, dimension.codes[own], np.nansum(last, axis=1) * yearly)
    return psi(before, now)


def _known(cube: Cube, measure: str, frequency: Frequency) -> Floats:
    """What the edition had as actual: (series of that frequency, periods of its calendar)."""
    track, calendar = cube.tracks[measure], cube.calendars[frequency]
    own = np.flatnonzero(cube.frequencies == list(Frequency).index(frequency))
    periods = np.arange(calendar.first, calendar.first + calendar.steps)
    values = track.actuals[own][:, : calendar.steps]
    return np.where(periods <= track.data_until[own, None], values, np.nan)


def _last_year(values: Floats, frequency: Frequency) -> Floats:
    """The last periods with any figure, at most a year of them."""
    there = np.flatnonzero(np.isfinite(values).any(axis=0))
    return values[:, there[-frequency.per_year :]]


def _missing(cube: Cube, outcomes: Mapping[Key, Floats]) -> tuple[float, float]:
    """Share of awaited cells without a figure: in the periods that came, and in the year before."""
    found = np.zeros((2, 2), dtype=np.int64)  # now and before: lacking, awaited
    for (measure, frequency), values in outcomes.items():
        track = cube.tracks[measure]
        own = np.flatnonzero(cube.frequencies == list(Frequency).index(frequency))
        known = _known(cube, measure, frequency)
        live = np.isfinite(_last_year(known, frequency)).any(axis=1)
        live &= track.last[own] > track.data_until[own]
        later = np.where(np.isfinite(known), np.nan, values[own][:, : known.shape[1]])
        for side, cells in enumerate((_after(later, known), _last_year(known, frequency))):
            found[side] += (int(np.isnan(cells[live]).sum()), cells[live].size)
    shares = [int(lacking) / int(size) if size else float("nan") for lacking, size in found]
    return shares[0], shares[1]


def _after(later: Floats, known: Floats) -> Floats:
    """The periods after the last one known before in which anything came."""
    last = np.flatnonzero(np.isfinite(known).any(axis=0))
    begin = int(last[-1]) + 1 if len(last) else 0
    there = np.flatnonzero(np.isfinite(later).any(axis=0))
    return later[:, there[there >= begin]]


def _revisions(cube: Cube, outcomes: Mapping[Key, Floats]) -> list[Revision]:
    found: dict[str, list[Floats]] = {}
    for (measure, frequency), values in sorted(outcomes.items()):
        own = np.flatnonzero(cube.frequencies == list(Frequency).index(frequency))
        known = _known(cube, measure, frequency)
        later = values[own][:, : known.shape[1]]
        both = np.isfinite(known) & np.isfinite(later)
        found.setdefault(measure, []).append(np.stack([known[both], later[both]]))
    return [
        _revision(measure, np.concatenate(parts, axis=1))
        for measure, parts in found.items()
        if any(part.size for part in parts)
    ]


def _revision(measure: str, pairs: Floats) -> Revision:
    change, size = np.abs(pairs[1] - pairs[0]), float(np.abs(pairs[0]).sum())
    changed = int((change > 0).sum())
    share = 100 * float(change.sum()) / size if size > 0 else float("nan")
    return Revision(measure, pairs.shape[1], changed, share)

"""What calibration did: coverage of the 80 % band before and after it, on origins left out.

At each origin the components are learned from what had happened by then, and held against what
happened later: nothing judged here was learned from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models.accuracy import share_interval
from models.uncertainty import Coverage, left_out
from training.draw import components_at, origin_errors
from training.frame_fit import FrameFit

_TRIALS_PER_ORIGIN = 2  # errors of one origin hang together


def calibration_table(fits: Iterable[FrameFit]) -> list[dict[str, Any]]:
    """Return coverage per measure, frequency, level and year ahead (0 = all years).

    Each row has `observations`, `origins`, `coverage_before`, `coverage_after` (shares, 0-1) and
    the 95 % interval of the latter, in which an origin counts as two observations.
    """
    return [row for fit in fits for measure in fit.frame.measures for row in _rows(fit, measure)]


def _rows(fit: FrameFit, measure: str) -> list[dict[str, Any]]:
    frame = fit.frame
    per_origin: list[list[Coverage]] = []
    errors = origin_errors(fit, measure)
    for origin, own in zip(fit.origins[1:-1], errors[1:], strict=True):
        components = components_at(fit, origin)[measure]
        unit = fit.fits[measure, origin].unit
        hierarchy = frame.hierarchy(measure)
        per_origin.append(left_out(components, hierarchy, own, unit, frame.frequency.per_year))
    found = [coverage for origin in per_origin for coverage in origin]
    common = {"measure": measure, "frequency": str(frame.frequency)}
    levels = dict.fromkeys(coverage.level for coverage in found)
    years = sorted({coverage.year for coverage in found})
    return [
        common | _row([c for c in found if c.level == level and year in (0, c.year)], year)
        for level in levels
        for year in (0, *years)
    ]


def _row(coverages: list[Coverage], year: int) -> dict[str, Any]:
    observations = sum(c.observations for c in coverages)
    before, after = (
        sum(getattr(c, name) for c in coverages) / max(observations, 1)
        for name in ("before", "after")
    )
    origins = len(coverages) if year else max(sum(c.year == 1 for c in coverages), 1)
    low, high = share_interval(after, min(observations, _TRIALS_PER_ORIGIN * origins))
    return {
        "level": coverages[0].level,
        "year_ahead": year,
        "origins": origins,
        "observations": observations,
        "coverage_before": round(before, 4),
        "coverage_after": round(after, 4),
        "coverage_low": round(low, 4),
        "coverage_high": round(high, 4),
    }

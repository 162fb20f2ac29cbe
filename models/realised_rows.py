"""The scores of what was forecast against what happened: one row per level, place and horizon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models import accuracy as losses
from models.catalogue import ALL
from models.cube import Bools, Floats
from models.realised import Judged

BASELINE = "last known of the same season"
EVERY_HORIZON = 0
MONTHS_IN_YEAR = 12
SCORES = (
    *("observations", "wape", "bias", "baseline", "baseline_wape", "pinball", "baseline_pinball"),
    *("coverage_80", "coverage_low", "coverage_high"),
)
PLACE = (
    *("level", "municipality", "product", "district", "measure", "frequency", "unit"),
    *("period_kind", "horizon", "horizon_months", "origins"),
)
SIGNAL = "tracking_signal"


def score(
    actual: Floats, band: tuple[Floats, Floats, Floats], mean: Floats, naive: Floats
) -> dict[str, Any]:
    """Return the scores ``SCORES`` of forecasts against what happened.

    Args:
        actual: what happened; any shape, NaN pairs are left out.
        band: p10, p50 and p90.
        mean: the forecast that adds up.
        naive: what of the same season was last known.
    """
    share, count = losses.coverage(actual, band[0], band[2]), int(np.isfinite(actual).sum())
    low, high = losses.share_interval(share, count)
    return {
        "observations": count,
        "wape": losses.wape(actual, mean),
        "bias": losses.bias(actual, mean),
        "baseline": BASELINE,
        "baseline_wape": losses.wape(actual, naive),
        "pinball": losses.scaled_pinball(actual, *band),
        "baseline_pinball": losses.scaled_pinball(actual, naive, naive, naive),
        "coverage_80": share,
        "coverage_low": low,
        "coverage_high": high,
    }


def score_rows(one: Judged) -> Iterator[dict[str, Any]]:
    """Yield the scores of a level as a whole, of each product or district, and per horizon.

    Yields:
        The columns ``PLACE`` (horizon 0 = all together), ``SCORES``, and the tracking signal where
        a row is one sum over all of its periods, else NaN.
    """
    about = {
        "level": one.level,
        "measure": one.measure,
        "frequency": str(one.frequency),
        "period_kind": one.period_kind,
        "origins": 1,
    }
    span = one.frequency.months if one.period_kind == "period" else MONTHS_IN_YEAR
    for place, mine, whole in _places(one):
        signal = float(one.signal[mine][0]) if mine.sum() == 1 else np.nan
        every = dict.fromkeys(("horizon", "horizon_months"), EVERY_HORIZON)
        yield {**about, **place, **every, **_scores(one, mine, slice(None)), SIGNAL: signal}
        for at in horizons(one) if whole else ():
            months = int(one.months[at])
            ahead = {"horizon": -(-months // span), "horizon_months": months}
            row = _scores(one, mine, slice(at, at + 1))
            yield {**about, **place, **ahead, **row, SIGNAL: np.nan}


def horizons(one: Judged) -> list[int]:
    """Return the columns in which anything was judged."""
    return [int(at) for at in np.flatnonzero(np.isfinite(one.actual).any(axis=0))]


def _scores(one: Judged, mine: Bools, columns: slice) -> dict[str, Any]:
    low, middle, high = (values[mine, columns] for values in (one.p10, one.p50, one.p90))
    actual, naive = one.actual[mine, columns], one.baseline[mine, columns]
    return score(actual, (low, middle, high), one.mean[mine, columns], naive)


def _places(one: Judged) -> Iterator[tuple[dict[str, str], Bools, bool]]:
    """Yield the level as a whole, where it has one unit, and its members one by one."""
    there = np.asarray(np.isfinite(one.actual).any(axis=1))
    units = sorted(set(one.units[there].tolist()))
    places = sorted(set(one.keys["municipality"][there].tolist()))
    if len(units) == 1:
        only = places[0] if len(places) == 1 else ALL
        yield (
            dict.fromkeys(("product", "district"), ALL)
            | {
                "municipality": only,
                "unit": units[0],
            },
            there,
            True,
        )
    if one.level == "series" or (one.level == "total" and len(places) == 1):
        return
    for group in np.flatnonzero(there):
        place = {name: str(values[group]) for name, values in one.keys.items()}
        mine = np.arange(len(there)) == group
        yield place | {"unit": str(one.units[group])}, mine, False

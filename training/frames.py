"""The series of one base frequency and everything known of them: what a training works on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import CLIENTS_UNIT, COST_UNIT, MEASURES, UNSTATED_UNIT, Frequency, last_day
from models.chain import Link, links
from models.hierarchy import Hierarchy
from models.panel import SERIES, Panel, SeriesGrid, grid

Array = npt.NDArray[np.float64]


# A last yearly account is often two years old when a budget is made.
_MOSTLY = 0.5
_TASK = "taak"
_DECLARED = 0.99  # share of the money after which a month counts as declared
_STOPPED_MONTHS = {Frequency.MONTH: 12, Frequency.QUARTER: 12, Frequency.YEAR: 36}


@dataclass(frozen=True)
class Frame:
    """All series of one base frequency and everything known of them at the as-of date.

    Attributes:
        frequency: base frequency.
        keys: municipality, district, product; sorted; one row per series.
        first: ordinal of the first period.
        periods: number of periods of the history.
        values: measure -> (series, periods); NaN = unknown; cost in cents.
        links: measure -> parent and spreading.
        lags: measure -> periods at the end that are left out of the fit.
        declaring: measure -> how many of those are still being declared; the others are only
            silent: fewer than half of the series report them yet, and what they report stands.
        clients_basis: stock, during or None per series.
        forecast: model, scenario or none per series.
        reasons: why a product is not forecast by model, per series ('' otherwise).
        is_task: series of a product for which a sum per period is paid, whatever the use.
    """

    frequency: Frequency
    keys: pd.DataFrame
    first: int
    periods: int
    values: dict[str, Array]
    links: dict[str, Link]
    lags: dict[str, int]
    declaring: dict[str, int]
    units: dict[str, npt.NDArray[np.object_]]
    forecast: npt.NDArray[np.object_]
    reasons: npt.NDArray[np.object_]
    is_task: npt.NDArray[np.bool_]

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that occur, in the order of the chain."""
        return tuple(measure for measure in MEASURES if measure in self.values)

    def hierarchy(self, measure: str) -> Hierarchy:
        """The hierarchy of all series under the unit of a measure."""
        return self._hierarchies[measure]

    @cached_property
    def _hierarchies(self) -> dict[str, Hierarchy]:
        return {
            measure: Hierarchy.of(self.keys.assign(unit=self.units[measure]))
            for measure in self.measures
        }

    def known_until(self, measure: str) -> int:
        """Length of the record of a measure: periods still being declared are not part of it."""
        return self.periods - self.declaring[measure]


def frames(panel: Panel, as_of: date, looks_back: bool = False) -> list[Frame]:
    """Return one frame per base frequency of a panel that holds one row per cell.

    Series of a frequency that ended long before the as-of date are kept, and marked as not to be
    forecast.

    Args:
        panel: what was known at the as-of date.
        as_of: that date.
        looks_back: the delivery goes on after it. What it says of the last months then may hold
            what was declared later, whatever its status: declarations tell how many those are.
    """
    found = (
        _frame(panel, frequency, looks_back)
        for frequency in Frequency
        if frequency in set(panel.frequencies().values())
    )
    return [_stopped(frame, as_of) for frame in found if frame is not None]


def _stopped(frame: Frame, as_of: date) -> Frame:
    """Mark all series of a frame as ended when nothing has come in for long."""
    end = last_day(frame.first + frame.periods - 1, frame.frequency)
    months = (as_of.year - end.year) * 12 + as_of.month - end.month
    if months < _STOPPED_MONTHS[frame.frequency]:
        return frame
    return replace(
        frame,
        forecast=np.full(len(frame.keys), "none", dtype=object),
        reasons=np.full(len(frame.keys), f"nothing delivered since {end}", dtype=object),
    )


def _frame(panel: Panel, frequency: Frequency, looks_back: bool) -> Frame | None:
    grids = {measure: grid(panel, measure, frequency) for measure in MEASURES}
    grids = {measure: held for measure, held in grids.items() if len(held.keys)}
    if not grids:
        return None
    keys = pd.concat([held.keys for held in grids.values()]).drop_duplicates()
    keys = keys.sort_values(SERIES).reset_index(drop=True)
    any_grid = next(iter(grids.values()))
    first, periods = any_grid.first, any_grid.values.shape[1]
    values = {
        measure: aligned(held.keys, held.values, keys, periods) for measure, held in grids.items()
    }
    declaring = {
        measure: _declaration_lag(panel, measure, held, looks_back)
        for measure, held in grids.items()
    }
    lags = {
        measure: lag + silent_end(values[measure][:, : periods - lag], frequency)
        for measure, lag in declaring.items()
    }
    products = panel.products.set_index("product")
    product = keys["product"]
    units = {
        "clients": np.full(len(keys), CLIENTS_UNIT, dtype=object),
        "volume": product.map(products["unit"]).fillna(UNSTATED_UNIT).to_numpy(dtype=object),
        "cost": np.full(len(keys), COST_UNIT, dtype=object),
    }
    plain = Hierarchy.of(keys.assign(unit=""))
    linked = links(values, plain, frequency.per_year)
    forecast = product.map(products["forecast"]).fillna("model").to_numpy(dtype=object)
    stated = products["reason"] if "reason" in products else pd.Series(dtype=object)
    reasons = product.map(stated).fillna("").to_numpy(dtype=object)
    is_task = (product.map(products["variant"]) == _TASK).to_numpy(dtype=bool)
    return Frame(
        frequency=frequency,
        keys=keys,
        first=first,
        periods=periods,
        values=values,
        links=linked,
        lags=lags,
        declaring=declaring,
        units=units,
        forecast=forecast,
        reasons=reasons,
        is_task=is_task,
    )


def aligned(own: pd.DataFrame, values: Array, keys: pd.DataFrame, periods: int) -> Array:
    """Lay the rows of a grid on the rows of the frame; series without the measure stay NaN."""
    at = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(own[SERIES]))
    result = np.full((len(keys), periods), np.nan)
    inside = at >= 0
    result[at[inside]] = values[inside, :periods]
    return result


def _declaration_lag(panel: Panel, measure: str, held: SeriesGrid, looks_back: bool) -> int:
    """Trailing periods that declarations are still arriving for; they are never fitted.

    Clients are known from allocations. Without a declarations file a provisional status means a
    small revision, not a missing part. It is never longer than the longest delay on record.
    """
    if measure == "clients" or not len(panel.declarations):
        return 0
    mostly = held.provisional.mean(axis=0)[::-1] >= _MOSTLY
    trailing = int(len(mostly) if mostly.all() else mostly.argmin())
    if looks_back:
        trailing = max(trailing, math.ceil(_delay(panel, _DECLARED) / held.frequency.months))
    longest = math.ceil(_delay(panel, 1.0) / held.frequency.months)
    return int(min(trailing, longest, held.provisional.shape[1] - 1))


def _delay(panel: Panel, share: float) -> int:
    """Return the months after which a share of all money is declared; one = the last of it."""
    declared, service = (
        panel.declarations[name].dt.year * 12 + panel.declarations[name].dt.month
        for name in ("declared_period", "service_period")
    )
    delay = (declared - service).to_numpy()
    if share >= 1:
        return int(delay.max())
    # Of months that everything has been declared of: later ones would shorten it.
    old = (service <= declared.max() - delay.max()).to_numpy()
    if not old.any():
        return int(delay.max())
    cents = np.bincount(delay[old], panel.declarations["cost_cents"].to_numpy()[old])
    return int(np.argmax(np.cumsum(cents) >= share * cents.sum())) + 1


def silent_end(values: Array, frequency: Frequency) -> int:
    """Trailing periods in which fewer than half of the series report a measure.

    A measure that has been silent for longer than a late supplier needs has ended; that is for
    each series to say.
    """
    known = np.isfinite(values).sum(axis=0)
    usual = np.median(known[known > 0]) if (known > 0).any() else 0
    enough = np.flatnonzero(known >= _MOSTLY * usual) if usual else np.array([])
    silent = int(len(known) - 1 - enough[-1]) if enough.size else 0
    return silent if silent <= max(1, frequency.per_year // 2) else 0

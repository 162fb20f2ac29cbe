"""From a panel to the blocks that are forecast, as they were known at each origin."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.breaks import supply_gaps
from models.catalogue import CLIENTS_UNIT, COST_UNIT, MEASURES, UNSTATED_UNIT, Frequency, last_day
from models.chain import Link, links
from models.exposure import Exposure, expected_use, profile
from models.hierarchy import Hierarchy
from models.history import Block
from models.members import Event
from models.panel import SERIES, Panel, grid

Array = npt.NDArray[np.float64]


# A last yearly account is often two years old when a budget is made.
_MOSTLY = 0.5
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


def frames(panel: Panel, as_of: date) -> list[Frame]:
    """Return one frame per base frequency of a panel that holds one row per cell.

    Series of a frequency that ended long before the as-of date are kept, and marked as not to be
    forecast.
    """
    found = (
        _frame(panel, frequency)
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


def _frame(panel: Panel, frequency: Frequency) -> Frame | None:
    grids = {measure: grid(panel, measure, frequency) for measure in MEASURES}
    grids = {measure: held for measure, held in grids.items() if len(held.keys)}
    if not grids:
        return None
    keys = pd.concat([held.keys for held in grids.values()]).drop_duplicates()
    keys = keys.sort_values(SERIES).reset_index(drop=True)
    any_grid = next(iter(grids.values()))
    first, periods = any_grid.first, any_grid.values.shape[1]
    values = {
        measure: _aligned(held.keys, held.values, keys, periods) for measure, held in grids.items()
    }
    declaring = {
        measure: _declaration_lag(panel, measure, frequency, held.provisional)
        for measure, held in grids.items()
    }
    lags = {
        measure: lag + _silent_end(values[measure][:, : periods - lag], frequency)
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
    )


def _aligned(own: pd.DataFrame, values: Array, keys: pd.DataFrame, periods: int) -> Array:
    """Lay the rows of a grid on the rows of the frame; series without the measure stay NaN."""
    at = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(own[SERIES]))
    result = np.full((len(keys), periods), np.nan)
    inside = at >= 0
    result[at[inside]] = values[inside, :periods]
    return result


def _declaration_lag(
    panel: Panel, measure: str, frequency: Frequency, provisional: npt.NDArray[np.bool_]
) -> int:
    """Trailing periods that declarations are still arriving for; they are never fitted.

    Clients are known from allocations. Without a declarations file a provisional status means a
    small revision, not a missing part. It is never longer than the longest delay on record.
    """
    if measure == "clients" or not len(panel.declarations):
        return 0
    mostly = provisional.mean(axis=0)[::-1] >= _MOSTLY
    trailing = int(len(mostly) if mostly.all() else mostly.argmin())
    declared, service = (
        panel.declarations[name].dt.year * 12 + panel.declarations[name].dt.month
        for name in ("declared_period", "service_period")
    )
    longest = math.ceil(float((declared - service).max()) / frequency.months)
    return int(min(trailing, longest, provisional.shape[1] - 1))


def _silent_end(values: Array, frequency: Frequency) -> int:
    """Trailing periods in which fewer than half of the series report a measure.

    A measure that has been silent for longer than a late supplier needs has ended; that is for
    each series to say.
    """
    known = np.isfinite(values).sum(axis=0)
    usual = np.median(known[known > 0]) if (known > 0).any() else 0
    enough = np.flatnonzero(known >= _MOSTLY * usual) if usual else np.array([])
    silent = int(len(known) - 1 - enough[-1]) if enough.size else 0
    return silent if silent <= max(1, frequency.per_year // 2) else 0


@dataclass(frozen=True)
class Knowledge:
    """What was known at an origin.

    Attributes:
        values: measure -> (series, periods that had passed), NaN = not known then.
        exposure: expected use, history and horizon.
        events: policy events per product that were known then.
    """

    values: dict[str, Array]
    exposure: Array
    events: dict[str, tuple[Event, ...]]


class BlockMaker:
    """Builds the block of a measure as it was known after so many periods.

    Args:
        panel: the whole delivery, vintages included.
        frame: what is known at the as-of date.
        as_of: that date.
        horizon: periods to forecast after the last one of the history.
    """

    def __init__(self, panel: Panel, frame: Frame, as_of: date, horizon: int) -> None:
        self.panel, self.frame, self.as_of, self.horizon = panel, frame, as_of, horizon
        self.assumptions: tuple[str, ...] = ()
        self._known: dict[int, Knowledge] = {}
        self._gaps: dict[tuple[str, int], dict[int, str]] = {}

    def block(self, measure: str, periods: int) -> Block:
        """Return the history of a measure from an origin, in use and expected use.

        Args:
            measure: clients, volume or cost.
            periods: periods that had passed at the origin; the block itself ends earlier by what
                was then still being declared.
        """
        block = self._delivered(measure, periods)
        gaps = list(self.gaps(measure, periods))
        if not gaps:
            return block
        values = block.values.copy()
        values[gaps] = np.nan
        return replace(block, values=values)

    def gaps(self, measure: str, periods: int) -> dict[int, str]:
        """Return the series held for a supply gap at an origin: row -> reason."""
        if (measure, periods) not in self._gaps:
            found = supply_gaps(self._delivered(measure, periods))
            self._gaps[measure, periods] = found
        return self._gaps[measure, periods]

    def _delivered(self, measure: str, periods: int) -> Block:
        known = self.known_at(periods)
        values = known.values[measure][:, : max(periods - self.frame.lags[measure], 0)]
        # What came in late at the origin was as silent then as the end of the data is now.
        silent = _silent_end(values, self.frame.frequency) if periods < self.frame.periods else 0
        end = values.shape[1] - silent
        events = {
            product: tuple(event for event in own if event.period < self.frame.first + end)
            for product, own in known.events.items()
        }
        return Block(
            self.frame.hierarchy(measure),
            self.frame.frequency,
            self.frame.first,
            values[:, :end],
            known.exposure,
            events,
        )

    def known_at(self, periods: int) -> Knowledge:
        """Return what was known when so many periods had passed."""
        if periods not in self._known:
            self._known[periods] = self._knowledge(periods)
        return self._known[periods]

    def _knowledge(self, periods: int) -> Knowledge:
        frame = self.frame
        day = self.as_of
        if periods < frame.periods:
            day = min(day, _origin_day(frame, periods))
        # From the whole panel each time: what is known on a day has forgotten older vintages.
        known = self.panel.as_known_at(day)
        values = {}
        for measure in frame.measures:
            held = grid(known, measure, frame.frequency)
            early = held.first - frame.first
            laid = _aligned(held.keys, held.values, frame.keys, held.values.shape[1])
            values[measure] = np.full((len(frame.keys), periods), np.nan)
            width = min(laid.shape[1], periods - early)
            values[measure][:, early : early + width] = laid[:, :width]
        exposure = self._exposure(known, periods)
        self.assumptions = exposure.assumptions
        return Knowledge(values, exposure.values, policy_events(known, frame.frequency))

    def _exposure(self, known: Panel, periods: int) -> Exposure:
        frame = self.frame
        profiles = {
            product: profile(known.products, known.age_profile, product)
            for product in frame.keys["product"].unique()
        }
        span = frame.first + np.arange(periods + self.horizon, dtype=np.int64)
        return expected_use(frame.keys, known.population, profiles, span, frame.frequency)


def _origin_day(frame: Frame, periods: int) -> date:
    return last_day(frame.first + periods - 1, frame.frequency)


def policy_events(panel: Panel, frequency: Frequency) -> dict[str, tuple[Event, ...]]:
    """Return the dated policy events per product; an event without product holds for all."""
    table = panel.policy_events.dropna(subset=["date"])
    everywhere = [_event(row, frequency) for row in table[table["product"].isna()].itertuples()]
    result = {}
    for product in panel.products["product"].astype(str):
        own = table[table["product"] == product]
        events = [*everywhere, *(_event(row, frequency) for row in own.itertuples())]
        if events:
            result[product] = tuple(sorted(events, key=lambda event: (event.period, event.kind)))
    return result


def _event(row: object, frequency: Frequency) -> Event:
    day = pd.Timestamp(row.date)  # type: ignore[attr-defined]
    months = day.year * 12 + day.month - 1
    return Event(months // frequency.months, str(row.kind))  # type: ignore[attr-defined]

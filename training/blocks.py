"""From a panel to the blocks that are forecast, as they were known at each origin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.break_kinds import Break
from models.breaks import breaks, bridged, held
from models.catalogue import last_day
from models.completed import Completed
from models.exposure import Exposure, expected_use, profile
from models.history import Block, ready, relative_use
from models.interventions import EventEffect, event_effects
from models.members import Event
from models.panel import Panel, grid
from models.population_doubt import population_variance, said
from models.prices import Correction, IndexYear, PriceBook, price_book
from training.frames import Frame, aligned, silent_end
from training.open_months import OpenRecord, nowcast
from training.policy_events import policy_events

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Knowledge:
    """What was known at an origin.

    Attributes:
        values: measure -> (series, periods that had passed), NaN = not known then.
        exposure: expected use, history and horizon.
        events: policy events per product that were known then.
        budget: rows of the budget table that were known then.
        population: municipality -> variance of its coming population, per year ahead.
        price: price per unit of each series, history and horizon; positive, ones where not known.
        price_log_sd: standard deviation of its logarithm where it rests on an assumption.
        indices: the price indices that products follow.
        completed: (municipality, product) -> months that were still being declared, completed.
    """

    values: dict[str, Array]
    exposure: Array
    events: dict[str, tuple[Event, ...]]
    budget: pd.DataFrame
    population: dict[str, float]
    price: Array
    price_log_sd: Array
    indices: tuple[IndexYear, ...]
    completed: dict[tuple[str, str], Completed]


class BlockMaker:
    """Builds the block of a measure as it was known after so many periods.

    Args:
        panel: the whole delivery, vintages included.
        frame: what is known at the as-of date.
        as_of: that date.
        horizon: periods to forecast after the last one of the history.
        correction: how the provider index is corrected for last year's definitive figure.
    """

    def __init__(
        self,
        panel: Panel,
        frame: Frame,
        as_of: date,
        horizon: int,
        correction: Correction = Correction.DIFFERENCE,
    ) -> None:
        self.correction = correction
        self.panel, self.frame, self.as_of, self.horizon = panel, frame, as_of, horizon
        self.assumptions: tuple[str, ...] = ()
        self._known: dict[int, Knowledge] = {}
        self._breaks: dict[tuple[str, int], list[Break]] = {}

    def block(self, measure: str, periods: int) -> Block:
        """Return the history of a measure from an origin, in use and expected use.

        Cost is given at the prices of the last period of the block, as they were known then; what
        is forecast from it is at those prices too, see `prices`.

        Args:
            measure: clients, volume or cost.
            periods: periods that had passed at the origin; the block itself ends earlier by what
                was then still being declared.
        """
        block = self._delivered(measure, periods)
        found = self.breaks(measure, periods)
        gaps = list(held(found))
        whole = bridged(block, found)
        if not gaps:
            return whole
        values = whole.values.copy()
        values[gaps] = np.nan
        return replace(whole, values=values)

    def breaks(self, measure: str, periods: int) -> list[Break]:
        """Return the breaks of a measure that no event explains, as they show at an origin."""
        if (measure, periods) not in self._breaks:
            self._breaks[measure, periods] = breaks(self._delivered(measure, periods))
        return self._breaks[measure, periods]

    def gaps(self, measure: str, periods: int) -> dict[int, str]:
        """Return the series held for a break at an origin: row -> reason."""
        return held(self.breaks(measure, periods))

    def outliers(self, periods: int) -> npt.NDArray[np.bool_]:
        """Return in which periods an outlier had been declared at an origin, (series, periods)."""
        found = np.zeros((len(self.frame.keys), periods), dtype=bool)
        events = self.known_at(periods).events
        for row, product in enumerate(self.frame.keys["product"].astype(str)):
            for event in events.get(product, ()):
                column = event.period - self.frame.first
                if event.kind == "outlier" and 0 <= column < periods:
                    found[row, column] = True
        return found

    def effects(self) -> list[EventEffect]:
        """Return what dated policy events did to use, as known at the end.

        Use is counted in clients where they are known, else in volume, else in money.
        """
        block = self.block(self.frame.measures[0], self.frame.periods)
        state = ready(block)
        return event_effects(block, state, relative_use(block, state.filled))

    def prices(self, measure: str, periods: int, since: int) -> Array:
        """Return prices as known at an origin, relative to those of the last period before one.

        Args:
            measure: clients, volume or cost; only cost has a price.
            periods: the origin at which the prices were known.
            since: column of the first period after those whose prices are one.

        Returns:
            Shape (series, periods + horizon); one in column ``since - 1``.
        """
        price = self.known_at(periods).price
        if measure != "cost":
            return np.ones_like(price)
        return np.asarray(price / price[:, max(since - 1, 0)][:, None])

    def _delivered(self, measure: str, periods: int) -> Block:
        known, opened = self.known_at(periods), self.opened(periods)
        values = opened.record(measure)
        # What came in late at the origin was as silent then as the end of the data is now.
        silent = silent_end(values, self.frame.frequency) if periods < self.frame.periods else 0
        if opened.steps(measure):
            values, silent = np.hstack([values, opened.learnt(measure)]), 0
        end = values.shape[1] - silent
        events = {
            product: tuple(event for event in own if event.period < self.frame.first + end)
            for product, own in known.events.items()
        }
        return Block(
            self.frame.hierarchy(measure),
            self.frame.frequency,
            self.frame.first,
            values[:, :end] / self.prices(measure, periods, end)[:, :end],
            self._expected(measure, known),
            events,
        )

    def opened(self, periods: int) -> OpenRecord:
        """Return what is known of the months that were still being declared at an origin."""
        known = self.known_at(periods)
        return OpenRecord(self.frame, periods, known.values, known.price, known.completed)

    def steps(self, measure: str, periods: int) -> int:
        """Return how many periods are forecast after the block of an origin."""
        if self.opened(periods).steps(measure):
            return self.horizon + periods - self.block(measure, periods).periods
        return self.horizon + self.frame.lags[measure]

    def _expected(self, measure: str, known: Knowledge) -> Array:
        """What use is held against; the sum of a task does not move with people."""
        if measure != "cost":
            return known.exposure
        return np.where(self.frame.is_task[:, None], 1.0, known.exposure)

    def known_at(self, periods: int) -> Knowledge:
        """Return what was known when so many periods had passed."""
        if periods not in self._known:
            self._known[periods] = self._knowledge(periods)
        return self._known[periods]

    def _knowledge(self, periods: int) -> Knowledge:
        frame = self.frame
        day = self.as_of
        if periods < frame.periods:
            # As long after the last figures as one stands now: budgets come before accounts.
            waited = max(day - _origin_day(frame, frame.periods), timedelta(0))
            day = min(day, _origin_day(frame, periods) + waited)
        # From the whole panel each time: what is known on a day has forgotten older vintages.
        known = self.panel.as_known_at(day)
        values = {}
        for measure in frame.measures:
            held = grid(known, measure, frame.frequency)
            early = held.first - frame.first
            laid = aligned(held.keys, held.values, frame.keys, held.values.shape[1])
            values[measure] = np.full((len(frame.keys), periods), np.nan)
            width = min(laid.shape[1], periods - early)
            values[measure][:, early : early + width] = laid[:, :width]
        exposure = self._exposure(known, periods)
        doubt = population_variance(known.population)
        self.assumptions = (*exposure.assumptions, *said(doubt))
        events = policy_events(known, frame.frequency)
        book = self._prices(known, periods)
        price, log_sd = (
            np.stack([getattr(book.courses[code], part) for code in frame.keys["product"]])
            for part in ("level", "log_sd")
        )
        return Knowledge(
            values=values,
            exposure=exposure.values,
            events=events,
            budget=known.budget,
            population=doubt,
            price=price,
            price_log_sd=log_sd,
            indices=book.indices,
            completed=nowcast(known, frame, periods),
        )

    def _prices(self, known: Panel, periods: int) -> PriceBook:
        """The prices as known; what is said of the last origin asked for stands in the edition."""
        frame = self.frame
        book = price_book(
            known.products,
            known.prices,
            known.tariffs,
            frame.first,
            periods + self.horizon,
            frame.frequency,
            self.correction,
        )
        self.assumptions = (*self.assumptions, *book.assumptions)
        return book

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

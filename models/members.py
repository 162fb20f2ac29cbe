"""The forecasters of the ensemble behind one interface.

A member sees one complete history and returns one point forecast. Bands do not come from members:
they come from rolling-origin errors (`models.uncertainty`), so a member needs no randomness.

Adding a member is one class, one line in `MEMBERS` and one name in `EVERYWHERE`;
`tests/models/test_members.py` runs every registered member through the same tests.
`notebooks/5-a-new-member.ipynb` shows it.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import Frequency, first_days

Array = npt.NDArray[np.float64]


_ONE_SIDED_95 = 1.6448536269514722


@dataclass(frozen=True)
class Event:
    """A dated policy event as the fit sees it.

    Attributes:
        period: ordinal of the first period it touches.
        kind: ``level``, ``slope`` or ``outlier``.
    """

    period: int
    kind: str


@dataclass(frozen=True)
class History:
    """What a member may see of one series.

    Attributes:
        values: one value per period, no NaN, shape (periods,).
        first: ordinal of the first period.
        frequency: length of a period.
        events: policy events within the history.
    """

    values: Array
    first: int
    frequency: Frequency
    events: tuple[Event, ...] = ()

    @cached_property
    def season(self) -> int:
        """Periods per year where the figures show a season, else 1.

        It takes two whole years, and changes from period to period that come back a year later
        more than chance would have it (one-sided 95 % test on their autocorrelation at the season,
        as in the M4 competition). A small cell whose season drowns in noise still gets that of its
        product, through reconciliation.
        """
        per_year = self.frequency.per_year
        if per_year == 1 or len(self.values) < 2 * per_year + 1:
            return 1
        change = np.diff(self.values)
        change = change - change.mean()
        power = float(change @ change)
        if power <= 0:
            return 1
        repeated = float(change[per_year:] @ change[:-per_year]) / power
        return per_year if repeated > _ONE_SIDED_95 / np.sqrt(len(change)) else 1


class Member(ABC):
    """One forecaster. ``minimum_periods`` is asked before fitting."""

    name: ClassVar[str]
    minimum: ClassVar[dict[Frequency, int]]

    def minimum_periods(self, frequency: Frequency) -> int:
        """Return how many periods of history the member needs."""
        return self.minimum[frequency]

    @abstractmethod
    def forecast(self, history: History, horizon: int) -> Array:
        """Return point forecasts for the next ``horizon`` periods, shape (horizon,)."""


class SeasonalNaive(Member):
    """Next year looks like the last: the simple baseline beside every score."""

    name = "seasonal naive"
    minimum: ClassVar = {Frequency.MONTH: 1, Frequency.QUARTER: 1, Frequency.YEAR: 1}

    def forecast(self, history: History, horizon: int) -> Array:
        """Repeat the last whole season; with less than one, the last value."""
        season = min(history.frequency.per_year, len(history.values))
        if season < history.frequency.per_year:
            season = 1
        return np.resize(history.values[-season:], horizon).astype(float)


class LastYear(Member):
    """The level of the last year, with the season of the last three where one shows.

    Over a year it says what the seasonal naive says, without repeating last year's chance month by
    month.
    """

    name = "last year"
    minimum: ClassVar = {Frequency.MONTH: 1, Frequency.QUARTER: 1, Frequency.YEAR: 1}

    def forecast(self, history: History, horizon: int) -> Array:
        """Repeat the mean of the last year; with less than one, the last value."""
        season = history.frequency.per_year
        if len(history.values) < season:
            return np.full(horizon, float(history.values[-1]))
        level = float(history.values[-season:].mean())
        if history.season == 1 or level == 0:
            return np.full(horizon, level)
        years = history.values[-season * min(3, len(history.values) // season) :]
        profile = years.reshape(-1, season).mean(axis=0)
        return np.resize(level * profile / profile.mean(), horizon)


class _StatsForecastMember(Member):
    """Shared calling convention of the statsforecast models."""

    def forecast(self, history: History, horizon: int) -> Array:
        """Fit and forecast; a constant history needs no model."""
        values = history.values.astype(float)
        if np.ptp(values) == 0:
            return np.full(horizon, values[-1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # optimisers grumble; results are judged afterwards
            result = self._model(history.season).forecast(y=values, h=horizon)
        return np.asarray(result["mean"], dtype=float)

    @abstractmethod
    def _model(self, season: int) -> Any: ...  # noqa: ANN401 (statsforecast has no types)


class AutoETS(_StatsForecastMember):
    """Exponential smoothing, form chosen by AICc (Hyndman et al. 2002)."""

    name = "AutoETS"
    minimum: ClassVar = {Frequency.MONTH: 6, Frequency.QUARTER: 5, Frequency.YEAR: 4}

    def _model(self, season: int) -> Any:  # noqa: ANN401 (no types)
        from statsforecast.models import AutoETS as Model  # noqa: PLC0415 (seconds to load)

        return Model(season_length=season)


class DampedETS(_StatsForecastMember):
    """Exponential smoothing whose trend dies out (Gardner & McKenzie 1985): never runs away."""

    name = "damped ETS"
    minimum: ClassVar = {Frequency.MONTH: 12, Frequency.QUARTER: 8, Frequency.YEAR: 6}

    def _model(self, season: int) -> Any:  # noqa: ANN401 (no types)
        from statsforecast.models import AutoETS as Model  # noqa: PLC0415 (seconds to load)

        return Model(season_length=season, damped=True)


class AutoTheta(_StatsForecastMember):
    """The Theta family (Assimakopoulos & Nikolopoulos 2000), form chosen in sample."""

    name = "AutoTheta"
    minimum: ClassVar = {Frequency.MONTH: 6, Frequency.QUARTER: 5, Frequency.YEAR: 4}

    def _model(self, season: int) -> Any:  # noqa: ANN401 (no types)
        from statsforecast.models import AutoTheta as Model  # noqa: PLC0415 (seconds to load)

        return Model(season_length=season)


class AutoARIMA(_StatsForecastMember):
    """Seasonal ARIMA, orders chosen by AICc (Hyndman & Khandakar 2008); slow: for few nodes."""

    name = "AutoARIMA"
    minimum: ClassVar = {Frequency.MONTH: 24, Frequency.QUARTER: 10, Frequency.YEAR: 6}

    def _model(self, season: int) -> Any:  # noqa: ANN401 (no types)
        from statsforecast.models import AutoARIMA as Model  # noqa: PLC0415 (seconds to load)

        return Model(season_length=season, approximation=True)


class ProphetMember(Member):
    """An explainable product trend with policy events as regressors (Taylor & Letham 2018).

    Fitted at product level only: on single sparse series it is the weakest of all members. Bounds
    are switched off (`uncertainty_samples=0`), which also makes it deterministic.
    """

    name = "Prophet"
    minimum: ClassVar = {Frequency.MONTH: 24, Frequency.QUARTER: 12, Frequency.YEAR: 10}

    def forecast(self, history: History, horizon: int) -> Array:
        """Fit on the history and read off the next periods at the data's own frequency."""
        total = len(history.values) + horizon
        regressors = event_regressors(history, total)
        periods = history.first + np.arange(total, dtype=np.int64)
        frame = pd.DataFrame({"ds": first_days(periods, history.frequency), **regressors})
        past = frame.iloc[: len(history.values)].assign(y=history.values)
        model = _prophet_model(history, list(regressors))
        with tempfile.TemporaryDirectory() as folder:  # Prophet would leave two files per fit
            model.fit(past, output_dir=folder)
        predicted = model.predict(frame.iloc[len(history.values) :])
        return np.asarray(predicted["yhat"], dtype=float)


def _prophet_model(history: History, regressors: list[str]) -> Any:  # noqa: ANN401 (no types)
    _silence()
    from prophet import Prophet  # noqa: PLC0415 (seconds to load)

    order = {Frequency.MONTH: 4, Frequency.QUARTER: 1, Frequency.YEAR: 0}[history.frequency]
    model = Prophet(
        yearly_seasonality=order if history.season > 1 and order else False,
        weekly_seasonality=False,
        daily_seasonality=False,
        uncertainty_samples=0,
        n_changepoints=min(15, len(history.values) // 4),
    )
    for name in regressors:
        model.add_regressor(name, standardize=False)
    return model


def _silence() -> None:
    """Keep Prophet from logging every fit, and the plotting library it misses."""
    logging.getLogger("prophet").setLevel(logging.ERROR)
    logging.getLogger("prophet.plot").setLevel(logging.CRITICAL)
    logger = logging.getLogger("cmdstanpy")
    if not logger.handlers:  # without one it would set up its own, at level INFO
        logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.ERROR)
    logger.propagate = False


def event_regressors(history: History, total: int) -> dict[str, Array]:
    """Return one column per policy event, shape (total,), covering history and horizon.

    A level is a step, a slope a ramp in years, an outlier the half year from its date. An event
    in the first or last half year of the history cannot be told from the trend and is left out.
    """
    periods = history.first + np.arange(total)
    half_year = max(1, history.frequency.per_year // 2)
    columns: dict[str, Array] = {}
    for event in sorted(set(history.events), key=lambda event: (event.period, event.kind)):
        offset = event.period - history.first
        if not half_year <= offset <= len(history.values) - half_year:
            continue
        since = periods - event.period
        column = {
            "level": since >= 0,
            "slope": np.maximum(since, 0) / history.frequency.per_year,
            "outlier": (since >= 0) & (since < half_year),
        }[event.kind]
        columns[f"{event.kind}_{event.period}"] = np.asarray(column, dtype=float)
    return columns


MEMBERS: dict[str, Member] = {
    member.name: member
    for member in (
        SeasonalNaive(),
        LastYear(),
        AutoETS(),
        DampedETS(),
        AutoTheta(),
        AutoARIMA(),
        ProphetMember(),
    )
}
BASELINE = SeasonalNaive.name
ANCHOR = LastYear.name
# Asked of every series and of every group; a member that takes longer is asked of groups only.
EVERYWHERE = [ANCHOR, AutoETS.name, DampedETS.name, AutoTheta.name]


@dataclass(frozen=True)
class MemberForecast:
    """What one member said of one history, or why it said nothing.

    Attributes:
        member: registered name.
        values: point forecasts, shape (horizon,), finite and not negative; None when it abstained.
        reason: why it abstained, else an empty string.
    """

    member: str
    values: Array | None
    reason: str = ""


def ask(names: Iterable[str], history: History, horizon: int) -> dict[str, MemberForecast]:
    """Ask members for a forecast; a failure is an answer with its reason, never silent."""
    return {name: _ask_one(MEMBERS[name], history, horizon) for name in names}


def _ask_one(member: Member, history: History, horizon: int) -> MemberForecast:
    needed = member.minimum_periods(history.frequency)
    if len(history.values) < needed:
        return MemberForecast(member.name, None, f"needs {needed} periods of history")
    try:
        values = member.forecast(history, horizon)
    except Exception as error:  # noqa: BLE001 (the one broad except around a fit; it is recorded)
        return MemberForecast(member.name, None, f"failed: {type(error).__name__}")
    if not np.all(np.isfinite(values)):
        return MemberForecast(member.name, None, "gave a number that is not finite")
    return MemberForecast(member.name, np.maximum(values, 0.0))

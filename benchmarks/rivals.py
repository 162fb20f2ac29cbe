"""What an analyst would pick instead: well-known methods, each fitted per series, and their median.

Every rival is given the history of one series up to the origin and nothing else. Libraries are used
with their default settings.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from cases import Case
from joblib import Parallel, delayed, parallel_config

from models.catalogue import Frequency, first_days

Array = npt.NDArray[np.float64]

NAIVE, MEDIAN = "seasonal naive", "plain median"
MEDIAN_OF = (NAIVE, "AutoETS", "AutoTheta", "AutoARIMA")
MEMBERS = {
    "snaive": NAIVE, "ets": "AutoETS", "theta": "AutoTheta", "arima": "AutoARIMA",
    "prophet": "Prophet",
}  # fmt: skip
_BAND = 80
_SEED = 2023
_CHUNK = 8  # series per call
_ROUND = 1  # raise it when the same input gives another answer: the cache forgets
_LIBRARIES = ("statsforecast", "prophet", "numpy")


@dataclass(frozen=True, eq=False)
class Forecast:
    """What one method said of every series of a case.

    Attributes:
        point, low, high: (series, steps): the figure itself, P10 and P90.
        fallbacks: reason -> number of series for which the seasonal naive stepped in.
    """

    point: Array
    low: Array
    high: Array
    fallbacks: dict[str, int]

    def kept(self, chosen: npt.NDArray[np.bool_]) -> Forecast:
        """Return the forecasts of some of the series."""
        cut = (self.point[chosen], self.low[chosen], self.high[chosen])
        return Forecast(*cut, self.fallbacks)


@dataclass(frozen=True, eq=False)
class Past:
    """One series as known at an origin, without the periods before it started."""

    values: Array
    first: int
    frequency: Frequency


Bands = tuple[Array, Array, Array]


def ask_rivals(
    case: Case, names: tuple[str, ...], jobs: int, cache: Path | None
) -> dict[str, Forecast]:
    """Return what each rival says, and the plain median where all of its parts were asked.

    Args:
        case: what is judged; only its history is shown to the rivals.
        names: rivals, by the names of the tables.
        jobs: workers.
        cache: folder in which answers are kept by the hash of all they depend on.
    """
    said = {name: _ask(case, name, jobs, cache) for name in names}
    if set(MEDIAN_OF) <= set(said):
        said[MEDIAN] = plain_median([said[name] for name in MEDIAN_OF])
    return said


def plain_median(parts: list[Forecast]) -> Forecast:
    """Return the median of several methods, per series and period; of their bands likewise."""
    point, low, high = (
        np.median([getattr(part, name) for part in parts], axis=0)
        for name in ("point", "low", "high")
    )
    return Forecast(point, low, high, {})


def _ask(case: Case, name: str, jobs: int, cache: Path | None) -> Forecast:
    kept = cache / f"{_key(case, name)}.npz" if cache else None
    if kept and kept.is_file():
        return _read(kept)
    forecast = _fit_all(case, name, jobs)
    if kept:
        _write(kept, forecast)
    return forecast


def _key(case: Case, name: str) -> str:
    versions = [version(library) for library in _LIBRARIES]
    about = [name, str(case.frequency), case.first, case.steps, case.history.shape, _ROUND]
    content = json.dumps([*about, *versions]).encode() + case.history.tobytes()
    return hashlib.sha256(content).hexdigest()[:32]


def _read(path: Path) -> Forecast:
    with np.load(path, allow_pickle=False) as kept:
        reasons = json.loads(str(kept["fallbacks"]))
        return Forecast(kept["point"], kept["low"], kept["high"], reasons)


def _write(path: Path, forecast: Forecast) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.npz")  # two runs may be at it
    reasons = np.array(json.dumps(forecast.fallbacks))
    bands = {name: getattr(forecast, name) for name in ("point", "low", "high")}
    np.savez_compressed(aside, fallbacks=reasons, **bands)
    aside.replace(path)


def pasts_of(case: Case) -> list[Past]:
    """Return the history of every series, from its own start."""
    starts = np.isfinite(case.history).argmax(axis=1)
    return [
        Past(values[start:], case.first + int(start), case.frequency)
        for values, start in zip(case.history, starts, strict=True)
    ]


def _fit_all(case: Case, name: str, jobs: int) -> Forecast:
    pasts = pasts_of(case)
    chunks = [pasts[at : at + _CHUNK] for at in range(0, len(pasts), _CHUNK)]
    with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
        results = Parallel()(delayed(fit_chunk)(name, chunk, case.steps) for chunk in chunks)
    answers = [answer for chunk in results for answer in chunk]
    point, low, high = (np.array([answer[at] for answer in answers]) for at in range(3))
    return Forecast(point, low, high, dict(Counter(a[3] for a in answers if a[3])))


def fit_chunk(name: str, pasts: list[Past], steps: int) -> list[tuple[Array, Array, Array, str]]:
    """Fit one rival on some series: point, P10, P90 and why the seasonal naive stepped in ('')."""
    return [forecast_one(name, past, steps) for past in pasts]


def forecast_one(name: str, past: Past, steps: int) -> tuple[Array, Array, Array, str]:
    """Forecast one series; what cannot fit is replaced by the seasonal naive, with the reason."""
    reason = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # optimisers grumble; results are judged afterwards
        try:
            said = prophet(past, steps) if name == "Prophet" else _statsforecast(name, past, steps)
        except Exception as error:  # noqa: BLE001 (whatever a library raises; it is counted)
            said, reason = seasonal_naive(past, steps), type(error).__name__
    if not all(np.isfinite(part).all() for part in said):
        said, reason = seasonal_naive(past, steps), "not finite"
    if past.values.min() >= 0:
        point, low, high = (np.maximum(part, 0.0) for part in said)
        return point, low, high, reason
    return *said, reason


def _statsforecast(name: str, past: Past, steps: int) -> Bands:
    if name == NAIVE:
        return seasonal_naive(past, steps)
    from statsforecast import models  # noqa: PLC0415 (seconds to load, in the worker only)

    model = getattr(models, name)(season_length=past.frequency.per_year)
    return _bands(model.forecast(y=past.values, h=steps, level=[_BAND]))


def seasonal_naive(past: Past, steps: int) -> Bands:
    """Repeat the last year; with less than a year of history, the last value.

    Without a single past error of its own it has no band: the point is all three.
    """
    from statsforecast.models import SeasonalNaive  # noqa: PLC0415 (seconds to load)

    season = past.frequency.per_year if len(past.values) >= past.frequency.per_year else 1
    point = np.resize(past.values[-season:], steps).astype(float)
    if len(past.values) < season + 2:
        return point, point, point
    said = SeasonalNaive(season_length=season).forecast(y=past.values, h=steps, level=[_BAND])
    return _bands(said)


def _bands(said: dict[str, Any]) -> Bands:
    parts = (said[name] for name in ("mean", f"lo-{_BAND}", f"hi-{_BAND}"))
    point, low, high = (np.asarray(part, dtype=np.float64) for part in parts)
    return point, low, high


def prophet(past: Past, steps: int) -> Bands:
    """Fit Prophet as it comes out of the box, with an 80 % interval."""
    quiet_prophet()
    from prophet import Prophet  # noqa: PLC0415 (seconds to load)

    days = first_days(past.first + np.arange(len(past.values) + steps), past.frequency)
    table = pd.DataFrame({"ds": days.astype("datetime64[ns]")})
    known = table.iloc[: len(past.values)].assign(y=past.values)
    np.random.seed(_SEED)  # noqa: NPY002 (Prophet draws its interval from the global state)
    model = Prophet(interval_width=_BAND / 100)
    with tempfile.TemporaryDirectory() as folder:  # Prophet would leave two files per fit
        model.fit(known, output_dir=folder)
    said = model.predict(table.iloc[len(past.values) :])
    point, low, high = (
        said[name].to_numpy(dtype=np.float64) for name in ("yhat", "yhat_lower", "yhat_upper")
    )
    return point, low, high


def quiet_prophet() -> None:
    """Keep Prophet and its compiler from logging every fit."""
    for name in ("prophet", "prophet.plot", "cmdstanpy"):
        logger = logging.getLogger(name)
        if not logger.handlers:  # without one cmdstanpy would set up its own
            logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.CRITICAL)
        logger.propagate = False

"""Ratios of errors, their geometric means, and how sure they are: a bootstrap over what was judged.

Series are drawn with replacement, each with all its origins, and origins with replacement; the
errors are signed and added up anew at every level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from project import PROJECT
from rivals import MEDIAN
from scores import Contest, Judged

from models.accuracy import PINBALL_LEVELS
from models.hierarchy import REPORTED_LEVELS, SERIES, Hierarchy

Array = npt.NDArray[np.float64]
Chosen = tuple[Array, npt.NDArray[np.int64]]  # weight per series, origins
_KEY = ["municipality", "district", "product", "unit"]
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, eq=False)
class Losses:
    """The errors of one contest, ready to be drawn from.

    Attributes:
        methods: order of the first axis.
        signed: errors of yearly sums, (methods, origins, series, years); 0 where not judged.
        pinball: loss summed over quantiles and periods, (methods, origins, series).
        members: level -> which series make up a group, (groups, series) of 0 and 1.
    """

    methods: tuple[str, ...]
    signed: Array
    pinball: Array
    members: dict[str, Array]

    @classmethod
    def of(cls, contest: Contest) -> Losses:
        """Lay the errors of all origins on the series that occur at any of them."""
        every = pd.concat([own.case.keys[_KEY] for own in contest.judged]).drop_duplicates()
        every = every.sort_values(_KEY).reset_index(drop=True)
        shape = (len(contest.methods), len(contest.judged), len(every))
        signed, pinball = np.zeros((*shape, contest.years)), np.zeros(shape)
        places = {tuple(key): at for at, key in enumerate(every.to_numpy())}
        for at, own in enumerate(contest.judged):
            rows = [places[tuple(key)] for key in own.case.keys[_KEY].to_numpy()]
            for number, method in enumerate(contest.methods):
                error = own.points[method] - own.case.actual
                signed[number, at, rows] = own.by_year(error)
                pinball[number, at, rows] = pinball_per_series(own, method)
        hierarchy = Hierarchy.of(every)
        members = {level: _members(hierarchy, level) for level in REPORTED_LEVELS}
        return cls(contest.methods, signed, pinball, members)

    def whole(self) -> Chosen:
        """Every series once, every origin once: weights per series, chosen origins."""
        return np.ones(self.signed.shape[2]), np.arange(self.signed.shape[1], dtype=np.int64)

    def drawn(self, rng: np.random.Generator) -> Chosen:
        """Draw series and origins with replacement."""
        series, origins = self.signed.shape[2], self.signed.shape[1]
        weights = np.bincount(rng.integers(series, size=series), minlength=series)
        return weights.astype(float), np.asarray(
            rng.integers(origins, size=origins), dtype=np.int64
        )

    def absolute(self, level: str, chosen: Chosen) -> dict[str, float]:
        """Return the sum of absolute errors of yearly sums per method at a level."""
        weights, origins = chosen
        errors = self.signed[:, origins] * weights[:, None]
        grouped = np.abs(errors if level == SERIES else self.members[level] @ errors)
        return dict(zip(self.methods, grouped.sum(axis=(1, 2, 3)).tolist(), strict=True))

    def quantile_loss(self, chosen: Chosen) -> dict[str, float]:
        """Return the pinball loss per series and period, summed, per method."""
        weights, origins = chosen
        losses = (self.pinball[:, origins] * weights).sum(axis=(1, 2))
        return dict(zip(self.methods, losses.tolist(), strict=True))


def _members(hierarchy: Hierarchy, level: str) -> Array:
    groups = hierarchy.groups[level]
    return np.asarray(np.arange(hierarchy.size(level))[:, None] == groups, dtype=np.float64)


def pinball_per_series(own: Judged, method: str) -> Array:
    """Return the quantile losses of a method, summed over P10, P50, P90 and the periods."""
    total = np.zeros(len(own.case.actual))
    for level, said in zip(PINBALL_LEVELS, own.bands(method), strict=True):
        error = own.case.actual - said
        total += np.maximum(level * error, (level - 1) * error).sum(axis=1)
    return total


def geometric_mean(values: list[float]) -> float:
    """Return the geometric mean; NaN where there is nothing, or a value that is not positive."""
    array = np.array(values, dtype=float)
    if not array.size or not np.all(np.isfinite(array) & (array > 0)):
        return float("nan")
    return float(np.exp(np.log(array).mean()))


def best_single(contest: Contest) -> str:
    """Return the single rival with the lowest geometric mean of WAPE over levels, in hindsight."""
    scores = {
        name: geometric_mean([contest.wape(name, level) for level in REPORTED_LEVELS])
        for name in contest.singles
    }
    return min(scores, key=lambda name: np.nan_to_num(scores[name], nan=np.inf))


def best_at(contest: Contest, level: str) -> str:
    """Return the single rival with the lowest WAPE at one level, in hindsight."""
    return min(contest.singles, key=lambda name: contest.wape(name, level))


def best_pinball(contest: Contest) -> str:
    """Return the single rival whose own bands have the smallest loss, in hindsight."""
    losses = Losses.of(contest)
    found = losses.quantile_loss(losses.whole())
    return min(contest.singles, key=lambda name: found[name])


@dataclass(frozen=True)
class Ratio:
    """A geometric mean of ratios with its 95 % bootstrap interval.

    Attributes:
        method: whose errors stand above the line.
        opponent: whose stand beneath it.
        over: what the mean is taken over.
        value, lower, upper: 1 = equally good.
        count: number of ratios.
    """

    method: str
    opponent: str
    over: str
    value: float
    lower: float
    upper: float
    count: int


Draw = list[Chosen]  # one per contest


class Summary:
    """Geometric means over all contests; the opponents are fixed on the whole sample.

    Args:
        contests: one per panel and measure.
        resamples: bootstrap draws.
        seed: of the draws.
    """

    def __init__(self, contests: list[Contest], resamples: int, seed: int) -> None:
        self.contests = contests
        self.losses = [Losses.of(contest) for contest in contests]
        rng = np.random.default_rng(seed)
        self._whole: Draw = [losses.whole() for losses in self.losses]
        self._draws: list[Draw] = [
            [losses.drawn(rng) for losses in self.losses] for _ in range(resamples)
        ]

    def rows(self) -> list[Ratio]:
        """Return every ratio that can be told, of the project and of the plain median."""
        every = all(MEDIAN in contest.methods for contest in self.contests)
        own = self._of(PROJECT) + ([self._against_median(), self._series_median()] if every else [])
        own += [self._pinball(PROJECT, MEDIAN)] if every else []
        return own + (self._of(MEDIAN) if every else [])

    def _of(self, method: str) -> list[Ratio]:
        best = [dict.fromkeys(REPORTED_LEVELS, best_single(one)) for one in self.contests]
        each = [{level: best_at(one, level) for level in REPORTED_LEVELS} for one in self.contests]
        return [
            self._wape(method, "best single of each panel", best, REPORTED_LEVELS),
            self._wape(method, "best single of each panel", best, (SERIES,)),
            self._wape(method, "best single of each level", each, REPORTED_LEVELS),
            self._wape(method, "best single of each level", each, (SERIES,)),
            self._pinball(method, "smallest single band"),
        ]

    def _against_median(self) -> Ratio:
        fixed = [dict.fromkeys(REPORTED_LEVELS, MEDIAN) for _ in self.contests]
        return self._wape(PROJECT, MEDIAN, fixed, REPORTED_LEVELS)

    def _series_median(self) -> Ratio:
        fixed = [{SERIES: MEDIAN} for _ in self.contests]
        return self._wape(PROJECT, MEDIAN, fixed, (SERIES,))

    def _wape(
        self, method: str, name: str, opponents: list[dict[str, str]], levels: tuple[str, ...]
    ) -> Ratio:
        def ratios(draw: Draw) -> list[float]:
            found = []
            for losses, against, chosen in zip(self.losses, opponents, draw, strict=True):
                for level in levels:
                    errors = losses.absolute(level, chosen)
                    found.append(ratio(errors[method], errors[against[level]]))
            return found

        over = "yearly WAPE, " + ("series" if levels == (SERIES,) else "four levels")
        return self._measured(method, name, over, ratios)

    def _pinball(self, method: str, name: str) -> Ratio:
        opponents = [
            MEDIAN if name == MEDIAN else best_pinball(contest) for contest in self.contests
        ]

        def ratios(draw: Draw) -> list[float]:
            found = []
            for losses, against, chosen in zip(self.losses, opponents, draw, strict=True):
                loss = losses.quantile_loss(chosen)
                found.append(ratio(loss[method], loss[against]))
            return found

        return self._measured(method, name, "pinball, series and period", ratios)

    def _measured(
        self, method: str, name: str, over: str, ratios: Callable[[Draw], list[float]]
    ) -> Ratio:
        found = ratios(self._whole)
        drawn = [geometric_mean(ratios(draw)) for draw in self._draws]
        known = [value for value in drawn if np.isfinite(value)]
        lower, upper = np.percentile(known, _INTERVAL) if known else (np.nan, np.nan)
        value = geometric_mean(found)
        return Ratio(method, name, over, value, float(lower), float(upper), len(found))


def ratio(above: float, below: float) -> float:
    """Return a ratio of two losses; NaN where nothing was lost below the line."""
    return above / below if below > 0 else float("nan")


def as_rows(ratios: list[Ratio]) -> list[dict[str, Any]]:
    """Return ratios as rows of a table."""
    return [vars(one) for one in ratios]

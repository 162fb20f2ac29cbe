"""Scores of every method on the same series, origins and years, at four levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from cases import Case
from project import PROJECT, QUANTILES, Paths
from rivals import MEDIAN, Forecast

from models.accuracy import bias, coverage, scaled_pinball, share_interval, wape
from models.hierarchy import REPORTED_LEVELS, Hierarchy

Array = npt.NDArray[np.float64]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Judged:
    """One case with what everybody said of it.

    Attributes:
        case: its series are those that the project forecasts.
        held: number of series that the project holds, left out for everyone.
        paths: the project's joint paths.
        rivals: method -> forecasts.
    """

    case: Case
    held: int
    paths: Paths
    rivals: dict[str, Forecast]

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The levels of the judged series."""
        return self.case.hierarchy()

    @cached_property
    def points(self) -> dict[str, Array]:
        """The point forecasts per method, the project first: (series, steps)."""
        said = {name: forecast.point for name, forecast in self.rivals.items()}
        return {PROJECT: self.paths.point, **said}

    def by_year(self, values: Array) -> Array:
        """Sum periods to the years after the origin: (series, steps) -> (series, years)."""
        years = values.reshape(len(values), -1, self.case.frequency.per_year)
        return np.asarray(years.sum(axis=2))

    def bands(self, name: str) -> tuple[Array, Array, Array]:
        """P10, the middle and P90 of a method per series and period."""
        if name == PROJECT:
            low, middle, high = self.paths.quantiles()
            return low, middle, high
        said = self.rivals[name]
        return said.low, said.point, said.high

    def yearly_bands(self, level: str) -> Array:
        """The project's P10, P50 and P90 of yearly sums: (3, groups, years)."""
        sums = self.hierarchy.add_up(self.paths.by_year(), level)
        return np.asarray(np.quantile(sums, QUANTILES, axis=2))


@dataclass(frozen=True, eq=False)
class Contest:
    """All origins of one measure of one panel."""

    panel: str
    measure: str
    frequency: str
    judged: list[Judged]

    @property
    def label(self) -> dict[str, str]:
        """What every row of a table about this contest starts with."""
        return {"panel": self.panel, "measure": self.measure, "frequency": self.frequency}

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that were judged, the project first."""
        return tuple(self.judged[0].points)

    @property
    def singles(self) -> tuple[str, ...]:
        """The rivals that are one method."""
        return tuple(name for name in self.methods if name not in (PROJECT, MEDIAN))

    @property
    def years(self) -> int:
        """Years judged after each origin."""
        case = self.judged[0].case
        return case.steps // case.frequency.per_year

    def pooled(self, method: str, level: str, span: str, year: int | None) -> tuple[Array, Array]:
        """Return what happened and what was said, of all origins in one line.

        Args:
            method: whose point forecasts.
            level: series, product, district or total.
            span: year or period.
            year: only this year after the origin (0 is the first); None = all.
        """
        pairs = [_pair(own, method, level, span, year) for own in self.judged]
        return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])

    def wape(self, method: str, level: str) -> float:
        """Return the WAPE of yearly sums in percent, over all origins and years."""
        return wape(*self.pooled(method, level, "year", None))


def _pair(own: Judged, method: str, level: str, span: str, year: int | None) -> tuple[Array, Array]:
    season = own.case.frequency.per_year
    actual, said = (
        own.hierarchy.add_up(values, level) for values in (own.case.actual, own.points[method])
    )
    if span == "year":
        actual, said, season = own.by_year(actual), own.by_year(said), 1
    chosen = slice(None) if year is None else slice(year * season, (year + 1) * season)
    return actual[:, chosen].ravel(), said[:, chosen].ravel()


def point_rows(contest: Contest) -> Iterator[Row]:
    """Yield WAPE and bias per method, level, span and year after the origin (None = all)."""
    for level in REPORTED_LEVELS:
        for span in ("year", "period"):
            for year in (None, *range(contest.years)):
                for method in contest.methods:
                    actual, said = contest.pooled(method, level, span, year)
                    yield {
                        **contest.label,
                        "level": level,
                        "span": span,
                        "year": None if year is None else year + 1,
                        "method": method,
                        "wape": wape(actual, said),
                        "bias": bias(actual, said),
                        "observations": len(actual),
                    }


def pinball_rows(contest: Contest) -> Iterator[Row]:
    """Yield the scaled pinball loss per series and period, and per series and year (project)."""
    for method in contest.methods:
        parts = [
            (own.case.actual.ravel(), *(band.ravel() for band in own.bands(method)))
            for own in contest.judged
        ]
        yield _pinball_row(contest, method, "period", parts)
    parts = [
        (own.by_year(own.case.actual).ravel(), *(q.ravel() for q in own.yearly_bands("series")))
        for own in contest.judged
    ]
    yield _pinball_row(contest, PROJECT, "year", parts)


def _pinball_row(contest: Contest, method: str, span: str, parts: list[tuple[Array, ...]]) -> Row:
    actual, low, middle, high = (np.concatenate(column) for column in zip(*parts, strict=True))
    loss = scaled_pinball(actual, low, middle, high)
    return {**contest.label, "span": span, "method": method, "pinball": loss}


def coverage_rows(contest: Contest) -> Iterator[Row]:
    """Yield how often the project's 80 % band of yearly sums held what happened, per level."""
    for level in REPORTED_LEVELS:
        found = [_inside(own, level) for own in contest.judged]
        for year in (None, *range(contest.years)):
            chosen = slice(None) if year is None else slice(year, year + 1)
            actual, low, high = (
                np.concatenate([part[at][:, chosen].ravel() for part in found]) for at in range(3)
            )
            share = coverage(actual, low, high)
            lower, upper = share_interval(share, len(actual))
            yield {
                **contest.label,
                "level": level,
                "year": None if year is None else year + 1,
                "coverage": share,
                "lower": lower,
                "upper": upper,
                "observations": len(actual),
            }


def _inside(own: Judged, level: str) -> tuple[Array, Array, Array]:
    low, _, high = own.yearly_bands(level)
    return own.by_year(own.hierarchy.add_up(own.case.actual, level)), low, high


def case_rows(contest: Contest) -> Iterator[Row]:
    """Yield what was judged at each origin, and how often a rival had to fall back."""
    for own in contest.judged:
        yield {
            **contest.label,
            "as_of": own.case.as_of.isoformat(),
            "until": own.case.until.isoformat(),
            "history": own.case.origin - own.case.first,
            "series": len(own.case.keys),
            "held": own.held,
            "fallbacks": {
                name: said.fallbacks for name, said in own.rivals.items() if said.fallbacks
            },
        }
